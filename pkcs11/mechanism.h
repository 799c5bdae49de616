/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one table of mechanisms
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>

#include "module.h"

typedef enum {
    PENA_SCHEME_DIGEST,
    PENA_SCHEME_RSA_RAW,
    PENA_SCHEME_RSA_PKCS1,
    PENA_SCHEME_RSA_PSS,
    PENA_SCHEME_ECDSA,
} PenaModScheme;

/* A hash function under all its names. */
typedef struct {
    CK_MECHANISM_TYPE type;
    CK_ULONG mgf; /* CKG_ of the mask generation function on it */
    const EVP_MD *(*md) (void);
    const guint8 *digest_info; /* DER of a DigestInfo up to the hash value (RFC 8017, 9.2 note 1); 19 bytes */
} PenaModHash;

#define PENA_MOD_DIGEST_INFO_SIZE 19

/* Everything about a mechanism: C_GetMechanismList, C_GetMechanismInfo and the C_...Init functions read the
 * same row. */
typedef struct {
    CK_MECHANISM_TYPE type;
    PenaModScheme scheme;
    const PenaModHash *hash; /* what the mechanism hashes with; NULL: the caller has hashed */
    CK_KEY_TYPE key_type;
    CK_ULONG min, max; /* key bits */
    CK_FLAGS flags;
} PenaMechanism;

/* What CKM_..._PSS parameters say. */
typedef struct {
    const PenaModHash *hash;
    const PenaModHash *mgf;
    gsize salt;
} PenaModPss;

const PenaMechanism *pena_mechanisms (guint *ret_count);
/* NULL when there is none. */
const PenaMechanism *pena_mechanism_find (CK_MECHANISM_TYPE type);
/* The mechanism with the parameters that it takes: *ret_pss for RSA_PSS, none else. `use` is the CKF_ of what
 * it is for. */
CK_RV pena_mechanism_parse (const CK_MECHANISM *mechanism, CK_FLAGS use, const PenaMechanism **ret_mechanism,
                            PenaModPss *ret_pss);
