/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: opening cards, transactions, the use of keys; the same for all kinds
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-card-private.h"

/* --- transactions --- */

void
pena_card_guard_clear (PenaCardGuard *guard)
{
    if (guard->card == NULL)
        return;
    guard->card->fresh = FALSE;
    if (guard->card->held)
        return;
    if (guard->card->driver != NULL && guard->card->driver->consent_lasts)
        PENA_CARD_OP (guard->card, spoil_pin) (guard->card);
    pena_link_end (guard->card->link);
}

static void
forget_state (PenaCard *self)
{
    for (guint i = 0; i < self->contents.n_pins; i++)
        self->contents.pins[i].verified = FALSE;
    self->administrator = FALSE;
}

gboolean
pena_card_ask_pin (PenaCard *self, guint index, GError **error)
{
    PenaPinStatus status = {0};

    if (!PENA_CARD_OP (self, ask_pin) (self, index, &status, error))
        return FALSE;
    pena_card_note_pin (self, index, &status);
    return TRUE;
}

gboolean
pena_card_select_again (PenaCard *self, GError **error)
{
    gboolean found;

    forget_state (self);
    if (!PENA_CARD_OP (self, select) (self, &found, error))
        return FALSE;
    if (!found) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has lost its %s application",
                     self->driver->name);
        return FALSE;
    }
    return self->contents.n_pins == 0 || pena_card_ask_pin (self, PENA_CARD_PIN_USER, error);
}

/* Between two transactions others may have used the card. The state of the user's PIN is asked for: the answer
 * that is expected means that nothing has happened; after any other answer the application is selected again.
 * Another application whose PIN happens to be in the same state would pass, which does no harm to commands that
 * carry no PIN: those that do are prepared otherwise. */
static gboolean
check_untouched (PenaCard *self, GError **error)
{
    const PenaCardPin *pin = &self->contents.pins[PENA_CARD_PIN_USER];
    PenaPinStatus status = {0};

    if (self->contents.n_pins == 0)
        return pena_card_select_again (self, error);
    if (!PENA_CARD_OP (self, ask_pin) (self, PENA_CARD_PIN_USER, &status, error))
        return FALSE;
    gboolean expected =
        status.known && (!pin->known || (status.verified == pin->verified &&
                                         (status.verified || (gint)status.tries == pin->tries_left)));
    if (!expected)
        return pena_card_select_again (self, error);
    pena_card_note_pin (self, PENA_CARD_PIN_USER, &status);
    return TRUE;
}

gboolean
pena_card_begin_unchecked (PenaCard *self, PenaCardGuard *guard, gboolean *ret_reset, GError **error)
{
    *ret_reset = FALSE;
    if (self->held) {
        self->held = self->administering;
        self->fresh = !self->spent;
        self->spent = FALSE;
        guard->card = self;
        return TRUE;
    }
    if (!pena_link_begin (self->link, ret_reset, error))
        return FALSE;
    guard->card = self;
    self->selected = FALSE;
    if (*ret_reset)
        forget_state (self);
    return TRUE;
}

gboolean
pena_card_begin (PenaCard *self, PenaCardGuard *guard, GError **error)
{
    gboolean held = self->held;
    gboolean reset;

    if (!pena_card_begin_unchecked (self, guard, &reset, error))
        return FALSE;
    if (held)
        return TRUE;
    return reset ? pena_card_select_again (self, error) : check_untouched (self, error);
}

gboolean
pena_card_begin_for_pin (PenaCard *self, guint index, PenaCardGuard *guard, GError **error)
{
    gboolean held = self->held;
    PenaPinStatus status = {0};
    gboolean reset;

    if (!pena_card_begin_unchecked (self, guard, &reset, error))
        return FALSE;
    /* Nobody else was there; what is known of the tries is so still. */
    if (held && self->contents.pins[index].known &&
        self->contents.pins[index].tries_left != PENA_CARD_TRIES_UNKNOWN)
        return TRUE;
    self->fresh = FALSE;
    if (reset && !pena_card_select_again (self, error))
        return FALSE;
    if (!PENA_CARD_OP (self, prepare_pin) (self, index, &status, error))
        return FALSE;
    pena_card_note_pin (self, index, &status);
    return TRUE;
}

gboolean
pena_card_is_held (PenaCard *self)
{
    return self->held;
}

gboolean
pena_card_is_held_for (PenaCard *self, guint index)
{
    return self->held && self->fresh_pin == index;
}

void
pena_card_hold_on (PenaCard *self)
{
    self->held = TRUE;
    self->spent = TRUE;
}

void
pena_card_release (PenaCard *self)
{
    if (!self->held)
        return;
    self->held = self->spent = FALSE;
    /* No card has a command that ends an administrator's rights; all forget them at a reset. */
    if (self->administering && pena_link_reset (self->link, NULL))
        pena_card_select_again (self, NULL);
    else
        PENA_CARD_OP (self, spoil_pin) (self);
    self->administering = FALSE;
    pena_link_end (self->link);
}

/* --- finding out what card it is --- */

