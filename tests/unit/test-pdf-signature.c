/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of listing the signatures of a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"

static GPtrArray *
list (gconstpointer data, gsize size)
{
    g_autoptr (PdfDocument) document = pdf_document_new (data, size);
    g_autoptr (GError) error = NULL;
    GPtrArray *signatures = pena_pdf_list_signatures (document->pdf, &error);

    g_assert_no_error (error);
    return signatures;
}

static const PenaPdfSignature *
nth (GPtrArray *signatures, guint n)
{
    g_assert_cmpuint (signatures->len, >, n);
    return g_ptr_array_index (signatures, n);
}

/* A builder whose file is a letter with one signature; objects 5 (dictionary) and 6 (field) are the
 * signature's. */
static PdfBuilder *
signed_letter (void)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_byte_array_set_size (builder->bytes, 0);
    g_byte_array_append (builder->bytes, out->data, out->len);
    builder->highest = 7;
    const gchar *last = g_strrstr_len ((const gchar *)out->data, (gssize)out->len, "startxref\n");
    builder->startxref = g_ascii_strtoull (last + strlen ("startxref\n"), NULL, 10);
    return builder;
}

static void
test_none (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
    pdf_builder_object (builder, 5, "<< /T (Kosong) /FT /Sig >>");
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
    g_assert_cmpuint (signatures->len, ==, 0);
}

static void
test_one (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
    const PenaPdfSignature *signature = nth (signatures, 0);

    g_assert_cmpuint (signatures->len, ==, 1);
    g_assert_cmpstr (signature->field, ==, "Signature1");
    g_assert_cmpstr (signature->filter, ==, "Adobe.PPKLite");
    g_assert_cmpstr (signature->sub_filter, ==, "ETSI.CAdES.detached");
    g_assert_cmpstr (signature->name, ==, "Sari Wulandari");
    g_assert_cmpstr (signature->reason, ==, "Persetujuan");
    g_assert_cmpstr (signature->location, ==, "Tirta Kencana");
    g_assert_cmpint (signature->time, ==, 1790000000);
    g_assert_cmpuint (g_bytes_get_size (signature->contents), ==, pdf_sign_options.contents_capacity);
    g_assert_true (signature->ranges_sound);
    g_assert_null (signature->ranges_problem);
    g_assert_cmpuint (signature->revision, ==, 2);
    g_assert_cmpint (signature->changes, ==, PENA_PDF_CHANGES_NONE);
    g_assert_false (signature->has_cert_key);
}

/* For every kind of file: the earlier signatures see only signatures, the last one nothing. */
static void
test_several (void)
{
    void (*const ends[]) (PdfBuilder *, const gchar *) = {pdf_builder_table, pdf_builder_stream,
                                                          pdf_builder_hybrid};

    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, "", "");
        ends[i](builder, "");
        g_autoptr (GByteArray) file = g_byte_array_ref (builder->bytes);
        for (guint n = 0; n < 3; n++) {
            GByteArray *next = pdf_sign (file->data, file->len, NULL);
            g_byte_array_unref (file);
            file = next;
        }
        g_autoptr (GPtrArray) signatures = list (file->data, file->len);
        g_assert_cmpuint (signatures->len, ==, 3);
        for (guint n = 0; n < 3; n++) {
            g_assert_true (nth (signatures, n)->ranges_sound);
            g_assert_cmpuint (nth (signatures, n)->revision, ==, n + 2);
            g_assert_cmpint (nth (signatures, n)->changes, ==,
                             n < 2 ? PENA_PDF_CHANGES_SIGNATURES : PENA_PDF_CHANGES_NONE);
        }
    }
}

static void
test_existing_field_filled_later (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    PenaPdfSignOptions options = pdf_sign_options;

    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] /NeedAppearances true >>", "/Annots [5 0 R]");
    pdf_builder_object (builder, 5,
                        "<< /Type /Annot /Subtype /Widget /T (Kepala) /FT /Sig /Rect [9 9 99 99] >>");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) once = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    options.field = "Kepala";
    g_autoptr (GByteArray) twice = pdf_sign (once->data, once->len, &options);
    g_autoptr (GPtrArray) signatures = list (twice->data, twice->len);
    g_assert_cmpstr (nth (signatures, 0)->field, ==, "Signature1");
    g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_SIGNATURES);
    g_assert_cmpstr (nth (signatures, 1)->field, ==, "Kepala");
    g_assert_cmpint (nth (signatures, 1)->changes, ==, PENA_PDF_CHANGES_NONE);
}

