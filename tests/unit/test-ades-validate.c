/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of judging a signature
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "ades-pki.h"
#include "pena-cms.h"
#include "pena-openssl.h"

/* A signature as somebody else may make it. */
typedef struct {
    PkiEntity signer; /* borrowed */
    const EVP_MD *md;
    X509 *bound; /* what signing-certificate-v2 refers to; NULL leaves it out */
    X509 *bound_v1;
    gboolean no_content_type, no_message_digest, signing_time, no_attributes, pss;
    X509 *extra; /* one more certificate in it */
    X509 *second_signer;
} Forgery;

typedef struct {
    Pki *pki;
    PenaValidationContext *context;
} Fixture;

static void
set_up (Fixture *self, gconstpointer key_kind)
{
    self->pki = pki_new (key_kind != NULL ? key_kind : "p256");
    self->context = pki_context_new (self->pki);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    pki_free (self->pki);
    pki_context_free (self->context);
}

static Forgery
usual (const Fixture *self)
{
    return (Forgery){
        .signer = self->pki->signer, .md = EVP_sha256 (), .bound = self->pki->signer.certificate};
}

static void
add_references (CMS_SignerInfo *info, const Forgery *spec)
{
    guint8 *der = NULL;
    if (spec->bound != NULL) {
        ESS_SIGNING_CERT_V2 *ess = OSSL_ESS_signing_cert_v2_new_init (EVP_sha256 (), spec->bound, NULL, 1);
        int length = i2d_ESS_SIGNING_CERT_V2 (ess, &der);
        CMS_signed_add1_attr_by_NID (info, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, der,
                                     length);
        ESS_SIGNING_CERT_V2_free (ess);
        OPENSSL_free (der);
    }
    if (spec->bound_v1 != NULL) {
        ESS_SIGNING_CERT *ess = OSSL_ESS_signing_cert_new_init (spec->bound_v1, NULL, 1);
        der = NULL;
        int length = i2d_ESS_SIGNING_CERT (ess, &der);
        CMS_signed_add1_attr_by_NID (info, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE, der, length);
        ESS_SIGNING_CERT_free (ess);
        OPENSSL_free (der);
    }
}

static void
add_attributes (CMS_SignerInfo *info, const Forgery *spec)
{
    guint8 hash[EVP_MAX_MD_SIZE];
    guint length;

    EVP_Digest (PKI_CONTENT, strlen (PKI_CONTENT), hash, &length, spec->md, NULL);
    if (!spec->no_content_type)
        CMS_signed_add1_attr_by_NID (info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj (NID_pkcs7_data),
                                     -1);
    if (!spec->no_message_digest)
        CMS_signed_add1_attr_by_NID (info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, hash, (int)length);
    if (spec->signing_time) {
        ASN1_TIME *time = ASN1_TIME_set (NULL, PKI_NOW);
        CMS_signed_add1_attr_by_NID (info, NID_pkcs9_signingTime, ASN1_STRING_type (time), time, -1);
        ASN1_TIME_free (time);
    }
    add_references (info, spec);
}

static GBytes *
what_is_signed (CMS_SignerInfo *info, const Forgery *spec)
{
    if (spec->no_attributes)
        return g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    PenaAttributes *attributes = sk_X509_ATTRIBUTE_new_null ();
    for (int i = 0; i < CMS_signed_get_attr_count (info); i++)
        sk_X509_ATTRIBUTE_push (attributes, CMS_signed_get_attr (info, i));
    GBytes *der = pena_attributes_encode (attributes);
    sk_X509_ATTRIBUTE_free (attributes);
    return der;
}

static void
put_value (CMS_SignerInfo *info, const Forgery *spec)
{
    g_autoptr (GBytes) octets = what_is_signed (info, spec);
    EVP_MD_CTX *context = EVP_MD_CTX_new ();
    EVP_PKEY_CTX *key_context = NULL;
    guint8 value[1024];
    gsize length = sizeof value;

    EVP_DigestSignInit (context, &key_context, spec->md, NULL, spec->signer.key);
    if (spec->pss) {
        EVP_PKEY_CTX_set_rsa_padding (key_context, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen (key_context, RSA_PSS_SALTLEN_DIGEST);
    }
    g_assert_cmpint (
        EVP_DigestSign (context, value, &length, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets)),
        ==, 1);
    ASN1_STRING_set (CMS_SignerInfo_get0_signature (info), value, (int)length);
    EVP_MD_CTX_free (context);
}

/* RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32. */
static void
set_pss (CMS_SignerInfo *info)
{
    static const guint8 der[] = {
        0x30, 0x41, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A, 0x30, 0x34, 0xA0, 0x0F,
        0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xA1, 0x1C,
        0x30, 0x1A, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08, 0x30, 0x0D, 0x06, 0x09,
        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xA2, 0x03, 0x02, 0x01, 0x20};
    const guint8 *at = der;
    X509_ALGOR *algorithm = NULL, *pss = d2i_X509_ALGOR (NULL, &at, sizeof der);

    g_assert_nonnull (pss);
    CMS_SignerInfo_get0_algs (info, NULL, NULL, NULL, &algorithm);
    X509_ALGOR_copy (algorithm, pss);
    X509_ALGOR_free (pss);
}

static GBytes *
forge (const Fixture *self, const Forgery *spec)
{
    guint flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, flags);
    CMS_SignerInfo *info = CMS_add1_signer (cms, spec->signer.certificate, spec->signer.key, spec->md,
                                            flags | (spec->no_attributes ? CMS_NOATTR : 0));
    guint8 *der = NULL;

    g_assert_nonnull (info);
    CMS_add1_cert (cms, self->pki->issuing.certificate);
    if (spec->extra != NULL)
        CMS_add1_cert (cms, spec->extra);
    if (!spec->no_attributes)
        add_attributes (info, spec);
    if (spec->pss)
        set_pss (info);
    put_value (info, spec);
    if (spec->second_signer != NULL) {
        CMS_SignerInfo *second = CMS_add1_signer (
            cms, spec->second_signer, X509_get0_pubkey (spec->second_signer), spec->md, flags | CMS_NOCERTS);
        ASN1_STRING_set (CMS_SignerInfo_get0_signature (second), "x", 1);
    }
    int length = i2d_CMS_ContentInfo (cms, &der);
    CMS_ContentInfo_free (cms);
    return pena_take_der (der, length);
}

static PenaSignatureReport *
judge (const Fixture *self, GBytes *cms, PenaAdesFormat format)
{
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    return pena_validate_cms (cms, format, format == PENA_ADES_PADES, pki_content_digest, content,
                              self->context);
}

static PenaSignatureReport *
judge_forgery (const Fixture *self, const Forgery *spec, PenaAdesFormat format)
{
    g_autoptr (GBytes) cms = forge (self, spec);
    return judge (self, cms, format);
}

static void
assert_sub (PenaSignatureReport *report, PenaVerdict verdict, PenaSubIndication sub)
{
    g_assert_cmpstr (pena_sub_indication_name (report->sub), ==, pena_sub_indication_name (sub));
    g_assert_cmpstr (pena_verdict_name (report->verdict), ==, pena_verdict_name (verdict));
    g_assert_cmpuint (report->problems->len > 0, ==, verdict != PENA_VERDICT_PASSED);
    pena_signature_report_free (report);
}

#define INDETERMINATE PENA_VERDICT_INDETERMINATE
#define FAILED PENA_VERDICT_FAILED

static gboolean
mentions (GPtrArray *texts, const gchar *part)
{
    for (guint i = 0; i < texts->len; i++)
        if (strstr (g_ptr_array_index (texts, i), part) != NULL)
            return TRUE;
    return FALSE;
}

