/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what all transports have in common
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-link-private.h"

#include <pena/pena-error.h>

/* What ends waiting is no more than a message to pcscd. */
enum { CANCEL_MILLISECONDS = 1000 };

void
pena_card_reader_free (PenaCardReader *self)
{
    g_free (self->name);
    g_free (self);
}

guint
pena_patience_milliseconds (PenaPatience patience)
{
    static const guint milliseconds[] = {
        [PENA_PATIENCE_CARD] = 4500, /* so that a call ends within five seconds */
        [PENA_PATIENCE_PERSON] = 30 * 1000,
        [PENA_PATIENCE_LONG] = 600 * 1000,
    };
    return milliseconds[patience];
}

void
pena_transport_init (PenaTransport *self, const PenaTransportOps *ops)
{
    self->ops = ops;
    self->refs = 1;
    self->may_thread = TRUE;
    self->runners = g_ptr_array_new ();
    g_mutex_init (&self->lock);
}

void
pena_transport_ref (PenaTransport *self)
{
    g_atomic_int_inc (&self->refs);
}

void
pena_transport_unref (gpointer data)
{
    PenaTransport *self = data;

    if (!g_atomic_int_dec_and_test (&self->refs))
        return;
    g_ptr_array_unref (self->runners);
    g_mutex_clear (&self->lock);
    self->ops->free (self);
}

/* --- listing --- */

static void
run_list (gpointer data)
{
    PenaTransport *self = data;

    self->readers = self->ops->list (self, &self->error);
}

static void
put_list_away (gpointer data)
{
    PenaTransport *self = data;

    g_clear_pointer (&self->readers, g_ptr_array_unref);
    g_clear_error (&self->error);
}

GPtrArray *
pena_transport_list (PenaTransport *self, GError **error)
{
    if (self->runner == NULL)
        self->runner = pena_transport_new_runner (self);
    if (pena_runner_do (self->runner, run_list, put_list_away, self,
                        pena_patience_milliseconds (PENA_PATIENCE_CARD)) != PENA_RUN_DONE) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_READER_SERVICE_DOWN, "pcscd does not answer");
        return NULL;
    }
    if (self->readers == NULL)
        g_propagate_error (error, g_steal_pointer (&self->error));
    return g_steal_pointer (&self->readers);
}

/* --- waiting --- */

typedef struct {
    PenaTransport *transport;
    GPtrArray *known;
    gboolean more;
} Waiting;

static void
run_wait (gpointer data)
{
    Waiting *self = data;

    self->more = self->transport->ops->wait (self->transport, self->known);
}

static void
waiting_free (gpointer data)
{
    Waiting *self = data;

    g_clear_pointer (&self->known, g_ptr_array_unref);
    pena_transport_unref (self->transport);
    g_free (self);
}

gboolean
pena_transport_wait (PenaTransport *self, GPtrArray *known)
{
    PenaRunner *runner = pena_transport_new_runner (self);
    Waiting *waiting = g_new0 (Waiting, 1);

    *waiting = (Waiting){.transport = self, .known = known != NULL ? g_ptr_array_ref (known) : NULL};
    pena_transport_ref (self);
    PenaRunResult result = pena_runner_do (runner, run_wait, NULL, waiting, G_MAXUINT);
    gboolean more = result == PENA_RUN_DONE && waiting->more;
    pena_transport_end_runner (self, runner, waiting_free, waiting);
    return more;
}

static void
run_cancel (gpointer data)
{
    PenaTransport *self = data;

    self->ops->cancel (self);
}

void
pena_transport_cancel (PenaTransport *self)
{
    if (self->canceller == NULL)
        self->canceller = pena_transport_new_runner (self);
    pena_runner_do (self->canceller, run_cancel, NULL, self, CANCEL_MILLISECONDS);
}

/* --- what is under way --- */

PenaRunner *
pena_transport_new_runner (PenaTransport *self)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
    PenaRunner *runner = pena_runner_new (self->may_thread);

    g_ptr_array_add (self->runners, runner);
    return runner;
}

void
pena_transport_end_runner (PenaTransport *self, PenaRunner *runner, PenaRun run, gpointer data)
{
    g_mutex_lock (&self->lock);
    g_ptr_array_remove_fast (self->runners, runner);
    g_mutex_unlock (&self->lock);
    pena_runner_end (runner, run, data, pena_patience_milliseconds (PENA_PATIENCE_CARD));
}

void
pena_transport_give_up (PenaTransport *self)
{
    g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

    for (guint i = 0; i < self->runners->len; i++)
        pena_runner_give_up (self->runners->pdata[i]);
}

/* Each runner that there is has a reference, which goes when it has nothing more to do. */
void
pena_transport_free (PenaTransport *self)
{
    PenaRunner *runners[2];

    if (self == NULL)
        return;
    runners[0] = g_steal_pointer (&self->runner);
    runners[1] = g_steal_pointer (&self->canceller);
    for (guint i = 0; i < G_N_ELEMENTS (runners); i++)
        if (runners[i] != NULL) {
            pena_transport_ref (self);
            pena_transport_end_runner (self, runners[i], pena_transport_unref, self);
        }
    pena_transport_unref (self);
}
