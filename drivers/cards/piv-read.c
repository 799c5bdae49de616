/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PIV cards: what is on them (SP 800-73-4 part 1, 3 and appendix A)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "piv.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-hex.h"
#include "pena-unpack.h"

enum {
    TAG_CHUID_FASC_N = 0x30,
    TAG_CHUID_GUID = 0x34,
    TAG_ON_CARD_CERTIFICATES = 0xC1,
    TAG_PIN_USAGE_POLICY = 0x5F2F,
    GLOBAL_PIN_IS_PRIMARY = 0x20,

    TAG_METADATA_ALGORITHM = 0x01,
    TAG_METADATA_POLICY = 0x02,
    TAG_METADATA_ORIGIN = 0x03,
    TAG_METADATA_PUBLIC_KEY = 0x04,

    PLACE_KEY_MANAGEMENT = 0x9D,
    STANDARD_PLACES = 4,
    RETIRED_OBJECT = 0x5FC10D,
    SERIAL_BYTES = 8,    /* what the serial number of PKCS#11 has room for, in hex */
    CHUID_ANSWER = 4096, /* may hold a signature with its certificate */
    PEEK_MAX = 256,
};

guint32
pena_piv_object_of_place (guint place)
{
    static const guint32 objects[] = {0x5FC105, 0x5FC10A, 0x5FC10B, 0x5FC101};

    for (guint i = 0; i < STANDARD_PLACES; i++)
        if (pena_piv_places[i].place == place)
            return objects[i];
    return RETIRED_OBJECT + (place - PIV_RETIRED_PLACE);
}

/* --- objects --- */

/* *ret_sound: what came is an object, or nothing. */
static gboolean
get_object_once (PenaCard *card, guint32 object, PenaSecret *answer, PenaTlv *ret_value, gboolean *ret_found,
                 gboolean *ret_sound, GError **error)
{
    guint8 name[] = {PIV_TAG_OBJECT_NAME, 3, (guint8)(object >> 16), (guint8)(object >> 8), (guint8)object};
    const guint8 short_name[] = {PIV_TAG_OBJECT_NAME, 1, (guint8)object};
    PenaApdu apdu = {.ins = PIV_INS_GET_DATA, .p1 = 0x3F, .p2 = 0xFF, .data = name, .length = sizeof name};
    guint32 outer = PIV_TAG_OBJECT;
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

gboolean
pena_piv_get_object (PenaCard *card, guint32 object, PenaSecret *answer, PenaTlv *ret_value,
                     gboolean *ret_found, GError **error)
{
    gboolean sound;

    return get_object_once (card, object, answer, ret_value, ret_found, &sound, error) &&
           (sound || get_object_once (card, object, answer, ret_value, ret_found, &sound, error));
}

gboolean
pena_piv_need_discovery (PenaCard *card, GError **error)
{
    PivData *data = card->data;
    g_autoptr (PenaSecret) answer = NULL;
    g_autoptr (GError) local = NULL;
    PenaTlv object, policy;
    gboolean found;

    if (data->have_discovery || data->metadata == PIV_METADATA_THERE)
        return TRUE;
    answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    if (answer == NULL)
        return FALSE;
    if (!pena_piv_get_object (card, PIV_OBJECT_DISCOVERY, answer, &object, &found, &local)) {
        if (g_error_matches (local, PENA_ERROR, PENA_ERROR_TOKEN_FAILED))
            return TRUE; /* as another application answers: it stays unknown */
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    if (!found && !card->selected)
        return TRUE; /* another application need not have one */
    data->global = found && pena_tlv_find (object.value, object.length, TAG_PIN_USAGE_POLICY, &policy) &&
                   policy.length == 2 && policy.value[1] == GLOBAL_PIN_IS_PRIMARY;
    if (data->global)
        card->contents.pins[PENA_CARD_PIN_USER].reference = PIV_PIN_GLOBAL;
    data->have_discovery = TRUE;
    return TRUE;
}

/* --- whose card it is --- */

static gboolean
is_all_zero (const guint8 *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (bytes[i] != 0)
            return FALSE;
    return TRUE;
}

/* The end of the GUID or, when the issuer left that empty, of the FASC-N. */
static void
take_serial (PenaCard *card, const PenaTlv *chuid)
{
    static const guint32 tags[] = {TAG_CHUID_GUID, TAG_CHUID_FASC_N};
    PenaTlv value;

    for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
        if (!pena_tlv_find (chuid->value, chuid->length, tags[i], &value) || value.length < SERIAL_BYTES ||
            is_all_zero (value.value + value.length - SERIAL_BYTES, SERIAL_BYTES))
            continue;
        g_free (card->contents.serial);
        card->contents.serial = pena_hex (value.value + value.length - SERIAL_BYTES, SERIAL_BYTES);
        return;
    }
}

/* The card holder unique identifier: what the serial is made of and, since tools that change what is on the card
 * often write a new one, the sign that something has changed. */
gboolean
pena_piv_identify (PenaCard *card, GByteArray *identity, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (CHUID_ANSWER, FALSE, error);
    PenaTlv chuid;
    gboolean found;

    if (answer == NULL || !pena_piv_get_object (card, PIV_OBJECT_CHUID, answer, &chuid, &found, error))
        return FALSE;
    if (!found)
        return TRUE;
    take_serial (card, &chuid);
    if (card->contents.serial[0] != '\0')
        g_byte_array_append (identity, chuid.value, (guint)chuid.length);
    return TRUE;
}

/* --- certificates --- */

GBytes *
pena_piv_certificate (const PenaTlv *object)
{
    PenaTlv certificate, info;

    if (!pena_tlv_find (object->value, object->length, PIV_TAG_CERTIFICATE, &certificate) ||
        certificate.length == 0)
        return NULL;
    if (pena_tlv_find (object->value, object->length, PIV_TAG_CERTIFICATE_INFO, &info) && info.length == 1 &&
        (info.value[0] & PIV_CERTIFICATE_PACKED) != 0)
        return pena_unpack (certificate.value, certificate.length, PENA_CARD_OBJECT_MAX);
    return g_bytes_new (certificate.value, certificate.length);
}

/* The certificate that is there now; NULL in *ret_der when there is none. */
static gboolean
fetch_certificate (PenaCard *card, guint place, GBytes **ret_der, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PENA_CARD_OBJECT_MAX, FALSE, error);
    PenaTlv object;
    gboolean found;

    if (answer == NULL ||
        !pena_piv_get_object (card, pena_piv_object_of_place (place), answer, &object, &found, error))
        return FALSE;
    *ret_der = found ? pena_piv_certificate (&object) : NULL;
    return TRUE;
}