static void
test_own_signature (Fixture *self, gconstpointer unused)
{
    for (PenaAdesFormat format = PENA_ADES_CADES; format <= PENA_ADES_PADES; format++) {
        g_autoptr (GBytes) cms = pki_make_cms (self->pki, format);
        g_autoptr (PenaSignatureReport) report = judge (self, cms, format);
        g_autoptr (GBytes) signer = pki_der (self->pki->signer.certificate);

        g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
        g_assert_cmpstr (report->level, ==, "B-B");
        g_assert_cmpstr (report->format, ==, format == PENA_ADES_PADES ? "PAdES" : "CAdES");
        g_assert_cmpstr (report->digest, ==, "sha256");
        g_assert_cmpint (report->claimed_time, ==, format == PENA_ADES_PADES ? G_MININT64 : PKI_NOW);
        g_assert_true (g_bytes_equal (report->signer, signer));
        g_assert_cmpstr (report->info->nip, ==, PKI_NIP);
        g_assert_false (report->revocation_checked);
        g_assert_true (mentions (report->notes, "revoked could not be checked"));
        g_assert_cmpuint (report->problems->len, ==, 0);
    }
}

static void
test_changed_content (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    g_autoptr (GBytes) content = g_bytes_new_static ("Surat Kuasa\n", 12);
    assert_sub (pena_validate_cms (cms, PENA_ADES_CADES, FALSE, pki_content_digest, content, self->context),
                FAILED, PENA_SUB_HASH_FAILURE);
}

static GBytes *
no_content (const gchar *algorithm, gpointer unused, GError **error)
{
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_IO, "gone");
    return NULL;
}

static void
test_missing_content (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    assert_sub (pena_validate_cms (cms, PENA_ADES_CADES, FALSE, no_content, NULL, self->context),
                INDETERMINATE, PENA_SUB_SIGNED_DATA_NOT_FOUND);
}

static void
test_wrong_binding (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.bound = self->pki->issuing.certificate;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), INDETERMINATE,
                PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND);
}

static void
test_old_binding_is_noted (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.bound = NULL;
    spec.bound_v1 = self->pki->signer.certificate;
    g_autoptr (PenaSignatureReport) report = judge_forgery (self, &spec, PENA_ADES_PADES);

    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_true (mentions (report->notes, "SHA-1"));
}

static void
test_no_binding_is_pkcs7 (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.bound = NULL;
    g_autoptr (PenaSignatureReport) report = judge_forgery (self, &spec, PENA_ADES_PADES);

    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpstr (report->format, ==, "PKCS#7");
    g_assert_null (report->level);
}

static void
test_no_attributes (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.no_attributes = TRUE;
    g_autoptr (GBytes) content = g_bytes_new_static ("other", 5);
    g_autoptr (GBytes) cms = forge (self, &spec);

    assert_sub (judge (self, cms, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
    assert_sub (pena_validate_cms (cms, PENA_ADES_PADES, TRUE, pki_content_digest, content, self->context),
                FAILED, PENA_SUB_SIG_CRYPTO_FAILURE);
}

static void
test_missing_attributes (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.no_content_type = TRUE;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), FAILED, PENA_SUB_FORMAT_FAILURE);
    spec = usual (self);
    spec.no_message_digest = TRUE;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), FAILED, PENA_SUB_FORMAT_FAILURE);
}

static void
test_signing_time_decides_the_level (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    g_autoptr (PenaSignatureReport) cades = judge_forgery (self, &spec, PENA_ADES_CADES);
    spec.signing_time = TRUE;
    g_autoptr (PenaSignatureReport) pades = judge_forgery (self, &spec, PENA_ADES_PADES);

    g_assert_cmpint (cades->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_null (cades->level);
    g_assert_true (mentions (cades->notes, "signing-time is missing"));
    g_assert_cmpint (pades->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_null (pades->level);
    g_assert_true (mentions (pades->notes, "signing-time must not be there"));
}

static void
test_sha1 (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.md = EVP_sha1 ();
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), INDETERMINATE,
                PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
    spec.md = EVP_md5 ();
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), INDETERMINATE,
                PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
}

static void
test_sha384_and_pss (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.md = EVP_sha384 ();
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
    spec.md = EVP_sha256 ();
    spec.pss = TRUE;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
}

