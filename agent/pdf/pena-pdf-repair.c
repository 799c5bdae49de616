/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a damaged document, written anew
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "pena-pdf-lexer.h"
#include "pena-pdf-reader.h"

/* What a repair may add: a cross-reference table, what was referred to only once. */
#define GROWTH_MIN (1024 * 1024)
/* Between "5 0 obj" and the /Type in its dictionary. */
#define DICTIONARY_WINDOW 4096

static void
forget_all (gpointer unused, gpointer user_data)
{
    const PenaPdfBytes *bytes = user_data;
    pena_pdf_bytes_forget (bytes, 0, pena_pdf_bytes_size (bytes));
}

guint64
pena_pdf_repair_max_size (guint64 size)
{
    return size * 2 + GROWTH_MIN;
}

/* ---- where qpdf's own recovery gives up: the file's end is made anew ---- */

typedef struct {
    gsize offset; /* of its number */
    guint64 number, generation;
} Start;

/* A number that ends before `*at`, which goes to its first digit. */
static gboolean
number_before (const guint8 *data, gsize *at, guint64 *ret_number)
{
    gsize end = *at, start;

    while (end > 0 && pena_pdf_is_space (data[end - 1]))
        end--;
    for (start = end; start > 0 && end - start < 10 && g_ascii_isdigit (data[start - 1]);)
        start--;
    if (start == end)
        return FALSE;
    g_autofree gchar *digits = g_strndup ((const gchar *)data + start, end - start);
    *ret_number = g_ascii_strtoull (digits, NULL, 10);
    *at = start;
    return TRUE;
}

/* The object whose dictionary a byte stands in. */
static gboolean
find_start (const guint8 *data, gsize inside, Start *ret_start)
{
    gsize least = inside > DICTIONARY_WINDOW ? inside - DICTIONARY_WINDOW : 0;
    Start start;

    for (gsize at = inside; at > least + 3; at--)
        if (memcmp (data + at - 3, "obj", 3) == 0) {
            start.offset = at - 3;
            if (!number_before (data, &start.offset, &start.generation) ||
                !number_before (data, &start.offset, &start.number))
                return FALSE;
            *ret_start = start;
            return TRUE;
        }
    return FALSE;
}

/* The last object with this name in its dictionary. */
static gboolean
find_last (const guint8 *data, gsize size, const gchar *name, Start *ret_start)
{
    gsize length = strlen (name);
    const guint8 *hit = data;
    gboolean found = FALSE;

    while ((hit = memmem (hit, size - (gsize)(hit - data), name, length)) != NULL) {
        found = find_start (data, (gsize)(hit - data), ret_start) || found;
        hit += length;
    }
    return found;
}

/* The end that leads to the last cross-reference stream; NULL when there is none. */
static GBytes *
end_with_stream (const guint8 *data, gsize size)
{
    gsize shift = 0;
    Start start;

    (void)pena_pdf_find_header (data, size, &shift, NULL);
    if (!find_last (data, size, "/XRef", &start) || start.offset < shift)
        return NULL;
    gchar *text = g_strdup_printf ("\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", start.offset - shift);
    return g_bytes_new_take (text, strlen (text));
}

/* A trailer that leads to the last catalog; NULL when there is none. */
static GBytes *
end_with_trailer (const guint8 *data, gsize size)
{
    Start start;

    if (!find_last (data, size, "/Catalog", &start))
        return NULL;
    gchar *text = g_strdup_printf ("\ntrailer\n<< /Size 1 /Root %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                                   " R >>\n%%%%EOF\n",
                                   start.number, start.generation);
    return g_bytes_new_take (text, strlen (text));
}

/* ---- the repair ---- */

/* NULL when it is done; else why not. */
static gchar *
attempt (int fd, GBytes *end, const PenaSecret *password, int output, gint *ret_errno)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (fd, end, &error);

    if (bytes == NULL)
        return g_strdup (error->message);
    gsize size = pena_pdf_bytes_size (bytes);
    const PenaPdfSource source = {pena_pdf_bytes_data (bytes), size,
                                  password != NULL ? (const gchar *)password->data : ""};
    return pena_pdf_rewrite (source, output, pena_pdf_repair_max_size (size), forget_all, bytes, ret_errno);
}

static gboolean
fail (const gchar *raw, gint saved, GError **error)
{
    g_autofree gchar *reason = pena_pdf_tidy_reason (raw);

    if (saved != 0) {
        gint code = saved == ENOSPC || saved == EDQUOT ? PENA_ERROR_DISK_FULL : PENA_ERROR_INTERNAL;
        g_set_error (error, PENA_ERROR, code, "writing a repaired document: %s", g_strerror (saved));
        return FALSE;
    }
    g_autoptr (GError) failure = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE, reason);
    pena_error_set_string (failure, "reason", reason);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}

gboolean
pena_pdf_repair (int fd, const PenaSecret *password, int output, GError **error)
{
    static GBytes *(*const ends[]) (const guint8 *, gsize) = {end_with_stream, end_with_trailer};
    gint saved = 0;
    g_autofree gchar *reason = attempt (fd, NULL, password, output, &saved);
    g_autoptr (PenaPdfBytes) bytes = reason != NULL ? pena_pdf_bytes_new (fd, NULL, error) : NULL;

    if (reason == NULL)
        return TRUE;
    for (guint i = 0; bytes != NULL && i < G_N_ELEMENTS (ends); i++) {
        g_autoptr (GBytes) end = ends[i](pena_pdf_bytes_data (bytes), pena_pdf_bytes_size (bytes));
        /* What is half written cannot be taken back. */
        if (end == NULL || saved != 0 || lseek (output, 0, SEEK_CUR) > 0)
            continue;
        g_autofree gchar *other = attempt (fd, end, password, output, &saved);
        if (other == NULL)
            return TRUE;
    }
    return bytes != NULL && fail (reason, saved, error);
}
