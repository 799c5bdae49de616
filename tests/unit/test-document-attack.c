/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what is said of signed PDFs that somebody tampered with, and of those that nobody did
 * Copyright (C) 2026 the Pena authors */
#include <json-glib/json-glib.h>
#include <pena/pena-error.h>
#include <string.h>

#include "ades-pki.h"
#include "pdf-builder.h"
#include "pena-report-json.h"
#include "signed-pdf.h"

/* Pena's first signature is object 11, its field 12; what comes after has numbers from 13. */
#define FIRST_VALUE 11
#define APPEARANCE                                                                                           \
    "14 << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream"

typedef struct {
    Pki *trusted, *other;
} World;

static World world;

static void
sign (PdfBuilder *builder, const Pki *pki, const gchar *field)
{
    const PenaPdfSignOptions options = {.field = field};
    signed_pdf_sign (builder, pki, &options);
}

static PdfBuilder *
signed_letter (const gchar *const *objects)
{
    PdfBuilder *builder = signed_pdf_start (objects != NULL ? objects : signed_pdf_letter);

    pdf_builder_table (builder, "");
    sign (builder, world.trusted, NULL);
    return builder;
}

/* What the report says of one signature, in short: "TOTAL-PASSED none". */
static GPtrArray *
judge (const guint8 *data, gsize size)
{
    g_autoptr (PdfDocument) document = pdf_document_load (data, size);
    g_autoptr (PenaValidationContext) context = pki_context_new (world.trusted);
    g_autoptr (GError) error = NULL;
    GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

    document->pdf = pena_pdf_open (document->bytes, &error);
    if (document->pdf == NULL)
        return found; /* refused: nothing is said of it */
    const PenaReportInput input = {.bytes = document->bytes, .pdf = document->pdf, .context = *context};
    g_autofree gchar *text = pena_report_json (&input, &error);
    if (text == NULL)
        return found;
    g_autoptr (JsonNode) root = json_from_string (text, &error);
    g_assert_no_error (error);
    JsonArray *signatures = json_object_get_array_member (json_node_get_object (root), "signatures");
    for (guint i = 0; i < json_array_get_length (signatures); i++) {
        JsonObject *one = json_array_get_object_element (signatures, i);
        JsonObject *coverage = json_object_get_object_member (one, "coverage");
        g_ptr_array_add (found,
                         g_strconcat (json_object_get_string_member (one, "verdict"), " ",
                                      json_object_get_string_member (coverage, "changes_after"), NULL));
    }
    return found;
}

/* Nothing that covers less than the whole file may pass as if nobody had touched it. */
static void
assert_not_believed (const gchar *name, const PdfBuilder *builder)
{
    g_autoptr (GPtrArray) found = judge (builder->bytes->data, builder->bytes->len);

    if (found->len == 0)
        g_test_message ("%s: refused, or no signature", name);
    for (guint i = 0; i < found->len; i++) {
        const gchar *verdict = found->pdata[i];
        if (g_str_equal (verdict, "TOTAL-PASSED signatures") ||
            g_str_equal (verdict, "TOTAL-PASSED allowed") ||
            (g_str_equal (verdict, "TOTAL-PASSED none") && i == 0) ||
            g_str_equal (verdict, "TOTAL-PASSED other"))
            g_error ("%s: signature %u: %s", name, i + 1, verdict);
        g_test_message ("%s: %s", name, verdict);
    }
}

static void
assert_believed (const gchar *name, const PdfBuilder *builder, guint n)
{
    g_autoptr (GPtrArray) found = judge (builder->bytes->data, builder->bytes->len);

    g_assert_cmpuint (found->len, ==, n);
    for (guint i = 0; i < n; i++) {
        const gchar *expected = i + 1 < n ? "TOTAL-PASSED signatures" : "TOTAL-PASSED none";
        if (!g_str_equal (found->pdata[i], expected))
            g_error ("%s: signature %u: %s", name, i + 1, (const gchar *)found->pdata[i]);
    }
}

/* ---- nobody tampered ---- */

