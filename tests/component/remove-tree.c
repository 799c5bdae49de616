/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a folder of a test goes with all that is in it
 * Copyright (C) 2026 the Pena authors */
#include "remove-tree.h"

#include <glib/gstdio.h>

void
remove_tree (const gchar *path)
{
    g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
    const gchar *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *inside = g_build_filename (path, name, NULL);
        remove_tree (inside);
    }
    g_remove (path);
}