static PenaCardKey
key_template (const PenaCardPlace *place)
{
    return (PenaCardKey){.id = {{place->id}, 1},
                         .place = place->place,
                         .label = (gchar *)place->label,
                         .operations = PIV_ALL_OPERATIONS,
                         .usage = place->usage,
                         .pin = place->pin};
}

static gboolean
read_certificate (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    const PenaCardCertificate certificate = {
        .id = {{place->id}, 1}, .place = place->place, .label = (gchar *)place->label};
    const PenaCardKey key = key_template (place);
    g_autoptr (GBytes) der = NULL;

    if (!fetch_certificate (card, place->place, &der, error))
        return FALSE;
    if (der != NULL && pena_card_add_certificate (card, &certificate, g_bytes_get_data (der, NULL),
                                                  g_bytes_get_size (der)) != NULL)
        pena_card_add_key (card, &key, NULL);
    return TRUE;
}

/* How many retired key management keys have their certificate on the card; these come first. */
static gboolean
read_key_history (PenaCard *card, guint *ret_count, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    PenaTlv history, count;
    gboolean found;

    *ret_count = 0;
    if (answer == NULL ||
        !pena_piv_get_object (card, PIV_OBJECT_KEY_HISTORY, answer, &history, &found, error))
        return FALSE;
    if (found && pena_tlv_find (history.value, history.length, TAG_ON_CARD_CERTIFICATES, &count) &&
        count.length == 1)
        *ret_count = MIN (count.value[0], PIV_RETIRED_KEYS);
    return TRUE;
}

/* Retired are keys that once were the key management key: without one of those there are none, and nothing is
 * asked. */
gboolean
pena_piv_read (PenaCard *card, GError **error)
{
    guint retired = 0;

    for (guint i = 0; i < STANDARD_PLACES; i++)
        if (!read_certificate (card, &pena_piv_places[i], error))
            return FALSE;
    if (pena_card_find_certificate (card, PLACE_KEY_MANAGEMENT) != NULL &&
        !read_key_history (card, &retired, error))
        return FALSE;
    for (guint i = 0; i < retired; i++)
        if (!read_certificate (card, &pena_piv_places[STANDARD_PLACES + i], error))
            return FALSE;
    return TRUE;
}

/* 53 { 70 { certificate ...: TRUE when so much of it as came is what is expected. */
static gboolean
begins_with (const PenaSecret *answer, GBytes *der)
{
    PenaReader reader = pena_reader_new (answer->data, answer->length);
    gsize length, left;
    const guint8 *bytes = g_bytes_get_data (der, &length);
    guint32 tag;
    gsize size;

    if (!pena_tlv_head (&reader, &tag, &size) || tag != PIV_TAG_OBJECT ||
        !pena_tlv_head (&reader, &tag, &size) || tag != PIV_TAG_CERTIFICATE || size != length)
        return FALSE;
    left = MIN (pena_reader_left (&reader), length);
    return left > 0 && memcmp (pena_reader_take (&reader, left), bytes, left) == 0;
}

