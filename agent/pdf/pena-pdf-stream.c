/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is in a stream, up to a bound
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-stream.h"

#include <gio/gio.h>
#include <stdlib.h>

#define PIECE (64 * 1024)
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

/* Flate without a predictor, as everybody writes streams that are no images. */
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

/* What is broken at its end gives what comes before, as other readers do. */
static GBytes *
inflate (GBytes *packed, gsize max)
{
    g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autofree guint8 *piece = g_malloc (PIECE);
    GConverterResult result = G_CONVERTER_CONVERTED;
    gsize left;
    const guint8 *at = g_bytes_get_data (packed, &left);

    while (result == G_CONVERTER_CONVERTED) {
        gsize taken = 0, given = 0;
        result = g_converter_convert (converter, at, left, piece, PIECE, G_CONVERTER_INPUT_AT_END, &taken,
                                      &given, NULL);
        if (result == G_CONVERTER_ERROR)
            break;
        if (given > max - out->len)
            return NULL;
        g_byte_array_append (out, piece, (guint)given);
        at += taken;
        left -= taken;
    }
    return out->len > 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
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
        return packed != NULL ? inflate (packed, max) : NULL;
    }
    if (pena_pdf_is_null (pdf, filter) || (guint64)length > max / MAX_RATIO)
        return NULL;
    return get_data (pdf, stream, qpdf_dl_generalized, max);
}
