/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what cards that follow ISO/IEC 7816-4 have in common
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-card-driver.h"

enum {
    INS_VERIFY = 0x20,
    INS_CHANGE_REFERENCE_DATA = 0x24,
    INS_SELECT = 0xA4,
    SELECT_BY_NAME = 0x04,
    FORGET = 0xFF,
    SELECT_ANSWER_MAX = 256,
};

/* The ways in which cards say that they have no such application: not found, wrong parameters, no such
 * command or class, and 6999 of Java cards. */
static gboolean
says_absent (guint16 sw)
{
    return (sw & 0xFFF0) == 0x6A80 || sw == 0x6D00 || sw == 0x6E00 || sw == 0x6999;
}

static gboolean
iso_select (PenaCard *card, gboolean *ret_found, GError **error)
{
    const PenaApdu apdu = {.ins = INS_SELECT,
                           .p1 = SELECT_BY_NAME,
                           .data = card->driver->aid,
                           .length = card->driver->aid_length};
    g_autoptr (PenaSecret) answer = pena_secret_new (SELECT_ANSWER_MAX, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK;
    if (*ret_found || says_absent (sw))
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "selecting the application", error);
    return FALSE;
}

static gboolean
iso_ask_pin (PenaCard *card, PenaPinStatus *ret_status, GError **error)
{
    const PenaApdu apdu = {.ins = INS_VERIFY, .p2 = card->pin_reference};
    guint16 sw;

    if (!pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
        return FALSE;
    ret_status->verified = sw == PENA_SW_OK;
    ret_status->known = ret_status->verified || pena_sw_tries (sw, &ret_status->tries);
    return TRUE;
}

static gboolean
iso_format_pin (PenaCard *card, const guint8 *pin, gsize length, PenaSecret *out, GError **error)
{
    if (length >= card->contents.pin_min && length <= card->contents.pin_max &&
        pena_secret_append (out, pin, length))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID, "a PIN of this card has %u to %u bytes",
                 card->contents.pin_min, card->contents.pin_max);
    return FALSE;
}

static gboolean
send_pin (PenaCard *card, guint8 ins, const PenaSecret *data, const gchar *doing, GError **error)
{
    const PenaApdu apdu = {.ins = ins, .p2 = card->pin_reference, .data = data->data, .length = data->length};
    guint16 sw;

    if (!pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
        return FALSE;
    if (sw == PENA_SW_OK)
        return TRUE;
    pena_sw_set_error (card->driver->pin_sw, sw, doing, error);
    return FALSE;
}

static gboolean
iso_verify (PenaCard *card, const PenaSecret *formatted, GError **error)
{
    return send_pin (card, INS_VERIFY, formatted, "verifying the PIN", error);
}

static gboolean
iso_change_pin (PenaCard *card, const PenaSecret *old_and_new, GError **error)
{
    return send_pin (card, INS_CHANGE_REFERENCE_DATA, old_and_new, "changing the PIN", error);
}

static gboolean
iso_forget_pin (PenaCard *card, gboolean *ret_done, GError **error)
{
    const PenaApdu apdu = {.ins = INS_VERIFY, .p1 = FORGET, .p2 = card->pin_reference};
    guint16 sw;

    if (!pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
        return FALSE;
    *ret_done = sw == PENA_SW_OK;
    return TRUE;
}

static void
iso_spoil_pin (PenaCard *card)
{
    gboolean found;
    iso_select (card, &found, NULL);
}

static gboolean
iso_read (PenaCard *card, GError **error)
{
    return TRUE;
}

static gboolean
iso_use_key (PenaCard *card, const PenaCardKey *key, const guint8 *input, gsize length, PenaSecret *output,
             GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "cards of this kind have no keys");
    return FALSE;
}

const PenaCardDriver pena_card_driver_iso7816 = {
    .name = "iso7816",
    .select = iso_select,
    .read = iso_read,
    .ask_pin = iso_ask_pin,
    .format_pin = iso_format_pin,
    .verify = iso_verify,
    .change_pin = iso_change_pin,
    .forget_pin = iso_forget_pin,
    .spoil_pin = iso_spoil_pin,
    .use_key = iso_use_key,
};
