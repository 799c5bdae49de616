/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: slots are readers; what is in them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "slot.h"

#include <pena/pena-error.h>

#include "login.h"
#include "session.h"
#include "token-objects.h"

void
pena_mod_forget_hold (PenaModSlot *slot)
{
    g_clear_pointer (&slot->held_pin, pena_secret_free);
    slot->held_until = 0;
}

/* The card as it was known, with all that hangs on it. */
static void
drop_card (PenaMod *self, PenaModSlot *slot)
{
    pena_mod_close_sessions (self, slot);
    pena_mod_forget_hold (slot);
    slot->user = PENA_MOD_NOBODY;
    slot->final_try_seen = FALSE;
    slot->officer_final_try_seen = FALSE;
    slot->refused = CKR_OK;
    g_clear_pointer (&slot->objects, g_ptr_array_unref);
    g_clear_pointer (&slot->card, pena_card_free);
}

void
pena_mod_slot_free (PenaModSlot *self)
{
    if (self->card != NULL && self->user != PENA_MOD_NOBODY)
        pena_card_logout (self->card, NULL);
    pena_mod_forget_hold (self);
    g_clear_pointer (&self->objects, g_ptr_array_unref);
    g_ptr_array_unref (self->made);
    g_clear_pointer (&self->card, pena_card_free);
    g_free (self->reader);
    g_free (self);
}

static PenaModSlot *
slot_of_reader (PenaMod *self, const gchar *reader)
{
    for (guint i = 0; i < self->slots->len; i++) {
        PenaModSlot *slot = self->slots->pdata[i];
        if (g_str_equal (slot->reader, reader))
            return slot;
    }
    PenaModSlot *slot = g_new0 (PenaModSlot, 1);
    slot->id = self->slots->len;
    slot->reader = g_strdup (reader);
    slot->made = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_mod_object_free);
    g_ptr_array_add (self->slots, slot);
    return slot;
}

static const PenaCardReader *
find_reader (GPtrArray *readers, const gchar *name)
{
    for (guint i = 0; readers != NULL && i < readers->len; i++) {
        const PenaCardReader *reader = readers->pdata[i];
        if (g_str_equal (reader->name, name))
            return reader;
    }
    return NULL;
}

/* What another program has changed is noticed when nobody is logged in: whoever is must be able to log out, or the card
 * would go on with a PIN verified that nobody here knows of. */
static gboolean
is_behind (const PenaModSlot *slot)
{
    return slot->card != NULL && slot->user == PENA_MOD_NOBODY && pena_card_is_behind (slot->card);
}

static void
update_slot (PenaMod *self, PenaModSlot *slot, const PenaCardReader *reader)
{
    gboolean present = reader != NULL && reader->present;
    guint64 changes = reader != NULL ? reader->changes : 0;

    if (slot->busy)
        return; /* whoever is at work there will notice */
    if (present == slot->present && changes == slot->changes && !is_behind (slot))
        return;
    slot->event = slot->event || present || slot->present; /* an empty reader that goes is none */
    slot->present = present;
    slot->changes = changes;
    drop_card (self, slot);
}

/* Without pcscd there are no readers, which is no error here: the program that loads us may have other
 * modules. */
void
pena_mod_refresh (PenaMod *self)
{
    g_autoptr (GPtrArray) readers = pena_transport_list (self->transport, NULL);
    guint known = self->slots->len;

    for (guint i = 0; readers != NULL && i < readers->len; i++)
        slot_of_reader (self, ((PenaCardReader *)readers->pdata[i])->name);
    for (guint i = 0; i < self->slots->len; i++) {
        PenaModSlot *slot = self->slots->pdata[i];
        update_slot (self, slot, find_reader (readers, slot->reader));
        if (i >= known && known == 0)
            slot->event = FALSE; /* what was there from the start is no event */
    }
    g_clear_pointer (&self->readers, g_ptr_array_unref);
    self->readers = g_steal_pointer (&readers);
}

