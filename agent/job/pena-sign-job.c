/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, from the sealed document to the verified result
 * Copyright (C) 2026 the Pena authors */
#include "pena-sign-job.h"

#include <pena/pena-error.h>

#include "pena-ades.h"
#include "pena-archive.h"
#include "pena-choice.h"
#include "pena-plan.h"
#include "pena-raising.h"
#include "pena-signed-parts.h"
#include "pena-repair.h"
#include "pena-text.h"
#include "pena-trust.h"
#include "pena-ulid.h"

/* For a time-stamp in a PDF signature, bytes: a token with its chain takes some 6 KiB. */
#define STAMP_ROOM (12 * 1024)

typedef struct {
    gatomicrefcount references;
    PenaJobState state;
    GTask *task;
    GCancellable *cancellable;
    const PenaServices *services;
    PenaSignRequest *request;
    PenaDocument *document;
    PenaDocument *received; /* once `document` is a repaired copy of it */
    GError *damage;         /* why it was repaired */
    PenaWorker *worker;

    guint32 pages;
    gboolean opened;
    GVariant *tokens;
    GError *tokens_error;
    PenaTrust *trust;
    GVariant *credential;

    gint64 time;
    gint utc_offset;
    gchar *signature_id;
    PenaStampPicture *picture; /* NULL: invisible */
    PenaAdesDraft *draft;
    PenaPlan *plan; /* PAdES */
    GBytes *digest; /* of what is signed: the document, or that and the plan */
    GBytes *to_be_signed;
    gboolean has_turn;
    GBytes *value;
    GBytes *cms;
    GPtrArray *needs; /* PAdES: the time-stamp in the signature */
    GPtrArray *chain; /* of GBytes: while the level is raised */
    GBytes *output;
    PenaLevel level;
    GError *reason; /* why the level stays below */
} Job;

static void advance (Job *self, PenaJobEvent event);

static Job *
job_ref (Job *self)
{
    g_atomic_ref_count_inc (&self->references);
    return self;
}

static void
job_unref (Job *self)
{
    if (!g_atomic_ref_count_dec (&self->references))
        return;
    pena_worker_free (self->worker);
    pena_document_free (self->document);
    pena_document_free (self->received);
    g_clear_error (&self->damage);
    pena_sign_request_free (self->request);
    g_clear_object (&self->task);
    g_clear_object (&self->cancellable);
    g_clear_error (&self->tokens_error);
    g_clear_pointer (&self->trust, pena_trust_free);
    g_clear_pointer (&self->tokens, g_variant_unref);
    g_clear_pointer (&self->credential, g_variant_unref);
    g_clear_pointer (&self->draft, pena_ades_draft_free);
    g_clear_pointer (&self->plan, pena_plan_free);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_clear_pointer (&self->chain, g_ptr_array_unref);
    g_clear_error (&self->reason);
    g_clear_pointer (&self->picture, pena_stamp_picture_free);
    g_free (self->signature_id);
    GBytes **const bytes[] = {&self->digest, &self->to_be_signed, &self->value, &self->cms, &self->output};
    for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
        g_clear_pointer (bytes[i], g_bytes_unref);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_unref)

static gboolean
is_over (const Job *self)
{
    return self->state == PENA_JOB_FINISHED || self->state == PENA_JOB_FAILED;
}

static void
end_turn (Job *self, const GError *error)
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

/* Takes the error. A job that is over stays as it is. */
static void
fail (Job *self, GError *error)
{
    g_autoptr (GError) owned = error;

    if (is_over (self))
        return;
    g_debug ("signing failed in state %s: %s", pena_job_state_name (self->state),
             pena_error_name (pena_error_code (error)));
    end_turn (self, error);
    advance (self, PENA_JOB_EVENT_ERROR);
    g_clear_pointer (&self->worker, pena_worker_free);
    g_task_return_error (self->task, g_steal_pointer (&owned));
}

static void
fail_with (Job *self, PenaErrorCode code, const gchar *message)
{
    fail (self, g_error_new_literal (PENA_ERROR, (gint)code, message));
}