static gboolean
find_driver (PenaCard *self, GError **error)
{
    g_autoptr (GPtrArray) ranked =
        pena_card_rank_drivers (pena_card_drivers, self->link->atr, self->link->atr_length);

    for (guint i = 0; i < ranked->len; i++) {
        gboolean found;
        self->driver = ranked->pdata[i];
        if (!PENA_CARD_OP (self, select) (self, &found, error))
            return FALSE;
        if (!found)
            continue;
        if (!self->link->t0 &&
            pena_card_driver_knows_extended (self->driver, self->link->atr, self->link->atr_length))
            self->link->extended = TRUE;
        return TRUE;
    }
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_UNSUPPORTED, "no driver knows the card");
    return FALSE;
}

PenaCard *
pena_card_open (PenaTransport *transport, const gchar *reader, GError **error)
{
    g_autoptr (PenaCard) self = g_new0 (PenaCard, 1);
    g_auto (PenaCardGuard) guard = {0};
    gboolean reset;

    pena_card_contents_init (&self->contents);
    self->unconfirmed = g_hash_table_new (NULL, NULL);
    self->link = pena_transport_connect (transport, reader, error);
    if (self->link == NULL || !pena_link_begin (self->link, &reset, error))
        return NULL;
    guard.card = self;
    if (!find_driver (self, error) || !pena_card_read_first (self, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_card_free (PenaCard *self)
{
    if (self == NULL)
        return;
    pena_card_release (self);
    if (self->driver != NULL && PENA_CARD_OP (self, free_data) != NULL)
        PENA_CARD_OP (self, free_data) (self);
    if (self->link != NULL)
        pena_link_free (self->link);
    g_hash_table_unref (self->unconfirmed);
    g_clear_pointer (&self->identity, g_byte_array_unref);
    pena_card_contents_clear (&self->contents);
    g_free (self);
}

const PenaCardContents *
pena_card_get_contents (PenaCard *self)
{
    return &self->contents;
}

const gchar *
pena_card_get_kind (PenaCard *self)
{
    return self->driver->name;
}

gboolean
pena_card_is_lost (PenaCard *self)
{
    return self->link->lost;
}

gboolean
pena_card_has_pin_pad (PenaCard *self)
{
    return self->link->pad_verifies && !self->contents.pins[PENA_CARD_PIN_USER].no_pad;
}

PenaLink *
pena_card_get_link (PenaCard *self)
{
    return self->link;
}

/* --- keys --- */

static gboolean
pin_is_satisfied (PenaCard *self, const PenaCardKey *key)
{
    const PenaCardPin *pin = &self->contents.pins[key->pin_index];

    return key->pin == PENA_KEY_PIN_NEVER || (key->pin == PENA_KEY_PIN_ONCE && pin->verified) ||
           (key->pin == PENA_KEY_PIN_ALWAYS && self->fresh && self->fresh_pin == key->pin_index &&
            pin->verified);
}

/* The certificate that is found as it was cached is as good a sign as any that the application is selected. */
static gboolean
begin_confirmed (PenaCard *self, const PenaCardKey *key, PenaCardGuard *guard, GError **error)
{
    gboolean reset;

    if (self->held || pena_card_is_confirmed (self, key))
        return pena_card_begin (self, guard, error);
    return pena_card_begin_unchecked (self, guard, &reset, error) &&
           (!reset || pena_card_select_again (self, error));
}

static gboolean
check_confirmed (PenaCard *self, const PenaCardKey *key, GError **error)
{
    gboolean is_true;

    if (!pena_card_confirm (self, key, &is_true, error))
        return FALSE;
    if (is_true)
        return TRUE;
    pena_card_distrust (self);
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_CHANGED, "the card has another certificate than it had");
    return FALSE;
}

/* A PIN that goes along is sent as any other is. */
static gboolean
begin_use (PenaCard *self, const PenaCardKey *key, const PenaSecret *pin, PenaCardGuard *guard,
           GError **error)
{
    gboolean held = pena_card_is_held_for (self, key->pin_index);
    gboolean ready = held && !self->spent;
    gboolean with_pin = key->pin == PENA_KEY_PIN_ALWAYS && !ready && pin != NULL;

    if (with_pin && !held && !self->administering)
        pena_card_release (self); /* what is held is another PIN's */
    if (with_pin)
        return pena_card_begin_for_pin (self, key->pin_index, guard, error) &&
               check_confirmed (self, key, error) &&
               pena_card_verify_now (self, key->pin_index, pin->data, pin->length, PENA_VERIFY_NORMAL, error);
    if (!begin_confirmed (self, key, guard, error) || (!ready && !check_confirmed (self, key, error)))
        return FALSE;
    if (pin_is_satisfied (self, key))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED, "the PIN is not verified for this key");
    return FALSE;
}

gboolean
pena_card_use_key (PenaCard *self, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input,
                   gsize length, const PenaSecret *pin, PenaSecret *output, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    g_autoptr (GError) local = NULL;

    g_return_val_if_fail ((key->operations & operation) == operation, FALSE);
    if (!begin_use (self, key, pin, &guard, error))
        return FALSE;
    if (PENA_CARD_OP (self, use_key) (self, key, operation, input, length, output, &local))
        return TRUE;
    if (g_error_matches (local, PENA_ERROR, PENA_ERROR_PIN_REQUIRED))
        self->contents.pins[key->pin_index].verified = FALSE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}
