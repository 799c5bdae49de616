/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: administration of OpenPGP cards: keys, certificates, factory reset (7.2.8, 7.2.14 to 7.2.17)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/rand.h>
#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-card-private.h"
#include "pena-tlv.h"

enum {
    INS_VERIFY = 0x20,
    INS_ACTIVATE = 0x44,
    INS_GET_CHALLENGE = 0x84,
    INS_PUT_DATA = 0xDA,
    INS_PUT_DATA_LIST = 0xDB,
    INS_TERMINATE = 0xE6,

    TOUCH_BUTTON = 0x20, /* second byte of D6 to D8 */
    CHALLENGE_PIECE = 256,
    TRIES_MAX = 15,
    WRONG_LENGTH =
        8, /* of a password that is to be wrong; with a derivation cards want it as long as a hash */
    WRONG_LENGTH_MAX = 64,
};

static gboolean
put (PenaCard *card, guint tag, gconstpointer bytes, gsize length, const gchar *doing, GError **error)
{
    const PenaApdu apdu = {
        .ins = INS_PUT_DATA, .p1 = (guint8)(tag >> 8), .p2 = (guint8)tag, .data = bytes, .length = length};

    return pena_card_admin_command (card, &apdu, NULL, doing, error);
}

gboolean
pena_openpgp_set_label (PenaCard *card, const gchar *label, GError **error)
{
    return put (card, OPENPGP_DO_LABEL, label, strlen (label), "naming the card", error);
}

/* --- keys --- */

/* All that can be known before anything is changed. */
static gboolean
check_spec (PenaCard *card, const PenaKeySpec *spec, OpenpgpAttributes *ret_attributes, GError **error)
{
    const OpenpgpData *data = card->data;
    OpenpgpPlace place = spec->place->place;

    if (!pena_openpgp_find_attributes (data, place, spec->algorithm, ret_attributes)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED,
                     "the card has no keys of this kind in this place");
        return FALSE;
    }
    if (spec->pin == PENA_KEY_PIN_NEVER || (spec->pin == PENA_KEY_PIN_ALWAYS && place != OPENPGP_SIGN) ||
        (spec->pin != PENA_KEY_PIN_DEFAULT && place == OPENPGP_SIGN &&
         (data->capabilities & OPENPGP_CAN_CHANGE_STATUS) == 0))
        return pena_card_unsupported ("another PIN policy", error);
    if (spec->touch != PENA_KEY_TOUCH_DEFAULT && spec->touch != PENA_KEY_TOUCH_NEVER &&
        data->touch[place] == OPENPGP_TOUCH_UNKNOWN)
        return pena_card_unsupported ("another touch policy", error);
    return TRUE;
}

static gboolean
put_attributes (PenaCard *card, OpenpgpPlace place, const OpenpgpAttributes *attributes, GError **error)
{
    OpenpgpData *data = card->data;
    OpenpgpAttributes *now = &data->attributes[place];

    if (now->length == attributes->length && memcmp (now->bytes, attributes->bytes, now->length) == 0)
        return TRUE;
    if (!put (card, OPENPGP_DO_ATTRIBUTES + place, attributes->bytes, attributes->length,
              "setting the kind of key", error))
        return FALSE;
    *now = *attributes;
    return TRUE;
}

/* C4 is for the whole card, but only the signature key goes by it. */
static gboolean
put_policies (PenaCard *card, const PenaKeySpec *spec, GError **error)
{
    static const guint8 touches[] = {
        [PENA_KEY_TOUCH_NEVER] = 0x00, [PENA_KEY_TOUCH_ALWAYS] = 0x01, [PENA_KEY_TOUCH_CACHED] = 0x03};
    OpenpgpData *data = card->data;
    OpenpgpPlace place = spec->place->place;
    guint8 touch[2] = {touches[spec->touch], TOUCH_BUTTON};
    guint8 several = spec->pin == PENA_KEY_PIN_ONCE;

    if (spec->touch != PENA_KEY_TOUCH_DEFAULT && data->touch[place] != OPENPGP_TOUCH_UNKNOWN &&
        data->touch[place] != touch[0] &&
        !put (card, OPENPGP_DO_TOUCH + place, touch, sizeof touch, "setting the touch policy", error))
        return FALSE;
    if (place != OPENPGP_SIGN || spec->pin == PENA_KEY_PIN_DEFAULT || data->one_signature == !several)
        return TRUE;
    return put (card, OPENPGP_DO_PW_STATUS, &several, 1, "setting the PIN policy", error);
}

