/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of preparing a signature in a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "pdf-builder.h"
#include "pdf-drawing.h"
#include "pena-pdf-reader.h"
#include "pena-pdf-spots.h"

/* With these entries in its catalog and first page. */
static PdfBuilder *
make_letter (const gchar *catalog, const gchar *page)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, catalog, page);
    pdf_builder_table (builder, "");
    return builder;
}

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
    g_autoptr (PdfBuilder) builder = make_letter ("/Odd#20Name (\\216\\000\\\\\\)x)", "/Contents []");
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
    g_autoptr (PdfBuilder) builder = make_letter ("", "");
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

static void
test_kind_of_section_is_kept (void)
{
    const struct {
        void (*end) (PdfBuilder *, const gchar *);
        gboolean stream;
    } cases[] = {{pdf_builder_table, FALSE}, {pdf_builder_stream, TRUE}, {pdf_builder_hybrid, FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, "", "");
        cases[i].end (builder, "/Info 4 0 R /ID [<AA> <BB>]");
        g_autofree gchar *text = sign_and_check (builder, NULL);
        g_autofree gchar *prev = g_strdup_printf ("/Prev %" G_GUINT64_FORMAT " ", builder->startxref);
        g_assert_cmpint (strstr (text, "/Type /XRef") != NULL, ==, cases[i].stream);
        g_assert_cmpint (strstr (text, "\nxref\n") != NULL, ==, !cases[i].stream);
        g_assert_null (strstr (text, "/XRefStm"));
        g_assert_nonnull (strstr (text, prev));
        g_assert_nonnull (strstr (text, "/Root 1 0 R /Info 4 0 R /ID [<AA><"));
        g_assert_null (strstr (text, "<BB>"));
    }
}

static void
test_linearized (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.4\n");
    pdf_builder_linearized_letter (builder);
    g_autofree gchar *text = sign_and_check (builder, NULL);
    g_autofree gchar *prev = g_strdup_printf ("/Prev %" G_GUINT64_FORMAT " ", builder->startxref);
    g_assert_nonnull (strstr (text, prev));
}

static void
test_no_id (void)
{
    g_autoptr (PdfBuilder) builder = make_letter ("", "");
    g_autofree gchar *first = sign_and_check (builder, NULL);
    g_autofree gchar *second = sign_and_check (builder, NULL);
    const gchar *id = strstr (first, "/ID [<");

    g_assert_nonnull (id);
    g_assert_cmpmem (id + 6, 33, id + 40, 33); /* both halves, each with its '>' */
    g_assert_null (strstr (second, id));
}

/* Offsets count from the header, the ByteRange from the first byte. */
static void
test_junk_before_the_header (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("junk\n%PDF-1.7\n");
    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_autoptr (PdfDocument) again = pdf_document_new (out->data, out->len);
    g_autoptr (GPtrArray) list = pena_pdf_list_signatures (again->pdf, NULL);
    const PenaPdfSignature *signature = g_ptr_array_index (list, 0);

    g_assert_cmpuint (list->len, ==, 1);
    g_assert_true (signature->ranges_sound);
    g_assert_cmpuint (signature->changes, ==, PENA_PDF_CHANGES_NONE);
}

/* Mail programs and printers leave things behind the end; what is signed there is signed with the rest. */
static void
test_junk_after_the_end (void)
{
    void (*const ends[]) (PdfBuilder *, const gchar *) = {pdf_builder_table, pdf_builder_stream};

    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("junk\n%PDF-1.7\n");
        pdf_builder_letter (builder, "", "");
        ends[i](builder, "");
        pdf_builder_text (builder, "\r\n\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X");
        g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
        g_autoptr (PdfDocument) again = pdf_document_new (out->data, out->len);
        g_autoptr (PenaPdfSignature) signature = pena_pdf_get_last_signature (again->pdf, NULL);
        g_assert_cmpmem (out->data, builder->bytes->len, builder->bytes->data, builder->bytes->len);
        g_assert_true (signature->ranges_sound);
        g_assert_cmpint (signature->changes, ==, PENA_PDF_CHANGES_NONE);
    }
}

static void
test_last_byte_is_no_line_end (void)
{
    g_autoptr (PdfBuilder) builder = make_letter ("", "");
    g_byte_array_set_size (builder->bytes, builder->bytes->len - 1);
    g_autofree gchar *text = sign_and_check (builder, NULL);
    g_assert_true (g_str_has_prefix (text, "\n5 0 obj\n"));
}

