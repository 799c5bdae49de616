/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: bringing signatures to a higher level
 * Copyright (C) 2026 the Pena authors */
#include "pena-raising.h"

#include <pena/pena-error.h>

#include "pena-need-variant.h"
#include "pena-plan.h"
#include "pena-signed-parts.h"

/* A token with its chain takes some 6 KiB; one that does not fit is asked for again, with room for what came. */
#define STAMP_ROOM (16 * 1024)
#define STAMP_MARGIN 2048
#define IMPRINT_MAX 64
#define RESULT_MAX (64 * 1024 * 1024)
/* Questions and answers; an honest worker is satisfied after a few, however long its chains are. */
#define ROUNDS_MAX 32

typedef struct {
    PenaRaisingInput input;
    GByteArray *appended; /* PAdES */
    GBytes *signature;    /* CAdES; NULL until the worker found it in the document */
    guint64 content_offset, content_size;
    PenaLevel level;
    gboolean stamped, kept; /* by us */
    gboolean archive;       /* the time-stamp that is being made is over all */
    gboolean enlarged;
    gsize room; /* that was asked for, for the time-stamp */
    PenaPlan *plan;
    GPtrArray *needs;
    guint rounds;
    GError *need_error; /* the first that the network had with them */
} Raising;

static void next (GTask *task);
static void prepare_stamp (GTask *task, gsize room);

void
pena_raised_free (PenaRaised *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->output, g_bytes_unref);
    g_clear_error (&self->reason);
    g_free (self);
}

static void
raising_free (Raising *self)
{
    g_byte_array_unref (self->appended);
    g_clear_pointer (&self->signature, g_bytes_unref);
    g_clear_pointer (&self->plan, pena_plan_free);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_clear_error (&self->need_error);
    g_free (self);
}

gboolean
pena_raising_is_outage (const GError *error)
{
    static const PenaErrorCode outages[] = {
        PENA_ERROR_NETWORK_UNREACHABLE,
        PENA_ERROR_NETWORK_TIMEOUT,
        PENA_ERROR_NETWORK_TOO_LARGE,
        PENA_ERROR_NETWORK_ANSWER_INVALID,
        PENA_ERROR_NETWORK_ADDRESS_REFUSED,
        PENA_ERROR_TSA_MISSING,
        PENA_ERROR_TSA_UNREACHABLE,
        PENA_ERROR_TSA_REFUSED,
        PENA_ERROR_TSA_ANSWER_INVALID,
        PENA_ERROR_TSA_UNTRUSTED,
        PENA_ERROR_OCSP_REFUSED,
        PENA_ERROR_OCSP_ANSWER_INVALID,
        PENA_ERROR_CRL_INVALID,
        PENA_ERROR_REVOCATION_UNAVAILABLE,
        PENA_ERROR_ISSUER_UNAVAILABLE,
    };

    for (guint i = 0; i < G_N_ELEMENTS (outages); i++)
        if (g_error_matches (error, PENA_ERROR, (gint)outages[i]))
            return TRUE;
    return FALSE;
}

/* Takes the reason. */
static void
finish (GTask *task, GError *reason)
{
    Raising *self = g_task_get_task_data (task);
    PenaRaised *raised = g_new0 (PenaRaised, 1);

    raised->output = self->input.pades ? g_bytes_new (self->appended->data, self->appended->len)
                                       : g_bytes_ref (self->signature);
    raised->content_offset = self->content_offset;
    raised->content_size = self->content_size;
    raised->level = self->level;
    raised->reason = reason;
    g_task_return_pointer (task, raised, (GDestroyNotify)pena_raised_free);
    g_object_unref (task);
}

/* Takes the error. What was reached so far is whole at any time, once there is anything: a worker may speak of outages before it has
 * found the signature. */
static void
give_up (GTask *task, GError *error)
{
    Raising *self = g_task_get_task_data (task);
    gboolean has_any = self->input.pades || self->signature != NULL;

    if (has_any && self->input.allow_lower && pena_raising_is_outage (error)) {
        finish (task, error);
        return;
    }
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* Takes what a worker gave; TRUE when it can be used. */
static gboolean
take_result (GVariant *result, GBytes **ret_bytes, GError **error)
{
    g_autoptr (GVariant) owned = result;

    if (g_variant_get_size (owned) > RESULT_MAX) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "a result of an impossible size");
        return FALSE;
    }
    *ret_bytes = g_variant_get_data_as_bytes (owned);
    return TRUE;
}

