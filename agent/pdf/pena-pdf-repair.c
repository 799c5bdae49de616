/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a damaged document, written anew
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <pena/pena-error.h>

#include "pena-pdf-reader.h"
#include "pena-text.h"

/* What a repair may add: a cross-reference table, what was referred to only once. */
#define GROWTH_MIN (1024 * 1024)

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

gboolean
pena_pdf_repair (const PenaPdfBytes *bytes, const PenaSecret *password, int output, GError **error)
{
    gsize size = pena_pdf_bytes_size (bytes);
    PenaPdfSource source = {pena_pdf_bytes_data (bytes), size,
                            password != NULL ? (const gchar *)password->data : ""};
    gint saved = 0;
    g_autofree gchar *raw = pena_pdf_rewrite (source, output, pena_pdf_repair_max_size (size), forget_all,
                                              (gpointer)bytes, &saved);

    if (raw == NULL)
        return TRUE;
    if (saved != 0) {
        gint code = saved == ENOSPC || saved == EDQUOT ? PENA_ERROR_DISK_FULL : PENA_ERROR_INTERNAL;
        g_set_error (error, PENA_ERROR, code, "writing a repaired document: %s", g_strerror (saved));
        return FALSE;
    }
    g_autofree gchar *reason = pena_pdf_tidy_reason (raw);
    g_autoptr (GError) failure = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE, reason);
    pena_error_set_string (failure, "reason", reason);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}
