/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one place where the agent asks others
 * Copyright (C) 2026 the Pena authors */
#include "pena-network.h"

#include <pena/pena-error.h>

#include "pena-ask.h"

/* Needs of one batch that are under way at a time. */
#define AT_ONCE 4

struct _PenaNetwork {
    PenaAskShared shared;
};

typedef struct {
    PenaNetwork *network;
    GPtrArray *needs, *anchors, *certificates, *crls, *ocsps;
    guint next, running;
    gboolean kept_only;
} Batch;

static void
batch_free (Batch *self)
{
    g_ptr_array_unref (self->needs);
    g_ptr_array_unref (self->anchors);
    g_ptr_array_unref (self->certificates);
    g_ptr_array_unref (self->crls);
    g_ptr_array_unref (self->ocsps);
    g_free (self);
}

PenaNetwork *
pena_network_new (const PenaConfig *config, const gchar *cache_folder, GError **error)
{
    g_autoptr (PenaFetcher) fetcher = pena_fetcher_new (config, error);

    if (fetcher == NULL)
        return NULL;
    PenaNetwork *self = g_new0 (PenaNetwork, 1);
    self->shared.config = config;
    self->shared.fetcher = g_steal_pointer (&fetcher);
    self->shared.cache = pena_cache_new (cache_folder, config->cache_age, config->cache_size);
    self->shared.resting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

void
pena_network_free (PenaNetwork *self)
{
    if (self == NULL)
        return;
    pena_fetcher_free (self->shared.fetcher);
    pena_cache_free (self->shared.cache);
    g_hash_table_unref (self->shared.resting);
    g_free (self);
}

static void
return_result (GTask *task)
{
    const Batch *batch = g_task_get_task_data (task);

    for (guint i = 0; i < batch->needs->len; i++) {
        const PenaNeed *need = g_ptr_array_index (batch->needs, i);
        if (need->error != NULL) {
            g_task_return_error (task, g_error_copy (need->error));
            return;
        }
    }
    g_task_return_boolean (task, TRUE);
}

static void begin_more (GTask *task);

static void
on_finished (PenaAsk *ask, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Batch *batch = g_task_get_task_data (task);

    pena_ask_free (ask);
    batch->running--;
    begin_more (task);
}

static void
begin_one (GTask *task, PenaNeed *need)
{
    Batch *batch = g_task_get_task_data (task);
    PenaAsk *ask = pena_ask_new (&batch->network->shared, need);
    GCancellable *cancellable = g_task_get_cancellable (task);

    ask->anchors = batch->anchors;
    ask->certificates = batch->certificates;
    ask->crls = batch->crls;
    ask->ocsps = batch->ocsps;
    ask->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
    ask->kept_only = batch->kept_only;
    ask->finished = on_finished;
    ask->user_data = g_object_ref (task);
    batch->running++;
    switch (need->kind) {
    case PENA_NEED_TIME_STAMP:
        pena_ask_time_stamp (ask);
        break;
    case PENA_NEED_REVOCATION:
        pena_ask_revocation (ask);
        break;
    case PENA_NEED_ISSUER:
    default:
        pena_ask_issuer (ask);
        break;
    }
}

/* One that is answered at once comes back in here through on_finished(): the list is looked at afresh each time round. */
static void
begin_more (GTask *task)
{
    Batch *batch = g_task_get_task_data (task);

    while (batch->next < batch->needs->len && batch->running < AT_ONCE)
        begin_one (task, g_ptr_array_index (batch->needs, batch->next++));
    if (batch->running == 0 && batch->next != G_MAXUINT) {
        batch->next = G_MAXUINT; /* told once */
        return_result (task);
    }
}

static gboolean
on_idle (gpointer user_data)
{
    begin_more (user_data);
    return G_SOURCE_REMOVE;
}

static GPtrArray *
ref_or_empty (GPtrArray *array)
{
    return array != NULL ? g_ptr_array_ref (array)
                         : g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

/* Takes the task. */
static void
begin (PenaNetwork *self, GPtrArray *needs, const PenaTrust *trust, gboolean kept_only, GTask *task)
{
    Batch *batch = g_new0 (Batch, 1);

    batch->network = self;
    batch->kept_only = kept_only;
    batch->needs = g_ptr_array_ref (needs);
    batch->anchors = ref_or_empty (trust->anchors);
    batch->certificates = ref_or_empty (trust->certificates);
    batch->crls = ref_or_empty (trust->crls);
    batch->ocsps = ref_or_empty (trust->ocsps);
    g_task_set_task_data (task, batch, (GDestroyNotify)batch_free);
    g_task_set_check_cancellable (task, FALSE); /* each need says so itself */
    g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, task, g_object_unref);
}

void
pena_network_answer_async (PenaNetwork *self, GPtrArray *needs, const PenaTrust *trust,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    begin (self, needs, trust, FALSE, g_task_new (NULL, cancellable, callback, user_data));
}

void
pena_network_recall_async (PenaNetwork *self, GPtrArray *needs, const PenaTrust *trust,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    begin (self, needs, trust, TRUE, g_task_new (NULL, cancellable, callback, user_data));
}

gboolean
pena_network_has_kept (const PenaNetwork *self)
{
    return !pena_cache_is_empty (self->shared.cache);
}

gboolean
pena_network_answer_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}