/* ---- received: a damaged document is repaired where that is wanted ---- */

static void on_worker (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
is_damage (const GError *error)
{
    return g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED) ||
           g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_NOT_PDF) ||
           g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_NO_PAGES);
}

/* Takes the error. What was no PDF, or had no pages, is still best called that. */
static void
fail_repair (Job *self, GError *error)
{
    g_autoptr (GError) owned = error;
    gboolean is_about_document =
        is_damage (error) || g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE);

    if (is_about_document && !g_error_matches (self->damage, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED)) {
        fail (self, g_steal_pointer (&self->damage));
        return;
    }
    if (is_damage (error)) {
        g_autoptr (GVariant) facts = pena_error_dup_facts (error);
        const gchar *reason = NULL;
        owned = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE, error->message);
        g_variant_lookup (facts, "reason", "&s", &reason);
        pena_error_set_string (owned, "reason", reason != NULL ? reason : error->message);
        g_error_free (error);
    }
    fail (self, g_steal_pointer (&owned));
}

/* The copy is opened by another worker, as if it had been received. */
static void
on_repaired (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaDocument) copy = pena_repair_run_finish (result, &error);

    if (is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (copy == NULL) {
        fail_repair (self, error);
        return;
    }
    self->received = self->document;
    self->document = g_steal_pointer (&copy);
    self->opened = FALSE;
    g_clear_pointer (&self->worker, pena_worker_free);
    g_clear_pointer (&self->trust, pena_trust_free);
    g_clear_pointer (&self->credential, g_variant_unref);
    g_clear_pointer (&self->draft, pena_ades_draft_free);
    pena_worker_pool_take_async (self->services->workers, self->cancellable, on_worker, job_ref (self));
}

/* Takes what Open or Prepare failed with. */
static void
fail_or_repair (Job *self, GError *error)
{
    if (self->received != NULL)
        fail_repair (self, error);
    else if (!self->request->repair || !is_damage (error))
        fail (self, error);
    else {
        self->damage = error;
        pena_repair_run_async (self->worker, self->document, self->services->config->max_document_size,
                               self->cancellable, on_repaired, job_ref (self));
    }
}

/* ---- received: open, choose, prepare, fix what is to be signed ---- */

/* The octets to sign are made here, from our own digest: no worker has a part in them. */
static void
fix_to_be_signed (Job *self)
{
    GError *error = NULL;

    self->digest = self->plan != NULL
                       ? pena_document_digest_with (self->document, self->plan->head, self->plan->tail)
                       : pena_digest_get (self->document->state);
    self->to_be_signed = pena_ades_draft_get_to_be_signed (self->draft, self->digest, &error);
    if (self->to_be_signed == NULL)
        fail (self, error);
    else
        advance (self, PENA_JOB_EVENT_PREPARED);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    g_autoptr (GVariant) answer = NULL;
    GError *error = NULL;

    pena_dbus_document_worker1_call_prepare_finish (PENA_DBUS_DOCUMENT_WORKER1 (source), &answer, result,
                                                    &error);
    if (is_over (self)) {
        g_clear_error (&error);
        return;
    }
    pena_worker_end (self->worker, &error);
    if (error == NULL)
        self->plan = pena_plan_new (answer, &error);
    if (error != NULL)
        fail_or_repair (self, error);
    else
        fix_to_be_signed (self);
}

static void
insert_string (GVariantDict *options, const gchar *key, const gchar *value)
{
    if (value != NULL)
        g_variant_dict_insert (options, key, "s", value);
}

static void
insert_bytes (GVariantDict *options, const gchar *key, GBytes *value)
{
    g_variant_dict_insert_value (options, key,
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, value, TRUE));
}

static void
insert_signer (GVariantDict *options, const gchar *key, GVariant *credential)
{
    g_autoptr (GVariant) signer =
        g_variant_lookup_value (credential, "certificate", G_VARIANT_TYPE_BYTESTRING);

    g_variant_dict_insert_value (options, key, signer);
}

