/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: files that only this machine writes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* FALSE when the file or folder is on a file system where others may write past this machine's kernel (network, FUSE), or may for
 * all that is known. What the kernel says of its files and their times is then not the whole truth. */
gboolean pena_local_is (gint fd);
