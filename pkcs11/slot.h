/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: slots are readers; what is in them and who has logged in
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "module.h"

/* How long a VERIFY waits for the use of a key that needs it, other programs kept out. */
#define PENA_MOD_HOLD_MICROSECONDS (1 * G_USEC_PER_SEC)

typedef struct {
    CK_SLOT_ID id;
    gchar *reader;
    gboolean present;
    gboolean busy;      /* the card is at work, the module's lock is free; nothing here changes meanwhile */
    guint64 changes;    /* as the transport counts */
    gboolean event;     /* a card came or went since C_WaitForSlotEvent last said so */
    CK_RV refused;      /* why the card that is in can never be used; CKR_OK: not known yet */
    PenaCard *card;     /* NULL until somebody asks for it */
    GPtrArray *objects; /* of PenaModObject, with card */
    gboolean logged_in;
    gboolean final_try_seen; /* the caller has read CKF_USER_PIN_FINAL_TRY */
    PenaSecret *held_pin;    /* what was verified, while the card is held */
    gint64 held_until;       /* 0: not held */
} PenaModSlot;

void pena_mod_slot_free (PenaModSlot *self);

/* Looks at all readers without touching a card. A card that has gone takes its sessions with it. */
void pena_mod_refresh (PenaMod *self);
/* NULL when there is none with this id. */
PenaModSlot *pena_mod_find_slot (PenaMod *self, CK_SLOT_ID id);
/* The same once it is not busy. */
CK_RV pena_mod_enter_slot (PenaMod *self, CK_SLOT_ID id, PenaModSlot **ret_slot);
/* Sees to it that slot->card is the card that is in the reader now. */
CK_RV pena_mod_need_token (PenaMod *self, PenaModSlot *slot);

/* The same, and that the card has been asked for all that C_GetTokenInfo tells. */
CK_RV pena_mod_need_token_info (PenaMod *self, PenaModSlot *slot);

/* Stand around whatever goes to the card. Before: no other card may be kept from other programs, and the
 * module's lock is let go of, the slot being busy. After: what became of the hold, of the login and of the
 * card itself is noted, and the error (may be NULL) told as PKCS#11 does. A card that is gone by then is an
 * error, whatever it did before: its sessions are gone, too. */
void pena_mod_before_card (PenaMod *self, PenaModSlot *slot);
CK_RV pena_mod_after_card (PenaMod *self, PenaModSlot *slot, const GError *error);

/* The card is not as it was read: all that is known of it is forgotten, and read again when next asked for. */
void pena_mod_distrust (PenaMod *self, PenaModSlot *slot);

CK_RV pena_mod_login (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length);
/* For one use of a key that wants the PIN each time. */
CK_RV pena_mod_login_once (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length);
CK_RV pena_mod_logout (PenaMod *self, PenaModSlot *slot);

/* Ends what has been held too long; the time at which the next one has to end, 0 for none. */
gint64 pena_mod_expire_holds (PenaMod *self, gint64 now);

void pena_mod_fill_slot_info (PenaModSlot *slot, CK_SLOT_INFO *info);
void pena_mod_fill_token_info (PenaMod *self, PenaModSlot *slot, CK_TOKEN_INFO *info);

/* Opens each C_ function that works on a slot's card. */
#define PENA_MOD_ENTER_SLOT(mod, slot, id)                                                                   \
    PENA_MOD_ENTER (mod);                                                                                    \
    PenaModSlot *slot = NULL;                                                                                \
    CK_RV entered_ = pena_mod_enter_slot (mod, id, &slot);                                                   \
    if (entered_ != CKR_OK)                                                                                  \
    return entered_