/* Without fingerprint and date GnuPG passes a key over. */
static gboolean
put_fingerprint (PenaCard *card, OpenpgpPlace place, EVP_PKEY *key, GError **error)
{
    guint32 now = (guint32)(g_get_real_time () / G_USEC_PER_SEC);
    guint32 date = GUINT32_TO_BE (now);
    guint8 fingerprint[20];

    if (!pena_openpgp_fingerprint (key, place, now, fingerprint)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the key has no fingerprint");
        return FALSE;
    }
    return put (card, OPENPGP_DO_FINGERPRINT + place, fingerprint, sizeof fingerprint,
                "writing the fingerprint", error) &&
           put (card, OPENPGP_DO_DATE + place, &date, sizeof date, "writing the key's date", error);
}

static gboolean
check_made (EVP_PKEY *key, PenaKeyAlgorithm algorithm, GError **error)
{
    if (key != NULL && pena_key_algorithm (key) == algorithm)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                 "the card has not made the key that was asked for");
    return FALSE;
}

gboolean
pena_openpgp_generate_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY **ret_public, GError **error)
{
    OpenpgpPlace place = spec->place->place;
    OpenpgpAttributes attributes;
    EVP_PKEY *key = NULL;

    if (!pena_openpgp_need_algorithms (card, error) || !check_spec (card, spec, &attributes, error) ||
        !put_attributes (card, place, &attributes, error) || !put_policies (card, spec, error) ||
        !pena_openpgp_public_key (card, place, TRUE, &key, error))
        return FALSE;
    if (!check_made (key, spec->algorithm, error) || !put_fingerprint (card, place, key, error)) {
        EVP_PKEY_free (key);
        return FALSE;
    }
    *ret_public = key;
    return TRUE;
}

gboolean
pena_openpgp_import_key (PenaCard *card, const PenaKeySpec *spec, EVP_PKEY *key, GError **error)
{
    OpenpgpPlace place = spec->place->place;
    PenaApdu apdu = {.ins = INS_PUT_DATA_LIST, .p1 = 0x3F, .p2 = 0xFF, .patience = PENA_PATIENCE_PERSON};
    OpenpgpAttributes attributes;

    if ((((const OpenpgpData *)card->data)->capabilities & OPENPGP_CAN_IMPORT) == 0)
        return pena_card_unsupported ("importing a key", error);
    if (!pena_openpgp_need_algorithms (card, error) || !check_spec (card, spec, &attributes, error))
        return FALSE;
    g_autoptr (PenaSecret) list = pena_openpgp_import_list (place, &attributes, key, error);
    if (list == NULL)
        return FALSE;
    apdu.data = list->data;
    apdu.length = list->length;
    return put_attributes (card, place, &attributes, error) && put_policies (card, spec, error) &&
           pena_card_admin_command (card, &apdu, NULL, "importing the key", error) &&
           put_fingerprint (card, place, key, error);
}

/* No command deletes a key, but one goes with its attributes: they are changed and changed back. */
gboolean
pena_openpgp_delete_key (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    const OpenpgpData *data = card->data;
    const OpenpgpAttributes now = data->attributes[place->place];
    OpenpgpAttributes other;
    EVP_PKEY *key = NULL;

    if (!pena_openpgp_need_algorithms (card, error))
        return FALSE;
    PenaKeyAlgorithm algorithm = pena_openpgp_parse_attributes (place->place, now.bytes, now.length);
    PenaKeyAlgorithm another =
        algorithm == PENA_ALGORITHM_RSA2048 ? PENA_ALGORITHM_P256 : PENA_ALGORITHM_RSA2048;
    if (!pena_openpgp_find_attributes (data, place->place, another, &other) &&
        !pena_openpgp_find_attributes (data, place->place, PENA_ALGORITHM_RSA4096, &other))
        return pena_card_unsupported ("deleting a key", error);
    if (!put_attributes (card, place->place, &other, error) ||
        !put_attributes (card, place->place, &now, error) ||
        !pena_openpgp_public_key (card, place->place, FALSE, &key, error))
        return FALSE;
    if (key == NULL)
        return TRUE;
    EVP_PKEY_free (key);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has kept the key");
    return FALSE;
}

/* --- certificates --- */

