/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, verification, encryption, decryption or digest under way
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "operation.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-rsa-padding.h"
#include "software.h"

/* The largest modulus, which is more than any hash value; and the longest message that is signed as it is. */
enum { BLOCK_MAX = 512, MESSAGE_MAX = 32 * 1024 };

/* --- beginning --- */

/* What the card does of a scheme, best first; 0: nothing. */
static PenaKeyOperation
operation_of (const PenaMechanism *mechanism, const PenaCardKey *key, gboolean decrypt)
{
    PenaKeyOperation raw = key->operations & PENA_KEY_RSA_RAW;

    switch (mechanism->scheme) {
    case PENA_SCHEME_RSA_PKCS1:
        if (raw != 0)
            return raw;
        return key->operations & (decrypt ? PENA_KEY_RSA_PKCS1_DECRYPT : PENA_KEY_RSA_PKCS1_SIGN);
    case PENA_SCHEME_RSA_RAW:
    case PENA_SCHEME_RSA_PSS:
    case PENA_SCHEME_RSA_OAEP:
        return raw;
    case PENA_SCHEME_ECDSA:
        return key->operations & PENA_KEY_ECDSA;
    case PENA_SCHEME_EDDSA:
        return key->operations & PENA_KEY_EDDSA;
    case PENA_SCHEME_ECDH:
        return key->operations & PENA_KEY_ECDH;
    default:
        return 0;
    }
}

gboolean
pena_mod_key_can (const PenaCardKey *key, const PenaMechanism *mechanism, PenaModKind kind)
{
    return operation_of (mechanism, key, kind == PENA_MOD_DECRYPT) != 0;
}

static gboolean
is_key_type (const PenaMechanism *mechanism, PenaKeyAlgorithm algorithm)
{
    switch (algorithm) {
    case PENA_ALGORITHM_UNKNOWN:
        return FALSE;
    case PENA_ALGORITHM_ED25519:
        return mechanism->key_type == CKK_EC_EDWARDS;
    case PENA_ALGORITHM_X25519:
        return mechanism->key_type == CKK_EC_MONTGOMERY || mechanism->scheme == PENA_SCHEME_ECDH;
    default:
        return mechanism->key_type == (algorithm >= PENA_ALGORITHM_P256 ? CKK_EC : CKK_RSA);
    }
}

static gboolean
makes_keys (PenaCard *card, const PenaMechanism *mechanism)
{
    const PenaCardContents *contents = pena_card_get_contents (card);

    for (guint i = 0; (contents->abilities & PENA_CARD_GENERATE) != 0 && i < PENA_N_ALGORITHMS; i++)
        if ((contents->algorithms & (G_GUINT64_CONSTANT (1) << i)) != 0 && is_key_type (mechanism, i))
            return TRUE;
    return FALSE;
}

gboolean
pena_mod_card_does (PenaCard *card, const PenaMechanism *mechanism)
{
    GPtrArray *keys = pena_card_get_contents (card)->keys;
    gboolean has_key = FALSE;

    if (mechanism->scheme == PENA_SCHEME_DIGEST)
        return TRUE;
    if (mechanism->scheme == PENA_SCHEME_GENERATE)
        return makes_keys (card, mechanism);
    for (guint i = 0; i < keys->len; i++) {
        const PenaCardKey *key = keys->pdata[i];
        if (!is_key_type (mechanism, key->algorithm) || key->operations == 0)
            continue;
        if (pena_mod_key_can (key, mechanism, PENA_MOD_SIGN) ||
            pena_mod_key_can (key, mechanism, PENA_MOD_DECRYPT))
            return TRUE;
        has_key = TRUE;
    }
    return !has_key; /* who has none of the kind may get one */
}

/* Nothing given yet. */
static CK_RV
start_input (PenaModOperation *self)
{
    if (self->mechanism->hash == NULL) {
        gsize most = self->mechanism->scheme == PENA_SCHEME_EDDSA ? MESSAGE_MAX : BLOCK_MAX;
        self->input = pena_secret_new (most, FALSE, NULL);
        return self->input != NULL ? CKR_OK : CKR_HOST_MEMORY;
    }
    self->hashing = EVP_MD_CTX_new ();
    return self->hashing != NULL && EVP_DigestInit_ex (self->hashing, self->mechanism->hash->md (), NULL) == 1
               ? CKR_OK
               : CKR_HOST_MEMORY;
}

