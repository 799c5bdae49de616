/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, verification, encryption, decryption or digest under way
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "mechanism.h"
#include "object.h"
#include "slot.h"

typedef enum {
    PENA_MOD_SIGN,
    PENA_MOD_VERIFY,
    PENA_MOD_ENCRYPT,
    PENA_MOD_DECRYPT,
    PENA_MOD_DIGEST,
    PENA_MOD_SIGN_RECOVER,
    PENA_MOD_VERIFY_RECOVER,
    PENA_MOD_MESSAGE_SIGN, /* what each message is begun from */
    PENA_MOD_MESSAGE_VERIFY,
    PENA_MOD_N_KINDS,
} PenaModKind;

typedef struct _PenaModOperation PenaModOperation;

struct _PenaModOperation {
    const PenaMechanism *mechanism;
    PenaModParameters parameters;
    PenaCardKey *key;     /* on the card; NULL where the public key does */
    EVP_PKEY *public_key; /* NULL for digests */
    guint bits;
    EVP_MD_CTX *hashing;       /* NULL when the caller has hashed */
    PenaSecret *input;         /* else what the caller gave so far */
    PenaSecret *pin;           /* of CKU_CONTEXT_SPECIFIC, for this one use of the key */
    PenaSecret *result;        /* what the caller's buffer was too small for */
    PenaModOperation *message; /* that is being gone through in parts */
};

/* object is NULL for digests. Takes the row, and copies the parameters, as pena_mechanism_parse() gave them. */
CK_RV pena_mod_operation_new (PenaModKind kind, const PenaMechanism *mechanism,
                              const PenaModParameters *parameters, PenaModObject *object,
                              PenaModOperation **ret_operation);
void pena_mod_operation_free (PenaModOperation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaModOperation, pena_mod_operation_free)
/* Another one with the same key and parameters, nothing given yet. Takes the PIN over. NULL: no memory. */
PenaModOperation *pena_mod_operation_begin_message (PenaModOperation *self);

/* Each use of the key needs its PIN right before. */
gboolean pena_mod_operation_wants_pin (const PenaModOperation *self);
/* Remembers the PIN for this operation. */
CK_RV pena_mod_operation_take_pin (PenaModOperation *self, const guint8 *pin, gsize length);

CK_RV pena_mod_operation_update (PenaModOperation *self, const guint8 *data, gsize length);
/* Bytes of the signature, the digest or the cryptogram, or at most of the plaintext. */
gsize pena_mod_operation_size (const PenaModOperation *self);

/* Each leaves what came of the data that was given in self->result. A signature that does not verify with the
 * public key is not given out: it may betray the private key. */
CK_RV pena_mod_operation_sign (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot);
CK_RV pena_mod_operation_decrypt (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot);
CK_RV pena_mod_operation_encrypt (PenaModOperation *self);
CK_RV pena_mod_operation_digest (PenaModOperation *self);
/* Of a signature (what was given is the signature): what was signed. */
CK_RV pena_mod_operation_recover (PenaModOperation *self);
CK_RV pena_mod_operation_verify (PenaModOperation *self, const guint8 *signature, gsize length);

/* Whether cards with this key can do it at all. */
gboolean pena_mod_key_can (const PenaCardKey *key, const PenaMechanism *mechanism, PenaModKind kind);

/* Whether the mechanism can be of use with this card: one that it does not do with any key of the kind that it
 * has is none of the token's, nor is making keys that the card cannot make. */
gboolean pena_mod_card_does (PenaCard *card, const PenaMechanism *mechanism);

/* Agrees with the other side's point and puts the secret, before any key derivation, into output. */
CK_RV pena_mod_agree (PenaMod *mod, PenaModSlot *slot, PenaCardKey *key, const PenaModParameters *parameters,
                      PenaSecret *output);