static void
test_generations_are_kept (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    const gchar *file = "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
                        "2 0 obj\n<< /Type /Pages /Kids [3 7 R 4 0 R] /Count 2 >>\nendobj\n"
                        "3 7 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n"
                        "4 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n";
    pdf_builder_text (builder, file);
    g_autofree gchar *end = g_strdup_printf (
        "xref\n0 5\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000121 00007 n \n"
        "0000000168 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%u\n%%%%EOF\n",
        builder->bytes->len);
    pdf_builder_text (builder, end);
    g_autofree gchar *text = sign_and_check (builder, NULL);
    g_assert_nonnull (strstr (text, "\n3 7 obj\n"));
    g_assert_nonnull (strstr (text, " 00007 n \n"));
    g_assert_nonnull (strstr (text, "/P 3 7 R"));
}

/* Where the form and the annotations stand decides which objects are written again. */
static void
test_homes_of_form_and_annotations (void)
{
    const struct {
        const gchar *form, *annots;
        const gchar *expected[3];
    } cases[] = {
        {"/AcroForm << /Fields [] /Keep (x) >>",
         "/Annots [5 0 R]",
         {"/AcroForm << /Keep (x) /SigFlags 3 /Fields [10 0 R] >>", "/Annots [5 0 R 10 0 R]", "\n1 0 obj\n"}},
        {"/AcroForm 6 0 R",
         "/Annots 7 0 R",
         {"\n6 0 obj\n<< /Fields 8 0 R /SigFlags 3 >>", "\n7 0 obj\n[5 0 R 10 0 R]",
          "\n8 0 obj\n[5 0 R 10 0 R]"}},
        {"/AcroForm 6 0 R",
         "/Annots 8 0 R",
         {"\n6 0 obj\n<< /Fields 8 0 R /SigFlags 3 >>", "\n8 0 obj\n[5 0 R 10 0 R]", "xref\n6 1\n"}},
        {"", "/Annots 99 0 R", {"/AcroForm 11 0 R", "/Annots [10 0 R]", "\n3 0 obj\n"}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, cases[i].form, cases[i].annots);
        pdf_builder_object (builder, 5,
                            "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Nama) /Rect [0 0 9 9] >>");
        pdf_builder_object (builder, 6, "<< /Fields 8 0 R >>");
        pdf_builder_object (builder, 7, "[5 0 R]");
        pdf_builder_object (builder, 8, "[5 0 R]");
        pdf_builder_table (builder, "");
        g_autofree gchar *text = sign_and_check (builder, NULL);
        for (gsize k = 0; k < G_N_ELEMENTS (cases[i].expected); k++)
            if (strstr (text, cases[i].expected[k]) == NULL)
                g_error ("case %" G_GSIZE_FORMAT ": no '%s' in %s", i, cases[i].expected[k], text);
    }
}

static void
test_need_appearances (void)
{
    const gchar *const forms[][2] = {
        {"/AcroForm << /Fields [] /NeedAppearances true >>", NULL},
        {"/AcroForm << /Fields [] /NeedAppearances false >>", "/NeedAppearances false"}};

    for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, forms[i][0], "");
        pdf_builder_table (builder, "");
        g_autofree gchar *text = sign_and_check (builder, NULL);
        const gchar *found = strstr (text, "/NeedAppearances");
        g_assert_true (forms[i][1] == NULL ? found == NULL : g_str_has_prefix (found, forms[i][1]));
    }
}

/* Strings and names that are hard to write come back the same, byte for byte. */
static void
test_odd_strings_survive (void)
{
    const gchar *odd = "/A (\\000\\001\\377 \\( \\\\ \r\n \\r) /B#20C#2F <00FF5C28290D0A> /D#28 [/E#23 "
                       "/A#2341 (()) <FEFF00E9>] "
                       "/F 1.50 /G -.002 /H null /I true /J << /K#c3#a9#2300 4 0 R >>";
    g_autoptr (PdfBuilder) builder = make_letter (odd, "");
    g_autoptr (GByteArray) once = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_autoptr (PdfBuilder) plain = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *same = g_strconcat (odd, " /AcroForm 7 0 R", NULL);
    pdf_builder_letter (plain, same, "");
    pdf_builder_object (plain, 7, "<< >>");
    pdf_builder_table (plain, "");
    g_autoptr (PdfDocument) left = pdf_document_new (once->data, once->len);
    g_autoptr (PdfDocument) right = pdf_builder_open (plain);
    g_autofree gchar *left_text = pena_pdf_unparse_resolved (left->pdf, left->pdf->root);
    g_autofree gchar *right_text = pena_pdf_unparse_resolved (right->pdf, right->pdf->root);
    g_assert_cmpstr (left_text, ==, right_text);
}

