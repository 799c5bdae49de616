/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, from the sealed document to the verified result
 * Copyright (C) 2026 the Pena authors */
#include "pena-sign-job.h"

#include <pena/pena-error.h>

#include "pena-borrow.h"
#include "pena-signed-parts.h"
#include "pena-signing.h"

void
pena_signing_end_turn (PenaSigning *self, const GError *error)
{
    PenaTurnOutcome outcome = PENA_TURN_FAILED;

    if (!self->has_turn)
        return;
    if (error == NULL)
        outcome = PENA_TURN_APPROVED;
    else if (g_error_matches (error, PENA_ERROR, PENA_ERROR_USER_CANCELLED) ||
             g_error_matches (error, PENA_ERROR, PENA_ERROR_PROMPT_TIMEOUT))
        outcome = PENA_TURN_REFUSED;
    self->has_turn = FALSE;
    pena_turns_end (self->services->turns, self->request->application_key, outcome);
}

static void
end_loan (PenaSigning *self)
{
    g_clear_handle_id (&self->look, g_source_remove);
    pena_document_let_go (self->document);
}

static GError *
changed_error (void)
{
    return g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_CHANGED,
                                "somebody wants to write the borrowed file");
}

static gboolean
has_changed (const PenaSigning *self)
{
    return self->changed || !pena_document_is_still (self->document);
}

/* Somebody wants to write the borrowed document: they go first. */
static gboolean
on_look (gpointer user_data)
{
    PenaSigning *self = user_data;

    if (pena_document_is_still (self->document))
        return G_SOURCE_CONTINUE;
    if (self->state == PENA_JOB_VERIFIED) { /* the raising has the worker, and comes home without it */
        self->changed = TRUE;
        self->look = 0;
        pena_document_let_go (self->document);
        pena_worker_stop (self->worker);
        return G_SOURCE_REMOVE;
    }
    pena_signing_fail (self, changed_error ());
    return G_SOURCE_REMOVE;
}

void
pena_signing_fail (PenaSigning *self, GError *error)
{
    g_autoptr (GError) owned = error;

    if (pena_signing_is_over (self))
        return;
    /* What the holder and the token say during their turn stays true; nothing else that was found out does. */
    if (!self->has_turn && has_changed (self)) {
        g_clear_error (&owned);
        owned = error = changed_error ();
    }
    end_loan (self);
    g_debug ("signing failed in state %s: %s", pena_job_state_name (self->state),
             pena_error_name (pena_error_code (error)));
    if (self->asking != NULL) /* the turn ends with the prompt, so that there are never two */
        g_cancellable_cancel (self->asking);
    else
        pena_signing_end_turn (self, error);
    pena_signing_advance (self, PENA_JOB_EVENT_ERROR);
    g_clear_pointer (&self->worker, pena_worker_free);
    g_task_return_error (self->task, g_steal_pointer (&owned));
}

void
pena_signing_fail_with (PenaSigning *self, PenaErrorCode code, const gchar *message)
{
    pena_signing_fail (self, g_error_new_literal (PENA_ERROR, (gint)code, message));
}

static void
answer (PenaSigning *self)
{
    PenaSignResult *result = g_new0 (PenaSignResult, 1);

    end_loan (self);
    if (self->request->attached)
        pena_signed_parts_enclose (&self->output, self->document->size, &result->head);
    g_variant_lookup (self->credential, "id", "s", &result->credential);
    result->level = self->level;
    result->covers = self->plan != NULL && self->plan->covers;
    result->reason = g_steal_pointer (&self->reason);
    result->signature_id = g_steal_pointer (&self->signature_id);
    result->output = g_steal_pointer (&self->output);
    result->size = self->document->size;
    result->document = g_steal_pointer (&self->document);
    result->received = g_steal_pointer (&self->received);
    g_clear_pointer (&self->worker, pena_worker_free);
    g_task_return_pointer (self->task, result, (GDestroyNotify)pena_sign_result_free);
}

/* What is done on entering a state. */
static void (*const actions[PENA_JOB_N_STATES]) (PenaSigning *self) = {
    [PENA_JOB_RECEIVED] = pena_signing_receive,
    [PENA_JOB_PREPARED] = pena_signing_ask,
    [PENA_JOB_SIGNED] = pena_signing_finish,
    [PENA_JOB_VERIFIED] = pena_signing_raise,
    [PENA_JOB_FINISHED] = answer,
};

void
pena_signing_advance (PenaSigning *self, PenaJobEvent event)
{
    PenaJobState next;

    if (event != PENA_JOB_EVENT_ERROR && !pena_signing_is_over (self) && has_changed (self)) {
        pena_signing_fail (self, changed_error ());
        return;
    }
    if (!pena_job_next (self->state, event, &next)) {
        if (!pena_signing_is_over (self))
            pena_signing_fail_with (self, PENA_ERROR_INTERNAL, "an event came out of turn");
        return;
    }
    self->state = next;
    if (actions[next] != NULL)
        actions[next](self);
}

void
pena_sign_job_run_async (const PenaServices *services, PenaSignRequest *request, PenaDocument *document,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (PenaSigning) self = g_new0 (PenaSigning, 1);

    g_atomic_ref_count_init (&self->references);
    self->state = PENA_JOB_RECEIVED;
    self->services = services;
    self->request = request;
    self->document = document;
    self->cancellable = g_object_ref (cancellable);
    self->task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_check_cancellable (self->task, FALSE);
    if (document->leased)
        self->look = g_timeout_add (PENA_BORROW_LOOK_MS, on_look, self);
    actions[self->state](self);
}

PenaSignResult *
pena_sign_job_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
