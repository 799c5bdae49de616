/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of the PKCS#11 module
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <pena/pena-pkcs11.h>

#include "pena-card.h"
#include "pena-transport.h"

/* Everything that the module knows, one in a process, behind one lock. */
typedef struct {
    gboolean may_thread; /* C_Initialize allowed threads of our own */
    PenaTransport *transport;
    GPtrArray *slots;     /* of PenaModSlot; an index is the slot's id and never changes its reader */
    GHashTable *sessions; /* handle -> PenaModSession */
    CK_SESSION_HANDLE last_session;
    gboolean service_down; /* there is no pcscd */
} PenaMod;

/* The lock for as long as a scope lasts; mod is NULL, and nothing locked, when the module is not initialized.
 */
typedef struct {
    PenaMod *mod;
} PenaModLock;

PenaModLock pena_mod_lock (void);
void pena_mod_unlock (PenaModLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaModLock, pena_mod_unlock)

/* Opens each C_ function that needs the module initialized. */
#define PENA_MOD_ENTER(mod)                                                                                  \
    g_auto (PenaModLock) lock_ = pena_mod_lock ();                                                           \
    PenaMod *mod = lock_.mod;                                                                                \
    if (mod == NULL)                                                                                         \
    return CKR_CRYPTOKI_NOT_INITIALIZED

CK_RV pena_mod_initialize (gboolean may_thread);
CK_RV pena_mod_finalize (void);

/* Has pena_mod_expire_holds() called, with the lock, when this time (monotonic) has come. FALSE when that
 * cannot be. */
gboolean pena_mod_call_at (PenaMod *self, gint64 when);

/* The way to cards; the module's own is PC/SC. */
PenaTransport *pena_mod_new_transport (void);

/* What an error of the layers below is in PKCS#11. */
CK_RV pena_mod_rv (const GError *error);
