/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards (NIST SP 800-73-4, algorithms of SP 800-78)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/ecdsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-card-driver.h"
#include "pena-tlv.h"
#include "pena-unpack.h"

enum {
    INS_GET_DATA = 0xCB,
    INS_GENERAL_AUTHENTICATE = 0x87,
    INS_GET_METADATA = 0xF7, /* YubiKey */

    PIN_APPLICATION = 0x80, /* key references, part 1, 5.1 */
    PIN_GLOBAL = 0x00,
    PIN_LENGTH_MIN = 6,
    PIN_LENGTH = 8,
    PIN_PADDING = 0xFF,

    OBJECT_DISCOVERY = 0x7E,
    OBJECT_CHUID = 0x5FC102,
    OBJECT_KEY_HISTORY = 0x5FC10C,

    TAG_OBJECT_NAME = 0x5C,
    TAG_OBJECT = 0x53,
    TAG_CERTIFICATE = 0x70,
    TAG_CERTIFICATE_INFO = 0x71,
    CERTIFICATE_PACKED = 0x01,
    TAG_CHUID_FASC_N = 0x30,
    TAG_CHUID_GUID = 0x34,
    TAG_ON_CARD_CERTIFICATES = 0xC1,
    TAG_PIN_USAGE_POLICY = 0x5F2F,
    GLOBAL_PIN_IS_PRIMARY = 0x20,

    TAG_DYNAMIC_AUTHENTICATION = 0x7C,
    TAG_CHALLENGE = 0x81,
    TAG_RESPONSE = 0x82,
    TAG_EXPONENTIATION = 0x85,

    TAG_METADATA_TRIES = 0x06,

    SERIAL_BYTES = 8, /* what the serial number of PKCS#11 has room for, in hex */
    RETIRED_KEYS = 20,
    RETIRED_REFERENCE = 0x82,
    RETIRED_OBJECT = 0x5FC10D,
    SMALL_ANSWER = 256,
    CHUID_ANSWER = 4096, /* may hold a signature with its certificate */
    KEY_ANSWER = 1024,
    FIELD_MAX = 48, /* P-384 */
};

/* What PIV computes with keys of all kinds. */
#define OPERATIONS (PENA_KEY_RSA_RAW | PENA_KEY_ECDSA | PENA_KEY_ECDH | PENA_KEY_EDDSA)

static const PenaCardPlace places[] = {
    {0x9A, 1, "9a", "PIV Authentication", PENA_KEY_SIGN | PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE},
    {0x9C, 2, "9c", "Digital Signature", PENA_KEY_SIGN, PENA_KEY_PIN_ALWAYS},
    {0x9D, 3, "9d", "Key Management", PENA_KEY_DECRYPT, PENA_KEY_PIN_ONCE},
    {0x9E, 4, "9e", "Card Authentication", PENA_KEY_SIGN, PENA_KEY_PIN_NEVER},
    {0},
};
static const guint32 objects[] = {0x5FC105, 0x5FC10A, 0x5FC10B, 0x5FC101};

static const struct {
    PenaKeyAlgorithm algorithm;
    guint8 id; /* SP 800-78-4, table 6-2; 05 and 16 also SP 800-78-5; E0 and E1 are YubiKey's */
} algorithms[] = {
    {PENA_ALGORITHM_RSA1024, 0x06}, {PENA_ALGORITHM_RSA2048, 0x07}, {PENA_ALGORITHM_RSA3072, 0x05},
    {PENA_ALGORITHM_RSA4096, 0x16}, {PENA_ALGORITHM_P256, 0x11},    {PENA_ALGORITHM_P384, 0x14},
    {PENA_ALGORITHM_ED25519, 0xE0}, {PENA_ALGORITHM_X25519, 0xE1},
};

