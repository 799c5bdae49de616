/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of opening a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-tail.h"
#include "pena-text.h"

static void
test_kinds_of_sections (void)
{
    const struct {
        void (*end) (PdfBuilder *, const gchar *);
        PenaPdfXrefKind kind;
    } cases[] = {{pdf_builder_table, PENA_PDF_XREF_TABLE},
                 {pdf_builder_stream, PENA_PDF_XREF_STREAM},
                 {pdf_builder_hybrid, PENA_PDF_XREF_HYBRID}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, "", "");
        cases[i].end (builder, "");
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        PenaPdfTail tail;
        g_assert_cmpuint (pena_pdf_get_n_pages (document->pdf), ==, 2);
        g_assert_cmpuint (pena_pdf_get_n_revisions (document->pdf), ==, 1);
        g_assert_true (pena_pdf_tail_read (&tail, builder->bytes->data, builder->bytes->len, NULL));
        g_assert_cmpint (tail.kind, ==, cases[i].kind);
        g_assert_cmpuint (tail.startxref, ==, builder->startxref);
        pena_pdf_tail_clear (&tail);
    }
}

static void
test_linearized_is_one_revision (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.4\n");
    pdf_builder_linearized_letter (builder);
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_assert_cmpuint (pena_pdf_get_n_revisions (document->pdf), ==, 1);
}

static void
test_revisions_are_counted (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    PenaPdfTail tail;

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    gsize first = builder->bytes->len;
    pdf_builder_object (builder, 5, "(more)");
    pdf_builder_table (builder, "");
    g_assert_true (pena_pdf_tail_read (&tail, builder->bytes->data, builder->bytes->len, NULL));
    g_assert_cmpuint (tail.revisions->len, ==, 2);
    g_assert_cmpuint (pena_pdf_tail_find_revision (&tail, first), ==, 1);
    g_assert_cmpuint (pena_pdf_tail_find_revision (&tail, first - 1), ==, 1); /* without the end-of-line */
    g_assert_cmpuint (pena_pdf_tail_find_revision (&tail, first - 2), ==, 0);
    g_assert_cmpuint (pena_pdf_tail_find_revision (&tail, builder->bytes->len), ==, 2);
    pena_pdf_tail_clear (&tail);
}

/* Not in the words of a library: whoever asks the sender for another file tells them. */
static void
test_damage_in_plain_words (void)
{
    static const struct {
        const gchar *cut, *english, *indonesian;
    } cases[] = {
        {"startxref", "its end is missing", "bagian akhirnya hilang"},
        {"xref\n0", "its table of contents (xref) ", "daftar isinya (xref) "},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autoptr (GError) error = NULL;
        pdf_builder_letter (builder, "", "");
        pdf_builder_table (builder, "");
        gchar *at = memmem (builder->bytes->data, builder->bytes->len, cases[i].cut, strlen (cases[i].cut));
        memset (at, ' ', strlen (cases[i].cut));
        for (guint indonesian = 0; indonesian < 2; indonesian++) {
            const gchar *wanted = indonesian ? cases[i].indonesian : cases[i].english;
            pena_text_set_language (indonesian ? "id" : "en");
            g_autoptr (PdfDocument) document = pdf_document_load (builder->bytes->data, builder->bytes->len);
            g_assert_null (pena_pdf_open (document->bytes, &error));
            g_autofree gchar *text = pena_error_describe (error);
            if (strstr (text, wanted) == NULL)
                g_error ("'%s' is not in: %s", wanted, text);
            g_clear_error (&error);
        }
    }
    pena_text_set_language (NULL);
}

static void
test_junk_before_the_header (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("\x1b%-12345X\n%PDF-1.7\n");
    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_assert_cmpuint (pena_pdf_get_n_pages (document->pdf), ==, 2);
}

static void
test_what_is_no_pdf (void)
{
    g_autoptr (GString) late = g_string_new (NULL);

    pdf_assert_refused ("", 0, PENA_ERROR_DOCUMENT_EMPTY);
    pdf_assert_refused ("Surat", 5, PENA_ERROR_DOCUMENT_NOT_PDF);
    pdf_assert_refused ("%PDF-", 5, PENA_ERROR_DOCUMENT_NOT_PDF);
    for (guint i = 0; i < 1024; i++)
        g_string_append_c (late, ' ');
    g_string_append (late, "%PDF-1.7\n");
    pdf_assert_refused (late->str, late->len, PENA_ERROR_DOCUMENT_NOT_PDF);
}

