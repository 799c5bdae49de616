/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: OpenPGP cards (functional specification 3.4.1): what is on them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-card-private.h"
#include "pena-tlv.h"

enum {
    INS_SELECT = 0xA4,
    SELECT_BY_NAME = 0x04,
    SELECT_ANSWER = 256,
    SW_TERMINATED = 0x6285,
    PW1_MIN = 6,
    PW3_MIN = 8,
    TAG_COUNT = 0x93,
    COUNT_ANSWER = 64,
    DO_AID = 0x4F,
    NAME_ANSWER = 64,
};

static const PenaCardPlace places[] = {
    {OPENPGP_SIGN, 1, "sig", "Signature key", PENA_KEY_SIGN, PENA_KEY_PIN_ALWAYS},
    {OPENPGP_DECIPHER, 2, "dec", "Decryption key", PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE},
    {OPENPGP_AUTHENTICATE, 3, "aut", "Authentication key", PENA_KEY_SIGN, PENA_KEY_PIN_ONCE},
    {0},
};

static const PenaCardPin pins[OPENPGP_PINS] = {
    [OPENPGP_PIN_USER] = {.role = PENA_ROLE_USER, .reference = 0x82, .label = "PIN", .min = PW1_MIN},
    [OPENPGP_PIN_SIGN] = {.role = PENA_ROLE_USER,
                          .reference = 0x81,
                          .label = "PIN (signature)",
                          .min = PW1_MIN},
    [OPENPGP_PIN_CODE] = {.role = PENA_ROLE_RESET, .label = "Resetting code", .min = PW3_MIN, .no_pad = TRUE},
    [OPENPGP_PIN_ADMIN] = {.role = PENA_ROLE_ADMIN, .reference = 0x83, .label = "Admin PIN", .min = PW3_MIN},
};

/* A terminated application is there, and can be made as new. */
gboolean
pena_openpgp_select_anew (PenaCard *card, gboolean *ret_found, GError **error)
{
    const PenaApdu apdu = {.ins = INS_SELECT,
                           .p1 = SELECT_BY_NAME,
                           .data = card->driver->aid,
                           .length = card->driver->aid_length};
    g_autoptr (PenaSecret) answer = pena_secret_new (SELECT_ANSWER, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK || sw == SW_TERMINATED;
    if (*ret_found || pena_sw_says_absent (sw))
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "selecting the application", error);
    return FALSE;
}

/* SELECT ends what other programs have verified, on many cards even when the application was selected already. So it
 * is asked for its name first: what answers that needs no SELECT. */
static gboolean
is_selected (PenaCard *card, gboolean *ret_selected, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (NAME_ANSWER, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_openpgp_get (card, DO_AID, answer, &sw, error))
        return FALSE;
    *ret_selected = sw == PENA_SW_OK && answer->length == OPENPGP_AID_LENGTH &&
                    memcmp (answer->data, card->driver->aid, card->driver->aid_length) == 0;
    return TRUE;
}

static gboolean
openpgp_select (PenaCard *card, gboolean *ret_found, GError **error)
{
    gboolean likely = card->data != NULL ||
                      pena_card_driver_knows_atr (card->driver, card->link->atr, card->link->atr_length);
    gboolean selected = FALSE;

    if (likely && !is_selected (card, &selected, error))
        return FALSE;
    *ret_found = selected;
    return selected || pena_openpgp_select_anew (card, ret_found, error);
}

/* --- what 6E says --- */

static PenaCardAbilities
abilities_of (const OpenpgpData *data)
{
    PenaCardAbilities abilities = PENA_CARD_RESET;

    if (data->terminated)
        return abilities;
    abilities = PENA_CARD_GENERATE | PENA_CARD_PUT_CERTIFICATE | PENA_CARD_CHANGE_PIN | PENA_CARD_UNBLOCK |
                PENA_CARD_RESET_CODE | PENA_CARD_COUNT;
    if (data->life_cycle == 0x03 || data->life_cycle == 0x05)
        abilities |= PENA_CARD_RESET;
    if ((data->capabilities & OPENPGP_CAN_IMPORT) != 0)
        abilities |= PENA_CARD_IMPORT;
    if ((data->capabilities & OPENPGP_CAN_KEEP_PRIVATE) != 0)
        abilities |= PENA_CARD_SET_LABEL;
    if ((data->capabilities & OPENPGP_CAN_CHALLENGE) != 0)
        abilities |= PENA_CARD_RANDOM;
    if ((data->capabilities & OPENPGP_CAN_CHANGE_ATTRIBUTES) != 0)
        abilities |= PENA_CARD_DELETE_KEY;
    if ((data->capabilities & OPENPGP_CAN_CHANGE_STATUS) != 0)
        abilities |= PENA_CARD_PIN_POLICY;
    if (data->touch[OPENPGP_SIGN] != OPENPGP_TOUCH_UNKNOWN)
        abilities |= PENA_CARD_TOUCH_POLICY;
    return abilities;
}

