/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: gives files to a fuzz target, without an engine
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"

static void
run_file (const gchar *path)
{
    g_autofree gchar *data = NULL;
    g_autoptr (GError) error = NULL;
    gsize size;

    g_file_get_contents (path, &data, &size, &error);
    g_assert_no_error (error);
    /* exactly as large as it is, so that reading beyond it is seen */
    g_autofree guint8 *copy = g_memdup2 (data, size);
    g_print ("%s: %" G_GSIZE_FORMAT " bytes\n", path, size);
    LLVMFuzzerTestOneInput (copy, size);
}

static guint
run_path (const gchar *path)
{
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    guint n = 0;

    if (folder == NULL) {
        run_file (path);
        return 1;
    }
    for (const gchar *name; (name = g_dir_read_name (folder)) != NULL;) {
        g_autofree gchar *inside = g_build_filename (path, name, NULL);
        n += run_path (inside);
    }
    return n;
}

/* Each argument is a file or a folder of them. */
int
main (int argc, char **argv)
{
    guint n = 0;

    for (gint i = 1; i < argc; i++)
        n += run_path (argv[i]);
    g_print ("%u inputs\n", n);
    return n > 0 ? 0 : 1;
}