static void
test_encrypted (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.4\n");
    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
                                "/O <0000000000000000000000000000000000000000000000000000000000000000> "
                                "/U <0000000000000000000000000000000000000000000000000000000000000000> >>");
    pdf_assert_refused (builder->bytes->data, builder->bytes->len, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED);

    g_autoptr (PdfBuilder) public_key = pdf_builder_new ("%PDF-1.6\n");
    pdf_builder_letter (public_key, "", "");
    pdf_builder_table (public_key, "/ID [<00><00>] /Encrypt << /Filter /Adobe.PubSec /V 4 >>");
    pdf_assert_refused (public_key->bytes->data, public_key->bytes->len, PENA_ERROR_DOCUMENT_ENCRYPTED);
}

static void
test_no_pages (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_pageless (builder);
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_assert_cmpuint (pena_pdf_get_n_pages (document->pdf), ==, 0);
}

/* What was lost is not the same as what was never there. */
static void
test_no_page_tree (void)
{
    static const gchar *const trees[] = {"null", "<< /Type /Pages /Count 0 >>", "[]"};

    for (gsize i = 0; i < G_N_ELEMENTS (trees); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_object (builder, 1, "<< /Type /Catalog /Pages 2 0 R >>");
        pdf_builder_object (builder, 2, trees[i]);
        pdf_builder_table (builder, "");
        pdf_assert_refused (builder->bytes->data, builder->bytes->len, PENA_ERROR_DOCUMENT_DAMAGED);
    }
}

