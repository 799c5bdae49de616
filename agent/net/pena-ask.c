/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one need on its way to an answer
 * Copyright (C) 2026 the Pena authors */
#include "pena-ask.h"

#include <pena/pena-error.h>

#include "pena-certificate.h"
#include "pena-text.h"

PenaAsk *
pena_ask_new (PenaAskShared *shared, PenaNeed *need)
{
    PenaAsk *self = g_new0 (PenaAsk, 1);

    self->shared = shared;
    self->need = need;
    self->urls = g_ptr_array_new_with_free_func (g_free);
    self->reasons = g_string_new (NULL);
    return self;
}

void
pena_ask_free (PenaAsk *self)
{
    X509_free (self->certificate);
    X509_free (self->issuer);
    g_ptr_array_unref (self->urls);
    g_free (self->url);
    g_string_free (self->reasons, TRUE);
    g_clear_error (&self->telling);
    g_clear_pointer (&self->query, pena_time_stamp_query_free);
    g_clear_pointer (&self->nonce, g_bytes_unref);
    g_clear_object (&self->cancellable);
    g_free (self);
}

gint64
pena_ask_now (void)
{
    return g_get_real_time () / G_USEC_PER_SEC;
}

gboolean
pena_ask_next_url (PenaAsk *self)
{
    g_clear_pointer (&self->url, g_free);
    if (self->urls->len == 0)
        return FALSE;
    self->url = g_ptr_array_steal_index (self->urls, 0);
    return TRUE;
}

void
pena_ask_add_urls (PenaAsk *self, GStrv urls)
{
    for (guint i = 0; urls[i] != NULL; i++)
        g_ptr_array_add (self->urls, g_strdup (urls[i]));
}

void
pena_ask_fetch (PenaAsk *self, const PenaFetch *fetch, GAsyncReadyCallback callback)
{
    pena_fetch_async (self->shared->fetcher, fetch, self->cancellable, callback, self);
}

static gboolean
is_of_the_network (const GError *error)
{
    static const PenaErrorCode codes[] = {PENA_ERROR_NETWORK_UNREACHABLE, PENA_ERROR_NETWORK_TIMEOUT,
                                          PENA_ERROR_NETWORK_TOO_LARGE, PENA_ERROR_NETWORK_ANSWER_INVALID,
                                          PENA_ERROR_NETWORK_ADDRESS_REFUSED};
    for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
        if (pena_error_code (error) == codes[i])
            return TRUE;
    return FALSE;
}

/* What an address answered tells more than that another one could not be reached. */
gboolean
pena_ask_note (PenaAsk *self, GError *error)
{
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_CANCELLED)) {
        pena_ask_fail (self, error);
        return FALSE;
    }
    g_autofree gchar *text = pena_error_describe (error);
    g_string_append_printf (self->reasons, "%s%s", self->reasons->len > 0 ? " " : "", text);
    if (self->telling == NULL || (is_of_the_network (self->telling) && !is_of_the_network (error))) {
        g_clear_error (&self->telling);
        self->telling = error;
    } else
        g_error_free (error);
    return TRUE;
}

gchar *
pena_ask_dup_host (const PenaAsk *self)
{
    g_autoptr (GUri) uri = g_uri_parse (self->url, G_URI_FLAGS_ENCODED, NULL);
    const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;

    return g_strdup (host != NULL ? host : "?");
}

void
pena_ask_note_host (PenaAsk *self)
{
    g_free (self->need->host);
    self->need->host = pena_ask_dup_host (self);
}

void
pena_ask_answer (PenaAsk *self, PenaAnswerKind kind, GBytes *answer)
{
    pena_need_answer (self->need, kind, answer);
    self->finished (self, self->user_data);
}

void
pena_ask_fail (PenaAsk *self, GError *error)
{
    pena_need_fail (self->need, error);
    self->finished (self, self->user_data);
}

void
pena_ask_fail_unavailable (PenaAsk *self, PenaErrorCode code)
{
    g_autofree gchar *name = pena_certificate_display_name (self->certificate);
    const gchar *reason = self->reasons->len > 0 ? self->reasons->str : _ ("it names no address for that.");
    GError *error = g_error_new (PENA_ERROR, (gint)code, "%s", reason);

    pena_error_set_string (error, "name", name);
    pena_error_set_string (error, "reason", reason);
    if (self->telling != NULL)
        pena_error_set_string (error, "cause", pena_error_name (pena_error_code (self->telling)));
    pena_ask_fail (self, error);
}
