/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what cards that follow ISO/IEC 7816-4 have in common
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-card-private.h"

enum {
    INS_VERIFY = 0x20,
    INS_CHANGE_REFERENCE_DATA = 0x24,
    INS_RESET_RETRY_COUNTER = 0x2C,
    INS_SELECT = 0xA4,
    SELECT_BY_NAME = 0x04,
    FORGET = 0xFF,
    SELECT_ANSWER_MAX = 256,
    ISO_9564_DIGITS = 12,
    ISO_9564_BLOCK = 8,
};

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
    *ret_found = card->selected = sw == PENA_SW_OK;
    if (*ret_found || pena_sw_says_absent (sw))
        return TRUE;
    pena_sw_set_error (card->driver->sw, sw, "selecting the application", error);
    return FALSE;
}

static gboolean
iso_ask_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    const PenaApdu apdu = {.ins = INS_VERIFY, .p2 = card->contents.pins[index].reference};
    PenaPinStatus status = {0};
    guint16 sw;

    if (!pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
        return FALSE;
    status.verified = sw == PENA_SW_OK;
    status.known = status.verified || pena_sw_tries (sw, &status.tries);
    *ret_status = status;
    return TRUE;
}

/* Only SELECT makes sure, whatever the PIN's state looks like. */
static gboolean
iso_prepare_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    gboolean found;

    if (!PENA_CARD_OP (card, select) (card, &found, error))
        return FALSE;
    if (found)
        return PENA_CARD_OP (card, ask_pin) (card, index, ret_status, error);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has lost its %s application",
                 card->driver->name);
    return FALSE;
}

static const PenaPinFormat *
iso_pin_format (PenaCard *card, guint index)
{
    static const PenaPinFormat as_typed = {.encoding = PENA_PIN_BYTES};
    return &as_typed;
}

/* Digits two in a byte; an odd one is followed by the upper half of the padding. */
static gboolean
append_bcd (PenaSecret *out, const guint8 *digits, gsize length, guint8 padding)
{
    for (gsize i = 0; i < length; i += 2) {
        guint8 low = i + 1 < length ? digits[i + 1] & 0x0F : padding & 0x0F;
        guint8 byte = (guint8)((digits[i] & 0x0F) << 4 | low);
        if (!pena_secret_append (out, &byte, 1))
            return FALSE;
    }
    return TRUE;
}

static gboolean
append_half_bcd (PenaSecret *out, const guint8 *digits, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        guint8 byte = 0xF0 | (digits[i] & 0x0F);
        if (!pena_secret_append (out, &byte, 1))
            return FALSE;
    }
    return TRUE;
}

static gboolean
append_encoded (PenaSecret *out, const PenaPinFormat *format, const guint8 *pin, gsize length)
{
    guint8 control = (guint8)(0x20 | length);

    switch (format->encoding) {
    case PENA_PIN_BYTES:
        return pena_secret_append (out, pin, length);
    case PENA_PIN_BCD:
        return append_bcd (out, pin, length, format->padding);
    case PENA_PIN_HALF_BCD:
        return append_half_bcd (out, pin, length);
    case PENA_PIN_ISO_9564_1:
        return length <= ISO_9564_DIGITS && pena_secret_append (out, &control, 1) &&
               append_bcd (out, pin, length, 0xFF);
    }
    return FALSE;
}

static gboolean
append_padding (PenaSecret *out, const PenaPinFormat *format, gsize from)
{
    gboolean iso = format->encoding == PENA_PIN_ISO_9564_1;
    gsize wanted = iso ? ISO_9564_BLOCK : format->stored;
    guint8 padding = iso ? 0xFF : format->padding;

    if (wanted != 0 && out->length - from > wanted)
        return FALSE;
    while (out->length - from < wanted)
        if (!pena_secret_append (out, &padding, 1))
            return FALSE;
    return TRUE;
}

static gboolean
are_digits (const guint8 *pin, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isdigit ((gchar)pin[i]))
            return FALSE;
    return TRUE;
}

static gboolean
iso_format_pin (PenaCard *card, guint index, const guint8 *pin, gsize length, PenaSecret *out, GError **error)
{
    const PenaCardPin *rules = &card->contents.pins[index];
    const PenaPinFormat *format = PENA_CARD_OP (card, pin_format) (card, index);
    gsize from = out->length;

    if (length >= rules->min && length <= rules->max &&
        (format->encoding == PENA_PIN_BYTES || are_digits (pin, length)) &&
        append_encoded (out, format, pin, length) && append_padding (out, format, from))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID, "a PIN of this card has %u to %u %s", rules->min,
                 rules->max, format->encoding == PENA_PIN_BYTES ? "bytes" : "digits");
    return FALSE;
}

