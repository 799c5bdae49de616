/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what earlier signers and a form's author allow
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pdf-builder.h"

/* A letter with a signed field 5, whose dictionary 6 has these entries, and an empty field 7 "Kosong" with
 * those. */
static PdfBuilder *
signed_letter (const gchar *catalog, const gchar *signature, const gchar *field)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *all = g_strconcat ("/AcroForm << /Fields [5 0 R 7 0 R] /SigFlags 3 >> ", catalog, NULL);
    g_autofree gchar *dictionary = g_strdup_printf ("<< /Type /Sig /Contents <00> %s >>", signature);
    g_autofree gchar *empty = g_strdup_printf ("<< /T (Kosong) /FT /Sig %s >>", field);

    pdf_builder_letter (builder, all, "");
    pdf_builder_object (builder, 5, "<< /T (Terisi) /FT /Sig /V 6 0 R >>");
    pdf_builder_object (builder, 6, dictionary);
    pdf_builder_object (builder, 7, empty);
    pdf_builder_table (builder, "");
    return builder;
}

static void
assert_signs (const PdfBuilder *builder, const gchar *field)
{
    PenaPdfSignOptions options = pdf_sign_options;
    options.field = field;
    g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, &options);
    g_assert_cmpuint (out->len, >, builder->bytes->len);
}

#define TRANSFORM(method, parameters)                                                                        \
    "/Reference [<< /Type /SigRef /TransformMethod /" method " /TransformParams << " parameters " >> >>]"