static void
set_pins (PenaCard *card)
{
    static const guint8 passwords[OPENPGP_PINS] = {0, 0, 1, 2};
    const OpenpgpData *data = card->data;

    card->contents.n_pins = 0;
    for (guint i = 0; i < OPENPGP_PINS; i++) {
        PenaCardPin pin = pins[i];
        pin.max = data->kdf.active ? PENA_CARD_PIN_MAX : MIN (data->pin_max[passwords[i]], PENA_CARD_PIN_MAX);
        pin.no_pad = pin.no_pad || data->kdf.active;
        pena_card_add_pin (card, &pin);
    }
}

static void
set_texts (PenaCard *card)
{
    const OpenpgpData *data = card->data;
    PenaCardContents *contents = &card->contents;
    const guint8 *aid = data->aid;

    g_free (contents->serial);
    g_free (contents->version);
    contents->manufacturer = pena_openpgp_manufacturer (data);
    contents->version = g_strdup_printf ("%u.%u", aid[6], aid[7]);
    contents->serial =
        g_strdup_printf ("%02x%02x%02x%02x%02x%02x", aid[8], aid[9], aid[10], aid[11], aid[12], aid[13]);
}

static void
openpgp_describe (PenaCard *card)
{
    PenaCardContents *contents = &card->contents;

    g_free (contents->label);
    contents->label = g_strdup ("OpenPGP");
    contents->model = "OpenPGP card";
    contents->places = places;
    if (card->data == NULL)
        return;
    ((OpenpgpData *)card->data)->told = TRUE;
    ((OpenpgpData *)card->data)->fresh = FALSE;
    set_texts (card);
    set_pins (card);
    contents->abilities = abilities_of (card->data);
    contents->algorithms = pena_openpgp_possible_algorithms (card->data);
}

/* Who it is, and what shows that keys are others than before. Certificates can change without a trace. */
static gboolean
openpgp_identify (PenaCard *card, GByteArray *identity, GError **error)
{
    const OpenpgpData *data = card->data;

    if ((data == NULL || !data->fresh) && !pena_openpgp_read_data (card, error))
        return FALSE;
    data = card->data;
    if (data->terminated)
        return TRUE;
    g_byte_array_append (identity, data->aid, sizeof data->aid);
    g_byte_array_append (identity, data->fingerprints, sizeof data->fingerprints);
    g_byte_array_append (identity, data->dates, sizeof data->dates);
    g_byte_array_append (identity, data->origin, sizeof data->origin);
    g_byte_array_append (identity, data->touch, sizeof data->touch);
    for (guint i = 0; i < OPENPGP_PLACES; i++)
        g_byte_array_append (identity, data->attributes[i].bytes, (guint)data->attributes[i].length);
    g_byte_array_append (identity, data->one_signature ? (const guint8 *)"1" : (const guint8 *)"n", 1);
    return TRUE;
}

/* --- certificates and keys --- */

static PenaKeyTouch
touch_of (guint8 flag)
{
    switch (flag) {
    case 0x00:
        return PENA_KEY_TOUCH_NEVER;
    case 0x01:
    case 0x02: /* for good */
        return PENA_KEY_TOUCH_ALWAYS;
    case 0x03:
    case 0x04: /* for good */
        return PENA_KEY_TOUCH_CACHED;
    default:
        return PENA_KEY_TOUCH_DEFAULT;
    }
}

/* On a PIN pad each reference of PW1 would have to be typed: the one for signatures is, when it is needed. */
static PenaKeyPin
pin_of (PenaCard *card, OpenpgpPlace place)
{
    const OpenpgpData *data = card->data;
    gboolean always = place == OPENPGP_SIGN && (data->one_signature || card->link->pad_verifies);

    return always ? PENA_KEY_PIN_ALWAYS : PENA_KEY_PIN_ONCE;
}

static gboolean
may_have_key (const OpenpgpData *data, OpenpgpPlace place)
{
    return !data->tells_origin || data->origin[place] != 0;
}

