/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: sessions and what goes on in them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "operation.h"
#include "slot.h"

typedef struct {
    CK_SESSION_HANDLE handle;
    PenaModSlot *slot;
    gboolean read_write;
    GArray *found; /* handles that C_FindObjects still has to give; NULL: no search */
    guint found_at;
    PenaModOperation *operations[PENA_MOD_N_KINDS]; /* NULL: none of that kind */
} PenaModSession;

void pena_mod_session_free (PenaModSession *self);

/* NULL when there is none. */
PenaModSession *pena_mod_find_session (PenaMod *self, CK_SESSION_HANDLE handle);
/* The same once its slot is not busy. */
CK_RV pena_mod_enter_session (PenaMod *self, CK_SESSION_HANDLE handle, PenaModSession **ret_session);
CK_RV pena_mod_open_session (PenaMod *self, PenaModSlot *slot, gboolean read_write,
                             CK_SESSION_HANDLE *ret_handle);
/* The session takes what it has made along, the last one of a slot also the login. */
CK_RV pena_mod_close_session (PenaMod *self, PenaModSession *session);
void pena_mod_close_sessions (PenaMod *self, PenaModSlot *slot);
/* What goes on with private keys of the slot ends, and with it the PINs that were given for it; private
 * objects that sessions made are gone (PKCS#11 2.40, 5.6.8). */
void pena_mod_end_private_operations (PenaMod *self, PenaModSlot *slot);
void pena_mod_count_sessions (PenaMod *self, PenaModSlot *slot, CK_ULONG *ret_all, CK_ULONG *ret_read_write);
gboolean pena_mod_has_read_only_session (PenaMod *self, PenaModSlot *slot);
void pena_mod_fill_session_info (PenaModSession *session, CK_SESSION_INFO *info);

/* Opens each C_ function that works in a session. */
#define PENA_MOD_ENTER_SESSION(mod, session, handle)                                                         \
    PENA_MOD_ENTER (mod);                                                                                    \
    PenaModSession *session = NULL;                                                                          \
    CK_RV entered_ = pena_mod_enter_session (mod, handle, &session);                                         \
    if (entered_ != CKR_OK)                                                                                  \
    return entered_
