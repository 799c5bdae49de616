/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: commands to a card and their answers
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-apdu.h"

#include <pena/pena-error.h>

enum {
    SHORT_DATA = 255,
    SHORT_ANSWER = 256,
    ANSWERS_MAX = 256, /* pieces of one answer */
    CHAIN_BIT = 0x10,
    INS_GET_RESPONSE = 0xC0,
    SW_OK = 0x9000,
    SW_WRONG_LENGTH = 0x6700,
    SW_WRONG_INS = 0x6D00,
    SW1_MORE = 0x61,
    SW1_WRONG_LE = 0x6C,
};

static void
append_u16 (PenaSecret *out, gsize value)
{
    guint8 bytes[2] = {(guint8)(value >> 8), (guint8)value};
    pena_secret_append (out, bytes, 2);
}

static void
append_u8 (PenaSecret *out, gsize value)
{
    guint8 byte = (guint8)value;
    pena_secret_append (out, &byte, 1);
}

gboolean
pena_apdu_build (PenaSecret *out, const PenaApdu *apdu, gsize le, gboolean extended)
{
    g_return_val_if_fail (apdu->length <= (extended ? G_MAXUINT16 : SHORT_DATA), FALSE);

    pena_secret_clear (out);
    if (out->capacity < apdu->length + 9)
        return FALSE;
    append_u8 (out, apdu->cla);
    append_u8 (out, apdu->ins);
    append_u8 (out, apdu->p1);
    append_u8 (out, apdu->p2);
    if (extended && (apdu->length > 0 || le > 0))
        append_u8 (out, 0);
    if (apdu->length > 0) {
        if (extended)
            append_u16 (out, apdu->length);
        else
            append_u8 (out, apdu->length);
        pena_secret_append (out, apdu->data, apdu->length);
    }
    if (le > 0 && extended)
        append_u16 (out, le); /* 65,536 is written as 0 */
    else if (le > 0)
        append_u8 (out, le); /* 256 likewise */
    return TRUE;
}

/* One APDU on the wire. T=0 has no room for Le beside data: the card says 61xx instead. */
static gboolean
send_one (PenaLink *link, const PenaApdu *apdu, gsize le, gboolean extended, guint16 *ret_sw, GError **error)
{
    if (link->t0 && apdu->length > 0)
        le = 0;
    if (!pena_link_check (link, error))
        return FALSE;
    if (!pena_apdu_build (link->command, apdu, le, extended)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the command is too long for a card");
        return FALSE;
    }
    return pena_link_transmit (link, apdu->patience, ret_sw, error);
}

/* As a chain of short APDUs; the status word is that of the first link that is refused, or of the last. */
static gboolean
send_chain (PenaLink *link, const PenaApdu *apdu, gsize le, guint16 *ret_sw, GError **error)
{
    PenaApdu part = *apdu;

    part.cla |= CHAIN_BIT;
    part.length = SHORT_DATA;
    while ((gsize)(apdu->data + apdu->length - part.data) > SHORT_DATA) {
        if (!send_one (link, &part, 0, FALSE, ret_sw, error))
            return FALSE;
        if (*ret_sw != SW_OK)
            return TRUE;
        part.data += SHORT_DATA;
    }
    part.cla = apdu->cla;
    part.length = (gsize)(apdu->data + apdu->length - part.data);
    return send_one (link, &part, le, FALSE, ret_sw, error);
}

static gboolean
send_short (PenaLink *link, const PenaApdu *apdu, gsize le, guint16 *ret_sw, GError **error)
{
    if (!send_one (link, apdu, le, FALSE, ret_sw, error))
        return FALSE;
    if (*ret_sw >> 8 != SW1_WRONG_LE)
        return TRUE;
    gsize right_le = (*ret_sw & 0xFF) != 0 ? *ret_sw & 0xFF : SHORT_ANSWER;
    return send_one (link, apdu, right_le, FALSE, ret_sw, error);
}

static gboolean
send_in_full (PenaLink *link, const PenaApdu *apdu, gsize room, guint16 *ret_sw, GError **error)
{
    gsize short_le = MIN (room, SHORT_ANSWER);

    gboolean fits = apdu->length <= PENA_APDU_DATA_MAX;

    if (link->extended && fits && (apdu->length > SHORT_DATA || room > SHORT_ANSWER)) {
        if (!send_one (link, apdu, MIN (room, PENA_LINK_ANSWER_MAX - 2), TRUE, ret_sw, error))
            return FALSE;
        if (*ret_sw != SW_WRONG_LENGTH && *ret_sw != SW_WRONG_INS)
            return TRUE;
        link->extended = FALSE;
    }
    if (apdu->length > SHORT_DATA)
        return send_chain (link, apdu, short_le, ret_sw, error);
    return send_short (link, apdu, short_le, ret_sw, error);
}

/* Takes what the link has received over into answer. */
static gboolean
collect (PenaLink *link, PenaSecret *answer, GError **error)
{
    gboolean fits = answer != NULL ? pena_secret_append (answer, link->answer->data, link->answer->length)
                                   : link->answer->length == 0;

    pena_secret_clear (link->answer);
    if (!fits)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card answers more than was asked for");
    return fits;
}

gboolean
pena_apdu_exchange (PenaLink *link, const PenaApdu *apdu, PenaSecret *answer, guint16 *ret_sw, GError **error)
{
    guint pieces = 0;
    guint16 sw;

    if (answer != NULL)
        pena_secret_clear (answer);
    if (!send_in_full (link, apdu, answer != NULL ? answer->capacity : 0, &sw, error) ||
        !collect (link, answer, error))
        return FALSE;
    while (sw >> 8 == SW1_MORE && answer != NULL) {
        const PenaApdu more = {.ins = INS_GET_RESPONSE};
        gsize before = answer->length;
        pieces++;
        if (!send_one (link, &more, (sw & 0xFF) != 0 ? sw & 0xFF : SHORT_ANSWER, FALSE, &sw, error) ||
            !collect (link, answer, error))
            return FALSE;
        if (sw >> 8 == SW1_MORE && (answer->length == before || pieces >= ANSWERS_MAX)) {
            g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                         "the card announces more and sends little or nothing");
            return FALSE;
        }
    }
    *ret_sw = sw;
    return TRUE;
}

gboolean
pena_apdu_peek (PenaLink *link, const PenaApdu *apdu, PenaSecret *answer, guint16 *ret_sw, GError **error)
{
    g_return_val_if_fail (apdu->length <= SHORT_DATA, FALSE);
    pena_secret_clear (answer);
    return send_short (link, apdu, MIN (answer->capacity, SHORT_ANSWER), ret_sw, error) &&
           collect (link, answer, error);
}