PenaModSlot *
pena_mod_find_slot (PenaMod *self, CK_SLOT_ID id)
{
    if (id >= self->slots->len)
        pena_mod_refresh (self);
    return id < self->slots->len ? self->slots->pdata[id] : NULL;
}

CK_RV
pena_mod_enter_slot (PenaMod *self, CK_SLOT_ID id, PenaModSlot **ret_slot)
{
    PenaModSlot *slot = pena_mod_find_slot (self, id);

    if (slot == NULL)
        return CKR_SLOT_ID_INVALID;
    while (slot->busy)
        if (!pena_mod_await_idle ())
            return CKR_CRYPTOKI_NOT_INITIALIZED;
    *ret_slot = slot;
    return CKR_OK;
}

/* --- cards --- */

static void
end_work (PenaModSlot *slot)
{
    pena_mod_resume ();
    slot->busy = FALSE;
    pena_mod_tell_idle ();
}

/* Objects are as the card's contents now are; those that are the same keep their handles. */
static void
renew_objects (PenaModSlot *slot)
{
    g_autoptr (GPtrArray) before = g_steal_pointer (&slot->objects);

    slot->generation = pena_card_get_contents (slot->card)->generation;
    slot->objects = pena_mod_token_objects_new (slot->card, before, &slot->last_handle);
}

static CK_RV
open_card (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (self, slot);
    PenaCard *card = pena_card_open (self->transport, slot->reader, &error);
    end_work (slot);
    slot->card = card;
    if (card != NULL) {
        renew_objects (slot);
        return CKR_OK;
    }
    /* Asking a card of an unknown kind again and again would only disturb those who know it. */
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_TOKEN_UNSUPPORTED))
        slot->refused = pena_mod_rv (error);
    return pena_mod_rv (error);
}

CK_RV
pena_mod_need_token (PenaMod *self, PenaModSlot *slot)
{
    pena_mod_refresh (self);
    if (!slot->present)
        return CKR_TOKEN_NOT_PRESENT;
    if (slot->card != NULL && !pena_card_is_lost (slot->card))
        return CKR_OK;
    if (slot->refused != CKR_OK)
        return slot->refused;
    drop_card (self, slot);
    return open_card (self, slot);
}

/* What needs no command ends no hold: neither this card's nor, by pena_mod_before_card(), another's. */
CK_RV
pena_mod_need_token_info (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;
    CK_RV rv = pena_mod_need_token (self, slot);

    if (rv != CKR_OK)
        return rv;
    if (!pena_card_knows_serial (slot->card)) {
        pena_mod_before_card (self, slot);
        pena_card_need_serial (slot->card, &error);
        rv = pena_mod_after_card (self, slot, error);
    }
    return rv == CKR_OK && pena_card_may_have_lost_tries (slot->card) ? pena_mod_need_tries (self, slot) : rv;
}

CK_RV
pena_mod_need_tries (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    if (pena_card_get_contents (slot->card)->n_pins == 0 ||
        pena_card_get_pin (slot->card, PENA_CARD_PIN_USER)->known)
        return CKR_OK;
    pena_mod_before_card (self, slot);
    pena_card_need_pin (slot->card, PENA_CARD_PIN_USER, &error);
    return pena_mod_after_card (self, slot, error);
}

CK_RV
pena_mod_need_keys (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    if (pena_card_knows_keys (slot->card))
        return CKR_OK;
    pena_mod_before_card (self, slot);
    pena_card_need_keys (slot->card, &error);
    return pena_mod_after_card (self, slot, error);
}

CK_RV
pena_mod_need_device (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;
    CK_RV rv = pena_mod_need_keys (self, slot);

    if (rv != CKR_OK)
        return rv;
    pena_mod_before_card (self, slot);
    pena_card_need_device (slot->card, &error);
    return pena_mod_after_card (self, slot, error);
}

void
pena_mod_release_hold (PenaModSlot *slot)
{
    if (slot->card != NULL)
        pena_card_release (slot->card);
    pena_mod_forget_hold (slot);
}

