/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper's side of org.pena.TokenHelper1
 * Copyright (C) 2026 the Pena authors */
#include "service.h"

#include <pena/pena-error.h>
#include <string.h>

#include "ipc-error.h"
#include "list.h"
#include "pena-text.h"
#include "pena-token-dbus.h"
#include "sign.h"

#define OBJECT_PATH "/org/pena/TokenHelper"
#define JOBS_MAX 32
#define STRING_MAX 4096
#define TO_BE_SIGNED_MAX (64 * 1024)

struct _PenaService {
    PenaDbusTokenHelper1 *skeleton;
    const PenaServiceSettings *settings;
    PenaTokens *tokens;
    GQueue jobs;         /* the first is the one that runs */
    GAsyncQueue *to_run; /* that one, until the signing thread takes it */
};

typedef struct {
    PenaService *service;
    guint64 number;
    GDBusMethodInvocation *invocation;
    GCancellable *cancellable;
    gchar *language;
    PenaSigning signing;
    GBytes *signature; /* the outcome, or: */
    GError *error;
} Job;

static void
job_free (Job *job)
{
    g_free (job->signing.credential);
    g_free (job->signing.scheme);
    g_clear_pointer (&job->signing.to_be_signed, g_bytes_unref);
    g_free (job->signing.document);
    g_free (job->signing.application);
    g_free (job->signing.tty);
    g_free (job->signing.term);
    g_free (job->signing.display);
    g_free (job->language);
    g_object_unref (job->cancellable);
    g_clear_pointer (&job->signature, g_bytes_unref);
    g_clear_error (&job->error);
    g_free (job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static gchar *
take_string (GVariant *dictionary, const gchar *key)
{
    const gchar *value = "";

    g_variant_lookup (dictionary, key, "&s", &value);
    return g_strndup (value, STRING_MAX);
}

static gboolean
parse_prompt (Job *job, GVariant *prompt)
{
    PenaSigning *signing = &job->signing;
    guint pages;
    g_autoptr (GVariant) sha256 = g_variant_lookup_value (prompt, "sha256", G_VARIANT_TYPE_BYTESTRING);

    signing->document = take_string (prompt, "document");
    signing->application = take_string (prompt, "application");
    signing->tty = take_string (prompt, "tty");
    signing->term = take_string (prompt, "term");
    signing->display = take_string (prompt, "display");
    job->language = take_string (prompt, "language");
    g_variant_lookup (prompt, "size", "t", &signing->size);
    signing->pages = g_variant_lookup (prompt, "pages", "u", &pages) ? (gint64)pages : -1;
    g_variant_lookup (prompt, "certify", "u", &signing->certify);
    if (sha256 == NULL || g_variant_get_size (sha256) != sizeof signing->sha256)
        return FALSE;
    memcpy (signing->sha256, g_variant_get_data (sha256), sizeof signing->sha256);
    return TRUE;
}

/* ---- progress, from the signing thread by way of the main one ---- */

/* In the main thread, in the order in which it was called. Unlike g_main_context_invoke() also while the main loop does not run,
 * which is when the program ends. */
static void
tell_main (GSourceFunc function, gpointer data, GDestroyNotify destroy)
{
    g_idle_add_full (G_PRIORITY_DEFAULT, function, data, destroy);
}

typedef struct {
    Job *job; /* lives until its answer, which comes after this */
    const gchar *stage;
} Stage;

static gboolean
emit_stage (gpointer data)
{
    Stage *stage = data;

    pena_dbus_token_helper1_emit_progress (stage->job->service->skeleton, stage->job->number, stage->stage);
    return G_SOURCE_REMOVE;
}

static void
on_progress (const gchar *stage, gpointer user_data)
{
    Stage *note = g_new (Stage, 1);

    *note = (Stage){user_data, stage};
    tell_main (emit_stage, note, g_free);
}

/* ---- the queue ---- */

static void start_first (PenaService *self);

static gboolean
on_signed (gpointer data)
{
    g_autoptr (Job) job = data;
    PenaService *self = job->service;

    g_queue_remove (&self->jobs, job);
    if (g_cancellable_is_cancelled (job->cancellable)) {
        g_clear_error (&job->error);
        job->error = g_error_new_literal (PENA_ERROR, PENA_ERROR_CANCELLED, "the job was cancelled");
    }
    if (job->error != NULL)
        pena_ipc_return_error (job->invocation, g_steal_pointer (&job->error));
    else
        pena_dbus_token_helper1_complete_sign (
            self->skeleton, job->invocation,
            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, job->signature, TRUE));
    start_first (self);
    return G_SOURCE_REMOVE;
}

/* The prompt of a signature is kept for the next one that comes soon. The kernel ends a pinentry together with the thread that
 * started it: therefore one thread makes all signatures, and lives as long as the program. */
static gpointer
sign_in_turn (gpointer data)
{
    PenaService *self = data;
    PenaPrompt *kept = NULL;

    for (;;) {
        Job *job = kept != NULL ? g_async_queue_timeout_pop (self->to_run,
                                                             PENA_PROMPT_KEEP_MAX * G_TIME_SPAN_MILLISECOND)
                                : g_async_queue_pop (self->to_run);
        if (job == NULL) {
            g_clear_pointer (&kept, pena_prompt_close);
            continue;
        }
        job->signature = pena_sign (self->tokens, &job->signing, &kept, job->cancellable, &job->error);
        tell_main (on_signed, job, NULL);
    }
    return NULL;
}

static void
start_first (PenaService *self)
{
    Job *job = g_queue_peek_head (&self->jobs);

    if (job == NULL)
        return;
    /* One job at a time has texts, so the language is its own until it is done. */
    pena_text_set_language (job->language);
    g_async_queue_push (self->to_run, job);
}

static Job *
find_job (PenaService *self, guint64 number)
{
    for (GList *at = self->jobs.head; at != NULL; at = at->next)
        if (((Job *)at->data)->number == number)
            return at->data;
    return NULL;
}

/* ---- methods ---- */

static gboolean
refuse (GDBusMethodInvocation *invocation, PenaErrorCode code, const gchar *reason)
{
    GError *error = g_error_new_literal (PENA_ERROR, (gint)code, reason);

    pena_error_set_string (error, "reason", reason);
    pena_ipc_return_error (invocation, error);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_sign (PenaDbusTokenHelper1 *skeleton, GDBusMethodInvocation *invocation, guint64 number,
         const gchar *credential, const gchar *scheme, GVariant *to_be_signed, GVariant *prompt,
         PenaService *self)
{
    g_autoptr (Job) job = g_new0 (Job, 1);

    job->service = self;
    job->number = number;
    job->cancellable = g_cancellable_new ();
    job->invocation = invocation;
    if (!parse_prompt (job, prompt))
        return refuse (invocation, PENA_ERROR_REQUEST_INVALID, "no SHA-256 of the document");
    if (g_variant_get_size (to_be_signed) == 0 || g_variant_get_size (to_be_signed) > TO_BE_SIGNED_MAX)
        return refuse (invocation, PENA_ERROR_REQUEST_INVALID, "nothing or too much to be signed");
    if (find_job (self, number) != NULL || g_queue_get_length (&self->jobs) >= JOBS_MAX)
        return refuse (invocation, PENA_ERROR_BUSY, "too many prompts are waiting");
    job->signing.credential = g_strdup (credential);
    job->signing.scheme = g_strdup (scheme);
    job->signing.to_be_signed = g_variant_get_data_as_bytes (to_be_signed);
    job->signing.program = self->settings->prompt_program;
    job->signing.timeout = self->settings->prompt_timeout;
    job->signing.progress = on_progress;
    job->signing.user_data = job;

    g_queue_push_tail (&self->jobs, job);
    if (g_queue_get_length (&self->jobs) == 1)
        start_first (self);
    else
        pena_dbus_token_helper1_emit_progress (skeleton, number, "waiting");
    g_steal_pointer (&job);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_cancel (PenaDbusTokenHelper1 *skeleton, GDBusMethodInvocation *invocation, guint64 number,
           PenaService *self)
{
    Job *job = find_job (self, number);

    if (job != NULL) {
        g_cancellable_cancel (job->cancellable);
        if (job != g_queue_peek_head (&self->jobs)) {
            g_queue_remove (&self->jobs, job);
            refuse (job->invocation, PENA_ERROR_CANCELLED, "cancelled while it waited for its turn");
            job_free (job);
        }
    }
    pena_dbus_token_helper1_complete_cancel (skeleton, invocation);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    PenaService *self = task_data;
    GError *error = NULL;
    GVariant *list = NULL;

    pena_tokens_lock (self->tokens);
    if (pena_tokens_refresh (self->tokens, &error))
        list = g_variant_ref_sink (pena_tokens_to_variant (self->tokens));
    pena_tokens_unlock (self->tokens);
    if (list != NULL)
        g_task_return_pointer (task, list, (GDestroyNotify)g_variant_unref);
    else
        g_task_return_error (task, error);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    PenaService *self = g_task_get_task_data (G_TASK (result));
    GError *error = NULL;
    g_autoptr (GVariant) list = g_task_propagate_pointer (G_TASK (result), &error);

    if (list != NULL)
        pena_dbus_token_helper1_complete_list_tokens (self->skeleton, invocation, list);
    else
        pena_ipc_return_error (invocation, error);
}

static gboolean
on_list_tokens (PenaDbusTokenHelper1 *skeleton, GDBusMethodInvocation *invocation, PenaService *self)
{
    g_autoptr (GTask) task = g_task_new (NULL, NULL, on_listed, invocation);

    g_task_set_task_data (task, self, NULL);
    g_task_run_in_thread (task, list_in_thread);
    return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PenaService *
pena_service_new (GDBusConnection *connection, const PenaServiceSettings *settings, GError **error)
{
    PenaService *self = g_new0 (PenaService, 1);

    self->settings = settings;
    self->tokens = pena_tokens_new (settings->modules);
    self->skeleton = pena_dbus_token_helper1_skeleton_new ();
    g_queue_init (&self->jobs);
    self->to_run = g_async_queue_new ();
    g_signal_connect (self->skeleton, "handle-list-tokens", G_CALLBACK (on_list_tokens), self);
    g_signal_connect (self->skeleton, "handle-sign", G_CALLBACK (on_sign), self);
    g_signal_connect (self->skeleton, "handle-cancel", G_CALLBACK (on_cancel), self);
    if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), connection,
                                           OBJECT_PATH, error)) {
        g_object_unref (self->skeleton);
        g_async_queue_unref (self->to_run);
        pena_tokens_free (self->tokens);
        g_free (self);
        return NULL;
    }
    g_thread_unref (g_thread_new ("signing", sign_in_turn, self));
    return self;
}

void
pena_service_stop (PenaService *self)
{
    for (GList *at = self->jobs.head; at != NULL; at = at->next)
        g_cancellable_cancel (((Job *)at->data)->cancellable);
}
