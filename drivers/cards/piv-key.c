/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards: using keys, making them, proving where they come from
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "piv.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <pena/pena-error.h>
#include <string.h>

enum {
    TAG_REQUEST = 0xAC,
    TAG_ALGORITHM = 0x80,
    TAG_PIN_POLICY = 0xAA,
    TAG_TOUCH_POLICY = 0xAB,
    TAG_RSA_PART = 0x01, /* p, q, dP, dQ, qInv */
    TAG_EC_SCALAR = 0x06,
    TAG_ED25519_SEED = 0x07,
    TAG_X25519_SCALAR = 0x08,
    DELETE = 0xFF,

    RSA_PARTS = 5,
    IMPORT_MAX = 2048,
    SCALAR_MAX = 48, /* P-384 */
    HALF_MODULUS_MAX = 256,
    FIELD_MAX = 48, /* P-384 */
};

/* --- use --- */

/* 7C { 82 {}, 81 { block } }: give me the response to this challenge; 85 { point }: to this exponentiation. */
static GByteArray *
build_request (guint32 tag, const guint8 *block, gsize length)
{
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    GByteArray *out = g_byte_array_new ();

    pena_tlv_append (inner, PIV_TAG_RESPONSE, NULL, 0);
    pena_tlv_append (inner, tag, block, length);
    pena_tlv_append (out, PIV_TAG_DYNAMIC_AUTHENTICATION, inner->data, inner->len);
    return out;
}

static gboolean
take_response (const PenaSecret *answer, PenaTlv *ret_response, GError **error)
{
    PenaTlv outer;

    if (pena_tlv_find (answer->data, answer->length, PIV_TAG_DYNAMIC_AUTHENTICATION, &outer) &&
        pena_tlv_find (outer.value, outer.length, PIV_TAG_RESPONSE, ret_response))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is malformed");
    return FALSE;
}

/* A hash value as a number of the curve's size: its leftmost bytes (FIPS 186-4, 6.4), or zeros before it. */
static void
fit_hash (const guint8 *hash, gsize length, guint8 *block, gsize size)
{
    gsize missing = size > length ? size - length : 0;

    memset (block, 0, missing);
    memcpy (block + missing, hash, size - missing);
}

/* From the DER that the card gives to r and s side by side. */
static gboolean
append_ecdsa (PenaSecret *output, const PenaTlv *response, guint8 *block, gsize size)
{
    const guint8 *at = response->value;
    ECDSA_SIG *signature = d2i_ECDSA_SIG (NULL, &at, (long)response->length);
    gboolean fits = signature != NULL &&
                    BN_bn2binpad (ECDSA_SIG_get0_r (signature), block, (int)size) == (int)size &&
                    pena_secret_append (output, block, size) &&
                    BN_bn2binpad (ECDSA_SIG_get0_s (signature), block, (int)size) == (int)size &&
                    pena_secret_append (output, block, size);

    ECDSA_SIG_free (signature);
    return fits;
}

static gboolean
find_algorithm (PenaKeyAlgorithm algorithm, guint8 *ret_id, GError **error)
{
    if (pena_piv_algorithm_id (algorithm, ret_id))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "PIV has no keys of this kind");
    return FALSE;
}

static gboolean
general_authenticate (PenaCard *card, const PenaCardKey *key, guint32 tag, const guint8 *block, gsize length,
                      PenaSecret *answer, PenaTlv *ret_response, GError **error)
{
    g_autoptr (GByteArray) request = build_request (tag, block, length);
    PenaApdu apdu = {.ins = PIV_INS_GENERAL_AUTHENTICATE,
                     .p2 = (guint8)key->place,
                     .data = request->data,
                     .length = request->len,
                     .patience = pena_card_key_patience (card, key)};

    return find_algorithm (key->algorithm, &apdu.p1, error) &&
           pena_card_command (card, &apdu, answer, "using the key", error) &&
           take_response (answer, ret_response, error);
}

