/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what earlier signers and a form's author allow
 * Copyright (C) 2026 the Pena authors */
#include <openssl/x509v3.h>
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

/* Of what verifying would call forbidden afterwards, nothing is done. */
static void
test_unknown_levels (void)
{
    const gchar *const forbidding[] = {TRANSFORM ("DocMDP", "/P 0"), TRANSFORM ("DocMDP", "/P 4"),
                                       TRANSFORM ("FieldMDP", "/Action /Include /Fields [] /P 0")};

    for (gsize i = 0; i < G_N_ELEMENTS (forbidding); i++) {
        g_autoptr (PdfBuilder) builder = signed_letter ("", forbidding[i], "");
        pdf_assert_unsignable (builder, NULL, PENA_ERROR_DOCUMENT_CERTIFIED);
    }
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

/* Each demand alone: those that are met, those that cannot be, and those that would be if the caller wished otherwise. */
static void
test_seed_values (void)
{
    const gchar *const met[] = {"/Ff 1 /Filter /Adobe.PPKLite",
                                "/Filter /Other /SubFilter [/adbe.pkcs7.detached] /DigestMethod [(SHA512)]",
                                "/Ff 2 /SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached]",
                                "/Ff 8 /Reasons [(Lain) (Persetujuan)]",
                                "/Ff 64 /DigestMethod [(SHA512) (SHA256)]",
                                "/Ff 64 /DigestMethod [/SHA512 /SHA256]",
                                "/Ff 128 /LockDocument /false",
                                "/MDP << /P 0 >>",
                                "/MDP << /P 0 >> /TimeStamp << /URL (http://x) >>"};
    const gchar *const unmet[] = {"/Ff 1 /Filter /Other",
                                  "/Ff 2 /SubFilter [/adbe.pkcs7.detached]",
                                  "/Ff 4 /V 4",
                                  "/Ff 16",
                                  "/Ff 32 /AddRevInfo true",
                                  "/Ff 128 /LockDocument /true",
                                  "/Ff 256",
                                  "/Ff 64 /DigestMethod [/SHA512] /Cert << /Ff 2 >>",
                                  "/Cert << /Ff 2 >>"};
    const gchar *const unwished[] = {
        "/Ff 8 /Reasons [(Lain)]",        "/Ff 8 /Reasons [(.)]", "/Ff 64 /DigestMethod [(SHA512)]",
        "/Ff 64 /DigestMethod [/SHA512]", "/MDP << /P 2 >>",      "/TimeStamp << /Ff 1 /URL (http://x) >>"};
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
    for (gsize i = 0; i < G_N_ELEMENTS (unwished); i++) {
        g_autofree gchar *seeds = g_strdup_printf ("/SV << %s >>", unwished[i]);
        g_autoptr (PdfBuilder) builder = signed_letter ("", "", seeds);
        pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
    }
}

/* What a stranger wrote there is told in one line, and where it is too long to be told, one sees that. */
static void
test_seeds_told (void)
{
    const gchar *const told[][2] = {
        {"/Ff 64 /DigestMethod [/SHA#0A#1B#ff512 (SHA\\n384)]", ": SHA  \357\277\275512, SHA 384"},
        {"/Ff 8 /Reasons [<FEFF00E9"
         "00E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E900E9>]",
         ": éééééééééééééééééééééé"},
        {"/Ff 8 /Reasons [(Saya menyetujui isi surat ini dan lampirannya)]",
         ": Saya menyetujui isi surat ini dan lampir…"},
    };
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = "Kosong";
    for (gsize i = 0; i < G_N_ELEMENTS (told); i++) {
        g_autofree gchar *seeds = g_strdup_printf ("/SV << %s >>", told[i][0]);
        g_autoptr (PdfBuilder) builder = signed_letter ("", "", seeds);
        g_autoptr (PdfDocument) document = pdf_builder_open (builder);
        g_autoptr (GError) error = NULL;
        g_assert_null (pena_pdf_prepare (document->pdf, &options, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
        g_assert_cmpstr (strchr (error->message, ':'), ==, told[i][1]);
    }
}

/* What the caller says decides: kind of signature, digest, time-stamp. */
static void
test_seeds_and_wishes (void)
{
    const struct {
        const gchar *seeds;
        PenaPdfSignOptions options;
        gboolean met;
    } cases[] = {
        {"/MDP << /P 2 >>", {.certify = 2}, TRUE},
        {"/MDP << /P 2 >>", {.certify = 1}, FALSE},
        {"/MDP << /P 0 >>", {.certify = 1}, FALSE},
        {"/Ff 64 /DigestMethod [(SHA512)]", {.digest = "sha512"}, TRUE},
        {"/Ff 64 /DigestMethod [(SHA256)]", {.digest = "sha512"}, FALSE},
        {"/TimeStamp << /Ff 1 /URL (http://x) >>", {.time_stamped = TRUE}, TRUE},
        {"/Ff 8 /Reasons [(.)]", {.reason = NULL}, TRUE},
        {"/Ff 8 /Reasons [(Lain)]", {.reason = NULL}, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *field = g_strdup_printf ("<< /T (Kosong) /FT /Sig /SV << %s >> >>", cases[i].seeds);
        g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");
        PenaPdfSignOptions options = cases[i].options;
        pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] >>", "");
        pdf_builder_object (builder, 5, field);
        pdf_builder_table (builder, "");
        options.field = "Kosong";
        options.time = 1790000000;
        options.contents_capacity = 64;
        if (cases[i].met) {
            g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, &options);
            g_assert_cmpuint (out->len, >, builder->bytes->len);
        } else
            pdf_assert_unsignable (builder, &options, PENA_ERROR_REQUEST_INVALID);
    }
}

static GBytes *
new_certificate (const gchar *name, EVP_PKEY *key, GBytes *issuer, EVP_PKEY *issuer_key)
{
    X509 *certificate = X509_new ();
    X509_NAME *subject = X509_get_subject_name (certificate);
    const guint8 *der = issuer != NULL ? g_bytes_get_data (issuer, NULL) : NULL;
    X509 *parent = issuer != NULL ? d2i_X509 (NULL, &der, (long)g_bytes_get_size (issuer)) : NULL;
    X509_EXTENSION *usage = X509V3_EXT_conf_nid (NULL, NULL, NID_key_usage, "critical,digitalSignature");
    guint8 *out = NULL;

    X509_set_version (certificate, X509_VERSION_3);
    X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guint8 *)name, -1, -1, 0);
    X509_set_issuer_name (certificate, parent != NULL ? X509_get_subject_name (parent) : subject);
    X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
    X509_set_pubkey (certificate, key);
    if (parent != NULL)
        X509_add_ext (certificate, usage, -1);
    X509_sign (certificate, issuer_key, EVP_sha256 ());
    gint length = i2d_X509 (certificate, &out);
    GBytes *bytes = g_bytes_new (out, (gsize)length);
    OPENSSL_free (out);
    X509_EXTENSION_free (usage);
    X509_free (parent);
    X509_free (certificate);
    return bytes;
}

