/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the hashes, keys and signature algorithms that are known, and which of them are strong enough
 * Copyright (C) 2026 the Pena authors */
#include "pena-algorithm.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

/* ETSI TS 119 312 and SOG-IS: the weak ones are known so that old files get a reason instead of a shrug. When they wore
 * out is in the policy. */
static const PenaDigestAlgorithm digests[] = {
    {"sha256", NID_sha256, EVP_sha256, TRUE, 0},
    {"sha384", NID_sha384, EVP_sha384, TRUE, 0},
    {"sha512", NID_sha512, EVP_sha512, TRUE, 0},
    {"sha1", NID_sha1, EVP_sha1, FALSE, 0},
    {"sha224", NID_sha224, EVP_sha224, FALSE, 0},
    {"sha3-224", NID_sha3_224, EVP_sha3_224, FALSE, 0},
    {"sha3-256", NID_sha3_256, EVP_sha3_256, TRUE, 0},
    {"sha3-384", NID_sha3_384, EVP_sha3_384, TRUE, 0},
    {"sha3-512", NID_sha3_512, EVP_sha3_512, TRUE, 0},
    {"shake256", NID_shake256, EVP_shake256, TRUE, 64}, /* RFC 8419, 2.3 */
    {"md5", NID_md5, EVP_md5, FALSE, 0},
    {"ripemd160", NID_ripemd160, EVP_ripemd160, FALSE, 0},
};

typedef enum { PARAMETER_NONE, PARAMETER_PSS } Parameter;

typedef struct {
    int nid;
    const gchar *oid; /* of one that libcrypto does not know */
    int digest_nid;   /* NID_undef: the one of SignerInfo.digestAlgorithm */
    PenaSignatureKind kind;
    Parameter parameter; /* NONE: absent or NULL */
} SignatureRow;

static const SignatureRow signatures[] = {
    {NID_rsaEncryption, NULL, NID_undef, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_sha256WithRSAEncryption, NULL, NID_sha256, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_sha384WithRSAEncryption, NULL, NID_sha384, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_sha512WithRSAEncryption, NULL, NID_sha512, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_sha224WithRSAEncryption, NULL, NID_sha224, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_sha1WithRSAEncryption, NULL, NID_sha1, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_md5WithRSAEncryption, NULL, NID_md5, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_ripemd160WithRSA, NULL, NID_ripemd160, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_RSA_SHA3_224, NULL, NID_sha3_224, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_RSA_SHA3_256, NULL, NID_sha3_256, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_RSA_SHA3_384, NULL, NID_sha3_384, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_RSA_SHA3_512, NULL, NID_sha3_512, PENA_SIGNATURE_RSA, PARAMETER_NONE},
    {NID_rsassaPss, NULL, NID_undef, PENA_SIGNATURE_RSA_PSS, PARAMETER_PSS},
    {NID_X9_62_id_ecPublicKey, NULL, NID_undef, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA256, NULL, NID_sha256, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA384, NULL, NID_sha384, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA512, NULL, NID_sha512, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA224, NULL, NID_sha224, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA1, NULL, NID_sha1, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA3_224, NULL, NID_sha3_224, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA3_256, NULL, NID_sha3_256, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA3_384, NULL, NID_sha3_384, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_ecdsa_with_SHA3_512, NULL, NID_sha3_512, PENA_SIGNATURE_ECDSA, PARAMETER_NONE},
    {NID_undef, "0.4.0.127.0.7.1.1.4.1.1", NID_sha1, PENA_SIGNATURE_PLAIN_ECDSA, PARAMETER_NONE},
    {NID_undef, "0.4.0.127.0.7.1.1.4.1.2", NID_sha224, PENA_SIGNATURE_PLAIN_ECDSA, PARAMETER_NONE},
    {NID_undef, "0.4.0.127.0.7.1.1.4.1.3", NID_sha256, PENA_SIGNATURE_PLAIN_ECDSA, PARAMETER_NONE},
    {NID_undef, "0.4.0.127.0.7.1.1.4.1.4", NID_sha384, PENA_SIGNATURE_PLAIN_ECDSA, PARAMETER_NONE},
    {NID_undef, "0.4.0.127.0.7.1.1.4.1.5", NID_sha512, PENA_SIGNATURE_PLAIN_ECDSA, PARAMETER_NONE},
    {NID_dsa, NULL, NID_undef, PENA_SIGNATURE_DSA, PARAMETER_NONE},
    {NID_dsaWithSHA1, NULL, NID_sha1, PENA_SIGNATURE_DSA, PARAMETER_NONE},
    {NID_dsa_with_SHA224, NULL, NID_sha224, PENA_SIGNATURE_DSA, PARAMETER_NONE},
    {NID_dsa_with_SHA256, NULL, NID_sha256, PENA_SIGNATURE_DSA, PARAMETER_NONE},
    {NID_ED25519, NULL, NID_undef, PENA_SIGNATURE_EDDSA, PARAMETER_NONE},
    {NID_ED448, NULL, NID_undef, PENA_SIGNATURE_EDDSA, PARAMETER_NONE},
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

static const PenaDigestAlgorithm *
digest_by_nid (int nid)
{
    for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
        if (digests[i].nid == nid)
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

    return is_null_or_absent (parameter) ? digest_by_nid (nid) : NULL;
}

GBytes *
pena_digest_algorithm_hash (const PenaDigestAlgorithm *self, gconstpointer data, gsize length)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    guint8 hash[EVP_MAX_MD_SIZE];
    guint size = 0;
    gboolean made = context != NULL && EVP_DigestInit_ex (context, self->md (), NULL) == 1 &&
                    EVP_DigestUpdate (context, data, length) == 1;

    if (made && self->output_size != 0) {
        size = (guint)self->output_size;
        made = EVP_DigestFinalXOF (context, hash, size) == 1;
    } else if (made)
        made = EVP_DigestFinal_ex (context, hash, &size) == 1;
    return made ? g_bytes_new (hash, size) : NULL;
}

