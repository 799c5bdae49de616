/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests: the widget of a signature in the structure of a tagged document
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pdf-builder.h"
#include "pdf-drawing.h"
#include "pena-pdf-field.h"

static const PenaPdfCanvas canvas = {.width = 100, .height = 50, .page = 1, .place = 8, .margin = 20};

static void
sign_seen (PdfBuilder *builder)
{
    g_autoptr (GBytes) pdf = g_bytes_new_static (pdf_drawing, strlen (pdf_drawing));
    const PenaPdfStamp stamp = {.pdf = pdf, .canvases = &canvas, .n_canvases = 1};
    PenaPdfSignOptions options = pdf_sign_options;

    options.stamp = &stamp;
    pdf_builder_sign (builder, &options);
}

/* A tagged letter with these objects of its structure, from number 5 on, which is /StructTreeRoot. */
static PdfBuilder *
tagged_letter (const gchar *const *structure)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "/MarkInfo << /Marked true >> /StructTreeRoot 5 0 R", "/StructParents 0");
    for (gint i = 0; structure[i] != NULL; i++)
        pdf_builder_object (builder, 5 + i, structure[i]);
    pdf_builder_table (builder, "");
    return builder;
}

static qpdf_oh
item (PenaPdf *pdf, qpdf_oh array, gint i)
{
    return qpdf_oh_get_array_item (pdf->qpdf, array, i);
}

/* In a tree of numbers, by following what its /Limits say. */
static qpdf_oh
look_up (PenaPdf *pdf, qpdf_oh node, gint64 key)
{
    qpdf_oh kids = pena_pdf_get (pdf, node, "/Kids"), numbers = pena_pdf_get (pdf, node, "/Nums");

    for (gint i = 0; i < pena_pdf_n_items (pdf, kids); i++) {
        qpdf_oh kid = item (pdf, kids, i), limits = pena_pdf_get (pdf, kid, "/Limits");
        if (qpdf_oh_get_int_value (pdf->qpdf, item (pdf, limits, 0)) <= key &&
            qpdf_oh_get_int_value (pdf->qpdf, item (pdf, limits, 1)) >= key)
            return look_up (pdf, kid, key);
    }
    for (gint i = 0; i < pena_pdf_n_items (pdf, numbers); i += 2)
        if (qpdf_oh_get_int_value (pdf->qpdf, item (pdf, numbers, i)) == key)
            return item (pdf, numbers, i + 1);
    return qpdf_oh_new_null (pdf->qpdf);
}

static gboolean
holds (PenaPdf *pdf, qpdf_oh kids, gint number)
{
    for (gint i = 0; i < pena_pdf_n_items (pdf, kids); i++)
        if (pena_pdf_ref (pdf, item (pdf, kids, i)).number == number)
            return TRUE;
    return FALSE;
}

/* From the widget to its element and back, and from there down to it. */
static void
assert_tagged (PenaPdf *pdf, qpdf_oh widget, gint64 expected_key, gint expected_home)
{
    qpdf_oh root = pena_pdf_get (pdf, pdf->root, "/StructTreeRoot");
    gint64 key = pena_pdf_get_int (pdf, widget, "/StructParent", -1);
    qpdf_oh element = look_up (pdf, pena_pdf_get (pdf, root, "/ParentTree"), key);
    qpdf_oh reference = pena_pdf_get (pdf, element, "/K"), home = pena_pdf_get (pdf, element, "/P");

    g_assert_cmpint (key, ==, expected_key);
    g_assert_cmpint (pena_pdf_get_int (pdf, root, "/ParentTreeNextKey", -1), ==, key + 1);
    g_assert_true (pena_pdf_name_is (pdf, pena_pdf_get (pdf, element, "/S"), "/Form"));
    g_assert_true (pena_pdf_name_is (pdf, pena_pdf_get (pdf, reference, "/Type"), "/OBJR"));
    g_assert_cmpint (pena_pdf_ref (pdf, pena_pdf_get (pdf, reference, "/Obj")).number, ==,
                     pena_pdf_ref (pdf, widget).number);
    g_assert_cmpint (pena_pdf_ref (pdf, pena_pdf_get (pdf, element, "/Pg")).number, ==, 3);
    g_assert_cmpint (pena_pdf_ref (pdf, home).number, ==, expected_home);
    g_assert_true (holds (pdf, pena_pdf_get (pdf, home, "/K"), pena_pdf_ref (pdf, element).number));
    g_assert_false (pena_pdf_is_null (pdf, pena_pdf_get (pdf, widget, "/TU")));
    qpdf_oh page = pena_pdf_object (pdf, (PenaPdfRef){3, 0});
    g_assert_true (pena_pdf_name_is (pdf, pena_pdf_get (pdf, page, "/Tabs"), "/S"));
    g_assert_true (pena_pdf_check (pdf, NULL));
}

/* The widget of the n-th signature. */
static qpdf_oh
widget_of (PenaPdf *pdf, guint n)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (pdf, NULL);
    return ((const PenaPdfField *)g_ptr_array_index (form->signatures, n))->object;
}

