/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: transactions, PIN and keys of a card, the same for all kinds
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "pena-card-driver.h"

/* --- transactions --- */

/* Ends the transaction at the end of its scope, unless it is to be held. */
typedef struct {
    PenaCard *card;
} CardGuard;

static void
card_guard_clear (CardGuard *guard)
{
    if (guard->card == NULL)
        return;
    guard->card->fresh = FALSE;
    if (!guard->card->held)
        pena_link_end (guard->card->link);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CardGuard, card_guard_clear)

static void
note_pin (PenaCard *self, const PenaPinStatus *status)
{
    if (!status->known)
        return;
    self->pin.verified = status->verified;
    if (!status->verified) {
        self->pin.tries_left = (gint)status->tries;
        self->pin.tries_max = MAX (self->pin.tries_max, self->pin.tries_left);
    } else {
        self->pin.tries_left = self->pin.tries_max; /* being verified has put the counter back */
    }
}

static gboolean
ask_pin (PenaCard *self, GError **error)
{
    PenaPinStatus status = {0};

    if (!PENA_CARD_OP (self, ask_pin) (self, &status, error))
        return FALSE;
    note_pin (self, &status);
    return TRUE;
}

static gboolean
select_again (PenaCard *self, GError **error)
{
    gboolean found;

    if (!PENA_CARD_OP (self, select) (self, &found, error))
        return FALSE;
    if (!found) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has lost its %s application",
                     self->driver->name);
        return FALSE;
    }
    self->doubtful = FALSE;
    return ask_pin (self, error);
}

/* Between two transactions others may have used the card. The state of the PIN is asked for: the answer that
 * is expected means that nothing has happened; after any other answer the application is selected again
 * before anything else is sent, so that no PIN reaches an application that it is not for. Another application
 * whose PIN happens to be in the same state would pass; so after a PIN that was refused nothing is taken for
 * granted, and no second one goes the wrong way. */
static gboolean
check_untouched (PenaCard *self, GError **error)
{
    PenaPinStatus status = {0};

    if (self->doubtful)
        return select_again (self, error);
    if (!PENA_CARD_OP (self, ask_pin) (self, &status, error))
        return FALSE;
    if (status.known && status.verified == self->pin.verified &&
        (status.verified || (gint)status.tries == self->pin.tries_left))
        return TRUE;
    return select_again (self, error);
}

/* Begins, or takes over what is held; self->fresh tells which. */
static gboolean
begin (PenaCard *self, CardGuard *guard, GError **error)
{
    gboolean reset;

    if (self->held) {
        self->held = FALSE;
        self->fresh = TRUE;
        guard->card = self;
        return TRUE;
    }
    if (!pena_link_begin (self->link, &reset, error))
        return FALSE;
    guard->card = self;
    if (!reset)
        return check_untouched (self, error);
    self->pin.verified = FALSE;
    return select_again (self, error);
}

gboolean
pena_card_is_held (PenaCard *self)
{
    return self->held;
}

