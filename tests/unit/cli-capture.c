/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the command line tool prints, for unit tests of it
 * Copyright (C) 2026 the Pena authors */
#include "cli-capture.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "cli.h"

gchar *
cli_capture (gint fd, gint *ret_status, const gchar *const *arguments)
{
    g_autofree gchar *path = NULL;
    g_auto (GStrv) argv = g_strdupv ((gchar **)arguments);
    gchar *text = NULL;
    PenaCli cli = {0};
    gint file = g_file_open_tmp ("pena-test-XXXXXX", &path, NULL);
    gint saved = dup (fd);

    g_assert_cmpint (file, >=, 0);
    fflush (NULL);
    dup2 (file, fd);
    *ret_status = pena_cli_run (&cli, argv);
    fflush (NULL);
    dup2 (saved, fd);
    close (saved);
    close (file);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_unlink (path);
    return text;
}

void
cli_assert_narrow (const gchar *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        if (g_utf8_strlen (lines[i], -1) > 80)
            g_error ("wider than 80 columns: %s", lines[i]);
}