static PenaSignedParts *
take_apart (GBytes *cms)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);

    return pena_signed_parts_new (data, length, NULL, NULL);
}

/* What the holder approved and the token signed is in it, and nothing else in its place. */
static gboolean
is_still_ours (GBytes *before, GBytes *after)
{
    g_autoptr (PenaSignedParts) old = take_apart (before);
    g_autoptr (PenaSignedParts) now = take_apart (after);

    return old != NULL && now != NULL && !now->attached && g_bytes_equal (old->signer.sid, now->signer.sid) &&
           g_bytes_equal (old->signer.signed_attributes, now->signer.signed_attributes) &&
           g_bytes_equal (old->signer.signature_algorithm, now->signer.signature_algorithm) &&
           g_bytes_equal (old->signer.signature, now->signer.signature);
}

/* Puts a worker's result where it belongs. */
static gboolean
use_result (Raising *self, GVariant *result, GError **error)
{
    g_autoptr (GBytes) bytes = NULL;

    if (!take_result (result, &bytes, error))
        return FALSE;
    gsize length = g_bytes_get_size (bytes);
    if (self->input.pades) {
        g_byte_array_append (self->appended, g_bytes_get_data (bytes, NULL), (guint)length);
        return TRUE;
    }
    if (length == 0 || (self->input.ours && !is_still_ours (self->signature, bytes))) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED,
                             "another signature came back, or none");
        return FALSE;
    }
    g_bytes_unref (self->signature);
    self->signature = g_steal_pointer (&bytes);
    return TRUE;
}

/* ---- time-stamps ---- */

static void
on_put (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    GError *error = NULL;
    GVariant *answer = pena_worker_call_finish (result, &error);

    if (error != NULL || !use_result (self, answer, &error)) {
        give_up (task, error);
        return;
    }
    self->level = self->archive ? PENA_LEVEL_LTA : PENA_LEVEL_T;
    self->stamped = TRUE;
    next (task);
}

static void
put_stamp (GTask *task, GBytes *token)
{
    Raising *self = g_task_get_task_data (task);

    if (self->input.pades) {
        GError *error = NULL;
        g_autoptr (GBytes) filled = pena_plan_fill (self->plan, token, &error);
        if (filled == NULL) {
            give_up (task, error);
            return;
        }
        g_byte_array_append (self->appended, g_bytes_get_data (filled, NULL),
                             (guint)g_bytes_get_size (filled));
    }
    pena_worker_call_async (
        self->input.worker, "PutTimeStamp",
        g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, token, TRUE)),
        g_task_get_cancellable (task), on_put, task);
}

static gboolean
fits (const Raising *self, GBytes *token)
{
    return !self->input.pades || 2 * g_bytes_get_size (token) + 2 <= self->plan->gap_length;
}

static void
on_stamp (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    GError *error = NULL;

    if (!pena_network_answer_finish (result, &error)) {
        give_up (task, error);
        return;
    }
    const PenaNeed *need = self->needs->pdata[0];
    if (fits (self, need->answer)) {
        put_stamp (task, need->answer);
    } else if (!self->enlarged) {
        self->enlarged = TRUE;
        prepare_stamp (task, g_bytes_get_size (need->answer) + STAMP_MARGIN);
    } else {
        give_up (task, g_error_new_literal (PENA_ERROR, PENA_ERROR_TSA_ANSWER_INVALID,
                                            "time-stamps of very different sizes"));
    }
}

static GBytes *
hash_with (const Raising *self, const PenaPlan *plan)
{
    g_autoptr (GByteArray) before = g_byte_array_sized_new (self->appended->len + 4096);

    g_byte_array_append (before, self->appended->data, self->appended->len);
    g_byte_array_append (before, g_bytes_get_data (plan->head, NULL), (guint)g_bytes_get_size (plan->head));
    g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&before));
    return pena_document_digest_with (self->input.document, bytes, plan->tail);
}