static void
test_existing_field (void)
{
    PenaPdfSignOptions options = pdf_sign_options;
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "/Annots [6 0 R]");
    pdf_builder_object (builder, 5, "<< /T (Pejabat) /FT /Sig /Kids [6 0 R] >>");
    pdf_builder_object (
        builder, 6,
        "<< /Type /Annot /Subtype /Widget /T (Kepala) /Parent 5 0 R /Rect [9 9 99 99] /F 4 /P 3 0 R "
        "/Lock << /Type /SigFieldLock /Action /Include /Fields [(Nama)] >> >>");
    pdf_builder_table (builder, "");
    options.field = "Pejabat.Kepala";
    g_autofree gchar *text = sign_and_check (builder, &options);
    g_assert_nonnull (strstr (text, "\n6 0 obj\n"));
    g_assert_nonnull (strstr (text, "/Rect [ 9 9 99 99 ]"));
    g_assert_nonnull (strstr (text, "/V 7 0 R"));
    g_assert_nonnull (strstr (text, "/TransformMethod /FieldMDP"));
    g_assert_nonnull (strstr (text, "/Action /Include /Fields [ (Nama) ]"));
    g_assert_null (strstr (text, "/Annots"));
    options.field = "Pejabat";
    pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
    options.field = "Pejabat.Lain";
    pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
}

static void
test_field_names_do_not_collide (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R 6 0 R] >>", "");
    pdf_builder_object (builder, 5, "<< /T (Signature1) /FT /Tx >>");
    pdf_builder_object (builder, 6, "<< /T <FEFF005300690067006E006100740075007200650032> /FT /Sig >>");
    pdf_builder_table (builder, "");
    g_autofree gchar *text = sign_and_check (builder, NULL);
    g_assert_nonnull (strstr (text, "/T (Signature3)"));
}

static void
test_wishes_that_cannot_be (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    PenaPdfSignOptions options = pdf_sign_options;

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    options.reason = "\xFF";
    pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
    options = pdf_sign_options;
    options.contents_capacity = 0;
    pdf_assert_unsignable (builder, &options, PENA_ERROR_INTERNAL);
}

/* Nothing new may take the number of an object that is referred to but does not exist. */
static void
test_numbers_that_dangle (void)
{
    g_autoptr (PdfBuilder) builder = make_letter ("/AdditionalStreams [/text#2Fplain 5 0 R]", "/X 7 0 R");
    g_autofree gchar *text = sign_and_check (builder, NULL);
    g_assert_null (strstr (text, "\n5 0 obj"));
    g_assert_null (strstr (text, "\n7 0 obj"));
    g_assert_true (g_str_has_prefix (text, "6 0 obj\n"));
    g_assert_nonnull (strstr (text, "\n8 0 obj\n"));
}

