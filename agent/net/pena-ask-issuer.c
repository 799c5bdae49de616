/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking for the certificate of an issuer
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-ask.h"
#include "pena-certificate.h"
#include "pena-text.h"

#define MAX_BUNDLE (128 * 1024)

static void ask_next (PenaAsk *self);

/* TRUE when it was among them, and self is gone. */
static gboolean
use (PenaAsk *self, PenaX509Stack *candidates)
{
    X509 *issuer = pena_certificates_find_issuer (candidates, self->certificate);

    if (issuer == NULL)
        return FALSE;
    g_autoptr (GBytes) der = pena_certificate_encode (issuer);
    pena_ask_answer (self, PENA_ANSWER_ISSUER, der);
    return TRUE;
}

static gboolean
use_known (PenaAsk *self, GPtrArray *ders)
{
    g_autoptr (PenaX509Stack) known = pena_certificates_parse (ders);
    return use (self, known);
}

static gboolean
use_cached (PenaAsk *self, const gchar *key)
{
    g_autoptr (GBytes) kept = pena_cache_get (self->shared->cache, key, pena_ask_now ());
    g_autoptr (PenaX509Stack) bundle = kept != NULL ? pena_certificates_from_bundle (kept) : NULL;
    return bundle != NULL && use (self, bundle);
}

static gchar *
cache_key (const PenaAsk *self)
{
    return pena_cache_key ("issuer", self->need->certificate, NULL);
}

static GError *
new_other (const PenaAsk *self)
{
    const gchar *reason = _ ("what is there has not issued the certificate");
    g_autofree gchar *host = pena_ask_dup_host (self);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_NETWORK_ANSWER_INVALID, "%s: %s", host, reason);

    pena_error_set_string (made, "host", host);
    pena_error_set_string (made, "reason", reason);
    return made;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
    PenaAsk *self = user_data;
    GError *error = NULL;
    g_autoptr (GBytes) answer = pena_fetch_finish (result, &error);
    g_autoptr (PenaX509Stack) bundle = answer != NULL ? pena_certificates_from_bundle (answer) : NULL;

    if (bundle != NULL && pena_certificates_find_issuer (bundle, self->certificate) != NULL) {
        g_autofree gchar *key = cache_key (self);
        pena_cache_put (self->shared->cache, key, answer, pena_ask_now ());
        pena_ask_note_host (self);
        use (self, bundle);
        return;
    }
    if (pena_ask_note (self, error != NULL ? error : new_other (self)))
        ask_next (self);
}

static void
ask_next (PenaAsk *self)
{
    if (!pena_ask_next_url (self)) {
        pena_ask_fail_unavailable (self, PENA_ERROR_ISSUER_UNAVAILABLE);
        return;
    }
    const PenaFetch fetch = {.url = self->url, .max = MAX_BUNDLE, .from_certificate = TRUE};
    pena_ask_fetch (self, &fetch, on_answer);
}

void
pena_ask_issuer (PenaAsk *self)
{
    GError *error = NULL;
    g_autofree gchar *key = cache_key (self);

    self->certificate = pena_certificate_parse (self->need->certificate, &error);
    if (self->certificate == NULL) {
        pena_ask_fail (self, error);
        return;
    }
    if (use_known (self, self->certificates) || use_known (self, self->anchors) || use_cached (self, key))
        return;
    if (!self->kept_only) {
        g_auto (GStrv) urls = pena_certificate_dup_issuer_urls (self->certificate);
        pena_ask_add_urls (self, urls);
    }
    ask_next (self);
}