static gboolean
check_pin_sw (PenaCard *card, guint16 sw, const gchar *doing, GError **error)
{
    if (sw == PENA_SW_OK)
        return TRUE;
    pena_sw_set_error (card->driver->pin_sw, sw, doing, error);
    return FALSE;
}

static PenaPinPadRequest
pad_request (PenaCard *card, guint index, guint8 ins)
{
    const PenaCardPin *pin = &card->contents.pins[index];

    return (PenaPinPadRequest){.ins = ins,
                               .p2 = pin->reference,
                               .min = (guint8)MIN (pin->min, G_MAXUINT8),
                               .max = (guint8)MIN (pin->max, G_MAXUINT8),
                               .ask_current = TRUE,
                               .format = *PENA_CARD_OP (card, pin_format) (card, index)};
}

static gboolean
iso_verify (PenaCard *card, guint index, const PenaSecret *formatted, GError **error)
{
    PenaPinPadRequest request = pad_request (card, index, INS_VERIFY);
    PenaApdu apdu = {.ins = INS_VERIFY, .p2 = card->contents.pins[index].reference};
    guint16 sw;

    if (formatted != NULL) {
        apdu.data = formatted->data;
        apdu.length = formatted->length;
    }
    if (!(formatted != NULL ? pena_apdu_exchange (card->link, &apdu, NULL, &sw, error)
                            : pena_pin_pad_verify (card->link, &request, &sw, error)))
        return FALSE;
    return check_pin_sw (card, sw, "verifying the PIN", error);
}

/* One secret, then another. */
static gboolean
send_two (PenaCard *card, guint8 ins, guint8 reference, const PenaSecret *first, const PenaSecret *second,
          guint16 *ret_sw, GError **error)
{
    g_autoptr (PenaSecret) both = pena_secret_new (2 * PENA_CARD_PIN_MAX, FALSE, error);
    PenaApdu apdu = {.ins = ins, .p2 = reference};

    if (both == NULL)
        return FALSE;
    pena_secret_append (both, first->data, first->length);
    pena_secret_append (both, second->data, second->length);
    apdu.data = both->data;
    apdu.length = both->length;
    return pena_apdu_exchange (card->link, &apdu, NULL, ret_sw, error);
}

static gboolean
iso_change_pin (PenaCard *card, guint index, const PenaSecret *old_pin, const PenaSecret *new_pin,
                GError **error)
{
    PenaPinPadRequest request = pad_request (card, index, INS_CHANGE_REFERENCE_DATA);
    guint16 sw;

    if (!(old_pin != NULL ? send_two (card, INS_CHANGE_REFERENCE_DATA, card->contents.pins[index].reference,
                                      old_pin, new_pin, &sw, error)
                          : pena_pin_pad_modify (card->link, &request, &sw, error)))
        return FALSE;
    return check_pin_sw (card, sw, "changing the PIN", error);
}

/* RESET RETRY COUNTER with the reset code (7816-4, 11.5.10). What an administrator does differs between cards. */
static gboolean
iso_unblock (PenaCard *card, PenaCardRole role, const PenaSecret *secret, const PenaSecret *new_pin,
             GError **error)
{
    guint16 sw;

    if (role != PENA_ROLE_RESET || secret == NULL || new_pin == NULL)
        return pena_card_unsupported ("giving the user a new PIN", error);
    return send_two (card, INS_RESET_RETRY_COUNTER, card->contents.pins[PENA_CARD_PIN_USER].reference, secret,
                     new_pin, &sw, error) &&
           check_pin_sw (card, sw, "giving the user a new PIN", error);
}

static gboolean
iso_forget_pin (PenaCard *card, gboolean *ret_done, GError **error)
{
    const PenaApdu apdu = {
        .ins = INS_VERIFY, .p1 = FORGET, .p2 = card->contents.pins[PENA_CARD_PIN_USER].reference};
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
    PENA_CARD_OP (card, select) (card, &found, NULL);
}

static gboolean
iso_read (PenaCard *card, GError **error)
{
    return TRUE;
}

static gboolean
iso_use_key (PenaCard *card, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
             gsize length, PenaSecret *output, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "cards of this kind have no keys");
    return FALSE;
}

/* What there is no common way for is NULL: the card cannot do it. */
const PenaCardDriver pena_card_driver_iso7816 = {
    .name = "iso7816",
    .select = iso_select,
    .read = iso_read,
    .ask_pin = iso_ask_pin,
    .prepare_pin = iso_prepare_pin,
    .pin_format = iso_pin_format,
    .format_pin = iso_format_pin,
    .verify = iso_verify,
    .change_pin = iso_change_pin,
    .unblock = iso_unblock,
    .forget_pin = iso_forget_pin,
    .spoil_pin = iso_spoil_pin,
    .use_key = iso_use_key,
};
