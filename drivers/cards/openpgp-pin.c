/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PINs of OpenPGP cards: PW1 with its two references, resetting code, PW3 (4.3, 7.2.2 to 7.2.4)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "openpgp-private.h"
#include "pena-card-private.h"

enum {
    INS_VERIFY = 0x20,
    INS_CHANGE_REFERENCE_DATA = 0x24,
    INS_RESET_RETRY_COUNTER = 0x2C,
    INS_PUT_DATA = 0xDA,
    DO_RESETTING_CODE = 0xD3,
    FORGET = 0xFF,
    WITH_CODE = 0x00,
    AFTER_PW3 = 0x02,
    REFERENCE_PW1 = 0x81, /* for changing it, whatever it is verified for */
    SW_WRONG_LENGTH = 0x6700,
    SW_WRONG_DATA = 0x6A80,
    STATUS_ANSWER = 64,
    KDF_ANSWER = 256,
};

/* Which password a PIN is: 0 PW1, 1 resetting code, 2 PW3. */
static guint
password_of (guint index)
{
    return index <= OPENPGP_PIN_SIGN ? 0 : index - OPENPGP_PIN_SIGN;
}

/* --- state --- */

/* *ret_found FALSE: what answers is no OpenPGP application, which alone has this object. */
static gboolean
read_status (PenaCard *card, gboolean *ret_found, GError **error)
{
    g_autoptr (PenaSecret) answer = pena_secret_new (STATUS_ANSWER, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_openpgp_get (card, OPENPGP_DO_PW_STATUS, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK && pena_openpgp_parse_status (answer->data, answer->length, card->data);
    return TRUE;
}

gboolean
pena_openpgp_read_kdf (PenaCard *card, GError **error)
{
    OpenpgpData *data = card->data;
    g_autoptr (PenaSecret) answer = pena_secret_new (KDF_ANSWER, FALSE, error);
    guint16 sw = PENA_SW_OK;

    if (answer == NULL || ((data->capabilities & OPENPGP_CAN_KDF) != 0 &&
                           !pena_openpgp_get (card, OPENPGP_DO_KDF, answer, &sw, error)))
        return FALSE;
    data->knows_kdf =
        (sw == PENA_SW_OK || (sw & 0xFFF0) == 0x6A80) &&
        pena_openpgp_kdf_parse (answer->data, sw == PENA_SW_OK ? answer->length : 0, &data->kdf);
    for (guint i = 0; i < card->contents.n_pins; i++)
        card->contents.pins[i].no_pad = data->kdf.active;
    if (!data->knows_kdf)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                     "the card wants its PIN turned into something unknown (F9); it was not sent");
    return data->knows_kdf;
}

gboolean
pena_openpgp_ask_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    const OpenpgpData *data = card->data;
    gboolean found;

    if (index != OPENPGP_PIN_CODE)
        return pena_card_driver_iso7816.ask_pin (card, index, ret_status, error);
    if (!read_status (card, &found, error))
        return FALSE;
    *ret_status = (PenaPinStatus){.known = found, .tries = data->tries[password_of (index)]};
    return TRUE;
}

static gboolean
find_application (PenaCard *card, GError **error)
{
    gboolean found;

    if (!read_status (card, &found, error))
        return FALSE;
    if (found)
        return TRUE;
    if (!pena_card_select_again (card, error) || !read_status (card, &found, error))
        return FALSE;
    if (!found)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                     "the card does not tell the state of its PINs");
    return found;
}

/* The status of the passwords is proof of the application, and tells the tries. How the PIN is written (F9) is
 * read anew before a login: another program may have changed it. As long as the login holds nobody has, for that
 * takes the PIN away as well. */
gboolean
pena_openpgp_prepare_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    const OpenpgpData *data = card->data;
    const PenaCardPin *pin = &card->contents.pins[index];
    gint tries;

    if (!find_application (card, error))
        return FALSE;
    if ((!data->knows_kdf || !card->contents.pins[OPENPGP_PIN_USER].verified) &&
        !pena_openpgp_read_kdf (card, error))
        return FALSE;
    tries = data->tries[password_of (index)];
    *ret_status = (PenaPinStatus){
        .known = TRUE, .verified = pin->verified && tries == pin->tries_max, .tries = (guint)tries};
    return TRUE;
}

/* --- sending --- */

/* Not a wrong PIN, for no try was counted. */
static void
set_uncounted_error (guint16 sw, const gchar *doing, GError **error)
{
    if (sw == SW_WRONG_DATA || sw == SW_WRONG_LENGTH)
        g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID, "%s: the card takes no such PIN (%04X)",
                     doing, sw);
    else
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "%s: the card has not looked at it (%04X)",
                     doing, sw);
}