static gchar *
to_string (GBytes *bytes)
{
    GString *out = g_string_new ("<");
    gsize length;
    const guint8 *data = g_bytes_get_data (bytes, &length);

    for (gsize i = 0; i < length; i++)
        g_string_append_printf (out, "%02x", data[i]);
    g_string_append_c (out, '>');
    return g_string_free (out, FALSE);
}

static void
test_certificate_seeds (void)
{
    EVP_PKEY *root_key = EVP_EC_gen ("P-256"), *key = EVP_EC_gen ("P-256");
    g_autoptr (GBytes) root = new_certificate ("Akar", root_key, NULL, root_key);
    g_autoptr (GBytes) signer = new_certificate ("Sari", key, root, root_key);
    g_autoptr (GBytes) impostor = new_certificate ("Akar", key, NULL, key);
    g_autofree gchar *own = to_string (signer), *issuer = to_string (root), *other = to_string (impostor);
    const struct {
        const gchar *flags, *key, *value;
        gboolean met;
    } cases[] = {
        {"1", "/Subject", own, TRUE},       {"1", "/Subject", other, FALSE},
        {"0", "/Subject", other, TRUE},     {"2", "/Issuer", issuer, TRUE},
        {"2", "/Issuer", other, FALSE},     {"32", "/KeyUsage", "(0X) (1)", TRUE},
        {"32", "/KeyUsage", "(X1)", FALSE}, {"32", "/KeyUsage", "(0)", FALSE},
        {"4", "/OID", "(1.2.3)", FALSE},    {"8", "/SubjectDN", "<< /CN (Sari) >>", FALSE},
    };
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = "Kosong";
    options.signer = signer;
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *seeds = g_strdup_printf ("/SV << /Cert << /Ff %s %s [%s] >> >>", cases[i].flags,
                                                   cases[i].key, cases[i].value);
        g_autoptr (PdfBuilder) builder = signed_letter ("", "", seeds);
        if (cases[i].met) {
            g_autoptr (GByteArray) out = pdf_sign (builder->bytes->data, builder->bytes->len, &options);
            g_assert_cmpuint (out->len, >, builder->bytes->len);
        } else
            pdf_assert_unsignable (builder, &options, PENA_ERROR_DOCUMENT_UNSUPPORTED);
    }
    EVP_PKEY_free (root_key);
    EVP_PKEY_free (key);
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
    g_test_add_func ("/pdf/permission/unknown-levels", test_unknown_levels);
    g_test_add_func ("/pdf/permission/certification-by-other-ways", test_certification_by_other_ways);
    g_test_add_func ("/pdf/permission/usage-rights", test_usage_rights);
    g_test_add_func ("/pdf/permission/locks", test_field_locks);
    g_test_add_func ("/pdf/permission/locked-field-is-named", test_locked_field_is_named);
    g_test_add_func ("/pdf/permission/seeds", test_seed_values);
    g_test_add_func ("/pdf/permission/seeds-told", test_seeds_told);
    g_test_add_func ("/pdf/permission/seeds-and-wishes", test_seeds_and_wishes);
    g_test_add_func ("/pdf/permission/certificate-seeds", test_certificate_seeds);
    g_test_add_func ("/pdf/permission/xfa", test_xfa);
    g_test_add_func ("/pdf/permission/loops", test_form_with_loops);
    return g_test_run ();
}
