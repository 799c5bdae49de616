/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking whether a certificate was revoked: responders, then lists
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rand.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-ask.h"
#include "pena-certificate.h"
#include "pena-ocsp.h"
#include "pena-text.h"

#define MAX_OCSP (64 * 1024)
#define NONCE_LENGTH 16

static void ask_next (PenaAsk *self);

static gchar *
ocsp_key (const PenaAsk *self)
{
    return pena_cache_key ("ocsp", self->need->certificate, self->need->issuer, NULL);
}

static gchar *
list_key (const PenaAsk *self, const gchar *url)
{
    g_autoptr (GBytes) address = g_bytes_new (url, strlen (url));
    return pena_cache_key ("crl", self->need->issuer, address, NULL);
}

/* ---- judging ---- */

static GError *
new_revoked (const PenaRevocation *revocation)
{
    g_autofree gchar *since = pena_time_format (revocation->since);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED, "revoked at %s", since);

    pena_error_set_string (made, "revoked_at", since);
    return made;
}

static gboolean
read_ocsp (PenaAsk *self, GBytes *answer, PenaRevocation *ret_revocation, GError **error)
{
    g_autoptr (PenaOcspAnswer) read = pena_ocsp_answer_read (answer, self->certificate, self->issuer, error);

    if (read == NULL || !pena_ocsp_answer_check_current (read, pena_ask_now (), error) ||
        (self->nonce != NULL && !pena_ocsp_answer_check_nonce (read, self->nonce, error)))
        return FALSE;
    *ret_revocation = *pena_ocsp_answer_get_revocation (read);
    return TRUE;
}

/* A list on its way through the thread that reads it: one of megabytes takes as long as all else that the agent does in a
 * second. */
typedef struct {
    PenaAsk *ask; /* is there until it is answered */
    GBytes *list;
    gboolean is_ocsp;
    PenaRevocation found;
    void (*use) (PenaAsk *ask, GBytes *list, const PenaRevocation *found, GError *error);
} ListRead;

static void
list_read_free (ListRead *self)
{
    g_bytes_unref (self->list);
    g_free (self);
}

/* One that is outdated may still revoke. */
static gboolean
is_of_use (PenaRevocation found, GError **error)
{
    if (found.state != PENA_REVOCATION_REVOKED && !pena_revocation_is_current (&found, pena_ask_now ())) {
        g_autofree gchar *time = pena_time_format (found.this_update);
        g_autofree gchar *reason = g_strdup_printf (_ ("it is outdated: it is from %s"), time);
        GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CRL_INVALID, "CRL: %s", reason);
        pena_error_set_string (made, "reason", reason);
        g_propagate_error (error, made);
        return FALSE;
    }
    return TRUE;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    ListRead *self = data;
    GError *error = NULL;

    if (self->is_ocsp
            ? read_ocsp (self->ask, self->list, &self->found, &error)
            : pena_crl_read (self->list, self->ask->certificate, self->ask->issuer, &self->found, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
on_list_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    const ListRead *self = g_task_get_task_data (G_TASK (result));
    GError *error = NULL;

    if (g_task_propagate_boolean (G_TASK (result), &error))
        is_of_use (self->found, &error);
    self->use (self->ask, self->list, &self->found, error);
}

/* Has it read; use() gets what it says, or an error, which it takes. */
static void
read_apart (PenaAsk *self, GBytes *list, gboolean is_ocsp,
            void (*use) (PenaAsk *self, GBytes *list, const PenaRevocation *found, GError *error))
{
    g_autoptr (GTask) task = g_task_new (NULL, NULL, on_list_read, NULL);
    ListRead *read = g_new0 (ListRead, 1);

    *read = (ListRead){.ask = self, .list = g_bytes_ref (list), .is_ocsp = is_ocsp, .use = use};
    g_task_set_task_data (task, read, (GDestroyNotify)list_read_free);
    g_task_run_in_thread (task, read_in_thread);
}

/* TRUE when the matter is settled, and self gone. */
static gboolean
settle (PenaAsk *self, PenaAnswerKind kind, GBytes *answer, const PenaRevocation *revocation)
{
    switch (revocation->state) {
    case PENA_REVOCATION_GOOD:
        pena_ask_answer (self, kind, answer);
        return TRUE;
    case PENA_REVOCATION_ON_HOLD:
    case PENA_REVOCATION_REVOKED:
        if (self->need->judging) {
            pena_ask_answer (self, kind, answer);
            return TRUE;
        }
        pena_ask_fail (self, new_revoked (revocation));
        return TRUE;
    case PENA_REVOCATION_UNKNOWN:
    default:
        return FALSE;
    }
}

/* ---- what is at hand ---- */

/* That it is not revoked may have changed since; that it is may not. */
static gboolean
is_recent (const PenaAsk *self, const PenaRevocation *revocation)
{
    return revocation->state != PENA_REVOCATION_GOOD || revocation->this_update >= self->need->since;
}

static gboolean
use_cached_ocsp (PenaAsk *self)
{
    g_autofree gchar *key = ocsp_key (self);
    g_autoptr (GBytes) answer = pena_cache_get (self->shared->cache, key, pena_ask_now ());
    PenaRevocation revocation;

    return answer != NULL && read_ocsp (self, answer, &revocation, NULL) && is_recent (self, &revocation) &&
           settle (self, PENA_ANSWER_OCSP, answer, &revocation);
}

static void use_local (PenaAsk *self);

static void
on_local (PenaAsk *self, GBytes *list, const PenaRevocation *revocation, GError *error)
{
    PenaAnswerKind kind = self->n_local <= self->ocsps->len ? PENA_ANSWER_OCSP : PENA_ANSWER_CRL;

    if (error != NULL || !settle (self, kind, list, revocation))
        use_local (self);
    g_clear_error (&error);
}

/* When nobody answers, the answers and lists that the administrator keeps, one after the other. */
static void
use_local (PenaAsk *self)
{
    guint n = self->n_local++;

    g_clear_pointer (&self->nonce, g_bytes_unref);
    if (n < self->ocsps->len)
        read_apart (self, self->ocsps->pdata[n], TRUE, on_local);
    else if (n - self->ocsps->len < self->crls->len)
        read_apart (self, self->crls->pdata[n - self->ocsps->len], FALSE, on_local);
    else
        pena_ask_fail_unavailable (self, PENA_ERROR_REVOCATION_UNAVAILABLE);
}

/* ---- asking ---- */

static GError *
new_unknown (void)
{
    const gchar *reason = _ ("it does not know the certificate");
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_OCSP_ANSWER_INVALID, "OCSP: %s", reason);

    pena_error_set_string (made, "reason", reason);
    return made;
}