/* Room for the signature as it will be, from its real certificates, and for the time-stamp in it. */
static guint64
find_capacity (const Job *self)
{
    guint64 stamp = self->request->level >= PENA_LEVEL_T ? STAMP_ROOM : 0;

    return pena_ades_draft_get_capacity (self->draft) + stamp;
}

static void
prepare_update (Job *self)
{
    const PenaSignRequest *request = self->request;
    GVariantDict options;

    g_variant_dict_init (&options, NULL);
    insert_string (&options, "reason", request->reason);
    insert_string (&options, "location", request->location);
    insert_string (&options, "field", request->field);
    insert_string (&options, "lock", request->lock);
    insert_string (&options, "digest", request->digest);
    g_variant_dict_insert (&options, "certify", "u", request->certify);
    g_variant_dict_insert (&options, "time-stamped", "b", request->level >= PENA_LEVEL_T);
    g_variant_dict_insert (&options, "time", "x", self->time);
    g_variant_dict_insert (&options, "utc-offset", "i", (gint32)self->utc_offset);
    if (self->picture != NULL)
        pena_stamping_insert (&options, &self->request->stamp, self->picture);
    g_variant_dict_insert (&options, "capacity", "t", find_capacity (self));
    insert_signer (&options, "signer", self->credential);
    pena_dbus_document_worker1_call_prepare (pena_worker_begin (self->worker), g_variant_dict_end (&options),
                                             self->cancellable, on_prepared, job_ref (self));
}

static void
on_drawn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaStampPicture) picture = pena_painter_run_finish (result, &error);

    if (picture == NULL) {
        fail (self, error);
        return;
    }
    if (is_over (self))
        return;
    self->picture = g_steal_pointer (&picture);
    prepare_update (self);
}

static void
draw_stamp (Job *self)
{
    const PenaSignRequest *request = self->request;
    g_autoptr (GBytes) certificate = pena_choice_dup_certificate (self->credential);
    const PenaStampContext context = {.config = self->services->config,
                                      .signature_id = self->signature_id,
                                      .document = request->name,
                                      .reason = request->reason,
                                      .location = request->location,
                                      .language = request->language,
                                      .certificate = certificate,
                                      .time = self->time,
                                      .utc_offset = self->utc_offset};

    pena_stamping_draw_async (&request->stamp, &context, self->cancellable, on_drawn, job_ref (self));
}

/* The signer first, then what the token and the configuration know of its chain. */
static GPtrArray *
build_chain (GVariant *credential, GPtrArray *known)
{
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_autoptr (GVariant) chain =
        g_variant_lookup_value (credential, "chain", G_VARIANT_TYPE_BYTESTRING_ARRAY);

    g_ptr_array_add (result, pena_choice_dup_certificate (credential));
    for (gsize i = 0; chain != NULL && i < g_variant_n_children (chain); i++) {
        g_autoptr (GVariant) one = g_variant_get_child_value (chain, i);
        g_ptr_array_add (result, g_variant_get_data_as_bytes (one));
    }
    for (guint i = 0; i < known->len; i++)
        g_ptr_array_add (result, g_bytes_ref (known->pdata[i]));
    return result;
}

static void
prepare (Job *self)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autoptr (GPtrArray) chain = build_chain (self->credential, self->trust->certificates);
    GError *error = NULL;

    self->time = g_date_time_to_unix (now);
    self->utc_offset = (gint)(g_date_time_get_utc_offset (now) / G_USEC_PER_SEC);
    self->signature_id = pena_ulid_new (g_get_real_time () / 1000);
    const PenaAdesOptions options = {.format = self->request->pades ? PENA_ADES_PADES : PENA_ADES_CADES,
                                     .chain = chain,
                                     .digest = self->request->digest,
                                     .time = self->time,
                                     .mime_type = self->request->mime_type,
                                     .pss = self->request->pss};
    self->draft = pena_ades_draft_new (&options, &error);
    if (self->draft == NULL)
        fail (self, error);
    else if (self->signature_id == NULL)
        fail_with (self, PENA_ERROR_INTERNAL, "no random bytes");
    else if (self->request->pades && self->request->stamp.template != NULL)
        draw_stamp (self);
    else if (self->request->pades)
        prepare_update (self);
    else
        fix_to_be_signed (self);
}

