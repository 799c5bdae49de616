/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a CMS signature in the making; the private key is elsewhere
 * Copyright (C) 2026 the Pena authors */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-ades.h"
#include "pena-algorithm.h"
#include "pena-certificate.h"
#include "pena-cms.h"
#include "pena-profile.h"
#include "pena-scheme.h"

/* CMS_sign() and CMS_final() of libcrypto 3.0 want the private key and always add signing-time, which PAdES
 * forbids. So libcrypto lays out the SignedData with the public key of the certificate, and the signature
 * value is put in last. */
struct _PenaAdesDraft {
    CMS_ContentInfo *cms;
    CMS_SignerInfo *signer_info; /* of cms */
    X509 *signer;
    const PenaSigningScheme *scheme;
    const PenaDigestAlgorithm *digest;
    gsize capacity;
    GBytes *to_be_signed;
};

/* Attributes, names, algorithm identifiers, an RSA-4096 value: far below this. */
#define CAPACITY_BESIDE_CHAIN 2048
#define MAX_CHAIN 10
#define MAX_GIVEN 512 /* certificates to find the chain among */

static gboolean
fail_internal (const gchar *what, GError **error)
{
    ERR_clear_error ();
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "libcrypto: %s", what);
    return FALSE;
}

static gboolean
add_attribute (PenaAdesDraft *self, PenaAttribute attribute, int type, gconstpointer value, int length,
               GError **error)
{
    if (CMS_signed_add1_attr_by_OBJ (self->signer_info, pena_attribute_type (attribute), type, value,
                                     length) != 1)
        return fail_internal (pena_attribute_rule (attribute)->name, error);
    return TRUE;
}

/* Binds the certificate to the signature; hash SHA-256, which DER leaves out as the default. The issuer's
 * name and the serial number, which are optional, add nothing to the hash. */
static gboolean
add_signing_certificate (PenaAdesDraft *self, GError **error)
{
    g_autoptr (ESS_SIGNING_CERT_V2) ess =
        OSSL_ESS_signing_cert_v2_new_init (EVP_sha256 (), self->signer, NULL, 0);
    guint8 *der = NULL;
    int length = ess != NULL ? i2d_ESS_SIGNING_CERT_V2 (ess, &der) : 0;
    g_autoptr (GBytes) bytes = pena_take_der (der, length);

    if (bytes == NULL)
        return fail_internal ("signing-certificate-v2", error);
    return add_attribute (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2, V_ASN1_SEQUENCE,
                          g_bytes_get_data (bytes, NULL), length, error);
}

/* RFC 6211: without it one byte of signatureAlgorithm could be exchanged for another name of the same
 * algorithm. */
static gboolean
add_algorithm_protection (PenaAdesDraft *self, GError **error)
{
    X509_ALGOR *digest = NULL, *signature = NULL;
    CMS_SignerInfo_get0_algs (self->signer_info, NULL, NULL, &digest, &signature);
    g_autoptr (GBytes) der = pena_algorithm_protection_encode (digest, signature);

    if (der == NULL)
        return fail_internal ("cms-algorithm-protection", error);
    return add_attribute (self, PENA_ATTRIBUTE_ALGORITHM_PROTECTION, V_ASN1_SEQUENCE,
                          g_bytes_get_data (der, NULL), (int)g_bytes_get_size (der), error);
}

static gboolean
add_signing_time (PenaAdesDraft *self, gint64 seconds, GError **error)
{
    g_autoptr (ASN1_TIME) time =
        ASN1_TIME_set (NULL, seconds); /* UTCTime until 2049, as RFC 5652, 11.3 wants */

    if (time == NULL)
        return fail_internal ("signing-time", error);
    return add_attribute (self, PENA_ATTRIBUTE_SIGNING_TIME, ASN1_STRING_type (time), time, -1, error);
}