void
pena_card_release (PenaCard *self)
{
    if (!self->held)
        return;
    PENA_CARD_OP (self, spoil_pin) (self);
    self->held = FALSE;
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

static void
card_key_free (PenaCardKey *key)
{
    g_free (key->label);
    g_bytes_unref (key->certificate);
    X509_free (key->x509);
    EVP_PKEY_free (key->public_key);
    g_free (key);
}

PenaCard *
pena_card_open (PenaTransport *transport, const gchar *reader, GError **error)
{
    g_autoptr (PenaCard) self = g_new0 (PenaCard, 1);
    g_auto (CardGuard) guard = {0};
    gboolean reset;

    self->contents.keys = g_ptr_array_new_with_free_func ((GDestroyNotify)card_key_free);
    self->contents.serial = g_strdup ("");
    self->pin.tries_left = self->pin.tries_max = PENA_CARD_TRIES_UNKNOWN;
    self->link = pena_transport_connect (transport, reader, error);
    if (self->link == NULL || !pena_link_begin (self->link, &reset, error))
        return NULL;
    guard.card = self;
    if (!find_driver (self, error) || !PENA_CARD_OP (self, read) (self, error) || !ask_pin (self, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_card_free (PenaCard *self)
{
    if (self == NULL)
        return;
    pena_card_release (self);
    pena_link_free (self->link);
    g_ptr_array_unref (self->contents.keys);
    g_free (self->contents.serial);
    g_free (self);
}

const PenaCardContents *
pena_card_get_contents (PenaCard *self)
{
    return &self->contents;
}

const PenaCardPin *
pena_card_get_pin (PenaCard *self)
{
    return &self->pin;
}

gboolean
pena_card_is_lost (PenaCard *self)
{
    return self->link->lost;
}

PenaLink *
pena_card_get_link (PenaCard *self)
{
    return self->link;
}

/* --- PIN --- */

/* Nothing is sent when the PIN is blocked, or when one try is left that the caller does not want to spend. */
static gboolean
check_tries (PenaCard *self, PenaVerifyFlags flags, GError **error)
{
    gint left = self->pin.verified ? PENA_CARD_TRIES_UNKNOWN : self->pin.tries_left;
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

/* What a command that carried a PIN came to. */
static gboolean
note_verified (PenaCard *self, gboolean done, const GError *failure)
{
    gint64 left;

    self->fresh = done;
    self->doubtful = !done;
    if (done) {
        self->pin.verified = TRUE;
        self->pin.tries_left = self->pin.tries_max;
    } else if (pena_error_get_int (failure, "attempts_left", &left)) {
        self->pin.verified = FALSE;
        self->pin.tries_left = (gint)left;
    }
    return done;
}

/* Inside a transaction. */
static gboolean
verify_now (PenaCard *self, const guint8 *pin, gsize length, PenaVerifyFlags flags, GError **error)
{
    g_autoptr (PenaSecret) formatted = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
    g_autoptr (GError) local = NULL;

    if (formatted == NULL || !PENA_CARD_OP (self, format_pin) (self, pin, length, formatted, error) ||
        !check_tries (self, flags, error))
        return FALSE;
    gboolean done = PENA_CARD_OP (self, verify) (self, formatted, &local);
    if (note_verified (self, done, local))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

gboolean
pena_card_verify (PenaCard *self, const guint8 *pin, gsize length, PenaVerifyFlags flags, GError **error)
{
    g_auto (CardGuard) guard = {0};

    if (!begin (self, &guard, error) || !verify_now (self, pin, length, flags, error))
        return FALSE;
    self->held = (flags & PENA_VERIFY_HOLD) != 0;
    return TRUE;
}

gboolean
pena_card_logout (PenaCard *self, GError **error)
{
    g_auto (CardGuard) guard = {0};
    gboolean reset = FALSE;
    gboolean done;

    /* No check before: the command carries no PIN, and with another application selected PIV has forgotten
     * it. */
    if (self->held)
        self->held = FALSE;
    else if (!pena_link_begin (self->link, &reset, error))
        return FALSE;
    guard.card = self;
    self->pin.verified = FALSE;
    if (reset)
        return select_again (self, error);
    if (!PENA_CARD_OP (self, forget_pin) (self, &done, error))
        return FALSE;
    if (done)
        return TRUE;
    if (!select_again (self, error))
        return FALSE;
    if (!self->pin.verified)
        return TRUE;
    return pena_link_reset (self->link, error) && select_again (self, error);
}

static gboolean
format_both (PenaCard *self, const guint8 *old_pin, gsize old_length, const guint8 *new_pin, gsize new_length,
             PenaSecret *out, GError **error)
{
    return PENA_CARD_OP (self, format_pin) (self, old_pin, old_length, out, error) &&
           PENA_CARD_OP (self, format_pin) (self, new_pin, new_length, out, error);
}

gboolean
pena_card_change_pin (PenaCard *self, const guint8 *old_pin, gsize old_length, const guint8 *new_pin,
                      gsize new_length, PenaVerifyFlags flags, GError **error)
{
    g_autoptr (PenaSecret) both = pena_secret_new (2 * PENA_CARD_PIN_MAX, FALSE, error);
    g_autoptr (GError) local = NULL;
    g_auto (CardGuard) guard = {0};

    if (both == NULL || !format_both (self, old_pin, old_length, new_pin, new_length, both, error) ||
        !begin (self, &guard, error) || !check_tries (self, flags, error))
        return FALSE;
    gboolean done = PENA_CARD_OP (self, change_pin) (self, both, &local);
    if (note_verified (self, done, local))
        return ask_pin (self, error); /* cards differ in whether the new PIN counts as verified */
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

/* --- keys --- */

static gboolean
satisfy_pin (PenaCard *self, const PenaCardKey *key, const PenaSecret *pin, GError **error)
{
    if (key->pin == PENA_KEY_PIN_NEVER || (key->pin == PENA_KEY_PIN_ONCE && self->pin.verified) ||
        (key->pin == PENA_KEY_PIN_ALWAYS && self->fresh))
        return TRUE;
    if (key->pin == PENA_KEY_PIN_ALWAYS && pin != NULL)
        return verify_now (self, pin->data, pin->length, PENA_VERIFY_NORMAL, error);
    g_set_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED, "the PIN is not verified for this key");
    return FALSE;
}

gboolean
pena_card_use_key (PenaCard *self, const PenaCardKey *key, const guint8 *input, gsize length,
                   const PenaSecret *pin, PenaSecret *output, GError **error)
{
    g_auto (CardGuard) guard = {0};
    g_autoptr (GError) local = NULL;

    if (!begin (self, &guard, error) || !satisfy_pin (self, key, pin, error))
        return FALSE;
    if (PENA_CARD_OP (self, use_key) (self, key, input, length, output, &local))
        return TRUE;
    if (g_error_matches (local, PENA_ERROR, PENA_ERROR_PIN_REQUIRED))
        self->pin.verified = FALSE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}