static GError *
check_usable (GBytes *certificate, gpointer user_data)
{
    const Job *self = user_data;
    GError *error = NULL;

    pena_ades_check_signer (certificate, self->trust->crls, g_get_real_time () / G_USEC_PER_SEC, &error);
    return error;
}

/* Goes on when both the document is open and the tokens are listed; what is wrong with the document is told
 * first. */
static void
choose_when_ready (Job *self)
{
    GError *error = NULL;

    if (!self->opened || (self->tokens == NULL && self->tokens_error == NULL))
        return;
    if (self->tokens_error != NULL) {
        fail (self, g_steal_pointer (&self->tokens_error));
        return;
    }
    self->trust = pena_trust_load (self->services->config, &error);
    if (self->trust != NULL) {
        self->credential =
            pena_choice_credential (self->tokens, self->request->credential, check_usable, self, &error);
    }
    if (self->credential == NULL)
        fail (self, error);
    else
        prepare (self);
}

static void
on_tokens (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;

    self->tokens = pena_helper_list_finish (result, &self->tokens_error);
    if (!is_over (self))
        choose_when_ready (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;

    if (is_over (self))
        return;
    g_autoptr (GVariant) facts = pena_worker_open_finish (self->worker, result, &error);
    if (error != NULL) {
        fail_or_repair (self, error);
        return;
    }
    g_variant_lookup (facts, "pages", "u", &self->pages);
    self->opened = TRUE;
    choose_when_ready (self);
}

static void
on_worker (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaWorker) worker = pena_worker_pool_take_finish (result, &error);

    if (worker == NULL) {
        fail (self, error);
        return;
    }
    if (is_over (self))
        return;
    self->worker = g_steal_pointer (&worker);
    const PenaOpening opening = {
        .document = self->document,
        .format = self->request->pades ? "pades" : "cades",
        .language = self->request->language,
        .password = self->request->document_password,
        .output_max = self->request->repair ? pena_repair_max_output (self->document->size) : 0};
    pena_worker_open_async (self->worker, &opening, self->cancellable, on_opened, job_ref (self));
}

static void
start (Job *self)
{
    pena_helper_list_async (self->services->helper, self->cancellable, on_tokens, job_ref (self));
    pena_worker_pool_take_async (self->services->workers, self->cancellable, on_worker, job_ref (self));
}

/* ---- prepared: the holder is asked ---- */

static void
on_signature (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    g_autoptr (GBytes) value = pena_helper_sign_finish (result, &error);

    if (error != NULL) {
        fail (self, error);
        return;
    }
    if (is_over (self))
        return;
    end_turn (self, NULL);
    self->value = g_steal_pointer (&value);
    advance (self, PENA_JOB_EVENT_SIGNATURE);
}

static void
on_progress (const gchar *stage, gpointer user_data)
{
    Job *self = user_data;

    if (g_str_equal (stage, "signing") && self->state == PENA_JOB_PREPARED)
        advance (self, PENA_JOB_EVENT_APPROVED);
}

/* The holder must see that it is not the file as it was received. */
static gchar *
name_for_prompt (Job *self)
{
    const gchar *name = self->request->name != NULL ? self->request->name : "";

    if (self->received == NULL)
        return g_strdup (self->request->name);
    pena_text_set_language (self->request->language);
    return g_strdup_printf (_ ("%s (repaired copy)"), name);
}

