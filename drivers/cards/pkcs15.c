/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#15 cards (ISO/IEC 7816-15)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"
#include "pkcs15.h"

enum {
    INS_VERIFY = 0x20,
    INS_GET_CHALLENGE = 0x84,
    INS_SELECT = 0xA4,
    SELECT_BY_NAME = 0x04,
    SELECT_ANSWER_MAX = 256,
    CHALLENGE_MAX = 8, /* as much as all can that can at all */
};

/* IsoApplet pads what it gets, and is asked so by everybody; it says so nowhere. With curves it hashes by itself, by
 * SHA-1 only, which is of no use. */
static const PenaP15Algorithm isoapplet[] = {
    {.mechanism = 0x0001, .operations = PENA_P15_CAN_SIGN | PENA_P15_CAN_DECIPHER, .card_reference = 0x11},
};

static const guint8 aid[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};
static const guint8 aid_7816_15[] = {0xE8, 0x28, 0xBD, 0x08, 0x0F};
static const guint8 aid_isoapplet[] = {0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB,
                                       0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01};

/* By what the application is found. */
static const struct {
    const guint8 *aid;
    gsize aid_length;      /* 0: not by name */
    PenaP15Path df;        /* to be selected after it */
    gboolean by_directory; /* where the application is stands in EF.DIR */
    const PenaP15Algorithm *algorithms;
    guint n_algorithms;
} names[] = {
    {.aid = aid, .aid_length = sizeof aid},
    {.aid = aid_7816_15, .aid_length = sizeof aid_7816_15},
    {.aid = aid_isoapplet,
     .aid_length = sizeof aid_isoapplet,
     .df = {.bytes = {0x3F, 0x00, 0x50, 0x15}, .length = 4},
     .algorithms = isoapplet,
     .n_algorithms = G_N_ELEMENTS (isoapplet)},
    {.by_directory = TRUE},
    {.df = {.bytes = {0x3F, 0x00, 0x50, 0x15}, .length = 4}},
};

const PenaP15Algorithm *
pena_p15_known_algorithms (const PenaP15 *self, guint *ret_count)
{
    *ret_count = names[self->name].n_algorithms;
    return names[self->name].algorithms;
}

static void
p15_free (PenaP15 *self)
{
    g_clear_pointer (&self->keys, g_array_unref);
    g_clear_pointer (&self->info, g_bytes_unref);
    g_free (self->manufacturer);
    g_free (self);
}

static void
p15_free_data (PenaCard *card)
{
    g_clear_pointer ((PenaP15 **)&card->data, p15_free);
}

/* --- finding the application --- */

/* The file control information may have the identifier of the DF. */
static void
note_df (PenaP15 *self, const PenaSecret *answer)
{
    PenaTlv template, id;

    self->df_id = 0;
    if ((pena_tlv_find (answer->data, answer->length, 0x6F, &template) ||
         pena_tlv_find (answer->data, answer->length, 0x62, &template)) &&
        pena_tlv_find (template.value, template.length, 0x83, &id) && id.length == 2)
        self->df_id = (guint16)(id.value[0] << 8 | id.value[1]);
}

/* Any refusal means that it is not there: what a card says to a name that it does not know is not to be foreseen. */
static gboolean
select_name (PenaCard *card, guint row, gboolean *ret_found, GError **error)
{
    const PenaApdu apdu = {
        .ins = INS_SELECT, .p1 = SELECT_BY_NAME, .data = names[row].aid, .length = names[row].aid_length};
    g_autoptr (PenaSecret) answer = pena_secret_new (SELECT_ANSWER_MAX, FALSE, error);
    guint16 sw;

    if (answer == NULL || !pena_apdu_exchange (card->link, &apdu, answer, &sw, error))
        return FALSE;
    *ret_found = sw == PENA_SW_OK;
    if (*ret_found)
        note_df (card->data, answer);
    return TRUE;
}

static gboolean
read_place (PenaCard *card, PenaP15 *self, gboolean *ret_found, GError **error)
{
    g_autoptr (GByteArray) dir = g_byte_array_new ();

    if (!pena_p15_read_dir (card, dir, ret_found, error))
        return FALSE;
    *ret_found = *ret_found && pena_p15_parse_dir (dir->data, dir->len, &self->app) &&
                 self->app.path.length > 0 && self->app.path.length % 2 == 0;
    return TRUE;
}

