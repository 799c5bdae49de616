/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, verification, decryption or digest under way
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "mechanism.h"
#include "slot.h"

typedef enum {
    PENA_MOD_SIGN,
    PENA_MOD_VERIFY,
    PENA_MOD_DECRYPT,
    PENA_MOD_DIGEST,
    PENA_MOD_N_KINDS,
} PenaModKind;

typedef struct {
    const PenaMechanism *mechanism;
    PenaModPss pss;
    const PenaCardKey *key; /* NULL for digests */
    EVP_MD_CTX *hashing;    /* NULL when the caller has hashed */
    PenaSecret *input;      /* else what the caller gave so far */
    PenaSecret *pin;        /* of CKU_CONTEXT_SPECIFIC, for this one use of the key */
    PenaSecret *result;     /* of a decryption that the caller's buffer was too small for */
} PenaModOperation;

/* key is NULL for digests. Takes the row and pss as pena_mechanism_parse() gave them. */
CK_RV pena_mod_operation_new (const PenaMechanism *mechanism, const PenaModPss *pss, const PenaCardKey *key,
                              PenaModOperation **ret_operation);
void pena_mod_operation_free (PenaModOperation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaModOperation, pena_mod_operation_free)

CK_RV pena_mod_operation_update (PenaModOperation *self, const guint8 *data, gsize length);
/* Bytes of the signature, the digest, or at most of the plaintext. */
gsize pena_mod_operation_size (PenaModOperation *self);

/* Remembers the PIN for this operation. */
CK_RV pena_mod_operation_take_pin (PenaModOperation *self, const guint8 *pin, gsize length);

/* Signs what was given; signature has room for pena_mod_operation_size() bytes. A signature that does not
 * verify with the certificate's key is not given out: it may betray the private key. */
CK_RV pena_mod_operation_sign (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, guint8 *signature);
CK_RV pena_mod_operation_verify (PenaModOperation *self, const guint8 *signature, gsize length);
/* Leaves the plaintext in self->result. */
CK_RV pena_mod_operation_decrypt (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, const guint8 *data,
                                  gsize length);
CK_RV pena_mod_operation_digest (PenaModOperation *self, guint8 *digest);