static gboolean
needs_card (PenaModKind kind)
{
    return kind == PENA_MOD_SIGN || kind == PENA_MOD_DECRYPT || kind == PENA_MOD_SIGN_RECOVER ||
           kind == PENA_MOD_MESSAGE_SIGN;
}

static CK_RV
take_key (PenaModOperation *self, PenaModKind kind, PenaModObject *object)
{
    if (object->public_key == NULL)
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    if (object->bits < self->mechanism->min || object->bits > self->mechanism->max)
        return CKR_KEY_SIZE_RANGE;
    /* "The mechanism specified cannot be used in the selected token with the selected function" (2.40, 5.1.6). */
    if (needs_card (kind) && !pena_mod_key_can (object->key, self->mechanism, kind))
        return CKR_MECHANISM_INVALID;
    self->bits = object->bits;
    self->public_key = object->public_key;
    EVP_PKEY_up_ref (self->public_key);
    if (needs_card (kind))
        self->key = pena_card_key_ref (object->key);
    return CKR_OK;
}

CK_RV
pena_mod_operation_new (PenaModKind kind, const PenaMechanism *mechanism, const PenaModParameters *parameters,
                        PenaModObject *object, PenaModOperation **ret_operation)
{
    g_autoptr (PenaModOperation) self = g_new0 (PenaModOperation, 1);

    self->mechanism = mechanism;
    self->parameters = pena_mod_parameters_copy (parameters);
    pena_mod_parameters_keep (&self->parameters);
    CK_RV rv = object != NULL ? take_key (self, kind, object) : CKR_OK;
    if (rv == CKR_OK)
        rv = start_input (self);
    if (rv == CKR_OK)
        *ret_operation = g_steal_pointer (&self);
    return rv;
}

PenaModOperation *
pena_mod_operation_begin_message (PenaModOperation *self)
{
    g_autoptr (PenaModOperation) message = g_new0 (PenaModOperation, 1);

    message->mechanism = self->mechanism;
    message->parameters = pena_mod_parameters_copy (&self->parameters);
    message->bits = self->bits;
    message->public_key = self->public_key;
    EVP_PKEY_up_ref (message->public_key);
    message->key = self->key != NULL ? pena_card_key_ref (self->key) : NULL;
    message->pin = g_steal_pointer (&self->pin);
    return start_input (message) == CKR_OK ? g_steal_pointer (&message) : NULL;
}

void
pena_mod_operation_free (PenaModOperation *self)
{
    if (self == NULL)
        return;
    pena_mod_operation_free (self->message);
    pena_mod_parameters_clear (&self->parameters);
    g_clear_pointer (&self->key, pena_card_key_unref);
    EVP_PKEY_free (self->public_key);
    EVP_MD_CTX_free (self->hashing);
    pena_secret_free (self->input);
    pena_secret_free (self->pin);
    pena_secret_free (self->result);
    g_free (self);
}

gboolean
pena_mod_operation_wants_pin (const PenaModOperation *self)
{
    return self->key != NULL && pena_mod_key_wants_own_pin (self->key);
}

