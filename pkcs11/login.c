/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: who has logged in, and PINs
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "login.h"

#include <pena/pena-error.h>
#include <string.h>

#include "session.h"

/* Index of the first PIN of a role; n_pins when there is none. */
static guint
find_pin (PenaModSlot *slot, PenaCardRole role)
{
    const PenaCardContents *contents = pena_card_get_contents (slot->card);
    guint index = 0;

    while (index < contents->n_pins && contents->pins[index].role != role)
        index++;
    return index;
}

const PenaCardPin *
pena_mod_officer_pin (PenaModSlot *slot)
{
    guint index = find_pin (slot, PENA_ROLE_ADMIN);

    return index < pena_card_get_contents (slot->card)->n_pins ? pena_card_get_pin (slot->card, index) : NULL;
}

gboolean
pena_mod_has_pin_pad (PenaModSlot *slot)
{
    return pena_card_has_pin_pad (slot->card) && !pena_card_get_pin (slot->card, PENA_CARD_PIN_USER)->no_pad;
}

/* --- holding --- */

/* After a VERIFY that is held: remembers the PIN for as long, to know it again. Without a thread to end the
 * hold there can be none; and whoever waits for one card must hold no other, see pena_mod_before_card(). */
static CK_RV
start_hold (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    gboolean may;

    pena_mod_forget_hold (slot);
    slot->held_until = g_get_monotonic_time () + PENA_MOD_HOLD_MICROSECONDS;
    may = !pena_mod_any_busy (self);
    if (may && pin != NULL) {
        slot->held_pin = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
        may = slot->held_pin != NULL && pena_secret_append (slot->held_pin, pin, length);
    }
    if (!may || !pena_mod_call_at (self, slot->held_until))
        pena_mod_release_hold (slot);
    return pena_mod_note_loss (self, slot);
}

/* As far as is known: what is wrong about it has the card held in vain, or the PIN asked for once more. */
static gboolean
wants_pin_always (PenaModSlot *slot)
{
    GPtrArray *keys = pena_card_get_contents (slot->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->pin == PENA_KEY_PIN_ALWAYS)
            return TRUE;
    return FALSE;
}

/* --- the user --- */

static PenaVerifyFlags
try_flags (PenaModSlot *slot)
{
    return slot->final_try_seen ? PENA_VERIFY_SPEND_LAST_TRY : PENA_VERIFY_NORMAL;
}

static CK_RV
verify (PenaMod *self, PenaModSlot *slot, guint index, const guint8 *pin, gsize length, gboolean hold)
{
    g_autoptr (GError) error = NULL;
    PenaVerifyFlags flags = try_flags (slot) | (hold ? PENA_VERIFY_HOLD : 0);

    pena_mod_before_card (self, slot);
    pena_card_verify (slot->card, index, pin, length, flags, &error);
    CK_RV rv = pena_mod_after_card (self, slot, error);
    if (rv != CKR_OK)
        return rv;
    slot->final_try_seen = FALSE;
    return hold ? start_hold (self, slot, pin, length) : CKR_OK;
}

CK_RV
pena_mod_login (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    if (pena_card_get_contents (slot->card)->n_pins == 0)
        return CKR_USER_PIN_NOT_INITIALIZED;
    if (slot->user != PENA_MOD_NOBODY)
        return slot->user == PENA_MOD_USER ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    /* Reading keys after the PIN would use it up for one that wants it each time, and nobody is to type it twice at
     * the reader. Without a pin pad it can be sent again; then nobody waits for keys that may never be used. */
    CK_RV rv = pin == NULL ? pena_mod_need_keys (self, slot) : CKR_OK;
    if (rv == CKR_OK)
        rv = verify (self, slot, PENA_CARD_PIN_USER, pin, length, wants_pin_always (slot));
    if (rv == CKR_OK)
        slot->user = PENA_MOD_USER;
    return rv;
}

/* The VERIFY of a login right before is still good, if it was for the same PIN. */
static gboolean
is_held_for (PenaModSlot *slot, guint index, const guint8 *pin, gsize length)
{
    if (!pena_card_is_held_for (slot->card, index))
        return FALSE;
    if (pin == NULL || slot->held_pin == NULL)
        return pin == NULL && slot->held_pin == NULL;
    return slot->held_pin->length == length && pena_equal_constant_time (slot->held_pin->data, pin, length);
}

CK_RV
pena_mod_login_once (PenaMod *self, PenaModSlot *slot, PenaModOperation *operation, const guint8 *pin,
                     gsize length)
{
    guint index = operation->key->pin_index;

    if (!is_held_for (slot, index, pin, length)) {
        CK_RV rv = verify (self, slot, index, pin, length, operation->key->pin == PENA_KEY_PIN_ALWAYS);
        if (rv != CKR_OK)
            return rv;
    }
    if (index == PENA_CARD_PIN_USER)
        slot->user = PENA_MOD_USER; /* as when the operation began; a wrong PIN in between has ended it */
    return pena_mod_operation_take_pin (operation, pin, length);
}