gboolean
pena_digest_algorithm_fits (const PenaDigestAlgorithm *self, gconstpointer data, gsize length,
                            const ASN1_OCTET_STRING *value)
{
    g_autoptr (GBytes) hash = pena_digest_algorithm_hash (self, data, length);

    return hash != NULL && ASN1_STRING_length (value) == (int)g_bytes_get_size (hash) &&
           memcmp (ASN1_STRING_get0_data (value), g_bytes_get_data (hash, NULL), g_bytes_get_size (hash)) ==
               0;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

/* MGF1 with this digest; NULL when it is another. */
static const PenaDigestAlgorithm *
read_mask (const X509_ALGOR *algorithm)
{
    int parameter = V_ASN1_UNDEF;
    const void *value = NULL;

    if (algorithm_nid (algorithm, &parameter, &value) != NID_mgf1 || parameter != V_ASN1_SEQUENCE)
        return NULL;
    const ASN1_STRING *sequence = value;
    const guint8 *at = ASN1_STRING_get0_data (sequence);
    g_autoptr (X509_ALGOR) hash = d2i_X509_ALGOR (NULL, &at, ASN1_STRING_length (sequence));
    return hash != NULL ? pena_digest_algorithm_from (hash) : NULL;
}

/* RFC 8017, A.2.3: a field that is absent means SHA-1 or 20. */
static gboolean
read_pss (const ASN1_STRING *sequence, PenaSignatureScheme *scheme)
{
    const guint8 *at = ASN1_STRING_get0_data (sequence);
    const guint8 *end = at + ASN1_STRING_length (sequence);
    g_autoptr (RSA_PSS_PARAMS) pss = d2i_RSA_PSS_PARAMS (NULL, &at, ASN1_STRING_length (sequence));

    if (pss == NULL || at != end)
        return FALSE;
    if (pss->trailerField != NULL && ASN1_INTEGER_get (pss->trailerField) != 1)
        return FALSE;
    scheme->digest = pss->hashAlgorithm != NULL ? pena_digest_algorithm_from (pss->hashAlgorithm)
                                                : digest_by_nid (NID_sha1);
    scheme->mask =
        pss->maskGenAlgorithm != NULL ? read_mask (pss->maskGenAlgorithm) : digest_by_nid (NID_sha1);
    if (scheme->digest == NULL || scheme->mask == NULL)
        return FALSE;

    long salt = pss->saltLength != NULL ? ASN1_INTEGER_get (pss->saltLength) : 20;
    if (salt < 0 || salt > MAX_RSA_BITS / 8)
        return FALSE;
    scheme->salt_length = (int)salt;
    return TRUE;
}

static const SignatureRow *
find_row (const X509_ALGOR *algorithm, int *ret_parameter, const void **ret_value)
{
    int nid = algorithm_nid (algorithm, ret_parameter, ret_value);
    const ASN1_OBJECT *object = NULL;
    gchar oid[80];

    X509_ALGOR_get0 (&object, NULL, NULL, algorithm);
    OBJ_obj2txt (oid, sizeof oid, object, 1);
    for (guint i = 0; i < G_N_ELEMENTS (signatures); i++) {
        const SignatureRow *row = &signatures[i];
        if (row->oid != NULL ? g_str_equal (row->oid, oid) : row->nid == nid)
            return row;
    }
    return NULL;
}

gboolean
pena_signature_scheme_from (const X509_ALGOR *algorithm, const PenaDigestAlgorithm *digest,
                            PenaSignatureScheme *ret_scheme)
{
    int parameter = V_ASN1_UNDEF;
    const void *value = NULL;
    const SignatureRow *row = find_row (algorithm, &parameter, &value);

    if (row == NULL)
        return FALSE;
    PenaSignatureScheme scheme = {.kind = row->kind, .digest = digest};
    if (row->digest_nid != NID_undef)
        scheme.digest = digest_by_nid (row->digest_nid);
    gboolean sound = row->parameter == PARAMETER_PSS
                         ? parameter == V_ASN1_SEQUENCE && read_pss (value, &scheme)
                         : is_null_or_absent (parameter);
    if (sound)
        *ret_scheme = scheme;
    return sound;
}

gboolean
pena_signature_is_weak (const X509_ALGOR *algorithm)
{
    static const int broken[] = {NID_sha1, NID_md5, NID_ripemd160};
    PenaSignatureScheme scheme;

    if (!pena_signature_scheme_from (algorithm, NULL, &scheme))
        return TRUE;
    for (guint i = 0; scheme.digest != NULL && i < G_N_ELEMENTS (broken); i++)
        if (scheme.digest->nid == broken[i])
            return TRUE;
    return scheme.digest == NULL && scheme.kind != PENA_SIGNATURE_EDDSA;
}

const PenaDigestAlgorithm *
pena_digest_algorithm_of_signer (const X509_ALGOR *digest_algorithm, const X509_ALGOR *signature_algorithm,
                                 gboolean *ret_odd)
{
    const PenaDigestAlgorithm *digest = pena_digest_algorithm_from (digest_algorithm);
    PenaSignatureScheme scheme;

    *ret_odd = digest == NULL && find_row (digest_algorithm, NULL, NULL) != NULL;
    if (!*ret_odd)
        return digest;
    if (pena_signature_scheme_from (digest_algorithm, NULL, &scheme) && scheme.digest != NULL)
        return scheme.digest;
    return pena_signature_scheme_from (signature_algorithm, NULL, &scheme) ? scheme.digest : NULL;
}

/* ---- checking ---- */

static gboolean
key_fits (const PenaSignatureScheme *scheme, EVP_PKEY *key)
{
    int kind = EVP_PKEY_get_base_id (key);

    switch (scheme->kind) {
    case PENA_SIGNATURE_RSA:
        return kind == EVP_PKEY_RSA;
    case PENA_SIGNATURE_RSA_PSS:
        return kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
    case PENA_SIGNATURE_DSA:
        return kind == EVP_PKEY_DSA;
    case PENA_SIGNATURE_EDDSA:
        return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
    default:
        return kind == EVP_PKEY_EC;
    }
}

/* ECDSA-Sig-Value from r and s, each as long as the order of the curve. */
static GBytes *
encode_plain (const guint8 *value, gsize length)
{
    gsize half = length / 2;
    BIGNUM *r = BN_bin2bn (value, (int)half, NULL), *s = BN_bin2bn (value + half, (int)half, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new ();
    guint8 *der = NULL;

    if (length % 2 != 0 || length == 0 || pair == NULL || r == NULL || s == NULL ||
        ECDSA_SIG_set0 (pair, r, s) != 1) {
        BN_free (r);
        BN_free (s);
        ECDSA_SIG_free (pair);
        return NULL;
    }
    int size = i2d_ECDSA_SIG (pair, &der);
    ECDSA_SIG_free (pair);
    return pena_take_der (der, size);
}

static GBytes *
value_for_libcrypto (const PenaSignatureScheme *scheme, const ASN1_OCTET_STRING *value)
{
    const guint8 *data = ASN1_STRING_get0_data (value);
    gsize length = (gsize)ASN1_STRING_length (value);

    return scheme->kind == PENA_SIGNATURE_PLAIN_ECDSA ? encode_plain (data, length)
                                                      : g_bytes_new (data, length);
}

static gboolean
set_padding (EVP_PKEY_CTX *context, const PenaSignatureScheme *scheme)
{
    if (scheme->kind == PENA_SIGNATURE_RSA)
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0;
    if (scheme->kind != PENA_SIGNATURE_RSA_PSS)
        return TRUE;
    return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md (context, scheme->mask->md ()) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen (context, scheme->salt_length) > 0;
}

gboolean
pena_signature_verify_digest (const PenaSignatureScheme *scheme, EVP_PKEY *key, GBytes *digest_value,
                              const ASN1_OCTET_STRING *value)
{
    gsize length, size;
    const guint8 *octets = g_bytes_get_data (digest_value, &length);
    g_autoptr (GBytes) encoded = value_for_libcrypto (scheme, value);
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);

    if (scheme->kind == PENA_SIGNATURE_EDDSA || !key_fits (scheme, key) || encoded == NULL ||
        context == NULL || EVP_PKEY_verify_init (context) <= 0 || !set_padding (context, scheme) ||
        EVP_PKEY_CTX_set_signature_md (context, scheme->digest->md ()) <= 0)
        return FALSE;
    const guint8 *data = g_bytes_get_data (encoded, &size);
    return EVP_PKEY_verify (context, data, size, octets, length) == 1;
}

static gboolean
verify_eddsa (EVP_PKEY *key, GBytes *message, const ASN1_OCTET_STRING *value)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    gsize length;
    const guint8 *data = g_bytes_get_data (message, &length);

    return context != NULL && EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1 &&
           EVP_DigestVerify (context, ASN1_STRING_get0_data (value), (gsize)ASN1_STRING_length (value), data,
                             length) == 1;
}

gboolean
pena_signature_verify (const PenaSignatureScheme *scheme, EVP_PKEY *key, GBytes *message,
                       const ASN1_OCTET_STRING *value)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (message, &length);

    if (scheme->kind == PENA_SIGNATURE_EDDSA)
        return key_fits (scheme, key) && verify_eddsa (key, message, value);
    g_autoptr (GBytes) digest = pena_digest_algorithm_hash (scheme->digest, data, length);
    return digest != NULL && pena_signature_verify_digest (scheme, key, digest, value);
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
    static const int curves[] = {NID_X9_62_prime256v1, NID_secp384r1,       NID_secp521r1,
                                 NID_brainpoolP256r1,  NID_brainpoolP384r1, NID_brainpoolP512r1};
    int kind = EVP_PKEY_get_base_id (key), bits = EVP_PKEY_get_bits (key), curve = curve_nid (key);

    if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS)
        return bits >= 2048 && bits <= MAX_RSA_BITS;
    for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
        if (curves[i] == curve)
            return TRUE;
    return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
}
