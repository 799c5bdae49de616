/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper's side of org.pena.TokenHelper1
 * Copyright (C) 2026 the Pena authors */
#include "service.h"

#include <pena/pena-error.h>
#include <string.h>

#include "ipc-child.h"
#include "list.h"
#include "pena-text.h"
#include "pena-token-interface.h"
#include "sign.h"

#define JOBS_MAX 32
#define STRING_MAX 4096
#define TO_BE_SIGNED_MAX (64 * 1024)

struct _PenaService {
    PenaIpcPeer *agent;
    GMainLoop *loop;
    const PenaServiceSettings *settings;
    PenaTokens *tokens;
    GQueue jobs;         /* the first is the one that runs */
    GAsyncQueue *to_run; /* that one, until the signing thread takes it */
};

typedef struct {
    PenaService *service;
    guint64 number;
    guint64 call; /* that is answered with the outcome */
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

static void
tell_stage (PenaService *self, guint64 number, const gchar *stage)
{
    pena_ipc_peer_tell (self->agent, "Progress", g_variant_new ("(ts)", number, stage));
}

static gboolean
emit_stage (gpointer data)
{
    Stage *stage = data;

    tell_stage (stage->job->service, stage->job->number, stage->stage);
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
        pena_ipc_peer_fail (self->agent, job->call, g_steal_pointer (&job->error));
    else
        pena_ipc_peer_answer (self->agent, job->call,
                              g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING,
                                                                                job->signature, TRUE)));
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

static void
refuse (PenaService *self, guint64 call, PenaErrorCode code, const gchar *reason)
{
    GError *error = g_error_new_literal (PENA_ERROR, (gint)code, reason);

    pena_error_set_string (error, "reason", reason);
    pena_ipc_peer_fail (self->agent, call, error);
}

static void
on_sign (PenaService *self, guint64 call, GVariant *arguments)
{
    g_autoptr (Job) job = g_new0 (Job, 1);
    g_autoptr (GVariant) to_be_signed = NULL, prompt = NULL;

    job->service = self;
    job->call = call;
    job->cancellable = g_cancellable_new ();
    g_variant_get (arguments, "(tss@ay@a{sv})", &job->number, &job->signing.credential, &job->signing.scheme,
                   &to_be_signed, &prompt);
    if (!parse_prompt (job, prompt))
        return refuse (self, call, PENA_ERROR_REQUEST_INVALID, "no SHA-256 of the document");
    if (g_variant_get_size (to_be_signed) == 0 || g_variant_get_size (to_be_signed) > TO_BE_SIGNED_MAX)
        return refuse (self, call, PENA_ERROR_REQUEST_INVALID, "nothing or too much to be signed");
    if (find_job (self, job->number) != NULL || g_queue_get_length (&self->jobs) >= JOBS_MAX)
        return refuse (self, call, PENA_ERROR_BUSY, "too many prompts are waiting");
    job->signing.to_be_signed = g_variant_get_data_as_bytes (to_be_signed);
    job->signing.program = self->settings->prompt_program;
    job->signing.timeout = self->settings->prompt_timeout;
    job->signing.progress = on_progress;
    job->signing.user_data = job;

    g_queue_push_tail (&self->jobs, job);
    if (g_queue_get_length (&self->jobs) == 1)
        start_first (self);
    else
        tell_stage (self, job->number, "waiting");
    g_steal_pointer (&job);
}

static void
on_cancel (PenaService *self, guint64 call, GVariant *arguments)
{
    guint64 number;

    g_variant_get (arguments, "(t)", &number);
    Job *job = find_job (self, number);
    if (job != NULL) {
        g_cancellable_cancel (job->cancellable);
        if (job != g_queue_peek_head (&self->jobs)) {
            g_queue_remove (&self->jobs, job);
            refuse (self, job->call, PENA_ERROR_CANCELLED, "cancelled while it waited for its turn");
            job_free (job);
        }
    }
    pena_ipc_peer_answer (self->agent, call, g_variant_new ("()"));
}

/* One listing; task data of its GTask. */
typedef struct {
    PenaService *service;
    guint64 call;
} Listing;

static void
list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    PenaService *self = ((Listing *)task_data)->service;
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
    const Listing *listing = g_task_get_task_data (G_TASK (result));
    GError *error = NULL;
    g_autoptr (GVariant) list = g_task_propagate_pointer (G_TASK (result), &error);

    if (list != NULL)
        pena_ipc_peer_answer (listing->service->agent, listing->call, g_variant_new ("(@aa{sv})", list));
    else
        pena_ipc_peer_fail (listing->service->agent, listing->call, error);
}

static void
on_list_tokens (PenaService *self, guint64 call, GVariant *arguments)
{
    g_autoptr (GTask) task = g_task_new (NULL, NULL, on_listed, NULL);
    Listing *listing = g_new (Listing, 1);

    *listing = (Listing){self, call};
    g_task_set_task_data (task, listing, g_free);
    g_task_run_in_thread (task, list_in_thread);
}

static void
on_call (guint64 number, const gchar *method, GVariant *arguments, gpointer user_data)
{
    static const struct {
        const gchar *name;
        void (*call) (PenaService *self, guint64 call, GVariant *arguments);
    } methods[] = {{"ListTokens", on_list_tokens}, {"Sign", on_sign}, {"Cancel", on_cancel}};

    for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
        if (g_str_equal (methods[i].name, method))
            methods[i].call (user_data, number, arguments);
}

static void
on_closed (gpointer user_data)
{
    PenaService *self = user_data;

    g_main_loop_quit (self->loop);
}

PenaService *
pena_service_new (const PenaServiceSettings *settings, GMainLoop *loop, GError **error)
{
    static const PenaIpcPeerEvents events = {on_call, NULL, on_closed};
    PenaService *self = g_new0 (PenaService, 1);

    self->agent = pena_ipc_child_connect (&pena_token_helper1_interface, &events, self, error);
    if (self->agent == NULL) {
        g_free (self);
        return NULL;
    }
    self->settings = settings;
    self->loop = loop;
    self->tokens = pena_tokens_new (settings->modules);
    g_queue_init (&self->jobs);
    self->to_run = g_async_queue_new ();
    g_thread_unref (g_thread_new ("signing", sign_in_turn, self));
    return self;
}

void
pena_service_stop (PenaService *self)
{
    for (GList *at = self->jobs.head; at != NULL; at = at->next)
        g_cancellable_cancel (((Job *)at->data)->cancellable);
}
