/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of preparing a signature in a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"

/* Signs, and asserts what holds for every signature: the old bytes stay, the result opens. Returns the
 * appended text. */
static gchar *
sign_and_check (const PdfBuilder *builder, const PenaPdfSignOptions *options)
{
    g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, options);

    g_assert_cmpmem (out->data, builder->bytes->len, builder->bytes->data, builder->bytes->len);
    g_assert_true (pdf_contains (out->data + out->len - 7, 7, "\n%%EOF\n"));
    g_autoptr (PdfDocument) again = pdf_document_new (out->data, out->len);
    g_assert_cmpuint (pena_pdf_get_n_pages (again->pdf), ==, 2);
    return g_strndup ((const gchar *)out->data + builder->bytes->len, out->len - builder->bytes->len);
}

static void
test_no_form (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/Odd#20Name (\\216\\000\\\\\\)x)", "/Contents []");
    pdf_builder_table (builder, "");
    g_autofree gchar *text = sign_and_check (builder, NULL);

    g_assert_nonnull (strstr (text, "/SubFilter /ETSI.CAdES.detached"));
    g_assert_nonnull (strstr (text, "/M (D:20260921211320+07'00')"));
    g_assert_nonnull (strstr (text, "/Annots [6 0 R]"));
    g_assert_nonnull (strstr (text, "/SigFlags 3 /Fields [6 0 R]"));
    g_assert_nonnull (strstr (text, "/Odd#20Name"));
    g_assert_nonnull (strstr (text, "\nxref\n1 1\n"));
    g_assert_null (strstr (text, "/Cert"));
}

static void
test_byte_range_is_exact (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    const gchar *range = strstr ((const gchar *)out->data + builder->bytes->len, "/ByteRange [");
    guint64 numbers[4];
    gchar *at = (gchar *)range + strlen ("/ByteRange [");

    for (gsize i = 0; i < 4; i++)
        numbers[i] = g_ascii_strtoull (at, &at, 10);
    g_assert_cmpuint (numbers[0], ==, 0);
    g_assert_cmpuint (out->data[numbers[1]], ==, '<');
    g_assert_cmpuint (out->data[numbers[2] - 1], ==, '>');
    g_assert_cmpuint (numbers[2] - numbers[1], ==, 2 * pdf_sign_options.contents_capacity + 2);
    g_assert_cmpuint (numbers[2] + numbers[3], ==, out->len);
    g_assert_cmpmem (out->data + numbers[1], 11, "<3003020105", 11);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/prepare/no-form", test_no_form);
    g_test_add_func ("/pdf/prepare/byte-range", test_byte_range_is_exact);
    return g_test_run ();
}
