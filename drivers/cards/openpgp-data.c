/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an OpenPGP card says about itself
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-card-private.h"
#include "pena-tlv.h"

enum {
    INS_GET_DATA = 0xCA,
    INS_SELECT_DATA = 0xA5,
    SW_TERMINATED = 0x6285,

    TAG_AID = 0x4F,
    TAG_HISTORICAL = 0x5F52,
    TAG_DISCRETIONARY = 0x73,
    TAG_CAPABILITIES = 0xC0,
    TAG_FINGERPRINTS = 0xC5,
    TAG_DATES = 0xCD,
    TAG_KEY_INFORMATION = 0xDE,

    TAG_CARD_CAPABILITIES = 0x73, /* compact TLV in the historical bytes: tag 7, length 3 */
    EXTENDED_LENGTHS = 0x40,      /* third byte of them */
    TRIES_MAX = 15,
    LABEL_ANSWER = 256,
    SW1_MORE = 0x61,
    SW_REFERENCE_NOT_FOUND = 0x6A88,
    MANUFACTURER_YUBICO = 0x0006,
};

gboolean
pena_openpgp_get (PenaCard *card, guint tag, PenaSecret *answer, guint16 *ret_sw, GError **error)
{
    const PenaApdu apdu = {.ins = INS_GET_DATA, .p1 = (guint8)(tag >> 8), .p2 = (guint8)tag};

    return pena_apdu_exchange (card->link, &apdu, answer, ret_sw, error);
}

/* --- parsing --- */

/* Copies an object of just this length. */
static gboolean
copy_object (const PenaTlv *within, guint32 tag, void *out, gsize length)
{
    PenaTlv tlv;

    if (!pena_tlv_find (within->value, within->length, tag, &tlv) || tlv.length != length)
        return FALSE;
    memcpy (out, tlv.value, length);
    return TRUE;
}

gboolean
pena_openpgp_parse_status (const guint8 *bytes, gsize length, OpenpgpData *data)
{
    if (length < 7)
        return FALSE;
    for (guint i = 0; i < 3; i++) {
        if (bytes[4 + i] > TRIES_MAX)
            return FALSE;
        data->pin_max[i] = bytes[1 + i] & 0x7F; /* bit 8: PIN block 2, not used here */
        data->tries[i] = bytes[4 + i];
    }
    data->one_signature = bytes[0] != 0x01;
    return TRUE;
}

static gboolean
parse_attributes (const PenaTlv *within, OpenpgpPlace place, OpenpgpData *data)
{
    OpenpgpAttributes *attributes = &data->attributes[place];
    PenaTlv tlv;

    if (!pena_tlv_find (within->value, within->length, OPENPGP_DO_ATTRIBUTES + place, &tlv) ||
        tlv.length < 1 || tlv.length > sizeof attributes->bytes)
        return FALSE;
    memcpy (attributes->bytes, tlv.value, tlv.length);
    attributes->length = tlv.length;
    return TRUE;
}

static guint
get_u16 (const guint8 *bytes)
{
    return (guint)bytes[0] << 8 | bytes[1];
}

/* Pairs of a key's number and what is known of it (4.4.3.8). */
static void
parse_key_information (const PenaTlv *within, OpenpgpData *data)
{
    PenaTlv tlv;

    if (!pena_tlv_find (within->value, within->length, TAG_KEY_INFORMATION, &tlv))
        return;
    data->tells_origin = TRUE;
    for (gsize i = 0; i + 1 < tlv.length; i += 2)
        if (tlv.value[i] >= 1 && tlv.value[i] <= OPENPGP_PLACES)
            data->origin[tlv.value[i] - 1] = tlv.value[i + 1];
}

static void
parse_touch (const PenaTlv *within, OpenpgpPlace place, OpenpgpData *data)
{
    PenaTlv tlv;

    data->touch[place] = OPENPGP_TOUCH_UNKNOWN;
    if (pena_tlv_find (within->value, within->length, OPENPGP_DO_TOUCH + place, &tlv) && tlv.length >= 1)
        data->touch[place] = tlv.value[0];
}