static void
test_several_signatures (void)
{
    void (*const ends[]) (PdfBuilder *, const gchar *) = {pdf_builder_table, pdf_builder_stream,
                                                          pdf_builder_hybrid};

    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_autoptr (PdfBuilder) builder = signed_pdf_start (signed_pdf_letter);
        ends[i](builder, "");
        for (guint n = 1; n <= 3; n++) {
            sign (builder, world.trusted, NULL);
            assert_believed ("several", builder, n);
        }
    }
    g_autoptr (PdfBuilder) linearized = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_linearized_letter (linearized);
    sign (linearized, world.trusted, NULL);
    sign (linearized, world.trusted, NULL);
    assert_believed ("linearized", linearized, 2);
}

/* An update, and a signature after it in the field "Kedua" of that update, both of which are in order. */
static void
test_fine_updates (void)
{
    static const struct {
        const gchar *name;
        const gchar *objects[8];
    } cases[] = {
        {"invisible field",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
          "13 << /Type /Annot /Subtype /Widget /FT /Sig /T (Kedua) /Rect [0 0 0 0] /P 3 0 R /DR << >> >>",
          NULL}},
        {"visible field of a trusted signer",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
          "13 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [9 9 99 99] /AP << /N 14 0 R >> >>", APPEARANCE,
          NULL}},
        {"field and widget apart",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 15 0 R]", "13 << /FT /Sig /T (Kedua) /Kids [15 0 R] >>",
          "15 << /Subtype /Widget /Parent 13 0 R /Rect [0 0 0 0] >>", NULL}},
        {"page written anew",
         {"6 [12 0 R 13 0 R]", "4 << /Type /Page /Parent 2 0 R /Annots 15 0 R >>", "15 [13 0 R]",
          "13 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [0 0 0 0] >>", NULL}},
        {"fonts for the signature",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>",
          "5 << /Fields 6 0 R /SigFlags 3 /DA (/Helv 10 Tf) /DR << /Font << /Helv 10 0 R /T 15 0 R >> "
          "/XObject << /FRM 9 0 R >> >> >>",
          "15 << /Type /Font /Subtype /Type1 /BaseFont /Courier >>", NULL}},
        {"validation data and a newer version",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>",
          "1 << /Type /Catalog /Version /2.0 /Pages 2 0 R /AcroForm 5 0 R /DSS 15 0 R >>",
          "15 << /Type /DSS /Certs [14 0 R] >>", APPEARANCE, NULL}},
        {"something left behind that the second signature covers",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>", "15 (nothing refers to it)", NULL}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        signed_pdf_append (builder, cases[i].objects);
        pdf_builder_table (builder, "");
        sign (builder, world.trusted, "Kedua");
        assert_believed (cases[i].name, builder, 2);
    }
}

/* ---- somebody appended something ---- */

