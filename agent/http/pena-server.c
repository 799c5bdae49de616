/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the HTTP server on the Unix socket
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-server.h"

#include <gio/gunixsocketaddress.h>
#include <pena/pena-error.h>

#include "pena-exchange.h"
#include "pena-request.h"
#include "pena-resources.h"
#include "pena-text.h"

#define LINK_KEY "pena-link"
#define EXCHANGE_KEY "pena-exchange"
/* A body of an allowed size has some more bytes around it: chunk headers, a signature in front. */
#define BODY_SLACK (64 * 1024 * 1024)

#define REST_MS 100

struct _PenaServer {
    const PenaServices *services;
    SoupServer *soup;
    GSocket *listening;
    GSource *accepting;
    guint resting; /* source id while there is no room for a connection */
    guint n_links;
    PenaLinkLimits limits;
    GSocketAddress *local;
};

static PenaLink *
link_of (SoupServerMessage *message)
{
    return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)), LINK_KEY);
}

/* ---- one request ---- */

static void
on_got_chunk (SoupServerMessage *message, GBytes *chunk, PenaExchange *exchange)
{
    pena_exchange_got_chunk (exchange, chunk);
}

static void
on_got_body (SoupServerMessage *message, PenaLink *link)
{
    pena_link_work_begins (link);
}

static void
on_wrote_headers (SoupServerMessage *message, PenaLink *link)
{
    pena_link_answer_begins (link);
}

static void
on_wrote_data (SoupServerMessage *message, guint size, PenaLink *link)
{
    pena_link_answer_moves (link);
}

static gboolean
check_and_begin (PenaExchange *exchange, const gchar *path, GError **error)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers (exchange->message);
    SoupServerMessage *message = exchange->message;
    GUri *uri = soup_server_message_get_uri (message);
    const gchar *page = soup_message_headers_get_list (headers, "Origin");
    const gchar *allowed = NULL;

    /* Browsers send no Origin for what a page merely embeds, but this. */
    if (page == NULL)
        page = soup_message_headers_get_list (headers, "Sec-Fetch-Site");
    /* Two Host lines come as one list, which is none of our names. */
    if (!pena_request_check_client (page, soup_message_headers_get_list (headers, "Host"),
                                    g_uri_get_host (uri), error) ||
        !pena_request_check_query (g_uri_get_query (uri), exchange->query, error))
        return FALSE;
    exchange->route = pena_routes_find (soup_server_message_get_method (message), path, &allowed, error);
    if (allowed != NULL)
        pena_exchange_set_header (exchange, "Allow", allowed);
    return exchange->route != NULL && exchange->route->begin (exchange, error);
}

/* The header is here: refuse now what must be refused, before the body is sent. */
static void
on_early (SoupServer *soup, SoupServerMessage *message, const gchar *path, GHashTable *query,
          gpointer user_data)
{
    PenaServer *self = user_data;
    PenaLink *link = link_of (message);
    PenaExchange *exchange = pena_exchange_new (message, link, self->services);
    GError *error = NULL;

    g_object_set_data_full (G_OBJECT (message), EXCHANGE_KEY, exchange, (GDestroyNotify)pena_exchange_unref);
    exchange->query = query != NULL ? g_hash_table_ref (query) : NULL;
    pena_link_body_begins (link, exchange->language);
    pena_exchange_speak (exchange);
    if (check_and_begin (exchange, path, &error))
        g_signal_connect (message, "got-chunk", G_CALLBACK (on_got_chunk), exchange);
    else
        pena_exchange_reply_error (exchange, error);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const gchar *path, GHashTable *query,
            gpointer user_data)
{
    PenaExchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);

    if (exchange->body_error != NULL) {
        pena_exchange_reply_error (exchange, g_steal_pointer (&exchange->body_error));
    } else {
        pena_exchange_speak (exchange);
        exchange->route->act (exchange);
    }
}

static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
    PenaLink *link = link_of (message);

    /* Also for a request that libsoup itself refuses: nothing is ever gathered in memory. */
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
    g_signal_connect_object (message, "got-body", G_CALLBACK (on_got_body), link, 0);
    g_signal_connect_object (message, "wrote-headers", G_CALLBACK (on_wrote_headers), link, 0);
    g_signal_connect_object (message, "wrote-body-data", G_CALLBACK (on_wrote_data), link, 0);
}

