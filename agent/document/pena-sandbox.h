/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a program can no longer do once it sees what a stranger made
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Loads what libraries would open lazily later: catalogues of texts, OpenSSL's algorithms. */
void pena_sandbox_preload (void);

/* For a program that draws and then ends: `seconds` of processor time, 1 GiB of address space, 64 descriptors. */
gboolean pena_sandbox_limit (guint seconds, GError **error);

/* No file can be opened any more by this thread and those it starts (Landlock), but those in the folders of `readable`
 * (NULL-terminated, or NULL) for reading; folders that are not there are passed over. Kernels without it go on without; the
 * system call filter refuses opening too. */
gboolean pena_sandbox_close_files (const gchar *const *readable, GError **error);

/* For pena_sandbox_filter_calls(). Making it takes longer than putting it in force, so that a nursery makes it for all its
 * workers. Transfer full. */
GBytes *pena_sandbox_make_filter (GError **error);

/* Only the system calls that reading and hashing need; anything else ends the process. For all threads. From
 * then on standard output and error lead to `null`: what a document makes a program say belongs into no log. */
gboolean pena_sandbox_filter_calls (GBytes *filter, gint null, GError **error);
