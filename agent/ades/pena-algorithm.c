/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the hashes, keys and signature algorithms that are known, and which of them are strong enough
 * Copyright (C) 2026 the Pena authors */
#include "pena-algorithm.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

/* ETSI TS 119 312 and SOG-IS: SHA-1 is known only so that old files get a reason instead of a shrug. */
static const PenaDigestAlgorithm digests[] = {
    {"sha256", NID_sha256, EVP_sha256, TRUE},
    {"sha384", NID_sha384, EVP_sha384, TRUE},
    {"sha512", NID_sha512, EVP_sha512, TRUE},
    {"sha1", NID_sha1, EVP_sha1, FALSE},
};

typedef enum { PARAMETER_NONE, PARAMETER_NULL, PARAMETER_PSS } Parameter;

typedef struct {
    int nid;
    int digest_nid; /* NID_undef: the one of SignerInfo.digestAlgorithm */
    int padding;    /* 0: ECDSA */
    Parameter parameter;
} SignatureRow;

static const SignatureRow signatures[] = {
    {NID_rsaEncryption, NID_undef, RSA_PKCS1_PADDING, PARAMETER_NULL},
    {NID_sha256WithRSAEncryption, NID_sha256, RSA_PKCS1_PADDING, PARAMETER_NULL},
    {NID_sha384WithRSAEncryption, NID_sha384, RSA_PKCS1_PADDING, PARAMETER_NULL},
    {NID_sha512WithRSAEncryption, NID_sha512, RSA_PKCS1_PADDING, PARAMETER_NULL},
    {NID_sha1WithRSAEncryption, NID_sha1, RSA_PKCS1_PADDING, PARAMETER_NULL},
    {NID_rsassaPss, NID_undef, RSA_PKCS1_PSS_PADDING, PARAMETER_PSS},
    {NID_ecdsa_with_SHA256, NID_sha256, 0, PARAMETER_NONE},
    {NID_ecdsa_with_SHA384, NID_sha384, 0, PARAMETER_NONE},
    {NID_ecdsa_with_SHA512, NID_sha512, 0, PARAMETER_NONE},
    {NID_ecdsa_with_SHA1, NID_sha1, 0, PARAMETER_NONE},
};

/* Keys larger than this are no sign of care but a way to make the reader work. */
#define MAX_RSA_BITS 8192

const PenaDigestAlgorithm *
pena_digest_algorithm_by_name (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
        if (g_strcmp0 (digests[i].name, name) == 0)
            return &digests[i];
    return NULL;
}

static int
algorithm_nid (const X509_ALGOR *algorithm, int *ret_parameter, const void **ret_value)
{
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0 (&object, ret_parameter, ret_value, algorithm);
    return OBJ_obj2nid (object);
}

static gboolean
is_null_or_absent (int parameter)
{
    return parameter == V_ASN1_UNDEF || parameter == V_ASN1_NULL;
}

