/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one verification
 * Copyright (C) 2026 the Pena authors */
#include "pena-verify-job.h"

#include <json-glib/json-glib.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-borrow.h"
#include "pena-crypto-policy.h"
#include "pena-inquiring.h"
#include "pena-trust.h"

#define REPORT_MAX (4 * 1024 * 1024)
/* The schema needs six; the parser recurses. */
#define REPORT_DEPTH_MAX 16

typedef struct {
    const PenaServices *services;
    PenaVerifyRequest *request;
    PenaVerifier *verifier;
    gchar *algorithms; /* or NULL: the built-in ones */
    JsonArray *
        asked; /* what the network was asked, or what earlier answers left; NULL when neither was looked for */
    gchar *first; /* the report without what earlier answers left, once that is looked for */
    guint look;   /* source id while the document is borrowed */
    gboolean changed;
} Job;

void
pena_verify_request_free (PenaVerifyRequest *self)
{
    if (self == NULL)
        return;
    pena_document_free (self->document);
    g_clear_pointer (&self->signature, g_bytes_unref);
    g_free (self->language);
    pena_secret_free (self->password);
    g_free (self);
}

static void
job_free (Job *self)
{
    g_clear_handle_id (&self->look, g_source_remove);
    pena_verifier_free (self->verifier);
    pena_verify_request_free (self->request);
    g_free (self->algorithms);
    g_free (self->first);
    g_clear_pointer (&self->asked, json_array_unref);
    g_free (self);
}

/* Brackets are counted outside of strings, so that the parser is never led deep. What opens a string must be
 * the same for the parser and here; so what it takes beyond JSON (comments, other quotes) is refused. */
static gboolean
depth_is_sane (const gchar *text)
{
    guint depth = 0;
    gboolean in_string = FALSE;

    for (; *text != '\0'; text++) {
        if (*text == '"')
            in_string = !in_string;
        else if (in_string && *text == '\\' && text[1] != '\0')
            text++;
        else if (!in_string && !g_ascii_isalnum (*text) && strchr ("{}[]:,+-. \t\r\n", *text) == NULL)
            return FALSE;
        else if (!in_string && (*text == '{' || *text == '[') && ++depth > REPORT_DEPTH_MAX)
            return FALSE;
        else if (!in_string && (*text == '}' || *text == ']') && depth > 0)
            depth--;
    }
    return TRUE;
}

/* What a worker that goes on to other documents may have said of this one. */
static gboolean
is_sound (JsonObject *report)
{
    static const gchar *const verdicts[] = {"valid", "indeterminate", "unsigned", NULL};
    JsonNode *verdict = json_object_get_member (report, "verdict");

    return verdict != NULL && JSON_NODE_HOLDS_VALUE (verdict) &&
           json_node_get_value_type (verdict) == G_TYPE_STRING &&
           g_strv_contains (verdicts, json_node_get_string (verdict));
}

gchar *
pena_verify_rewrite_report (const gchar *report, gboolean *ret_sound, GError **error)
{
    g_autoptr (JsonParser) parser = json_parser_new_immutable ();

    if (strlen (report) > REPORT_MAX || !depth_is_sane (report) ||
        !json_parser_load_from_data (parser, report, -1, NULL) || json_parser_get_root (parser) == NULL ||
        !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser))) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED,
                             "the report is not what was asked for");
        return NULL;
    }
    if (ret_sound != NULL)
        *ret_sound = is_sound (json_node_get_object (json_parser_get_root (parser)));
    return json_to_string (json_parser_get_root (parser), FALSE);
}

/* The report with what was asked or found in it; both were written by us. */
static gchar *
add_asked (const gchar *report, const gchar *member, JsonArray *asked)
{
    g_autoptr (JsonNode) root = json_from_string (report, NULL);

    json_object_set_array_member (json_node_get_object (root), member, json_array_ref (asked));
    return json_to_string (root, FALSE);
}

/* Whether an answer that was kept from an earlier question might settle it. Looking for that costs a second judgement, so it is
 * done only then. */