static void
test_certification_levels (void)
{
    const gchar *const allowing[] = {TRANSFORM ("DocMDP", "/P 2"), TRANSFORM ("DocMDP", "/P 3"),
                                     TRANSFORM ("DocMDP", "")};

    for (gsize i = 0; i < G_N_ELEMENTS (allowing); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter ("/Perms << /DocMDP 6 0 R >>", allowing[i], "");
        assert_signs (builder, NULL);
        assert_signs (builder, "Kosong");
    }
    g_autoptr (PdfBuilder) builder =
        signed_letter ("/Perms << /DocMDP 6 0 R >>", TRANSFORM ("DocMDP", "/P 1"), "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GError) error = NULL;
    pdf_assert_unsignable (builder, NULL, PENA_ERROR_DOCUMENT_CERTIFIED);
    g_assert_false (pena_pdf_check_signable (document->pdf, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_CERTIFIED);
}

/* The catalog may have lost its /Perms, or name a dictionary that no field holds. */
static void
test_certification_by_other_ways (void)
{
    g_autoptr (PdfBuilder) unlisted = signed_letter ("", TRANSFORM ("DocMDP", "/P 1"), "");
    pdf_assert_unsignable (unlisted, NULL, PENA_ERROR_DOCUMENT_CERTIFIED);

    g_autoptr (PdfBuilder) fieldless = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (fieldless, "/Perms << /DocMDP << " TRANSFORM ("DocMDP", "/P 1") " >> >>", "");
    pdf_builder_table (fieldless, "");
    pdf_assert_unsignable (fieldless, NULL, PENA_ERROR_DOCUMENT_CERTIFIED);
}

static void
test_usage_rights (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ("/Perms << /UR3 6 0 R >>", "", "");
    pdf_assert_unsignable (builder, NULL, PENA_ERROR_DOCUMENT_CERTIFIED);
}

static void
test_field_locks (void)
{
    const struct {
        const gchar *signature;
        gboolean new_field, empty_field;
    } cases[] = {
        {TRANSFORM ("FieldMDP", "/Action /All"), FALSE, FALSE},
        {TRANSFORM ("FieldMDP", "/Action /Include /Fields [(Kosong)]"), TRUE, FALSE},
        {TRANSFORM ("FieldMDP", "/Action /Include /Fields [(Kos)]"), TRUE, TRUE},
        {TRANSFORM ("FieldMDP", "/Action /Exclude /Fields [(Kosong)]"), FALSE, TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter ("", cases[i].signature, "");
        PenaPdfSignOptions options = pdf_sign_options;
        options.field = "Kosong";
        if (cases[i].new_field)
            assert_signs (builder, NULL);
        else
            pdf_assert_unsignable (builder, NULL, PENA_ERROR_DOCUMENT_LOCKED);
        if (cases[i].empty_field)
            assert_signs (builder, "Kosong");
        else
            pdf_assert_unsignable (builder, &options, PENA_ERROR_DOCUMENT_LOCKED);
    }
}

static void
test_locked_field_is_named (void)
{
    g_autoptr (PdfBuilder) builder = signed_letter ("", "", "/Ff 1");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    PenaPdfSignOptions options = pdf_sign_options;
    g_autoptr (GError) error = NULL;

    options.field = "Kosong";
    g_assert_null (pena_pdf_prepare (document->pdf, &options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_LOCKED);
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_nonnull (strstr (text, "Kosong"));
}

/* Each demand alone: those that can be met, then those that cannot. */
static void
test_seed_values (void)
{
    const gchar *const met[] = {"/Ff 1 /Filter /Adobe.PPKLite",
                                "/Filter /Other /SubFilter [/adbe.pkcs7.detached] /DigestMethod [(SHA512)]",
                                "/Ff 2 /SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached]",
                                "/Ff 8 /Reasons [(Lain) (Persetujuan)]",
                                "/Ff 64 /DigestMethod [(SHA512) (SHA256)]",
                                "/MDP << /P 0 >> /TimeStamp << /URL (http://x) >>"};
    const gchar *const unmet[] = {"/Ff 1 /Filter /Other",
                                  "/Ff 2 /SubFilter [/adbe.pkcs7.detached]",
                                  "/Ff 4 /V 4",
                                  "/Ff 8 /Reasons [(Lain)]",
                                  "/Ff 8 /Reasons [(.)]",
                                  "/Ff 16",
                                  "/Ff 32 /AddRevInfo true",
                                  "/Ff 64 /DigestMethod [(SHA512)]",
                                  "/Ff 128",
                                  "/Ff 256",
                                  "/MDP << /P 2 >>",
                                  "/TimeStamp << /Ff 1 /URL (http://x) >>",
                                  "/Cert << /Ff 2 >>"};
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = "Kosong";
    for (gsize i = 0; i < G_N_ELEMENTS (met); i++) {
        g_autofree gchar *seeds = g_strdup_printf ("/SV << %s >>", met[i]);
        g_autoptr (PdfBuilder) builder = signed_letter ("", "", seeds);
        assert_signs (builder, "Kosong");
    }
    for (gsize i = 0; i < G_N_ELEMENTS (unmet); i++) {
        g_autofree gchar *seeds = g_strdup_printf ("/SV << %s >>", unmet[i]);
        g_autoptr (PdfBuilder) builder = signed_letter ("", "", seeds);
        pdf_assert_unsignable (builder, &options, PENA_ERROR_DOCUMENT_UNSUPPORTED);
    }
}

/* An XFA form whose configuration packet has this text. */
static PdfBuilder *
xfa_letter (const gchar *catalog, const gchar *config)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");
    g_autofree gchar *all = g_strconcat ("/AcroForm << /Fields [] /XFA [(config) 5 0 R] >> ", catalog, NULL);
    g_autofree gchar *stream =
        g_strdup_printf ("<< /Length %" G_GSIZE_FORMAT " >>\nstream\n%s\nendstream", strlen (config), config);

    pdf_builder_letter (builder, all, "");
    pdf_builder_object (builder, 5, stream);
    pdf_builder_table (builder, "");
    return builder;
}

static void
test_xfa (void)
{
    g_autoptr (PdfBuilder) fixed =
        xfa_letter ("", "<config><dynamicRender>forbidden</dynamicRender></config>");
    g_autoptr (PdfBuilder) dynamic =
        xfa_letter ("", "<config><dynamicRender>required</dynamicRender></config>");
    g_autoptr (PdfBuilder) rendered = xfa_letter ("/NeedsRendering true", "<config/>");

    assert_signs (fixed, NULL);
    pdf_assert_unsignable (dynamic, NULL, PENA_ERROR_DOCUMENT_XFA);
    pdf_assert_unsignable (rendered, NULL, PENA_ERROR_DOCUMENT_XFA);
}

static void
test_form_with_loops (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R 5 0 R 3 0 R null (x)] >>", "");
    pdf_builder_object (builder, 5, "<< /T (a) /Kids [6 0 R 5 0 R] >>");
    pdf_builder_object (builder, 6, "<< /T (b) /Kids [5 0 R 6 0 R] /FT /Sig /Parent 5 0 R >>");
    pdf_builder_table (builder, "");
    assert_signs (builder, NULL);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/permission/certification", test_certification_levels);
    g_test_add_func ("/pdf/permission/certification-by-other-ways", test_certification_by_other_ways);
    g_test_add_func ("/pdf/permission/usage-rights", test_usage_rights);
    g_test_add_func ("/pdf/permission/locks", test_field_locks);
    g_test_add_func ("/pdf/permission/locked-field-is-named", test_locked_field_is_named);
    g_test_add_func ("/pdf/permission/seeds", test_seed_values);
    g_test_add_func ("/pdf/permission/xfa", test_xfa);
    g_test_add_func ("/pdf/permission/loops", test_form_with_loops);
    return g_test_run ();
}
