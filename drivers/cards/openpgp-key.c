/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: keys of OpenPGP cards: their public parts, signatures, deciphering (7.2.10 to 7.2.14)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-tlv.h"

enum {
    INS_SECURITY_OPERATION = 0x2A,
    INS_GENERATE = 0x47,
    INS_INTERNAL_AUTHENTICATE = 0x88,
    MAKE = 0x80,
    READ = 0x81,
    SW_REFERENCE_NOT_FOUND = 0x6A88,

    TAG_PUBLIC_KEY = 0x7F49,
    TAG_CIPHER = 0xA6,
    TAG_POINT = 0x86,
    CIPHER_RSA = 0x00,
    UNCOMPRESSED = 0x04,

    KEY_ANSWER = 1024,
    CRYPTOGRAM_MAX = 512,
};

const guint8 *
pena_openpgp_template (OpenpgpPlace place)
{
    static const guint8 templates[OPENPGP_PLACES][2] = {{0xB6, 0x00}, {0xB8, 0x00}, {0xA4, 0x00}};
    return templates[place];
}

/* The card need not be of one mind with what it said of its algorithms: a key that does not go with them is no
 * key. */
gboolean
pena_openpgp_public_key (PenaCard *card, OpenpgpPlace place, gboolean make, EVP_PKEY **ret_public,
                         GError **error)
{
    const OpenpgpAttributes *attributes = &((const OpenpgpData *)card->data)->attributes[place];
    const PenaApdu apdu = {.ins = INS_GENERATE,
                           .p1 = make ? MAKE : READ,
                           .data = pena_openpgp_template (place),
                           .length = 2,
                           .patience = make ? PENA_PATIENCE_LONG : PENA_PATIENCE_CARD};
    g_autoptr (PenaSecret) answer = pena_secret_new (KEY_ANSWER, FALSE, error);
    PenaTlv public_key;
    guint16 sw;

    *ret_public = NULL;
    if (answer == NULL)
        return FALSE;
    if (make)
        sw = PENA_SW_OK;
    if (!(make ? pena_card_admin_command (card, &apdu, answer, "making a key", error)
               : pena_apdu_exchange (card->link, &apdu, answer, &sw, error)))
        return FALSE;
    if (sw == PENA_SW_OK && pena_tlv_find (answer->data, answer->length, TAG_PUBLIC_KEY, &public_key))
        *ret_public = pena_openpgp_parse_public (
            pena_openpgp_parse_attributes (place, attributes->bytes, attributes->length), public_key.value,
            public_key.length);
    return TRUE;
}

/* --- use --- */

static gboolean
refuse_answer (PenaSecret *output, GError **error)
{
    pena_secret_clear (output);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's answer is malformed");
    return FALSE;
}

static void
note_used_up (PenaCard *card)
{
    const OpenpgpData *data = card->data;

    if (data->one_signature)
        card->contents.pins[OPENPGP_PIN_SIGN].verified = FALSE;
}

/* DigestInfo, hash value (its leftmost bytes when it is longer than the curve: FIPS 186-4, 6.4) or message. */
static gboolean
sign (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input, gsize length,
      PenaSecret *answer, GError **error)
{
    gsize field = (key->bits + 7) / 8;
    PenaApdu apdu = {.ins = INS_INTERNAL_AUTHENTICATE,
                     .data = input,
                     .length = length,
                     .patience = pena_card_key_patience (card, key)};

    if (operation == PENA_KEY_ECDSA)
        apdu.length = MIN (length, field);
    if (key->place == OPENPGP_SIGN) {
        apdu.ins = INS_SECURITY_OPERATION;
        apdu.p1 = 0x9E;
        apdu.p2 = 0x9A;
    }
    if (!pena_card_command (card, &apdu, answer, "signing", error))
        return FALSE; /* which need not have used the PIN up */
    if (key->place == OPENPGP_SIGN)
        note_used_up (card);
    return TRUE;
}

/* A cryptogram goes behind 00; a point into A6 { 7F49 { 86 } }. */
static gboolean
decipher (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
          gsize length, PenaSecret *answer, GError **error)
{
    g_autoptr (GByteArray) data = g_byte_array_new ();
    PenaApdu apdu = {.ins = INS_SECURITY_OPERATION,
                     .p1 = 0x80,
                     .p2 = 0x86,
                     .patience = pena_card_key_patience (card, key)};

    if (operation == PENA_KEY_ECDH) {
        g_autoptr (GByteArray) point = g_byte_array_new ();
        g_autoptr (GByteArray) public_key = g_byte_array_new ();
        pena_tlv_append (point, TAG_POINT, input, length);
        pena_tlv_append (public_key, TAG_PUBLIC_KEY, point->data, point->len);
        pena_tlv_append (data, TAG_CIPHER, public_key->data, public_key->len);
    } else {
        const guint8 indicator = CIPHER_RSA;
        g_byte_array_append (data, &indicator, 1);
        g_byte_array_append (data, input, (guint)length);
    }
    apdu.data = data->data;
    apdu.length = data->len;
    return pena_card_command (card, &apdu, answer, "deciphering", error);
}

/* What the operation must give; 0 for any length up to the modulus. Some cards give a whole point for its X. */
static gboolean
take_answer (const PenaCardKey *key, PenaKeyOperation operation, const PenaSecret *answer, PenaSecret *output)
{
    gsize field = (key->bits + 7) / 8;
    gsize wanted = operation == PENA_KEY_ECDSA || operation == PENA_KEY_EDDSA ? 2 * field : field;
    const guint8 *from = answer->data;
    gsize length = answer->length;

    if (operation == PENA_KEY_ECDH && length == 2 * field + 1 && from[0] == UNCOMPRESSED) {
        from++;
        length = field;
    }
    if (operation == PENA_KEY_RSA_PKCS1_DECRYPT ? length > wanted : length != wanted)
        return FALSE;
    return pena_secret_append (output, from, length);
}

gboolean
pena_openpgp_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
                      gsize length, PenaSecret *output, GError **error)
{
    gboolean signs = (operation & (PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_ECDSA | PENA_KEY_EDDSA)) != 0;
    g_autoptr (PenaSecret) answer = pena_secret_new (KEY_ANSWER, FALSE, error);

    g_return_val_if_fail (length <= PENA_APDU_DATA_MAX - 16, FALSE);
    pena_secret_clear (output);
    if (answer == NULL || !(signs ? sign (card, key, operation, input, length, answer, error)
                                  : decipher (card, key, operation, input, length, answer, error)))
        return FALSE;
    return take_answer (key, operation, answer, output) ? TRUE : refuse_answer (output, error);
}
