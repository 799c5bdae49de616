/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of making a CMS signature
 * Copyright (C) 2026 the Pena authors */
#include <openssl/pem.h>
#include <pena/pena-error.h>
#include <string.h>

#include "ades-pki.h"
#include "pena-cms.h"
#include "pena-openssl.h"
#include "pena-profile.h"

static PenaCms *
parse (GBytes *der)
{
    gsize size, taken = 0;
    const guint8 *data = g_bytes_get_data (der, &size);
    PenaCms *cms = pena_cms_parse (data, size, &taken);
    g_assert_nonnull (cms);
    g_assert_cmpuint (taken, ==, size);
    g_assert_cmpint (pena_cms_encoding (cms, data, size), ==, PENA_ENCODING_DER);
    return cms;
}

static PenaSignerInfo *
signer_info (const PenaCms *cms)
{
    g_assert_cmpint (sk_PenaSignerInfo_num (cms->signed_data->signer_infos), ==, 1);
    return sk_PenaSignerInfo_value (cms->signed_data->signer_infos, 0);
}

static guint
count (const PenaSignerInfo *info, PenaAttribute attribute)
{
    return pena_attributes_count (info->signed_attributes, pena_attribute_type (attribute));
}

static void
test_pades_shape (gconstpointer key_kind)
{
    g_autoptr (Pki) pki = pki_new (key_kind);
    g_autoptr (GBytes) der = pki_make_cms (pki, PENA_ADES_PADES);
    g_autoptr (PenaCms) cms = parse (der);
    PenaSignerInfo *info = signer_info (cms);

    g_assert_cmpint (ASN1_INTEGER_get (cms->signed_data->version), ==, 1);
    g_assert_cmpint (ASN1_INTEGER_get (info->version), ==, 1);
    g_assert_null (cms->signed_data->encapsulated->content);
    g_assert_null (cms->signed_data->crls);
    g_assert_null (info->unsigned_attributes);
    g_assert_cmpint (sk_ASN1_TYPE_num (cms->signed_data->certificates), ==, 2);
    g_assert_cmpint (sk_X509_ATTRIBUTE_num (info->signed_attributes), ==, 4);
    g_assert_cmpuint (count (info, PENA_ATTRIBUTE_CONTENT_TYPE), ==, 1);
    g_assert_cmpuint (count (info, PENA_ATTRIBUTE_MESSAGE_DIGEST), ==, 1);
    g_assert_cmpuint (count (info, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2), ==, 1);
    g_assert_cmpuint (count (info, PENA_ATTRIBUTE_ALGORITHM_PROTECTION), ==, 1);
    g_assert_true (pena_attributes_sorted (info->signed_attributes));
    g_assert_cmpint (OBJ_obj2nid (info->signature_algorithm->algorithm), ==,
                     g_str_equal (key_kind, "rsa") ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256);
}

static void
test_cades_has_signing_time_and_mime_type (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    PenaAdesOptions options = {PENA_ADES_CADES, chain, "sha256", PKI_NOW, "text/plain"};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, NULL);
    g_autoptr (GBytes) digest = pki_sha256 (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (GBytes) to_be_signed = pena_ades_draft_get_to_be_signed (draft, digest, NULL);
    g_autoptr (GBytes) value = pki_sign_value (pki->signer.key, to_be_signed);
    g_autoptr (GBytes) der = pena_ades_draft_finish (draft, value, NULL);
    g_autoptr (PenaCms) cms = parse (der);

    g_assert_cmpuint (count (signer_info (cms), PENA_ATTRIBUTE_SIGNING_TIME), ==, 1);
    g_assert_cmpuint (count (signer_info (cms), PENA_ATTRIBUTE_MIME_TYPE), ==, 1);
}

