/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document worker judges what it was given, maybe one document after the other
 * Copyright (C) 2026 the Pena authors */
#include "ipc-error.h"
#include "pena-enclosed.h"
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
    } lists[] = {{"anchors", &self->anchors}, {"certificates", &self->certificates}, {"crls", &self->crls}};

    for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
        if (*lists[i].list != NULL && !has (options, lists[i].key))
            continue;
        g_clear_pointer (lists[i].list, g_ptr_array_unref);
        *lists[i].list = worker_lookup_bytes_list (options, lists[i].key);
    }
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
        input->ranges = enclosed->parts->content;
    }
    input->context.anchors = self->trust.anchors;
    input->context.certificates = self->trust.certificates;
    input->context.crls = self->trust.crls;
    g_variant_lookup (options, "time", "x", &input->context.time);
    g_variant_lookup (options, "need-revocation", "b", &input->context.need_revocation);
    g_variant_lookup (options, "algorithms", "&s", &algorithms);
    if (algorithms != NULL) {
        policy = pena_crypto_policy_parse (algorithms, error);
        if (policy == NULL)
            return NULL;
    }
    input->context.policy = policy;
    return pena_report_json (input, error);
}

static gboolean
on_verify (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
           Worker *self)
{
    g_autoptr (GBytes) signature = worker_lookup_bytes (options, "signature");
    g_autoptr (GBytes) sha256 = worker_lookup_bytes (options, "sha256");
    gboolean attached = FALSE;
    PenaReportInput input = {
        .bytes = self->bytes, .pdf = self->pdf, .sha256 = sha256, .signature = signature};
    GError *error = NULL;

    g_variant_lookup (options, "attached", "b", &attached);
    if (self->bytes == NULL || self->judged || self->update != NULL ||
        (self->pdf == NULL) != (signature != NULL || attached)) {
        worker_out_of_turn (invocation);
        return TRUE;
    }
    self->verifier = TRUE;
    learn_trust (&self->trust, options);
    g_autofree gchar *report = judge (self, options, &input, &error);
    self->judged = TRUE;
    if (report == NULL)
        pena_ipc_return_error (invocation, error);
    else
        pena_dbus_document_worker1_complete_verify (object, invocation, report);
    return TRUE;
}

void
worker_verify_serve (PenaDbusDocumentWorker1 *object, Worker *self)
{
    g_signal_connect (object, "handle-verify", G_CALLBACK (on_verify), self);
}