CK_RV
pena_mod_logout (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    if (slot->user == PENA_MOD_NOBODY)
        return CKR_USER_NOT_LOGGED_IN;
    slot->user = PENA_MOD_NOBODY;
    pena_mod_end_private_operations (self, slot);
    pena_mod_before_card (self, slot);
    pena_card_logout (slot->card, &error);
    return pena_mod_after_card (self, slot, error);
}

/* --- the administrator --- */

/* What the card takes: a key from its hexadecimal digits, a PIN as it is. NULL when it cannot be one. */
static PenaSecret *
read_officer_pin (PenaModSlot *slot, const guint8 *pin, gsize length)
{
    g_autoptr (PenaSecret) out = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);

    if (out == NULL || length == 0)
        return NULL;
    if (pena_mod_officer_pin (slot) != NULL)
        return pena_secret_append (out, pin, length) ? g_steal_pointer (&out) : NULL;
    if (length % 2 != 0 || length / 2 > PENA_CARD_PIN_MAX)
        return NULL;
    for (gsize i = 0; i < length; i += 2) {
        gint high = g_ascii_xdigit_value ((gchar)pin[i]);
        gint low = g_ascii_xdigit_value ((gchar)pin[i + 1]);
        if (high < 0 || low < 0)
            return NULL;
        guint8 byte = (guint8)(high << 4 | low);
        pena_secret_append (out, &byte, 1);
    }
    return g_steal_pointer (&out);
}

static CK_RV
authenticate (PenaMod *self, PenaModSlot *slot, const PenaSecret *secret)
{
    g_autoptr (GError) error = NULL;
    PenaVerifyFlags flags = slot->officer_final_try_seen ? PENA_VERIFY_SPEND_LAST_TRY : PENA_VERIFY_NORMAL;

    pena_mod_before_card (self, slot);
    pena_card_authenticate (slot->card, secret != NULL ? secret->data : NULL,
                            secret != NULL ? secret->length : 0, flags, &error);
    CK_RV rv = pena_mod_after_card (self, slot, error);
    if (rv == CKR_OK)
        slot->officer_final_try_seen = FALSE;
    return rv;
}

static CK_RV
authenticate_with (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    g_autoptr (PenaSecret) secret = pin != NULL ? read_officer_pin (slot, pin, length) : NULL;

    if (pin != NULL && secret == NULL)
        return CKR_PIN_LEN_RANGE;
    if (pin == NULL && pena_mod_officer_pin (slot) == NULL)
        return CKR_ARGUMENTS_BAD; /* nobody types a key at a reader */
    return authenticate (self, slot, secret);
}

CK_RV
pena_mod_login_officer (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    if (slot->user != PENA_MOD_NOBODY)
        return slot->user == PENA_MOD_OFFICER ? CKR_USER_ALREADY_LOGGED_IN
                                              : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    if (pena_mod_has_read_only_session (self, slot))
        return CKR_SESSION_READ_ONLY_EXISTS;
    CK_RV rv = authenticate_with (self, slot, pin, length);
    if (rv == CKR_OK)
        slot->user = PENA_MOD_OFFICER;
    return rv;
}

CK_RV
pena_mod_need_administrator (PenaMod *self, PenaModSlot *slot)
{
    if (slot->user != PENA_MOD_NOBODY && pena_card_is_administrator (slot->card))
        return CKR_OK;
    /* A card whose administrator has a PIN would want it typed at the reader, which nobody has asked for. */
    if (slot->user != PENA_MOD_USER || pena_mod_officer_pin (slot) != NULL)
        return CKR_USER_NOT_LOGGED_IN;
    return authenticate (self, slot, NULL);
}

/* --- changing --- */

static CK_RV
change_pin (PenaMod *self, PenaModSlot *slot, guint index, const guint8 *old_pin, gsize old_length,
            const guint8 *new_pin, gsize new_length)
{
    g_autoptr (GError) error = NULL;
    gboolean officer = index != PENA_CARD_PIN_USER;
    PenaVerifyFlags flags =
        (officer ? slot->officer_final_try_seen : slot->final_try_seen) ? PENA_VERIFY_SPEND_LAST_TRY : 0;

    pena_mod_before_card (self, slot);
    pena_card_change_pin (slot->card, index, old_pin, old_length, new_pin, new_length, flags, &error);
    CK_RV rv = pena_mod_after_card (self, slot, error);
    if (rv == CKR_OK && !officer)
        slot->final_try_seen = FALSE;
    return rv;
}

static CK_RV
unblock (PenaMod *self, PenaModSlot *slot, PenaCardRole role, const guint8 *code, gsize code_length,
         const guint8 *new_pin, gsize new_length)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (self, slot);
    pena_card_unblock (slot->card, role, code, code_length, new_pin, new_length, PENA_VERIFY_NORMAL, &error);
    return pena_mod_after_card (self, slot, error);
}

static CK_RV
set_officer_key (PenaMod *self, PenaModSlot *slot, const PenaSecret *key)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (self, slot);
    pena_card_set_admin_key (slot->card, PENA_ADMIN_KEY_DEFAULT, key, FALSE, NULL, &error);
    return pena_mod_after_card (self, slot, error);
}