static void
test_updates (void)
{
    static const struct {
        const gchar *name;
        const gchar *objects[6];
    } cases[] = {
        {"page content", {"9 << /Length 33 >>\nstream\nBT /F1 12 Tf (Rp 9.000.000) Tj ET\nendstream", NULL}},
        {"font", {"10 << /Type /Font /Subtype /Type1 /BaseFont /Symbol >>", NULL}},
        {"page list", {"7 [4 0 R 3 0 R]", NULL}},
        {"page removed", {"7 [4 0 R]", "2 << /Type /Pages /Kids 7 0 R /Count 1 >>", NULL}},
        {"page added", {"7 [3 0 R 4 0 R 13 0 R]", "13 << /Type /Page /Parent 2 0 R >>", NULL}},
        {"action", {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /OpenAction [4 0 R /Fit] >>", NULL}},
        {"annotation",
         {"8 [12 0 R 13 0 R]", "13 << /Subtype /FreeText /Rect [0 0 99 99] /Contents (Lunas) >>", NULL}},
        {"own annotation moved",
         {"12 << /Subtype /Widget /FT /Sig /T (Signature1) /V 11 0 R /Rect [0 0 9 9] >>", NULL}},
        {"empty field that shows something",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
          "13 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [9 9 99 99] /MK << /CA (Lunas) >> >>", NULL}},
        {"text field", {"6 [12 0 R 13 0 R]", "13 << /FT /Tx /T (Jumlah) /V (9) >>", NULL}},
        {"field taken away", {"6 [ ]", "8 [ ]", NULL}},
        {"form taken away", {"1 << /Type /Catalog /Pages 2 0 R >>", NULL}},
        {"validation data that is a page",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /DSS 3 0 R >>", "3 << /Type /Page >>", NULL}},
    };
    static const gchar *const trailers[] = {"/Info << /Title (Lain) >>", "/Info 9 0 R", "/Encrypt << >>",
                                            NULL};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) table = signed_letter (NULL);
        signed_pdf_append (table, cases[i].objects);
        pdf_builder_table (table, "");
        assert_not_believed (cases[i].name, table);
        g_autoptr (PdfBuilder) stream = signed_letter (NULL);
        signed_pdf_append (stream, cases[i].objects);
        pdf_builder_stream (stream, "");
        assert_not_believed (cases[i].name, stream);
        g_autoptr (PdfBuilder) hybrid = signed_letter (NULL);
        signed_pdf_append (hybrid, cases[i].objects);
        pdf_builder_hybrid (hybrid, "");
        assert_not_believed (cases[i].name, hybrid);
    }
    for (gsize i = 0; trailers[i] != NULL; i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        pdf_builder_object (builder, 13, "(x)");
        pdf_builder_table (builder, trailers[i]);
        assert_not_believed (trailers[i], builder);
    }
}

/* The same, and then a valid signature by somebody who is trusted: the first signer still did not see that. */
static void
test_updates_under_a_signature (void)
{
    static const struct {
        const gchar *name;
        const gchar *objects[6];
    } cases[] = {
        {"field that is a page",
         {"6 [12 0 R 13 0 R]", "7 [3 0 R 4 0 R 13 0 R]",
          "13 << /Type /Page /Parent 2 0 R /Contents 9 0 R /FT /Sig /T (Kedua) >>", NULL}},
        {"field that is a page without saying so",
         {"6 [12 0 R 13 0 R]", "7 [3 0 R 4 0 R 13 0 R]", "13 << /Parent 2 0 R /FT /Sig /T (Kedua) >>", NULL}},
        {"field that is another annotation",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
          "13 << /Subtype /Stamp /FT /Sig /T (Kedua) /Rect [0 0 99 99] /Contents (Lunas) >>", NULL}},
        {"field with an action",
         {"6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
          "13 << /Subtype /Widget /FT /Sig /T (Kedua) /AA << /E << /S /JavaScript /JS (x) >> >> >>", NULL}},
        {"field below a new parent",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) /Parent 15 0 R >>",
          "15 << /Kids [13 0 R] /AA << /K << /S /JavaScript /JS (x) >> >> >>", NULL}},
        {"font of the form under its old name",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>", "15 << /Type /Font /Subtype /Type3 >>",
          "5 << /Fields 6 0 R /SigFlags 3 /DA (/Helv 10 Tf) /DR << /Font << /Helv 15 0 R >> >> >>", NULL}},
        {"text of the form in another colour",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>",
          "5 << /Fields 6 0 R /SigFlags 3 /DA (1 g) /DR << /Font << /Helv 10 0 R >> >> >>", NULL}},
        {"validation data that is more",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>",
          "1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /DSS 15 0 R >>", "15 << /Certs [] /Kids [] >>",
          NULL}},
        {"page content",
         {"6 [12 0 R 13 0 R]", "13 << /FT /Sig /T (Kedua) >>", "9 << /Length 1 >>\nstream\n \nendstream",
          NULL}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        signed_pdf_append (builder, cases[i].objects);
        pdf_builder_table (builder, "");
        sign (builder, world.trusted, "Kedua");
        assert_not_believed (cases[i].name, builder);
    }
}

/* ---- the document was prepared before it was signed ---- */

/* With `now` in place of the object of that number; a valid signature follows when the letter has a field
 * "Kedua". */