/* ---- connections ---- */

static void
on_gone (PenaLink *link, gpointer user_data)
{
    PenaServer *self = user_data;

    self->n_links--;
}

static PenaPeer *
admit (PenaServer *self, GSocket *socket, GError **error)
{
    if (self->n_links >= self->services->config->max_connections) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_BUSY, "too many connections");
        return NULL;
    }
    return pena_peer_new (g_socket_get_fd (socket), error);
}

static void start_accepting (PenaServer *self);

static gboolean
on_rested (gpointer user_data)
{
    PenaServer *self = user_data;

    self->resting = 0;
    start_accepting (self);
    return G_SOURCE_REMOVE;
}

/* Who cannot be accepted, because descriptors or memory are used up, goes on knocking: to answer each knock
 * would take all the time there is. TRUE when nobody is listened to for a moment. */
static gboolean
rest (PenaServer *self, const GError *error)
{
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return FALSE;
    g_clear_pointer (&self->accepting, g_source_unref);
    self->resting = g_timeout_add (REST_MS, on_rested, self);
    return TRUE;
}

static gboolean
on_incoming (GSocket *listening, GIOCondition condition, gpointer user_data)
{
    PenaServer *self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);
    g_autoptr (PenaLink) link = NULL;

    if (socket == NULL) {
        g_debug ("accept: %s", error->message);
        return rest (self, error) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
    }
    pena_text_set_language (NULL);
    PenaPeer *peer = admit (self, socket, &error);
    if (peer == NULL) {
        pena_link_refuse (g_socket_get_fd (socket), error);
        return G_SOURCE_CONTINUE;
    }
    link = pena_link_new (g_steal_pointer (&socket), peer, &self->limits, on_gone, self);
    self->n_links++;
    /* libsoup names a message's connection only by its address; each link gets one of its own. */
    g_autoptr (GSocketAddress) remote = g_unix_socket_address_new ("client");
    g_object_set_data_full (G_OBJECT (remote), LINK_KEY, g_object_ref (link), g_object_unref);
    if (!soup_server_accept_iostream (self->soup, G_IO_STREAM (link), self->local, remote, &error))
        g_warning ("accept: %s", error->message);
    return G_SOURCE_CONTINUE;
}

static void
start_accepting (PenaServer *self)
{
    self->accepting = g_socket_create_source (self->listening, G_IO_IN, NULL);
    g_source_set_callback (self->accepting, G_SOURCE_FUNC (on_incoming), self, NULL);
    g_source_attach (self->accepting, NULL);
}

static guint
seconds (guint64 value)
{
    return (guint)MIN (value, G_MAXINT);
}

PenaServer *
pena_server_new (GSocket *listening, const PenaServices *services)
{
    PenaServer *self = g_new0 (PenaServer, 1);
    const PenaConfig *config = services->config;

    self->services = services;
    self->limits.header_timeout = seconds (config->header_timeout);
    self->limits.idle_timeout = seconds (config->idle_timeout);
    self->limits.body_max = config->max_document_size + BODY_SLACK;
    /* For a request of HTTP/1.0 without a Host, libsoup takes the server's address for an Internet one. */
    self->local = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
    self->soup = soup_server_new ("server-header", "pena/" PENA_VERSION, NULL);
    g_signal_connect (self->soup, "request-started", G_CALLBACK (on_started), self);
    soup_server_add_early_handler (self->soup, NULL, on_early, self, NULL);
    soup_server_add_handler (self->soup, NULL, on_request, self, NULL);

    self->listening = g_object_ref (listening);
    g_socket_set_blocking (listening, FALSE);
    start_accepting (self);
    return self;
}

void
pena_server_free (PenaServer *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->resting, g_source_remove);
    if (self->accepting != NULL) {
        g_source_destroy (self->accepting);
        g_source_unref (self->accepting);
    }
    soup_server_disconnect (self->soup);
    g_object_unref (self->soup);
    g_object_unref (self->listening);
    g_object_unref (self->local);
    g_free (self);
}