static void
test_to_be_signed_is_in_the_cms (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, NULL);
    g_autoptr (GBytes) digest = pki_sha256 ("x", 1);
    g_autoptr (GBytes) to_be_signed = pena_ades_draft_get_to_be_signed (draft, digest, NULL);
    g_autoptr (GBytes) value = pki_sign_value (pki->signer.key, to_be_signed);
    g_autoptr (GBytes) der = pena_ades_draft_finish (draft, value, NULL);
    gsize der_size, size;
    const guint8 *data = g_bytes_get_data (der, &der_size);
    const guint8 *octets = g_bytes_get_data (to_be_signed, &size);

    g_assert_cmpuint (octets[0], ==, 0x31);
    g_assert_nonnull (memmem (data, der_size, octets + 1, size - 1));
    g_assert_cmpuint (der_size, <=, pena_ades_draft_get_capacity (draft));
    g_assert_cmpstr (pena_ades_draft_get_scheme (draft), ==, "ecdsa-sha256");
}

static void
test_foreign_value_is_refused (gconstpointer key_kind)
{
    g_autoptr (Pki) pki = pki_new (key_kind);
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, NULL);
    g_autoptr (GBytes) digest = pki_sha256 ("x", 1);
    g_autoptr (GBytes) to_be_signed = pena_ades_draft_get_to_be_signed (draft, digest, NULL);
    g_autoptr (GBytes) value = pki_sign_value (pki->issuing.key, to_be_signed);
    g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_ades_draft_finish (draft, value, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED);
    g_clear_error (&error);
    g_assert_null (pena_ades_draft_finish (draft, nothing, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED);
}

static void
test_unrelated_certificates_stay_out (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (Pki) other = pki_new ("p256");
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    g_autoptr (GBytes) digest = pki_sha256 ("x", 1);
    g_ptr_array_insert (chain, 1, pki_der (other->issuing.certificate));
    g_ptr_array_insert (chain, 1, g_bytes_new_static ("garbage", 7));

    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, NULL);
    g_autoptr (GBytes) to_be_signed = pena_ades_draft_get_to_be_signed (draft, digest, NULL);
    g_autoptr (GBytes) value = pki_sign_value (pki->signer.key, to_be_signed);
    g_autoptr (GBytes) der = pena_ades_draft_finish (draft, value, NULL);
    g_autoptr (PenaCms) cms = parse (der);
    g_assert_cmpint (sk_ASN1_TYPE_num (cms->signed_data->certificates), ==, 2);
}

static void
assert_refused (const gchar *key_kind, PenaErrorCode code)
{
    static const PkiSpec usual = {0};
    PkiEntity signer = pki_issue (NULL, key_kind, &usual);
    g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_autoptr (GError) error = NULL;
    g_ptr_array_add (chain, pki_der (signer.certificate));
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};

    g_assert_null (pena_ades_draft_new (&options, &error));
    g_assert_error (error, PENA_ERROR, (gint)code);
    pki_entity_clear (&signer);
}

static void
test_unsupported_keys (void)
{
    assert_refused ("rsa1024", PENA_ERROR_KEY_UNSUPPORTED);
    assert_refused ("p224", PENA_ERROR_KEY_UNSUPPORTED);
}

static void
test_garbage_certificate (void)
{
    g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_autoptr (GError) error = NULL;
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};

    g_assert_null (pena_ades_draft_new (&options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID);
    g_clear_error (&error);
    g_ptr_array_add (chain, g_bytes_new_static ("\x30\x84\x7f\xff\xff\xff", 6));
    g_assert_null (pena_ades_draft_new (&options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID);
}

static void
test_wrong_digest_length (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL};
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&options, NULL);
    g_autoptr (GBytes) digest = g_bytes_new_static ("short", 5);
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_ades_draft_get_to_be_signed (draft, digest, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
}

