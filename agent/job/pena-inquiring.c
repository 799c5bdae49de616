/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking the network what a worker wants to know before it judges a document
 * Copyright (C) 2026 the Pena authors */
#include "pena-inquiring.h"

#include <pena/pena-error.h>

#include "pena-certificate.h"
#include "pena-need-variant.h"
#include "pena-text.h"

/* Who writes a document chooses what is asked; a letter with several signatures and their time-stamps asks for a dozen. */
#define QUESTIONS_MAX 64
#define ROUNDS_MAX 16

typedef struct {
    PenaInquiringInput input;
    GPtrArray *needs; /* of this round */
    JsonArray *told;
    guint rounds, questions;
} Inquiring;

static void
inquiring_free (Inquiring *self)
{
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_clear_pointer (&self->told, json_array_unref);
    g_free (self);
}

static void
finish (GTask *task, GError *error)
{
    Inquiring *self = g_task_get_task_data (task);

    if (error != NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, g_steal_pointer (&self->told), (GDestroyNotify)json_array_unref);
    g_object_unref (task);
}

/* ---- what is told ---- */

static void
set_string (JsonObject *object, const gchar *member, const gchar *value)
{
    if (value != NULL)
        json_object_set_string_member (object, member, value);
    else
        json_object_set_null_member (object, member);
}

static void
tell (Inquiring *self, const PenaNeed *need)
{
    static const gchar *const kinds[] = {
        [PENA_ANSWER_OCSP] = "ocsp", [PENA_ANSWER_CRL] = "crl", [PENA_ANSWER_ISSUER] = "certificate"};
    JsonObject *entry = json_object_new ();
    g_autoptr (X509) certificate = pena_certificate_parse (need->certificate, NULL);
    g_autofree gchar *name = certificate != NULL ? pena_certificate_display_name (certificate) : NULL;
    g_autofree gchar *problem = need->error != NULL ? pena_error_describe (need->error) : NULL;

    set_string (entry, "about", need->kind == PENA_NEED_REVOCATION ? "revocation" : "issuer");
    set_string (entry, "certificate", name);
    set_string (entry, "answer", need->answer_kind != PENA_ANSWER_NONE ? kinds[need->answer_kind] : NULL);
    set_string (entry, "host", need->host);
    set_string (entry, "code", need->error != NULL ? pena_error_name (pena_error_code (need->error)) : NULL);
    set_string (entry, "problem", problem);
    json_array_add_object_element (self->told, entry);
}

/* ---- question and answer ---- */

static void ask_worker (GTask *task, GVariant *options);

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Inquiring *self = g_task_get_task_data (task);
    g_autoptr (GError) failed = NULL;

    pena_network_answer_finish (result, &failed);
    if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
        finish (task, g_error_new_literal (PENA_ERROR, PENA_ERROR_CANCELLED, "cancelled"));
        return;
    }
    pena_text_set_language (self->input.language);
    for (guint i = 0; i < self->needs->len; i++) {
        const PenaNeed *need = self->needs->pdata[i];
        self->questions++;
        if (!self->input.kept_only || need->error == NULL)
            tell (self, need);
    }
    ask_worker (task, NULL);
}

static void
ask_network (GTask *task)
{
    Inquiring *self = g_task_get_task_data (task);

    for (guint i = 0; i < self->needs->len; i++)
        ((PenaNeed *)self->needs->pdata[i])->judging = TRUE;
    (self->input.kept_only ? pena_network_recall_async
                           : pena_network_answer_async) (self->input.network, self->needs, self->input.trust,
                                                         g_task_get_cancellable (task), on_answered, task);
}

static void
on_needs (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Inquiring *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GVariant) needs = pena_worker_call_finish (result, &error);

    g_clear_pointer (&self->needs, g_ptr_array_unref);
    if (error == NULL)
        self->needs = pena_needs_from_variant (needs, &self->rounds, ROUNDS_MAX, &error);
    if (error != NULL || self->needs->len == 0 || self->questions + self->needs->len > QUESTIONS_MAX)
        finish (task, error);
    else
        ask_network (task);
}

/* options: NULL after the first question. */
static void
ask_worker (GTask *task, GVariant *options)
{
    Inquiring *self = g_task_get_task_data (task);
    GVariantDict empty;

    if (options == NULL) {
        g_variant_dict_init (&empty, NULL);
        options = g_variant_dict_end (&empty);
    }
    pena_worker_call_async (self->input.worker, "Inquire",
                            g_variant_new ("(@a{sv}@aa{sv})", options, pena_answers_to_variant (self->needs)),
                            g_task_get_cancellable (task), on_needs, task);
}

void
pena_inquiring_run_async (const PenaInquiringInput *input, GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    Inquiring *self = g_new0 (Inquiring, 1);

    self->input = *input;
    self->told = json_array_new ();
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)inquiring_free);
    ask_worker (task, options);
}

JsonArray *
pena_inquiring_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