static void
test_object_with_two_uses (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_object (builder, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (builder, 2, "<< /Type /Pages /Kids [1 0 R] /Count 1 >>");
    pdf_builder_table (builder, "");
    pdf_assert_unsignable (builder, NULL, PENA_ERROR_DOCUMENT_DAMAGED);
}

static void
test_contents_must_fit (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    guint8 der[65] = {0};
    g_autoptr (GError) error = NULL;

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &pdf_sign_options, NULL);
    g_assert_true (pena_pdf_update_set_contents (update, der, 64, NULL));
    g_assert_false (pena_pdf_update_set_contents (update, der, 65, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
}

/* Offsets beyond 2 and 4 GiB: the letter stands at the end of a file that is a hole but for its header. */
static void
test_large_files (void)
{
    const struct {
        void (*end) (PdfBuilder *, const gchar *);
        guint64 base;
    } cases[] = {{pdf_builder_table, G_GUINT64_CONSTANT (2300000000)},
                 {pdf_builder_table, G_GUINT64_CONSTANT (5000000000)},
                 {pdf_builder_stream, G_GUINT64_CONSTANT (2300000000)},
                 {pdf_builder_stream, G_GUINT64_CONSTANT (5000000000)}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autoptr (PdfDocument) document = pdf_document_load ("%PDF-1.7\n", 9);
        g_autoptr (GError) error = NULL;
        builder->shift -= cases[i].base;
        pdf_builder_letter (builder, "", "");
        cases[i].end (builder, "");
        g_assert_cmpint (
            pwrite (document->fd, builder->bytes->data, builder->bytes->len, (off_t)cases[i].base), ==,
            (gssize)builder->bytes->len);
        g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (document->fd, NULL, &error);
        g_autoptr (PenaPdf) pdf = pena_pdf_open (bytes, &error);
        g_assert_no_error (error);
        g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (pdf, &pdf_sign_options, &error);
        g_assert_no_error (error);
        g_assert_true (pena_pdf_update_set_contents (update, "\x30\x03\x02\x01\x05", 5, &error));
        g_autoptr (GBytes) tail = g_bytes_new (update->bytes->data, update->bytes->len);
        g_autoptr (PenaPdfBytes) whole = pena_pdf_bytes_new (document->fd, tail, &error);
        g_autoptr (PenaPdf) again = pena_pdf_open (whole, &error);
        g_assert_no_error (error);
        g_autoptr (PenaPdfSignature) signature = pena_pdf_get_last_signature (again, &error);
        g_assert_true (signature->ranges_sound);
        g_assert_cmpuint (signature->ranges[2] + signature->ranges[3], ==, pena_pdf_bytes_size (whole));
        g_assert_cmpint (signature->changes, ==, PENA_PDF_CHANGES_NONE);
    }
}

static const PenaPdfCanvas seen_canvas = {.width = 100, .height = 50, .page = 1, .place = 8, .margin = 20};

static GByteArray *
sign_seen (gconstpointer data, gsize size, const gchar *name)
{
    g_autoptr (GBytes) pdf = g_bytes_new_static (pdf_drawing, strlen (pdf_drawing));
    const PenaPdfStamp stamp = {.pdf = pdf, .canvases = &seen_canvas, .n_canvases = 1};
    PenaPdfSignOptions options = pdf_sign_options;

    options.stamp = &stamp;
    options.name = name;
    return pdf_sign (data, size, &options);
}

/* The field is in the form alone; nothing can be seen of it. */
static void
test_no_pages (void)
{
    g_autoptr (GBytes) pdf = g_bytes_new_static (pdf_drawing, strlen (pdf_drawing));
    const PenaPdfCanvas footer = {.footer = TRUE, .width = 100, .height = 50, .page = 1, .place = 7};
    const PenaPdfCanvas *const canvases[] = {&seen_canvas, &footer};
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_pageless (builder);
    pdf_builder_table (builder, "");
    for (gsize i = 0; i < G_N_ELEMENTS (canvases); i++) {
        const PenaPdfStamp stamp = {.pdf = pdf, .canvases = canvases[i], .n_canvases = 1};
        PenaPdfSignOptions options = pdf_sign_options;
        options.stamp = &stamp;
        pdf_assert_unsignable (builder, &options, PENA_ERROR_DOCUMENT_NO_PAGES);
    }
    pdf_builder_sign (builder, NULL);
    pdf_builder_sign (builder, NULL);
    g_assert_true (pdf_contains (builder->bytes->data, builder->bytes->len, "/Rect [0 0 0 0]"));
    g_assert_false (pdf_contains (builder->bytes->data, builder->bytes->len, "/P "));
    g_assert_false (pdf_contains (builder->bytes->data, builder->bytes->len, "/Annots"));
    g_autoptr (GPtrArray) signatures = pdf_builder_signatures (builder);
    g_assert_cmpuint (signatures->len, ==, 2);
    for (guint i = 0; i < signatures->len; i++) {
        const PenaPdfSignature *signature = signatures->pdata[i];
        g_assert_true (signature->ranges_sound);
        g_assert_cmpint (signature->changes, >=, PENA_PDF_CHANGES_SIGNATURES);
    }
}

/* A screen reader has something to say of it; and in PDF/A its colours mean something on any device. */
static void
test_stamp_for_everybody (void)
{
    const gchar *const entries[] = {"", "/Metadata 9 0 R"};

    for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, entries[i], "");
        pdf_builder_object (builder, 9, "<< /Length 28 >>\nstream\n<pdfaid:part>2</pdfaid:part>\nendstream");
        pdf_builder_table (builder, "");
        g_autoptr (GByteArray) out = sign_seen (builder->bytes->data, builder->bytes->len, "Sari");
        g_assert_true (pdf_contains (out->data, out->len, "/TU (Electronic signature of Sari)"));
        g_assert_cmpint (pdf_contains (out->data, out->len, "/DefaultRGB"), ==, i == 1);
        g_assert_cmpint (pdf_contains (out->data, out->len, "/DefaultGray"), ==, i == 1);
    }
}

