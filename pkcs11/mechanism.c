/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one table of mechanisms
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "mechanism.h"

#define DIGEST_INFO(oid_end, size)                                                                           \
    0x30, 0x11 + (size), 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, oid_end,    \
        0x05, 0x00, 0x04, (size)

static const guint8 info_sha256[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x01, 32)};
static const guint8 info_sha384[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x02, 48)};
static const guint8 info_sha512[PENA_MOD_DIGEST_INFO_SIZE] = {DIGEST_INFO (0x03, 64)};

/* SHA-1 is left out: it must not be signed with any more. */
static const PenaModHash sha256 = {CKM_SHA256, CKG_MGF1_SHA256, EVP_sha256, info_sha256};
static const PenaModHash sha384 = {CKM_SHA384, CKG_MGF1_SHA384, EVP_sha384, info_sha384};
static const PenaModHash sha512 = {CKM_SHA512, CKG_MGF1_SHA512, EVP_sha512, info_sha512};
static const PenaModHash *const hashes[] = {&sha256, &sha384, &sha512};

#define RSA(scheme, hash, flags) scheme, hash, CKK_RSA, 1024, 4096, (flags)
#define EC(hash)                                                                                             \
    PENA_SCHEME_ECDSA, hash, CKK_EC, 256, 384,                                                               \
        CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS
#define SIGN (CKF_HW | CKF_SIGN | CKF_VERIFY)
#define DIGEST(hash) PENA_SCHEME_DIGEST, hash, CK_UNAVAILABLE_INFORMATION, 0, 0, CKF_DIGEST

static const PenaMechanism mechanisms[] = {
    {CKM_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, NULL, SIGN | CKF_DECRYPT)},
    {CKM_RSA_X_509, RSA (PENA_SCHEME_RSA_RAW, NULL, SIGN | CKF_DECRYPT)},
    {CKM_SHA256_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha256, SIGN)},
    {CKM_SHA384_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha384, SIGN)},
    {CKM_SHA512_RSA_PKCS, RSA (PENA_SCHEME_RSA_PKCS1, &sha512, SIGN)},
    {CKM_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, NULL, SIGN)},
    {CKM_SHA256_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha256, SIGN)},
    {CKM_SHA384_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha384, SIGN)},
    {CKM_SHA512_RSA_PKCS_PSS, RSA (PENA_SCHEME_RSA_PSS, &sha512, SIGN)},
    {CKM_ECDSA, EC (NULL)},
    {CKM_ECDSA_SHA256, EC (&sha256)},
    {CKM_ECDSA_SHA384, EC (&sha384)},
    {CKM_ECDSA_SHA512, EC (&sha512)},
    {CKM_SHA256, DIGEST (&sha256)},
    {CKM_SHA384, DIGEST (&sha384)},
    {CKM_SHA512, DIGEST (&sha512)},
};

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

static CK_RV
parse_pss (const CK_MECHANISM *mechanism, const PenaModHash *fixed, PenaModPss *ret_pss)
{
    const CK_RSA_PKCS_PSS_PARAMS *params = mechanism->pParameter;
    PenaModPss pss = {0};

    if (params == NULL || mechanism->ulParameterLen != sizeof *params)
        return CKR_MECHANISM_PARAM_INVALID;
    for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
        if (hashes[i]->type == params->hashAlg)
            pss.hash = hashes[i];
        if (hashes[i]->mgf == params->mgf)
            pss.mgf = hashes[i];
    }
    pss.salt = params->sLen;
    if (pss.hash == NULL || pss.mgf == NULL || (fixed != NULL && fixed != pss.hash) ||
        pss.salt > EVP_MAX_MD_SIZE)
        return CKR_MECHANISM_PARAM_INVALID;
    *ret_pss = pss;
    return CKR_OK;
}

CK_RV
pena_mechanism_parse (const CK_MECHANISM *mechanism, CK_FLAGS use, const PenaMechanism **ret_mechanism,
                      PenaModPss *ret_pss)
{
    const PenaMechanism *row = pena_mechanism_find (mechanism->mechanism);
    CK_RV rv = CKR_OK;

    if (row == NULL || (row->flags & use) == 0)
        return CKR_MECHANISM_INVALID;
    if (row->scheme == PENA_SCHEME_RSA_PSS)
        rv = parse_pss (mechanism, row->hash, ret_pss);
    else if (mechanism->ulParameterLen != 0)
        rv = CKR_MECHANISM_PARAM_INVALID;
    if (rv == CKR_OK)
        *ret_mechanism = row;
    return rv;
}
