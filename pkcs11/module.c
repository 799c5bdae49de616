/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of the PKCS#11 module, its lock, forks and its one helper thread
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "module.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

#include "session.h"
#include "slot.h"

static struct {
    GMutex lock;
    GCond wake;      /* the keeper: there is something new to wait for, or the end */
    GCond gone;      /* the keeper has ended, or a call, or C_Finalize */
    GCond idle;      /* a slot is no longer busy, or the end has begun */
    guint inside;    /* calls that have begun and not ended */
    gboolean ending; /* C_Finalize waits for them */
    gboolean keeper; /* is running */
    gint64 deadline; /* of the keeper; 0: none */
    PenaMod *mod;    /* NULL: not initialized */
    /* The application's own lock, when it insists on one; goes around ours. */
    CK_LOCKMUTEX lock_application;
    CK_UNLOCKMUTEX unlock_application;
    CK_DESTROYMUTEX destroy_application;
    gpointer application;
} state;

/* The child has copies of our handles, but pcscd knows the parent by them, and a lock that another thread may
 * have held. All of it is left alone; the child begins anew with C_Initialize. */
static void
forget_in_child (void)
{
    memset (&state, 0, sizeof state);
    g_mutex_init (&state.lock);
    g_cond_init (&state.wake);
    g_cond_init (&state.gone);
    g_cond_init (&state.idle);
    pena_transport_forget_late ();
}

/* C_Initialize may have put another lock there while we waited for the old one. */
static void
take_lock (void)
{
    for (;;) {
        CK_LOCKMUTEX lock = state.lock_application;
        CK_UNLOCKMUTEX unlock = state.unlock_application;
        gpointer application = state.application;
        if (lock != NULL)
            lock (application);
        g_mutex_lock (&state.lock);
        if (application == state.application)
            return;
        g_mutex_unlock (&state.lock);
        if (lock != NULL)
            unlock (application);
    }
}

static void
release_lock (void)
{
    CK_UNLOCKMUTEX unlock = state.unlock_application;
    gpointer application = state.application;

    g_mutex_unlock (&state.lock);
    if (unlock != NULL)
        unlock (application);
}

/* What OpenSSL notes while we are at work is not for the program that called: many take the first error that
 * they find for one of their own connection. */
PenaModLock
pena_mod_lock (void)
{
    take_lock ();
    if (state.mod == NULL || state.ending) {
        release_lock ();
        return (PenaModLock){NULL};
    }
    state.inside++;
    ERR_set_mark ();
    return (PenaModLock){state.mod};
}

void
pena_mod_unlock (PenaModLock *lock)
{
    if (lock->mod == NULL)
        return;
    ERR_pop_to_mark ();
    state.inside--;
    g_cond_broadcast (&state.gone);
    release_lock ();
}

void
pena_mod_let_in (void)
{
    release_lock ();
}

gboolean
pena_mod_resume (void)
{
    take_lock ();
    return !state.ending;
}

/* The application's lock cannot be given up together with ours, so it goes first: nobody sleeps with it. */
gboolean
pena_mod_await_idle (void)
{
    if (state.unlock_application != NULL)
        state.unlock_application (state.application);
    if (!state.ending)
        g_cond_wait (&state.idle, &state.lock);
    g_mutex_unlock (&state.lock);
    return pena_mod_resume ();
}

void
pena_mod_tell_idle (void)
{
    g_cond_broadcast (&state.idle);
}

/* A lock of the application's is used when it gave one and does not say that the system's will do (PKCS#11
 * 2.40, 5.4). */
static CK_RV
take_application_lock (const CK_C_INITIALIZE_ARGS *args)
{
    gboolean wanted = args != NULL && args->CreateMutex != NULL && (args->flags & CKF_OS_LOCKING_OK) == 0;

    state.lock_application = NULL;
    state.unlock_application = NULL;
    state.destroy_application = NULL;
    state.application = NULL;
    if (!wanted)
        return CKR_OK;
    CK_RV rv = args->CreateMutex (&state.application);
    if (rv != CKR_OK)
        return rv == CKR_HOST_MEMORY ? CKR_HOST_MEMORY : CKR_CANT_LOCK;
    state.lock_application = args->LockMutex;
    state.unlock_application = args->UnlockMutex;
    state.destroy_application = args->DestroyMutex;
    return CKR_OK;
}

CK_RV
pena_mod_initialize (const CK_C_INITIALIZE_ARGS *args)
{
    static gsize watching_forks;

    if (g_once_init_enter (&watching_forks)) {
        pthread_atfork (NULL, NULL, forget_in_child);
        g_once_init_leave (&watching_forks, 1);
    }
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&state.lock);
    while (state.ending)
        g_cond_wait (&state.gone, &state.lock);
    if (state.mod != NULL)
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    CK_RV rv = take_application_lock (args);
    if (rv != CKR_OK)
        return rv;
    PenaMod *mod = g_new0 (PenaMod, 1);
    mod->may_thread = args == NULL || (args->flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS) == 0;
    mod->transport = pena_mod_new_transport ();
    mod->transport->may_thread = mod->may_thread;
    mod->slots = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_mod_slot_free);
    mod->sessions = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)pena_mod_session_free);
    state.mod = mod;
    return CKR_OK;
}

/* How often those that wait for events are told to stop; once is nearly always enough. Cards that are at work get their
 * time, but not that of a key that is being made. */
#define CANCEL_MICROSECONDS (10 * 1000)
#define END_MICROSECONDS (4 * G_USEC_PER_SEC)

static void
await_end_of_calls (void)
{
    gint64 until = g_get_monotonic_time () + END_MICROSECONDS;

    while (state.inside > 0) {
        pena_transport_cancel (state.mod->transport);
        if (g_get_monotonic_time () > until)
            pena_transport_give_up (state.mod->transport);
        g_cond_broadcast (&state.idle);
        g_cond_wait_until (&state.gone, &state.lock, g_get_monotonic_time () + CANCEL_MICROSECONDS);
    }
}

static void
free_mod (PenaMod *mod)
{
    g_hash_table_unref (mod->sessions);
    g_ptr_array_unref (mod->slots);
    g_clear_pointer (&mod->readers, g_ptr_array_unref);
    pena_transport_free (mod->transport);
    g_free (mod);
}

CK_RV
pena_mod_finalize (void)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&state.lock);

    if (state.mod == NULL || state.ending)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    state.ending = TRUE;
    await_end_of_calls ();
    g_clear_pointer (&state.mod, free_mod);
    g_cond_signal (&state.wake);
    while (state.keeper)
        g_cond_wait (&state.gone, &state.lock);
    if (state.destroy_application != NULL)
        state.destroy_application (state.application);
    take_application_lock (NULL);
    state.ending = FALSE;
    g_cond_broadcast (&state.gone);
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
    if (!state.keeper && self->may_thread)
        state.keeper = pena_thread_start ("pena-keeper", keep, NULL);
    if (!state.keeper)
        state.deadline = 0;
    return state.keeper;
}