static CK_RV
change_officer_pin (PenaMod *self, PenaModSlot *slot, const guint8 *old_pin, gsize old_length,
                    const guint8 *new_pin, gsize new_length)
{
    if (pena_mod_officer_pin (slot) != NULL)
        return change_pin (self, slot, find_pin (slot, PENA_ROLE_ADMIN), old_pin, old_length, new_pin,
                           new_length);
    g_autoptr (PenaSecret) new_key = new_pin != NULL ? read_officer_pin (slot, new_pin, new_length) : NULL;
    if (new_key == NULL)
        return CKR_PIN_LEN_RANGE;
    CK_RV rv = authenticate_with (self, slot, old_pin, old_length);
    return rv == CKR_OK ? set_officer_key (self, slot, new_key) : rv;
}

CK_RV
pena_mod_set_pin (PenaMod *self, PenaModSlot *slot, const guint8 *old_pin, gsize old_length,
                  const guint8 *new_pin, gsize new_length)
{
    const PenaCardPin *pin = pena_card_get_pin (slot->card, PENA_CARD_PIN_USER);

    if (slot->user == PENA_MOD_OFFICER)
        return change_officer_pin (self, slot, old_pin, old_length, new_pin, new_length);
    CK_RV rv = pena_mod_need_tries (self, slot);
    if (rv != CKR_OK)
        return rv;
    if (pin->known && !pin->verified && pin->tries_left == 0)
        return unblock (self, slot, PENA_ROLE_RESET, old_pin, old_length, new_pin, new_length);
    return change_pin (self, slot, PENA_CARD_PIN_USER, old_pin, old_length, new_pin, new_length);
}

CK_RV
pena_mod_init_pin (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    if (slot->user != PENA_MOD_OFFICER)
        return CKR_USER_NOT_LOGGED_IN;
    return unblock (self, slot, PENA_ROLE_ADMIN, NULL, 0, pin, length);
}

/* --- beginning anew --- */

/* What the maker of the card gives an administrator, and everybody knows: after a reset it is good for as long
 * as it takes to set another. */
static const struct {
    const gchar *kind; /* as pena_card_get_kind() */
    const gchar *secret;
} makers[] = {
    {"piv", "010203040506070801020304050607080102030405060708"},
    {"openpgp", "12345678"},
};

static CK_RV
factory_reset (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (self, slot);
    pena_card_factory_reset (slot->card, &error);
    return pena_mod_after_card (self, slot, error);
}

/* Gives the administrator back what he had before the reset. */
static CK_RV
restore_officer (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    const gchar *kind = pena_card_get_kind (slot->card);
    const gchar *secret = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (makers); i++)
        if (g_str_equal (makers[i].kind, kind))
            secret = makers[i].secret;
    if (secret == NULL)
        return CKR_OK;
    CK_RV rv = authenticate_with (self, slot, (const guint8 *)secret, strlen (secret));
    if (rv == CKR_OK && (strlen (secret) != length || memcmp (secret, pin, length) != 0))
        rv = change_officer_pin (self, slot, (const guint8 *)secret, strlen (secret), pin, length);
    return rv;
}

/* PKCS#11 knows no token that has no label: one that cannot take any is initialised all the same. */
static CK_RV
set_label (PenaMod *self, PenaModSlot *slot, const gchar *label)
{
    g_autoptr (GError) error = NULL;
    CK_RV rv = pena_mod_need_device (self, slot);

    if (rv != CKR_OK || *label == '\0' ||
        (pena_card_get_contents (slot->card)->abilities & PENA_CARD_SET_LABEL) == 0)
        return rv;
    pena_mod_before_card (self, slot);
    pena_card_set_label (slot->card, label, &error);
    return pena_mod_after_card (self, slot, error);
}

/* Nobody has logged in: the next program must not find an administrator. */
static void
forget_officer (PenaMod *self, PenaModSlot *slot)
{
    if (slot->card == NULL)
        return;
    pena_mod_before_card (self, slot);
    pena_card_logout (slot->card, NULL);
    pena_mod_after_card (self, slot, NULL);
}

CK_RV
pena_mod_init_token (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length, const gchar *label)
{
    if (pin == NULL)
        return CKR_ARGUMENTS_BAD; /* must be known afterwards, to be set again */
    CK_RV rv = pena_mod_need_device (self, slot);
    if (rv == CKR_OK && (pena_card_get_contents (slot->card)->abilities & PENA_CARD_RESET) == 0)
        rv = CKR_FUNCTION_NOT_SUPPORTED;
    if (rv == CKR_OK)
        rv = authenticate_with (self, slot, pin, length);
    if (rv == CKR_OK)
        rv = factory_reset (self, slot);
    if (rv == CKR_OK)
        rv = restore_officer (self, slot, pin, length);
    if (rv == CKR_OK)
        rv = set_label (self, slot, label);
    forget_officer (self, slot);
    return rv;
}
