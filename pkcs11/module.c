/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of the PKCS#11 module, its lock, forks and its one helper thread
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "module.h"

#include <openssl/err.h>
#include <pthread.h>

#include "session.h"
#include "slot.h"

static struct {
    GMutex lock;
    GCond wake;      /* the keeper: there is something new to wait for, or the end */
    GCond gone;      /* the keeper has ended */
    gboolean keeper; /* is running */
    gint64 deadline; /* of the keeper; 0: none */
    PenaMod *mod;    /* NULL: not initialized */
} state;

/* The child has copies of our handles, but pcscd knows the parent by them, and a lock that another thread may
 * have held. All of it is left alone; the child begins anew with C_Initialize. */
static void
forget_in_child (void)
{
    g_mutex_init (&state.lock);
    g_cond_init (&state.wake);
    g_cond_init (&state.gone);
    state.keeper = FALSE;
    state.deadline = 0;
    state.mod = NULL;
}

/* What OpenSSL notes while we are at work is not for the program that called: many take the first error that
 * they find for one of their own connection. */
PenaModLock
pena_mod_lock (void)
{
    g_mutex_lock (&state.lock);
    PenaModLock lock = {state.mod}; /* once unlocked it may be another */
    if (lock.mod == NULL)
        g_mutex_unlock (&state.lock);
    else
        ERR_set_mark ();
    return lock;
}

void
pena_mod_unlock (PenaModLock *lock)
{
    if (lock->mod == NULL)
        return;
    ERR_pop_to_mark ();
    g_mutex_unlock (&state.lock);
}

CK_RV
pena_mod_initialize (gboolean may_thread)
{
    static gsize watching_forks;

    if (g_once_init_enter (&watching_forks)) {
        pthread_atfork (NULL, NULL, forget_in_child);
        g_once_init_leave (&watching_forks, 1);
    }
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&state.lock);
    if (state.mod != NULL)
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    state.mod = g_new0 (PenaMod, 1);
    state.mod->may_thread = may_thread;
    state.mod->transport = pena_mod_new_transport ();
    state.mod->slots = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_mod_slot_free);
    state.mod->sessions = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)pena_mod_session_free);
    return CKR_OK;
}

CK_RV
pena_mod_finalize (void)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&state.lock);
    g_autofree PenaMod *mod = g_steal_pointer (&state.mod);

    if (mod == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    g_hash_table_unref (mod->sessions);
    g_ptr_array_unref (mod->slots);
    pena_transport_free (mod->transport);
    g_cond_signal (&state.wake);
    while (state.keeper)
        g_cond_wait (&state.gone, &state.lock);
    return CKR_OK;
}

/* Sleeps until a transaction that is held open has to end; not there when none is. */
static gpointer
keep (gpointer unused)
{
    g_mutex_lock (&state.lock);
    while (state.mod != NULL && state.deadline != 0) {
        if (g_cond_wait_until (&state.wake, &state.lock, state.deadline) || state.mod == NULL)
            continue;
        state.deadline = pena_mod_expire_holds (state.mod, g_get_monotonic_time ());
    }
    state.keeper = FALSE;
    g_cond_broadcast (&state.gone); /* who initialized and finalized again meanwhile waits, too */
    g_mutex_unlock (&state.lock);
    return NULL;
}

gboolean
pena_mod_call_at (PenaMod *self, gint64 when)
{
    state.deadline = state.deadline == 0 ? when : MIN (state.deadline, when);
    g_cond_signal (&state.wake);
    if (!state.keeper && self->may_thread) {
        GThread *thread = g_thread_try_new ("pena-keeper", keep, NULL, NULL);
        if (thread != NULL) {
            state.keeper = TRUE;
            g_thread_unref (thread);
        }
    }
    if (!state.keeper)
        state.deadline = 0;
    return state.keeper;
}
