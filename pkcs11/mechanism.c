/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one table of mechanisms
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "mechanism.h"

#include <string.h>

#define DIGEST_INFO(oid_end, size)                                                                           \
    0x30, 0x11 + (size), 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, oid_end,    \
        0x05, 0x00, 0x04, (size)

static const guint8 info_sha224[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x04, 28)};
static const guint8 info_sha256[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x01, 32)};
static const guint8 info_sha384[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x02, 48)};
static const guint8 info_sha512[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x03, 64)};

/* SHA-1 must not be signed with any more; OAEP and key derivation, which other programs still do with it, rest
 * on nothing that is broken. */
static const PenaModHash sha1 = {CKM_SHA_1, CKG_MGF1_SHA1, CKD_SHA1_KDF, EVP_sha1, NULL};
static const PenaModHash sha224 = {CKM_SHA224, CKG_MGF1_SHA224, CKD_SHA224_KDF, EVP_sha224, info_sha224};
static const PenaModHash sha256 = {CKM_SHA256, CKG_MGF1_SHA256, CKD_SHA256_KDF, EVP_sha256, info_sha256};
static const PenaModHash sha384 = {CKM_SHA384, CKG_MGF1_SHA384, CKD_SHA384_KDF, EVP_sha384, info_sha384};
static const PenaModHash sha512 = {CKM_SHA512, CKG_MGF1_SHA512, CKD_SHA512_KDF, EVP_sha512, info_sha512};
static const PenaModHash *const hashes[] = {&sha1, &sha224, &sha256, &sha384, &sha512};

#define RSA(scheme, hash, flags) scheme, hash, CKK_RSA, 1024, 4096, CKF_HW | (flags)
#define CURVES (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
#define EC(hash) PENA_SCHEME_ECDSA, hash, CKK_EC, 256, 521, CKF_HW | SIGN | CURVES
#define SIGN (CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY)
#define CRYPT (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP)
#define RECOVER (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
#define ECDH PENA_SCHEME_ECDH, NULL, CKK_EC, 255, 521, CKF_HW | CKF_DERIVE | CURVES
#define GENERATE(key, min, max, flags)                                                                       \
    PENA_SCHEME_GENERATE, NULL, key, min, max, CKF_HW | CKF_GENERATE_KEY_PAIR | (flags)
#define DIGEST(hash) PENA_SCHEME_DIGEST, hash, CK_UNAVAILABLE_INFORMATION, 0, 0, CKF_DIGEST

static const PenaMechanism mechanisms[] = {
    {CKM_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, NULL, SIGN | CRYPT | RECOVER)},
    {CKM_RSA_X_509, RSA (PENA_SCHEME_RSA_RAW, NULL, SIGN | CKF_ENCRYPT | CKF_DECRYPT | RECOVER)},
    {CKM_RSA_PKCS_OAEP, RSA (PENA_SCHEME_RSA_OAEP, NULL, CRYPT)},
    {CKM_SHA224_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha224, SIGN)},
    {CKM_SHA256_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha256, SIGN)},
    {CKM_SHA384_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha384, SIGN)},
    {CKM_SHA512_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha512, SIGN)},
    {CKM_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, NULL, SIGN)},
    {CKM_SHA224_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha224, SIGN)},
    {CKM_SHA256_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha256, SIGN)},
    {CKM_SHA384_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha384, SIGN)},
    {CKM_SHA512_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha512, SIGN)},
    {CKM_ECDSA, EC (NULL)},
    {CKM_ECDSA_SHA224, EC (&sha224)},
    {CKM_ECDSA_SHA256, EC (&sha256)},
    {CKM_ECDSA_SHA384, EC (&sha384)},
    {CKM_ECDSA_SHA512, EC (&sha512)},
    {CKM_EDDSA, PENA_SCHEME_EDDSA, NULL, CKK_EC_EDWARDS, 255, 256, CKF_HW | SIGN},
    {CKM_ECDH1_DERIVE, ECDH},
    {CKM_ECDH1_COFACTOR_DERIVE, ECDH}, /* the same: the cofactor of all our curves is taken care of */
    {CKM_RSA_PKCS_KEY_PAIR_GEN, GENERATE (CKK_RSA, 2048, 4096, 0)},
    {CKM_EC_KEY_PAIR_GEN, GENERATE (CKK_EC, 256, 521, CURVES)},
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, GENERATE (CKK_EC_EDWARDS, 255, 256, 0)},
    {CKM_EC_MONTGOMERY_KEY_PAIR_GEN, GENERATE (CKK_EC_MONTGOMERY, 255, 256, 0)},
    {CKM_SHA_1, DIGEST (&sha1)},
    {CKM_SHA224, DIGEST (&sha224)},
    {CKM_SHA256, DIGEST (&sha256)},
    {CKM_SHA384, DIGEST (&sha384)},
    {CKM_SHA512, DIGEST (&sha512)},
};

void
pena_mod_parameters_clear (PenaModParameters *self)
{
    g_clear_pointer (&self->kept, g_bytes_unref);
    memset (self, 0, sizeof *self);
}

void
pena_mod_parameters_keep (PenaModParameters *self)
{
    if (self->kept != NULL || self->label_length == 0)
        return;
    self->kept = g_bytes_new (self->label, self->label_length);
    self->label = g_bytes_get_data (self->kept, NULL);
}

PenaModParameters
pena_mod_parameters_copy (const PenaModParameters *self)
{
    PenaModParameters copy = *self;

    if (copy.kept != NULL)
        g_bytes_ref (copy.kept);
    return copy;
}

