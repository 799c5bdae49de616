/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one HTTP request to the agent's socket
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-transport.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client-answer.h"
#include "client-body.h"
#include "pena-text.h"

/* Errors are small objects; a larger body is not read. */
#define ERROR_BODY_LIMIT (64 * 1024)
/* From here on the agent is asked for its consent before the body is sent, so that a refusal costs nothing.
 */
#define ASK_FIRST_SIZE (1024 * 1024)

void
pena_client_request_clear (PenaClientRequest *self)
{
    g_clear_pointer (&self->uri, g_free);
    g_clear_object (&self->body);
    g_clear_object (&self->lent_body);
}

void
pena_client_answer_free (PenaClientAnswer *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->headers, soup_message_headers_unref);
    g_clear_pointer (&self->body, g_bytes_unref);
    g_clear_pointer (&self->facts, g_hash_table_unref);
    g_free (self);
}

const gchar *
pena_client_answer_get (gpointer answer, const gchar *name)
{
    PenaClientAnswer *self = answer;

    return self->facts != NULL ? g_hash_table_lookup (self->facts, name)
                               : soup_message_headers_get_one (self->headers, name);
}

/* A socket that another user left at the place would be handed the document. */
static gboolean
check_socket (const gchar *path, GError **error)
{
    struct stat st;
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *reason = NULL;

    if (strlen (path) >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
        reason = g_strdup_printf (_ ("the path %s is too long for a socket"), shown);
    else if (stat (path, &st) < 0)
        reason = errno == ENOENT ? g_strdup_printf (_ ("there is no socket at %s"), shown)
                                 : g_strdup_printf ("%s: %s", shown, g_strerror (errno));
    else if (!S_ISSOCK (st.st_mode))
        reason = g_strdup_printf (_ ("%s is not a socket"), shown);
    else if (st.st_uid != geteuid () && st.st_uid != 0)
        reason = g_strdup_printf (_ ("the socket %s belongs to another user"), shown);
    if (reason == NULL)
        return TRUE;
    pena_client_fail (error, PENA_ERROR_AGENT_UNREACHABLE, "reason", reason);
    return FALSE;
}

static SoupSession *
new_session (const PenaClientEndpoint *endpoint)
{
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (endpoint->socket_path);
    /* No time-out: a person may be looking at the prompt, and the agent has its own limits. */
    SoupSession *session = soup_session_new_with_options ("remote-connectable", address, "timeout", 0,
                                                          "user-agent", "pena/" PENA_VERSION, NULL);
    soup_session_set_proxy_resolver (session, NULL);
    soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
    return session;
}

static void
put_header (SoupMessageHeaders *headers, const gchar *name, const gchar *value)
{
    for (const gchar *at = value; at != NULL && *at != '\0'; at++)
        if (!g_ascii_isprint (*at))
            return;
    if (value != NULL && *value != '\0' && strlen (value) <= 256)
        soup_message_headers_replace (headers, name, value);
}

/* In a header, which no process list and no log shows. */
static void
put_password (SoupMessageHeaders *headers, const PenaSecret *password)
{
    gchar *escaped = password != NULL ? g_uri_escape_bytes (password->data, password->length, NULL) : NULL;

    if (escaped == NULL)
        return;
    soup_message_headers_replace (headers, "Pena-Document-Password", escaped);
    pena_wipe (escaped, strlen (escaped));
    g_free (escaped);
}

static SoupMessage *
new_message (const PenaClientEndpoint *endpoint, PenaClientRequest *request)
{
    SoupMessage *message = soup_message_new (request->method, request->uri);
    SoupMessageHeaders *headers = soup_message_get_request_headers (message);

    soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
    put_header (headers, "Accept-Language", endpoint->language);
    put_header (headers, "Pena-Tty", endpoint->tty);
    put_header (headers, "Pena-Term", endpoint->term);
    put_header (headers, "Pena-Display", endpoint->display);
    if (request->on_stage != NULL)
        put_header (headers, "Accept", "application/x-ndjson");
    put_password (headers, endpoint->document_password);
    put_header (headers, "Connection", "close");
    if (request->content_type != NULL) {
        soup_message_set_request_body (message, request->content_type, request->body, request->size);
        if (request->size < 0 || request->size >= ASK_FIRST_SIZE)
            soup_message_headers_set_expectations (headers, SOUP_EXPECTATION_CONTINUE);
    }
    return message;
}

/* The whole body, or NULL when it is longer than limit. */
static GBytes *
read_body (GInputStream *stream, gsize limit, GCancellable *cancellable, GError **error)
{
    g_autoptr (GByteArray) body = g_byte_array_new ();
    guint8 buffer[16 * 1024];
    gssize n;

    while ((n = g_input_stream_read (stream, buffer, sizeof buffer, cancellable, error)) > 0) {
        if (body->len + (gsize)n > limit) {
            g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the agent's answer is too long");
            return NULL;
        }
        g_byte_array_append (body, buffer, (guint)n);
    }
    return n < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&body));
}

gboolean
pena_client_write_to_sink (GOutputStream *sink, gconstpointer data, gsize length, GCancellable *cancellable,
                           GError **error)
{
    g_autoptr (GError) cause = NULL;

    if (g_output_stream_write_all (sink, data, length, NULL, cancellable, &cause))
        return TRUE;
    if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&cause));
    else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
        pena_client_fail (error, PENA_ERROR_DISK_FULL, NULL, NULL);
    else
        pena_client_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", cause->message);
    return FALSE;
}