static gboolean
add_attributes (PenaAdesDraft *self, const PenaAdesOptions *options, GError **error)
{
    if (!add_attribute (self, PENA_ATTRIBUTE_CONTENT_TYPE, V_ASN1_OBJECT, OBJ_nid2obj (NID_pkcs7_data), -1,
                        error) ||
        !add_signing_certificate (self, error) || !add_algorithm_protection (self, error))
        return FALSE;
    if (options->format == PENA_ADES_PADES)
        return TRUE;
    if (!add_signing_time (self, options->time, error))
        return FALSE;
    return options->mime_type == NULL ||
           add_attribute (self, PENA_ATTRIBUTE_MIME_TYPE, V_ASN1_UTF8STRING, options->mime_type,
                          (int)strlen (options->mime_type), error);
}

/* Finds who issued the certificate among the rest of what the token holds. Borrowed; NULL at the end of the
 * path. */
static X509 *
find_issuer (PenaX509Stack *chain, X509 *certificate)
{
    for (int i = 1; i < sk_X509_num (chain); i++) {
        X509 *candidate = sk_X509_value (chain, i);
        if (candidate != certificate && pena_certificate_issued_by (certificate, candidate))
            return candidate;
    }
    return NULL;
}

/* Puts the path from the signer's issuer upwards in; whatever else came along, and the self-signed end of the
 * path, stays out: a verifier must know its roots itself. */
static gboolean
add_chain (PenaAdesDraft *self, PenaX509Stack *chain, GError **error)
{
    X509 *at = self->signer;

    for (guint depth = 0; depth < MAX_CHAIN; depth++) {
        at = find_issuer (chain, at);
        if (at == NULL || pena_certificate_self_signed (at))
            return TRUE;
        /* CMS_add1_cert refuses one that is there: the path runs in a circle */
        if (CMS_add1_cert (self->cms, at) != 1)
            break;
        g_autoptr (GBytes) der = pena_certificate_encode (at);
        self->capacity += g_bytes_get_size (der);
    }
    ERR_clear_error ();
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "the chain has no end");
    return FALSE;
}

static gboolean
lay_out (PenaAdesDraft *self, GError **error)
{
    guint flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    X509_ALGOR *algorithm = NULL;

    self->cms = CMS_sign (NULL, NULL, NULL, NULL, flags);
    if (self->cms == NULL)
        return fail_internal ("CMS_sign", error);
    self->signer_info = CMS_add1_signer (self->cms, self->signer, X509_get0_pubkey (self->signer),
                                         self->digest->md (), flags);
    if (self->signer_info == NULL)
        return fail_internal ("CMS_add1_signer", error);
    CMS_SignerInfo_get0_algs (self->signer_info, NULL, NULL, NULL, &algorithm);
    if (!pena_signing_scheme_describe (self->scheme, algorithm))
        return fail_internal ("signatureAlgorithm", error);
    return TRUE;
}

/* The strict parser is for the signer; of the rest what cannot be read cannot be needed. */
static PenaX509Stack *
parse_chain (GPtrArray *chain, GError **error)
{
    if (chain == NULL || chain->len == 0 || chain->len > MAX_GIVEN) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID,
                             "no certificate, or too many");
        return NULL;
    }
    X509 *signer = pena_certificate_parse (g_ptr_array_index (chain, 0), error);
    if (signer == NULL)
        return NULL;
    X509_free (signer);
    return pena_certificates_parse (chain);
}

static gboolean
choose_algorithms (PenaAdesDraft *self, const PenaAdesOptions *options, GError **error)
{
    EVP_PKEY *key = X509_get0_pubkey (self->signer);

    self->scheme = pena_signing_scheme_for (key, options->digest, options->pss);
    if (self->scheme == NULL) {
        g_autofree gchar *kind = pena_key_name (key);
        g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "cannot sign with %s and %s%s", kind,
                     options->digest, options->pss ? ", PSS" : "");
        return FALSE;
    }
    self->digest = pena_digest_algorithm_by_name (self->scheme->digest);
    return TRUE;
}

