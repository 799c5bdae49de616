/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of reading streams up to a bound
 * Copyright (C) 2026 the Pena authors */
#include <gio/gio.h>
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-stream.h"

static GBytes *
deflate (gconstpointer data, gsize length)
{
    g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9));
    gsize room = length + 100, taken = 0, given = 0;
    g_autofree guint8 *out = g_malloc (room);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (g_converter_convert (converter, data, length, out, room, G_CONVERTER_INPUT_AT_END,
                                          &taken, &given, &error),
                     ==, G_CONVERTER_FINISHED);
    return g_bytes_new_take (g_steal_pointer (&out), given);
}

/* A letter whose object 9 is a stream with these bytes. */
static PdfDocument *
open_with_stream (const gchar *entries, gconstpointer data, gsize length)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *filler = g_strnfill (length, '~');
    g_autofree gchar *object = g_strdup_printf ("<< %s /Length %" G_GSIZE_FORMAT " >>\nstream\n%s\nendstream",
                                                entries, length, filler);

    pdf_builder_letter (builder, "/Test 9 0 R", "");
    pdf_builder_object (builder, 9, object);
    if (length > 0)
        memcpy (g_strstr_len ((gchar *)builder->bytes->data, builder->bytes->len, filler), data, length);
    pdf_builder_table (builder, "");
    return pdf_builder_open (builder);
}

static GBytes *
read_it (PdfDocument *document, gsize max)
{
    return pena_pdf_read_stream (document->pdf, pena_pdf_get (document->pdf, document->pdf->root, "/Test"),
                                 max);
}

static void
assert_reads (const gchar *entries, gconstpointer data, gsize length, const gchar *expected)
{
    g_autoptr (PdfDocument) document = open_with_stream (entries, data, length);
    g_autoptr (GBytes) bytes = read_it (document, 100000);

    if (expected == NULL) {
        g_assert_null (bytes);
        return;
    }
    g_assert_nonnull (bytes);
    g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, strlen (expected));
}

static void
test_encodings (void)
{
    g_autoptr (GBytes) packed = deflate ("rahasia", 7);
    gsize length;
    gconstpointer data = g_bytes_get_data (packed, &length);

    assert_reads ("", "rahasia", 7, "rahasia");
    assert_reads ("/Filter []", "rahasia", 7, "rahasia");
    assert_reads ("/Filter /FlateDecode", data, length, "rahasia");
    assert_reads ("/Filter [/FlateDecode]", data, length, "rahasia");
    assert_reads ("/Filter /FlateDecode /DecodeParms << /Predictor 1 >>", data, length, "rahasia");
    assert_reads ("/Filter /ASCIIHexDecode", "72616861736961>", 15, "rahasia");
    assert_reads ("/Filter [/ASCIIHexDecode /FlateDecode]", "72616861736961>", 15, NULL);
    assert_reads ("/Filter /DCTDecode", "rahasia", 7, NULL);
    assert_reads ("/Filter /NoSuchDecode", "rahasia", 7, NULL);
    assert_reads ("/Filter /FlateDecode", "no zlib", 7, NULL);
}

/* As other readers do. */
static void
test_cut_short (void)
{
    g_autoptr (GBytes) packed = deflate ("rahasia", 7);

    assert_reads ("/Filter /FlateDecode", g_bytes_get_data (packed, NULL), g_bytes_get_size (packed) - 4,
                  "rahasia");
}

/* Two hundred thousand zeros are two hundred bytes. */
static void
test_bounded (void)
{
    g_autofree guint8 *zeros = g_malloc0 (200000);
    g_autoptr (GBytes) bomb = deflate (zeros, 200000);
    gsize length;
    gconstpointer data = g_bytes_get_data (bomb, &length);
    g_autoptr (PdfDocument) document = open_with_stream ("/Filter /FlateDecode", data, length);
    g_autoptr (PdfDocument) guessed =
        open_with_stream ("/Filter /FlateDecode /DecodeParms << /Predictor 12 >>", data, length);

    g_assert_cmpuint (length, <, 1000);
    g_assert_null (read_it (document, 199999));
    g_assert_null (read_it (guessed, 199999));
    g_autoptr (GBytes) all = read_it (document, 200000);
    g_assert_cmpuint (g_bytes_get_size (all), ==, 200000);
}

static void
test_others (void)
{
    g_autoptr (PdfDocument) document = open_with_stream ("", "rahasia", 7);
    PenaPdf *pdf = document->pdf;

    g_assert_null (pena_pdf_read_stream (pdf, pdf->root, 100));
    g_assert_null (pena_pdf_read_stream (pdf, qpdf_oh_new_null (pdf->qpdf), 100));
    g_assert_null (read_it (document, 6));
    g_autoptr (PdfDocument) empty = open_with_stream ("", "", 0);
    g_assert_null (read_it (empty, 100));
}

/* What stands behind a zero counts too. */
static void
test_matches (void)
{
    g_autoptr (PdfDocument) document = open_with_stream ("", "raha\0sia", 8);
    PenaPdf *pdf = document->pdf;
    qpdf_oh stream = pena_pdf_get (pdf, pdf->root, "/Test");

    g_assert_true (pena_pdf_stream_matches (pdf, stream, 100, "a[^b]si"));
    g_assert_false (pena_pdf_stream_matches (pdf, stream, 100, "as"));
    g_assert_false (pena_pdf_stream_matches (pdf, stream, 7, "raha"));
    g_assert_false (pena_pdf_stream_matches (pdf, pdf->root, 100, ""));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/stream/encodings", test_encodings);
    g_test_add_func ("/pdf/stream/cut-short", test_cut_short);
    g_test_add_func ("/pdf/stream/bounded", test_bounded);
    g_test_add_func ("/pdf/stream/others", test_others);
    g_test_add_func ("/pdf/stream/matches", test_matches);
    return g_test_run ();
}