/* Digests and keys that tokens here do not sign with, but others do. */
static void
test_other_algorithms (Fixture *self, gconstpointer unused)
{
    static const struct {
        const gchar *key;
        const EVP_MD *(*md) (void);
        const gchar *digest;
        PenaSubIndication sub;
    } rows[] = {
        {"rsa", EVP_sha3_256, "sha3-256", PENA_SUB_NONE},
        {"rsa", EVP_sha3_512, "sha3-512", PENA_SUB_NONE},
        {"p256", EVP_sha224, "sha224", PENA_SUB_NONE},
        {"rsa", EVP_sha3_224, "sha3-224", PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE},
        {"brainpoolP256r1", EVP_sha256, "sha256", PENA_SUB_NONE},
        {"secp256k1", EVP_sha256, "sha256", PENA_SUB_NONE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        static const PkiSpec fine = {0};
        PkiEntity signer = pki_issue (&self->pki->issuing, rows[i].key, &fine);
        Forgery spec = {.signer = signer, .md = rows[i].md (), .bound = signer.certificate};
        g_autoptr (PenaSignatureReport) report = judge_forgery (self, &spec, PENA_ADES_PADES);
        g_test_message ("%s %s", rows[i].key, rows[i].digest);
        g_assert_cmpstr (pena_sub_indication_name (report->sub), ==, pena_sub_indication_name (rows[i].sub));
        g_assert_cmpstr (report->digest, ==, rows[i].digest);
        pki_entity_clear (&signer);
    }
}

static void
test_two_signers (Fixture *self, gconstpointer unused)
{
    Forgery spec = usual (self);
    spec.second_signer = self->pki->issuing.certificate;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), FAILED, PENA_SUB_FORMAT_FAILURE);
    assert_sub (judge_forgery (self, &spec, PENA_ADES_CADES), INDETERMINATE,
                PENA_SUB_SIG_CONSTRAINTS_FAILURE);
}

static void
test_extra_certificates (Fixture *self, gconstpointer unused)
{
    g_autoptr (Pki) other = pki_new ("p256");
    Forgery spec = usual (self);

    spec.extra = self->pki->root.certificate;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
    spec.extra = other->root.certificate; /* vouches for itself */
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
    spec.extra = other->issuing.certificate;
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), INDETERMINATE,
                PENA_SUB_CHAIN_CONSTRAINTS_FAILURE);
}

static void
sign_with (Fixture *self, const gchar *key_kind, const PkiSpec *certificate, PenaVerdict verdict,
           PenaSubIndication sub)
{
    PkiEntity signer = pki_issue (&self->pki->issuing, key_kind, certificate);
    Forgery spec = {.signer = signer, .md = EVP_sha256 (), .bound = signer.certificate};
    assert_sub (judge_forgery (self, &spec, PENA_ADES_PADES), verdict, sub);
    pki_entity_clear (&signer);
}