static gboolean
read_to_sink (GInputStream *stream, GOutputStream *sink, goffset *ret_length, GCancellable *cancellable,
              GError **error)
{
    g_autofree guint8 *buffer = g_malloc (256 * 1024);
    goffset length = 0;
    gssize n;

    while ((n = g_input_stream_read (stream, buffer, 256 * 1024, cancellable, error)) > 0) {
        if (!pena_client_write_to_sink (sink, buffer, (gsize)n, cancellable, error))
            return FALSE;
        length += n;
    }
    *ret_length = length;
    return n == 0;
}

/* libsoup takes a connection that ends in the middle of a body, chunked or not, for the end of the body. The
 * agent always says how long its answer is. */
static gboolean
check_length (SoupMessageHeaders *headers, goffset length, GError **error)
{
    if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
        soup_message_headers_get_content_length (headers) == length)
        return TRUE;
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                         _ ("it stopped in the middle of its answer"));
    return FALSE;
}

static PenaClientAnswer *
receive (SoupMessage *message, GInputStream *stream, PenaClientRequest *request, GCancellable *cancellable,
         GError **error)
{
    guint status = soup_message_get_status (message);
    SoupMessageHeaders *headers = soup_message_get_response_headers (message);
    g_autoptr (PenaClientAnswer) answer = g_new0 (PenaClientAnswer, 1);
    goffset length;

    if (status == SOUP_STATUS_OK && request->on_stage != NULL) {
        g_auto (PenaClientLines) lines = {0};
        if (!pena_client_lines_read (stream, request->sink, request->answer_limit, request->on_stage,
                                     request->on_stage_data, cancellable, &lines, error))
            return NULL;
        answer->body = g_steal_pointer (&lines.body);
        answer->facts = g_steal_pointer (&lines.facts);
        return g_steal_pointer (&answer);
    }
    if (status == SOUP_STATUS_OK && request->sink != NULL) {
        if (!read_to_sink (stream, request->sink, &length, cancellable, error))
            return NULL;
    } else {
        gsize limit = status == SOUP_STATUS_OK ? request->answer_limit : ERROR_BODY_LIMIT;
        answer->body = read_body (stream, limit, cancellable, error);
        if (answer->body == NULL)
            return NULL;
        length = (goffset)g_bytes_get_size (answer->body);
    }
    if (!check_length (headers, length, error))
        return NULL;
    if (status != SOUP_STATUS_OK) {
        g_propagate_error (error, pena_client_error_from_answer (status, answer->body));
        return NULL;
    }
    answer->headers = soup_message_headers_ref (headers);
    return g_steal_pointer (&answer);
}

/* What goes wrong here is seen by the agent, which misses the descriptor. */
static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection,
                  PenaClientRequest *request)
{
    if (event == G_SOCKET_CLIENT_CONNECTED)
        (void)g_unix_connection_send_fd (G_UNIX_CONNECTION (connection), request->document, NULL, NULL);
}

static void
lend_document (SoupMessage *message, PenaClientRequest *request)
{
    soup_message_headers_replace (soup_message_get_request_headers (message), "Pena-Document", "descriptor");
    g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), request);
}

static PenaClientAnswer *
exchange (const PenaClientEndpoint *endpoint, PenaClientRequest *request, GCancellable *cancellable,
          GError **error)
{
    g_autoptr (SoupSession) session = new_session (endpoint);
    g_autoptr (SoupMessage) message = new_message (endpoint, request);
    if (request->lend)
        lend_document (message, request);
    g_autoptr (GInputStream) stream = soup_session_send (session, message, cancellable, error);

    return stream != NULL ? receive (message, stream, request, cancellable, error) : NULL;
}

/* An agent that says "done" before it has read everything has not seen the document. */
static gboolean
check_whole (PenaClientRequest *request, GError **error)
{
    if (!PENA_IS_CLIENT_BODY (request->body) || pena_client_body_is_whole (PENA_CLIENT_BODY (request->body)))
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                         "the agent answered before it had the whole document");
    return FALSE;
}

/* A failure to read or copy the document says more than what the HTTP library makes of it. */
static void
prefer_failure_of_body (PenaClientRequest *request, GError **error)
{
    GError *failure = NULL;

    if (PENA_IS_CLIENT_BODY (request->body))
        failure = pena_client_body_dup_failure (PENA_CLIENT_BODY (request->body));
    if (failure == NULL)
        return;
    g_clear_error (error);
    g_propagate_error (error, failure);
}

static PenaClientAnswer *
send_once (const PenaClientEndpoint *endpoint, PenaClientRequest *request, GCancellable *cancellable,
           GError **error)
{
    g_autoptr (GError) cause = NULL;

    /* A context of its own: the session's sources must not run in whatever loop the caller's thread has. */
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_main_context_push_thread_default (context);
    PenaClientAnswer *answer = exchange (endpoint, request, cancellable, &cause);
    g_main_context_pop_thread_default (context);

    if (answer != NULL && check_whole (request, &cause))
        return answer;
    g_clear_pointer (&answer, pena_client_answer_free);
    prefer_failure_of_body (request, &cause);
    pena_client_take_io_error (&cause);
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
}

PenaClientAnswer *
pena_client_transport_send (const PenaClientEndpoint *endpoint, PenaClientRequest *request,
                            GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) refused = NULL;
    PenaClientRequest lending = *request;

    if (!check_socket (endpoint->socket_path, error))
        return NULL;
    if (!request->lend)
        return send_once (endpoint, request, cancellable, error);
    lending.body = request->lent_body;
    lending.size = request->lent_size;
    PenaClientAnswer *answer = send_once (endpoint, &lending, cancellable, &refused);
    if (answer != NULL)
        return answer;
    if (!g_error_matches (refused, PENA_ERROR, PENA_ERROR_DOCUMENT_CHANGED)) {
        g_propagate_error (error, g_steal_pointer (&refused));
        return NULL;
    }
    request->lend = FALSE;
    return send_once (endpoint, request, cancellable, error);
}