static void
test_shadows (void)
{
    static const struct {
        const gchar *name;
        const gchar *letter[8];
        const gchar *update[6];
        gboolean signs;
    } cases[] = {
        {"page that is validation data too",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /DSS 3 0 R >>",
          "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R /Contents 6 0 R >>", "5 << /Fields [] >>",
          "6 << /Length 10 >>\nstream\n0 0 9 9 re\nendstream", NULL},
         {"3 << /Type /Page >>", NULL},
         FALSE},
        {"kids that are fields too",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
          "2 << /Type /Pages /Kids 6 0 R /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R >>", "5 << /Fields 6 0 R >>", "6 [3 0 R]", NULL},
         {"6 [3 0 R 8 0 R 9 0 R]", "9 << /FT /Sig /T (Kedua) >>", NULL},
         TRUE},
        {"hidden field that comes to light",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
          "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R /Annots 4 0 R >>", "4 [ ]", "5 << /Fields [] >>",
          "6 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [0 0 595 842] /A << /S /JavaScript /JS (x) >> >>",
          NULL},
         {"4 [8 0 R 6 0 R]", "5 << /SigFlags 3 /Fields [8 0 R 6 0 R] >>", NULL},
         TRUE},
        {"page tree that is validation data too",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /DSS << /VRI << /A 2 0 R >> >> >>",
          "2 << /Type /Pages /Kids 6 0 R /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R >>", "4 << /Type /Page /Parent 2 0 R /Rotate 90 >>",
          "5 << /Fields [] >>", "6 [3 0 R]", NULL},
         {"6 [4 0 R]", NULL},
         FALSE},
        {"appearance that another annotation shows too",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
          "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R /Annots [4 0 R << /Subtype /Stamp /Rect [0 0 9 9] /AP 6 0 R >>] >>",
          "4 << /Subtype /Widget /FT /Tx /T (Nama) /Rect [9 9 99 99] /AP 6 0 R >>", "5 << /Fields [4 0 R] >>",
          "6 << /N 7 0 R >>",
          "7 << /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream"},
         {"4 << /Subtype /Widget /FT /Tx /T (Nama) /V (x) /Rect [9 9 99 99] /AP 6 0 R >>",
          "7 << /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 8 8 re\nendstream", NULL},
         FALSE},
        {"list of annotations that is a list of something else",
         {"1 << /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /OCProperties << /OCGs 4 0 R /D << >> >> >>",
          "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
          "3 << /Type /Page /Parent 2 0 R >>", "4 [ ]", "5 << /Fields [] >>", "6 (x)", NULL},
         {"4 [9 0 R]", "5 << /SigFlags 3 /Fields [8 0 R 9 0 R] >>", "9 << /FT /Sig /T (Kedua) >>", NULL},
         TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (cases[i].letter);
        assert_believed (cases[i].name, builder, 1);
        signed_pdf_append (builder, cases[i].update);
        pdf_builder_table (builder, "");
        if (cases[i].signs)
            sign (builder, world.trusted, "Kedua");
        assert_not_believed (cases[i].name, builder);
    }
}