/* What a command came to that carried a PIN. Cards say 6982 for a wrong one; the tries are in C4. */
static gboolean
check_sent (PenaCard *card, guint index, guint16 sw, const gchar *doing, GError **error)
{
    const OpenpgpData *data = card->data;
    gint before = card->contents.pins[index].tries_left;
    gboolean found;
    gint tries;

    if (sw == PENA_SW_OK)
        return TRUE;
    if (!read_status (card, &found, error))
        return FALSE;
    if (!found) {
        pena_sw_set_error (card->driver->pin_sw, sw, doing, error);
        return FALSE;
    }
    tries = data->tries[password_of (index)];
    if (tries > 0 && tries == before) {
        set_uncounted_error (sw, doing, error);
        return FALSE;
    }
    g_set_error (error, PENA_ERROR, tries == 0 ? PENA_ERROR_PIN_BLOCKED : PENA_ERROR_PIN_WRONG,
                 "%s: it is refused (%04X)", doing, sw);
    if (error != NULL)
        pena_error_set_int (*error, "attempts_left", tries);
    return FALSE;
}

/* The PIN as it goes to the card. */
static gboolean
append_password (PenaCard *card, guint index, const PenaSecret *typed, PenaSecret *out, GError **error)
{
    const OpenpgpData *data = card->data;
    g_autoptr (PenaSecret) derived = NULL;

    if (!data->kdf.active)
        return pena_secret_append (out, typed->data, typed->length);
    derived = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
    return derived != NULL &&
           pena_openpgp_kdf_derive (&data->kdf, password_of (index), typed->data, typed->length, derived,
                                    error) &&
           pena_secret_append (out, derived->data, derived->length);
}

static gboolean
send_verify (PenaCard *card, guint index, const PenaSecret *formatted, guint16 *ret_sw, GError **error)
{
    const PenaCardPin *pin = &card->contents.pins[index];
    const PenaPinPadRequest request = {.ins = INS_VERIFY,
                                       .p2 = pin->reference,
                                       .min = (guint8)pin->min,
                                       .max = (guint8)pin->max,
                                       .format = {.encoding = PENA_PIN_BYTES}};
    g_autoptr (PenaSecret) password = NULL;
    PenaApdu apdu = {.ins = INS_VERIFY, .p2 = pin->reference};

    if (formatted == NULL)
        return pena_pin_pad_verify (card->link, &request, ret_sw, error);
    password = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
    if (password == NULL || !append_password (card, index, formatted, password, error))
        return FALSE;
    apdu.data = password->data;
    apdu.length = password->length;
    return pena_apdu_exchange (card->link, &apdu, NULL, ret_sw, error);
}

/* After 82 was verified, the same password cannot be wrong for 81. A card that can be made to forget an unused
 * one gets it at once, so that a signature can follow without asking again. */
static gboolean
verify_for_signature (PenaCard *card, const PenaSecret *formatted, GError **error)
{
    const OpenpgpData *data = card->data;
    PenaPinStatus status = {.known = TRUE, .verified = TRUE};
    guint16 sw;

    if (formatted == NULL || pena_card_find_key (card, OPENPGP_SIGN) == NULL ||
        (data->one_signature && data->no_forgetting))
        return TRUE;
    if (!send_verify (card, OPENPGP_PIN_SIGN, formatted, &sw, error))
        return FALSE;
    if (sw != PENA_SW_OK) {
        card->contents.pins[OPENPGP_PIN_SIGN].known = card->contents.pins[OPENPGP_PIN_SIGN].verified = FALSE;
        return TRUE;
    }
    pena_card_note_pin (card, OPENPGP_PIN_SIGN, &status);
    card->fresh_pin = OPENPGP_PIN_SIGN;
    return TRUE;
}

gboolean
pena_openpgp_verify (PenaCard *card, guint index, const PenaSecret *formatted, GError **error)
{
    OpenpgpData *data = card->data;
    guint16 sw;

    if (!send_verify (card, index, formatted, &sw, error))
        return FALSE;
    if (!check_sent (card, index, sw, "verifying the PIN", error)) {
        data->knows_kdf = FALSE;
        return FALSE;
    }
    return index != OPENPGP_PIN_USER || verify_for_signature (card, formatted, error);
}

/* What was verified with a password that is another now. */
static void
forget_verified (PenaCard *card)
{
    for (guint i = 0; i <= OPENPGP_PIN_SIGN; i++)
        card->contents.pins[i].verified = FALSE;
}

static gboolean
send_two (PenaCard *card, guint index, const PenaSecret *old_pin, const PenaSecret *new_pin, PenaApdu *apdu,
          guint16 *ret_sw, GError **error)
{
    g_autoptr (PenaSecret) both = pena_secret_new (2 * PENA_CARD_PIN_MAX, FALSE, error);
    guint of_new = index == OPENPGP_PIN_CODE ? OPENPGP_PIN_USER : index;

    if (both == NULL || (old_pin != NULL && !append_password (card, index, old_pin, both, error)) ||
        !append_password (card, of_new, new_pin, both, error))
        return FALSE;
    apdu->data = both->data;
    apdu->length = both->length;
    return pena_apdu_exchange (card->link, apdu, NULL, ret_sw, error);
}

