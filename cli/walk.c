/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what there is to verify in a folder
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "walk.h"

#include <errno.h>
#include <fts.h>
#include <pena/pena-error.h>
#include <string.h>

#include "naming.h"
#include "pena-text.h"

#define DEPTH_MAX 64
#define PATHS_MAX 200000

static int
by_name (const FTSENT **a, const FTSENT **b)
{
    return strcmp ((*a)->fts_name, (*b)->fts_name);
}

static gboolean
refuse (GError **error, PenaErrorCode code, const gchar *reason)
{
    g_set_error_literal (error, PENA_ERROR, (gint)code, reason);
    if (error != NULL)
        pena_error_set_string (*error, "reason", reason);
    return FALSE;
}

static gboolean
take_file (const gchar *path, GPtrArray *paths, PenaCliSkipped *skipped, GError **error)
{
    g_autofree gchar *beside = g_strconcat (path, ".p7s", NULL);

    if (pena_cli_is_signature_name (path) ||
        (pena_cli_is_pdf_name (path) && !g_file_test (beside, G_FILE_TEST_IS_REGULAR)))
        g_ptr_array_add (paths, g_strdup (path));
    else if (!g_file_test (beside, G_FILE_TEST_IS_REGULAR))
        skipped->others++;
    return paths->len <= PATHS_MAX ||
           refuse (error, PENA_ERROR_REQUEST_INVALID, _ ("too many files; name smaller folders"));
}

static gboolean
take (FTS *tree, FTSENT *entry, GPtrArray *paths, PenaCliSkipped *skipped, GError **error)
{
    switch (entry->fts_info) {
    case FTS_F:
        return take_file (entry->fts_path, paths, skipped, error);
    case FTS_SL:
    case FTS_SLNONE:
        skipped->links++;
        return TRUE;
    case FTS_D:
        if (entry->fts_level <= DEPTH_MAX)
            return TRUE;
        fts_set (tree, entry, FTS_SKIP);
        skipped->unreadable++;
        return TRUE;
    case FTS_DP:
        return TRUE;
    case FTS_DEFAULT: /* sockets, devices */
        skipped->others++;
        return TRUE;
    default:
        if (entry->fts_level == FTS_ROOTLEVEL)
            return refuse (error, PENA_ERROR_DOCUMENT_MISSING, g_strerror (entry->fts_errno));
        skipped->unreadable++;
        return TRUE;
    }
}

gboolean
pena_cli_walk (const gchar *folder, GPtrArray *paths, PenaCliSkipped *skipped, GError **error)
{
    gchar *const roots[] = {(gchar *)folder, NULL};
    FTS *tree = fts_open (roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    FTSENT *entry;
    gboolean good = TRUE;

    if (tree == NULL)
        return refuse (error, PENA_ERROR_DOCUMENT_MISSING, g_strerror (errno));
    while (good && (entry = fts_read (tree)) != NULL)
        good = take (tree, entry, paths, skipped, error);
    fts_close (tree);
    return good;
}