gboolean
pena_mod_any_busy (PenaMod *self)
{
    for (guint i = 0; i < self->slots->len; i++)
        if (((PenaModSlot *)self->slots->pdata[i])->busy)
            return TRUE;
    return FALSE;
}

void
pena_mod_before_card (PenaMod *self, PenaModSlot *slot)
{
    /* Two programs that each hold one card and wait for the other's would wait for ever. */
    for (guint i = 0; i < self->slots->len; i++) {
        PenaModSlot *other = self->slots->pdata[i];
        if (other != slot && !other->busy)
            pena_mod_release_hold (other);
    }
    slot->busy = TRUE;
    pena_mod_let_in ();
}

CK_RV
pena_mod_note_loss (PenaMod *self, PenaModSlot *slot)
{
    if (!pena_card_is_lost (slot->card))
        return CKR_OK;
    drop_card (self, slot);
    return CKR_DEVICE_REMOVED;
}

/* Others can reset the card, and a wrong PIN ends what a right one began: who is told here that he is not logged
 * in must be able to log in. */
static void
note_login (PenaModSlot *slot)
{
    const PenaCardPin *pin = pena_card_get_pin (slot->card, PENA_CARD_PIN_USER);

    if ((slot->user == PENA_MOD_USER && !pin->verified) ||
        (slot->user == PENA_MOD_OFFICER && !pena_card_is_administrator (slot->card)))
        slot->user = PENA_MOD_NOBODY;
}

CK_RV
pena_mod_after_card (PenaMod *self, PenaModSlot *slot, const GError *error)
{
    end_work (slot);
    if (!pena_card_is_held (slot->card))
        pena_mod_forget_hold (slot);
    note_login (slot);
    if (slot->generation != pena_card_get_contents (slot->card)->generation)
        renew_objects (slot);
    CK_RV rv = pena_mod_note_loss (self, slot);
    return error != NULL ? pena_mod_rv (error) : rv;
}

void
pena_mod_distrust (PenaMod *self, PenaModSlot *slot)
{
    if (slot->card == NULL)
        return;
    pena_card_distrust (slot->card);
    if (slot->user != PENA_MOD_NOBODY) {
        pena_mod_before_card (self, slot);
        pena_card_logout (slot->card, NULL);
        end_work (slot);
    }
    drop_card (self, slot);
}

gint64
pena_mod_expire_holds (PenaMod *self, gint64 now)
{
    gint64 next = 0;

    for (guint i = 0; i < self->slots->len; i++) {
        PenaModSlot *slot = self->slots->pdata[i];
        if (slot->held_until == 0)
            continue;
        /* Who is at work there may use the hold up, begin another or leave it: that is looked at later. */
        gint64 until = slot->busy ? now + PENA_MOD_HOLD_MICROSECONDS : slot->held_until;
        if (until <= now)
            pena_mod_release_hold (slot);
        else
            next = next == 0 ? until : MIN (next, until);
    }
    return next;
}

/* --- objects --- */

static PenaModObject *
find_in (GPtrArray *objects, CK_OBJECT_HANDLE handle)
{
    for (guint i = 0; objects != NULL && i < objects->len; i++)
        if (((PenaModObject *)objects->pdata[i])->handle == handle)
            return objects->pdata[i];
    return NULL;
}

PenaModObject *
pena_mod_find_any_object (PenaModSlot *slot, CK_OBJECT_HANDLE handle)
{
    PenaModObject *object = find_in (slot->objects, handle);

    return object != NULL ? object : find_in (slot->made, handle);
}

PenaModObject *
pena_mod_find_object (PenaModSlot *slot, CK_OBJECT_HANDLE handle)
{
    PenaModObject *object = pena_mod_find_any_object (slot, handle);

    if (object == NULL || (slot->user == PENA_MOD_NOBODY && pena_mod_object_is (object, CKA_PRIVATE)))
        return NULL;
    if (object->class == CKO_HW_FEATURE)
        pena_mod_token_objects_refresh_pin (slot->objects, slot->card);
    return object;
}
