/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether the validation data of a signature can be had, before there is one
 * Copyright (C) 2026 the Pena authors */
#include "pena-foresight.h"

#include <pena/pena-error.h>

#include "pena-evidence.h"

/* A chain is not longer; each round goes at least one step up. */
#define ROUNDS_MAX 16

typedef struct {
    PenaNetwork *network;
    const PenaTrust *trust;
    PenaEvidence *evidence;
    GPtrArray *needs;
    guint rounds;
} Foresight;

static void
foresight_free (Foresight *self)
{
    pena_evidence_free (self->evidence);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_free (self);
}

static void ask (GTask *task);

/* Answers may be lists of megabytes. */
static void
offer_in_thread (GTask *offer, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Foresight *self = data;
    GError *error = NULL;

    if (pena_evidence_offer (self->evidence, self->needs, &error))
        g_task_return_boolean (offer, TRUE);
    else
        g_task_return_error (offer, error);
}

static void
on_offered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error))
        ask (task);
    else
        g_task_return_error (task, error);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Foresight *self = g_task_get_task_data (task);

    /* Each need has its own error, which the evidence may do without. */
    pena_network_answer_finish (result, NULL);
    g_autoptr (GTask) offer = g_task_new (NULL, NULL, on_offered, g_object_ref (task));
    g_task_set_task_data (offer, self, NULL);
    g_task_run_in_thread (offer, offer_in_thread);
}

static void
ask (GTask *task)
{
    Foresight *self = g_task_get_task_data (task);
    GError *error = NULL;

    g_clear_pointer (&self->needs, g_ptr_array_unref);
    self->needs = pena_evidence_dup_needs (self->evidence, &error);
    if (self->needs != NULL && self->needs->len > 0 && self->rounds++ >= ROUNDS_MAX)
        error = g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL, "a chain without end");
    if (error != NULL)
        g_task_return_error (task, error);
    else if (self->needs->len == 0)
        g_task_return_boolean (task, TRUE);
    else
        pena_network_answer_async (self->network, self->needs, self->trust, g_task_get_cancellable (task),
                                   on_answered, g_object_ref (task));
}

void
pena_foresight_run_async (PenaNetwork *network, const PenaTrust *trust, GPtrArray *chain,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    Foresight *self = g_new0 (Foresight, 1);
    GError *error = NULL;

    self->network = network;
    self->trust = trust;
    self->evidence = pena_evidence_new (trust->anchors, chain);
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)foresight_free);
    /* Any answer that is current will do; the signature will want one that was made after it. */
    if (pena_evidence_want (self->evidence, chain->pdata[0], 0, &error))
        ask (task);
    else
        g_task_return_error (task, error);
}

gboolean
pena_foresight_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}
