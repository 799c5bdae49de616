/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: calls that may never return, made by a thread that one need not wait for
 * Copyright (C) 2026 the Pena authors */
#include "pena-runner.h"

#include <pthread.h>
#include <signal.h>

/* How long the thread stays for another call. Within a burst of commands none has to be started. */
#define LINGER_MICROSECONDS (G_USEC_PER_SEC / 2)

struct _PenaRunner {
    GMutex lock;
    GCond work; /* the thread: there is some */
    GCond done; /* the caller: it is, or need not be waited for any longer */
    gboolean may_thread;
    gboolean thread;   /* is there */
    gboolean ended;    /* the thread frees the runner */
    gboolean hurry;    /* nobody is to wait */
    gboolean gave_up;  /* nobody does */
    PenaRun run, late; /* run: NULL when there is nothing to do */
    PenaRun last;      /* to be made when a late call has come back */
    gpointer data, last_data;
};

/* Signals are the program's: one that it blocks for a while must not reach it through a thread that it knows nothing of. */
gboolean
pena_thread_start (const gchar *name, GThreadFunc function, gpointer data)
{
    sigset_t all, before;

    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    GThread *thread = g_thread_try_new (name, function, data, NULL);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    if (thread != NULL)
        g_thread_unref (thread);
    return thread != NULL;
}

PenaRunner *
pena_runner_new (gboolean may_thread)
{
    PenaRunner *self = g_new0 (PenaRunner, 1);

    g_mutex_init (&self->lock);
    g_cond_init (&self->work);
    g_cond_init (&self->done);
    self->may_thread = may_thread;
    return self;
}

static void
runner_free (PenaRunner *self)
{
    g_mutex_clear (&self->lock);
    g_cond_clear (&self->work);
    g_cond_clear (&self->done);
    g_free (self);
}

/* Without the lock, which others need meanwhile. */
static void
make_call (PenaRunner *self, PenaRun run, gpointer data)
{
    g_mutex_unlock (&self->lock);
    run (data);
    g_mutex_lock (&self->lock);
}

/* The call, and what is to follow it when nobody waits for it any more. */
static void
work_once (PenaRunner *self)
{
    make_call (self, self->run, self->data);
    if (self->gave_up && self->late != NULL)
        make_call (self, self->late, self->data);
    self->run = g_steal_pointer (&self->last);
    self->late = NULL;
    self->data = self->last_data;
    self->gave_up = FALSE;
    g_cond_broadcast (&self->done);
}

static gpointer
work (gpointer data)
{
    PenaRunner *self = data;
    gboolean more = TRUE;

    g_mutex_lock (&self->lock);
    while (self->run != NULL || (more && !self->ended)) {
        if (self->run != NULL)
            work_once (self);
        else
            more =
                g_cond_wait_until (&self->work, &self->lock, g_get_monotonic_time () + LINGER_MICROSECONDS);
    }
    self->thread = FALSE;
    gboolean ended = self->ended;
    g_mutex_unlock (&self->lock);
    if (ended)
        runner_free (self);
    return NULL;
}

/* FALSE when there can be no thread. */
static gboolean
hand_over (PenaRunner *self, PenaRun run, PenaRun late, gpointer data)
{
    self->run = run;
    self->late = late;
    self->data = data;
    self->hurry = FALSE;
    if (!self->thread && self->may_thread)
        self->thread = pena_thread_start ("pena-card", work, self);
    if (self->thread)
        g_cond_signal (&self->work);
    else
        self->run = NULL; /* the caller makes it */
    return self->thread;
}

static void
await_done (PenaRunner *self, guint milliseconds)
{
    gint64 until = g_get_monotonic_time () + (gint64)milliseconds * 1000;

    while (self->run != NULL && !self->gave_up)
        self->gave_up =
            (self->hurry || !g_cond_wait_until (&self->done, &self->lock, until)) && self->run != NULL;
}

PenaRunResult
pena_runner_do (PenaRunner *self, PenaRun run, PenaRun late, gpointer data, guint milliseconds)
{
    PenaRunResult result = PENA_RUN_DONE;

    g_mutex_lock (&self->lock);
    if (self->run != NULL) {
        result = PENA_RUN_REFUSED;
    } else if (hand_over (self, run, late, data)) {
        await_done (self, milliseconds);
        result = self->gave_up ? PENA_RUN_LATE : PENA_RUN_DONE;
    } else {
        make_call (self, run, data);
    }
    g_mutex_unlock (&self->lock);
    return result;
}

void
pena_runner_end (PenaRunner *self, PenaRun run, gpointer data, guint milliseconds)
{
    g_mutex_lock (&self->lock);
    if (self->run != NULL) {
        self->last = run;
        self->last_data = data;
    } else if (hand_over (self, run, NULL, data)) {
        await_done (self, milliseconds);
    } else {
        make_call (self, run, data);
    }
    self->ended = TRUE;
    gboolean thread = self->thread; /* which frees the runner */
    g_cond_signal (&self->work);
    g_mutex_unlock (&self->lock);
    if (!thread)
        runner_free (self);
}

void
pena_runner_give_up (PenaRunner *self)
{
    g_mutex_lock (&self->lock);
    self->hurry = TRUE;
    g_cond_broadcast (&self->done);
    g_mutex_unlock (&self->lock);
}