CK_RV
pena_mod_operation_take_pin (PenaModOperation *self, const guint8 *pin, gsize length)
{
    g_clear_pointer (&self->pin, pena_secret_free);
    if (pin == NULL)
        return CKR_OK; /* typed at the reader: the card knows */
    self->pin = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    return self->pin != NULL && pena_secret_append (self->pin, pin, length) ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- what is given --- */

CK_RV
pena_mod_operation_update (PenaModOperation *self, const guint8 *data, gsize length)
{
    if (length == 0)
        return CKR_OK;
    if (self->hashing != NULL)
        return EVP_DigestUpdate (self->hashing, data, length) == 1 ? CKR_OK : CKR_GENERAL_ERROR;
    return pena_secret_append (self->input, data, length) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

static gsize
field_size (const PenaModOperation *self)
{
    return (self->bits + 7) / 8;
}

gsize
pena_mod_operation_size (const PenaModOperation *self)
{
    switch (self->mechanism->scheme) {
    case PENA_SCHEME_DIGEST:
        return (gsize)EVP_MD_get_size (self->mechanism->hash->md ());
    case PENA_SCHEME_ECDSA:
    case PENA_SCHEME_EDDSA:
        return 2 * field_size (self);
    default:
        return field_size (self);
    }
}

/* Puts into self->input what the scheme works on: the caller's bytes are there already, else it is the hash
 * value, or for PKCS#1 the DigestInfo. */
static CK_RV
finish_input (PenaModOperation *self)
{
    guint8 hash[EVP_MAX_MD_SIZE];
    guint size = 0;

    if (self->hashing == NULL)
        return CKR_OK;
    self->input = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    if (self->input == NULL || EVP_DigestFinal_ex (self->hashing, hash, &size) != 1)
        return CKR_HOST_MEMORY;
    if (self->mechanism->scheme == PENA_SCHEME_RSA_PKCS1)
        pena_secret_append (self->input, self->mechanism->hash->digest_info, PENA_MOD_DIGEST_INFO_SIZE);
    pena_secret_append (self->input, hash, size);
    return CKR_OK;
}

/* The input as a number of the modulus' size: with zeros in front. */
static PenaSecret *
pad_number (PenaModOperation *self)
{
    static const guint8 zeros[BLOCK_MAX];
    g_autoptr (PenaSecret) block = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    gsize size = field_size (self);

    return block != NULL && self->input->length <= size &&
                   pena_secret_append (block, zeros, size - self->input->length) &&
                   pena_secret_append (block, self->input->data, self->input->length)
               ? g_steal_pointer (&block)
               : NULL;
}

/* --- in software --- */

static CK_RV
check_signature (PenaModOperation *self, const guint8 *signature, gsize length)
{
    g_autoptr (PenaSecret) number = NULL;
    const PenaSecret *data = self->input;

    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW) {
        data = number = pad_number (self);
        if (number == NULL)
            return CKR_DATA_LEN_RANGE;
    }
    return pena_mod_verify (self->mechanism, &self->parameters, self->public_key, data->data, data->length,
                            signature, length);
}

CK_RV
pena_mod_operation_verify (PenaModOperation *self, const guint8 *signature, gsize length)
{
    if (length != pena_mod_operation_size (self))
        return CKR_SIGNATURE_LEN_RANGE;
    CK_RV rv = finish_input (self);
    return rv == CKR_OK ? check_signature (self, signature, length) : rv;
}

CK_RV
pena_mod_operation_digest (PenaModOperation *self)
{
    CK_RV rv = finish_input (self);

    if (rv == CKR_OK)
        self->result = g_steal_pointer (&self->input);
    return rv;
}

CK_RV
pena_mod_operation_encrypt (PenaModOperation *self)
{
    g_autoptr (PenaSecret) number = NULL;
    const PenaSecret *data = self->input;

    self->result = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    if (self->result == NULL)
        return CKR_HOST_MEMORY;
    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW) {
        data = number = pad_number (self);
        if (number == NULL)
            return CKR_DATA_LEN_RANGE;
    }
    return pena_mod_encrypt (self->mechanism, &self->parameters, self->public_key, data->data, data->length,
                             self->result);
}

CK_RV
pena_mod_operation_recover (PenaModOperation *self)
{
    if (self->input->length != field_size (self))
        return CKR_SIGNATURE_LEN_RANGE;
    self->result = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    if (self->result == NULL)
        return CKR_HOST_MEMORY;
    return pena_mod_recover (self->mechanism, self->public_key, self->input->data, self->input->length,
                             self->result);
}

/* --- with the card --- */

static CK_RV
use_card (PenaMod *mod, PenaModSlot *slot, PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
          gsize length, const PenaSecret *pin, PenaSecret *output)
{
    g_autoptr (GError) error = NULL;

    /* The login right before is good for this use, whether the card has forgotten its VERIFY since or not. */
    if (pin == NULL && pena_card_is_held_for (slot->card, key->pin_index))
        pin = slot->held_pin;
    pena_mod_before_card (mod, slot);
    pena_card_use_key (slot->card, key, operation, input, length, pin, output, &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    /* No such key, or not of this kind: somebody may have put another one there since the card was read. */
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_MISSING) ||
        g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_CHANGED) ||
        g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED))
        pena_mod_distrust (mod, slot);
    return rv;
}

/* What the card computes on; NULL when the input is too long for the key. */
static PenaSecret *
pad (PenaModOperation *self)
{
    const PenaModParameters *parameters = &self->parameters;
    g_autoptr (PenaSecret) block = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    gboolean fits = FALSE;

    if (block == NULL)
        return NULL;
    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW)
        return pad_number (self);
    if (self->mechanism->scheme == PENA_SCHEME_RSA_PKCS1)
        fits = pena_rsa_pad_pkcs1 (self->public_key, self->input->data, self->input->length, block->data);
    else if (self->input->length == (gsize)EVP_MD_get_size (parameters->hash->md ()))
        fits = pena_rsa_pad_pss (self->public_key, parameters->hash->md (), parameters->mgf->md (),
                                 parameters->salt, self->input->data, block->data);
    block->length = fits ? field_size (self) : 0;
    return fits ? g_steal_pointer (&block) : NULL;
}

