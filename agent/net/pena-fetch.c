/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one question over HTTP, bounded in time, size and reach
 * Copyright (C) 2026 the Pena authors */
#include "pena-fetch.h"

#include <libsoup/soup.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-address.h"
#include "pena-text.h"

#define CHUNK (64 * 1024)
#define MAX_REDIRECTIONS 3

struct _PenaFetcher {
    const PenaConfig *config;
    GTlsDatabase *trust;     /* NULL: the system's */
    GProxyResolver *proxy;   /* NULL: none */
    SoupSession *configured; /* for addresses that may be anywhere: keeps connections */
};

typedef struct {
    PenaFetcher *fetcher;
    GUri *uri;
    gchar *media_type;
    GBytes *body;
    gsize max;
    gboolean from_certificate;
    gchar *authorization;
    guint redirections;

    SoupSession *session;
    SoupMessage *message;
    GInputStream *stream;
    GByteArray *received;
    GCancellable *cancellable; /* ours: the caller's, or the time that is up */
    gulong chained;
    guint timer;
    gboolean late;
} Fetch;

static void
fetch_free (Fetch *self)
{
    GCancellable *outer = g_object_get_data (G_OBJECT (self->cancellable), "outer");

    g_clear_handle_id (&self->timer, g_source_remove);
    if (outer != NULL)
        g_cancellable_disconnect (outer, self->chained);
    g_clear_pointer (&self->uri, g_uri_unref);
    g_clear_pointer (&self->body, g_bytes_unref);
    g_clear_object (&self->message);
    g_clear_object (&self->stream);
    g_clear_object (&self->session);
    g_clear_object (&self->cancellable);
    g_byte_array_unref (self->received);
    if (self->authorization != NULL)
        pena_wipe (self->authorization, strlen (self->authorization));
    g_free (self->authorization);
    g_free (self->media_type);
    g_free (self);
}

/* ---- the fetcher ---- */

static gboolean
invalid (GError **error, const gchar *what, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("[network] %s: %s", what, why);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static SoupSession *
new_session (const PenaFetcher *self, GSocketConnectable *pinned)
{
    SoupSession *session = soup_session_new_with_options ("timeout", (guint)self->config->network_timeout,
                                                          "idle-timeout", 30u, "max-conns", 8, "user-agent",
                                                          "pena", "remote-connectable", pinned, NULL);

    /* never what the environment says; an answer is what it is, so that nothing unpacks to gigabytes */
    soup_session_set_proxy_resolver (session, pinned == NULL ? self->proxy : NULL);
    soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
    soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
    if (self->trust != NULL)
        soup_session_set_tls_database (session, self->trust);
    return session;
}

PenaFetcher *
pena_fetcher_new (const PenaConfig *config, GError **error)
{
    g_autoptr (PenaFetcher) self = g_new0 (PenaFetcher, 1);
    g_autoptr (GError) local = NULL;

    self->config = config;
    if (config->tls_ca != NULL && (self->trust = g_tls_file_database_new (config->tls_ca, &local)) == NULL) {
        invalid (error, "tls-ca", local->message);
        return NULL;
    }
    if (config->proxy != NULL) {
        g_autoptr (GUri) uri = g_uri_parse (config->proxy, G_URI_FLAGS_NONE, &local);
        if (uri == NULL || g_uri_get_host (uri) == NULL) {
            invalid (error, "proxy", local != NULL ? local->message : config->proxy);
            return NULL;
        }
        self->proxy = g_simple_proxy_resolver_new (config->proxy, NULL);
    }
    self->configured = new_session (self, NULL);
    return g_steal_pointer (&self);
}

void
pena_fetcher_free (PenaFetcher *self)
{
    if (self == NULL)
        return;
    if (self->configured != NULL)
        soup_session_abort (self->configured);
    g_clear_object (&self->configured);
    g_clear_object (&self->trust);
    g_clear_object (&self->proxy);
    g_free (self);
}

/* ---- failing ---- */

static GError *
new_error (const Fetch *self, PenaErrorCode code, const gchar *reason)
{
    const gchar *host = g_uri_get_host (self->uri);
    GError *made = g_error_new (PENA_ERROR, (gint)code, "%s: %s", host, reason);

    pena_error_set_string (made, "host", host);
    pena_error_set_string (made, "reason", reason);
    return made;
}

/* What GIO says, as one of ours. Takes it. */
static void
fail (GTask *task, GError *error)
{
    const Fetch *self = g_task_get_task_data (task);
    g_autoptr (GError) cause = error;

    if (cause->domain == PENA_ERROR)
        g_task_return_error (task, g_steal_pointer (&cause));
    else if (self->late || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_TIMEOUT, "too slow"));
    else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_CANCELLED, "cancelled");
    else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_ADDRESS_REFUSED, cause->message));
    else
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_UNREACHABLE, cause->message));
}

/* ---- the answer ---- */

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Fetch *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
    gsize length = 0;
    gconstpointer data = chunk != NULL ? g_bytes_get_data (chunk, &length) : NULL;

    if (chunk == NULL) {
        fail (task, error);
        return;
    }
    if (length == 0) {
        g_task_return_pointer (task, g_byte_array_free_to_bytes (g_steal_pointer (&self->received)),
                               (GDestroyNotify)g_bytes_unref);
        self->received = g_byte_array_new ();
        return;
    }
    if (length > self->max - self->received->len) {
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_TOO_LARGE, "too large"));
        return;
    }
    g_byte_array_append (self->received, data, (guint)length);
    g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable, on_read,
                                     g_steal_pointer (&task));
}

static void send (GTask *task);

