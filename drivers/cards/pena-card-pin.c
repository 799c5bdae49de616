/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PINs of a card, the same for all kinds
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-card-private.h"

const PenaCardPin *
pena_card_get_pin (PenaCard *self, guint pin)
{
    g_return_val_if_fail (pin < PENA_CARD_PINS_MAX, NULL);
    return &self->contents.pins[pin];
}

gboolean
pena_card_need_pin (PenaCard *self, guint pin, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    g_return_val_if_fail (pin < self->contents.n_pins, FALSE);
    if (self->contents.pins[pin].known)
        return TRUE;
    /* The check at the beginning asks about the first PIN anyway. */
    return pena_card_begin (self, &guard, error) &&
           (self->contents.pins[pin].known || pena_card_ask_pin (self, pin, error));
}

gboolean
pena_card_may_have_lost_tries (PenaCard *self)
{
    return self->contents.n_pins > 0 && !self->contents.pins[PENA_CARD_PIN_USER].known &&
           (self->tries_lost || self->identity == NULL);
}

gboolean
pena_card_find_pin (PenaCard *self, PenaCardRole role, guint *ret_index)
{
    for (guint i = 0; i < self->contents.n_pins; i++)
        if (self->contents.pins[i].role == role) {
            *ret_index = i;
            return TRUE;
        }
    return FALSE;
}

/* Nothing is sent when the PIN is blocked, or when one try is left that the caller does not want to spend. */
static gboolean
check_tries (PenaCard *self, guint index, PenaVerifyFlags flags, GError **error)
{
    const PenaCardPin *pin = &self->contents.pins[index];
    gint left = pin->verified || !pin->known ? PENA_CARD_TRIES_UNKNOWN : pin->tries_left;
    PenaErrorCode code;

    if (left == 0)
        code = PENA_ERROR_PIN_BLOCKED;
    else if (left == 1 && (flags & PENA_VERIFY_SPEND_LAST_TRY) == 0)
        code = PENA_ERROR_PIN_LAST_TRY;
    else
        return TRUE;
    if (error != NULL) {
        g_set_error (error, PENA_ERROR, code, "the PIN was not sent: tries left: %d", left);
        pena_error_set_int (*error, "attempts_left", left);
    }
    return FALSE;
}

/* What a command that carried a PIN came to. A refusal that does not tell the tries leaves them unknown, and a
 * reset code is never verified, only right. */
static gboolean
note_sent (PenaCard *self, guint index, gboolean done, const GError *failure)
{
    PenaPinStatus status = {.known = TRUE, .verified = done};
    gint64 left;

    self->fresh = done;
    if (!done && index == PENA_CARD_PIN_USER)
        pena_card_note_lost_tries (self, TRUE);
    if (done ? self->contents.pins[index].role == PENA_ROLE_RESET
             : !pena_error_get_int (failure, "attempts_left", &left))
        self->contents.pins[index].known = FALSE;
    else {
        status.tries = done ? 0 : (guint)left;
        pena_card_note_pin (self, index, &status);
    }
    return done;
}

/* `*ret_formatted` stays NULL for the pin pad. */
static gboolean
format (PenaCard *self, guint index, const guint8 *pin, gsize length, PenaSecret **ret_formatted,
        GError **error)
{
    g_autoptr (PenaSecret) formatted = NULL;

    if (pin == NULL && self->link->pad_verifies && !self->contents.pins[index].no_pad)
        return TRUE;
    if (pin == NULL)
        return pena_card_unsupported ("typing the PIN at the reader", error);
    formatted = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
    if (formatted == NULL || !PENA_CARD_OP (self, format_pin) (self, index, pin, length, formatted, error))
        return FALSE;
    *ret_formatted = g_steal_pointer (&formatted);
    return TRUE;
}