PenaAdesDraft *
pena_ades_draft_new (const PenaAdesOptions *options, GError **error)
{
    g_autoptr (PenaX509Stack) chain = parse_chain (options->chain, error);
    if (chain == NULL)
        return NULL;

    g_autoptr (PenaAdesDraft) self = g_new0 (PenaAdesDraft, 1);
    self->signer = sk_X509_value (chain, 0);
    X509_up_ref (self->signer);
    self->capacity = CAPACITY_BESIDE_CHAIN + g_bytes_get_size (g_ptr_array_index (options->chain, 0));
    self->capacity += (gsize)i2d_X509_NAME (X509_get_issuer_name (self->signer), NULL);
    if (options->mime_type != NULL)
        self->capacity += strlen (options->mime_type);
    if (!choose_algorithms (self, options, error) || !lay_out (self, error) ||
        !add_chain (self, chain, error) || !add_attributes (self, options, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_ades_draft_free (PenaAdesDraft *self)
{
    if (self == NULL)
        return;
    CMS_ContentInfo_free (self->cms);
    X509_free (self->signer);
    g_clear_pointer (&self->to_be_signed, g_bytes_unref);
    g_free (self);
}

const gchar *
pena_ades_draft_get_scheme (const PenaAdesDraft *self)
{
    return self->scheme->name;
}

gsize
pena_ades_draft_get_capacity (const PenaAdesDraft *self)
{
    return self->capacity;
}

GBytes *
pena_ades_draft_get_to_be_signed (PenaAdesDraft *self, GBytes *digest, GError **error)
{
    gsize length;
    const guint8 *octets = g_bytes_get_data (digest, &length);

    if (self->to_be_signed != NULL || length != (gsize)EVP_MD_get_size (self->digest->md ())) {
        fail_internal ("message-digest of the wrong length, or set twice", error);
        return NULL;
    }
    if (!add_attribute (self, PENA_ATTRIBUTE_MESSAGE_DIGEST, V_ASN1_OCTET_STRING, octets, (int)length, error))
        return NULL;

    PenaAttributes *attributes = sk_X509_ATTRIBUTE_new_null ();
    for (int i = 0; i < CMS_signed_get_attr_count (self->signer_info); i++)
        sk_X509_ATTRIBUTE_push (attributes, CMS_signed_get_attr (self->signer_info, i));
    self->to_be_signed = pena_attributes_encode (attributes);
    sk_X509_ATTRIBUTE_free (attributes);
    if (self->to_be_signed == NULL) {
        fail_internal ("signed attributes", error);
        return NULL;
    }
    return g_bytes_ref (self->to_be_signed);
}

static gboolean
check_value (PenaAdesDraft *self, const ASN1_OCTET_STRING *value, GError **error)
{
    X509_ALGOR *algorithm = NULL;
    PenaSignatureScheme scheme;

    CMS_SignerInfo_get0_algs (self->signer_info, NULL, NULL, NULL, &algorithm);
    if (!pena_signature_scheme_from (algorithm, self->digest, &scheme))
        return fail_internal ("signature scheme", error);
    if (pena_signature_verify (&scheme, X509_get0_pubkey (self->signer), self->to_be_signed, value))
        return TRUE;
    ERR_clear_error ();
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED,
                         "the value that the token returned does not match the key of the certificate");
    return FALSE;
}

GBytes *
pena_ades_draft_finish (PenaAdesDraft *self, GBytes *value, GError **error)
{
    gsize length;
    const guint8 *octets = g_bytes_get_data (value, &length);
    ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature (self->signer_info);
    guint8 *der = NULL;

    if (self->to_be_signed == NULL || length > 4096 ||
        ASN1_STRING_set (signature, octets, (int)length) != 1) {
        fail_internal ("signature value", error);
        return NULL;
    }
    if (!check_value (self, signature, error))
        return NULL;
    int size = i2d_CMS_ContentInfo (self->cms, &der);
    GBytes *made = pena_take_der (der, size);
    if (made == NULL)
        fail_internal ("i2d_CMS_ContentInfo", error);
    return made;
}