/* public_key (taken over) may be NULL: the certificate's. */
static void
add_key (PenaCard *card, OpenpgpPlace place, EVP_PKEY *public_key)
{
    const OpenpgpData *data = card->data;
    const PenaCardKey template = {
        .id = {{places[place].id}, 1},
        .place = place,
        .label = (gchar *)places[place].label,
        .operations = place == OPENPGP_DECIPHER ? PENA_KEY_RSA_PKCS1_DECRYPT | PENA_KEY_ECDH
                                                : PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_ECDSA | PENA_KEY_EDDSA,
        .usage = places[place].usage,
        .pin = pin_of (card, place),
        .pin_index = place == OPENPGP_SIGN ? OPENPGP_PIN_SIGN : OPENPGP_PIN_USER,
        .touch = touch_of (data->touch[place]),
        .origin = !data->tells_origin        ? PENA_KEY_ORIGIN_UNKNOWN
                  : data->origin[place] == 1 ? PENA_KEY_ORIGIN_GENERATED
                                             : PENA_KEY_ORIGIN_IMPORTED,
    };
    PenaCardKey *key = pena_card_add_key (card, &template, public_key);

    if (key != NULL && key->certificate != NULL &&
        EVP_PKEY_eq (key->public_key, X509_get0_pubkey (key->certificate->x509)) != 1)
        g_clear_pointer (&key->certificate, pena_card_certificate_unref);
}

/* What GET DATA gives for the place; empty when there is none. */
static gboolean
get_certificate (PenaCard *card, OpenpgpPlace place, PenaSecret *answer, GError **error)
{
    gboolean selected;
    guint16 sw = PENA_SW_OK;

    pena_secret_clear (answer);
    if (!pena_openpgp_select_certificate (card, place, &selected, error) ||
        ((selected || place == OPENPGP_AUTHENTICATE) &&
         !pena_openpgp_get (card, OPENPGP_DO_CERTIFICATE, answer, &sw, error)))
        return FALSE;
    if (sw != PENA_SW_OK)
        pena_secret_clear (answer);
    if (sw == PENA_SW_OK || (sw & 0xFFF0) == 0x6A80)
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "reading a certificate", error);
    return FALSE;
}

static gboolean
read_certificate (PenaCard *card, OpenpgpPlace place, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PENA_CARD_OBJECT_MAX, FALSE, error);
    const PenaCardCertificate template = {
        .id = {{places[place].id}, 1}, .place = place, .label = (gchar *)places[place].label};

    if (answer == NULL || !get_certificate (card, place, answer, error))
        return FALSE;
    if (answer->length > 0 &&
        pena_card_add_certificate (card, &template, answer->data, answer->length) != NULL &&
        may_have_key (card->data, place))
        add_key (card, place, NULL);
    return TRUE;
}

/* The first certificate comes last: programs that know of one only read whichever was selected. */
static gboolean
openpgp_read (PenaCard *card, GError **error)
{
    const OpenpgpData *data = card->data;

    if ((data == NULL || !data->told) && !pena_openpgp_read_data (card, error))
        return FALSE;
    openpgp_describe (card);
    ((OpenpgpData *)card->data)->told = FALSE;
    data = card->data;
    if (data->terminated)
        return TRUE;
    if (card->link->pad_verifies && !pena_openpgp_read_kdf (card, error))
        return FALSE;
    for (guint place = 0; place < OPENPGP_PLACES; place++)
        if (!read_certificate (card, place, error))
            return FALSE;
    return TRUE;
}

gboolean
pena_openpgp_need_algorithms (PenaCard *card, GError **error)
{
    OpenpgpData *data = card->data;
    g_autoptr (PenaSecret) answer = NULL;
    PenaTlv list;
    guint16 sw;

    if (data->algorithms != NULL || (data->capabilities & OPENPGP_CAN_CHANGE_ATTRIBUTES) == 0)
        return TRUE;
    answer = pena_secret_new (OPENPGP_OBJECT_MAX, FALSE, error);
    if (answer == NULL || !pena_openpgp_get (card, OPENPGP_DO_ALGORITHMS, answer, &sw, error))
        return FALSE;
    if (sw == PENA_SW_OK && pena_tlv_find (answer->data, answer->length, OPENPGP_DO_ALGORITHMS, &list))
        data->algorithms = g_bytes_new (list.value, list.length);
    card->contents.algorithms = pena_openpgp_possible_algorithms (data);
    return TRUE;
}

/* A key that the card counts among its own and then does not give is asked for once more: the answer may have been
 * that of another application. */
static gboolean
read_public_key (PenaCard *card, OpenpgpPlace place, EVP_PKEY **ret_public, GError **error)
{
    const OpenpgpData *data = card->data;

    if (!pena_openpgp_public_key (card, place, FALSE, ret_public, error))
        return FALSE;
    if (*ret_public != NULL || !data->tells_origin)
        return TRUE;
    return pena_card_select_again (card, error) &&
           pena_openpgp_public_key (card, place, FALSE, ret_public, error);
}

