/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of certifying and locking, and of what PDF/A and PDF/UA ask
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"

#define FORM "/AcroForm << /Fields [5 0 R 6 0 R 7 0 R] >> "

/* A letter with a field "Nama", one "Alamat.Jalan", and an empty signature field "Kosong" with these entries. */
static PdfBuilder *
form_letter (const gchar *catalog, const gchar *field)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *all = g_strconcat (FORM, catalog, NULL);
    g_autofree gchar *empty = g_strdup_printf ("<< /T (Kosong) /FT /Sig %s >>", field);

    pdf_builder_letter (builder, all, "");
    pdf_builder_object (builder, 5, "<< /T (Nama) /FT /Tx >>");
    pdf_builder_object (builder, 6, "<< /T (Alamat) /FT /Tx /Kids [8 0 R] >>");
    pdf_builder_object (builder, 7, empty);
    pdf_builder_object (builder, 8, "<< /T (Jalan) /Parent 6 0 R >>");
    pdf_builder_object (builder, 9, "<< /Odd (kept) >>");
    pdf_builder_table (builder, "");
    return builder;
}

static GByteArray *
sign (const PdfBuilder *builder, const gchar *field, guint certify, const gchar *lock)
{
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = field;
    options.certify = certify;
    options.lock = lock;
    return pdf_sign (builder->bytes->data, builder->bytes->len, &options);
}

static void
assert_refused (const PdfBuilder *builder, const gchar *field, guint certify, const gchar *lock)
{
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = field;
    options.certify = certify;
    options.lock = lock;
    pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
}

static void
assert_adds (const PdfBuilder *before, const GByteArray *after, const gchar *text)
{
    if (!pdf_contains (after->data + before->bytes->len, after->len - before->bytes->len, text))
        g_error ("'%s' is not in: %.*s", text, (gint)(after->len - before->bytes->len),
                 after->data + before->bytes->len);
}

/* /Perms may be absent, in the catalog, or an object of its own, each in a new field and in one that is there. */
static void
test_certify (void)
{
    const gchar *const homes[] = {"", "/Perms << /Odd (kept) >>", "/Perms 9 0 R"};

    for (guint i = 0; i < 2 * G_N_ELEMENTS (homes); i++) {
        g_autoptr (PdfBuilder) builder = form_letter (homes[i / 2], "");
        const gchar *field = i % 2 == 0 ? NULL : "Kosong";
        g_autoptr (GByteArray) out = sign (builder, field, 2, NULL);
        g_autoptr (PdfDocument) document = pdf_document_new (out->data, out->len);
        assert_adds (builder, out,
                     "/TransformMethod /DocMDP /TransformParams << /Type /TransformParams /V /1.2 /P 2 >>");
        assert_adds (builder, out, "/DocMDP 10 0 R");
        if (i / 2 > 0)
            assert_adds (builder, out, "/Odd (kept)");
        g_assert_true (pena_pdf_check_signable (document->pdf, NULL));
    }
}

/* Level 1 ends it all; levels 2 and 3 allow approvals, but no second certification. */
static void
test_after_certification (void)
{
    g_autoptr (PdfBuilder) builder = form_letter ("", "");

    for (guint level = 1; level <= 3; level++) {
        g_autoptr (GByteArray) out = sign (builder, NULL, level, NULL);
        g_autoptr (PdfDocument) document = pdf_document_new (out->data, out->len);
        PenaPdfSignOptions options = pdf_sign_options;
        g_autoptr (GError) error = NULL;
        if (level == 1) {
            g_assert_false (pena_pdf_check_signable (document->pdf, &error));
            g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_CERTIFIED);
            continue;
        }
        options.certify = 2;
        g_assert_null (pena_pdf_prepare (document->pdf, &options, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
        g_autoptr (GByteArray) twice = pdf_sign (out->data, out->len, NULL);
        g_assert_cmpuint (twice->len, >, out->len);
    }
    assert_refused (builder, NULL, 4, NULL);
}

static void
test_locks (void)
{
    const struct {
        const gchar *lock, *entries;
    } cases[] = {
        {"all", "/Action /All"},
        {"include:Nama", "/Action /Include /Fields [ (Nama) ]"},
        {"include:Nama,Alamat", "/Action /Include /Fields [ (Nama) (Alamat) ]"},
        {"exclude:Alamat.Jalan", "/Action /Exclude /Fields [ (Alamat.Jalan) ]"},
    };

    for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = form_letter ("", "");
        const gchar *field = i % 2 == 0 ? NULL : "Kosong";
        g_autoptr (GByteArray) out = sign (builder, field, i % 3 == 0 ? 3 : 0, cases[i / 2].lock);
        g_autofree gchar *object = g_strdup_printf ("<< /Type /SigFieldLock %s >>", cases[i / 2].entries);
        g_autofree gchar *transform = g_strdup_printf (
            "/TransformMethod /FieldMDP /TransformParams << /Type /TransformParams /V /1.2 %s >> "
            "/Data 1 0 R",
            cases[i / 2].entries);
        assert_adds (builder, out, object);
        assert_adds (builder, out, transform);
        assert_adds (builder, out, "/Lock ");
        g_autoptr (PdfDocument) document = pdf_document_new (out->data, out->len);
        g_assert_true (pena_pdf_check_signable (document->pdf, NULL));
    }
}