/* What the time-stamp will be over: in a PDF by our own hash, in a CMS by the worker's. */
static GBytes *
find_imprint (Raising *self, GVariant *answer, GError **error)
{
    if (self->input.pades) {
        g_clear_pointer (&self->plan, pena_plan_free);
        self->plan = pena_plan_new (answer, error);
        if (self->plan != NULL && 2 * self->room + 2 > self->plan->gap_length) {
            g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "less room than was asked for");
            return NULL;
        }
        return self->plan != NULL ? hash_with (self, self->plan) : NULL;
    }
    g_autoptr (GVariant) imprint = g_variant_lookup_value (answer, "imprint", G_VARIANT_TYPE_BYTESTRING);
    if (imprint != NULL && g_variant_get_size (imprint) > 0 && g_variant_get_size (imprint) <= IMPRINT_MAX)
        return g_variant_get_data_as_bytes (imprint);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "nothing to time-stamp");
    return NULL;
}

static void
on_stamp_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    g_autoptr (GBytes) imprint = NULL;
    GError *error = NULL;
    g_autoptr (GVariant) answer = pena_worker_call_finish (result, &error);

    if (error == NULL)
        imprint = find_imprint (self, answer, &error);
    if (error != NULL) {
        give_up (task, error);
        return;
    }
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    self->needs = pena_needs_new ();
    g_ptr_array_add (self->needs, pena_need_time_stamp_new (self->input.document->digest, imprint));
    pena_progress_tell (&self->input.progress, "time-stamping");
    pena_network_answer_async (self->input.network, self->needs, self->input.trust,
                               g_task_get_cancellable (task), on_stamp, task);
}

static void
prepare_stamp (GTask *task, gsize room)
{
    Raising *self = g_task_get_task_data (task);
    GVariantDict options;

    self->room = room;
    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert (&options, "capacity", "t", (guint64)room);
    g_variant_dict_insert (&options, "digest", "s", self->input.document->digest);
    g_variant_dict_insert (&options, "archive", "b", self->archive);
    pena_worker_call_async (self->input.worker, "PrepareTimeStamp",
                            g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                            g_task_get_cancellable (task), on_stamp_prepared, task);
}

/* ---- validation data ---- */

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    GError *error = NULL;
    GVariant *answer = pena_worker_call_finish (result, &error);

    if (error != NULL || !use_result (self, answer, &error)) {
        give_up (task, error);
        return;
    }
    self->kept = TRUE;
    self->level = PENA_LEVEL_LT;
    next (task);
}

static void on_answered (GObject *source, GAsyncResult *result, gpointer user_data);

/* Why the network had no answer says more than that the worker lacks it. Takes the error. */
static void
give_up_needs (GTask *task, GError *error)
{
    Raising *self = g_task_get_task_data (task);

    if (self->need_error != NULL) {
        g_error_free (error);
        error = g_steal_pointer (&self->need_error);
    }
    give_up (task, error);
}

static void
on_needs (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    GCancellable *cancellable = g_task_get_cancellable (task);
    GError *error = NULL;
    g_autoptr (GVariant) answer = pena_worker_call_finish (result, &error);

    g_clear_pointer (&self->needs, g_ptr_array_unref);
    if (error == NULL)
        self->needs = pena_needs_from_variant (answer, &self->rounds, ROUNDS_MAX, &error);
    if (error != NULL) {
        give_up_needs (task, error);
        return;
    }
    if (self->needs->len > 0)
        pena_network_answer_async (self->input.network, self->needs, self->input.trust, cancellable,
                                   on_answered, task);
    else
        pena_worker_call_async (self->input.worker, "Keep", g_variant_new ("()"), cancellable, on_kept, task);
}

static void
send_answers (GTask *task)
{
    Raising *self = g_task_get_task_data (task);

    pena_worker_call_async (self->input.worker, "Need",
                            g_variant_new ("(@aa{sv})", pena_answers_to_variant (self->needs)),
                            g_task_get_cancellable (task), on_needs, task);
}

/* A certificate that was revoked is no outage: nothing that was asked can be had. */
static const GError *
find_refusal (GPtrArray *needs)
{
    for (guint i = 0; i < needs->len; i++) {
        const GError *error = ((const PenaNeed *)needs->pdata[i])->error;
        if (error != NULL && !pena_raising_is_outage (error))
            return error;
    }
    return NULL;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);

    g_clear_error (&self->need_error);
    pena_network_answer_finish (result, &self->need_error);
    const GError *refusal = find_refusal (self->needs);
    if (refusal != NULL)
        give_up (task, g_error_copy (refusal));
    else
        send_answers (task);
}

