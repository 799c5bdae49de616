/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of finding a text on pages
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-ink.h"
#include "pena-pdf-locate.h"

#define HELVETICA "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"

static void
add_stream (PdfBuilder *builder, gint number, const gchar *entries, const gchar *data)
{
    g_autofree gchar *text = g_strdup_printf ("<< %s /Length %" G_GSIZE_FORMAT " >>\nstream\n%s\nendstream",
                                              entries, strlen (data), data);
    pdf_builder_object (builder, number, text);
}

/* Two pages; `more` (or NULL) becomes object 6, a stream with these entries. */
static PdfDocument *
make (const gchar *resources, const gchar *first, const gchar *entries, const gchar *more)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *page =
        g_strdup_printf ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R "
                         "/Resources << %s >> >>",
                         resources);

    pdf_builder_object (builder, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (builder, 2, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>");
    pdf_builder_object (builder, 3, page);
    pdf_builder_object (
        builder, 4,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 7 0 R /Resources << " HELVETICA
        " >> >>");
    add_stream (builder, 5, "", first);
    add_stream (builder, 6, entries != NULL ? entries : "", more != NULL ? more : "");
    add_stream (builder, 7, "", "BT /F 10 Tf 50 50 Td (dua # kali) Tj ET");
    pdf_builder_table (builder, "");
    return pdf_builder_open (builder);
}

static gboolean
locate (PdfDocument *document, gint page, const gchar *text, PenaPdfAnchor *ret_anchor, GError **error)
{
    g_autoptr (GArray) pages = pena_pdf_pages_new (document->pdf, NULL);
    return pena_pdf_locate (document->pdf, pages, page, text, ret_anchor, error);
}

static void
assert_at (PdfDocument *document, const gchar *text, gdouble x, gdouble y)
{
    g_autoptr (GError) error = NULL;
    PenaPdfAnchor anchor = {0};

    locate (document, 0, text, &anchor, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (anchor.page, ==, 0);
    g_assert_cmpfloat (ABS (anchor.area.x0 - x), <, 3);
    g_assert_cmpfloat (anchor.area.y0, <, y);
    g_assert_cmpfloat (anchor.area.y1, >, y);
}

static void
test_pieces (void)
{
    g_autoptr (PdfDocument) document =
        make (HELVETICA, "BT /F 10 Tf 1 0 0 1 100 200 Tm [(x $) -30 ({t)] TJ (t) Tj 0 Ts (d) Tj (}) Tj ET",
              NULL, NULL);
    assert_at (document, "${ttd}", 107.8, 200);
}

/* Characters that stand apart are no word. */
static void
test_apart (void)
{
    g_autoptr (PdfDocument) document =
        make (HELVETICA, "BT /F 10 Tf 100 200 Td (${t) Tj 300 300 Td (td}) Tj ET", NULL, NULL);
    g_autoptr (GError) error = NULL;
    PenaPdfAnchor anchor;

    g_assert_false (locate (document, 0, "${ttd}", &anchor, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ANCHOR_MISSING);
}

static void
assert_fails (PdfDocument *document, const gchar *text, gint code)
{
    g_autoptr (GError) error = NULL;
    PenaPdfAnchor anchor;

    g_assert_false (locate (document, 1, text, &anchor, &error));
    g_assert_error (error, PENA_ERROR, code);
}

/* A mark of one character stands in words too. */
static void
test_alone (void)
{
    g_autoptr (PdfDocument) one = make (
        HELVETICA, "BT /F 10 Tf 100 200 Td (Nomor #12, C#) Tj 0 -50 Td (ttd # di sini) Tj ET", NULL, NULL);
    g_autoptr (PdfDocument) pieces =
        make (HELVETICA, "BT /F 10 Tf 100 200 Td (Nomor #12) Tj 0 -50 Td [(a) -300 (#) -300 (b)] TJ ET", NULL,
              NULL);
    g_autoptr (PdfDocument) two = make (HELVETICA, "BT /F 10 Tf 100 200 Td (# a #) Tj ET", NULL, NULL);
    g_autoptr (PdfDocument) none = make (HELVETICA, "BT /F 10 Tf 100 200 Td (Nomor #12) Tj ET", NULL, NULL);
    g_autoptr (PdfDocument) parts = make (HELVETICA, "BT /F 10 Tf 100 200 Td (#12 #13) Tj ET", NULL, NULL);
    PenaPdfAnchor anchor;

    g_assert_true (locate (one, 1, "#", &anchor, NULL));
    g_assert_cmpfloat_with_epsilon (anchor.area.y0, 147.5, 3);
    g_assert_true (locate (pieces, 1, "#", &anchor, NULL));
    g_assert_cmpfloat_with_epsilon (anchor.area.y0, 147.5, 3);
    g_assert_true (locate (none, 1, "#", &anchor, NULL));
    assert_fails (two, "#", PENA_ERROR_ANCHOR_AMBIGUOUS);
    assert_fails (parts, "#", PENA_ERROR_ANCHOR_AMBIGUOUS);
}

/* Nobody sees it: it is cut off, or somebody's stamp lies upon it. */
static void
test_unseen (void)
{
    const gchar *content = "BT /F 10 Tf 100 200 Td (#) Tj ET";
    const struct {
        const gchar *entries;
        gboolean seen;
    } rows[] = {
        {HELVETICA, TRUE},
        {HELVETICA " >> /CropBox [0 0 90 800] /X <<", FALSE},
        {HELVETICA " >> /Annots [<< /Subtype /Widget /FT /Sig /V << >> /Rect [90 190 150 240] >>] /X <<",
         FALSE},
        {HELVETICA
         " >> /Annots [<< /Subtype /Widget /Parent << /FT /Sig /V << >> >> /Rect [90 190 150 240] >>] /X <<",
         FALSE},
        /* one to be filled in yet, another's place, none at all */
        {HELVETICA " >> /Annots [<< /Subtype /Widget /FT /Sig /Rect [90 190 150 240] >>] /X <<", TRUE},
        {HELVETICA " >> /Annots [<< /Subtype /Widget /FT /Sig /V << >> /Rect [0 0 50 50] >>] /X <<", TRUE},
        {HELVETICA " >> /Annots [7 null << /FT /Sig /V << >> /Rect [1] >> << /Rect [0 0 999 999] >>] /X <<",
         TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PdfDocument) document = make (rows[i].entries, content, NULL, NULL);
        PenaPdfAnchor anchor;
        g_test_message ("%s", rows[i].entries);
        if (rows[i].seen)
            g_assert_true (locate (document, 1, "#", &anchor, NULL));
        else
            assert_fails (document, "#", PENA_ERROR_ANCHOR_MISSING);
    }
}

static void
test_form (void)
{
    g_autoptr (PdfDocument) document =
        make ("/XObject << /X 6 0 R >>", "q 2 0 0 2 10 20 cm /X Do Q",
              "/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Matrix [1 0 0 1 5 5] /Resources << " HELVETICA
              " /XObject << /X 6 0 R >> >>",
              "/X Do BT /F 10 Tf 20 30 Td (^) Tj ET");
    g_autoptr (GError) error = NULL;
    PenaPdfAnchor anchor;

    /* It draws itself, over and over, each time elsewhere. */
    g_assert_false (locate (document, 0, "^", &anchor, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ANCHOR_AMBIGUOUS);
    g_autoptr (PdfDocument) plain =
        make ("/XObject << /X 6 0 R >>", "q 2 0 0 2 10 20 cm /X Do Q",
              "/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Matrix [1 0 0 1 5 5] /Resources << " HELVETICA
              " >>",
              "BT /F 10 Tf 20 30 Td (^) Tj ET");
    assert_at (plain, "^", 10 + 2 * 25, 20 + 2 * 35);
}

static void
test_encodings (void)
{
    g_autoptr (PdfDocument) named = make (
        "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /X /FirstChar 1 /Widths [500 500] /Encoding << "
        "/Differences [1 /asciitilde /uni0040] >> >> >>",
        "BT /F 10 Tf 100 200 Td <0102> Tj ET", NULL, NULL);
    g_autoptr (PdfDocument) mapped = make (
        "/Font << /F << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 6 0 R "
        "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /DW 500 >>] >> >>",
        "BT /F 10 Tf 100 200 Td <0005000600070008> Tj ET", "",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0005> <0023> endbfchar "
        "2 beginbfrange <0006> <0007> <0061> <0008> <0008> [<00740074>] endbfrange");

    /* All codes there can be, twice: what follows is too much. */
    g_autoptr (PdfDocument) endless = make (
        "/Font << /F << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 6 0 R >> "
        ">>",
        "BT /F 10 Tf 100 200 Td <0005> Tj ET", "",
        "2 beginbfrange <0000> <FFFF> <003B> <0000> <FFFF> <003B> endbfrange 1 beginbfchar <0005> <0023> "
        "endbfchar");

    assert_at (endless, "@", 100, 200);
    assert_at (named, "~", 100, 200);
    assert_at (named, "@", 105, 200);
    assert_at (mapped, "#abtt", 100, 200);
}

static void
test_count (void)
{
    g_autoptr (PdfDocument) document =
        make (HELVETICA, "BT /F 10 Tf 100 200 Td (#) Tj 0.2 0 Td (#) Tj ET", NULL, NULL);
    g_autoptr (GError) error = NULL;
    PenaPdfAnchor anchor;
    gint64 count = 0;

    /* Once on each page: the second one on the first page is the same, drawn bold. */
    g_assert_false (locate (document, 0, "#", &anchor, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ANCHOR_AMBIGUOUS);
    g_assert_true (pena_error_get_int (error, "count", &count));
    g_assert_cmpint (count, ==, 2);
    g_assert_true (locate (document, 1, "#", &anchor, NULL));
    g_assert_true (locate (document, -1, "#", &anchor, NULL));
    g_assert_cmpuint (anchor.page, ==, 1);
}

#define FONTS                                                                                                \
    "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "                                    \
    "/I << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H "                                  \
    "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /DW 500 >>] >> "                                \
    "/D << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 6 0 R >> "              \
    "/S << /Type /Font /Subtype /Type1 /BaseFont /X /FirstChar 1 /Widths [500 500] "                         \
    "/Encoding << /Differences [1 /g12 /g13] >> >> >>"

/* What is drawn on a page of 600 by 800. */
static void
test_ink (void)
{
    static const gchar form[] = "/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Matrix [1 0 0 1 100 200]";
    static const gchar shaded[] = "/Type /XObject /Subtype /Form /BBox [99 99 0 0] /Matrix [1 0 0 1 100 200]";
    static const gchar image[] = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
                                 "/ColorSpace /DeviceGray";
    static const struct {
        const gchar *content, *object;
        guint count;
        PenaPdfRect all;
    } rows[] = {
        {"", "", 0, {0}},
        {"BT /F 10 Tf 50 60 Td (satu) Tj ET", "", 4, {50, 57.5, 69, 68.5}},
        {"BT /F 10 Tf 50 60 Td (   ) Tj ET", "", 0, {0}},
        {"3 Tr BT /F 10 Tf 50 60 Td (i) Tj ET", "", 1, {50, 57.5, 52.2, 68.5}}, /* what a scanner has read */
        {"10 20 30 40 re f", "", 1, {10, 20, 40, 60}},
        {"10 20 30 40 re W n", "", 0, {0}},
        {"1 g 10 20 30 40 re f 0 0 0 0 k 1 2 3 4 re f* 1 1 1 sc 5 5 5 5 re F", "", 0, {0}},
        {"1 g 10 20 30 40 re B", "", 4, {10, 20, 40, 60}}, /* a black frame around white */
        {"1 g 10 20 30 40 re b*", "", 4, {10, 20, 40, 60}},
        {"10 20 30 40 re B", "", 1, {10, 20, 40, 60}},
        /* fonts of which nobody knows what they say */
        {"BT /I 10 Tf 50 60 Td <00050006> Tj ET", "", 2, {50, 57.5, 60, 68.5}},
        {"BT /S 10 Tf 50 60 Td <0102> Tj ET", "", 2, {50, 57.5, 60, 68.5}},
        {"q 1 g Q 10 20 30 40 re f", "", 1, {10, 20, 40, 60}},
        {"0 0 600 800 re f", "", 0, {0}},                  /* the ground */
        {"10 20 480 640 re S", "", 4, {10, 20, 490, 660}}, /* a frame is its lines */
        {"10 20 m 30 40 l 50 60 70 80 90 100 c S", "", 4, {10, 20, 90, 100}},
        {"10 20 m 30 40 l 100 100 m 110 110 l f", "", 2, {10, 20, 110, 110}},
        /* the line that closes a path */
        {"10 20 m 30 40 l 50 20 l S", "", 2, {10, 20, 50, 40}},
        {"10 20 m 30 40 l 50 20 l s", "", 3, {10, 20, 50, 40}},
        {"10 20 m 30 40 l 50 20 l h S", "", 3, {10, 20, 50, 40}},
        {"1 g 10 20 m 30 40 l 50 20 l b", "", 3, {10, 20, 50, 40}},
        {"1 g 10 20 m 30 40 l 50 20 l B", "", 2, {10, 20, 50, 40}},
        {"10 20 m 30 40 l 10 20 l s h S", "", 2, {10, 20, 30, 40}},
        /* a shading fills what was not cut off; the page as a whole is the ground */
        {"/G sh", "", 0, {0}},
        {"q 10 20 30 40 re W n /G sh Q", "", 1, {10, 20, 40, 60}},
        {"q 10 20 30 40 re W* n 30 0 m 90 50 l W n /G sh Q", "", 1, {30, 20, 40, 50}},
        {"q 10 20 30 40 re W n Q /G sh", "", 0, {0}},
        {"q 10 20 30 40 re W n 50 60 9 9 re W n /G sh Q", "", 0, {0}},
        {"q 10 20 30 40 re n /G sh Q", "", 0, {0}},
        {"2 0 0 3 7 8 cm 10 20 30 40 re f", "", 1, {27, 68, 87, 188}},
        {"q 40 0 0 50 10 20 cm /X Do Q", image, 1, {10, 20, 50, 70}},
        {"q 600 0 0 800 0 0 cm /X Do Q", image, 0, {0}}, /* a scan */
        {"q 40 0 0 50 10 20 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q", "", 1, {10, 20, 50, 70}},
        {"/X Do", form, 1, {110, 220, 140, 260}},
        {"q 2 0 0 2 0 0 cm /X Do Q", shaded, 1, {200, 400, 398, 598}},
        {"q 120 0 30 900 re W n /X Do Q", shaded, 1, {120, 200, 150, 299}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PdfDocument) document =
            make (FONTS " /XObject << /X 6 0 R >>", rows[i].content, rows[i].object,
                  rows[i].object == shaded ? "/G sh" : "10 20 30 40 re f");
        g_autoptr (GArray) pages = pena_pdf_pages_new (document->pdf, NULL);
        g_autoptr (GArray) ink = pena_pdf_ink_new (document->pdf, &g_array_index (pages, PenaPdfPage, 0));
        PenaPdfRect all = {1e9, 1e9, -1e9, -1e9};
        g_test_message ("%s", rows[i].content);
        g_assert_nonnull (ink);
        g_assert_cmpuint (ink->len, ==, rows[i].count);
        for (guint k = 0; k < ink->len; k++) {
            const PenaPdfRect *one = &g_array_index (ink, PenaPdfRect, k);
            all = (PenaPdfRect){MIN (all.x0, one->x0), MIN (all.y0, one->y0), MAX (all.x1, one->x1),
                                MAX (all.y1, one->y1)};
        }
        if (ink->len == 0)
            continue;
        g_assert_cmpfloat (ABS (all.x0 - rows[i].all.x0) + ABS (all.y0 - rows[i].all.y0), <, 1);
        g_assert_cmpfloat (ABS (all.x1 - rows[i].all.x1) + ABS (all.y1 - rows[i].all.y1), <, 1);
    }
}

/* A font whose map calls nearly all of it blank has letters nevertheless. */
static void
test_ink_of_blanks (void)
{
    static const struct {
        const gchar *map;
        guint count;
    } rows[] = {
        {"1 beginbfchar <0005> <0020> endbfchar", 1},
        {"1 beginbfrange <0005> <000C> [<0020> <00A0> <0009> <0000> <0020> <0020> <0020> <0020>] endbfrange",
         0},
        {"1 beginbfrange <0000> <0008> [<0020> <00A0> <0009> <0000> <0020> <0020> <0020> <0020> <0020>] "
         "endbfrange",
         2},
        {"1 beginbfrange <0000> <FFFF> <0000> endbfrange", 0}, /* each code is its character */
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PdfDocument) document =
            make (FONTS, "BT /D 10 Tf 50 60 Td <00050006> Tj ET", "", rows[i].map);
        g_autoptr (GArray) pages = pena_pdf_pages_new (document->pdf, NULL);
        g_autoptr (GArray) ink = pena_pdf_ink_new (document->pdf, &g_array_index (pages, PenaPdfPage, 0));
        g_test_message ("row %" G_GSIZE_FORMAT, i);
        g_assert_nonnull (ink);
        g_assert_cmpuint (ink->len, ==, rows[i].count);
    }
}

/* Too much to look at for something that nobody has asked for: it cannot be told where the page is blank. */
static void
test_ink_without_end (void)
{
    static const gchar form[] = "/Type /XObject /Subtype /Form /BBox [0 0 99 99]";
    static const struct {
        const gchar *before, *unit;
        guint count;
        const gchar *after, *drawn;
        gboolean whole;
        gint drawn_size;
    } rows[] = {
        {"", "n ", 500000, "", "", TRUE},
        {"", "n ", 500001, "", "", FALSE},
        {"", "/X Do ", 20000, "", "n", TRUE},
        {"", "/X Do ", 20001, "", "n", FALSE},
        {"", "/X Do ", 1, "", "/X Do", FALSE}, /* within itself */
        {"", "q ", 512, "", "", TRUE},
        {"", "q ", 513, "", "", FALSE},
        {"BT /F 10 Tf (", "x", 2000001, ") Tj ET", "", FALSE},
        {"BT /I 10 Tf <", "0005", 2000001, "> Tj ET", "", FALSE},
        /* forms and fonts that are unpacked again and again */
        {"", "/X Do ", 15, "", "n", TRUE, 1 << 20},
        {"", "/X Do ", 16, "n", "n", FALSE, 1 << 20},
        {"", "/D 10 Tf ", 250, "", "1 beginbfrange <0000> <FFFF> <0041> endbfrange", TRUE},
        {"", "/D 10 Tf ", 255, "n", "1 beginbfrange <0000> <FFFF> <0041> endbfrange", FALSE},
        {"", "/F 10 Tf ", 30000, "", "", TRUE},
        {"", "/F 10 Tf ", 33000, "", "", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GString) content = g_string_new (rows[i].before);
        for (guint k = 0; k < rows[i].count; k++)
            g_string_append (content, rows[i].unit);
        g_string_append (content, rows[i].after);
        g_autofree gchar *drawn = g_strdup_printf ("%-*s", rows[i].drawn_size, rows[i].drawn);
        g_autoptr (PdfDocument) document = make (FONTS " /XObject << /X 6 0 R >>", content->str, form, drawn);
        g_autoptr (GArray) pages = pena_pdf_pages_new (document->pdf, NULL);
        g_autoptr (GArray) ink = pena_pdf_ink_new (document->pdf, &g_array_index (pages, PenaPdfPage, 0));
        g_test_message ("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpint (ink != NULL, ==, rows[i].whole);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/locate/pieces", test_pieces);
    g_test_add_func ("/pdf/locate/apart", test_apart);
    g_test_add_func ("/pdf/locate/alone", test_alone);
    g_test_add_func ("/pdf/locate/unseen", test_unseen);
    g_test_add_func ("/pdf/locate/form", test_form);
    g_test_add_func ("/pdf/locate/encodings", test_encodings);
    g_test_add_func ("/pdf/locate/count", test_count);
    g_test_add_func ("/pdf/locate/ink", test_ink);
    g_test_add_func ("/pdf/locate/ink-of-blanks", test_ink_of_blanks);
    g_test_add_func ("/pdf/locate/ink-without-end", test_ink_without_end);
    return g_test_run ();
}
