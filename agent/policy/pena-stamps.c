/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the stamp templates that are installed
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-stamps.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-stamp-file.h"

static gboolean
is_name (const gchar *name)
{
    gsize length = strlen (name);
    return length > 0 && length <= 64 && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

gchar *
pena_stamps_load (const gchar *name, GError **error)
{
    g_autofree gchar *own = g_build_filename (g_get_user_config_dir (), "pena", "stamps", NULL);
    const gchar *built = g_getenv ("PENA_STAMP_DIR"); /* of a build that is not installed */
    const gchar *folders[] = {own, PENA_SYSCONFDIR "/pena/stamps",
                              built != NULL ? built : PENA_DATADIR "/stamps"};
    g_autofree gchar *file = g_strconcat (name, ".stamp", NULL);

    for (guint i = 0; is_name (name) && i < G_N_ELEMENTS (folders); i++) {
        g_autofree gchar *path = g_build_filename (folders[i], file, NULL);
        if (g_file_test (path, G_FILE_TEST_EXISTS))
            return pena_stamp_file_read (path, error);
    }
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_STAMP_UNKNOWN, "stamp");
    pena_error_set_string (made, "name", name);
    g_propagate_error (error, made);
    return NULL;
}