/* Programs that sign say anew when that was, in /Info and in XMP. */
static void
test_metadata (void)
{
#define XMP "6 << /Type /Metadata /Subtype /XML /Length 4 >>\nstream\n"
    static const struct {
        const gchar *contents; /* of the page */
        const gchar *xmp, *info, *trailer;
        gboolean signs, believed;
    } cases[] = {
        {"", XMP "<b/>\nendstream", "7 << /Title (Surat) /ModDate (D:2027) /Producer (x) >>", "/Info 7 0 R",
         TRUE, TRUE},
        {"", XMP "<b/>\nendstream", "7 << /Title (Lain) /ModDate (D:2027) >>", "/Info 7 0 R", FALSE, FALSE},
        {"", XMP "<a/>\nendstream", "7 << /Title (Lain) /ModDate (D:2026) >>", "/Info 7 0 R", TRUE, FALSE},
        {"", XMP "<a/>\nendstream", "20 << /Title (Surat) /ModDate (D:2027) >>", "/Info 20 0 R", TRUE, TRUE},
        {"", XMP "<a/>\nendstream", "20 << /ModDate (D:2027) >>", "/Info 20 0 R", TRUE, FALSE},
        {"", XMP "<a/>\nendstream", "20 (x)", "/Info 20 0 R", TRUE, FALSE},
        {"", XMP "<a/>\nendstream", "20 << /Title (Surat) >>", "/Info 3 0 R", TRUE, FALSE},
        {"", "6 << /Length 4 >>\nstream\n<b/>\nendstream", "7 << /Title (Surat) >>", "/Info 7 0 R", TRUE,
         FALSE},
        {"/Contents 6 0 R", XMP "<b/>\nendstream", "7 << /Title (Surat) >>", "/Info 7 0 R", TRUE, FALSE},
        {"/Contents [6 0 R]", XMP "<b/>\nendstream", "7 << /Title (Surat) >>", "/Info 7 0 R", TRUE, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *name = g_strdup_printf ("metadata %" G_GSIZE_FORMAT, i);
        g_autofree gchar *page = g_strdup_printf ("3 << /Type /Page /Parent 2 0 R %s >>", cases[i].contents);
        const gchar *const objects[] = {"1 << /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /AcroForm 5 0 R >>",
                                        "2 << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
                                        page,
                                        "5 << /Fields [] >>",
                                        XMP "<a/>\nendstream",
                                        "7 << /Title (Surat) /ModDate (D:2026) >>",
                                        NULL};
        const gchar *const update[] = {cases[i].xmp, cases[i].info, NULL};
        g_autoptr (PdfBuilder) builder = signed_pdf_start (objects);
        pdf_builder_table (builder, "/Info 7 0 R");
        sign (builder, world.trusted, NULL);
        signed_pdf_append (builder, update);
        pdf_builder_table (builder, cases[i].trailer);
        if (cases[i].signs)
            sign (builder, world.trusted, NULL);
        if (cases[i].believed)
            assert_believed (name, builder, 2);
        else
            assert_not_believed (name, builder);
    }
#undef XMP
}

/* A visible signature by somebody whom nobody trusts may cover what was signed; an empty box may be filled in
 * the same way. */
static void
test_visible_signature_of_a_stranger (void)
{
    static const gchar *const box[] = {
        "6 [12 0 R 13 0 R]", "8 [12 0 R 13 0 R]",
        "13 << /Subtype /Widget /FT /Sig /T (Kedua) /Rect [9 9 99 99] /AP << /N 14 0 R >> >>", APPEARANCE,
        NULL};
    static const gchar *const invisible[] = {"6 [12 0 R 13 0 R]",
                                             "13 << /FT /Sig /T (Kedua) /Rect [0 0 0 0] >>", NULL};
    g_autoptr (PdfBuilder) seen = signed_letter (NULL), unseen = signed_letter (NULL);

    signed_pdf_append (seen, box);
    pdf_builder_table (seen, "");
    sign (seen, world.other, "Kedua");
    assert_not_believed ("visible", seen);

    signed_pdf_append (unseen, invisible);
    pdf_builder_table (unseen, "");
    sign (unseen, world.other, "Kedua");
    g_autoptr (GPtrArray) found = judge (unseen->bytes->data, unseen->bytes->len);
    g_assert_cmpstr (found->pdata[0], ==, "TOTAL-PASSED signatures");
    g_assert_cmpstr (found->pdata[1], ==, "INDETERMINATE none");
}

/* ---- the signature itself ---- */

/* The dictionary is written anew. %s: the real contents. */
static void
test_forged_dictionaries (void)
{
    static const gchar *const variants[] = {
        "/Contents <%s>",
        "/Contents <%s> /ByteRange null",
        "/Contents <%s> /ByteRange []",
        "/Contents <%s> /ByteRange [0 0 0 0]",
        "/Contents <%s> /ByteRange [0 -1 -1 -1]",
        "/Contents <%s> /ByteRange [-1 9 9 9]",
        "/Contents <%s> /ByteRange [0 A B C]",
        "/Contents <%s> /ByteRange [0 0.0 1.0 2.0]",
        "/Contents <%s> /ByteRange [0 5 9 99999999999]",
        "/Contents <%s> /ByteRange 9 0 R",
        "/ByteRange [0 10 20 30]",
        "/ByteRange [0 10 20 30] /Contents null",
        "/ByteRange [0 10 20 30] /Contents <>",
        "/ByteRange [0 10 20 30] /Contents <00>",
        "/ByteRange [0 10 20 30] /Contents (%s)",
        "/ByteRange [0 10 20 30] /Contents 9 0 R",
        "",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (variants); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        signed_pdf_forge (builder, FIRST_VALUE, variants[i]);
        pdf_builder_table (builder, "");
        assert_not_believed (variants[i], builder);
    }
}

/* Bytes of the signed range, changed where they stand. Of the same length. */
static void
test_changed_in_place (void)
{
    static const gchar *const changes[][2] = {
        {"/ByteRange ", "/ByteRangX "}, {"/Contents <", "/Xontents <"}, {"/ByteRange [0 ", "/ByteRange [1 "},
        {"(Rp 1.", "(Rp 9."},           {"/V 11 0 R", "/V 10 0 R"},     {"ETSI.CAdES", "ETSI.RFC31"},
        {"/FT /Sig", "/FT /Tx "}};

    for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        gchar *at = memmem (builder->bytes->data, builder->bytes->len, changes[i][0], strlen (changes[i][0]));
        g_assert_nonnull (at);
        memcpy (at, changes[i][1], strlen (changes[i][1]));
        assert_not_believed (changes[i][0], builder);
    }
}