/* The facts are those of the sealed copy and of this request: what is shown is what is signed. */
static GVariant *
build_prompt (Job *self)
{
    const PenaSignRequest *request = self->request;
    g_autoptr (GVariant) certificate =
        g_variant_lookup_value (self->credential, "certificate", G_VARIANT_TYPE_BYTESTRING);
    g_autofree gchar *name = name_for_prompt (self);
    GVariantDict prompt;

    g_variant_dict_init (&prompt, NULL);
    insert_string (&prompt, "document", name);
    g_variant_dict_insert (&prompt, "size", "t", self->document->size);
    g_variant_dict_insert (&prompt, "pages", "u", request->pades ? self->pages : 0);
    g_variant_dict_insert (&prompt, "certify", "u", request->certify);
    g_variant_dict_insert_value (
        &prompt, "sha256",
        g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->document->sha256, TRUE));
    g_variant_dict_insert_value (&prompt, "certificate", certificate);
    insert_string (&prompt, "application", request->application);
    insert_string (&prompt, "language", request->language);
    insert_string (&prompt, "tty", request->tty);
    insert_string (&prompt, "term", request->term);
    insert_string (&prompt, "display", request->display);
    return g_variant_dict_end (&prompt);
}

static void
on_turn (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    const gchar *id = NULL;

    self->has_turn = pena_turns_take_finish (result, &error);
    if (!self->has_turn) {
        fail (self, error);
        return;
    }
    if (is_over (self) || g_cancellable_is_cancelled (self->cancellable)) {
        error = g_error_new_literal (PENA_ERROR, PENA_ERROR_CANCELLED, "given up");
        end_turn (self, error);
        fail (self, error);
        return;
    }
    g_variant_lookup (self->credential, "id", "&s", &id);
    PenaHelperSigning signing = {.credential = id,
                                 .scheme = pena_ades_draft_get_scheme (self->draft),
                                 .to_be_signed = self->to_be_signed,
                                 .prompt = build_prompt (self)};
    pena_helper_sign_async (self->services->helper, &signing, on_progress, self->cancellable, on_signature,
                            job_ref (self));
}

static void
ask (Job *self)
{
    pena_turns_take_async (self->services->turns, self->request->application_key, self->cancellable, on_turn,
                           job_ref (self));
}

/* ---- signed: the result is made, and verified by the worker ---- */

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;

    pena_dbus_document_worker1_call_check_finish (PENA_DBUS_DOCUMENT_WORKER1 (source), result, &error);
    if (is_over (self)) {
        g_clear_error (&error);
        return;
    }
    pena_worker_end (self->worker, &error);
    if (error != NULL)
        fail (self, error);
    else
        advance (self, PENA_JOB_EVENT_VERIFIED);
}

static void
check (Job *self)
{
    GError *error = NULL;
    GVariantDict options;

    self->output =
        self->plan != NULL ? pena_plan_fill (self->plan, self->cms, &error) : g_bytes_ref (self->cms);
    if (self->output == NULL) {
        fail (self, error);
        return;
    }
    g_variant_dict_init (&options, NULL);
    insert_bytes (&options, "cms", self->cms);
    insert_bytes (&options, "digest", self->digest);
    insert_string (&options, "digest-algorithm", self->document->digest);
    insert_signer (&options, "signer", self->credential);
    g_variant_dict_insert (&options, "time", "x", self->time);
    pena_dbus_document_worker1_call_check (pena_worker_begin (self->worker), g_variant_dict_end (&options),
                                           self->cancellable, on_checked, job_ref (self));
}

/* A token that is too large for the room in the PDF is thrown away: a document time-stamp, which has a place of its own,
 * serves as well, and the holder need not be asked for a second signature. */
static void
use_stamp (Job *self, GBytes *token, GError **error)
{
    g_autoptr (GBytes) stamped = pena_cms_with_time_stamp (self->cms, token, error);

    if (stamped == NULL || 2 * g_bytes_get_size (stamped) + 2 > self->plan->gap_length)
        return;
    g_bytes_unref (self->cms);
    self->cms = g_steal_pointer (&stamped);
    self->level = PENA_LEVEL_T;
}