static void
test_signer_certificates (Fixture *self, gconstpointer unused)
{
    static const PkiSpec login = {.key_usage = "digitalSignature", .extended_key_usage = "clientAuth"};
    static const PkiSpec expired = {.not_after = PKI_NOW - 1};
    static const PkiSpec early = {.not_before = PKI_NOW + 1};
    static const PkiSpec fine = {0};
    const PkiSpec weak_digest = {.digest = EVP_sha1 ()};

    sign_with (self, "p256", &login, INDETERMINATE, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE);
    sign_with (self, "p256", &expired, INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE);
    sign_with (self, "p256", &early, INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE);
    sign_with (self, "p256", &weak_digest, INDETERMINATE, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
    sign_with (self, "rsa1024", &fine, INDETERMINATE, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
    sign_with (self, "p384", &fine, PENA_VERDICT_PASSED, PENA_SUB_NONE);
}

static void
test_untrusted (Fixture *self, gconstpointer unused)
{
    g_autoptr (Pki) other = pki_new ("p256");
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);

    g_ptr_array_set_size (self->context->anchors, 0);
    assert_sub (judge (self, cms, PENA_ADES_PADES), INDETERMINATE, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);
    g_ptr_array_add (self->context->anchors, pki_der (other->root.certificate));
    assert_sub (judge (self, cms, PENA_ADES_PADES), INDETERMINATE, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);
    g_ptr_array_add (self->context->anchors, pki_der (self->pki->issuing.certificate));
    assert_sub (judge (self, cms, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
}

static void
add_crl (Fixture *self, const PkiEntity *issuer, X509 *revoked, int reason, gint64 age)
{
    g_ptr_array_add (self->context->crls,
                     pki_crl (issuer, revoked, reason, PKI_NOW - age, PKI_NOW - age + 2 * PKI_DAY));
}

static void
test_good_lists (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);

    add_crl (self, &self->pki->issuing, NULL, -1, 10 * PKI_DAY);
    g_autoptr (PenaSignatureReport) stale = judge (self, cms, PENA_ADES_PADES);
    g_assert_false (stale->revocation_checked);
    add_crl (self, &self->pki->issuing, NULL, -1, PKI_DAY);
    add_crl (self, &self->pki->root, NULL, -1, PKI_DAY);
    g_autoptr (PenaSignatureReport) report = judge (self, cms, PENA_ADES_PADES);
    g_assert_true (report->revocation_checked);
    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpuint (report->notes->len, ==, 0);
}

static void
test_revoked (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);

    add_crl (self, &self->pki->issuing, self->pki->signer.certificate, 6, PKI_DAY);
    assert_sub (judge (self, cms, PENA_ADES_PADES), INDETERMINATE, PENA_SUB_TRY_LATER);
    g_ptr_array_set_size (self->context->crls, 0);
    add_crl (self, &self->pki->issuing, self->pki->signer.certificate, 1, 10 * PKI_DAY);
    add_crl (self, &self->pki->issuing, NULL, -1, PKI_DAY);
    assert_sub (judge (self, cms, PENA_ADES_PADES), INDETERMINATE, PENA_SUB_REVOKED_NO_POE);
    g_ptr_array_set_size (self->context->crls, 0);
    add_crl (self, &self->pki->root, self->pki->issuing.certificate, -1, PKI_DAY);
    assert_sub (judge (self, cms, PENA_ADES_PADES), INDETERMINATE, PENA_SUB_REVOKED_CA_NO_POE);
}

static void
test_forged_list_does_not_count (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);
    PkiEntity liar = {self->pki->issuing.certificate, self->pki->signer.key};

    add_crl (self, &liar, self->pki->signer.certificate, -1, PKI_DAY);
    assert_sub (judge (self, cms, PENA_ADES_PADES), PENA_VERDICT_PASSED, PENA_SUB_NONE);
}

/* A list that speaks only for authorities says nothing of an official. */
static void
test_list_of_another_scope (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);
    g_autoptr (GBytes) plain = pki_crl (&self->pki->issuing, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    const guint8 *at = g_bytes_get_data (plain, NULL);
    X509_CRL *list = d2i_X509_CRL (NULL, &at, (long)g_bytes_get_size (plain));
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new ();
    guint8 *der = NULL;

    scope->onlyCA = 0xFF;
    g_assert_cmpint (X509_CRL_add1_ext_i2d (list, NID_issuing_distribution_point, scope, 1, 0), ==, 1);
    g_assert_cmpint (X509_CRL_sign (list, self->pki->issuing.key, EVP_sha256 ()), >, 0);
    int length = i2d_X509_CRL (list, &der);
    g_ptr_array_add (self->context->crls, pena_take_der (der, length));
    g_autoptr (PenaSignatureReport) report = judge (self, cms, PENA_ADES_PADES);
    g_assert_false (report->revocation_checked);
    ISSUING_DIST_POINT_free (scope);
    X509_CRL_free (list);
}

static void
assert_bytes (const Fixture *self, gconstpointer data, gsize size, PenaAdesFormat format, PenaVerdict verdict,
              PenaSubIndication sub)
{
    g_autoptr (GBytes) bytes = g_bytes_new (data, size);
    assert_sub (judge (self, bytes, format), verdict, sub);
}