/* *ret_sound: what came is an object, or nothing. */
static gboolean
get_object_once (PenaCard *card, guint32 object, PenaSecret *answer, PenaTlv *ret_value, gboolean *ret_found,
                 gboolean *ret_sound, GError **error)
{
    guint8 name[] = {TAG_OBJECT_NAME, 3, (guint8)(object >> 16), (guint8)(object >> 8), (guint8)object};
    const guint8 short_name[] = {TAG_OBJECT_NAME, 1, (guint8)object};
    PenaApdu apdu = {.ins = INS_GET_DATA, .p1 = 0x3F, .p2 = 0xFF, .data = name, .length = sizeof name};
    guint32 outer = TAG_OBJECT;
    guint16 sw;

    if (object <= G_MAXUINT8) {
        apdu.data = short_name;
        apdu.length = sizeof short_name;
        outer = object;
    }
    *ret_found = FALSE;
    *ret_sound = TRUE;
    if (!pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    if (sw == PENA_SW_OK && answer->length > 0) {
        *ret_found = *ret_sound = pena_tlv_find (answer->data, answer->length, outer, ret_value);
        return TRUE;
    }
    /* 6A8x are the ways in which cards say that there is none, 6982 that it is not for us. */
    if (sw == PENA_SW_OK || (sw & 0xFFF0) == 0x6A80 || sw == PENA_SW_NOT_VERIFIED)
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "reading an object", error);
    return FALSE;
}

/* An object that is not there leaves *ret_found FALSE; a deleted one is there and empty. `answer` receives
 * the whole answer, of which *ret_value is a part: what 53, or the object's own tag, holds. One that is
 * malformed twice is as good as none: it must not keep the holder from what else is on the card. */
static gboolean
get_object (PenaCard *card, guint32 object, PenaSecret *answer, PenaTlv *ret_value, gboolean *ret_found,
            GError **error)
{
    gboolean sound;

    return get_object_once (card, object, answer, ret_value, ret_found, &sound, error) &&
           (sound || get_object_once (card, object, answer, ret_value, ret_found, &sound, error));
}

static gboolean
read_discovery (PenaCard *card, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (SMALL_ANSWER, FALSE, error);
    PenaTlv object, policy;
    gboolean found;

    if (answer == NULL || !get_object (card, OBJECT_DISCOVERY, answer, &object, &found, error))
        return FALSE;
    if (found && pena_tlv_find (object.value, object.length, TAG_PIN_USAGE_POLICY, &policy) &&
        policy.length == 2 && policy.value[1] == GLOBAL_PIN_IS_PRIMARY)
        card->contents.pins[PENA_CARD_PIN_USER].reference = PIN_GLOBAL;
    return TRUE;
}

static gchar *
to_hex (const guint8 *bytes, gsize length)
{
    GString *out = g_string_new (NULL);

    for (gsize i = 0; i < length; i++)
        g_string_append_printf (out, "%02x", bytes[i]);
    return g_string_free (out, FALSE);
}

static gboolean
is_all_zero (const guint8 *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (bytes[i] != 0)
            return FALSE;
    return TRUE;
}

/* The end of the GUID or, when the issuer left that empty, of the FASC-N. */
static gboolean
read_serial (PenaCard *card, GError **error)
{
    static const guint32 tags[] = {TAG_CHUID_GUID, TAG_CHUID_FASC_N};
    g_autoptr (PenaSecret) answer = pena_secret_new (CHUID_ANSWER, FALSE, error);
    PenaTlv chuid, value;
    gboolean found;

    if (answer == NULL || !get_object (card, OBJECT_CHUID, answer, &chuid, &found, error))
        return FALSE;
    for (guint i = 0; found && i < G_N_ELEMENTS (tags); i++) {
        if (!pena_tlv_find (chuid.value, chuid.length, tags[i], &value) || value.length < SERIAL_BYTES ||
            is_all_zero (value.value, value.length))
            continue;
        g_free (card->contents.serial);
        card->contents.serial = to_hex (value.value + value.length - SERIAL_BYTES, SERIAL_BYTES);
        break;
    }
    return TRUE;
}

/* The certificate at the place, and its key. */
static void
add_certificate (PenaCard *card, const PenaCardPlace *place, const guint8 *der, gsize length)
{
    const PenaCardCertificate certificate = {
        .id = {{place->id}, 1}, .place = place->place, .label = (gchar *)place->label};
    const PenaCardKey key = {.id = {{place->id}, 1},
                             .place = place->place,
                             .label = (gchar *)place->label,
                             .operations = OPERATIONS,
                             .usage = place->usage,
                             .pin = place->pin};

    if (pena_card_add_certificate (card, &certificate, der, length) != NULL)
        pena_card_add_key (card, &key, NULL);
}