/* The signed bytes move: the second part is copied behind what the attacker put in, and another dictionary, with
 * the same contents, says so. */
static void
test_wrapped (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter (NULL);
    g_autofree gchar *contents = signed_pdf_hex_contents (builder);
    const guint8 *data = builder->bytes->data;
    gsize first = (gsize)((const guint8 *)memmem (data, builder->bytes->len, "/Contents <3", 12) - data) + 10;
    gsize second = first + strlen (contents) + 2, rest = builder->bytes->len - second;
    g_autofree guint8 *copy = g_memdup2 (data + second, rest);
    g_autofree gchar *value = g_strdup_printf (
        "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <%s> "
        "/ByteRange [0 %" G_GSIZE_FORMAT " %u %" G_GSIZE_FORMAT "] >>",
        contents, first, 40000, rest);

    pdf_builder_object (builder, FIRST_VALUE, value);
    pdf_builder_object (builder, 9, "<< /Length 1 >>\nstream\n \nendstream");
    pdf_builder_table (builder, "");
    while (builder->bytes->len < 40000)
        pdf_builder_text (builder, "\n");
    g_byte_array_append (builder->bytes, copy, (guint)rest);
    assert_not_believed ("wrapped", builder);
}

/* A second field, and a copy of the dictionary. */
static void
test_copied_signature (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter (NULL);
    const gchar *from = memmem (builder->bytes->data, builder->bytes->len, "11 0 obj\n", 9);
    const gchar *to = strstr (from, "\nendobj");
    g_autofree gchar *copy = g_strndup (from + 9, (gsize)(to - from) - 9);

    pdf_builder_object (builder, 13, copy);
    pdf_builder_object (builder, 12,
                        "<< /Subtype /Widget /FT /Sig /T (Signature1) /V 13 0 R /Rect [0 0 0 0] >>");
    pdf_builder_object (builder, 9, "<< /Length 1 >>\nstream\n \nendstream");
    pdf_builder_table (builder, "");
    assert_not_believed ("copied", builder);
}