/* Selects by what is known: name, DF, or both. */
static gboolean
select_known (PenaCard *card, gboolean *ret_found, GError **error)
{
    PenaP15 *self = card->data;

    *ret_found = TRUE;
    if (names[self->name].aid_length > 0 && !select_name (card, self->name, ret_found, error))
        return FALSE;
    return !*ret_found || self->app.path.length == 0 ||
           pena_p15_select (card, &self->app.path, ret_found, error);
}

static gboolean
try_row (PenaCard *card, PenaP15 *self, guint row, gboolean *ret_found, GError **error)
{
    *ret_found = TRUE;
    self->name = row;
    self->app = (PenaP15Application){.path = names[row].df};
    self->files = 0;
    self->bytes = 0;
    if (names[row].by_directory && !read_place (card, self, ret_found, error))
        return FALSE;
    return !*ret_found || select_known (card, ret_found, error);
}

static gboolean
find_application (PenaCard *card, gboolean *ret_found, GError **error)
{
    PenaP15 *self = g_new0 (PenaP15, 1);

    self->keys = g_array_new (FALSE, FALSE, sizeof (PenaP15KeyPlace));
    card->data = self;
    *ret_found = FALSE;
    for (guint row = 0; row < G_N_ELEMENTS (names) && !*ret_found; row++)
        if (!try_row (card, self, row, ret_found, error)) {
            p15_free_data (card);
            return FALSE;
        }
    if (!*ret_found)
        p15_free_data (card);
    return TRUE;
}

static gboolean
p15_select (PenaCard *card, gboolean *ret_found, GError **error)
{
    if (!(card->data != NULL ? select_known (card, ret_found, error)
                             : find_application (card, ret_found, error)))
        return FALSE;
    PenaP15 *self = card->data;
    if (self != NULL) {
        self->at_home = *ret_found;
        self->away = !*ret_found;
    }
    return TRUE;
}

gboolean
pena_p15_go_home (PenaCard *card, GError **error)
{
    gboolean found;

    if (!p15_select (card, &found, error))
        return FALSE;
    if (found)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has lost its pkcs15 application");
    return FALSE;
}

/* Nothing, the application's path, or the MF and what SELECT has called the application's DF. */
static gboolean
is_home (const PenaP15 *self, const PenaP15Path *df)
{
    const PenaP15Path *home = &self->app.path;

    if (df->length == 0)
        return TRUE;
    if (home->length > 0)
        return df->length == home->length && memcmp (df->bytes, home->bytes, home->length) == 0;
    return df->length == 4 && df->bytes[0] == 0x3F && df->bytes[1] == 0x00 && self->df_id != 0 &&
           (df->bytes[2] << 8 | df->bytes[3]) == self->df_id;
}

gboolean
pena_p15_enter (PenaCard *card, const PenaP15Path *df, GError **error)
{
    PenaP15 *self = card->data;
    gboolean found;

    self->at_home = FALSE;
    if (is_home (self, df))
        return !self->away || pena_p15_go_home (card, error);
    self->away = TRUE;
    if (!pena_p15_select (card, df, &found, error))
        return FALSE;
    if (found)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                 "the card has no such file as its directory names");
    return FALSE;
}

/* --- PINs --- */

/* A PIN that does not live in the application's DF wants its own to be the current one. */
static gboolean
enter_df_of_pin (PenaCard *card, guint index, GError **error)
{
    return pena_p15_enter (card, &((PenaP15 *)card->data)->pins[index].df, error);
}

/* *ret_unsupported: the card does not know such a question. */
static gboolean
ask_once (PenaCard *card, guint index, PenaPinStatus *ret_status, gboolean *ret_unsupported, GError **error)
{
    const PenaApdu apdu = {.ins = INS_VERIFY, .p2 = card->contents.pins[index].reference};
    PenaPinStatus status = {0};
    guint16 sw;

    if (!enter_df_of_pin (card, index, error) || !pena_apdu_exchange (card->link, &apdu, NULL, &sw, error))
        return FALSE;
    status.verified = sw == PENA_SW_OK;
    status.known = status.verified || pena_sw_tries (sw, &status.tries);
    *ret_status = status;
    *ret_unsupported =
        sw == 0x6700 || sw == 0x6A80 || sw == 0x6A81 || sw == 0x6A86 || sw == 0x6B00 || sw == 0x6D00;
    return TRUE;
}

/* Some cards do not tell. When the application has just been selected and that is the answer, what was said last holds
 * until the card refuses a key. Such a card is selected before it is asked, the others only after a strange answer. */