static void
on_stamped (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;

    if (pena_network_answer_finish (result, &error))
        use_stamp (self, ((PenaNeed *)self->needs->pdata[0])->answer, &error);
    if (is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (error != NULL && self->request->allow_lower && pena_raising_is_outage (error))
        self->reason = g_steal_pointer (&error);
    if (error != NULL)
        fail (self, error);
    else
        check (self);
}

static void
finish (Job *self)
{
    GError *error = NULL;

    self->cms = pena_ades_draft_finish (self->draft, self->value, &error);
    if (self->cms == NULL) {
        fail (self, error);
        return;
    }
    /* Nothing can be put into a PDF's signature later: /Contents is covered by whatever comes after it. */
    if (self->plan == NULL || self->request->level < PENA_LEVEL_T) {
        check (self);
        return;
    }
    g_autoptr (GBytes) imprint = pena_cms_signature_imprint (self->cms, self->document->digest);
    self->needs = pena_needs_new ();
    g_ptr_array_add (self->needs, pena_need_time_stamp_new (self->document->digest, imprint));
    pena_network_answer_async (self->services->network, self->needs, self->trust, self->cancellable,
                               on_stamped, job_ref (self));
}

/* ---- verified: the level is raised ---- */

static void
on_raised (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Job) self = user_data;
    GError *error = NULL;
    g_autoptr (PenaRaised) raised = pena_raising_run_finish (result, &error);

    if (is_over (self)) {
        g_clear_error (&error);
        return;
    }
    if (raised == NULL) {
        fail (self, error);
        return;
    }
    g_bytes_unref (self->output);
    self->output = g_steal_pointer (&raised->output);
    self->level = raised->level;
    self->reason = g_steal_pointer (&raised->reason);
    advance (self, PENA_JOB_EVENT_RAISED);
}

static void
raise_level (Job *self)
{
    if (self->level >= self->request->level || self->reason != NULL) {
        advance (self, PENA_JOB_EVENT_RAISED);
        return;
    }
    self->chain = build_chain (self->credential, self->trust->certificates);
    const PenaRaisingInput input = {.network = self->services->network,
                                    .worker = self->worker,
                                    .document = self->document,
                                    .trust = self->trust,
                                    .certificates = self->chain,
                                    .pades = self->request->pades,
                                    .ours = TRUE,
                                    .output = self->output,
                                    .target = self->request->level,
                                    .allow_lower = self->request->allow_lower};
    pena_raising_run_async (&input, self->cancellable, on_raised, job_ref (self));
}

/* ---- finished ---- */

static void
answer (Job *self)
{
    PenaSignResult *result = g_new0 (PenaSignResult, 1);

    if (self->request->attached)
        pena_signed_parts_enclose (&self->output, self->document->size, &result->head);
    g_variant_lookup (self->credential, "id", "s", &result->credential);
    result->level = self->level;
    result->reason = g_steal_pointer (&self->reason);
    result->signature_id = g_steal_pointer (&self->signature_id);
    result->output = g_steal_pointer (&self->output);
    result->document = g_steal_pointer (&self->document);
    result->received = g_steal_pointer (&self->received);
    g_clear_pointer (&self->worker, pena_worker_free);
    g_task_return_pointer (self->task, result, (GDestroyNotify)pena_sign_result_free);
}

/* What is done on entering a state. */
static void (*const actions[PENA_JOB_N_STATES]) (Job *self) = {
    [PENA_JOB_RECEIVED] = start,       [PENA_JOB_PREPARED] = ask,    [PENA_JOB_SIGNED] = finish,
    [PENA_JOB_VERIFIED] = raise_level, [PENA_JOB_FINISHED] = answer,
};

static void
advance (Job *self, PenaJobEvent event)
{
    PenaJobState next;

    if (!pena_job_next (self->state, event, &next)) {
        if (!is_over (self))
            fail_with (self, PENA_ERROR_INTERNAL, "an event came out of turn");
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
    g_autoptr (Job) self = g_new0 (Job, 1);

    g_atomic_ref_count_init (&self->references);
    self->state = PENA_JOB_RECEIVED;
    self->services = services;
    self->request = request;
    self->document = document;
    self->cancellable = g_object_ref (cancellable);
    self->task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_check_cancellable (self->task, FALSE);
    actions[self->state](self);
}

PenaSignResult *
pena_sign_job_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