const PenaDigestAlgorithm *
pena_digest_algorithm_from (const X509_ALGOR *algorithm)
{
    int parameter = V_ASN1_UNDEF;
    int nid = algorithm_nid (algorithm, &parameter, NULL);

    for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
        if (digests[i].nid == nid)
            return is_null_or_absent (parameter) ? &digests[i] : NULL;
    return NULL;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

/* RFC 4056, 3: both hashes those of the SignerInfo, MGF1, trailer 1. A field that is absent means SHA-1
 * or 20. */
static gboolean
read_pss (const ASN1_STRING *sequence, const PenaDigestAlgorithm *digest, int *ret_salt_length)
{
    const guint8 *at = ASN1_STRING_get0_data (sequence);
    const guint8 *end = at + ASN1_STRING_length (sequence);
    g_autoptr (RSA_PSS_PARAMS) pss = d2i_RSA_PSS_PARAMS (NULL, &at, ASN1_STRING_length (sequence));

    if (pss == NULL || at != end || pss->hashAlgorithm == NULL || pss->maskGenAlgorithm == NULL)
        return FALSE;
    if (pss->trailerField != NULL && ASN1_INTEGER_get (pss->trailerField) != 1)
        return FALSE;
    if (pena_digest_algorithm_from (pss->hashAlgorithm) != digest)
        return FALSE;

    int parameter = V_ASN1_UNDEF;
    const void *value = NULL;
    if (algorithm_nid (pss->maskGenAlgorithm, &parameter, &value) != NID_mgf1 || parameter != V_ASN1_SEQUENCE)
        return FALSE;
    const ASN1_STRING *mgf = value;
    const guint8 *mgf_at = ASN1_STRING_get0_data (mgf);
    g_autoptr (X509_ALGOR) mgf_hash = d2i_X509_ALGOR (NULL, &mgf_at, ASN1_STRING_length (mgf));
    if (mgf_hash == NULL || pena_digest_algorithm_from (mgf_hash) != digest)
        return FALSE;

    long salt = pss->saltLength != NULL ? ASN1_INTEGER_get (pss->saltLength) : 20;
    if (salt < 0 || salt > EVP_MAX_MD_SIZE)
        return FALSE;
    *ret_salt_length = (int)salt;
    return TRUE;
}

gboolean
pena_signature_scheme_from (const X509_ALGOR *algorithm, const PenaDigestAlgorithm *digest,
                            PenaSignatureScheme *ret_scheme)
{
    int parameter = V_ASN1_UNDEF;
    const void *value = NULL;
    int nid = algorithm_nid (algorithm, &parameter, &value);

    for (guint i = 0; i < G_N_ELEMENTS (signatures); i++) {
        const SignatureRow *row = &signatures[i];
        PenaSignatureScheme scheme = {row->padding, 0};
        gboolean sound = FALSE;
        if (row->nid != nid)
            continue;
        if (row->parameter == PARAMETER_NONE)
            sound = parameter == V_ASN1_UNDEF;
        else if (row->parameter == PARAMETER_NULL)
            sound = is_null_or_absent (parameter);
        else
            sound = parameter == V_ASN1_SEQUENCE && read_pss (value, digest, &scheme.salt_length);
        if (!sound || (row->digest_nid != NID_undef && row->digest_nid != digest->nid))
            return FALSE;
        *ret_scheme = scheme;
        return TRUE;
    }
    return FALSE;
}

static gboolean
key_fits (const PenaSignatureScheme *scheme, EVP_PKEY *key)
{
    int kind = EVP_PKEY_get_base_id (key);
    if (scheme->padding == 0)
        return kind == EVP_PKEY_EC;
    return kind == EVP_PKEY_RSA || (kind == EVP_PKEY_RSA_PSS && scheme->padding == RSA_PKCS1_PSS_PADDING);
}

gboolean
pena_signature_verify (const PenaSignatureScheme *scheme, const PenaDigestAlgorithm *digest, EVP_PKEY *key,
                       GBytes *digest_value, const ASN1_OCTET_STRING *value)
{
    gsize length;
    const guint8 *octets = g_bytes_get_data (digest_value, &length);
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);

    if (!key_fits (scheme, key) || context == NULL || EVP_PKEY_verify_init (context) <= 0)
        return FALSE;
    if (scheme->padding != 0 && EVP_PKEY_CTX_set_rsa_padding (context, scheme->padding) <= 0)
        return FALSE;
    if (EVP_PKEY_CTX_set_signature_md (context, digest->md ()) <= 0)
        return FALSE;
    if (scheme->padding == RSA_PKCS1_PSS_PADDING &&
        (EVP_PKEY_CTX_set_rsa_mgf1_md (context, digest->md ()) <= 0 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen (context, scheme->salt_length) <= 0))
        return FALSE;
    return EVP_PKEY_verify (context, ASN1_STRING_get0_data (value), (gsize)ASN1_STRING_length (value), octets,
                            length) == 1;
}

gboolean
pena_algorithm_equal (const X509_ALGOR *a, const X509_ALGOR *b)
{
    const ASN1_OBJECT *object_a = NULL, *object_b = NULL;
    int parameter_a = V_ASN1_UNDEF, parameter_b = V_ASN1_UNDEF;

    X509_ALGOR_get0 (&object_a, &parameter_a, NULL, a);
    X509_ALGOR_get0 (&object_b, &parameter_b, NULL, b);
    if (is_null_or_absent (parameter_a) && is_null_or_absent (parameter_b))
        return OBJ_cmp (object_a, object_b) == 0;
    return X509_ALGOR_cmp (a, b) == 0;
}

gchar *
pena_algorithm_describe (const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    gchar text[80];

    X509_ALGOR_get0 (&object, NULL, NULL, algorithm);
    if (OBJ_obj2txt (text, sizeof text, object, 0) <= 0)
        return g_strdup ("?");
    return g_strdup (text);
}

static int
curve_nid (EVP_PKEY *key)
{
    gchar group[64];
    gsize length = 0;
    if (EVP_PKEY_get_base_id (key) != EVP_PKEY_EC ||
        !EVP_PKEY_get_group_name (key, group, sizeof group, &length))
        return NID_undef;
    return OBJ_txt2nid (group);
}

gchar *
pena_key_name (EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id (key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return g_strdup_printf ("rsa%d", EVP_PKEY_get_bits (key));
    case EVP_PKEY_EC: {
        const gchar *nist = EC_curve_nid2nist (curve_nid (key));
        return nist != NULL && g_str_has_prefix (nist, "P-")
                   ? g_strdup_printf ("p%s", nist + 2)
                   : g_strdup_printf ("ec%d", EVP_PKEY_get_bits (key));
    }
    default:
        return g_ascii_strdown (OBJ_nid2sn (EVP_PKEY_get_base_id (key)), -1);
    }
}

gboolean
pena_key_is_strong (EVP_PKEY *key)
{
    int kind = EVP_PKEY_get_base_id (key);
    int bits = EVP_PKEY_get_bits (key);
    int curve = curve_nid (key);

    if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS)
        return bits >= 2048 && bits <= MAX_RSA_BITS;
    return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1;
}