/* A tree that contains itself, and one that is deeper than any real one. */
static void
test_broken_page_trees (void)
{
    g_autoptr (PdfBuilder) loop = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_object (loop, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (loop, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_builder_object (loop, 3, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>");
    pdf_builder_table (loop, "");
    pdf_assert_refused (loop->bytes->data, loop->bytes->len, PENA_ERROR_DOCUMENT_DAMAGED);

    g_autoptr (PdfBuilder) deep = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_object (deep, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    for (gint i = 2; i < 5000; i++) {
        g_autofree gchar *node = g_strdup_printf ("<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", i + 1);
        pdf_builder_object (deep, i, node);
    }
    pdf_builder_object (deep, 5000, "<< /Type /Page >>");
    pdf_builder_table (deep, "");
    pdf_assert_refused (deep->bytes->data, deep->bytes->len, PENA_ERROR_DOCUMENT_DAMAGED);
}

/* The same page twice is odd, and no loop; a page that is no object of its own cannot hold a widget. */
static void
test_odd_page_trees (void)
{
    const struct {
        const gchar *kids;
        guint n_pages; /* 0: refused */
        const gchar *widget_on;
    } cases[] = {{"3 0 R 3 0 R", 2, "/P 3 0 R"},
                 {"<< /Type /Page /Parent 2 0 R >> 3 0 R", 2, "/P 3 0 R"},
                 {"3 0 R << /Type /Pages /Kids [4 0 R 4 0 R] >>", 3, "/P 3 0 R"},
                 {"<< /Type /Page /Parent 2 0 R >>", 0, NULL}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autofree gchar *pages = g_strdup_printf ("<< /Type /Pages /Kids [%s] /Count 2 >>", cases[i].kids);
        pdf_builder_object (builder, 1, "<< /Type /Catalog /Pages 2 0 R >>");
        pdf_builder_object (builder, 2, pages);
        pdf_builder_object (builder, 3, "<< /Type /Page /Parent 2 0 R >>");
        pdf_builder_object (builder, 4, "<< /Type /Page /Parent 2 0 R >>");
        pdf_builder_table (builder, "");
        if (cases[i].n_pages == 0) {
            pdf_assert_refused (builder->bytes->data, builder->bytes->len, PENA_ERROR_DOCUMENT_DAMAGED);
            continue;
        }
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        g_assert_cmpuint (pena_pdf_get_n_pages (document->pdf), ==, cases[i].n_pages);
        g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
        g_assert_true (pdf_contains (out->data, out->len, cases[i].widget_on));
    }
}

/* What leaves no doubt is signed, and the signature counts; what hides objects from some readers is refused. */
static void
test_size_of_the_trailer (void)
{
    const struct {
        const gchar *size;
        gboolean fine;
    } cases[] = {
        {"/Size 5", TRUE}, {"/Size 6", TRUE}, {"/Size 9", TRUE}, {"/Size 4", FALSE}, {"/Size 1", FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        pdf_builder_letter (builder, "", "");
        pdf_builder_table (builder, "");
        memcpy (memmem (builder->bytes->data, builder->bytes->len, "/Size 5", 7), cases[i].size, 7);
        if (!cases[i].fine) {
            pdf_assert_refused (builder->bytes->data, builder->bytes->len, PENA_ERROR_DOCUMENT_DAMAGED);
            continue;
        }
        g_autoptr (GByteArray) once = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
        g_autoptr (GByteArray) twice = pdf_sign (once->data, once->len, NULL);
        g_autoptr (PdfDocument) document = pdf_document_new (twice->data, twice->len);
        g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, NULL);
        g_assert_cmpuint (signatures->len, ==, 2);
        const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
        g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_SIGNATURES);
    }
}

static void
test_harmless_warnings (void)
{
    const struct {
        const gchar *before_xref, *object;
        gboolean fine;
    } cases[] = {
        {"", "", TRUE}, {"\n", "", TRUE}, {"", "5 0 obj\nendobj\n", TRUE}, {"", "5 0 obj\n(x)\n", FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        g_autoptr (GString) text = g_string_new (cases[i].object);
        guint offset;
        pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
        offset = builder->bytes->len;
        guint table = offset + (guint)text->len;
        g_string_append_printf (text, "%sxref\n0 6\n0000000000 65535 f \n", cases[i].before_xref);
        for (gint n = 1; n <= 4; n++) {
            g_autofree gchar *head = g_strdup_printf ("%d 0 obj", n);
            const guint8 *at = memmem (builder->bytes->data, offset, head, strlen (head));
            g_string_append_printf (text, "%010u 00000 n \n", (guint)(at - builder->bytes->data));
        }
        if (*cases[i].object != '\0')
            g_string_append_printf (text, "%010u 00000 n \n", offset);
        else
            g_string_append (text, "0000000000 00000 f \n");
        g_string_append_printf (text, "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%u\n%%%%EOF\n", table);
        pdf_builder_text (builder, text->str);
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        g_autoptr (GError) error = NULL;
        g_assert_true (pena_pdf_check_signable (document->pdf, &error) == cases[i].fine);
        if (cases[i].fine) {
            g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, NULL);
            g_autoptr (PdfDocument) made = pdf_document_new (out->data, out->len);
        } else
            g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED);
    }
}

/* Wherever a copy broke off, what is left is refused. */
static void
test_truncated_anywhere (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    const gsize slack = strlen ("\n%%EOF\n"); /* qpdf asks for no end-of-file mark */

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    for (gsize size = 8; size < builder->bytes->len - slack - 1; size++) {
        g_autofree guint8 *copy = g_memdup2 (builder->bytes->data, size);
        gint code = size < strlen ("%PDF-1.7") ? PENA_ERROR_DOCUMENT_NOT_PDF : PENA_ERROR_DOCUMENT_DAMAGED;
        pdf_assert_refused (copy, size, code);
    }
}

/* An object that is damaged is found when it is first read; the document stays refused from then on. */
static void
test_damage_stays_known (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
    pdf_builder_object (builder, 5, "<< /T (x) /FT /Sig (no key) >>");
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);

    for (guint i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (pena_pdf_list_signatures (document->pdf, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED);
        g_clear_error (&error);
        g_assert_false (pena_pdf_check_signable (document->pdf, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    pena_text_init ();
    g_test_add_func ("/pdf/open/kinds-of-sections", test_kinds_of_sections);
    g_test_add_func ("/pdf/open/linearized", test_linearized_is_one_revision);
    g_test_add_func ("/pdf/open/revisions", test_revisions_are_counted);
    g_test_add_func ("/pdf/open/plain-words", test_damage_in_plain_words);
    g_test_add_func ("/pdf/open/junk-before-header", test_junk_before_the_header);
    g_test_add_func ("/pdf/open/not-pdf", test_what_is_no_pdf);
    g_test_add_func ("/pdf/open/encrypted", test_encrypted);
    g_test_add_func ("/pdf/open/no-pages", test_no_pages);
    g_test_add_func ("/pdf/open/no-page-tree", test_no_page_tree);
    g_test_add_func ("/pdf/open/broken-page-trees", test_broken_page_trees);
    g_test_add_func ("/pdf/open/odd-page-trees", test_odd_page_trees);
    g_test_add_func ("/pdf/open/size", test_size_of_the_trailer);
    g_test_add_func ("/pdf/open/harmless", test_harmless_warnings);
    g_test_add_func ("/pdf/open/truncated", test_truncated_anywhere);
    g_test_add_func ("/pdf/open/damage-stays-known", test_damage_stays_known);
    return g_test_run ();
}