/* Two signatures change places: each field holds the other's. */
static void
test_exchanged_signatures (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter (NULL);

    sign (builder, world.trusted, NULL); /* value 13, field 14 */
    assert_believed ("before", builder, 2);
    pdf_builder_object (builder, 14,
                        "<< /Subtype /Widget /FT /Sig /T (Signature2) /V 11 0 R /Rect [0 0 0 0] >>");
    pdf_builder_table (builder, "");
    assert_not_believed ("shared", builder);
    pdf_builder_object (builder, 12,
                        "<< /Subtype /Widget /FT /Sig /T (Signature1) /V 13 0 R /Rect [0 0 0 0] >>");
    pdf_builder_table (builder, "");
    assert_not_believed ("exchanged", builder);
}

/* ---- the sections ---- */

static void
test_broken_updates (void)
{
    static const gchar *const tails[] = {
        "4 0 obj\n<< /Type /Page /Parent 2 0 R /Rotate 180 >>\nendobj\n",
        "4 0 obj\n<< /Type /Page /Parent 2 0 R /Rotate 180 >>\nendobj\n%%EOF\n",
        "4 0 obj\n<< /Type /Page /Parent 2 0 R /Rotate 180 >>\nendobj\ntrailer\n<< /Size 13 /Root 1 0 R "
        ">>\n%%EOF\n",
        "trailer\n<< /Size 13 /Root 4 0 R >>\nstartxref\n0\n%%EOF\n",
        "xref\n0 0\ntrailer\n<< /Size 13 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n",
        "startxref\n%" G_GUINT64_FORMAT "\n%%EOF\n",
        "%%EOF",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (tails); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        g_autoptr (GString) tail = g_string_new (tails[i]);
        g_autofree gchar *number = g_strdup_printf ("%" G_GUINT64_FORMAT, builder->startxref);
        g_string_replace (tail, "%" G_GUINT64_FORMAT, number, 0);
        pdf_builder_text (builder, tail->str);
        assert_not_believed (tail->str, builder);
    }
}

/* An object is freed, gets another generation, or comes from an object stream. */
static void
test_overriding_sections (void)
{
    /* "%s" is where a new object 4 of generation 1 stands. */
    static const gchar *const rows[] = {"4 1\n0000000000 00001 f \n", "4 1\n%s 00001 n \n"};

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter (NULL);
        g_autofree gchar *place = g_strdup_printf ("%010u", builder->bytes->len);
        g_autoptr (GString) entries = g_string_new (rows[i]);
        g_string_replace (entries, "%s", place, 0);
        pdf_builder_text (builder, "4 1 obj\n<< /Type /Page /Parent 2 0 R /Rotate 180 >>\nendobj\n");
        pdf_builder_rows (builder, entries->str, "/Size 13 /Root 1 0 R");
        assert_not_believed (rows[i], builder);
    }
    g_autoptr (PdfBuilder) builder = signed_letter (NULL);
    signed_pdf_shadow_in_stream (builder, "4 0 << /Type /Page /Parent 2 0 R /Rotate 180 >>");
    assert_not_believed ("object stream", builder);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    world.trusted = pki_new ("p256");
    world.other = pki_new ("p256");
    g_test_add_func ("/document/attack/none/several-signatures", test_several_signatures);
    g_test_add_func ("/document/attack/none/updates", test_fine_updates);
    g_test_add_func ("/document/attack/updates", test_updates);
    g_test_add_func ("/document/attack/updates-under-a-signature", test_updates_under_a_signature);
    g_test_add_func ("/document/attack/shadows", test_shadows);
    g_test_add_func ("/document/attack/metadata", test_metadata);
    g_test_add_func ("/document/attack/visible-signature", test_visible_signature_of_a_stranger);
    g_test_add_func ("/document/attack/forged-dictionaries", test_forged_dictionaries);
    g_test_add_func ("/document/attack/changed-in-place", test_changed_in_place);
    g_test_add_func ("/document/attack/wrapped", test_wrapped);
    g_test_add_func ("/document/attack/copied", test_copied_signature);
    g_test_add_func ("/document/attack/exchanged", test_exchanged_signatures);
    g_test_add_func ("/document/attack/broken-updates", test_broken_updates);
    g_test_add_func ("/document/attack/overriding-sections", test_overriding_sections);
    gint result = g_test_run ();
    pki_free (world.trusted);
    pki_free (world.other);
    return result;
}
