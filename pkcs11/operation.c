/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, verification, decryption or digest under way
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "operation.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-rsa-padding.h"

/* The largest modulus, and more than any hash value. */
enum { BLOCK_MAX = 512 };

CK_RV
pena_mod_operation_new (const PenaMechanism *mechanism, const PenaModPss *pss, const PenaCardKey *key,
                        PenaModOperation **ret_operation)
{
    g_autoptr (PenaModOperation) self = g_new0 (PenaModOperation, 1);

    self->mechanism = mechanism;
    self->pss = *pss;
    self->key = key;
    if (key != NULL && (key->bits < mechanism->min || key->bits > mechanism->max))
        return CKR_KEY_SIZE_RANGE;
    if (mechanism->hash != NULL) {
        self->hashing = EVP_MD_CTX_new ();
        if (self->hashing == NULL || EVP_DigestInit_ex (self->hashing, mechanism->hash->md (), NULL) != 1)
            return CKR_HOST_MEMORY;
    } else {
        self->input = pena_secret_new (BLOCK_MAX, FALSE, NULL);
        if (self->input == NULL)
            return CKR_HOST_MEMORY;
    }
    *ret_operation = g_steal_pointer (&self);
    return CKR_OK;
}

void
pena_mod_operation_free (PenaModOperation *self)
{
    if (self == NULL)
        return;
    EVP_MD_CTX_free (self->hashing);
    pena_secret_free (self->input);
    pena_secret_free (self->pin);
    pena_secret_free (self->result);
    g_free (self);
}

CK_RV
pena_mod_operation_update (PenaModOperation *self, const guint8 *data, gsize length)
{
    if (self->hashing != NULL)
        return EVP_DigestUpdate (self->hashing, data, length) == 1 ? CKR_OK : CKR_GENERAL_ERROR;
    return pena_secret_append (self->input, data, length) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

static gsize
modulus_size (const PenaCardKey *key)
{
    return (key->bits + 7) / 8;
}

gsize
pena_mod_operation_size (PenaModOperation *self)
{
    if (self->mechanism->scheme == PENA_SCHEME_DIGEST)
        return (gsize)EVP_MD_get_size (self->mechanism->hash->md ());
    return self->mechanism->scheme == PENA_SCHEME_ECDSA ? 2 * modulus_size (self->key)
                                                        : modulus_size (self->key);
}

CK_RV
pena_mod_operation_take_pin (PenaModOperation *self, const guint8 *pin, gsize length)
{
    g_clear_pointer (&self->pin, pena_secret_free);
    self->pin = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    return self->pin != NULL && pena_secret_append (self->pin, pin, length) ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- what is signed --- */

/* What the padding goes around: the caller's bytes, the hash value, or for PKCS#1 the DigestInfo. */
typedef struct {
    guint8 bytes[BLOCK_MAX];
    gsize length;
} Message;

static CK_RV
finish_input (PenaModOperation *self, Message *message)
{
    const PenaMechanism *mechanism = self->mechanism;
    guint size = 0;

    message->length = 0;
    if (self->hashing == NULL) {
        memcpy (message->bytes, self->input->data, self->input->length);
        message->length = self->input->length;
        return CKR_OK;
    }
    if (mechanism->scheme == PENA_SCHEME_RSA_PKCS1) {
        memcpy (message->bytes, mechanism->hash->digest_info, PENA_MOD_DIGEST_INFO_SIZE);
        message->length = PENA_MOD_DIGEST_INFO_SIZE;
    }
    if (EVP_DigestFinal_ex (self->hashing, message->bytes + message->length, &size) != 1)
        return CKR_GENERAL_ERROR;
    message->length += size;
    return CKR_OK;
}

/* Left-padded with zeros, as for a number. */
static gboolean
pad_number (const Message *message, guint8 *block, gsize size)
{
    if (message->length > size)
        return FALSE;
    memset (block, 0, size - message->length);
    memcpy (block + size - message->length, message->bytes, message->length);
    return TRUE;
}

/* block has room for a modulus; for ECDSA it gets the hash value. */
static CK_RV
pad (PenaModOperation *self, const Message *message, guint8 *block, gsize *ret_length)
{
    EVP_PKEY *key = self->key->public_key;
    gboolean fits = FALSE;

    *ret_length = modulus_size (self->key);
    switch (self->mechanism->scheme) {
    case PENA_SCHEME_RSA_RAW:
        fits = pad_number (message, block, *ret_length);
        break;
    case PENA_SCHEME_RSA_PKCS1:
        fits = pena_rsa_pad_pkcs1 (key, message->bytes, message->length, block);
        break;
    case PENA_SCHEME_RSA_PSS:
        fits = message->length == (gsize)EVP_MD_get_size (self->pss.hash->md ()) &&
               pena_rsa_pad_pss (key, self->pss.hash->md (), self->pss.mgf->md (), self->pss.salt,
                                 message->bytes, block);
        break;
    case PENA_SCHEME_ECDSA:
        fits = message->length > 0;
        *ret_length = message->length;
        memcpy (block, message->bytes, message->length);
        break;
    case PENA_SCHEME_DIGEST:
        break;
    }
    return fits ? CKR_OK : CKR_DATA_LEN_RANGE;
}

/* --- software --- */

/* r and s side by side as the DER that OpenSSL takes. NULL when memory is short. */
static GBytes *
ecdsa_to_der (const guint8 *signature, gsize length)
{
    ECDSA_SIG *sig = ECDSA_SIG_new ();
    BIGNUM *r = BN_bin2bn (signature, (int)(length / 2), NULL);
    BIGNUM *s = BN_bin2bn (signature + length / 2, (int)(length / 2), NULL);
    guint8 *der = NULL;

    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0 (sig, r, s) != 1) {
        ECDSA_SIG_free (sig);
        BN_free (r);
        BN_free (s);
        return NULL;
    }
    int size = i2d_ECDSA_SIG (sig, &der);
    GBytes *result = size > 0 ? g_bytes_new (der, (gsize)size) : NULL;
    OPENSSL_free (der);
    ECDSA_SIG_free (sig);
    return result;
}

static gboolean
set_padding (PenaModOperation *self, EVP_PKEY_CTX *context)
{
    switch (self->mechanism->scheme) {
    case PENA_SCHEME_RSA_RAW:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING) == 1;
    case PENA_SCHEME_RSA_PKCS1:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) == 1;
    case PENA_SCHEME_RSA_PSS:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md (context, self->pss.hash->md ()) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md (context, self->pss.mgf->md ()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen (context, (int)self->pss.salt) == 1;
    default:
        return TRUE;
    }
}

