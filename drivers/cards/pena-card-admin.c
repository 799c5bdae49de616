/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: administration of a card, the same for all kinds
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-card-cache.h"
#include "pena-card-private.h"

gboolean
pena_card_unsupported (const gchar *doing, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "%s: this card cannot do that",
                 doing);
    return FALSE;
}

static gboolean
begin_admin (PenaCard *self, PenaCardGuard *guard, GError **error)
{
    if (!pena_card_begin (self, guard, error))
        return FALSE;
    if (self->administrator)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED, "the administrator is not authenticated");
    return FALSE;
}

/* After something on the card was, or may have been, changed. What was done stays done when reading fails: the
 * contents are then read when next they are needed. */
static gboolean
finish (PenaCard *self, gboolean done, const GError *error)
{
    if (!done && !g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED) &&
        !g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED)) {
        self->administrator =
            self->administrator && !g_error_matches (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED);
        return FALSE;
    }
    pena_card_distrust (self);
    pena_card_cache_tell_change ();
    self->last_change = pena_card_cache_get_last_change ();
    if (done)
        pena_card_read_anew (self, self->have_keys, NULL);
    return done;
}

/* The part that all changes have in common: CALL is the driver's function with its arguments. */
#define CHANGE(self, op, doing, error, ...)                                                                  \
    g_auto (PenaCardGuard) guard = {0};                                                                      \
    g_autoptr (GError) local = NULL;                                                                         \
    if (PENA_CARD_OP (self, op) == NULL)                                                                     \
        return pena_card_unsupported (doing, error);                                                         \
    if (!begin_admin (self, &guard, error))                                                                  \
        return FALSE;                                                                                        \
    if (finish (self, PENA_CARD_OP (self, op) (self __VA_OPT__ (, ) __VA_ARGS__, &local), local))            \
        return TRUE;                                                                                         \
    g_propagate_error (error, g_steal_pointer (&local));                                                     \
    return FALSE

gboolean
pena_card_generate_key (PenaCard *self, const PenaKeySpec *spec, EVP_PKEY **ret_public, GError **error)
{
    CHANGE (self, generate_key, "making a key", error, spec, ret_public);
}

gboolean
pena_card_import_key (PenaCard *self, const PenaKeySpec *spec, EVP_PKEY *key, GError **error)
{
    g_return_val_if_fail (pena_key_algorithm (key) == spec->algorithm, FALSE);
    CHANGE (self, import_key, "importing a key", error, spec, key);
}

gboolean
pena_card_put_certificate (PenaCard *self, const PenaCardPlace *place, GBytes *der, GError **error)
{
    CHANGE (self, put_certificate, "writing a certificate", error, place, der);
}

gboolean
pena_card_delete_certificate (PenaCard *self, const PenaCardPlace *place, GError **error)
{
    CHANGE (self, delete_certificate, "deleting a certificate", error, place);
}

gboolean
pena_card_delete_key (PenaCard *self, const PenaCardPlace *place, GError **error)
{
    CHANGE (self, delete_key, "deleting a key", error, place);
}

static gboolean
put_label (PenaCard *self, const gchar *label, GError **error)
{
    CHANGE (self, set_label, "naming the card", error, label);
}

/* What was known of serial and label is kept over a reading. */
static void
forget_names (PenaCard *self)
{
    self->have_serial = !self->driver->serial_apart;
    self->have_label = PENA_CARD_OP (self, read_label) == NULL;
}

gboolean
pena_card_set_label (PenaCard *self, const gchar *label, GError **error)
{
    g_return_val_if_fail (pena_card_is_label ((const guint8 *)label, strlen (label)), FALSE);
    if (!pena_card_need_device (self, error))
        return FALSE;
    if ((self->contents.abilities & PENA_CARD_SET_LABEL) == 0)
        return pena_card_unsupported ("naming the card", error);
    self->have_label = FALSE; /* whatever comes of it, the old one is not to be kept */
    if (!put_label (self, label, error))
        return FALSE;
    forget_names (self);
    return pena_card_need_serial (self, error) && pena_card_need_device (self, error);
}