static gboolean
is_redirection (guint status)
{
    return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND ||
           status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT ||
           status == SOUP_STATUS_PERMANENT_REDIRECT;
}

/* Followed by hand, so that each step is checked like the first. A POST, and with it any password, goes nowhere else. */
static void
redirect (GTask *task)
{
    Fetch *self = g_task_get_task_data (task);
    const gchar *location =
        soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Location");
    g_autofree gchar *base = g_uri_to_string (self->uri);
    g_autofree gchar *url =
        location != NULL ? g_uri_resolve_relative (base, location, G_URI_FLAGS_ENCODED, NULL) : NULL;
    GError *error = NULL;

    if (self->body != NULL || url == NULL || self->redirections >= MAX_REDIRECTIONS) {
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_ANSWER_INVALID,
                                              _ ("it sends to another address, or to too many")));
        return;
    }
    GUri *next = pena_address_parse (url, &error);
    if (next == NULL) {
        fail (task, error);
        return;
    }
    self->redirections++;
    g_uri_unref (self->uri);
    self->uri = next;
    send (task);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Fetch *self = g_task_get_task_data (task);
    GError *error = NULL;

    g_clear_object (&self->stream);
    self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
    if (self->stream == NULL) {
        fail (task, error);
        return;
    }
    guint status = soup_message_get_status (self->message);
    if (is_redirection (status)) {
        redirect (task);
        return;
    }
    if (status != SOUP_STATUS_OK) {
        g_autofree gchar *reason = g_strdup_printf ("HTTP %u", status);
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_ANSWER_INVALID, reason));
        return;
    }
    goffset length =
        soup_message_headers_get_content_length (soup_message_get_response_headers (self->message));
    if (length > 0 && (guint64)length > self->max) {
        g_task_return_error (task, new_error (self, PENA_ERROR_NETWORK_TOO_LARGE, "too large"));
        return;
    }
    g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable, on_read,
                                     g_steal_pointer (&task));
}

/* ---- the question ---- */

static gboolean
choose_session (Fetch *self, GError **error)
{
    PenaReach reach = PENA_REACH_ANYWHERE;

    g_clear_object (&self->session);
    if (self->from_certificate &&
        !pena_address_check (self->uri, (const gchar *const *)self->fetcher->config->hosts, &reach, error))
        return FALSE;
    /* A proxy looks names up itself, and has rules of its own; a bare private address is refused all the same. */
    g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (g_uri_get_host (self->uri));
    if (reach == PENA_REACH_PUBLIC && literal != NULL && !pena_address_is_public (literal)) {
        g_propagate_error (error,
                           new_error (self, PENA_ERROR_NETWORK_ADDRESS_REFUSED, "not a public address"));
        return FALSE;
    }
    if (reach == PENA_REACH_ANYWHERE || self->fetcher->proxy != NULL) {
        self->session = g_object_ref (self->fetcher->configured);
        return TRUE;
    }
    g_autoptr (GSocketConnectable) host = pena_address_new_public (self->uri);
    self->session = new_session (self->fetcher, host);
    return TRUE;
}

static void
send (GTask *task)
{
    Fetch *self = g_task_get_task_data (task);
    GError *error = NULL;

    if (!choose_session (self, &error)) {
        fail (task, error);
        return;
    }
    g_clear_object (&self->message);
    self->message = soup_message_new_from_uri (self->body != NULL ? "POST" : "GET", self->uri);
    soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
    if (self->body != NULL)
        soup_message_set_request_body_from_bytes (self->message, self->media_type, self->body);
    if (self->authorization != NULL)
        soup_message_headers_replace (soup_message_get_request_headers (self->message), "Authorization",
                                      self->authorization);
    soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->cancellable, on_sent,
                             g_object_ref (task));
}

static gboolean
on_time_up (gpointer user_data)
{
    Fetch *self = user_data;

    self->timer = 0;
    self->late = TRUE;
    g_cancellable_cancel (self->cancellable);
    return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *outer, gpointer own)
{
    g_cancellable_cancel (own);
}

static void
bound_in_time (Fetch *self, GCancellable *outer)
{
    self->cancellable = g_cancellable_new ();
    if (outer != NULL) {
        g_object_set_data_full (G_OBJECT (self->cancellable), "outer", g_object_ref (outer), g_object_unref);
        self->chained = g_cancellable_connect (outer, G_CALLBACK (on_cancelled), self->cancellable, NULL);
    }
    self->timer = g_timeout_add_seconds ((guint)self->fetcher->config->network_timeout, on_time_up, self);
}

void
pena_fetch_async (PenaFetcher *self, const PenaFetch *what, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    GError *error = NULL;
    g_autoptr (GUri) uri = pena_address_parse (what->url, &error);

    g_task_set_check_cancellable (task, FALSE); /* that the time is up tells more */
    if (uri == NULL) {
        g_task_return_error (task, error);
        return;
    }
    Fetch *fetch = g_new0 (Fetch, 1);
    fetch->fetcher = self;
    fetch->uri = g_steal_pointer (&uri);
    fetch->media_type = g_strdup (what->media_type);
    fetch->body = what->body != NULL ? g_bytes_ref (what->body) : NULL;
    fetch->max = what->max;
    fetch->from_certificate = what->from_certificate;
    if (what->authorization != NULL)
        fetch->authorization =
            g_strndup ((const gchar *)what->authorization->data, what->authorization->length);
    fetch->received = g_byte_array_new ();
    bound_in_time (fetch, cancellable);
    g_task_set_task_data (task, fetch, (GDestroyNotify)fetch_free);
    send (task);
}

GBytes *
pena_fetch_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
