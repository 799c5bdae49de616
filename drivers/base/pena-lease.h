/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: files that nobody writes while they are read
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The kernel's promise (fcntl(2), F_SETLEASE) for an open file: whoever wants to open it for writing, or to cut it short, is
 * kept waiting (45 seconds, /proc/sys/fs/lease-break-time) and meanwhile the lease no longer holds. It is the open file's, so
 * shared by all its descriptors, and ends with the last of them. */

/* FALSE when nobody can promise that: it is no regular file, is open for writing somewhere, belongs to another user, or is
 * on a file system where others write past the kernel (network, FUSE). */
gboolean pena_lease_take (gint fd);
/* Nobody has wanted to write since. */
gboolean pena_lease_holds (gint fd);
void pena_lease_release (gint fd);