/* Each of these updates is more than a signature. */
static void
test_other_changes (void)
{
    const struct {
        gint number;
        const gchar *text;
    } cases[] = {
        {3, "<< /Type /Page /Parent 2 0 R /Annots [6 0 R] /Contents 8 0 R >>"},
        {3, "<< /Type /Page /Parent 2 0 R /Annots [6 0 R 8 0 R] >>"},
        {3, "<< /Type /Page /Parent 2 0 R >>"},
        {2, "<< /Type /Pages /Kids [4 0 R 3 0 R] /Count 2 /MediaBox [0 0 595 842] /Rotate 90 >>"},
        {1, "<< /Type /Catalog /Pages 2 0 R /AcroForm 7 0 R /OpenAction [3 0 R /Fit] >>"},
        {7, "<< /SigFlags 3 /Fields [6 0 R] /Q 1 >>"},
        {7, "<< /SigFlags 3 /Fields [6 0 R] /NeedAppearances true >>"},
        {6, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /V 5 0 R /Rect [0 0 9 9] /F 132 /P 3 "
            "0 R >>"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter ();
        pdf_builder_object (builder, cases[i].number, cases[i].text);
        pdf_builder_object (builder, 8, "<< /FT /Sig /T (Palsu) /Subtype /Widget >>");
        pdf_builder_table (builder, "");
        g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
        g_assert_cmpuint (signatures->len, ==, 1);
        g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
        g_assert_cmpuint (nth (signatures, 0)->edits->len, >, 0);
    }
}

/* The catalog names the page as its form, and the page becomes one. */
static void
test_page_turned_into_form (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    pdf_builder_object (builder, 1, "<< /Type /Catalog /Pages 2 0 R /AcroForm 3 0 R >>");
    pdf_builder_object (builder, 3, "<< /SigFlags 3 /Fields [6 0 R] >>");
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
    g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
}

/* What was signed refers to object 8, which the second signature's dictionary then is. Pena avoids such
 * numbers, so the reference is put in afterwards. */
static void
test_dangling_reference_comes_alive (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/AcroForm << /Fields [] >>", "");
    pdf_builder_object (builder, 5, "[99 0 R]");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) once = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_autoptr (GByteArray) twice = pdf_sign (once->data, once->len, NULL);
    g_autoptr (GPtrArray) before = list (twice->data, twice->len);
    g_assert_cmpint (nth (before, 0)->changes, ==, PENA_PDF_CHANGES_SIGNATURES);

    memcpy (memmem (twice->data, twice->len, "[99 0 R]", 8), "[08 0 R]", 8);
    g_autoptr (GPtrArray) after = list (twice->data, twice->len);
    g_assert_cmpint (nth (after, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
    g_assert_true (nth (after, 0)->ranges_sound);
}

/* Other changes stay visible when a real signature comes after them. */
static void
test_change_hidden_under_a_signature (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    pdf_builder_object (builder, 4, "<< /Type /Page /Parent 2 0 R /Rotate 180 >>");
    pdf_builder_table (builder, "");
    g_autoptr (GByteArray) file = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
    g_autoptr (GPtrArray) signatures = list (file->data, file->len);
    g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
    g_assert_cmpint (nth (signatures, 1)->changes, ==, PENA_PDF_CHANGES_NONE);
}

static void
test_bytes_after_the_end (void)
{
    const gchar *const tails[] = {"x", "\n", "%%EOF\n", "9 0 obj\n(x)\nendobj\n"};

    for (gsize i = 0; i < G_N_ELEMENTS (tails); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter ();
        pdf_builder_text (builder, tails[i]);
        g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
        g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
    }
}

/* An update makes the signature's dictionary say something else than what was signed. */
static void
test_redirected_dictionary (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    g_autoptr (GPtrArray) before = list (builder->bytes->data, builder->bytes->len);
    const PenaPdfSignature *old = nth (before, 0);
    g_autoptr (GString) text =
        g_string_new ("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
                      "/Reason (Lain) /Contents <");
    gsize size;
    const guint8 *contents = g_bytes_get_data (old->contents, &size);

    for (gsize i = 0; i < size; i++)
        g_string_append_printf (text, "%02x", contents[i]);
    g_string_append_printf (text, "> /ByteRange [0 %u %u %u] >>", (guint)old->ranges[1],
                            (guint)old->ranges[2], (guint)old->ranges[3]);
    pdf_builder_object (builder, 5, text->str);
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
    g_assert_false (nth (signatures, 0)->ranges_sound);
    g_assert_nonnull (nth (signatures, 0)->ranges_problem);
    g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
}

/* A second field points at the same dictionary. */
static void
test_shared_dictionary (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    pdf_builder_object (builder, 7, "<< /SigFlags 3 /Fields [6 0 R 8 0 R] >>");
    pdf_builder_object (builder, 8, "<< /FT /Sig /T (Palsu) /V 5 0 R >>");
    pdf_builder_table (builder, "");
    g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
    g_assert_cmpuint (signatures->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_false (nth (signatures, i)->ranges_sound);
}

static void
test_unsound_ranges (void)
{
    const gchar *const ranges[] = {"",
                                   "/ByteRange [0 1 2]",
                                   "/ByteRange [0 10 20 (x)]",
                                   "/ByteRange [1 10 20 30]",
                                   "/ByteRange 5",
                                   "/ByteRange [0 -1 2 3]",
                                   "/ByteRange [0 10 99999999 1]",
                                   "/ByteRange [0 9223372036854775807 9 9]",
                                   "/ByteRange [0 10 5 30]",
                                   "/ByteRange [0 0 0 100]",
                                   "/ByteRange [0 20 30 9223372036854775800]"};

    for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autofree gchar *value = g_strdup_printf ("<< /Type /Sig /Contents <3000> %s >>", ranges[i]);
        pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
        pdf_builder_object (builder, 5, "<< /T (Terisi) /FT /Sig /V 6 0 R >>");
        pdf_builder_object (builder, 6, value);
        pdf_builder_table (builder, "");
        g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
        g_assert_false (nth (signatures, 0)->ranges_sound);
        g_assert_nonnull (nth (signatures, 0)->ranges_problem);
        g_assert_cmpint (nth (signatures, 0)->changes, ==, PENA_PDF_CHANGES_OTHER);
    }
}

/* More than anybody judges is refused before anything is signed, and fields without end are not walked. */
static void
test_too_many (void)
{
    const struct {
        guint n; /* signatures */
        guint m; /* times that the list of fields names one more */
        gboolean listed, signable;
    } cases[] = {
        {255, 1, TRUE, TRUE}, {256, 1, TRUE, FALSE}, {257, 1, FALSE, FALSE}, {0, 250000, FALSE, FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autoptr (GString) form = g_string_new ("<< /Fields [");
        g_autoptr (GError) error = NULL;
        for (guint n = 0; n < cases[i].n; n++)
            g_string_append_printf (form, "<< /FT /Sig /T (f%u) /V << /Type /Sig >> >> ", n);
        for (guint m = 0; m < cases[i].m; m++)
            g_string_append (form, "6 0 R ");
        g_string_append (form, "] >>");
        pdf_builder_letter (builder, "/AcroForm 5 0 R", "");
        pdf_builder_object (builder, 5, form->str);
        pdf_builder_object (builder, 6, "<< /FT /Sig /T (Kosong) >>");
        pdf_builder_table (builder, "");
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, &error);
        g_assert_true ((signatures != NULL) == cases[i].listed);
        g_clear_error (&error);
        g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &pdf_sign_options, &error);
        g_assert_true ((update != NULL) == cases[i].signable);
        if (!cases[i].signable)
            g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_UNSUPPORTED);
    }
}

