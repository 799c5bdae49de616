/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is in a stream, up to a bound
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-stream.h"

#include <stdlib.h>

/* A byte of LZW, which expands most, never stands for more. */
#define MAX_RATIO 2048

/* The one filter; a null object when there is none or more than one. */
static qpdf_oh
only_filter (PenaPdf *pdf, qpdf_oh filters)
{
    if (!qpdf_oh_is_array (pdf->qpdf, filters))
        return filters;
    return pena_pdf_n_items (pdf, filters) == 1 ? qpdf_oh_get_array_item (pdf->qpdf, filters, 0)
                                                : qpdf_oh_new_null (pdf->qpdf);
}

static gboolean
is_plain (PenaPdf *pdf, qpdf_oh filters)
{
    return pena_pdf_is_null (pdf, filters) ||
           (qpdf_oh_is_array (pdf->qpdf, filters) && pena_pdf_n_items (pdf, filters) == 0);
}

/* Without a predictor, as everybody writes streams that are no images. */
static gboolean
is_simple_flate (PenaPdf *pdf, qpdf_oh dict, qpdf_oh filter)
{
    return (pena_pdf_name_is (pdf, filter, "/FlateDecode") || pena_pdf_name_is (pdf, filter, "/Fl")) &&
           pena_pdf_is_null (pdf, pena_pdf_get (pdf, dict, "/DecodeParms")) &&
           pena_pdf_is_null (pdf, pena_pdf_get (pdf, dict, "/DP"));
}

/* Decoded by qpdf as far as `level` says; NULL when that is more than max. */
static GBytes *
get_data (PenaPdf *pdf, qpdf_oh stream, enum qpdf_stream_decode_level_e level, gsize max)
{
    unsigned char *data = NULL;
    size_t length = 0;
    QPDF_BOOL decoded = QPDF_FALSE;
    GBytes *bytes = NULL;

    if (qpdf_oh_get_stream_data (pdf->qpdf, stream, level, &decoded, &data, &length) == QPDF_SUCCESS &&
        (decoded || level == qpdf_dl_none) && length > 0 && length <= max)
        bytes = g_bytes_new (data, length);
    free (data);
    return bytes;
}

GBytes *
pena_pdf_read_stream (PenaPdf *pdf, qpdf_oh stream, gsize max)
{
    g_return_val_if_fail (max <= G_MAXUINT, NULL);
    if (!qpdf_oh_is_stream (pdf->qpdf, stream))
        return NULL;
    qpdf_oh dict = qpdf_oh_get_dict (pdf->qpdf, stream);
    gint64 length = pena_pdf_get_int (pdf, dict, "/Length", G_MAXINT64);
    if (length < 0 || (guint64)length > max)
        return NULL;
    qpdf_oh filters = pena_pdf_get (pdf, dict, "/Filter");
    if (is_plain (pdf, filters))
        return get_data (pdf, stream, qpdf_dl_none, max);
    qpdf_oh filter = only_filter (pdf, filters);
    if (is_simple_flate (pdf, dict, filter)) {
        g_autoptr (GBytes) packed = get_data (pdf, stream, qpdf_dl_none, max);
        return packed != NULL ? pena_pdf_inflate (packed, max) : NULL;
    }
    if (pena_pdf_is_null (pdf, filter) || (guint64)length > max / MAX_RATIO)
        return NULL;
    return get_data (pdf, stream, qpdf_dl_generalized, max);
}

gboolean
pena_pdf_stream_matches (PenaPdf *pdf, qpdf_oh stream, gsize max, const gchar *pattern)
{
    g_autoptr (GBytes) data = pena_pdf_read_stream (pdf, stream, max);
    gsize length;

    if (data == NULL)
        return FALSE;
    g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_RAW, 0, NULL);
    g_return_val_if_fail (regex != NULL, FALSE);
    const gchar *text = g_bytes_get_data (data, &length);
    return g_regex_match_full (regex, text, (gssize)length, 0, 0, NULL, NULL);
}