static void
test_garbage (Fixture *self, gconstpointer unused)
{
    static const guint8 claims[] = {0x30, 0x84, 0x06, 0x40, 0,    0,    0x06, 0x09, 0x2A, 0x86,
                                    0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0x84, 0x06,
                                    0x3F, 0xFF, 0xF0, 0x30, 0x84, 0x06, 0x3F, 0xFF};
    g_autofree guint8 *nested = g_malloc (100000);
    memset (nested, 0x30, 100000);

    for (PenaAdesFormat format = PENA_ADES_CADES; format <= PENA_ADES_PADES; format++) {
        assert_bytes (self, NULL, 0, format, FAILED, PENA_SUB_FORMAT_FAILURE);
        assert_bytes (self, "\0\0\0\0", 4, format, FAILED, PENA_SUB_FORMAT_FAILURE);
        assert_bytes (self, "%PDF-1.7", 8, format, FAILED, PENA_SUB_FORMAT_FAILURE);
        assert_bytes (self, claims, sizeof claims, format, FAILED, PENA_SUB_FORMAT_FAILURE);
        assert_bytes (self, nested, 100000, format, FAILED, PENA_SUB_FORMAT_FAILURE);
        memset (nested, 0x80, 100000);
        for (gsize i = 0; i < 100000; i += 2)
            nested[i] = 0x30;
        assert_bytes (self, nested, 100000, format, FAILED, PENA_SUB_FORMAT_FAILURE);
    }
}

static void
test_truncated (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    for (gsize size = 0; size < g_bytes_get_size (cms); size++)
        assert_bytes (self, g_bytes_get_data (cms, NULL), size, PENA_ADES_CADES, FAILED,
                      PENA_SUB_FORMAT_FAILURE);
}

static void
test_padding (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_PADES);
    gsize size = g_bytes_get_size (cms);
    g_autofree guint8 *padded = g_malloc0 (size + 100);
    memcpy (padded, g_bytes_get_data (cms, NULL), size);

    assert_bytes (self, padded, size + 100, PENA_ADES_PADES, PENA_VERDICT_PASSED, PENA_SUB_NONE);
    padded[size + 99] = 1;
    assert_bytes (self, padded, size + 100, PENA_ADES_PADES, FAILED, PENA_SUB_FORMAT_FAILURE);
    padded[size + 99] = 0;
    g_autoptr (GBytes) cades = pki_make_cms (self->pki, PENA_ADES_CADES);
    memcpy (padded, g_bytes_get_data (cades, NULL), MIN (size + 99, g_bytes_get_size (cades)));
    assert_bytes (self, padded, g_bytes_get_size (cades) + 1, PENA_ADES_CADES, FAILED,
                  PENA_SUB_FORMAT_FAILURE);
}

/* The same signature in BER, the outermost length being indefinite. What not even BER allows does not pass. */
static void
test_ber (Fixture *self, gconstpointer unused)
{
    for (PenaAdesFormat format = PENA_ADES_CADES; format <= PENA_ADES_PADES; format++) {
        g_autoptr (GBytes) cms = pki_make_cms (self->pki, format);
        gsize size;
        const guint8 *der = g_bytes_get_data (cms, &size);
        g_autoptr (GByteArray) ber = g_byte_array_new ();

        g_assert_cmpuint (der[1], ==, 0x82);
        g_byte_array_append (ber, (const guint8 *)"\x30\x80", 2);
        g_byte_array_append (ber, der + 4, (guint)size - 4);
        g_byte_array_append (ber, (const guint8 *)"\0\0", 2);
        assert_bytes (self, ber->data, ber->len, format, PENA_VERDICT_PASSED, PENA_SUB_NONE);
        ber->data[ber->len - 30] ^= 1; /* in the signature value */
        assert_bytes (self, ber->data, ber->len, format, FAILED, PENA_SUB_SIG_CRYPTO_FAILURE);
    }
}

/* A set that does not say that it is constructed: libcrypto minds it not. */
static void
test_unsound (Fixture *self, gconstpointer unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    gsize size;
    g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (cms, &size), g_bytes_get_size (cms));

    size = g_bytes_get_size (cms);
    g_assert_cmphex (changed[26], ==, 0x31); /* digestAlgorithms */
    changed[26] = 0x11;
    assert_bytes (self, changed, size, PENA_ADES_CADES, INDETERMINATE, PENA_SUB_SIG_CONSTRAINTS_FAILURE);
}