const PenaMechanism *
pena_mechanisms (guint *ret_count)
{
    *ret_count = G_N_ELEMENTS (mechanisms);
    return mechanisms;
}

const PenaMechanism *
pena_mechanism_find (CK_MECHANISM_TYPE type)
{
    for (guint i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (mechanisms[i].type == type)
            return &mechanisms[i];
    return NULL;
}

/* --- parameters --- */

typedef CK_RV (*Parser) (const PenaMechanism *row, gconstpointer parameters, gsize length,
                         PenaModParameters *ret_parsed);

static CK_RV
parse_none (const PenaMechanism *row, gconstpointer parameters, gsize length, PenaModParameters *ret_parsed)
{
    return length == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* The hash function and the one of the mask; NULL for those that there are not. */
static void
find_hashes (CK_MECHANISM_TYPE type, CK_ULONG mgf, PenaModParameters *ret_parsed)
{
    for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
        if (hashes[i]->type == type)
            ret_parsed->hash = hashes[i];
        if (hashes[i]->mgf == mgf)
            ret_parsed->mgf = hashes[i];
    }
}

static CK_RV
parse_pss (const PenaMechanism *row, gconstpointer parameters, gsize length, PenaModParameters *ret_parsed)
{
    const CK_RSA_PKCS_PSS_PARAMS *params = parameters;

    if (params == NULL || length != sizeof *params)
        return CKR_MECHANISM_PARAM_INVALID;
    find_hashes (params->hashAlg, params->mgf, ret_parsed);
    ret_parsed->salt = params->sLen;
    if (ret_parsed->hash == NULL || ret_parsed->mgf == NULL || ret_parsed->hash->digest_info == NULL ||
        (row->hash != NULL && row->hash != ret_parsed->hash) || ret_parsed->salt > EVP_MAX_MD_SIZE)
        return CKR_MECHANISM_PARAM_INVALID;
    return CKR_OK;
}

static CK_RV
parse_oaep (const PenaMechanism *row, gconstpointer parameters, gsize length, PenaModParameters *ret_parsed)
{
    const CK_RSA_PKCS_OAEP_PARAMS *params = parameters;

    if (params == NULL || length != sizeof *params)
        return CKR_MECHANISM_PARAM_INVALID;
    find_hashes (params->hashAlg, params->mgf, ret_parsed);
    ret_parsed->label = params->source_data;
    ret_parsed->label_length = params->source_data_len;
    if (ret_parsed->hash == NULL || ret_parsed->mgf == NULL ||
        ret_parsed->label_length > PENA_MOD_LABEL_MAX ||
        (ret_parsed->label == NULL && ret_parsed->label_length > 0) ||
        (params->source != CKZ_DATA_SPECIFIED && (params->source != 0 || ret_parsed->label_length > 0)))
        return CKR_MECHANISM_PARAM_INVALID;
    return CKR_OK;
}

static CK_RV
parse_ecdh (const PenaMechanism *row, gconstpointer parameters, gsize length, PenaModParameters *ret_parsed)
{
    const CK_ECDH1_DERIVE_PARAMS *params = parameters;
    gboolean derives = params != NULL && length == sizeof *params && params->kdf != CKD_NULL;

    if (params == NULL || length != sizeof *params || params->public_data == NULL ||
        params->public_data_len > PENA_MOD_LABEL_MAX || params->shared_data_len > PENA_MOD_LABEL_MAX ||
        (params->shared_data == NULL && params->shared_data_len > 0) ||
        (!derives && params->shared_data_len > 0))
        return CKR_MECHANISM_PARAM_INVALID;
    for (guint i = 0; derives && i < G_N_ELEMENTS (hashes); i++)
        if (hashes[i]->kdf == params->kdf)
            ret_parsed->hash = hashes[i];
    ret_parsed->label = params->shared_data;
    ret_parsed->label_length = params->shared_data_len;
    ret_parsed->point = params->public_data;
    ret_parsed->point_length = params->public_data_len;
    return derives && ret_parsed->hash == NULL ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

/* Only pure EdDSA, without a context (RFC 8032, 5.1): what the certificates of this world mean. */
static CK_RV
parse_eddsa (const PenaMechanism *row, gconstpointer parameters, gsize length, PenaModParameters *ret_parsed)
{
    const CK_EDDSA_PARAMS *params = parameters;

    if (length == 0)
        return CKR_OK;
    return length == sizeof *params && !params->phFlag && params->ulContextDataLen == 0
               ? CKR_OK
               : CKR_MECHANISM_PARAM_INVALID;
}

static const Parser parsers[] = {
    [PENA_SCHEME_RSA_PSS] = parse_pss, [PENA_SCHEME_RSA_OAEP] = parse_oaep, [PENA_SCHEME_EDDSA] = parse_eddsa,
    [PENA_SCHEME_ECDH] = parse_ecdh,   [PENA_SCHEME_GENERATE] = NULL,
};

CK_RV
pena_mechanism_parse (const CK_MECHANISM *mechanism, CK_FLAGS use, const PenaMechanism **ret_mechanism,
                      PenaModParameters *ret_parameters)
{
    const PenaMechanism *row = pena_mechanism_find (mechanism->mechanism);
    PenaModParameters parsed = {0};

    if (row == NULL || (row->flags & use) == 0)
        return CKR_MECHANISM_INVALID;
    Parser parse = parsers[row->scheme] != NULL ? parsers[row->scheme] : parse_none;
    CK_RV rv = parse (row, mechanism->pParameter, mechanism->ulParameterLen, &parsed);
    if (rv != CKR_OK)
        return rv;
    *ret_mechanism = row;
    *ret_parameters = parsed;
    return CKR_OK;
}