static gboolean
p15_ask_pin (PenaCard *card, guint index, PenaPinStatus *ret_status, GError **error)
{
    PenaP15 *self = card->data;
    gboolean unsupported;

    if (self->mute && !pena_p15_go_home (card, error))
        return FALSE;
    gboolean at_home = self->at_home;
    if (!ask_once (card, index, ret_status, &unsupported, error))
        return FALSE;
    self->mute = at_home && !ret_status->known && unsupported;
    if (self->mute && card->contents.pins[index].verified)
        *ret_status = (PenaPinStatus){.known = TRUE, .verified = TRUE};
    return TRUE;
}

static const PenaPinFormat *
p15_pin_format (PenaCard *card, guint index)
{
    return &((PenaP15 *)card->data)->pins[index].format;
}

static gboolean
p15_verify (PenaCard *card, guint index, const PenaSecret *formatted, GError **error)
{
    return enter_df_of_pin (card, index, error) &&
           pena_card_driver_iso7816.verify (card, index, formatted, error);
}

static gboolean
p15_change_pin (PenaCard *card, guint index, const PenaSecret *old_pin, const PenaSecret *new_pin,
                GError **error)
{
    const PenaP15 *self = card->data;

    if ((self->pins[index].flags & PENA_P15_PIN_CHANGE_DISABLED) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED,
                     "the card keeps this PIN as it is");
        return FALSE;
    }
    return enter_df_of_pin (card, index, error) &&
           pena_card_driver_iso7816.change_pin (card, index, old_pin, new_pin, error);
}

static gboolean
p15_unblock (PenaCard *card, PenaCardRole role, const PenaSecret *secret, const PenaSecret *new_pin,
             GError **error)
{
    return enter_df_of_pin (card, PENA_CARD_PIN_USER, error) &&
           pena_card_driver_iso7816.unblock (card, role, secret, new_pin, error);
}

/* The standard has no command that ends a consent and leaves the login. Cards that count a VERIFY for the one command
 * after it are told one by this; the object directory is always there to be read. */
static void
p15_spoil_pin (PenaCard *card)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    PenaP15 *self = card->data;
    const PenaP15Path usual = {.bytes = {0x50, 0x31}, .length = 2, .size = 1};
    PenaP15Path odf = self->app.odf.length > 0 ? self->app.odf : usual;
    gboolean found;

    odf.size = 1;
    self->files = 0;
    self->at_home = FALSE;
    pena_p15_read (card, &odf, out, &found, NULL);
}

static void
p15_describe (PenaCard *card)
{
    card->contents.model = "PKCS#15";
    card->contents.abilities |= PENA_CARD_RANDOM;
}

static gboolean
p15_random (PenaCard *card, guint8 *out, gsize length, GError **error)
{
    static const PenaApdu apdu = {.ins = INS_GET_CHALLENGE};
    g_autoptr (PenaSecret) answer = pena_secret_new (CHALLENGE_MAX, FALSE, error);

    if (answer == NULL)
        return FALSE;
    for (gsize done = 0; done < length; done += answer->length) {
        if (!pena_card_command (card, &apdu, answer, "making random numbers", error))
            return FALSE;
        if (answer->length == 0) {
            g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card gives no random numbers");
            return FALSE;
        }
        memcpy (out + done, answer->data, MIN (answer->length, length - done));
    }
    return TRUE;
}

static const PenaSwRow sw_rows[] = {
    {0x6A80, 0xFFFF, PENA_ERROR_KEY_UNSUPPORTED, "the card does not do this with the key"},
    {0x6A82, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "no such key"},
    {0x6A88, 0xFFFF, PENA_ERROR_CREDENTIAL_MISSING, "no such key"},
    {0, 0, PENA_ERROR_TOKEN_FAILED, NULL},
};

/* What these cards answer to a PIN of the wrong form does not tell whether it has cost a try. */
const PenaCardDriver pena_card_driver_pkcs15 = {
    .name = "pkcs15",
    .aid = aid,
    .aid_length = sizeof aid,
    .score = 5, /* cards that are PIV or OpenPGP as well are better known by that */
    .sw = sw_rows,
    .select = p15_select,
    .free_data = p15_free_data,
    .identify = pena_p15_identify,
    .read = pena_p15_read_contents,
    .describe = p15_describe,
    .save = pena_p15_save,
    .load = pena_p15_load,
    .ask_pin = p15_ask_pin,
    .pin_format = p15_pin_format,
    .verify = p15_verify,
    .change_pin = p15_change_pin,
    .unblock = p15_unblock,
    .spoil_pin = p15_spoil_pin,
    .use_key = pena_p15_use_key,
    .random = p15_random,
};
