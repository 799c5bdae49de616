/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards (NIST SP 800-73-4): the driver's table, places and PINs
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "piv.h"

#include <pena/pena-error.h>
#include <string.h>

enum {
    TAG_METADATA_TRIES = 0x06,
    /* Firmware of YubiKeys, as 0xMMmmpp: what they can do from then on. */
    CAN_ATTEST = 0x040300,
    CAN_DELETE_KEYS = 0x050700,
};

#define RETIRED(n, hex)                                                                                      \
    {                                                                                                        \
        PIV_RETIRED_PLACE + (n)-1, (n) + 4, hex, "Retired Key " #n, PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE      \
    }

/* Part 1, table 4b. */
const PenaCardPlace pena_piv_places[PIV_PLACES + 1] = {
    {0x9A, 1, "9a", "PIV Authentication", PENA_KEY_SIGN | PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE},
    {0x9C, 2, "9c", "Digital Signature", PENA_KEY_SIGN, PENA_KEY_PIN_ALWAYS},
    {0x9D, 3, "9d", "Key Management", PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE},
    {0x9E, 4, "9e", "Card Authentication", PENA_KEY_SIGN, PENA_KEY_PIN_NEVER},
    RETIRED (1, "82"),
    RETIRED (2, "83"),
    RETIRED (3, "84"),
    RETIRED (4, "85"),
    RETIRED (5, "86"),
    RETIRED (6, "87"),
    RETIRED (7, "88"),
    RETIRED (8, "89"),
    RETIRED (9, "8a"),
    RETIRED (10, "8b"),
    RETIRED (11, "8c"),
    RETIRED (12, "8d"),
    RETIRED (13, "8e"),
    RETIRED (14, "8f"),
    RETIRED (15, "90"),
    RETIRED (16, "91"),
    RETIRED (17, "92"),
    RETIRED (18, "93"),
    RETIRED (19, "94"),
    RETIRED (20, "95"),
    {0},
};

static const struct {
    PenaKeyAlgorithm algorithm;
    guint8 id; /* SP 800-78-4, table 6-2; 05 and 16 also SP 800-78-5; E0 and E1 are YubiKey's */
} algorithms[] = {
    {PENA_ALGORITHM_RSA1024, 0x06}, {PENA_ALGORITHM_RSA2048, 0x07}, {PENA_ALGORITHM_RSA3072, 0x05},
    {PENA_ALGORITHM_RSA4096, 0x16}, {PENA_ALGORITHM_P256, 0x11},    {PENA_ALGORITHM_P384, 0x14},
    {PENA_ALGORITHM_ED25519, 0xE0}, {PENA_ALGORITHM_X25519, 0xE1},
};

gboolean
pena_piv_algorithm_id (PenaKeyAlgorithm algorithm, guint8 *ret_id)
{
    for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
        if (algorithms[i].algorithm == algorithm) {
            *ret_id = algorithms[i].id;
            return TRUE;
        }
    return FALSE;
}

PenaKeyAlgorithm
pena_piv_algorithm_of_id (guint8 id)
{
    for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
        if (algorithms[i].id == id)
            return algorithms[i].algorithm;
    return PENA_ALGORITHM_UNKNOWN;
}

/* --- what is the same on all --- */

static guint32
firmware (const PivData *data)
{
    return (guint32)data->version[0] << 16 | (guint32)data->version[1] << 8 | data->version[2];
}

static void
tell_texts (PenaCard *card)
{
    const PivData *data = card->data;
    PenaCardContents *contents = &card->contents;

    if (firmware (data) == 0)
        return;
    g_free (contents->version);
    contents->version = g_strdup_printf ("%u.%u.%u", data->version[0], data->version[1], data->version[2]);
    if (data->serial == 0)
        return;
    g_free (contents->device_serial);
    contents->device_serial = g_strdup_printf ("%u", data->serial);
}

/* By the version, when that is known. */
static void
tell_device (PenaCard *card)
{
    const PivData *data = card->data;
    PenaCardContents *contents = &card->contents;
    const guint64 common = 1 << PENA_ALGORITHM_RSA2048 | 1 << PENA_ALGORITHM_P256 | 1 << PENA_ALGORITHM_P384;
    const guint64 late = 1 << PENA_ALGORITHM_RSA3072 | 1 << PENA_ALGORITHM_RSA4096 |
                         1 << PENA_ALGORITHM_ED25519 | 1 << PENA_ALGORITHM_X25519;

    tell_texts (card);
    contents->algorithms = common;
    contents->abilities =
        PENA_CARD_GENERATE | PENA_CARD_PUT_CERTIFICATE | PENA_CARD_CHANGE_PIN | PENA_CARD_UNBLOCK;
    if (firmware (data) == 0)
        return;
    contents->abilities |= PENA_CARD_IMPORT | PENA_CARD_SET_ADMIN_KEY | PENA_CARD_RESET |
                           PENA_CARD_SET_LABEL | PENA_CARD_PIN_POLICY | PENA_CARD_TOUCH_POLICY;
    if (firmware (data) >= CAN_ATTEST)
        contents->abilities |= PENA_CARD_ATTEST;
    if (firmware (data) < CAN_DELETE_KEYS)
        return;
    contents->abilities |= PENA_CARD_DELETE_KEY;
    contents->algorithms |= late;
}