/* The second one stands elsewhere. */
static void
test_stamps_apart (void)
{
    g_autoptr (PdfBuilder) builder = make_letter ("", "");
    g_autoptr (GByteArray) once = sign_seen (builder->bytes->data, builder->bytes->len, "Sari");
    g_autoptr (GByteArray) twice = sign_seen (once->data, once->len, "Budi");
    const gchar *first =
        g_strstr_len ((gchar *)twice->data, twice->len, "/TU (Electronic signature of Sari)");
    const gchar *second =
        g_strstr_len ((gchar *)twice->data, twice->len, "/TU (Electronic signature of Budi)");
    g_assert_true (first != NULL && second != NULL);
    first = strstr (first, "/Rect");
    second = strstr (second, "/Rect");
    g_assert_cmpint (strncmp (first, second, strcspn (first, "]")), !=, 0);
}

/* The content of page 1, or none; a letter on its side, of 842 by 595 points as it is shown. */
static PdfBuilder *
make_page_with (const gchar *content)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *stream = g_strdup_printf ("<< /Length %" G_GSIZE_FORMAT " >>\nstream\n%s\nendstream",
                                                strlen (content), content);

    pdf_builder_letter (builder, "", "/Contents 9 0 R");
    pdf_builder_object (builder, 9, stream);
    pdf_builder_table (builder, "");
    return builder;
}

static gchar *
rect_of_stamp (const PdfBuilder *builder)
{
    g_autoptr (GByteArray) out = sign_seen (builder->bytes->data, builder->bytes->len, "Sari");
    const gchar *at = g_strstr_len ((gchar *)out->data, out->len, "/TU (Electronic signature of Sari)");
    g_assert_nonnull (at);
    at = strstr (at, "/Rect ");
    return g_strndup (at, strcspn (at, "]") + 1);
}

static gchar *
rect_beside (const gchar *content)
{
    g_autoptr (PdfBuilder) builder = make_page_with (content);
    return rect_of_stamp (builder);
}

/* The stamp of a template is not put over what is drawn on the page, where there is another place. */
static void
test_stamp_beside_text (void)
{
    g_autofree gchar *empty = rect_beside (""), *elsewhere = rect_beside ("100 100 50 50 re f");
    g_autofree gchar *moved = rect_beside ("550 750 20 20 re f"), *full = rect_beside ("0 0 595 300 re f "
                                                                                       "0 300 595 300 re f "
                                                                                       "0 600 595 242 re f");

    g_assert_cmpstr (empty, ==, "/Rect [525 722 575 822 ]");
    g_assert_cmpstr (elsewhere, ==, empty);
    g_assert_cmpstr (moved, ==, "/Rect [525 20 575 120 ]");
    g_assert_cmpstr (full, ==, empty);
}

/* Nor over the footer that comes with it, whether there is a blank place or none. */
static void
test_stamp_above_footer (void)
{
    const gchar *const contents[] = {"", "0 0 595 300 re f 0 300 595 300 re f 0 600 595 242 re f"};
    const PenaPdfCanvas both[] = {
        seen_canvas, {.footer = TRUE, .width = 800, .height = 30, .page = 1, .place = 7, .margin = 20}};
    const PenaPdfStamp stamp = {.canvases = both, .n_canvases = 2};

    for (guint i = 0; i < G_N_ELEMENTS (contents); i++) {
        g_autoptr (PdfBuilder) builder = make_page_with (contents[i]);
        g_autoptr (PdfDocument) document = pdf_document_new (builder->bytes->data, builder->bytes->len);
        g_autoptr (PenaPdfForm) form = pena_pdf_form_new (document->pdf, NULL);
        g_autoptr (PenaPdfSpots) spots = pena_pdf_spots_new (document->pdf, form, NULL, &stamp, NULL);
        const PenaPdfSpot *seen = &g_array_index (spots->spots, PenaPdfSpot, spots->widget);
        g_assert_cmpint (spots->covers, ==, i == 1);
        g_assert_cmpfloat (seen->area.y0, >=, 20 + 30);
        g_assert_cmpfloat_with_epsilon (seen->area.y1 - seen->area.y0, 50, 1e-6);
    }
}