static gboolean
make_serial (PenaCard *self, GError **error)
{
    CHANGE (self, make_serial, "giving the card a serial", error);
}

gboolean
pena_card_give_serial (PenaCard *self, GError **error)
{
    if (!pena_card_need_serial (self, error))
        return FALSE;
    if (self->contents.serial[0] != '\0')
        return TRUE;
    if (!make_serial (self, error))
        return FALSE;
    forget_names (self);
    return pena_card_need_serial (self, error);
}

gboolean
pena_card_set_admin_key (PenaCard *self, PenaAdminKeyAlgorithm algorithm, const PenaSecret *key,
                         gboolean protect, PenaSecret *ret_key, GError **error)
{
    g_return_val_if_fail (key != NULL || protect || ret_key != NULL, FALSE);
    CHANGE (self, set_admin_key, "setting the management key", error, algorithm, key, protect, ret_key);
}

gboolean
pena_card_factory_reset (PenaCard *self, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};
    g_autoptr (GError) local = NULL;

    if (PENA_CARD_OP (self, factory_reset) == NULL)
        return pena_card_unsupported ("resetting the card", error);
    /* PINs may be spent here until they are blocked: not those of another application. */
    if (!pena_card_begin (self, &guard, error) || !pena_card_select_again (self, error))
        return FALSE;
    self->administrator = FALSE;
    gboolean done = PENA_CARD_OP (self, factory_reset) (self, &local);
    for (guint i = 0; i < self->contents.n_pins; i++)
        self->contents.pins[i].known = self->contents.pins[i].verified = FALSE;
    forget_names (self); /* those that were given to it may be gone */
    if (finish (self, done, local))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

gboolean
pena_card_set_reset_code (PenaCard *self, const guint8 *code, gsize length, GError **error)
{
    g_autoptr (PenaSecret) formatted = NULL;
    g_auto (PenaCardGuard) guard = {0};
    guint index = 0;

    if (PENA_CARD_OP (self, set_reset_code) == NULL || !pena_card_find_pin (self, PENA_ROLE_RESET, &index))
        return pena_card_unsupported ("setting a reset code", error);
    if (code != NULL) {
        formatted = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, error);
        if (formatted == NULL ||
            !PENA_CARD_OP (self, format_pin) (self, index, code, length, formatted, error))
            return FALSE;
    }
    if (!begin_admin (self, &guard, error))
        return FALSE;
    self->contents.pins[index].known = FALSE;
    return PENA_CARD_OP (self, set_reset_code) (self, formatted, error);
}

gboolean
pena_card_count_signatures (PenaCard *self, guint *ret_count, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    if (PENA_CARD_OP (self, count_signatures) == NULL)
        return pena_card_unsupported ("counting signatures", error);
    return pena_card_begin (self, &guard, error) &&
           PENA_CARD_OP (self, count_signatures) (self, ret_count, error);
}

gboolean
pena_card_random (PenaCard *self, guint8 *out, gsize length, GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    if (PENA_CARD_OP (self, random) == NULL)
        return pena_card_unsupported ("drawing random numbers", error);
    return pena_card_begin (self, &guard, error) && PENA_CARD_OP (self, random) (self, out, length, error);
}

gboolean
pena_card_attest (PenaCard *self, const PenaCardKey *key, GBytes **ret_statement, GBytes **ret_intermediate,
                  GError **error)
{
    g_auto (PenaCardGuard) guard = {0};

    if (PENA_CARD_OP (self, attest) == NULL)
        return pena_card_unsupported ("attesting a key", error);
    return pena_card_begin (self, &guard, error) &&
           PENA_CARD_OP (self, attest) (self, key, ret_statement, ret_intermediate, error);
}