static gboolean
read_certificate (PenaCard *card, guint32 object, const PenaCardPlace *place, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PENA_CARD_OBJECT_MAX, FALSE, error);
    PenaTlv container, certificate, info;
    gboolean found;

    if (answer == NULL || !get_object (card, object, answer, &container, &found, error))
        return FALSE;
    if (!found || !pena_tlv_find (container.value, container.length, TAG_CERTIFICATE, &certificate))
        return TRUE;
    if (pena_tlv_find (container.value, container.length, TAG_CERTIFICATE_INFO, &info) && info.length == 1 &&
        (info.value[0] & CERTIFICATE_PACKED) != 0) {
        g_autoptr (GBytes) der = pena_unpack (certificate.value, certificate.length, PENA_CARD_OBJECT_MAX);
        if (der != NULL)
            add_certificate (card, place, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
        return TRUE;
    }
    add_certificate (card, place, certificate.value, certificate.length);
    return TRUE;
}

/* How many retired key management keys have their certificate on the card; these come first. */
static gboolean
read_key_history (PenaCard *card, guint *ret_count, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (SMALL_ANSWER, FALSE, error);
    PenaTlv history, count;
    gboolean found;

    *ret_count = 0;
    if (answer == NULL || !get_object (card, OBJECT_KEY_HISTORY, answer, &history, &found, error))
        return FALSE;
    if (found && pena_tlv_find (history.value, history.length, TAG_ON_CARD_CERTIFICATES, &count) &&
        count.length == 1)
        *ret_count = MIN (count.value[0], RETIRED_KEYS);
    return TRUE;
}

static gboolean
read_retired (PenaCard *card, guint index, GError **error)
{
    g_autofree gchar *label = g_strdup_printf ("Retired Key %u", index + 1);
    const PenaCardPlace place = {
        .place = RETIRED_REFERENCE + index,
        .id = (guint8)(G_N_ELEMENTS (objects) + index + 1),
        .label = label,
        .usage = PENA_KEY_DECRYPT,
        .pin = PENA_KEY_PIN_ONCE,
    };

    return read_certificate (card, RETIRED_OBJECT + index, &place, error);
}

typedef struct {
    enum { METADATA_UNKNOWN, METADATA_THERE, METADATA_MISSING } metadata;
} PivData;

static void
piv_describe (PenaCard *card)
{
    static const PenaCardPin pin = {.role = PENA_ROLE_USER,
                                    .reference = PIN_APPLICATION,
                                    .label = "PIN",
                                    .min = PIN_LENGTH_MIN,
                                    .max = PIN_LENGTH};

    if (card->data == NULL)
        card->data = g_new0 (PivData, 1);
    g_free (card->contents.label);
    card->contents.label = g_strdup ("PIV");
    card->contents.model = "PIV";
    card->contents.places = places;
    card->contents.abilities = PENA_CARD_CHANGE_PIN;
    pena_card_add_pin (card, &pin);
}