/* The first 256 bytes have the certificate's length, number and issuer. What is different there may yet be the
 * same packed, or no answer of ours at all. */
gboolean
pena_piv_confirm (PenaCard *card, const PenaCardCertificate *certificate, gboolean *ret_true, GError **error)
{
    guint32 object = pena_piv_object_of_place (certificate->place);
    const guint8 name[] = {PIV_TAG_OBJECT_NAME, 3, (guint8)(object >> 16), (guint8)(object >> 8),
                           (guint8)object};
    const PenaApdu apdu = {
        .ins = PIV_INS_GET_DATA, .p1 = 0x3F, .p2 = 0xFF, .data = name, .length = sizeof name};
    g_autoptr (PenaSecret) answer = pena_secret_new (PEEK_MAX, FALSE, error);
    g_autoptr (GBytes) der = NULL;
    guint16 sw;

    if (answer == NULL || !pena_apdu_peek (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_true = begins_with (answer, certificate->der);
    if (*ret_true || (sw >> 8 != 0x61 && sw != PENA_SW_OK))
        return TRUE;
    if (!fetch_certificate (card, certificate->place, &der, error))
        return FALSE;
    *ret_true = der != NULL && g_bytes_equal (der, certificate->der);
    return TRUE;
}

/* --- keys --- */

EVP_PKEY *
pena_piv_public_key (PenaKeyAlgorithm algorithm, const guint8 *value, gsize length)
{
    PenaTlv modulus, exponent, point;

    if (algorithm == PENA_ALGORITHM_UNKNOWN)
        return NULL;
    if (!pena_key_algorithm_is_rsa (algorithm))
        return pena_tlv_find (value, length, PIV_TAG_POINT, &point)
                   ? pena_key_new_point (algorithm, point.value, point.length)
                   : NULL;
    return pena_tlv_find (value, length, PIV_TAG_MODULUS, &modulus) &&
                   pena_tlv_find (value, length, PIV_TAG_EXPONENT, &exponent)
               ? pena_key_new_rsa (modulus.value, modulus.length, exponent.value, exponent.length)
               : NULL;
}

static gboolean
says_nothing (guint16 sw)
{
    return sw != PENA_SW_OK && sw != 0x6A88 && sw != PENA_SW_NOT_FOUND;
}

gboolean
pena_piv_get_metadata (PenaCard *card, guint8 reference, PenaSecret *answer, gboolean *ret_there,
                       GError **error)
{
    const PenaApdu apdu = {.ins = PIV_INS_GET_METADATA, .p2 = reference};
    PivData *data = card->data;
    guint16 sw;

    *ret_there = FALSE;
    if (data->metadata == PIV_METADATA_MISSING)
        return TRUE;
    if (!pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    /* Perhaps it was another application that does not know the command. */
    if (says_nothing (sw) && (!pena_card_select_again (card, error) ||
                              !pena_apdu_exchange (card->link, &apdu, answer, &sw, error)))
        return FALSE;
    *ret_there = sw == PENA_SW_OK;
    if (!says_nothing (sw))
        data->metadata = PIV_METADATA_THERE;
    else if (data->metadata == PIV_METADATA_UNKNOWN)
        data->metadata = PIV_METADATA_MISSING;
    else {
        pena_sw_set_error (NULL, sw, "reading a key's metadata", error);
        return FALSE;
    }
    return TRUE;
}

static void
apply_policies (PenaCardKey *key, const PenaSecret *metadata)
{
    static const PenaKeyPin pins[] = {
        PENA_KEY_PIN_DEFAULT, PENA_KEY_PIN_NEVER, PENA_KEY_PIN_ONCE,
        PENA_KEY_PIN_ALWAYS,  PENA_KEY_PIN_ONCE, /* 4 and 5: a fingerprint does as well */
        PENA_KEY_PIN_ALWAYS};
    static const PenaKeyTouch touches[] = {PENA_KEY_TOUCH_DEFAULT, PENA_KEY_TOUCH_NEVER,
                                           PENA_KEY_TOUCH_ALWAYS, PENA_KEY_TOUCH_CACHED};
    PenaTlv tlv;

    if (pena_tlv_find (metadata->data, metadata->length, TAG_METADATA_POLICY, &tlv) && tlv.length == 2) {
        if (tlv.value[0] > 0 && tlv.value[0] < G_N_ELEMENTS (pins))
            key->pin = pins[tlv.value[0]];
        if (tlv.value[1] < G_N_ELEMENTS (touches))
            key->touch = touches[tlv.value[1]];
    }
    if (pena_tlv_find (metadata->data, metadata->length, TAG_METADATA_ORIGIN, &tlv) && tlv.length == 1)
        key->origin = tlv.value[0] == 1   ? PENA_KEY_ORIGIN_GENERATED
                      : tlv.value[0] == 2 ? PENA_KEY_ORIGIN_IMPORTED
                                          : PENA_KEY_ORIGIN_UNKNOWN;
}

/* The key at the place is this one (taken over; NULL: none that is known of). A certificate of another key does
 * not belong to it. */
static void
put_key (PenaCard *card, const PenaCardPlace *place, PenaCardKey *template, EVP_PKEY *public_key)
{
    PenaCardKey *old = pena_card_find_key (card, place->place);
    PenaCardCertificate *certificate = pena_card_find_certificate (card, place->place);

    if (old != NULL)
        pena_card_remove_key (card, old);
    if (public_key == NULL)
        return;
    PenaCardKey *key = pena_card_add_key (card, template, public_key);
    if (certificate != NULL && EVP_PKEY_eq (X509_get0_pubkey (certificate->x509), public_key) != 1)
        g_clear_pointer (&key->certificate, pena_card_certificate_unref);
}

/* What cannot be understood leaves the key as its certificate has it. */
static gboolean
read_metadata (PenaCard *card, const PenaCardPlace *place, GError **error)
{
    g_autoptr (PenaSecret) metadata = pena_secret_new (PIV_KEY_ANSWER, FALSE, error);
    const PivData *data = card->data;
    PenaCardKey template = key_template (place);
    PenaTlv algorithm, public_key;
    gboolean there;

    if (metadata == NULL || !pena_piv_get_metadata (card, (guint8)place->place, metadata, &there, error))
        return FALSE;
    if (!there && data->metadata == PIV_METADATA_THERE)
        put_key (card, place, &template, NULL);
    if (!there || !pena_tlv_find (metadata->data, metadata->length, TAG_METADATA_ALGORITHM, &algorithm) ||
        algorithm.length != 1 ||
        !pena_tlv_find (metadata->data, metadata->length, TAG_METADATA_PUBLIC_KEY, &public_key))
        return TRUE;
    EVP_PKEY *key = pena_piv_public_key (pena_piv_algorithm_of_id (algorithm.value[0]), public_key.value,
                                         public_key.length);
    if (key == NULL)
        return TRUE;
    apply_policies (&template, metadata);
    put_key (card, place, &template, key);
    return TRUE;
}

/* Keys of which only their making was seen. */
static void
add_made (PenaCard *card, const PenaCardPlace *place)
{
    const PivData *data = card->data;
    EVP_PKEY *made = g_hash_table_lookup (data->made, GUINT_TO_POINTER (place->place));
    PenaCardKey template = key_template (place);

    if (made == NULL)
        return;
    template.origin = PENA_KEY_ORIGIN_GENERATED;
    EVP_PKEY_up_ref (made);
    put_key (card, place, &template, made);
}

static gboolean
ask_vendor (PenaCard *card, guint8 ins, guint8 *out, gsize length, gboolean *ret_answered, GError **error)
{
    const PenaApdu apdu = {.ins = ins};
    g_autoptr (PenaSecret) answer = pena_secret_new (PIV_SMALL_ANSWER, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_answered = sw == PENA_SW_OK && answer->length == length;
    if (*ret_answered)
        memcpy (out, answer->data, length);
    return TRUE;
}

gboolean
pena_piv_read_device (PenaCard *card, GError **error)
{
    PivData *data = card->data;
    guint8 version[3], serial[4];
    gboolean answered;

    if (!ask_vendor (card, PIV_INS_GET_VERSION, version, sizeof version, &answered, error))
        return FALSE;
    if (!answered)
        return TRUE;
    memcpy (data->version, version, sizeof version);
    if (!ask_vendor (card, PIV_INS_GET_SERIAL, serial, sizeof serial, &answered, error))
        return FALSE;
    if (answered)
        data->serial =
            (guint32)serial[0] << 24 | (guint32)serial[1] << 16 | (guint32)serial[2] << 8 | serial[3];
    return TRUE;
}

gboolean
pena_piv_read_keys (PenaCard *card, GError **error)
{
    const PivData *data = card->data;

    for (guint i = 0; i < PIV_PLACES; i++) {
        const PenaCardPlace *place = &pena_piv_places[i];
        gboolean asked = i < STANDARD_PLACES || pena_card_find_certificate (card, place->place) != NULL ||
                         (data->retired & 1u << (i - STANDARD_PLACES)) != 0;
        if (asked && !read_metadata (card, place, error))
            return FALSE;
        if (data->metadata == PIV_METADATA_MISSING)
            add_made (card, place);
    }
    return TRUE;
}