static void
test_trees (void)
{
    static const struct {
        gint64 key;
        gint home;
        const gchar *structure[7];
    } cases[] = {
        {1,
         6,
         {"<< /K 6 0 R /ParentTree 7 0 R >>", "<< /S /Document /P 5 0 R >>", "<< /Nums [0 [6 0 R]] >>"}},
        {9,
         6,
         {"<< /K [6 0 R] /ParentTree << /Nums 7 0 R >> /ParentTreeNextKey 9 >>",
          "<< /S /Document /P 5 0 R /K 8 0 R >>", "[0 [8 0 R]]", "<< /S /P /P 6 0 R /Pg 3 0 R /K 0 >>"}},
        {1,
         6,
         {"<< /K [6 0 R] /ParentTree << /Nums [0 [8 0 R]] >> >>", "<< /S /Document /P 5 0 R /K 7 0 R >>",
          "[8 0 R]", "<< /S /P /P 6 0 R /Pg 3 0 R /K 0 >>"}},
        {8,
         5,
         {"<< /K [6 0 R 7 0 R] /ParentTree 8 0 R >>", "<< /S /P /P 5 0 R >>", "<< /S /P /P 5 0 R >>",
          "<< /Kids [9 0 R 10 0 R] >>", "<< /Limits [0 0] /Nums [0 [6 0 R]] >>",
          "<< /Limits [7 7] /Nums [7 [7 0 R]] >>"}},
        {3,
         5,
         {"<< /ParentTree << /Kids [6 0 R] >> >>", "<< /Limits [2 2] /Kids [7 0 R] >>",
          "<< /Limits [2 2] /Nums 8 0 R >>", "[2 null]"}},
        {0, 5, {"<< /Type /StructTreeRoot >>"}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = tagged_letter (cases[i].structure);
        sign_seen (builder);
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        assert_tagged (document->pdf, widget_of (document->pdf, 0), cases[i].key, cases[i].home);
    }
}

/* A tree that is none is left as it is, and the document signed all the same. */
static void
test_trees_that_are_none (void)
{
    static const gchar *const cases[][3] = {
        {"[]"},
        {"<< /ParentTree [] >>"},
        {"<< /ParentTree << /Nums [0] >> >>"},
        {"<< /ParentTree << /Nums [(a) 5 0 R] >> >>"},
        {"<< /ParentTree << /Kids [<< /Nums [0 5 0 R] >>] >> >>"},
        {"<< /ParentTree << /Kids [6 0 R] >> >>", "<< /Kids [6 0 R] >>"},
        {"<< /ParentTree 5 0 R >>"},
        {"<< /K 6 0 R /ParentTree 6 0 R >>", "<< /S /Document /Nums [] >>"},
        {"<< /K 6 0 R /ParentTree << /Nums 6 0 R >> >>", "[]"},
        {"<< /ParentTreeNextKey 2147483647 >>"},
        {"<< /ParentTree << /Nums [9223372036854775807 null] >> >>"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = tagged_letter (cases[i]);
        gsize before = builder->bytes->len;
        sign_seen (builder);
        if (pdf_contains (builder->bytes->data + before, builder->bytes->len - before, "/StructParent "))
            g_error ("%s was added to", cases[i][0]);
    }
}

/* A further signature leaves the structure as it was signed. */
static void
test_signed_structure_stays (void)
{
    static const gchar *const structure[] = {"<< /K 6 0 R /ParentTree 7 0 R >>",
                                             "<< /S /Document /P 5 0 R >>", "<< /Nums [0 [6 0 R]] >>", NULL};
    g_autoptr (PdfBuilder) builder = tagged_letter (structure);

    sign_seen (builder);
    sign_seen (builder);
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (document->pdf, NULL);
    const PenaPdfSignature *first = g_ptr_array_index (signatures, 0);
    g_assert_cmpint (first->changes, ==, PENA_PDF_CHANGES_SIGNATURES);
    assert_tagged (document->pdf, widget_of (document->pdf, 0), 1, 6);
    g_assert_cmpint (pena_pdf_get_int (document->pdf, widget_of (document->pdf, 1), "/StructParent", -1), ==,
                     -1);
}

/* What nobody sees stands outside of the page and needs no tag. */
static void
test_invisible (void)
{
    static const gchar *const structure[] = {"<< /ParentTree << /Nums [] >> >>", NULL};
    g_autoptr (PdfBuilder) builder = tagged_letter (structure);

    pdf_builder_sign (builder, NULL);
    g_assert_false (pdf_contains (builder->bytes->data, builder->bytes->len, "/StructParent "));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/tagging/trees", test_trees);
    g_test_add_func ("/pdf/tagging/none", test_trees_that_are_none);
    g_test_add_func ("/pdf/tagging/signed-structure", test_signed_structure_stays);
    g_test_add_func ("/pdf/tagging/invisible", test_invisible);
    return g_test_run ();
}