gboolean
pena_card_verify_now (PenaCard *self, guint index, const guint8 *pin, gsize length, PenaVerifyFlags flags,
                      GError **error)
{
    g_autoptr (PenaSecret) formatted = NULL;
    g_autoptr (GError) local = NULL;

    if (!format (self, index, pin, length, &formatted, error) || !check_tries (self, index, flags, error))
        return FALSE;
    self->fresh_pin = index; /* unless the driver verifies another after it */
    gboolean done = PENA_CARD_OP (self, verify) (self, index, formatted, &local);
    if (note_sent (self, index, done, local))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

/* A key that is to be used right after the PIN leaves no time to find out later that it is another one. What is
 * found to be stale is read anew. One that only signs need not be asked for: it shows in what it makes. */
static gboolean
confirm_always_keys (PenaCard *self, guint index, GError **error)
{
    GPtrArray *keys = self->contents.keys;

    for (guint i = 0; i < keys->len; i++) {
        const PenaCardKey *key = keys->pdata[i];
        gboolean is_true = TRUE;
        if (key->pin != PENA_KEY_PIN_ALWAYS || key->pin_index != index || key->usage == PENA_KEY_SIGN)
            continue;
        if (!pena_card_confirm (self, key, &is_true, error))
            return FALSE;
        if (!is_true)
            return pena_card_read_anew (self, self->have_keys, error);
    }
    return TRUE;
}

gboolean
pena_card_verify (PenaCard *self, guint index, const guint8 *pin, gsize length, PenaVerifyFlags flags,
                  GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    g_return_val_if_fail (index < self->contents.n_pins, FALSE);
    if (!pena_card_begin_for_pin (self, index, &guard, error) ||
        ((flags & PENA_VERIFY_HOLD) != 0 && !confirm_always_keys (self, index, error)) ||
        !pena_card_verify_now (self, index, pin, length, flags, error))
        return FALSE;
    self->held = self->held || (flags & PENA_VERIFY_HOLD) != 0;
    return TRUE;
}

gboolean
pena_card_logout (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    gboolean was_administrator = self->administrator;
    gboolean reset, done;

    /* No check before: the command carries no PIN, and with another application selected this one has
     * forgotten it. */
    self->administering = FALSE;
    if (!pena_card_begin_unchecked (self, &guard, &reset, error))
        return FALSE;
    self->administrator = FALSE;
    for (guint i = 0; i < self->contents.n_pins; i++)
        self->contents.pins[i].verified = FALSE;
    if (reset)
        return pena_card_select_again (self, error);
    if (!was_administrator && !PENA_CARD_OP (self, forget_pin) (self, &done, error))
        return FALSE;
    if (!was_administrator && done)
        return TRUE;
    if (!pena_card_select_again (self, error))
        return FALSE;
    if (!was_administrator && !self->contents.pins[PENA_CARD_PIN_USER].verified)
        return TRUE;
    return pena_link_reset (self->link, error) && pena_card_select_again (self, error);
}

gboolean
pena_card_change_pin (PenaCard *self, guint index, const guint8 *old_pin, gsize old_length,
                      const guint8 *new_pin, gsize new_length, PenaVerifyFlags flags, GError **error)
{
    g_autoptr (PenaSecret) before = NULL, after = NULL;
    g_autoptr (GError) local = NULL;
    g_auto (PenaCardGuard) guard = {0};

    g_return_val_if_fail (index < self->contents.n_pins, FALSE);
    g_return_val_if_fail ((old_pin == NULL) == (new_pin == NULL), FALSE);
    if (!format (self, index, old_pin, old_length, &before, error) ||
        !format (self, index, new_pin, new_length, &after, error) ||
        !pena_card_begin_for_pin (self, index, &guard, error) || !check_tries (self, index, flags, error))
        return FALSE;
    self->fresh_pin = index;
    gboolean done = PENA_CARD_OP (self, change_pin) (self, index, before, after, &local);
    self->administering = FALSE;
    if (note_sent (self, index, done, local))
        return self->contents.pins[index].role != PENA_ROLE_USER ||
               pena_card_ask_pin (self, index,
                                  error); /* cards differ in whether the new PIN counts as verified */
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

/* With a secret of its own: what was wrong is that secret, and its tries are what is told. */
static gboolean
unblock_with_secret (PenaCard *self, guint index, const PenaSecret *secret, const PenaSecret *new_pin,
                     PenaVerifyFlags flags, GError **error)
{
    g_autoptr (GError) local = NULL;

    if (!check_tries (self, index, flags, error))
        return FALSE;
    self->fresh_pin = index;
    gboolean done = PENA_CARD_OP (self, unblock) (self, PENA_ROLE_RESET, secret, new_pin, &local);
    if (note_sent (self, index, done, local))
        return pena_card_ask_pin (self, PENA_CARD_PIN_USER, error);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

gboolean
pena_card_unblock (PenaCard *self, PenaCardRole role, const guint8 *secret, gsize secret_length,
                   const guint8 *new_pin, gsize new_length, PenaVerifyFlags flags, GError **error)
{
    g_autoptr (PenaSecret) before = NULL, after = NULL;
    g_auto (PenaCardGuard) guard = {0};
    guint index;

    g_return_val_if_fail (role == PENA_ROLE_RESET || role == PENA_ROLE_ADMIN, FALSE);
    if (PENA_CARD_OP (self, unblock) == NULL || self->contents.n_pins == 0 ||
        (role == PENA_ROLE_RESET && !pena_card_find_pin (self, role, &index)))
        return pena_card_unsupported ("giving the user a new PIN", error);
    if (!format (self, PENA_CARD_PIN_USER, new_pin, new_length, &after, error))
        return FALSE;
    if (role == PENA_ROLE_RESET)
        return format (self, index, secret, secret_length, &before, error) &&
               pena_card_begin_for_pin (self, index, &guard, error) &&
               unblock_with_secret (self, index, before, after, flags, error);
    return pena_card_begin (self, &guard, error) &&
           PENA_CARD_OP (self, unblock) (self, role, NULL, after, error) &&
           pena_card_ask_pin (self, PENA_CARD_PIN_USER, error);
}

gboolean
pena_card_is_administrator (PenaCard *self)
{
    return self->administrator;
}

/* A wrong administrator's PIN is told as such. */
static gboolean
verify_administrator (PenaCard *self, const guint8 *secret, gsize length, PenaVerifyFlags flags,
                      GError **error)
{
    g_autoptr (GError) local = NULL;
    guint index;

    if (!pena_card_find_pin (self, PENA_ROLE_ADMIN, &index))
        return pena_card_unsupported ("authenticating an administrator", error);
    if (pena_card_verify_now (self, index, secret, length, flags, &local))
        return TRUE;
    if (g_error_matches (local, PENA_ERROR, PENA_ERROR_PIN_WRONG))
        local->code = PENA_ERROR_ADMIN_WRONG;
    else if (g_error_matches (local, PENA_ERROR, PENA_ERROR_PIN_BLOCKED))
        local->code = PENA_ERROR_ADMIN_BLOCKED;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

gboolean
pena_card_authenticate (PenaCard *self, const guint8 *secret, gsize length, PenaVerifyFlags flags,
                        GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    gboolean with_key = PENA_CARD_OP (self, authenticate) != NULL;
    guint index = PENA_CARD_PIN_USER;

    if (!with_key && !pena_card_find_pin (self, PENA_ROLE_ADMIN, &index))
        return pena_card_unsupported ("authenticating an administrator", error);
    if (!(with_key ? pena_card_begin (self, &guard, error)
                   : pena_card_begin_for_pin (self, index, &guard, error)))
        return FALSE;
    self->administrator = FALSE;
    if (!(with_key ? PENA_CARD_OP (self, authenticate) (self, secret, length, error)
                   : verify_administrator (self, secret, length, flags, error)))
        return FALSE;
    self->administrator = TRUE;
    self->administering = (flags & PENA_VERIFY_HOLD) != 0;
    self->held = self->administering;
    return TRUE;
}
