/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which file belongs to which
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "naming.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "pena-text.h"

gchar *
pena_cli_find_own (const gchar *beside, const gchar *installed)
{
    g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree gchar *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");
    g_autofree gchar *path = g_build_filename (folder, beside, NULL);

    return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : g_strdup (installed);
}

static gboolean
has_suffix (const gchar *path, const gchar *suffix)
{
    gsize length = strlen (path), tail = strlen (suffix);
    return length > tail && path[length - tail - 1] != '/' &&
           g_ascii_strcasecmp (path + length - tail, suffix) == 0;
}

gboolean
pena_cli_is_pdf_name (const gchar *path)
{
    return has_suffix (path, ".pdf");
}

gboolean
pena_cli_is_signature_name (const gchar *path)
{
    return has_suffix (path, ".p7s") || has_suffix (path, ".p7m");
}

gchar *
pena_cli_name_output (const gchar *input, const gchar *format, gboolean attached, const gchar *folder)
{
    g_autofree gchar *base = g_path_get_basename (input);
    const gchar *from = folder != NULL ? base : input;
    g_autofree gchar *name = NULL;

    if (!g_str_equal (format, "pades"))
        name = g_strconcat (from, attached ? ".p7m" : ".p7s", NULL);
    else if (pena_cli_is_pdf_name (from))
        name = g_strdup_printf ("%.*s-signed%s", (int)strlen (from) - 4, from, from + strlen (from) - 4);
    else
        name = g_strconcat (from, "-signed.pdf", NULL);
    return folder != NULL ? g_build_filename (folder, name, NULL) : g_steal_pointer (&name);
}

/* Where the last dot of the file's own name is, before `end`; `end` when there is none but at its front. */
static gsize
find_ending (const gchar *path, gsize end)
{
    for (gsize at = end; at > 1 && path[at - 1] != '/' && path[at - 2] != '/'; at--)
        if (path[at - 1] == '.')
            return at - 1;
    return end;
}

gchar *
pena_cli_name_extended (const gchar *path)
{
    gsize length = strlen (path);
    gsize stem = pena_cli_is_signature_name (path)
                     ? find_ending (path, length - strlen (".p7m"))
                     : length - (pena_cli_is_pdf_name (path) ? strlen (".pdf") : 0);

    return g_strdup_printf ("%.*s-extended%s", (int)stem, path, stem < length ? path + stem : ".pdf");
}

void
pena_cli_pair_clear (PenaCliPair *self)
{
    g_clear_pointer (&self->document, g_free);
    g_clear_pointer (&self->signature, g_free);
}

/* Whether a file without the name of a PDF is one all the same. What cannot be read is left for later to
 * complain of. */
static gboolean
begins_like_pdf (const gchar *path)
{
    gchar head[5] = {0};
    gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    gssize n = fd >= 0 ? read (fd, head, sizeof head) : -1;

    if (fd >= 0)
        close (fd);
    return n == (gssize)sizeof head && memcmp (head, "%PDF-", sizeof head) == 0;
}

static gboolean
set_pair (PenaCliPair *ret_pair, const gchar *document, const gchar *signature)
{
    ret_pair->document = g_strdup (document);
    ret_pair->signature = g_strdup (signature);
    return TRUE;
}

/* x.p7s was named: its document is x. Where that is not, the signature has to hold it. */
static gboolean
pair_from_signature (const gchar *signature, PenaCliPair *ret_pair)
{
    g_autofree gchar *document = g_strndup (signature, strlen (signature) - strlen (".p7s"));

    return g_file_test (document, G_FILE_TEST_EXISTS) ? set_pair (ret_pair, document, signature)
                                                      : set_pair (ret_pair, signature, NULL);
}

gboolean
pena_cli_find_pair (const gchar *path, const gchar *named_signature, PenaCliPair *ret_pair, GError **error)
{
    g_autofree gchar *beside = g_strconcat (path, ".p7s", NULL);

    if (named_signature != NULL)
        return set_pair (ret_pair, path, named_signature);
    if (has_suffix (path, ".p7m"))
        return set_pair (ret_pair, path, NULL);
    if (has_suffix (path, ".p7s"))
        return pair_from_signature (path, ret_pair);
    if (g_file_test (beside, G_FILE_TEST_EXISTS))
        return set_pair (ret_pair, path, beside);
    /* A file that is not there is told so by whoever opens it. */
    if (pena_cli_is_pdf_name (path) || !g_file_test (path, G_FILE_TEST_IS_REGULAR) || begins_like_pdf (path))
        return set_pair (ret_pair, path, NULL);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_MISSING,
                         "neither a PDF nor a .p7s beside it");
    return FALSE;
}