static gboolean
write_certificate (PenaCard *card, OpenpgpPlace place, gconstpointer der, gsize length, GError **error)
{
    gboolean done;

    if (!pena_openpgp_select_certificate (card, place, &done, error))
        return FALSE;
    if (!done && place != OPENPGP_AUTHENTICATE)
        return pena_card_unsupported ("a certificate in this place", error);
    return put (card, OPENPGP_DO_CERTIFICATE, der, length, "writing the certificate", error);
}

gboolean
pena_openpgp_put_certificate (PenaCard *card, const PenaCardPlace *place, GBytes *der, GError **error)
{
    const OpenpgpData *data = card->data;
    gsize length;
    gconstpointer bytes = g_bytes_get_data (der, &length);

    if (length > MIN (data->certificate_max, PENA_APDU_DATA_MAX)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FULL,
                     "the card has room for certificates of %u bytes", data->certificate_max);
        return FALSE;
    }
    return write_certificate (card, place->place, bytes, length, error);
}

gboolean
pena_openpgp_delete_certificate (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    return write_certificate (card, place->place, NULL, 0, error);
}

/* --- factory reset --- */

/* One try with a password that nobody has. Should the card take it, by chance or to make this go on for ever, the
 * loop around it ends all the same. */
static gboolean
spend_try (PenaCard *card, guint8 reference, GError **error)
{
    const OpenpgpData *data = card->data;
    guint8 wrong[WRONG_LENGTH_MAX];
    const PenaApdu apdu = {.ins = INS_VERIFY,
                           .p2 = reference,
                           .data = wrong,
                           .length = data->kdf.active ? (data->kdf.hash == 0x08 ? 32 : 64) : WRONG_LENGTH};
    guint16 sw;

    if (RAND_bytes (wrong, sizeof wrong) != 1) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no random numbers");
        return FALSE;
    }
    return pena_apdu_exchange (card->link, &apdu, NULL, &sw, error);
}

static gboolean
block (PenaCard *card, guint index, guint password, GError **error)
{
    const OpenpgpData *data = card->data;
    PenaPinStatus status = {0};

    for (guint i = 0; i <= TRIES_MAX; i++) {
        if (!pena_openpgp_ask_pin (card, OPENPGP_PIN_CODE, &status, error)) /* reads the tries of all */
            return FALSE;
        if (status.known && data->tries[password] == 0)
            return TRUE;
        if (!status.known || !spend_try (card, card->contents.pins[index].reference, error))
            break;
    }
    if (error != NULL && *error == NULL)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card does not let itself be blocked");
    return FALSE;
}

static gboolean
can_be_terminated (const OpenpgpData *data)
{
    return data->terminated || data->life_cycle == 0x03 || data->life_cycle == 0x05;
}

gboolean
pena_openpgp_factory_reset (PenaCard *card, GError **error)
{
    static const PenaApdu terminate = {.ins = INS_TERMINATE, .patience = PENA_PATIENCE_PERSON};
    static const PenaApdu activate = {.ins = INS_ACTIVATE, .patience = PENA_PATIENCE_PERSON};
    const OpenpgpData *data = card->data;
    gboolean found;

    if (!can_be_terminated (data))
        return pena_card_unsupported ("resetting the card", error);
    if (!data->terminated &&
        (!pena_openpgp_read_kdf (card, error) || !block (card, OPENPGP_PIN_SIGN, 0, error) ||
         !block (card, OPENPGP_PIN_ADMIN, 2, error) ||
         !pena_card_command (card, &terminate, NULL, "terminating the application", error)))
        return FALSE;
    return pena_card_command (card, &activate, NULL, "activating the application", error) &&
           pena_openpgp_select_anew (card, &found, error);
}

/* --- random numbers --- */

gboolean
pena_openpgp_random (PenaCard *card, guint8 *out, gsize length, GError **error)
{
    static const PenaApdu apdu = {.ins = INS_GET_CHALLENGE};
    const OpenpgpData *data = card->data;
    gsize most = MIN (data->challenge_max, CHALLENGE_PIECE);

    if ((data->capabilities & OPENPGP_CAN_CHALLENGE) == 0 || most == 0)
        return pena_card_unsupported ("drawing random numbers", error);
    for (gsize done = 0; done < length;) {
        gsize now = MIN (most, length - done);
        g_autoptr (PenaSecret) answer = pena_secret_new (now, FALSE, error);
        if (answer == NULL || !pena_card_command (card, &apdu, answer, "drawing random numbers", error))
            return FALSE;
        if (answer->length != now) {
            g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card gives too few random numbers");
            return FALSE;
        }
        memcpy (out + done, answer->data, now);
        done += now;
    }
    return TRUE;
}