/* Every scheme that Pena signs with, in both formats, passes our judge and libcrypto. */
static void
check_scheme (const Pki *pki, X509_STORE *store, const gchar *digest, gboolean pss)
{
    g_autoptr (PenaValidationContext) context = pki_context_new (pki);
    g_autoptr (GBytes) bytes = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));

    for (PenaAdesFormat format = PENA_ADES_CADES; format <= PENA_ADES_PADES; format++) {
        g_autoptr (GBytes) der = pki_make_cms_with (pki, format, digest, pss);
        gsize size;
        const guint8 *at = g_bytes_get_data (der, &size);
        g_autoptr (CMS_ContentInfo) cms = d2i_CMS_ContentInfo (NULL, &at, (long)size);
        BIO *content = BIO_new_mem_buf (PKI_CONTENT, -1);
        g_assert_cmpint (CMS_verify (cms, NULL, store, content, NULL, CMS_BINARY | CMS_CADES), ==, 1);
        BIO_free (content);
        g_autoptr (PenaSignatureReport) report =
            pena_validate_cms (der, format, FALSE, pki_content_digest, bytes, context);
        g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
        g_assert_cmpstr (report->digest, ==, digest);
        g_assert_cmpstr (report->level, ==, "B-B");
    }
}

static void
test_schemes (gconstpointer key_kind)
{
    static const gchar *const digests[] = {"sha256", "sha384", "sha512"};
    g_autoptr (Pki) pki = pki_new (key_kind);
    X509_STORE *store = X509_STORE_new ();

    X509_VERIFY_PARAM_set_time (X509_STORE_get0_param (store), PKI_NOW);
    X509_VERIFY_PARAM_set_purpose (X509_STORE_get0_param (store), X509_PURPOSE_ANY);
    X509_STORE_add_cert (store, pki->root.certificate);
    for (guint i = 0; i < G_N_ELEMENTS (digests); i++) {
        check_scheme (pki, store, digests[i], FALSE);
        if (g_str_has_prefix (key_kind, "rsa"))
            check_scheme (pki, store, digests[i], TRUE);
    }
    X509_STORE_free (store);
}

/* PSS is a way of RSA; a wish that cannot be met is refused, not passed over. */
static void
test_pss_needs_rsa (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GPtrArray) chain = pki_chain (pki);
    g_autoptr (GError) error = NULL;
    PenaAdesOptions options = {PENA_ADES_PADES, chain, "sha256", PKI_NOW, NULL, TRUE};

    g_assert_null (pena_ades_draft_new (&options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED);
    g_clear_error (&error);
    options.pss = FALSE;
    options.digest = "sha1";
    g_assert_null (pena_ades_draft_new (&options, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/ades/draft/pades-shape/rsa", "rsa", test_pades_shape);
    g_test_add_data_func ("/ades/draft/pades-shape/p256", "p256", test_pades_shape);
    g_test_add_func ("/ades/draft/cades", test_cades_has_signing_time_and_mime_type);
    g_test_add_func ("/ades/draft/to-be-signed", test_to_be_signed_is_in_the_cms);
    g_test_add_data_func ("/ades/draft/foreign-value/rsa", "rsa", test_foreign_value_is_refused);
    g_test_add_data_func ("/ades/draft/foreign-value/p256", "p256", test_foreign_value_is_refused);
    g_test_add_func ("/ades/draft/unrelated-certificates", test_unrelated_certificates_stay_out);
    g_test_add_func ("/ades/draft/unsupported-keys", test_unsupported_keys);
    g_test_add_func ("/ades/draft/garbage-certificate", test_garbage_certificate);
    g_test_add_func ("/ades/draft/digest-length", test_wrong_digest_length);
    g_test_add_data_func ("/ades/draft/schemes/rsa", "rsa", test_schemes);
    g_test_add_data_func ("/ades/draft/schemes/p256", "p256", test_schemes);
    g_test_add_data_func ("/ades/draft/schemes/p384", "p384", test_schemes);
    g_test_add_data_func ("/ades/draft/schemes/p521", "p521", test_schemes);
    g_test_add_func ("/ades/draft/pss-needs-rsa", test_pss_needs_rsa);
    return g_test_run ();
}