static void
test_attached_content (Fixture *self, gconstpointer unused)
{
    BIO *content = BIO_new_mem_buf (PKI_CONTENT, -1);
    CMS_ContentInfo *cms = CMS_sign (self->pki->signer.certificate, self->pki->signer.key, NULL, content,
                                     CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP);
    guint8 *der = NULL;
    int length = i2d_CMS_ContentInfo (cms, &der);

    assert_bytes (self, der, (gsize)length, PENA_ADES_PADES, FAILED, PENA_SUB_FORMAT_FAILURE);
    assert_bytes (self, der, (gsize)length, PENA_ADES_CADES, INDETERMINATE, PENA_SUB_SIGNED_DATA_NOT_FOUND);
    OPENSSL_free (der);
    CMS_ContentInfo_free (cms);
    BIO_free (content);
}

static void
test_time_stamp (Fixture *self, gconstpointer unused)
{
    BIO *content = BIO_new_mem_buf ("0", 1);
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    guint8 *der = NULL;

    CMS_set1_eContentType (cms, OBJ_nid2obj (NID_id_smime_ct_TSTInfo));
    CMS_add1_signer (cms, self->pki->signer.certificate, self->pki->signer.key, EVP_sha256 (), CMS_BINARY);
    g_assert_cmpint (CMS_final (cms, content, NULL, CMS_BINARY), ==, 1);
    int length = i2d_CMS_ContentInfo (cms, &der);
    assert_bytes (self, der, (gsize)length, PENA_ADES_PADES, INDETERMINATE, PENA_SUB_SIG_CONSTRAINTS_FAILURE);
    OPENSSL_free (der);
    CMS_ContentInfo_free (cms);
    BIO_free (content);
}

static void
test_every_sub_indication_has_a_name (void)
{
    g_assert_null (pena_sub_indication_name (PENA_SUB_NONE));
    for (guint sub = PENA_SUB_NONE + 1; sub <= PENA_SUB_SIGNED_DATA_NOT_FOUND; sub++)
        g_assert_nonnull (pena_sub_indication_name ((PenaSubIndication)sub));
}

#define TEST(path, function) g_test_add ("/ades/validate/" path, Fixture, NULL, set_up, function, tear_down)
#define TEST_RSA(path, function)                                                                             \
    g_test_add ("/ades/validate/" path, Fixture, "rsa", set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    TEST ("own/p256", test_own_signature);
    TEST_RSA ("own/rsa", test_own_signature);
    TEST ("content/changed", test_changed_content);
    TEST ("content/missing", test_missing_content);
    TEST ("content/attached", test_attached_content);
    TEST ("content/time-stamp", test_time_stamp);
    TEST ("binding/wrong", test_wrong_binding);
    TEST ("binding/old", test_old_binding_is_noted);
    TEST ("binding/none", test_no_binding_is_pkcs7);
    TEST ("attributes/none", test_no_attributes);
    TEST ("attributes/missing", test_missing_attributes);
    TEST ("attributes/signing-time", test_signing_time_decides_the_level);
    TEST_RSA ("algorithm/sha1", test_sha1);
    TEST_RSA ("algorithm/sha384-pss", test_sha384_and_pss);
    TEST ("algorithm/others", test_other_algorithms);
    TEST ("signers/two", test_two_signers);
    TEST ("certificates/extra", test_extra_certificates);
    TEST ("certificates/signer", test_signer_certificates);
    TEST ("certificates/untrusted", test_untrusted);
    TEST ("revocation/good", test_good_lists);
    TEST ("revocation/revoked", test_revoked);
    TEST ("revocation/forged", test_forged_list_does_not_count);
    TEST ("revocation/scope", test_list_of_another_scope);
    TEST ("encoding/garbage", test_garbage);
    TEST ("encoding/truncated", test_truncated);
    TEST ("encoding/padding", test_padding);
    TEST ("encoding/ber", test_ber);
    TEST ("encoding/unsound", test_unsound);
    g_test_add_func ("/ades/validate/names", test_every_sub_indication_has_a_name);
    return g_test_run ();
}