static gboolean
piv_read (PenaCard *card, GError **error)
{
    guint retired;

    if (!read_serial (card, error) || !read_discovery (card, error) ||
        !read_key_history (card, &retired, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
        if (!read_certificate (card, objects[i], &places[i], error))
            return FALSE;
    for (guint i = 0; i < retired; i++)
        if (!read_retired (card, i, error))
            return FALSE;
    return TRUE;
}

static const PenaPinFormat *
piv_pin_format (PenaCard *card, guint index)
{
    static const PenaPinFormat padded = {PENA_PIN_BYTES, PIN_LENGTH, PIN_PADDING};
    return &padded;
}

/* What YubiKeys (from 5.3 on) tell of a PIN. No other application answers so. *ret_status stays untouched when
 * that is not what came. */
static gboolean
ask_metadata (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    const PenaCardPin *pin = &card->contents.pins[index];
    const PenaApdu apdu = {.ins = INS_GET_METADATA, .p2 = pin->reference};
    g_autoptr (PenaSecret) answer = pena_secret_new (SMALL_ANSWER, FALSE, error);
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

/* The metadata of the PIN say both in one command. Where there are none only SELECT makes sure, and the tries
 * must be asked for. */
static gboolean
piv_prepare_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    PivData *data = card->data;
    gboolean found;

    if (data->metadata == METADATA_MISSING)
        return pena_card_driver_iso7816.prepare_pin (card, index, ret_status, error);
    if (!ask_metadata (card, index, ret_status, error))
        return FALSE;
    if (!ret_status->known && (!PENA_CARD_OP (card, select) (card, &found, error) ||
                               !ask_metadata (card, index, ret_status, error)))
        return FALSE;
    if (ret_status->known)
        data->metadata = METADATA_THERE;
    else if (data->metadata == METADATA_UNKNOWN)
        data->metadata = METADATA_MISSING;
    return ret_status->known || PENA_CARD_OP (card, ask_pin) (card, index, ret_status, error);
}

static void
piv_free_data (PenaCard *card)
{
    g_free (card->data);
}

static void
piv_spoil_pin (PenaCard *card)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (SMALL_ANSWER, FALSE, NULL);
    PenaTlv object;
    gboolean found;

    if (answer != NULL)
        get_object (card, OBJECT_DISCOVERY, answer, &object, &found, NULL);
}

static gboolean
find_algorithm (const PenaCardKey *key, guint8 *ret_algorithm, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
        if (algorithms[i].algorithm == key->algorithm) {
            *ret_algorithm = algorithms[i].id;
            return TRUE;
        }
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "PIV has no keys of %u bits of this kind",
                 key->bits);
    return FALSE;
}

/* 7C { 82 {}, 81 { block } }: give me the response to this challenge; with 85 { point }: to this exponentiation. */
static GByteArray *
build_request (guint32 tag, const guint8 *block, gsize length)
{
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    GByteArray *out = g_byte_array_new ();

    pena_tlv_append (inner, TAG_RESPONSE, NULL, 0);
    pena_tlv_append (inner, tag, block, length);
    pena_tlv_append (out, TAG_DYNAMIC_AUTHENTICATION, inner->data, inner->len);
    return out;
}

static gboolean
take_response (const PenaSecret *answer, PenaTlv *ret_response, GError **error)
{
    PenaTlv outer;

    if (pena_tlv_find (answer->data, answer->length, TAG_DYNAMIC_AUTHENTICATION, &outer) &&
        pena_tlv_find (outer.value, outer.length, TAG_RESPONSE, ret_response))
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
general_authenticate (PenaCard *card, const PenaCardKey *key, guint32 tag, const guint8 *block, gsize length,
                      PenaSecret *answer, PenaTlv *ret_response, GError **error)
{
    g_autoptr (GByteArray) request = build_request (tag, block, length);
    PenaApdu apdu = {.ins = INS_GENERAL_AUTHENTICATE, .p2 = (guint8)key->place, .data = request->data};

    apdu.length = request->len;
    return find_algorithm (key, &apdu.p1, error) &&
           pena_card_command (card, &apdu, answer, "using the key", error) &&
           take_response (answer, ret_response, error);
}

static gboolean
piv_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
             gsize length, PenaSecret *output, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (KEY_ANSWER, FALSE, error);
    guint32 tag = operation == PENA_KEY_ECDH ? TAG_EXPONENTIATION : TAG_CHALLENGE;
    guint8 field[FIELD_MAX];
    gsize size = (key->bits + 7) / 8;
    gboolean ecdsa = operation == PENA_KEY_ECDSA;
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

static const guint8 aid[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};

static const PenaAtrMatch atrs[] = {
    {"Yubikey4", 20, TRUE},
    {"YubikeyNEO", 20, FALSE},
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
    .describe = piv_describe,
    .read = piv_read,
    .free_data = piv_free_data,
    .prepare_pin = piv_prepare_pin,
    .pin_format = piv_pin_format,
    .spoil_pin = piv_spoil_pin,
    .use_key = piv_use_key,
};
