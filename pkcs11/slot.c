/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: slots are readers; what is in them and who has logged in
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "slot.h"

#include <pena/pena-error.h>
#include <string.h>

#include "object.h"
#include "session.h"

static void
forget_hold (PenaModSlot *slot)
{
    g_clear_pointer (&slot->held_pin, pena_secret_free);
    slot->held_until = 0;
}

/* The card as it was known, with all that hangs on it. */
static void
drop_card (PenaMod *self, PenaModSlot *slot)
{
    pena_mod_close_sessions (self, slot);
    forget_hold (slot);
    slot->logged_in = FALSE;
    slot->final_try_seen = FALSE;
    slot->refused = CKR_OK;
    g_clear_pointer (&slot->objects, g_ptr_array_unref);
    g_clear_pointer (&slot->card, pena_card_free);
}

void
pena_mod_slot_free (PenaModSlot *self)
{
    if (self->card != NULL && self->logged_in)
        pena_card_logout (self->card, NULL);
    forget_hold (self);
    g_clear_pointer (&self->objects, g_ptr_array_unref);
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

static void
update_slot (PenaMod *self, PenaModSlot *slot, const PenaCardReader *reader)
{
    gboolean present = reader != NULL && reader->present;
    guint64 changes = reader != NULL ? reader->changes : 0;

    if (slot->busy)
        return; /* whoever is at work there will notice */
    if (present == slot->present && changes == slot->changes)
        return;
    slot->event = TRUE;
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

static void
end_work (PenaModSlot *slot)
{
    pena_mod_resume ();
    slot->busy = FALSE;
    pena_mod_tell_idle ();
}

static CK_RV
open_card (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (self, slot);
    slot->card = pena_card_open (self->transport, slot->reader, &error);
    end_work (slot);
    if (slot->card != NULL) {
        slot->objects = pena_mod_objects_new (slot->card);
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

/* --- holding --- */

static void
release (PenaModSlot *slot)
{
    if (slot->card != NULL)
        pena_card_release (slot->card);
    forget_hold (slot);
}

void
pena_mod_before_card (PenaMod *self, PenaModSlot *slot)
{
    /* Two programs that each hold one card and wait for the other's would wait for ever. */
    for (guint i = 0; i < self->slots->len; i++) {
        PenaModSlot *other = self->slots->pdata[i];
        if (other != slot && !other->busy)
            release (other);
    }
    slot->busy = TRUE;
    pena_mod_let_in ();
}

/* A card that is gone takes its sessions with it. */
static CK_RV
note_loss (PenaMod *self, PenaModSlot *slot)
{
    if (!pena_card_is_lost (slot->card))
        return CKR_OK;
    drop_card (self, slot);
    return CKR_DEVICE_REMOVED;
}

CK_RV
pena_mod_after_card (PenaMod *self, PenaModSlot *slot, const GError *error)
{
    CK_RV rv;

    end_work (slot);
    if (!pena_card_is_held (slot->card))
        forget_hold (slot);
    /* Others can reset the card, and a wrong PIN ends what a right one began: who is told here that he is not
     * logged in must be able to log in. */
    if (!pena_card_get_pin (slot->card, PENA_CARD_PIN_USER)->verified)
        slot->logged_in = FALSE;
    rv = note_loss (self, slot);
    return error != NULL ? pena_mod_rv (error) : rv;
}

void
pena_mod_distrust (PenaMod *self, PenaModSlot *slot)
{
    if (slot->card == NULL)
        return;
    if (slot->logged_in) {
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
        if (slot->held_until == 0 || slot->busy)
            continue; /* who is at work there uses the hold up, or begins another */
        if (slot->held_until <= now)
            release (slot);
        else
            next = next == 0 ? slot->held_until : MIN (next, slot->held_until);
    }
    return next;
}

/* Whoever waits for one card must hold no other; see pena_mod_before_card(). */
static gboolean
any_busy (PenaMod *self)
{
    for (guint i = 0; i < self->slots->len; i++)
        if (((PenaModSlot *)self->slots->pdata[i])->busy)
            return TRUE;
    return FALSE;
}

/* After a VERIFY that is held: remembers the PIN for as long, to know it again. Without a thread to end the
 * hold there can be none. */
static void
start_hold (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    forget_hold (slot);
    slot->held_pin = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    slot->held_until = g_get_monotonic_time () + PENA_MOD_HOLD_MICROSECONDS;
    if (any_busy (self) || slot->held_pin == NULL || !pena_secret_append (slot->held_pin, pin, length) ||
        !pena_mod_call_at (self, slot->held_until))
        release (slot);
}

static gboolean
wants_pin_always (PenaModSlot *slot)
{
    GPtrArray *keys = pena_card_get_contents (slot->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->pin == PENA_KEY_PIN_ALWAYS)
            return TRUE;
    return FALSE;
}

/* --- login --- */

static CK_RV
verify (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length, gboolean hold)
{
    g_autoptr (GError) error = NULL;
    PenaVerifyFlags flags =
        (hold ? PENA_VERIFY_HOLD : 0) | (slot->final_try_seen ? PENA_VERIFY_SPEND_LAST_TRY : 0);

    pena_mod_before_card (self, slot);
    pena_card_verify (slot->card, PENA_CARD_PIN_USER, pin, length, flags, &error);
    CK_RV rv = pena_mod_after_card (self, slot, error);
    if (rv != CKR_OK)
        return rv;
    slot->final_try_seen = FALSE;
    if (!hold)
        return CKR_OK;
    start_hold (self, slot, pin, length);
    return note_loss (self, slot);
}

CK_RV
pena_mod_login (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    if (slot->logged_in)
        return CKR_USER_ALREADY_LOGGED_IN;
    CK_RV rv = verify (self, slot, pin, length, wants_pin_always (slot));
    if (rv == CKR_OK)
        slot->logged_in = TRUE;
    return rv;
}

CK_RV
pena_mod_login_once (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    /* The VERIFY of a login right before is still good, if it was for the same PIN. */
    if (pena_card_is_held (slot->card) && slot->held_pin != NULL && slot->held_pin->length == length &&
        pena_equal_constant_time (slot->held_pin->data, pin, length))
        return CKR_OK;
    CK_RV rv = verify (self, slot, pin, length, TRUE);
    if (rv == CKR_OK)
        slot->logged_in = TRUE; /* as when the operation began; a wrong PIN in between has ended it */
    return rv;
}

CK_RV
pena_mod_logout (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;

    if (!slot->logged_in)
        return CKR_USER_NOT_LOGGED_IN;
    slot->logged_in = FALSE;
    pena_mod_end_private_operations (self, slot);
    pena_mod_before_card (self, slot);
    pena_card_logout (slot->card, &error);
    return pena_mod_after_card (self, slot, error);
}

/* --- information --- */

/* Blank-padded, without a NUL, cut at a whole character. */
static void
fill_text (guint8 *field, gsize size, const gchar *text)
{
    gsize length = strlen (text);

    while (length > size || (length > 0 && (text[length] & 0xC0) == 0x80))
        length--;
    memset (field, ' ', size);
    memcpy (field, text, length);
}

void
pena_mod_fill_slot_info (PenaModSlot *slot, CK_SLOT_INFO *info)
{
    memset (info, 0, sizeof *info);
    fill_text (info->slotDescription, sizeof info->slotDescription, slot->reader);
    fill_text (info->manufacturerID, sizeof info->manufacturerID, "");
    info->flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | (slot->present ? CKF_TOKEN_PRESENT : 0);
}

static CK_FLAGS
pin_flags (const PenaCardPin *pin)
{
    if (pin->verified || pin->tries_left == PENA_CARD_TRIES_UNKNOWN)
        return 0;
    if (pin->tries_left == 0)
        return CKF_USER_PIN_LOCKED;
    if (pin->tries_left == 1)
        return CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY;
    return pin->tries_left < pin->tries_max || pin->tries_left == 2 ? CKF_USER_PIN_COUNT_LOW : 0;
}

CK_RV
pena_mod_need_token_info (PenaMod *self, PenaModSlot *slot)
{
    g_autoptr (GError) error = NULL;
    CK_RV rv = pena_mod_need_token (self, slot);

    if (rv != CKR_OK)
        return rv;
    pena_mod_before_card (self, slot);
    if (pena_card_need_serial (slot->card, &error))
        pena_card_need_pin (slot->card, PENA_CARD_PIN_USER, &error);
    return pena_mod_after_card (self, slot, error);
}

void
pena_mod_fill_token_info (PenaMod *self, PenaModSlot *slot, CK_TOKEN_INFO *info)
{
    const PenaCardContents *contents = pena_card_get_contents (slot->card);

    memset (info, 0, sizeof *info);
    fill_text (info->label, sizeof info->label, contents->label);
    fill_text (info->manufacturerID, sizeof info->manufacturerID, contents->manufacturer);
    fill_text (info->model, sizeof info->model, contents->model);
    fill_text (info->serialNumber, sizeof info->serialNumber, contents->serial);
    fill_text (info->utcTime, sizeof info->utcTime, "");
    info->flags = CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED |
                  pin_flags (pena_card_get_pin (slot->card, PENA_CARD_PIN_USER));
    slot->final_try_seen = (info->flags & CKF_USER_PIN_FINAL_TRY) != 0;
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    pena_mod_count_sessions (self, slot, &info->ulSessionCount, &info->ulRwSessionCount);
    info->ulMaxPinLen = contents->pins[PENA_CARD_PIN_USER].max;
    info->ulMinPinLen = contents->pins[PENA_CARD_PIN_USER].min;
    info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}
