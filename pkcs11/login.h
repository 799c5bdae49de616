/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: who has logged in, and PINs
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "operation.h"
#include "slot.h"

/* How long a VERIFY waits for the use of a key that needs it, other programs kept out. */
#define PENA_MOD_HOLD_MICROSECONDS (1 * G_USEC_PER_SEC)

/* The administrator's PIN; NULL where the administrator has a key instead. */
const PenaCardPin *pena_mod_officer_pin (PenaModSlot *slot);
/* PINs can be typed at the reader: then they may be NULL below. */
gboolean pena_mod_has_pin_pad (PenaModSlot *slot);

CK_RV pena_mod_login (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length);
/* The administrator's key is in hexadecimal digits, as every program that has such tokens takes it. */
CK_RV pena_mod_login_officer (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length);
/* For one use of a key that wants a PIN of its own. */
CK_RV pena_mod_login_once (PenaMod *self, PenaModSlot *slot, PenaModOperation *operation, const guint8 *pin,
                           gsize length);
CK_RV pena_mod_logout (PenaMod *self, PenaModSlot *slot);

/* C_SetPIN: of whoever has logged in, else of the user. When the user's PIN is blocked, the old one is the code
 * that unblocks it: nothing else makes sense then, and it is what pkcs11-tool --unlock-pin sends. */
CK_RV pena_mod_set_pin (PenaMod *self, PenaModSlot *slot, const guint8 *old_pin, gsize old_length,
                        const guint8 *new_pin, gsize new_length);
/* C_InitPIN. */
CK_RV pena_mod_init_pin (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length);
/* C_InitToken: everything is gone, the officer keeps his PIN. */
CK_RV pena_mod_init_token (PenaMod *self, PenaModSlot *slot, const guint8 *pin, gsize length,
                           const gchar *label);

/* For what only the administrator may do. Also a user's login is enough where the card keeps its
 * administrator's key for him. */
CK_RV pena_mod_need_administrator (PenaMod *self, PenaModSlot *slot);