/* The card's own word on each key: a certificate may be of an earlier one, or there may be none. */
static gboolean
read_key (PenaCard *card, OpenpgpPlace place, GError **error)
{
    const PenaCardKey *before = pena_card_find_key (card, place);
    EVP_PKEY *public_key = NULL;

    if (may_have_key (card->data, place) && !read_public_key (card, place, &public_key, error))
        return FALSE;
    if (before != NULL)
        pena_card_remove_key (card, before);
    if (public_key != NULL)
        add_key (card, place, public_key);
    return TRUE;
}

static gboolean
openpgp_read_keys (PenaCard *card, GError **error)
{
    if (((const OpenpgpData *)card->data)->terminated)
        return TRUE;
    if (!pena_openpgp_need_algorithms (card, error))
        return FALSE;
    for (guint place = 0; place < OPENPGP_PLACES; place++)
        if (!read_key (card, place, error))
            return FALSE;
    return TRUE;
}

static gboolean
openpgp_count_signatures (PenaCard *card, guint *ret_count, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (COUNT_ANSWER, FALSE, error);
    PenaTlv support, count;
    guint16 sw;

    if (answer == NULL || !pena_openpgp_get (card, OPENPGP_DO_SECURITY_SUPPORT, answer, &sw, error))
        return FALSE;
    if (sw == PENA_SW_OK &&
        pena_tlv_find (answer->data, answer->length, OPENPGP_DO_SECURITY_SUPPORT, &support) &&
        pena_tlv_find (support.value, support.length, TAG_COUNT, &count) && count.length == 3) {
        *ret_count = (guint)count.value[0] << 16 | (guint)count.value[1] << 8 | count.value[2];
        return TRUE;
    }
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card does not tell its count (%04X)", sw);
    return FALSE;
}

static gboolean
openpgp_confirm (PenaCard *card, const PenaCardCertificate *certificate, gboolean *ret_true, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PENA_CARD_OBJECT_MAX, FALSE, error);
    gsize length;
    const guint8 *der = g_bytes_get_data (certificate->der, &length);
    gboolean done;

    if (answer == NULL || !get_certificate (card, certificate->place, answer, error) ||
        (certificate->place != OPENPGP_AUTHENTICATE &&
         !pena_openpgp_select_certificate (card, OPENPGP_AUTHENTICATE, &done, error)))
        return FALSE;
    *ret_true = answer->length >= length && memcmp (answer->data, der, length) == 0;
    return TRUE;
}

static const guint8 aid[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01};

/* What cards that are sold for OpenPGP alone begin with: selection by name, and so on (6.1). Looking here first
 * saves a SELECT. */
static const PenaAtrMatch atrs[] = {
    {.historical = "\0\x31\xF5", .length = 3, .score = 10}, /* 3.x */
    {.historical = "\0\x31\xC5", .length = 3, .score = 10}, /* 2.x */
    {.historical = "\0\x31\x84", .length = 3, .score = 10}, /* Gnuk */
    {.historical = NULL},
};

static const PenaSwRow sw_rows[] = {
    {0x6600, 0xFFFF, PENA_ERROR_TOKEN_UNTOUCHED, "nobody touched the token in time"},
    {0x6A80, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "no key of this kind, or it does not take this"},
    {0x6A88, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "there is no such key"},
    {0, 0, PENA_ERROR_TOKEN_FAILED, NULL},
};

const PenaCardDriver pena_card_driver_openpgp = {
    .name = "openpgp",
    .aid = aid,
    .aid_length = sizeof aid,
    .score = 5, /* where there is PIV as well, that is for officials */
    .atrs = atrs,
    .sw = sw_rows,
    .select = openpgp_select,
    .free_data = pena_openpgp_free_data,
    .identify = openpgp_identify,
    .describe = openpgp_describe,
    .read = openpgp_read,
    .read_keys = openpgp_read_keys,
    .confirm = openpgp_confirm,
    .ask_pin = pena_openpgp_ask_pin,
    .prepare_pin = pena_openpgp_prepare_pin,
    .verify = pena_openpgp_verify,
    .change_pin = pena_openpgp_change_pin,
    .unblock = pena_openpgp_unblock,
    .forget_pin = pena_openpgp_forget_pin,
    .spoil_pin = pena_openpgp_spoil_pin,
    .consent_lasts = TRUE,
    .use_key = pena_openpgp_use_key,
    .generate_key = pena_openpgp_generate_key,
    .import_key = pena_openpgp_import_key,
    .put_certificate = pena_openpgp_put_certificate,
    .delete_certificate = pena_openpgp_delete_certificate,
    .delete_key = pena_openpgp_delete_key,
    .factory_reset = pena_openpgp_factory_reset,
    .read_label = pena_openpgp_read_label,
    .set_label = pena_openpgp_set_label,
    .set_reset_code = pena_openpgp_set_reset_code,
    .count_signatures = openpgp_count_signatures,
    .random = pena_openpgp_random,
};
