/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of the PKCS#11 module
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <pena/pena-pkcs11.h>

#include "pena-card.h"
#include "pena-transport.h"

/* Everything that the module knows, one in a process, behind one lock. The lock is let go of while a card is
 * at work (pena_mod_before_card): its slot is then busy, and who needs the same slot waits. */
typedef struct {
    gboolean may_thread; /* C_Initialize allowed threads of our own */
    PenaTransport *transport;
    GPtrArray *slots;     /* of PenaModSlot; an index is the slot's id and never changes its reader */
    GHashTable *sessions; /* handle -> PenaModSession */
    GPtrArray *readers;   /* as last seen, of PenaCardReader; NULL: there is no pcscd */
    CK_SESSION_HANDLE last_session;
    CK_OBJECT_HANDLE last_object; /* of those that programs made */
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

/* args is checked; NULL for what C_Initialize (NULL) means. */
CK_RV pena_mod_initialize (const CK_C_INITIALIZE_ARGS *args);
/* Ends all waiting and waits until every call has ended. */
CK_RV pena_mod_finalize (void);

/* Within the lock: lets others in, and has it again when pena_mod_resume() returns. Nothing that belongs to
 * the caller may be taken away in between; FALSE when the module is about to end. */
void pena_mod_let_in (void);
gboolean pena_mod_resume (void);
/* Within the lock: waits until some slot is no longer busy. FALSE when the module is about to end. */
gboolean pena_mod_await_idle (void);
/* Within the lock: tells those that wait for a slot. */
void pena_mod_tell_idle (void);

/* Has pena_mod_expire_holds() called, with the lock, when this time (monotonic) has come. FALSE when that
 * cannot be. */
gboolean pena_mod_call_at (PenaMod *self, gint64 when);

/* The way to cards; the module's own is PC/SC. */
PenaTransport *pena_mod_new_transport (void);

/* What an error of the layers below is in PKCS#11. */
CK_RV pena_mod_rv (const GError *error);
