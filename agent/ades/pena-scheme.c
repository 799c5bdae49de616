/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the signature schemes that Pena signs with
 * Copyright (C) 2026 the Pena authors */
#include "pena-scheme.h"

#include <openssl/rsa.h>

#define MAX_SIGNING_RSA_BITS 4096

static const PenaSigningScheme schemes[] = {
    {"rsa-pkcs1-sha256", "sha256", RSA_PKCS1_PADDING, NID_sha256WithRSAEncryption},
    {"rsa-pkcs1-sha384", "sha384", RSA_PKCS1_PADDING, NID_sha384WithRSAEncryption},
    {"rsa-pkcs1-sha512", "sha512", RSA_PKCS1_PADDING, NID_sha512WithRSAEncryption},
    {"rsa-pss-sha256", "sha256", RSA_PKCS1_PSS_PADDING, NID_rsassaPss},
    {"rsa-pss-sha384", "sha384", RSA_PKCS1_PSS_PADDING, NID_rsassaPss},
    {"rsa-pss-sha512", "sha512", RSA_PKCS1_PSS_PADDING, NID_rsassaPss},
    {"ecdsa-sha256", "sha256", 0, NID_ecdsa_with_SHA256},
    {"ecdsa-sha384", "sha384", 0, NID_ecdsa_with_SHA384},
    {"ecdsa-sha512", "sha512", 0, NID_ecdsa_with_SHA512},
};

const PenaSigningScheme *
pena_signing_scheme_by_name (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
        if (g_str_equal (schemes[i].name, name))
            return &schemes[i];
    return NULL;
}

/* What tokens here make signatures with: RSA, and ECDSA on the curves of NIST. */
static gboolean
is_for_tokens (EVP_PKEY *key)
{
    g_autofree gchar *name = pena_key_name (key);

    return g_str_has_prefix (name, "rsa") || (EVP_PKEY_get_base_id (key) == EVP_PKEY_EC && name[0] == 'p');
}

static gboolean
padding_for (EVP_PKEY *key, gboolean pss, int *ret_padding)
{
    int kind = EVP_PKEY_get_base_id (key);

    if (!is_for_tokens (key) || !pena_key_is_strong (key) ||
        (kind != EVP_PKEY_EC && EVP_PKEY_get_bits (key) > MAX_SIGNING_RSA_BITS))
        return FALSE;
    if (kind == EVP_PKEY_EC)
        *ret_padding = 0;
    else
        *ret_padding = pss || kind == EVP_PKEY_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    return kind != EVP_PKEY_EC || !pss;
}

const PenaSigningScheme *
pena_signing_scheme_for (EVP_PKEY *key, const gchar *digest, gboolean pss)
{
    int padding;

    if (!padding_for (key, pss, &padding))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
        if (schemes[i].padding == padding && g_strcmp0 (schemes[i].digest, digest) == 0)
            return &schemes[i];
    return NULL;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_STRING, ASN1_STRING_free)

static const PenaDigestAlgorithm *
digest_of (const PenaSigningScheme *self)
{
    return pena_digest_algorithm_by_name (self->digest);
}

static X509_ALGOR *
new_hash_algorithm (const PenaSigningScheme *self)
{
    X509_ALGOR *algorithm = X509_ALGOR_new ();

    if (algorithm != NULL)
        X509_ALGOR_set0 (algorithm, OBJ_nid2obj (digest_of (self)->nid), V_ASN1_NULL, NULL);
    return algorithm;
}

static X509_ALGOR *
new_mask_algorithm (const PenaSigningScheme *self)
{
    g_autoptr (X509_ALGOR) hash = new_hash_algorithm (self);
    g_autoptr (X509_ALGOR) mask = X509_ALGOR_new ();
    g_autoptr (ASN1_STRING) packed =
        hash != NULL ? ASN1_item_pack (hash, ASN1_ITEM_rptr (X509_ALGOR), NULL) : NULL;

    if (mask == NULL || packed == NULL ||
        X509_ALGOR_set0 (mask, OBJ_nid2obj (NID_mgf1), V_ASN1_SEQUENCE, packed) != 1)
        return NULL;
    packed = NULL; /* mask has it */
    return g_steal_pointer (&mask);
}

static gboolean
describe_pss (const PenaSigningScheme *self, X509_ALGOR *algorithm)
{
    g_autoptr (RSA_PSS_PARAMS) pss = RSA_PSS_PARAMS_new ();

    if (pss == NULL)
        return FALSE;
    pss->hashAlgorithm = new_hash_algorithm (self);
    pss->maskGenAlgorithm = new_mask_algorithm (self);
    pss->saltLength = ASN1_INTEGER_new ();
    if (pss->hashAlgorithm == NULL || pss->maskGenAlgorithm == NULL || pss->saltLength == NULL ||
        ASN1_INTEGER_set (pss->saltLength, EVP_MD_get_size (digest_of (self)->md ())) != 1)
        return FALSE;
    g_autoptr (ASN1_STRING) packed = ASN1_item_pack (pss, ASN1_ITEM_rptr (RSA_PSS_PARAMS), NULL);
    if (packed == NULL ||
        X509_ALGOR_set0 (algorithm, OBJ_nid2obj (self->signature_nid), V_ASN1_SEQUENCE, packed) != 1)
        return FALSE;
    packed = NULL;
    return TRUE;
}

gboolean
pena_signing_scheme_describe (const PenaSigningScheme *self, X509_ALGOR *algorithm)
{
    /* RFC 5754, 3: RSA has the parameter NULL, ECDSA has none */
    if (self->padding != RSA_PKCS1_PSS_PADDING)
        return X509_ALGOR_set0 (algorithm, OBJ_nid2obj (self->signature_nid),
                                self->padding != 0 ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1;
    return describe_pss (self, algorithm);
}

GBytes *
pena_digest_info_new (const PenaSigningScheme *self, const guint8 *digest_value, gsize length)
{
    g_autoptr (X509_SIG) info = X509_SIG_new ();
    X509_ALGOR *algorithm = NULL;
    ASN1_OCTET_STRING *value = NULL;
    guint8 *der = NULL;

    if (info == NULL)
        return NULL;
    X509_SIG_getm (info, &algorithm, &value);
    if (X509_ALGOR_set0 (algorithm, OBJ_nid2obj (digest_of (self)->nid), V_ASN1_NULL, NULL) != 1 ||
        ASN1_OCTET_STRING_set (value, digest_value, (int)length) != 1)
        return NULL;
    int size = i2d_X509_SIG (info, &der);
    return pena_take_der (der, size);
}