gboolean
pena_piv_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
                  gsize length, PenaSecret *output, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_KEY_ANSWER, FALSE, error);
    guint32 tag = operation == PENA_KEY_ECDH ? PIV_TAG_EXPONENTIATION : PIV_TAG_CHALLENGE;
    gboolean ecdsa = operation == PENA_KEY_ECDSA;
    gsize size = (key->bits + 7) / 8;
    guint8 field[FIELD_MAX];
    PenaTlv response;

    g_return_val_if_fail (!ecdsa || size <= FIELD_MAX, FALSE);
    if (ecdsa)
        fit_hash (input, length, field, size);
    if (answer == NULL || !general_authenticate (card, key, tag, ecdsa ? field : input, ecdsa ? size : length,
                                                 answer, &response, error))
        return FALSE;
    pena_secret_clear (output);
    if (ecdsa ? append_ecdsa (output, &response, field, size)
              : pena_secret_append (output, response.value, response.length))
        return TRUE;
    pena_secret_clear (output);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is malformed");
    return FALSE;
}

/* --- making --- */

/* The vendor's numbers; 0 stands for what the place has, and is left out. */
static guint8
pin_policy (PenaKeyPin pin)
{
    static const guint8 numbers[] = {
        [PENA_KEY_PIN_NEVER] = 1, [PENA_KEY_PIN_ONCE] = 2, [PENA_KEY_PIN_ALWAYS] = 3};
    return numbers[pin];
}

static guint8
touch_policy (PenaKeyTouch touch)
{
    static const guint8 numbers[] = {
        [PENA_KEY_TOUCH_NEVER] = 1, [PENA_KEY_TOUCH_ALWAYS] = 2, [PENA_KEY_TOUCH_CACHED] = 3};
    return numbers[touch];
}

static void
append_policies (GByteArray *out, const PenaKeySpec *spec)
{
    guint8 pin = pin_policy (spec->pin), touch = touch_policy (spec->touch);

    if (pin != 0)
        pena_tlv_append (out, TAG_PIN_POLICY, &pin, 1);
    if (touch != 0)
        pena_tlv_append (out, TAG_TOUCH_POLICY, &touch, 1);
}

/* From now on there is something at the place, whatever was before. */
static void
note_key (PenaCard *card, const PenaCardPlace *place, EVP_PKEY *made)
{
    PivData *data = card->data;
    gpointer slot = GUINT_TO_POINTER (place->place);

    if (place->place >= PIV_RETIRED_PLACE && place->place < PIV_RETIRED_PLACE + PIV_RETIRED_KEYS)
        data->retired |= 1u << (place->place - PIV_RETIRED_PLACE);
    EVP_PKEY_up_ref (made);
    g_hash_table_replace (data->made, slot, made);
}

gboolean
pena_piv_generate_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY **ret_public, GError **error)
{
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    g_autoptr (GByteArray) request = g_byte_array_new ();
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_KEY_ANSWER, FALSE, error);
    PenaApdu apdu = {
        .ins = PIV_INS_GENERATE, .p2 = (guint8)spec->place->place, .patience = PENA_PATIENCE_LONG};
    PenaTlv public_key;
    guint8 id;

    if (answer == NULL || !find_algorithm (spec->algorithm, &id, error))
        return FALSE;
    pena_tlv_append (inner, TAG_ALGORITHM, &id, 1);
    append_policies (inner, spec);
    pena_tlv_append (request, TAG_REQUEST, inner->data, inner->len);
    apdu.data = request->data;
    apdu.length = request->len;
    if (!pena_card_admin_command (card, &apdu, answer, "making a key", error))
        return FALSE;
    EVP_PKEY *key = pena_tlv_find (answer->data, answer->length, PIV_TAG_PUBLIC_KEY, &public_key)
                        ? pena_piv_public_key (spec->algorithm, public_key.value, public_key.length)
                        : NULL;
    if (key == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is no public key");
        return FALSE;
    }
    note_key (card, spec->place, key);
    *ret_public = key;
    return TRUE;
}

/* --- importing --- */

/* As pena_tlv_append, into memory that is wiped. */
static gboolean
append_secret (PenaSecret *out, guint8 tag, const guint8 *value, gsize length)
{
    const guint8 head[] = {tag, 0x82, (guint8)(length >> 8), (guint8)length};

    return pena_secret_append (out, head, sizeof head) && pena_secret_append (out, value, length);
}

static gboolean
append_number (PenaSecret *out, guint8 tag, EVP_PKEY *key, const gchar *name, gsize size)
{
    g_autoptr (PenaSecret) bytes = pena_secret_new (HALF_MODULUS_MAX, FALSE, NULL);
    BIGNUM *number = NULL;
    gboolean done = bytes != NULL && size <= HALF_MODULUS_MAX &&
                    EVP_PKEY_get_bn_param (key, name, &number) == 1 &&
                    BN_bn2binpad (number, bytes->data, (int)size) == (int)size &&
                    append_secret (out, tag, bytes->data, size);

    BN_clear_free (number);
    return done;
}

