/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document worker judges what it was given, maybe one document after the other
 * Copyright (C) 2026 the Pena authors */
#include "pena-enclosed.h"
#include "pena-need-variant.h"
#include "pena-report-json.h"
#include "worker.h"

static gboolean
has (GVariant *options, const gchar *key)
{
    g_autoptr (GVariant) value = g_variant_lookup_value (options, key, NULL);

    return value != NULL;
}

/* What the broker does not say again is as it was for the document before. */
static void
learn_trust (WorkerTrust *self, GVariant *options)
{
    const struct {
        const gchar *key;
        GPtrArray **list;
    } lists[] = {{"anchors", &self->anchors},
                 {"certificates", &self->certificates},
                 {"crls", &self->crls},
                 {"ocsps", &self->ocsps}};

    for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
        if (*lists[i].list != NULL && !has (options, lists[i].key))
            continue;
        g_clear_pointer (lists[i].list, g_ptr_array_unref);
        *lists[i].list = worker_lookup_bytes_list (options, lists[i].key);
    }
}

/* ---- what the network is to be asked ---- */

static gboolean
inquire (Worker *self, GVariant *options, GError **error)
{
    g_autoptr (GBytes) beside = worker_lookup_bytes (options, "signature");
    g_autoptr (PenaEnclosed) enclosed =
        beside == NULL && self->pdf == NULL ? pena_enclosed_new (self->bytes, error) : NULL;
    PenaInquiryInput input = {.pdf = self->pdf, .signature = enclosed != NULL ? enclosed->signature : beside};

    if (input.pdf == NULL && input.signature == NULL)
        return FALSE;
    learn_trust (&self->trust, options);
    input.anchors = self->trust.anchors;
    input.certificates = self->trust.certificates;
    g_variant_lookup (options, "time", "x", &input.time);
    self->inquiry = pena_inquiry_new (&input, error);
    return self->inquiry != NULL;
}

static gboolean
take_answers (Worker *self, GVariant *answers, GError **error)
{
    return self->needs == NULL || (pena_answers_apply (answers, self->needs, error) &&
                                   pena_inquiry_offer (self->inquiry, self->needs, error));
}

GVariant *
worker_inquire (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);
    g_autoptr (GVariant) answers = g_variant_get_child_value (arguments, 1);

    if (self->bytes == NULL || self->judged || self->update != NULL || self->raise != NULL)
        return worker_out_of_turn (error);
    self->verifier = TRUE;
    gboolean ready =
        (self->inquiry != NULL || inquire (self, options, error)) && take_answers (self, answers, error);
    g_clear_pointer (&self->needs, g_ptr_array_unref);
    if (ready)
        self->needs = pena_inquiry_dup_needs (self->inquiry, error);
    return self->needs != NULL ? g_variant_new ("(@aa{sv})", pena_needs_to_variant (self->needs)) : NULL;
}

/* ---- the judgement ---- */

/* Both lists; either may be NULL. Transfer full. */
static GPtrArray *
join (GPtrArray *one, GPtrArray *other)
{
    GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    GPtrArray *const lists[] = {one, other};

    for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
        for (guint i = 0; lists[k] != NULL && i < lists[k]->len; i++)
            g_ptr_array_add (all, g_bytes_ref (lists[k]->pdata[i]));
    return all;
}

static gchar *
judge_with_answers (const Worker *self, PenaReportInput *input, GError **error)
{
    PenaValidationContext *context = &input->context;

    if (self->inquiry == NULL)
        return pena_report_json (input, error);
    g_autoptr (GPtrArray) certificates =
        join (context->certificates, pena_inquiry_get_certificates (self->inquiry));
    g_autoptr (GPtrArray) crls = join (context->crls, pena_inquiry_get_crls (self->inquiry));
    g_autoptr (GPtrArray) ocsps = join (context->ocsps, pena_inquiry_get_ocsps (self->inquiry));
    context->certificates = certificates;
    context->crls = crls;
    context->ocsps = ocsps;
    return pena_report_json (input, error);
}

static gchar *
judge (Worker *self, GVariant *options, PenaReportInput *input, GError **error)
{
    g_autoptr (PenaCryptoPolicy) policy = NULL;
    g_autoptr (PenaEnclosed) enclosed = NULL;
    const gchar *algorithms = NULL;

    if (input->signature == NULL && self->pdf == NULL) {
        enclosed = pena_enclosed_new (self->bytes, error);
        if (enclosed == NULL)
            return NULL;
        input->signature = enclosed->signature;
        input->enclosing = enclosed->parts;
    }
    input->context.anchors = self->trust.anchors;
    input->context.certificates = self->trust.certificates;
    input->context.crls = self->trust.crls;
    input->context.ocsps = self->trust.ocsps;
    g_variant_lookup (options, "time", "x", &input->context.time);
    g_variant_lookup (options, "need-revocation", "b", &input->context.need_revocation);
    g_variant_lookup (options, "algorithms", "&s", &algorithms);
    if (algorithms != NULL) {
        policy = pena_crypto_policy_parse (algorithms, error);
        if (policy == NULL)
            return NULL;
    }
    input->context.policy = policy;
    return judge_with_answers (self, input, error);
}

GVariant *
worker_verify (gpointer worker, GVariant *arguments, gint fd, GError **error)
{
    Worker *self = worker;
    g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);
    g_autoptr (GBytes) signature = worker_lookup_bytes (options, "signature");
    g_autoptr (GBytes) sha256 = worker_lookup_bytes (options, "sha256");
    gboolean attached = FALSE;
    PenaReportInput input = {
        .bytes = self->bytes, .pdf = self->pdf, .sha256 = sha256, .signature = signature};

    g_variant_lookup (options, "attached", "b", &attached);
    if (self->bytes == NULL || self->judged || self->update != NULL ||
        (self->pdf == NULL) != (signature != NULL || attached))
        return worker_out_of_turn (error);
    self->verifier = TRUE;
    learn_trust (&self->trust, options);
    g_autofree gchar *report = judge (self, options, &input, error);
    self->judged = TRUE;
    return report != NULL ? g_variant_new ("(s)", report) : NULL;
}