static PivData *
piv_data_new (void)
{
    PivData *data = g_new0 (PivData, 1);

    data->made = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)EVP_PKEY_free);
    return data;
}

static void
piv_free_data (PenaCard *card)
{
    PivData *data = card->data;

    if (data != NULL)
        g_hash_table_unref (data->made);
    g_free (data);
}

static void
piv_describe (PenaCard *card)
{
    static const PenaCardPin pins[] = {
        {.role = PENA_ROLE_USER,
         .reference = PIV_PIN_APPLICATION,
         .label = "PIN",
         .min = PIV_PIN_LENGTH_MIN,
         .max = PIV_PIN_LENGTH},
        {.role = PENA_ROLE_RESET,
         .reference = PIV_PUK,
         .label = "PUK",
         .min = PIV_PIN_LENGTH_MIN,
         .max = PIV_PIN_LENGTH},
    };

    if (card->data == NULL)
        card->data = piv_data_new ();
    g_free (card->contents.label);
    card->contents.label = g_strdup ("PIV");
    card->contents.model = "PIV";
    card->contents.places = pena_piv_places;
    for (guint i = 0; i < G_N_ELEMENTS (pins); i++)
        pena_card_add_pin (card, &pins[i]);
    if (((const PivData *)card->data)->global)
        card->contents.pins[PENA_CARD_PIN_USER].reference = PIV_PIN_GLOBAL;
    tell_device (card);
}

static gboolean
piv_read_device (PenaCard *card, GError **error)
{
    if (!pena_piv_read_device (card, error))
        return FALSE;
    tell_device (card);
    return TRUE;
}

/* Which PIN, metadata, retired places, version, serial. */
#define PIV_SAVED "(yyuyyyu)"
#define PIV_PIN_UNKNOWN 0xFF /* no key reference: nobody has asked which PIN is the holder's */

static GVariant *
piv_save (PenaCard *card)
{
    const PivData *data = card->data;
    guint8 reference =
        data->have_discovery ? card->contents.pins[PENA_CARD_PIN_USER].reference : PIV_PIN_UNKNOWN;

    return g_variant_new (PIV_SAVED, reference, (guint8)data->metadata, data->retired, data->version[0],
                          data->version[1], data->version[2], data->serial);
}

static gboolean
piv_load (PenaCard *card, GVariant *saved)
{
    PivData *data = card->data;
    guint8 reference, metadata;

    if (!g_variant_is_of_type (saved, G_VARIANT_TYPE (PIV_SAVED)))
        return FALSE;
    g_variant_get (saved, PIV_SAVED, &reference, &metadata, &data->retired, &data->version[0],
                   &data->version[1], &data->version[2], &data->serial);
    if ((reference != PIV_PIN_APPLICATION && reference != PIV_PIN_GLOBAL && reference != PIV_PIN_UNKNOWN) ||
        metadata > PIV_METADATA_MISSING)
        return FALSE;
    data->metadata = metadata;
    data->have_discovery = reference != PIV_PIN_UNKNOWN;
    data->global = reference == PIV_PIN_GLOBAL;
    if (data->have_discovery)
        card->contents.pins[PENA_CARD_PIN_USER].reference = reference;
    card->have_device = firmware (data) != 0;
    tell_device (card);
    return TRUE;
}

/* --- PINs --- */

static const PenaPinFormat *
piv_pin_format (PenaCard *card, guint index)
{
    static const PenaPinFormat padded = {PENA_PIN_BYTES, PIV_PIN_LENGTH, PIV_PIN_PADDING};
    return &padded;
}

/* What YubiKeys (from 5.3 on) tell of a PIN. No other application answers so. *ret_status stays untouched when
 * that is not what came. */
