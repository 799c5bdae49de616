/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking for a time-stamp, one authority after the other
 * Copyright (C) 2026 the Pena authors */
#include <openssl/x509_vfy.h>
#include <pena/pena-error.h>

#include "pena-ask.h"
#include "pena-chain.h"
#include "pena-credentials.h"
#include "pena-text.h"

/* A token with a long chain has some ten KiB. */
#define MAX_ANSWER (256 * 1024)
/* How long an authority that did not answer waits behind the others: a job may not lose its time-out to it each time. */
#define REST (60 * G_USEC_PER_SEC)

static void ask_next (PenaAsk *self);

static gboolean
is_resting (PenaAsk *self, const gchar *server)
{
    const gint64 *until = g_hash_table_lookup (self->shared->resting, server);
    return until != NULL && g_get_monotonic_time () < *until;
}

static void
let_rest (PenaAsk *self)
{
    gint64 until = g_get_monotonic_time () + REST;
    g_hash_table_insert (self->shared->resting, g_strdup (self->url), g_memdup2 (&until, sizeof until));
}

/* The error of one authority, with its name in front. Takes the error. */
static void
failed_here (PenaAsk *self, GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    const gchar *reason = NULL;

    g_debug ("time-stamp: %s", error->message);
    if (!g_variant_lookup (facts, "host", "&s", &reason) &&
        g_variant_lookup (facts, "reason", "&s", &reason)) {
        g_autofree gchar *named = g_strdup_printf ("%s: %s", self->url, reason);
        pena_error_set_string (error, "reason", named);
    }
    if (pena_ask_note (self, error))
        ask_next (self);
}

/* Everybody can make time-stamps; what counts are those of an authority that is trusted. */
static gboolean
check_trust (PenaAsk *self, const PenaTimeStamp *stamp, GError **error)
{
    g_autoptr (GPtrArray) own = pena_time_stamp_dup_certificates (stamp);
    g_auto (PenaChainFailure) failure = {0};

    g_ptr_array_extend (own, self->certificates, (GCopyFunc)(void (*) (void))g_bytes_ref, NULL);
    g_autoptr (PenaX509Stack) helpers = pena_certificates_parse (own);
    g_autoptr (PenaX509Stack) chain =
        pena_chain_build (pena_time_stamp_get_signer (stamp), helpers, self->anchors,
                          pena_time_stamp_get_time (stamp), &failure);
    if (chain != NULL)
        return TRUE;
    g_autofree gchar *name = pena_certificate_display_name (pena_time_stamp_get_signer (stamp));
    const gchar *why = X509_verify_cert_error_string (failure.error);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_TSA_UNTRUSTED, "not trusted: %s", why);
    pena_error_set_string (made, "name", name);
    pena_error_set_string (made, "reason", why);
    g_propagate_error (error, made);
    return FALSE;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
    PenaAsk *self = user_data;
    GError *error = NULL;
    g_autoptr (GBytes) answer = pena_fetch_finish (result, &error);

    if (answer == NULL) {
        if (!g_error_matches (error, PENA_ERROR, PENA_ERROR_CANCELLED))
            let_rest (self);
        failed_here (self, error);
        return;
    }
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_answer_read (
        answer, self->query, pena_ask_now (), (gint64)self->shared->config->clock_difference, &error);
    if (stamp == NULL || !check_trust (self, stamp, &error)) {
        failed_here (self, error);
        return;
    }
    g_hash_table_remove (self->shared->resting, self->url);
    pena_ask_answer (self, PENA_ANSWER_TIME_STAMP, pena_time_stamp_get_der (stamp));
}

static void
give_up (PenaAsk *self)
{
    if (self->telling == NULL) {
        pena_ask_fail (self, g_error_new_literal (PENA_ERROR, PENA_ERROR_TSA_MISSING, "no TSA"));
        return;
    }
    PenaErrorCode code = pena_error_code (self->telling);
    if (code == PENA_ERROR_TSA_REFUSED || code == PENA_ERROR_TSA_ANSWER_INVALID ||
        code == PENA_ERROR_TSA_UNTRUSTED || code == PENA_ERROR_CONFIG_INVALID ||
        code == PENA_ERROR_INTERNAL) {
        pena_ask_fail (self, g_steal_pointer (&self->telling));
        return;
    }
    GError *error = g_error_new (PENA_ERROR, PENA_ERROR_TSA_UNREACHABLE, "%s", self->reasons->str);
    pena_error_set_string (error, "reason", self->reasons->str);
    pena_error_set_string (error, "cause", pena_error_name (code));
    pena_ask_fail (self, error);
}

static void
ask_next (PenaAsk *self)
{
    const PenaConfig *config = self->shared->config;
    g_autoptr (PenaSecret) authorization = NULL;
    GError *error = NULL;

    if (!pena_ask_next_url (self)) {
        give_up (self);
        return;
    }
    /* each with a nonce of its own: what one authority learns is of no use with another */
    g_clear_pointer (&self->query, pena_time_stamp_query_free);
    self->query =
        pena_time_stamp_query_new (self->need->digest, self->need->imprint, config->tsa_policy, &error);
    if (self->query == NULL ||
        (config->tsa_credentials != NULL &&
         !pena_credentials_find (config->tsa_credentials, self->url, &authorization, &error))) {
        pena_ask_fail (self, error);
        return;
    }
    const PenaFetch fetch = {.url = self->url,
                             .media_type = "application/timestamp-query",
                             .body = pena_time_stamp_query_get_der (self->query),
                             .max = MAX_ANSWER,
                             .authorization = authorization};
    pena_ask_fetch (self, &fetch, on_answer);
}

void
pena_ask_time_stamp (PenaAsk *self)
{
    gchar **servers = self->shared->config->tsa_servers;

    for (guint resting = 0; resting < 2; resting++)
        for (guint i = 0; servers[i] != NULL; i++)
            if (*servers[i] != '\0' && is_resting (self, servers[i]) == (resting == 1))
                g_ptr_array_add (self->urls, g_strdup (servers[i]));
    ask_next (self);
}