static gboolean
wants_more (const Job *self, const gchar *report)
{
    return !self->request->online && self->first == NULL &&
           (strstr (report, "\"TRY_LATER\"") != NULL ||
            strstr (report, "\"NO_CERTIFICATE_CHAIN_FOUND\"") != NULL) &&
           pena_network_has_kept (self->services->network);
}

/* ---- a borrowed document ---- */

static gboolean
is_still (Job *self)
{
    self->changed = self->changed || !pena_document_is_still (self->request->document);
    return !self->changed;
}

/* Somebody wants to write: they go first. */
static gboolean
on_look (gpointer user_data)
{
    Job *self = user_data;

    if (is_still (self))
        return G_SOURCE_CONTINUE;
    self->look = 0;
    pena_document_let_go (self->request->document);
    if (self->verifier != NULL)
        pena_worker_stop (self->verifier->worker);
    return G_SOURCE_REMOVE;
}

/* Takes the error, which is of no interest when the bytes were not those of one document. */
static void
return_error (GTask *task, GError *error)
{
    Job *self = g_task_get_task_data (task);

    if (!is_still (self)) {
        g_clear_error (&error);
        error = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_CHANGED,
                                     "somebody wants to write the borrowed file");
    }
    g_task_return_error (task, error);
}

/* ---- the steps ---- */

static void on_verifier (GObject *source, GAsyncResult *result, gpointer user_data);

/* Takes the task. By a worker of its own: what it has asked says what it has seen. */
static void
judge_again (GTask *task)
{
    Job *self = g_task_get_task_data (task);
    const PenaVerifierClient nobody = {.pidfd = -1};

    pena_verifiers_take_async (self->services->verifiers, &nobody, g_task_get_cancellable (task), on_verifier,
                               task);
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    gchar *written = NULL;
    gboolean sound = FALSE;
    GError *error = NULL;
    g_autoptr (GVariant) report = pena_worker_call_finish (result, &error);

    if (report != NULL)
        written = pena_verify_rewrite_report (g_variant_get_string (report, NULL), &sound, &error);
    if (written != NULL && self->asked != NULL) {
        g_autofree gchar *alone = written;
        written = add_asked (alone, self->request->online ? "online" : "kept", self->asked);
    }
    pena_verifiers_give_back (self->services->verifiers, g_steal_pointer (&self->verifier), sound);
    if (written != NULL && is_still (self) && wants_more (self, written)) {
        self->first = written;
        judge_again (g_steal_pointer (&task));
        return;
    }
    if (error == NULL && is_still (self)) {
        g_task_return_pointer (task, written, g_free);
        return;
    }
    g_free (written);
    return_error (task, error);
}

static GVariant *
bytes_array (GPtrArray *list)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_BYTESTRING_ARRAY);
    for (guint i = 0; i < list->len; i++)
        g_variant_builder_add_value (
            &builder, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, list->pdata[i], TRUE));
    return g_variant_builder_end (&builder);
}

/* NULL without error: the built-in ones. */
static gchar *
load_algorithms (const PenaConfig *config, GError **error)
{
    g_autofree gchar *text = NULL;
    g_autoptr (GError) failed = NULL;

    if (config->algorithms == NULL)
        return NULL;
    if (g_file_get_contents (config->algorithms, &text, NULL, &failed)) {
        g_autoptr (PenaCryptoPolicy) policy = pena_crypto_policy_parse (text, error);
        return policy != NULL ? g_steal_pointer (&text) : NULL;
    }
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, failed->message);
    pena_error_set_string (made, "reason", failed->message);
    g_propagate_error (error, made);
    return NULL;
}

/* What a worker knows from an earlier document it is not told again: revocation lists may be large. Takes the trust. */
static void
insert_trust (Job *self, GVariantDict *options, PenaTrust *trust)
{
    PenaVerifier *verifier = self->verifier;

    if (verifier->told != NULL && pena_trust_equal (verifier->told, trust)) {
        pena_trust_unref (trust);
        return;
    }
    g_variant_dict_insert_value (options, "anchors", bytes_array (trust->anchors));
    g_variant_dict_insert_value (options, "certificates", bytes_array (trust->certificates));
    g_variant_dict_insert_value (options, "crls", bytes_array (trust->crls));
    g_variant_dict_insert_value (options, "ocsps", bytes_array (trust->ocsps));
    g_clear_pointer (&verifier->told, pena_trust_unref);
    verifier->told = trust;
}

