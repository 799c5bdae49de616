/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: extending the signatures of a document to a higher level
 * Copyright (C) 2026 the Pena authors */
#include "pena-extend-job.h"

#include "pena-raising.h"
#include "pena-signed-parts.h"

typedef struct {
    const PenaServices *services;
    PenaExtendRequest *request;
    PenaDocument *document;
    PenaWorker *worker;
    PenaTrust *trust;
} Job;

void
pena_extend_request_free (PenaExtendRequest *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->signature, g_bytes_unref);
    pena_secret_free (self->password);
    g_free (self->language);
    g_free (self);
}

static void
job_free (Job *self)
{
    pena_worker_free (self->worker);
    pena_extend_request_free (self->request);
    pena_document_free (self->document);
    g_clear_pointer (&self->trust, pena_trust_unref);
    g_free (self);
}

/* The content stays as it stands in the document, whatever its encoding. */
static gboolean
put_around (PenaSignResult *result, const PenaRaised *raised, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (raised->output, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, error);

    if (parts == NULL)
        return FALSE;
    pena_signed_parts_encode_around_encapsulated (parts, raised->content_size, &result->head,
                                                  &result->output);
    result->from = raised->content_offset;
    result->size = raised->content_size;
    return TRUE;
}

static void
on_raised (GObject *source, GAsyncResult *async_result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (PenaRaised) raised = pena_raising_run_finish (async_result, &error);

    if (raised == NULL) {
        g_task_return_error (task, error);
        return;
    }
    g_autoptr (PenaSignResult) result = g_new0 (PenaSignResult, 1);
    result->level = raised->level;
    result->reason = g_steal_pointer (&raised->reason);
    result->size = self->document->size;
    if (!self->request->attached) {
        result->output = g_steal_pointer (&raised->output);
    } else if (!put_around (result, raised, &error)) {
        g_task_return_error (task, error);
        return;
    }
    result->document = g_steal_pointer (&self->document);
    g_task_return_pointer (task, g_steal_pointer (&result), (GDestroyNotify)pena_sign_result_free);
}

static gboolean
is_pdf (const PenaExtendRequest *request)
{
    return request->signature == NULL && !request->attached;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    GCancellable *cancellable = g_task_get_cancellable (task);
    GError *error = NULL;
    g_autoptr (GVariant) facts = pena_worker_call_finish (result, &error);

    if (error == NULL)
        self->trust = pena_trust_keeper_get (self->services->trust_keeper, &error);
    if (error != NULL) {
        g_task_return_error (task, error);
        return;
    }
    const PenaRaisingInput input = {.network = self->services->network,
                                    .worker = self->worker,
                                    .document = self->document,
                                    .trust = self->trust,
                                    .pades = is_pdf (self->request),
                                    .attached = self->request->attached,
                                    .output = self->request->signature,
                                    .target = self->request->level,
                                    .allow_lower = self->request->allow_lower,
                                    .progress = self->request->progress};
    pena_raising_run_async (&input, cancellable, on_raised, g_steal_pointer (&task));
}

static void
on_worker (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    GCancellable *cancellable = g_task_get_cancellable (task);
    GError *error = NULL;

    self->worker = pena_worker_pool_take_finish (result, &error);
    if (self->worker == NULL) {
        g_task_return_error (task, error);
        return;
    }
    const PenaOpening opening = {.document = self->document,
                                 .format = is_pdf (self->request) ? "pades" : "cades",
                                 .language = self->request->language,
                                 .password = self->request->password};
    pena_worker_open_async (self->worker, &opening, cancellable, on_opened, g_steal_pointer (&task));
}

void
pena_extend_job_run_async (const PenaServices *services, PenaExtendRequest *request, PenaDocument *document,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    Job *self = g_new0 (Job, 1);

    self->services = services;
    self->request = request;
    self->document = document;
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)job_free);
    pena_progress_tell (&request->progress, "preparing");
    pena_worker_pool_take_async (services->workers, cancellable, on_worker, task);
}

PenaSignResult *
pena_extend_job_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