/* ---- from one to the next ---- */

/* The signature without the content that it holds, and where that is, as the worker says. */
static gboolean
take_enclosed (Raising *self, GVariant *facts, GError **error)
{
    guint64 size = self->input.document->size, offset = 0, length = 0;
    GVariant *signature = g_variant_lookup_value (facts, "signature", G_VARIANT_TYPE_BYTESTRING);

    g_variant_lookup (facts, "content", "(tt)", &offset, &length);
    if (signature != NULL && !take_result (signature, &self->signature, error))
        return FALSE;
    if (self->signature == NULL || g_bytes_get_size (self->signature) == 0 || length == 0 || offset > size ||
        length > size - offset) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "no signature around a content");
        return FALSE;
    }
    self->content_offset = offset;
    self->content_size = length;
    return TRUE;
}

/* What was put in here is there; and a signature of our own holds no time-stamp that we know nothing of. */
static gboolean
is_lie (const Raising *self, gboolean time_stamped)
{
    gboolean stamped = self->stamped || self->input.stamped;

    return time_stamped ? self->input.ours && !stamped : stamped;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Raising *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GVariant) facts = pena_worker_call_finish (result, &error);
    gboolean time_stamped = FALSE;

    if (error == NULL && self->input.attached && self->signature == NULL)
        take_enclosed (self, facts, &error);
    if (error != NULL) {
        give_up (task, error);
        return;
    }
    g_variant_lookup (facts, "time-stamped", "b", &time_stamped);
    if (is_lie (self, time_stamped)) {
        give_up (task, g_error_new_literal (PENA_ERROR, PENA_ERROR_WORKER_FAILED,
                                            "a time-stamp is lost, or came from nowhere"));
        return;
    }
    if (time_stamped)
        self->level = PENA_LEVEL_T;
    if (!time_stamped) {
        prepare_stamp (task, STAMP_ROOM);
    } else if (self->input.target >= PENA_LEVEL_LT) {
        pena_progress_tell (&self->input.progress, "collecting");
        send_answers (task);
    } else {
        finish (task, NULL);
    }
}

static GVariant *
list_of (GPtrArray *one, GPtrArray *other)
{
    GPtrArray *const lists[] = {one, other};
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_BYTESTRING_ARRAY);
    for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
        for (guint i = 0; lists[k] != NULL && i < lists[k]->len; i++)
            g_variant_builder_add_value (
                &builder, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, lists[k]->pdata[i], TRUE));
    return g_variant_builder_end (&builder);
}

static void
look (GTask *task)
{
    Raising *self = g_task_get_task_data (task);
    GVariantDict options;

    g_clear_pointer (&self->needs, g_ptr_array_unref);
    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert_value (&options, "anchors", list_of (self->input.trust->anchors, NULL));
    g_variant_dict_insert_value (&options, "certificates",
                                 list_of (self->input.trust->certificates, self->input.certificates));
    g_variant_dict_insert (&options, "time", "x", g_get_real_time () / G_USEC_PER_SEC);
    g_variant_dict_insert (&options, "attached", "b", self->input.attached);
    if (self->signature != NULL)
        g_variant_dict_insert_value (
            &options, "signature",
            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->signature, TRUE));
    pena_worker_call_async (self->input.worker, "Raise",
                            g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                            g_task_get_cancellable (task), on_looked, task);
}

static void
next (GTask *task)
{
    Raising *self = g_task_get_task_data (task);

    if (self->level >= self->input.target) {
        finish (task, NULL);
    } else if (self->kept) {
        self->archive = TRUE;
        self->enlarged = FALSE;
        prepare_stamp (task, STAMP_ROOM);
    } else {
        look (task);
    }
}

void
pena_raising_run_async (const PenaRaisingInput *input, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    Raising *self = g_new0 (Raising, 1);

    self->input = *input;
    self->appended = g_byte_array_new ();
    if (!input->pades && input->output != NULL)
        self->signature = g_bytes_ref (input->output);
    else if (input->output != NULL)
        g_byte_array_append (self->appended, g_bytes_get_data (input->output, NULL),
                             (guint)g_bytes_get_size (input->output));
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)raising_free);
    next (task);
}

PenaRaised *
pena_raising_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