static gboolean
parse_discretionary (const PenaTlv *within, OpenpgpData *data)
{
    PenaTlv capabilities, status;

    if (!pena_tlv_find (within->value, within->length, TAG_CAPABILITIES, &capabilities) ||
        capabilities.length < 6 ||
        !pena_tlv_find (within->value, within->length, OPENPGP_DO_PW_STATUS, &status) ||
        !pena_openpgp_parse_status (status.value, status.length, data))
        return FALSE;
    data->capabilities = capabilities.value[0];
    data->challenge_max = get_u16 (capabilities.value + 2);
    data->certificate_max = get_u16 (capabilities.value + 4);
    for (guint i = 0; i < OPENPGP_PLACES; i++) {
        if (!parse_attributes (within, i, data))
            return FALSE;
        parse_touch (within, i, data);
    }
    copy_object (within, TAG_FINGERPRINTS, data->fingerprints, sizeof data->fingerprints);
    copy_object (within, TAG_DATES, data->dates, sizeof data->dates);
    parse_key_information (within, data);
    return TRUE;
}

/* The last three bytes are life cycle and status (6.1). */
static void
parse_historical (const PenaTlv *within, OpenpgpData *data)
{
    PenaTlv tlv;

    if (pena_tlv_find (within->value, within->length, TAG_HISTORICAL, &tlv) && tlv.length >= 4 &&
        tlv.value[0] == 0x00)
        data->life_cycle = tlv.value[tlv.length - 3];
}

/* Old cards put everything side by side instead of into 73. */
gboolean
pena_openpgp_parse_data (const guint8 *bytes, gsize length, OpenpgpData *ret_data)
{
    PenaTlv whole = {.value = bytes, .length = length};
    PenaTlv discretionary;

    if (!copy_object (&whole, TAG_AID, ret_data->aid, sizeof ret_data->aid))
        return FALSE;
    parse_historical (&whole, ret_data);
    if (!pena_tlv_find (bytes, length, TAG_DISCRETIONARY, &discretionary))
        discretionary = whole;
    return parse_discretionary (&discretionary, ret_data);
}

/* Whether the historical bytes say that extended lengths work: a T=1 card tells so here rather than in its ATR. */
static gboolean
says_extended (const guint8 *bytes, gsize length)
{
    PenaTlv tlv;
    gsize i = 1;

    if (!pena_tlv_find (bytes, length, TAG_HISTORICAL, &tlv) || tlv.length < 4 || tlv.value[0] != 0x00)
        return FALSE;
    while (i + 3 < tlv.length - 3 && tlv.value[i] != TAG_CARD_CAPABILITIES)
        i += 1 + (tlv.value[i] & 0x0F);
    return i + 3 < tlv.length && tlv.value[i] == TAG_CARD_CAPABILITIES &&
           (tlv.value[i + 3] & EXTENDED_LENGTHS) != 0;
}

/* --- reading --- */

static gboolean
malformed (const gchar *what, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "%s: the card's answer is malformed", what);
    return FALSE;
}

void
pena_openpgp_free_data (PenaCard *card)
{
    OpenpgpData *data = card->data;

    if (data == NULL)
        return;
    g_clear_pointer (&data->algorithms, g_bytes_unref);
    g_clear_pointer (&card->data, g_free);
}

static void
take_data (PenaCard *card, OpenpgpData *data)
{
    const OpenpgpData *before = card->data;

    /* What was learned of the card's ways holds still. */
    if (before != NULL) {
        data->no_forgetting = before->no_forgetting;
        data->odd_selection = before->odd_selection;
    }
    data->fresh = TRUE;
    pena_openpgp_free_data (card);
    card->data = data;
}