/* Strings of /Cert, and nothing else, however much there is. */
static void
test_certificates (void)
{
    g_autofree gchar *long_one = g_strnfill (600 * 1024, 'A');
    g_autofree gchar *too_long = g_strdup_printf ("<%s>", long_one);
    g_autoptr (GString) too_many = g_string_new ("[");
    for (guint i = 0; i < 1000; i++)
        g_string_append (too_many, "<01> ");
    g_string_append_c (too_many, ']');
    const struct {
        const gchar *cert;
        guint count;
    } rows[] = {
        {"<3000>", 1},
        {"[<3000> (0\\000)]", 2},
        {"[]", 0},
        {"5", 0},
        {"[5 /Name <3000> [<3000>]]", 1},
        {"<< /A <3000> >>", 0},
        {"7 0 R", 1},
        {too_long, 0},
        {too_many->str, PENA_PDF_MAX_CERTIFICATES},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autofree gchar *value = g_strdup_printf (
            "<< /Type /Sig /SubFilter /adbe.x509.rsa_sha1 /Contents <00> /Cert %s >>", rows[i].cert);
        pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
        pdf_builder_object (builder, 5, "<< /T (Lama) /FT /Sig /V 6 0 R >>");
        pdf_builder_object (builder, 6, value);
        pdf_builder_object (builder, 7, "<3000>");
        pdf_builder_table (builder, "");
        g_autoptr (GPtrArray) signatures = list (builder->bytes->data, builder->bytes->len);
        g_assert_cmpuint (nth (signatures, 0)->certificates->len, ==, rows[i].count);
        g_assert_true (nth (signatures, 0)->has_cert_key);
    }
}