gboolean
pena_openpgp_change_pin (PenaCard *card, guint index, const PenaSecret *old_pin, const PenaSecret *new_pin,
                         GError **error)
{
    const PenaCardPin *pin = &card->contents.pins[index];
    guint8 reference = index == OPENPGP_PIN_ADMIN ? pin->reference : REFERENCE_PW1;
    const PenaPinPadRequest request = {.ins = INS_CHANGE_REFERENCE_DATA,
                                       .p2 = reference,
                                       .min = (guint8)pin->min,
                                       .max = (guint8)pin->max,
                                       .ask_current = TRUE,
                                       .format = {.encoding = PENA_PIN_BYTES}};
    PenaApdu apdu = {.ins = INS_CHANGE_REFERENCE_DATA, .p2 = reference};
    guint16 sw;

    if (index == OPENPGP_PIN_CODE)
        return pena_card_unsupported ("changing the resetting code", error);
    if (!(old_pin != NULL ? send_two (card, index, old_pin, new_pin, &apdu, &sw, error)
                          : pena_pin_pad_modify (card->link, &request, &sw, error)))
        return FALSE;
    if (index != OPENPGP_PIN_ADMIN)
        forget_verified (card);
    return check_sent (card, index, sw, "changing the PIN", error);
}

gboolean
pena_openpgp_unblock (PenaCard *card, PenaCardRole role, const PenaSecret *secret, const PenaSecret *new_pin,
                      GError **error)
{
    gboolean by_code = role == PENA_ROLE_RESET;
    PenaApdu apdu = {
        .ins = INS_RESET_RETRY_COUNTER, .p1 = by_code ? WITH_CODE : AFTER_PW3, .p2 = REFERENCE_PW1};
    guint16 sw;

    if (new_pin == NULL || (by_code && secret == NULL))
        return pena_card_unsupported ("giving the user a new PIN at the reader", error);
    if (!((const OpenpgpData *)card->data)->knows_kdf && !pena_openpgp_read_kdf (card, error))
        return FALSE;
    if (!send_two (card, OPENPGP_PIN_CODE, by_code ? secret : NULL, new_pin, &apdu, &sw, error))
        return FALSE;
    if (!by_code && sw == PENA_SW_NOT_VERIFIED) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED, "the administrator is not authenticated");
        return FALSE;
    }
    if (sw == PENA_SW_OK)
        forget_verified (card);
    return check_sent (card, by_code ? OPENPGP_PIN_CODE : OPENPGP_PIN_USER, sw, "giving the user a new PIN",
                       error);
}

gboolean
pena_openpgp_set_reset_code (PenaCard *card, const PenaSecret *formatted, GError **error)
{
    g_autoptr (PenaSecret) code = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
    PenaApdu apdu = {.ins = INS_PUT_DATA, .p2 = DO_RESETTING_CODE};

    if (code == NULL || !pena_openpgp_read_kdf (card, error) ||
        (formatted != NULL && !append_password (card, OPENPGP_PIN_CODE, formatted, code, error)))
        return FALSE;
    apdu.data = code->data;
    apdu.length = code->length;
    return pena_card_admin_command (card, &apdu, NULL, "setting the resetting code", error);
}

/* --- forgetting --- */

static gboolean
forget (PenaCard *card, guint index, guint16 *ret_sw, GError **error)
{
    const PenaApdu apdu = {.ins = INS_VERIFY, .p1 = FORGET, .p2 = card->contents.pins[index].reference};

    return pena_apdu_exchange (card->link, &apdu, NULL, ret_sw, error);
}

/* Always both: 81 may be verified although no signature was ever made. */
gboolean
pena_openpgp_forget_pin (PenaCard *card, gboolean *ret_done, GError **error)
{
    guint16 sw;

    if (!forget (card, OPENPGP_PIN_USER, &sw, error))
        return FALSE;
    *ret_done = sw == PENA_SW_OK;
    if (!*ret_done)
        return TRUE;
    if (!forget (card, OPENPGP_PIN_SIGN, &sw, error))
        return FALSE;
    *ret_done = sw == PENA_SW_OK;
    return TRUE;
}

/* A verified 81 that was not used up. A card that cannot forget it alone forgets all when it is selected; it
 * does not get 81 before it is needed again. */
void
pena_openpgp_spoil_pin (PenaCard *card)
{
    OpenpgpData *data = card->data;
    PenaCardPin *pin = &card->contents.pins[OPENPGP_PIN_SIGN];
    gboolean found;
    guint16 sw;

    if (!pin->verified || !data->one_signature)
        return;
    pin->verified = FALSE;
    if (!forget (card, OPENPGP_PIN_SIGN, &sw, NULL) || sw == PENA_SW_OK)
        return;
    data->no_forgetting = TRUE;
    pena_openpgp_select_anew (card, &found, NULL);
}