/* Takes the trust; NULL: the worker knows it already. */
static GVariant *
build_options (Job *self, PenaTrust *trust)
{
    const PenaVerifyRequest *request = self->request;
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    if (trust != NULL)
        insert_trust (self, &options, trust);
    if (request->document->sha256 != NULL)
        g_variant_dict_insert_value (
            &options, "sha256",
            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, request->document->sha256, TRUE));
    g_variant_dict_insert (&options, "time", "x", g_get_real_time () / G_USEC_PER_SEC);
    g_variant_dict_insert (&options, "need-revocation", "b", self->services->config->need_revocation);
    g_variant_dict_insert (&options, "attached", "b", request->attached);
    if (self->algorithms != NULL)
        g_variant_dict_insert (&options, "algorithms", "s", self->algorithms);
    if (request->signature != NULL)
        g_variant_dict_insert_value (
            &options, "signature",
            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, request->signature, TRUE));
    return g_variant_dict_end (&options);
}

/* Takes both. */
static void
judge (GTask *task, GVariant *options)
{
    Job *self = g_task_get_task_data (task);

    pena_worker_call_async (self->verifier->worker, "Verify", g_variant_new ("(@a{sv})", options),
                            g_task_get_cancellable (task), on_verified, task);
}

static void
on_inquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    GError *error = NULL;

    self->asked = pena_inquiring_run_finish (result, &error);
    if (self->asked == NULL || !is_still (self))
        return_error (task, error);
    else if (self->first != NULL && json_array_get_length (self->asked) == 0)
        g_task_return_pointer (task, g_steal_pointer (&self->first), g_free);
    else
        judge (g_steal_pointer (&task), build_options (self, NULL));
}

/* Takes the task and the trust. */
static void
inquire (GTask *task, PenaTrust *trust)
{
    Job *self = g_task_get_task_data (task);
    GVariant *options = build_options (self, trust);
    const PenaInquiringInput input = {.network = self->services->network,
                                      .worker = self->verifier->worker,
                                      .trust = self->verifier->told,
                                      .language = self->request->language,
                                      .kept_only = !self->request->online};

    pena_inquiring_run_async (&input, options, g_task_get_cancellable (task), on_inquired, task);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    g_autoptr (PenaTrust) trust = NULL;
    GError *error = NULL;
    g_autoptr (GVariant) facts = pena_worker_call_finish (result, &error);

    if (error == NULL)
        trust = pena_trust_keeper_get (self->services->trust_keeper, &error);
    if (error == NULL && self->algorithms == NULL)
        self->algorithms = load_algorithms (self->services->config, &error);
    if (error != NULL) {
        return_error (task, error);
        return;
    }
    if (self->request->online || self->first != NULL)
        inquire (g_steal_pointer (&task), g_steal_pointer (&trust));
    else
        judge (g_steal_pointer (&task), build_options (self, g_steal_pointer (&trust)));
}

static void
on_verifier (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Job *self = g_task_get_task_data (task);
    const PenaVerifyRequest *request = self->request;
    GCancellable *cancellable = g_task_get_cancellable (task);
    GError *error = NULL;

    self->verifier = pena_verifiers_take_finish (result, &error);
    if (self->verifier == NULL || !is_still (self)) {
        return_error (task, error);
        return;
    }
    const PenaOpening opening = {.document = request->document,
                                 .format =
                                     request->signature == NULL && !request->attached ? "pades" : "cades",
                                 .language = request->language,
                                 .password = request->password};
    pena_worker_open_async (self->verifier->worker, &opening, cancellable, on_opened,
                            g_steal_pointer (&task));
}

void
pena_verify_job_run_async (const PenaServices *services, PenaVerifyRequest *request,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    Job *self = g_new0 (Job, 1);

    self->services = services;
    self->request = request;
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)job_free);
    if (request->document->leased)
        self->look = g_timeout_add (PENA_BORROW_LOOK_MS, on_look, self);
    pena_verifiers_take_async (services->verifiers, &request->client, cancellable, on_verifier, task);
}

gchar *
pena_verify_job_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