static CK_RV
verify_message (PenaModOperation *self, const Message *message, const guint8 *signature, gsize length)
{
    g_autoptr (GBytes) der = self->mechanism->scheme == PENA_SCHEME_ECDSA ? ecdsa_to_der (signature, length)
                                                                          : g_bytes_new (signature, length);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (self->key->public_key, NULL);
    guint8 block[BLOCK_MAX];
    gsize block_length = message->length;
    CK_RV rv = CKR_GENERAL_ERROR;

    memcpy (block, message->bytes, message->length);
    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW) {
        block_length = modulus_size (self->key);
        pad_number (message, block, block_length);
    }
    if (der != NULL && context != NULL && EVP_PKEY_verify_init (context) == 1 && set_padding (self, context))
        rv = EVP_PKEY_verify (context, g_bytes_get_data (der, NULL), g_bytes_get_size (der), block,
                              block_length) == 1
                 ? CKR_OK
                 : CKR_SIGNATURE_INVALID;
    EVP_PKEY_CTX_free (context);
    return rv;
}

CK_RV
pena_mod_operation_verify (PenaModOperation *self, const guint8 *signature, gsize length)
{
    Message message;

    if (length != pena_mod_operation_size (self))
        return CKR_SIGNATURE_LEN_RANGE;
    CK_RV rv = finish_input (self, &message);
    if (rv != CKR_OK)
        return rv;
    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW && message.length > modulus_size (self->key))
        return CKR_DATA_LEN_RANGE;
    return verify_message (self, &message, signature, length);
}

CK_RV
pena_mod_operation_digest (PenaModOperation *self, guint8 *digest)
{
    Message message;
    CK_RV rv = finish_input (self, &message);

    if (rv == CKR_OK)
        memcpy (digest, message.bytes, message.length);
    return rv;
}

/* --- with the card --- */

/* Padding and hashing are done here. */
static PenaKeyOperation
card_operation (const PenaCardKey *key)
{
    return key->operations & PENA_KEY_RSA_RAW ? PENA_KEY_RSA_RAW : PENA_KEY_ECDSA;
}

static CK_RV
use_card (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, const guint8 *block, gsize length,
          PenaSecret *output)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (mod, slot);
    pena_card_use_key (slot->card, self->key, card_operation (self->key), block, length, self->pin, output,
                       &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    /* No such key, or not of this kind: somebody may have put another one there since the card was read. */
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_MISSING) ||
        g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED))
        pena_mod_distrust (mod, slot);
    return rv;
}

CK_RV
pena_mod_operation_sign (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, guint8 *signature)
{
    g_autoptr (PenaSecret) output = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    gsize size = pena_mod_operation_size (self);
    guint8 block[BLOCK_MAX];
    gsize length;
    Message message;

    CK_RV rv = output != NULL ? finish_input (self, &message) : CKR_HOST_MEMORY;
    if (rv == CKR_OK)
        rv = pad (self, &message, block, &length);
    if (rv == CKR_OK)
        rv = use_card (self, mod, slot, block, length, output);
    if (rv != CKR_OK)
        return rv;
    if (output->length != size || verify_message (self, &message, output->data, size) != CKR_OK) {
        pena_mod_distrust (mod, slot); /* somebody may have put another key and certificate there */
        return CKR_DEVICE_ERROR;
    }
    memcpy (signature, output->data, size);
    return CKR_OK;
}

CK_RV
pena_mod_operation_decrypt (PenaModOperation *self, PenaMod *mod, PenaModSlot *slot, const guint8 *data,
                            gsize length)
{
    g_autoptr (PenaSecret) output = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    g_autoptr (PenaSecret) plain = pena_secret_new (BLOCK_MAX, FALSE, NULL);
    gsize size = modulus_size (self->key);

    if (output == NULL || plain == NULL)
        return CKR_HOST_MEMORY;
    if (length != size)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    CK_RV rv = use_card (self, mod, slot, data, length, output);
    if (rv != CKR_OK)
        return rv;
    if (output->length != size)
        return CKR_DEVICE_ERROR;
    if (self->mechanism->scheme == PENA_SCHEME_RSA_RAW) {
        self->result = g_steal_pointer (&output);
        return CKR_OK;
    }
    if (!pena_rsa_unpad_pkcs1 (self->key->public_key, output, plain))
        return CKR_ENCRYPTED_DATA_INVALID;
    self->result = g_steal_pointer (&plain);
    return CKR_OK;
}