/* Whatever byte is another: no crash, and nothing that calls itself whole leaves a byte out. */
static void
test_every_byte_changed (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ();
    guint listed = 0;

    for (guint at = 0; at < builder->bytes->len; at++) {
        g_autofree guint8 *copy = g_memdup2 (builder->bytes->data, builder->bytes->len);
        copy[at] ^= 1 << (at % 8);
        g_autoptr (PdfDocument) document = pdf_document_load (copy, builder->bytes->len);
        document->pdf = pena_pdf_open (document->bytes, NULL);
        g_autoptr (GPtrArray) signatures =
            document->pdf != NULL ? pena_pdf_list_signatures (document->pdf, NULL) : NULL;
        for (guint i = 0; signatures != NULL && i < signatures->len; i++, listed++) {
            const PenaPdfSignature *signature = nth (signatures, i);
            if (signature->changes != PENA_PDF_CHANGES_NONE)
                continue;
            g_assert_true (signature->ranges_sound);
            g_assert_cmpuint (signature->ranges[2] + signature->ranges[3], ==, builder->bytes->len);
            g_assert_cmpuint (signature->ranges[2] - signature->ranges[1], ==,
                              2 * g_bytes_get_size (signature->contents) + 2);
        }
    }
    g_assert_cmpuint (listed, >, builder->bytes->len / 4);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/signature/none", test_none);
    g_test_add_func ("/pdf/signature/one", test_one);
    g_test_add_func ("/pdf/signature/several", test_several);
    g_test_add_func ("/pdf/signature/existing-field-later", test_existing_field_filled_later);
    g_test_add_func ("/pdf/signature/other-changes", test_other_changes);
    g_test_add_func ("/pdf/signature/page-as-form", test_page_turned_into_form);
    g_test_add_func ("/pdf/signature/dangling", test_dangling_reference_comes_alive);
    g_test_add_func ("/pdf/signature/hidden-change", test_change_hidden_under_a_signature);
    g_test_add_func ("/pdf/signature/bytes-after", test_bytes_after_the_end);
    g_test_add_func ("/pdf/signature/redirected", test_redirected_dictionary);
    g_test_add_func ("/pdf/signature/shared", test_shared_dictionary);
    g_test_add_func ("/pdf/signature/unsound-ranges", test_unsound_ranges);
    g_test_add_func ("/pdf/signature/too-many", test_too_many);
    g_test_add_func ("/pdf/signature/certificates", test_certificates);
    g_test_add_func ("/pdf/signature/every-byte", test_every_byte_changed);
    return g_test_run ();
}