static gboolean
append_rsa (PenaSecret *out, EVP_PKEY *key)
{
    static const gchar *const names[RSA_PARTS] = {
        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    gsize half = (gsize)EVP_PKEY_get_size (key) / 2;

    for (guint8 i = 0; i < RSA_PARTS; i++)
        if (!append_number (out, TAG_RSA_PART + i, key, names[i], half))
            return FALSE;
    return TRUE;
}

static gboolean
append_raw (PenaSecret *out, guint8 tag, EVP_PKEY *key)
{
    g_autoptr (PenaSecret) bytes = pena_secret_new (SCALAR_MAX, FALSE, NULL);
    gsize length = SCALAR_MAX;

    return bytes != NULL && EVP_PKEY_get_raw_private_key (key, bytes->data, &length) == 1 &&
           append_secret (out, tag, bytes->data, length);
}

static gboolean
append_private (PenaSecret *out, PenaKeyAlgorithm algorithm, EVP_PKEY *key)
{
    if (pena_key_algorithm_is_rsa (algorithm))
        return append_rsa (out, key);
    if (algorithm == PENA_ALGORITHM_ED25519)
        return append_raw (out, TAG_ED25519_SEED, key);
    if (algorithm == PENA_ALGORITHM_X25519)
        return append_raw (out, TAG_X25519_SCALAR, key);
    return append_number (out, TAG_EC_SCALAR, key, OSSL_PKEY_PARAM_PRIV_KEY,
                          (pena_key_algorithm_bits (algorithm) + 7) / 8);
}

gboolean
pena_piv_import_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY *key, GError **error)
{
    g_autoptr (PenaSecret) parts = pena_secret_new (IMPORT_MAX, FALSE, error);
    g_autoptr (GByteArray) policies = g_byte_array_new ();
    PenaApdu apdu = {
        .ins = PIV_INS_IMPORT, .p2 = (guint8)spec->place->place, .patience = PENA_PATIENCE_PERSON};

    if (parts == NULL || !find_algorithm (spec->algorithm, &apdu.p1, error))
        return FALSE;
    append_policies (policies, spec);
    if (!append_private (parts, spec->algorithm, key) ||
        !pena_secret_append (parts, policies->data, policies->len)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED,
                     "the key has no private part that PIV takes");
        return FALSE;
    }
    apdu.data = parts->data;
    apdu.length = parts->length;
    if (!pena_card_admin_command (card, &apdu, NULL, "importing a key", error))
        return FALSE;
    note_key (card, spec->place, key);
    return TRUE;
}

gboolean
pena_piv_delete_key (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    const PenaApdu apdu = {.ins = PIV_INS_MOVE_KEY, .p1 = DELETE, .p2 = (guint8)place->place};
    PivData *data = card->data;

    if (!pena_card_admin_command (card, &apdu, NULL, "deleting a key", error))
        return FALSE;
    g_hash_table_remove (data->made, GUINT_TO_POINTER (place->place));
    return TRUE;
}

/* --- attestation --- */

gboolean
pena_piv_attest (PenaCard *card, const PenaCardKey *key, GBytes **ret_statement, GBytes **ret_intermediate,
                 GError **error)
{
    const PenaApdu apdu = {.ins = PIV_INS_ATTEST, .p1 = (guint8)key->place, .patience = PENA_PATIENCE_PERSON};
    g_autoptr (PenaSecret) answer = pena_secret_new (PENA_CARD_OBJECT_MAX, FALSE, error);
    g_autoptr (GBytes) statement = NULL, intermediate = NULL;
    PenaTlv object;
    gboolean found;

    if (answer == NULL || !pena_card_admin_command (card, &apdu, answer, "attesting a key", error))
        return FALSE;
    statement = g_bytes_new (answer->data, answer->length);
    if (!pena_piv_get_object (card, PIV_OBJECT_ATTESTATION, answer, &object, &found, error))
        return FALSE;
    intermediate = found ? pena_piv_certificate (&object) : NULL;
    if (intermediate == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                     "the card has no certificate of the key that attests");
        return FALSE;
    }
    *ret_statement = g_steal_pointer (&statement);
    *ret_intermediate = g_steal_pointer (&intermediate);
    return TRUE;
}