/* Nor over what somebody has put upon the page. */
static void
test_stamp_beside_note (void)
{
    const struct {
        const gchar *annotation;
        gboolean avoided;
    } rows[] = {
        {"/Subtype /FreeText /Rect [500 700 590 830]", TRUE},
        {"/Subtype /Stamp /F 4 /Rect [500 700 590 830]", TRUE},
        {"/Subtype /Widget /Rect [500 700 590 830]", TRUE},
        {"/Subtype /Stamp /F 2 /Rect [500 700 590 830]", FALSE},
        {"/Subtype /Text /F 32 /Rect [500 700 590 830]", FALSE},
        {"/Subtype /Link /Rect [500 700 590 830]", FALSE},
        {"/Subtype /Popup /Rect [500 700 590 830]", FALSE},
        {"/Subtype /Watermark /Rect [0 0 595 842]", FALSE},
        {"/Rect [500 700 590 830]", FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *annotations = g_strdup_printf ("/Annots [<< %s >>]", rows[i].annotation);
        g_autoptr (PdfBuilder) builder = make_letter ("", annotations);
        g_autofree gchar *rect = rect_of_stamp (builder);
        g_test_message ("%s", rows[i].annotation);
        g_assert_cmpint (!g_str_equal (rect, "/Rect [525 722 575 822 ]"), ==, rows[i].avoided);
    }
}

/* What is no annotation among them takes no room, and is no damage. */
static void
test_stamp_beside_junk (void)
{
    g_autoptr (PdfBuilder) builder = make_letter ("", "/Annots [(x) 7 null << >>]");
    g_autoptr (GByteArray) plain = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_assert_cmpuint (plain->len, >, builder->bytes->len);
    g_autoptr (GByteArray) out = sign_seen (builder->bytes->data, builder->bytes->len, "Sari");
    g_assert_true (pdf_contains (out->data, out->len, "/TU (Electronic signature of Sari)"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/prepare/no-form", test_no_form);
    g_test_add_func ("/pdf/prepare/byte-range", test_byte_range_is_exact);
    g_test_add_func ("/pdf/prepare/kind-of-section", test_kind_of_section_is_kept);
    g_test_add_func ("/pdf/prepare/linearized", test_linearized);
    g_test_add_func ("/pdf/prepare/no-id", test_no_id);
    g_test_add_func ("/pdf/prepare/junk-before-header", test_junk_before_the_header);
    g_test_add_func ("/pdf/prepare/junk-after-end", test_junk_after_the_end);
    g_test_add_func ("/pdf/prepare/no-line-end", test_last_byte_is_no_line_end);
    g_test_add_func ("/pdf/prepare/generations", test_generations_are_kept);
    g_test_add_func ("/pdf/prepare/homes", test_homes_of_form_and_annotations);
    g_test_add_func ("/pdf/prepare/need-appearances", test_need_appearances);
    g_test_add_func ("/pdf/prepare/odd-strings", test_odd_strings_survive);
    g_test_add_func ("/pdf/prepare/existing-field", test_existing_field);
    g_test_add_func ("/pdf/prepare/field-names", test_field_names_do_not_collide);
    g_test_add_func ("/pdf/prepare/impossible-wishes", test_wishes_that_cannot_be);
    g_test_add_func ("/pdf/prepare/dangling", test_numbers_that_dangle);
    g_test_add_func ("/pdf/prepare/two-uses", test_object_with_two_uses);
    g_test_add_func ("/pdf/prepare/large-files", test_large_files);
    g_test_add_func ("/pdf/prepare/contents-must-fit", test_contents_must_fit);
    g_test_add_func ("/pdf/prepare/no-pages", test_no_pages);
    g_test_add_func ("/pdf/prepare/stamp-for-everybody", test_stamp_for_everybody);
    g_test_add_func ("/pdf/prepare/stamps-apart", test_stamps_apart);
    g_test_add_func ("/pdf/prepare/stamp-beside-text", test_stamp_beside_text);
    g_test_add_func ("/pdf/prepare/stamp-above-footer", test_stamp_above_footer);
    g_test_add_func ("/pdf/prepare/stamp-beside-note", test_stamp_beside_note);
    g_test_add_func ("/pdf/prepare/stamp-beside-junk", test_stamp_beside_junk);
    return g_test_run ();
}