gboolean
pena_openpgp_read_data (PenaCard *card, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (OPENPGP_OBJECT_MAX, FALSE, error);
    g_autofree OpenpgpData *data = g_new0 (OpenpgpData, 1);
    PenaTlv whole;
    guint16 sw;

    if (answer == NULL || !pena_openpgp_get (card, OPENPGP_DO_APPLICATION, answer, &sw, error))
        return FALSE;
    if (sw == SW_TERMINATED) {
        data->terminated = TRUE;
        data->pin_max[0] = data->pin_max[1] = data->pin_max[2] = PENA_CARD_PIN_MAX;
        take_data (card, g_steal_pointer (&data));
        return TRUE;
    }
    if (sw != PENA_SW_OK) {
        pena_sw_set_error (card->driver->sw, sw, "reading the application related data", error);
        return FALSE;
    }
    if (!pena_tlv_find (answer->data, answer->length, OPENPGP_DO_APPLICATION, &whole))
        whole = (PenaTlv){.value = answer->data, .length = answer->length};
    if (!pena_openpgp_parse_data (whole.value, whole.length, data))
        return malformed ("reading the application related data", error);
    if (!card->link->t0 && says_extended (whole.value, whole.length))
        card->link->extended = TRUE;
    take_data (card, g_steal_pointer (&data));
    return TRUE;
}

/* Others may keep something else there, however long. */
gboolean
pena_openpgp_read_label (PenaCard *card, GError **error)
{
    static const PenaApdu apdu = {
        .ins = INS_GET_DATA, .p1 = OPENPGP_DO_LABEL >> 8, .p2 = OPENPGP_DO_LABEL & 0xFF};
    const OpenpgpData *data = card->data;
    g_autoptr (PenaSecret) answer = NULL;
    guint16 sw;

    if ((data->capabilities & OPENPGP_CAN_KEEP_PRIVATE) == 0)
        return TRUE;
    answer = pena_secret_new (LABEL_ANSWER, FALSE, error);
    if (answer == NULL || !pena_apdu_peek (card->link, &apdu, answer, &sw, error))
        return FALSE;
    /* Another application would know nothing of the command, or of what is asked for. */
    if (sw != PENA_SW_OK && sw >> 8 != SW1_MORE && sw != SW_REFERENCE_NOT_FOUND &&
        (!pena_card_select_again (card, error) || !pena_apdu_peek (card->link, &apdu, answer, &sw, error)))
        return FALSE;
    if (sw == PENA_SW_OK)
        pena_card_take_label (card, answer->data, answer->length);
    return TRUE;
}

/* The list of makers that GnuPG keeps. */
const gchar *
pena_openpgp_manufacturer (const OpenpgpData *data)
{
    static const struct {
        guint id;
        const gchar *name;
    } names[] = {
        {0x0005, "ZeitControl"}, {0x0006, "Yubico"},     {0x000B, "Feitian"},
        {0x000F, "Nitrokey"},    {0x0042, "GnuPG e.V."}, {0xF1D0, "CanoKeys"},
        {0xF517, "FSIJ"},        {0x0000, "test card"},  {0xFFFF, "test card"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (names[i].id == get_u16 (data->aid + 8))
            return names[i].name;
    return "";
}

/* --- which certificate (7.2.5) --- */

static gboolean
select_data (PenaCard *card, guint8 occurrence, gboolean odd, guint16 *ret_sw, GError **error)
{
    static const guint8 certificate[] = {0x06, 0x60, 0x04, 0x5C, 0x02, 0x7F, 0x21};
    const PenaApdu apdu = {.ins = INS_SELECT_DATA,
                           .p1 = occurrence,
                           .p2 = 0x04,
                           .data = odd ? certificate : certificate + 1,
                           .length = sizeof certificate - (odd ? 0 : 1)};

    return pena_apdu_exchange (card->link, &apdu, NULL, ret_sw, error);
}

gboolean
pena_openpgp_select_certificate (PenaCard *card, OpenpgpPlace place, gboolean *ret_done, GError **error)
{
    OpenpgpData *data = card->data;
    guint8 occurrence = (guint8)(OPENPGP_AUTHENTICATE - place);
    guint16 sw;

    if (!select_data (card, occurrence, data->odd_selection, &sw, error))
        return FALSE;
    if (sw != PENA_SW_OK && !data->odd_selection && get_u16 (data->aid + 8) == MANUFACTURER_YUBICO) {
        if (!select_data (card, occurrence, TRUE, &sw, error))
            return FALSE;
        data->odd_selection = sw == PENA_SW_OK;
    }
    *ret_done = sw == PENA_SW_OK;
    return TRUE;
}
