/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: workers that judge documents, one after the other when a client has many
 * Copyright (C) 2026 the Pena authors */
#include "pena-verifiers.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

/* Waiting for more at one time; one for each document that a client has on its way. */
#define IDLE_MAX 8

struct _PenaVerifiers {
    PenaWorkerPool *workers;
    GQueue idle; /* of PenaVerifier, the one that waits longest first */
};

void
pena_verifier_free (PenaVerifier *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    if (self->idle_in != NULL)
        g_queue_remove (&self->idle_in->idle, self);
    if (self->client.pidfd >= 0)
        close (self->client.pidfd);
    pena_worker_free (self->worker);
    g_clear_pointer (&self->told, pena_trust_unref);
    g_free (self);
}

PenaVerifiers *
pena_verifiers_new (PenaWorkerPool *workers)
{
    PenaVerifiers *self = g_new0 (PenaVerifiers, 1);

    self->workers = workers;
    g_queue_init (&self->idle);
    return self;
}

void
pena_verifiers_free (PenaVerifiers *self)
{
    if (self == NULL)
        return;
    while (!g_queue_is_empty (&self->idle))
        pena_verifier_free (g_queue_peek_head (&self->idle));
    g_free (self);
}

/* ---- those that wait ---- */

/* The client has ended, so nobody else's documents can come under its number. */
static gboolean
on_client_gone (gint pidfd, GIOCondition condition, gpointer user_data)
{
    PenaVerifier *verifier = user_data;

    verifier->watch = 0;
    pena_verifier_free (verifier);
    return G_SOURCE_REMOVE;
}

static gboolean
has_ended (gint pidfd)
{
    GPollFD ended = {.fd = pidfd, .events = G_IO_IN};

    return g_poll (&ended, 1, 0) != 0;
}

/* One number may be two processes' after each other, but not while the first one is alive. The client may be the first:
 * a connection can outlive the process that made it. */
static PenaVerifier *
take_idle (PenaVerifiers *self, const PenaVerifierClient *client)
{
    if (client->pidfd < 0 || has_ended (client->pidfd))
        return NULL;
    for (GList *at = self->idle.head; at != NULL; at = at->next) {
        PenaVerifier *verifier = at->data;
        if (verifier->client.pid != client->pid || has_ended (verifier->client.pidfd) ||
            !pena_worker_is_alive (verifier->worker))
            continue;
        g_queue_delete_link (&self->idle, at);
        g_clear_handle_id (&verifier->watch, g_source_remove);
        verifier->idle_in = NULL;
        return verifier;
    }
    return NULL;
}

void
pena_verifiers_give_back (PenaVerifiers *self, PenaVerifier *verifier, gboolean sound)
{
    verifier->documents++;
    if (!sound || verifier->client.pidfd < 0 || verifier->documents >= PENA_VERIFIER_DOCUMENTS ||
        !pena_worker_is_fresh (verifier->worker)) {
        pena_verifier_free (verifier);
        return;
    }
    if (g_queue_get_length (&self->idle) >= IDLE_MAX)
        pena_verifier_free (g_queue_peek_head (&self->idle));
    g_queue_push_tail (&self->idle, verifier);
    verifier->idle_in = self;
    verifier->watch = g_unix_fd_add (verifier->client.pidfd, G_IO_IN, on_client_gone, verifier);
}

/* ---- taking ---- */

static void
on_worker (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    PenaVerifier *verifier = g_task_get_task_data (task);
    GError *error = NULL;

    verifier->worker = pena_worker_pool_take_finish (result, &error);
    if (verifier->worker == NULL) {
        g_task_return_error (task, error);
        return;
    }
    PenaVerifier *taken = g_new (PenaVerifier, 1);
    *taken = *verifier;
    *verifier = (PenaVerifier){.client.pidfd = -1};
    g_task_return_pointer (task, taken, (GDestroyNotify)pena_verifier_free);
}

void
pena_verifiers_take_async (PenaVerifiers *self, const PenaVerifierClient *client, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    PenaVerifier *idle = take_idle (self, client);

    g_task_set_check_cancellable (task, FALSE); /* the pool's error says it as ours do */
    if (idle != NULL) {
        g_task_return_pointer (task, idle, (GDestroyNotify)pena_verifier_free);
        return;
    }
    PenaVerifier *verifier = g_new0 (PenaVerifier, 1);
    verifier->client = *client;
    verifier->client.pidfd = client->pidfd >= 0 ? fcntl (client->pidfd, F_DUPFD_CLOEXEC, 3) : -1;
    g_task_set_task_data (task, verifier, (GDestroyNotify)pena_verifier_free);
    pena_worker_pool_take_async (self->workers, cancellable, on_worker, g_steal_pointer (&task));
}

PenaVerifier *
pena_verifiers_take_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
