/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: slots are readers; what is in them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "object.h"

typedef enum {
    PENA_MOD_NOBODY,
    PENA_MOD_USER,
    PENA_MOD_OFFICER, /* CKU_SO: the administrator */
} PenaModUser;

typedef struct {
    CK_SLOT_ID id;
    gchar *reader;
    gboolean present;
    gboolean busy;      /* the card is at work, the module's lock is free; nothing here changes meanwhile */
    guint64 changes;    /* as the transport counts */
    gboolean event;     /* a card came or went since C_WaitForSlotEvent last said so */
    CK_RV refused;      /* why the card that is in can never be used; CKR_OK: not known yet */
    PenaCard *card;     /* NULL until somebody asks for it */
    guint generation;   /* of the card's contents that objects shows */
    GPtrArray *objects; /* of PenaModObject, with card */
    GPtrArray *made;    /* likewise: what sessions have made */
    CK_OBJECT_HANDLE last_handle;
    PenaModUser user;        /* who has logged in */
    gboolean final_try_seen; /* the caller has read CKF_USER_PIN_FINAL_TRY */
    gboolean officer_final_try_seen;
    PenaSecret *held_pin; /* what was verified, while the card is held; NULL: typed at the reader */
    gint64 held_until;    /* 0: not held */
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
/* And that what C_GetTokenInfo tells has been asked for: of the tries, when there may be something to warn of. */
CK_RV pena_mod_need_token_info (PenaMod *self, PenaModSlot *slot);
/* That the tries of the user's PIN are known in any case. */
CK_RV pena_mod_need_tries (PenaMod *self, PenaModSlot *slot);
/* That all keys of slot->card have been read. */
CK_RV pena_mod_need_keys (PenaMod *self, PenaModSlot *slot);
/* And what it can do beyond using them. */
CK_RV pena_mod_need_device (PenaMod *self, PenaModSlot *slot);

/* Stand around whatever goes to the card. Before: no other card may be kept from other programs, and the
 * module's lock is let go of, the slot being busy. After: what became of the hold, of the login, of the objects
 * and of the card itself is noted, and the error (may be NULL) told as PKCS#11 does. A card that is gone by
 * then is an error, whatever it did before: its sessions are gone, too. */
void pena_mod_before_card (PenaMod *self, PenaModSlot *slot);
CK_RV pena_mod_after_card (PenaMod *self, PenaModSlot *slot, const GError *error);

/* The card is not as it was read: all that is known of it is forgotten, and read again when next asked for. */
void pena_mod_distrust (PenaMod *self, PenaModSlot *slot);

/* NULL when there is none with this handle, or it is private and nobody has logged in. */
PenaModObject *pena_mod_find_object (PenaModSlot *slot, CK_OBJECT_HANDLE handle);
/* The same as if somebody had. */
PenaModObject *pena_mod_find_any_object (PenaModSlot *slot, CK_OBJECT_HANDLE handle);

/* Forgets what was verified for the next use of a key; on the card, others are let in. */
void pena_mod_forget_hold (PenaModSlot *slot);
void pena_mod_release_hold (PenaModSlot *slot);
/* Ends what has been held too long; the time at which the next one has to end, 0 for none. */
gint64 pena_mod_expire_holds (PenaMod *self, gint64 now);
/* A card is at work in some slot. */
gboolean pena_mod_any_busy (PenaMod *self);
/* CKR_DEVICE_REMOVED, all put away, when the card has gone. */
CK_RV pena_mod_note_loss (PenaMod *self, PenaModSlot *slot);

void pena_mod_fill_slot_info (PenaModSlot *slot, CK_SLOT_INFO *info);
void pena_mod_fill_token_info (PenaMod *self, PenaModSlot *slot, CK_TOKEN_INFO *info);

/* Opens each C_ function that works on a slot's card. */
#define PENA_MOD_ENTER_SLOT(mod, slot, id)                                                                   \
    PENA_MOD_ENTER (mod);                                                                                    \
    PenaModSlot *slot = NULL;                                                                                \
    CK_RV entered_ = pena_mod_enter_slot (mod, id, &slot);                                                   \
    if (entered_ != CKR_OK)                                                                                  \
    return entered_