static CK_RV
sign_with_card (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, PenaSecret *output)
{
    PenaKeyOperation operation = operation_of (self->mechanism, self->key, FALSE);
    g_autoptr (PenaSecret) block = NULL;
    const PenaSecret *input = self->input;

    if (operation == PENA_KEY_RSA_RAW) {
        input = block = pad (self);
        if (block == NULL)
            return CKR_DATA_LEN_RANGE;
    } else if (operation != PENA_KEY_EDDSA && input->length == 0) {
        return CKR_DATA_LEN_RANGE;
    }
    return use_card (mod, slot, self->key, operation, input->data, input->length, self->pin, output);
}

CK_RV
pena_mod_operation_sign (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot)
{
    g_autoptr (PenaSecret) output = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    CK_RV rv = output != NULL ? finish_input (self) : CKR_HOST_MEMORY;

    if (rv == CKR_OK)
        rv = sign_with_card (self, mod, slot, output);
    if (rv != CKR_OK)
        return rv;
    if (output->length != pena_mod_operation_size (self) ||
        check_signature (self, output->data, output->length) != CKR_OK) {
        pena_mod_distrust (mod, slot); /* somebody may have put another key and certificate there */
        return CKR_DEVICE_ERROR;
    }
    self->result = g_steal_pointer (&output);
    return CKR_OK;
}

/* Takes the padding off a decrypted block. */
static gboolean
unpad (PenaModOperation *self, const PenaSecret *block, PenaSecret *plain)
{
    const PenaModParameters *parameters = &self->parameters;

    if (self->mechanism->scheme == PENA_SCHEME_RSA_PKCS1)
        return pena_rsa_unpad_pkcs1 (self->public_key, block, plain);
    return pena_rsa_unpad_oaep (self->public_key, parameters->hash->md (), parameters->mgf->md (),
                                parameters->label, parameters->label_length, block, plain);
}

CK_RV
pena_mod_operation_decrypt (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot)
{
    g_autoptr (PenaSecret) output = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    g_autoptr (PenaSecret) plain = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    PenaKeyOperation operation = operation_of (self->mechanism, self->key, TRUE);
    gsize size = field_size (self);

    if (output == NULL || plain == NULL)
        return CKR_HOST_MEMORY;
    if (self->input->length != size)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    CK_RV rv = use_card (mod, slot, self->key, operation, self->input->data, size, self->pin, output);
    if (rv != CKR_OK)
        return rv;
    if (operation == PENA_KEY_RSA_RAW && output->length != size)
        return CKR_DEVICE_ERROR;
    if (operation != PENA_KEY_RSA_RAW || self->mechanism->scheme == PENA_SCHEME_RSA_RAW) {
        self->result = g_steal_pointer (&output);
        return CKR_OK;
    }
    if (!unpad (self, output, plain))
        return CKR_ENCRYPTED_DATA_INVALID;
    self->result = g_steal_pointer (&plain);
    return CKR_OK;
}

/* The point may come as it is, or in an OCTET STRING (PKCS#11 2.40, 2.3.11). */
static void
unwrap_point (const PenaModParameters *parameters, gsize expected, const guint8 **ret_point,
              gsize *ret_length)
{
    const guint8 *point = parameters->point;
    gsize length = parameters->point_length;
    gsize head = length > 2 && point[0] == 0x04 && point[1] == 0x81 ? 3 : 2;

    if (length == expected + head && point[0] == 0x04 && point[head - 1] == expected) {
        point += head;
        length = expected;
    }
    *ret_point = point;
    *ret_length = length;
}

CK_RV
pena_mod_agree (PenaMod *mod, PenaModSlot *slot, PenaCardKey *key, const PenaModParameters *parameters,
                PenaSecret *output)
{
    gsize field = (key->bits + 7) / 8;
    gsize expected = key->algorithm == PENA_ALGORITHM_X25519 ? field : 1 + 2 * field;
    const guint8 *point;
    gsize length;

    unwrap_point (parameters, expected, &point, &length);
    if (length != expected)
        return CKR_MECHANISM_PARAM_INVALID;
    CK_RV rv = use_card (mod, slot, key, PENA_KEY_ECDH, point, length, NULL, output);
    return rv == CKR_OK && output->length != field ? CKR_DEVICE_ERROR : rv;
}