/* A field that a lock of ours closes is closed. */
static void
test_locked_is_locked (void)
{
    g_autoptr (PdfBuilder) builder = form_letter ("", "");
    g_autoptr (GByteArray) open = sign (builder, NULL, 0, "include:Nama");
    g_autoptr (GByteArray) closed = sign (builder, NULL, 0, "include:Kosong");
    g_autoptr (PdfDocument) document = pdf_document_new (closed->data, closed->len);
    PenaPdfSignOptions options = pdf_sign_options;
    g_autoptr (GError) error = NULL;

    options.field = "Kosong";
    g_assert_null (pena_pdf_prepare (document->pdf, &options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_LOCKED);
    g_autoptr (GByteArray) again = pdf_sign (open->data, open->len, &options);
    g_assert_cmpuint (again->len, >, open->len);
}

static void
test_locks_that_cannot_be (void)
{
    g_autoptr (PdfBuilder) builder = form_letter ("", "");
    g_autoptr (PdfBuilder) locked = form_letter ("", "/Lock << /Action /All >>");
    const gchar *const bad[] = {
        "", "none", "include", "include:", "include:Tidak", "exclude:Nama,", "include:Jalan"};

    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        assert_refused (builder, NULL, 0, bad[i]);
    assert_refused (locked, "Kosong", 0, "all");
    g_autoptr (GByteArray) out = sign (locked, "Kosong", 0, NULL);
    assert_adds (locked, out, "/V /1.2 /Action /All >> /Data 1 0 R");
}

static PdfBuilder *
standard_letter (const gchar *catalog, const gchar *metadata)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *all = g_strconcat ("/Metadata 5 0 R ", catalog, NULL);
    g_autofree gchar *stream = g_strdup_printf ("<< /Type /Metadata /Subtype /XML /Length %" G_GSIZE_FORMAT
                                                " >>\nstream\n%s\nendstream",
                                                strlen (metadata), metadata);

    pdf_builder_letter (builder, all, "");
    pdf_builder_object (builder, 5, stream);
    pdf_builder_table (builder, "");
    return builder;
}

static void
test_standards (void)
{
    g_autoptr (PdfBuilder) plain = standard_letter ("", "<x/>");
    g_autoptr (PdfBuilder) archival = standard_letter ("", "<pdfaid:part>2</pdfaid:part>");
    g_autoptr (PdfBuilder) tagged = standard_letter ("/MarkInfo << /Marked true >>", "<x/>");
    g_autoptr (GByteArray) of_plain = sign (plain, NULL, 0, NULL);
    g_autoptr (GByteArray) of_archival = sign (archival, NULL, 0, NULL);
    g_autoptr (GByteArray) of_tagged = sign (tagged, NULL, 0, NULL);

    assert_adds (plain, of_plain, "/Rect [0 0 0 0]");
    g_assert_false (pdf_contains (of_plain->data, of_plain->len, "/AP"));
    g_assert_false (pdf_contains (of_plain->data, of_plain->len, "/Tabs"));
    assert_adds (archival, of_archival, "/AP << /N ");
    assert_adds (archival, of_archival, "/Subtype /Form /BBox [0 0 0 0]");
    assert_adds (archival, of_archival, "/F 132");
    assert_adds (tagged, of_tagged, "/Rect [-9999 -9999 -9999 -9999]");
    assert_adds (tagged, of_tagged, "/Tabs /S");
}

/* What we add for the standards is no change for an earlier signature. */
static void
test_standards_twice (void)
{
    g_autoptr (PdfBuilder) builder =
        standard_letter ("/MarkInfo << /Marked true >>", "<pdfaid:part>1</pdfaid:part>");
    g_autoptr (GByteArray) once = sign (builder, NULL, 0, NULL);
    g_autoptr (GByteArray) twice = pdf_sign (once->data, once->len, NULL);
    g_autoptr (PdfDocument) document = pdf_document_new (twice->data, twice->len);
    g_autoptr (GPtrArray) list = pena_pdf_list_signatures (document->pdf, NULL);
    const PenaPdfSignature *first = g_ptr_array_index (list, 0);

    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_SIGNATURES);
    g_assert_cmpuint (first->shown_later->len, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/transform/certify", test_certify);
    g_test_add_func ("/pdf/transform/after-certification", test_after_certification);
    g_test_add_func ("/pdf/transform/locks", test_locks);
    g_test_add_func ("/pdf/transform/locked", test_locked_is_locked);
    g_test_add_func ("/pdf/transform/impossible-locks", test_locks_that_cannot_be);
    g_test_add_func ("/pdf/transform/standards", test_standards);
    g_test_add_func ("/pdf/transform/standards-twice", test_standards_twice);
    return g_test_run ();
}
