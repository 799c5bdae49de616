/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a development CA over HTTP
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "devca-serve.h"

#include "pena-text.h"

#include <glib-unix.h>
#include <libsoup/soup.h>
#include <string.h>

#define BODY_MAX 65536
#define NEVER_PRODUCTION "not-for-production"

/* What is asked for, as DER or not at all. NULL with an error is a fault of ours. */
typedef GBytes *(*Answer) (DevcaDesk *desk, GBytes *question, GError **error);

static GBytes *
answer_root (DevcaDesk *desk, GBytes *question, GError **error)
{
    return devca_answer_certificate (desk, DEVCA_ROOT, error);
}

static GBytes *
answer_issuing (DevcaDesk *desk, GBytes *question, GError **error)
{
    return devca_answer_certificate (desk, DEVCA_ISSUING, error);
}

static GBytes *
answer_root_list (DevcaDesk *desk, GBytes *question, GError **error)
{
    return devca_answer_list (desk, DEVCA_ROOT, error);
}

static GBytes *
answer_issuing_list (DevcaDesk *desk, GBytes *question, GError **error)
{
    return devca_answer_list (desk, DEVCA_ISSUING, error);
}

typedef struct {
    const gchar *method;
    const gchar *path;
    gboolean below;        /* what follows path is the question, base64 (RFC 6960, A.1) */
    const gchar *question; /* media type of the body, or NULL for none */
    const gchar *answer;   /* media type */
    Answer make;
} Route;

static const Route routes[] = {
    {"GET", "/root.cer", FALSE, NULL, "application/pkix-cert", answer_root},
    {"GET", "/issuing.cer", FALSE, NULL, "application/pkix-cert", answer_issuing},
    {"GET", "/root.crl", FALSE, NULL, "application/pkix-crl", answer_root_list},
    {"GET", "/issuing.crl", FALSE, NULL, "application/pkix-crl", answer_issuing_list},
    {"POST", "/ocsp", FALSE, "application/ocsp-request", "application/ocsp-response", devca_answer_ocsp},
    {"GET", "/ocsp/", TRUE, NULL, "application/ocsp-response", devca_answer_ocsp},
    {"POST", "/tsa", FALSE, "application/timestamp-query", "application/timestamp-reply",
     devca_answer_time_stamp},
};

static gboolean
path_fits (const Route *route, const gchar *path)
{
    return route->below ? g_str_has_prefix (path, route->path) : g_str_equal (path, route->path);
}

/* The route, or NULL with the status of what is wrong. */
static const Route *
find_route (const gchar *method, const gchar *path, guint *ret_status)
{
    *ret_status = SOUP_STATUS_NOT_FOUND;
    for (guint i = 0; i < G_N_ELEMENTS (routes); i++) {
        if (!path_fits (&routes[i], path))
            continue;
        if (g_str_equal (routes[i].method, method))
            return &routes[i];
        *ret_status = SOUP_STATUS_METHOD_NOT_ALLOWED;
    }
    return NULL;
}

static GBytes *
read_question (const Route *route, SoupServerMessage *message, const gchar *path)
{
    if (route->below) {
        gsize length;
        guint8 *data = g_base64_decode (path + strlen (route->path), &length);
        return g_bytes_new_take (data, length);
    }
    return soup_message_body_flatten (soup_server_message_get_request_body (message));
}

/* Before the body: one that is too long, or whose length is not told, is not read. */
static void
on_early (SoupServer *server, SoupServerMessage *message, const gchar *path, GHashTable *query,
          gpointer unused)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
    guint status;
    const Route *route = find_route (soup_server_message_get_method (message), path, &status);

    if (route == NULL)
        soup_server_message_set_status (message, status, NULL);
    else if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
        soup_server_message_set_status (message, SOUP_STATUS_LENGTH_REQUIRED, NULL);
    else if (soup_message_headers_get_content_length (headers) > BODY_MAX)
        soup_server_message_set_status (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, NULL);
    else if (route->question != NULL &&
             g_strcmp0 (soup_message_headers_get_content_type (headers, NULL), route->question) != 0)
        soup_server_message_set_status (message, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, NULL);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const gchar *path, GHashTable *query,
            gpointer user_data)
{
    guint status;
    const Route *route = find_route (soup_server_message_get_method (message), path, &status);
    g_autoptr (GError) error = NULL;

    if (soup_server_message_get_status (message) != 0 || route == NULL)
        return;
    g_autoptr (GBytes) question = read_question (route, message, path);
    g_autoptr (GBytes) answer = route->make (user_data, question, &error);
    if (answer == NULL) {
        g_autofree gchar *text = pena_error_describe (error);
        g_printerr ("pena-devca: %s\n", text);
        soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Pena-Devca",
                                  NEVER_PRODUCTION);
    soup_server_message_set_response (message, route->answer, SOUP_MEMORY_COPY,
                                      g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
}

static gboolean
on_signal (gpointer loop)
{
    g_main_loop_quit (loop);
    return G_SOURCE_CONTINUE;
}

static guint
listening_port (SoupServer *server)
{
    GSList *uris = soup_server_get_uris (server);
    guint port = uris != NULL ? (guint)g_uri_get_port (uris->data) : 0;

    g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
    return port;
}

static gboolean
announce (guint port, const gchar *port_file, GError **error)
{
    g_autofree gchar *text = g_strdup_printf ("%u\n", port);

    if (port_file != NULL && !devca_write_file (port_file, text, strlen (text), error))
        return FALSE;
    g_print ("http://127.0.0.1:%u\n", port);
    return TRUE;
}

gboolean
devca_serve (const gchar *path, guint port, const gchar *port_file, GError **error)
{
    g_autoptr (DevcaDesk) desk = devca_desk_new (path, error);
    g_autoptr (GError) local = NULL;

    if (desk == NULL)
        return FALSE;
    g_autoptr (SoupServer) server = soup_server_new ("server-header", "pena-devca/" PENA_VERSION, NULL);
    soup_server_add_early_handler (server, NULL, on_early, NULL, NULL);
    soup_server_add_handler (server, NULL, on_request, desk, NULL);
    /* nobody else's machine may rely on what this says */
    if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &local))
        return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", local->message);
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    guint terminate = g_unix_signal_add (SIGTERM, on_signal, loop),
          interrupt = g_unix_signal_add (SIGINT, on_signal, loop);
    gboolean ok = announce (listening_port (server), port_file, error);
    if (ok)
        g_main_loop_run (loop);
    g_source_remove (terminate);
    g_source_remove (interrupt);
    soup_server_disconnect (server);
    return ok;
}