static gboolean
ask_metadata (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    const PenaCardPin *pin = &card->contents.pins[index];
    const PenaApdu apdu = {.ins = PIV_INS_GET_METADATA, .p2 = pin->reference};
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    PenaTlv tries;
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    if (sw != PENA_SW_OK || !pena_tlv_find (answer->data, answer->length, TAG_METADATA_TRIES, &tries) ||
        tries.length != 2)
        return TRUE;
    ret_status->known = TRUE;
    ret_status->tries = tries.value[1];
    ret_status->verified = pin->verified && tries.value[0] == tries.value[1];
    return TRUE;
}

/* A YubiKey's metadata are asked first: they make the discovery object superfluous, its only PIN being the
 * application's. Whether the PIN is verified they do not tell, so later it is VERIFY that is asked. */
static gboolean
piv_ask_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    PivData *data = card->data;

    if (!card->contents.pins[index].known && data->metadata != PIV_METADATA_MISSING &&
        !ask_metadata (card, index, ret_status, error))
        return FALSE;
    if (ret_status->known) {
        data->metadata = PIV_METADATA_THERE;
        return TRUE;
    }
    if (!pena_piv_need_discovery (card, error))
        return FALSE;
    return (!data->have_discovery && data->metadata != PIV_METADATA_THERE) ||
           pena_card_driver_iso7816.ask_pin (card, index, ret_status, error);
}

/* The metadata of the PIN say both in one command. Where there are none only SELECT makes sure, and the tries
 * must be asked for. */
static gboolean
piv_prepare_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    PivData *data = card->data;
    gboolean found;

    if (data->metadata == PIV_METADATA_MISSING)
        return pena_card_driver_iso7816.prepare_pin (card, index, ret_status, error);
    if (!ask_metadata (card, index, ret_status, error))
        return FALSE;
    if (!ret_status->known && (!PENA_CARD_OP (card, select) (card, &found, error) ||
                               !ask_metadata (card, index, ret_status, error)))
        return FALSE;
    if (ret_status->known)
        data->metadata = PIV_METADATA_THERE;
    else if (data->metadata == PIV_METADATA_UNKNOWN)
        data->metadata = PIV_METADATA_MISSING;
    return ret_status->known || PENA_CARD_OP (card, ask_pin) (card, index, ret_status, error);
}

static void
piv_spoil_pin (PenaCard *card)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, NULL);
    PenaTlv object;
    gboolean found;

    if (answer != NULL)
        pena_piv_get_object (card, PIV_OBJECT_DISCOVERY, answer, &object, &found, NULL);
}

/* --- the table --- */

static const guint8 aid[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};

static const PenaAtrMatch atrs[] = {
    {"Yubikey4", 20, TRUE, .button = TRUE},
    {"YubikeyNEO", 20, FALSE, .button = TRUE},
    {NULL, 0, FALSE},
};

static const PenaSwRow sw_rows[] = {
    {0x6A80, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "no key of this kind in the slot"},
    {0x6A88, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "no key in the slot"},
    {0, 0, PENA_ERROR_TOKEN_FAILED, NULL},
};

/* These cards look at the form of a PIN before they count the try. */
static const PenaSwRow pin_sw_rows[] = {
    {0x6700, 0xFFFF, PENA_ERROR_PIN_INVALID, "the card takes no such PIN"},
    {0x6A80, 0xFFFF, PENA_ERROR_PIN_INVALID, "the card takes no such PIN"},
    {0, 0, PENA_ERROR_TOKEN_FAILED, NULL},
};

const PenaCardDriver pena_card_driver_piv = {
    .name = "piv",
    .aid = aid,
    .aid_length = sizeof aid,
    .score = 10,
    .atrs = atrs,
    .sw = sw_rows,
    .pin_sw = pin_sw_rows,
    .free_data = piv_free_data,
    .describe = piv_describe,
    .identify = pena_piv_identify,
    .read = pena_piv_read,
    .read_keys = pena_piv_read_keys,
    .read_device = piv_read_device,
    .serial_apart = TRUE,
    .read_label = pena_piv_read_label,
    .save = piv_save,
    .load = piv_load,
    .confirm = pena_piv_confirm,
    .ask_pin = piv_ask_pin,
    .prepare_pin = piv_prepare_pin,
    .pin_format = piv_pin_format,
    .spoil_pin = piv_spoil_pin,
    .use_key = pena_piv_use_key,
    .authenticate = pena_piv_authenticate,
    .generate_key = pena_piv_generate_key,
    .import_key = pena_piv_import_key,
    .put_certificate = pena_piv_put_certificate,
    .delete_certificate = pena_piv_delete_certificate,
    .delete_key = pena_piv_delete_key,
    .make_serial = pena_piv_make_serial,
    .set_label = pena_piv_set_label,
    .set_admin_key = pena_piv_set_admin_key,
    .factory_reset = pena_piv_factory_reset,
    .attest = pena_piv_attest,
};
