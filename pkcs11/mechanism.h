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
    PENA_SCHEME_RSA_OAEP,
    PENA_SCHEME_ECDSA,
    PENA_SCHEME_EDDSA,
    PENA_SCHEME_ECDH,
    PENA_SCHEME_GENERATE,
} PenaModScheme;

/* A hash function under all its names. */
typedef struct {
    CK_MECHANISM_TYPE type;
    CK_ULONG mgf; /* CKG_ of the mask generation function on it */
    CK_ULONG kdf; /* CKD_ of the key derivation of ANSI X9.63 on it */
    const EVP_MD *(*md) (void);
    const guint8 *digest_info; /* DER of a DigestInfo up to the hash value (RFC 8017, 9.2 note 1), 19 bytes;
                                  NULL: must not be signed with */
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

/* Labels, points and whatever else parameters hold are not longer. */
#define PENA_MOD_LABEL_MAX 1024

/* What the parameters of a mechanism say. Points to the caller's bytes unless it was kept. */
typedef struct {
    const PenaModHash *hash; /* PSS, OAEP; of a key derivation, NULL: none */
    const PenaModHash *mgf;
    gsize salt;
    const guint8 *label; /* of OAEP; what both sides know besides, for a key derivation */
    gsize label_length;
    const guint8 *point; /* the other side's, for a key derivation */
    gsize point_length;
    GBytes *kept; /* the label */
} PenaModParameters;

void pena_mod_parameters_clear (PenaModParameters *self);
/* Makes them outlive the call. */
void pena_mod_parameters_keep (PenaModParameters *self);
/* As many as are kept, again. */
PenaModParameters pena_mod_parameters_copy (const PenaModParameters *self);

const PenaMechanism *pena_mechanisms (guint *ret_count);
/* NULL when there is none. */
const PenaMechanism *pena_mechanism_find (CK_MECHANISM_TYPE type);
/* The mechanism with the parameters that it takes. `use` is the CKF_ of what it is for. */
CK_RV pena_mechanism_parse (const CK_MECHANISM *mechanism, CK_FLAGS use, const PenaMechanism **ret_mechanism,
                            PenaModParameters *ret_parameters);