static void
note_and_go_on (PenaAsk *self, GError *error)
{
    if (pena_ask_note (self, error))
        ask_next (self);
}

/* Takes the error. */
static void
use_answer (PenaAsk *self, GBytes *answer, const PenaRevocation *revocation, GError *error)
{
    if (error != NULL) {
        note_and_go_on (self, error);
        return;
    }
    /* an answer that does not say how long it holds is not kept */
    if (revocation->next_update != G_MININT64) {
        g_autofree gchar *key = self->lists ? list_key (self, self->url) : ocsp_key (self);
        pena_cache_put (self->shared->cache, key, answer, pena_ask_now ());
    }
    pena_ask_note_host (self);
    if (!settle (self, self->lists ? PENA_ANSWER_CRL : PENA_ANSWER_OCSP, answer, revocation))
        note_and_go_on (self, new_unknown ());
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
    PenaAsk *self = user_data;
    GError *error = NULL;
    g_autoptr (GBytes) answer = pena_fetch_finish (result, &error);
    PenaRevocation revocation = {.state = PENA_REVOCATION_UNKNOWN};

    if (answer != NULL && self->lists) {
        read_apart (self, answer, FALSE, use_answer);
        return;
    }
    if (answer != NULL)
        read_ocsp (self, answer, &revocation, &error);
    use_answer (self, answer, &revocation, error);
}

static void
ask_responder (PenaAsk *self)
{
    guint8 random[NONCE_LENGTH];
    GError *error = NULL;

    g_clear_pointer (&self->nonce, g_bytes_unref);
    if (RAND_bytes (random, sizeof random) == 1)
        self->nonce = g_bytes_new (random, sizeof random);
    g_autoptr (GBytes) request = pena_ocsp_request_new (self->certificate, self->issuer, self->nonce, &error);
    if (request == NULL) {
        pena_ask_fail (self, error);
        return;
    }
    const PenaFetch fetch = {.url = self->url,
                             .media_type = "application/ocsp-request",
                             .body = request,
                             .max = MAX_OCSP,
                             .from_certificate = TRUE};
    pena_ask_fetch (self, &fetch, on_answer);
}

static void
fetch_list (PenaAsk *self)
{
    if (self->kept_only) {
        ask_next (self);
        return;
    }
    const PenaFetch fetch = {
        .url = self->url, .max = (gsize)self->shared->config->max_crl_size, .from_certificate = TRUE};
    pena_ask_fetch (self, &fetch, on_answer);
}

static void
on_cached_list (PenaAsk *self, GBytes *list, const PenaRevocation *revocation, GError *error)
{
    if (error != NULL || !is_recent (self, revocation) || !settle (self, PENA_ANSWER_CRL, list, revocation))
        fetch_list (self);
    g_clear_error (&error);
}

static void
ask_list (PenaAsk *self)
{
    g_autofree gchar *key = list_key (self, self->url);
    g_autoptr (GBytes) cached = pena_cache_get (self->shared->cache, key, pena_ask_now ());

    if (cached != NULL)
        read_apart (self, cached, FALSE, on_cached_list);
    else
        fetch_list (self);
}

static void
ask_next (PenaAsk *self)
{
    if (pena_ask_next_url (self)) {
        if (self->lists)
            ask_list (self);
        else
            ask_responder (self);
        return;
    }
    if (self->lists) {
        use_local (self);
        return;
    }
    g_auto (GStrv) urls = pena_certificate_dup_crl_urls (self->certificate);
    self->lists = TRUE;
    pena_ask_add_urls (self, urls);
    ask_next (self);
}

void
pena_ask_revocation (PenaAsk *self)
{
    GError *error = NULL;

    self->certificate = pena_certificate_parse (self->need->certificate, &error);
    self->issuer = self->certificate != NULL ? pena_certificate_parse (self->need->issuer, &error) : NULL;
    if (self->issuer == NULL) {
        pena_ask_fail (self, error);
        return;
    }
    if (use_cached_ocsp (self))
        return;
    if (!self->kept_only) {
        g_auto (GStrv) urls = pena_certificate_dup_ocsp_urls (self->certificate);
        pena_ask_add_urls (self, urls);
    }
    ask_next (self);
}
