/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one client connection, with the limits that libsoup lacks
 * Copyright (C) 2026 the Pena authors */
#include "pena-link.h"

#include <glib-unix.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "pena-json.h"
#include "pena-text.h"

/* libsoup asks for 8 KiB at a time; one system call fetches more. */
#define READ_AHEAD (256 * 1024)
/* After this much of a body other clients get a turn. */
#define BURST (4 * 1024 * 1024)

typedef enum {
    AT_HEADER, /* from the first moment, or the first byte of a further request, until the header is complete
                */
    AT_BODY,
    AT_WORK,
    AT_ANSWER,
} At;

#define PENA_TYPE_LINK_INPUT (pena_link_input_get_type ())
G_DECLARE_FINAL_TYPE (PenaLinkInput, pena_link_input, PENA, LINK_INPUT, GInputStream)

struct _PenaLinkInput {
    GInputStream parent_instance;
    PenaLink *link; /* NULL once it is gone */
};

struct _PenaLink {
    GIOStream parent_instance;
    GSocket *socket;
    GIOStream *connection;
    PenaLinkInput *input;
    PenaPeer *peer;
    gint descriptor; /* that the client sent before its request, or -1 */
    gchar *language; /* of its request, once that is known; or NULL */
    PenaLinkLimits limits;
    PenaLinkGoneFunc on_gone;
    gpointer user_data;
    GCancellable *cancellable;
    guint hangup_watch, tick;

    At at;
    gint64 since; /* monotonic: start of a header, last movement of anything else */
    gsize header_seen;
    guint64 body_seen;
    guint8 *ahead; /* read from the socket, not yet asked for */
    gsize ahead_start, ahead_end;
    gsize burst;
    gboolean yielding;
};

static void pena_link_input_pollable_init (GPollableInputStreamInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PenaLinkInput, pena_link_input, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      pena_link_input_pollable_init))
G_DEFINE_FINAL_TYPE (PenaLink, pena_link, G_TYPE_IO_STREAM)

static void
go (PenaLink *self, At at)
{
    self->at = at;
    self->since = g_get_monotonic_time ();
}

void
pena_link_cut (PenaLink *self)
{
    shutdown (g_socket_get_fd (self->socket), SHUT_RDWR);
}

void
pena_link_refuse (gint fd, const GError *error)
{
    g_autofree gchar *body = pena_json_error (error);
    g_autofree gchar *answer =
        g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: application/json\r\n"
                         "Content-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n\r\n%s",
                         pena_error_http_status (pena_error_code (error)),
                         pena_error_name (pena_error_code (error)), strlen (body), body);

    /* The connection ends in any case; a client that does not read its answer does without. */
    if (send (fd, answer, strlen (answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        g_debug ("a refused client did not take its answer");
    shutdown (fd, SHUT_RDWR);
}

/* reason: translated here, for others may have been talked to since. */
static void
refuse (PenaLink *self, PenaErrorCode code, const gchar *reason)
{
    g_autoptr (GError) error = g_error_new_literal (PENA_ERROR, (gint)code, reason);

    pena_text_set_language (self->language);
    pena_error_set_string (error, "reason", pena_text (reason));
    pena_link_refuse (g_socket_get_fd (self->socket), error);
}

/* ---- input ---- */

static gssize
take_ahead (PenaLink *self, void *buffer, gsize count)
{
    gsize part = MIN (count, self->ahead_end - self->ahead_start);

    memcpy (buffer, self->ahead + self->ahead_start, part);
    self->ahead_start += part;
    return (gssize)part;
}

/* As a system call would leave it. */
static gssize
fail_receive (GError **error)
{
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
    return -1;
}

/* What the client sends first may be a descriptor of its document, with a zero byte to carry it. */
static gssize
receive_first (PenaLink *self, guint8 *buffer, gsize count, GError **error)
{
    gssize got = pena_ipc_descriptor_receive_with (g_socket_get_fd (self->socket), buffer, count,
                                                   MSG_DONTWAIT, &self->descriptor);

    if (got < 0)
        return fail_receive (error);
    if (self->descriptor < 0)
        return got;
    if (got != 1 || *buffer != 0) {
        refuse (self, PENA_ERROR_REQUEST_INVALID,
                N_ ("a descriptor comes with one zero byte before the request"));
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "descriptor out of place");
        return -1;
    }
    return g_socket_receive_with_blocking (self->socket, (gchar *)buffer, count, FALSE, NULL, error);
}

static gssize
read_header (PenaLink *self, void *buffer, gsize count, GError **error)
{
    gssize got;

    if (self->header_seen >= PENA_LINK_HEADER_MAX) {
        refuse (self, PENA_ERROR_REQUEST_INVALID, N_ ("the header is longer than 16 KiB"));
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "header too long");
        return -1;
    }
    count = MIN (count, PENA_LINK_HEADER_MAX - self->header_seen);
    if (self->header_seen == 0 && self->descriptor < 0)
        got = receive_first (self, buffer, count, error);
    else
        got = g_socket_receive_with_blocking (self->socket, buffer, count, FALSE, NULL, error);
    if (got > 0)
        self->header_seen += (gsize)got;
    return got;
}

static gssize
fill_ahead (PenaLink *self, GError **error)
{
    if (self->body_seen > self->limits.body_max) {
        refuse (self, PENA_ERROR_DOCUMENT_TOO_LARGE, N_ ("the body is longer than it may be"));
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "body too long");
        return -1;
    }
    if (self->burst >= BURST) {
        self->burst = 0;
        self->yielding = TRUE;
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "others' turn");
        return -1;
    }
    if (self->ahead == NULL)
        self->ahead = g_malloc (READ_AHEAD);
    gssize got =
        g_socket_receive_with_blocking (self->socket, (gchar *)self->ahead, READ_AHEAD, FALSE, NULL, error);
    if (got > 0) {
        self->since = g_get_monotonic_time ();
        self->body_seen += (gsize)got;
        self->burst += (gsize)got;
        self->ahead_start = 0;
        self->ahead_end = (gsize)got;
    } else {
        self->burst = 0;
    }
    return got;
}

static gssize
pena_link_input_read_nonblocking (GPollableInputStream *pollable, void *buffer, gsize count, GError **error)
{
    PenaLink *link = PENA_LINK_INPUT (pollable)->link;

    if (link == NULL)
        return 0;
    link->yielding = FALSE;
    if (link->at != AT_BODY)
        return read_header (link, buffer, count, error);
    if (link->ahead_start == link->ahead_end) {
        gssize got = fill_ahead (link, error);
        if (got <= 0)
            return got;
    }
    return take_ahead (link, buffer, count);
}

static gboolean
is_ready (PenaLink *link)
{
    return link == NULL || link->yielding || link->ahead_start < link->ahead_end;
}

static gboolean
pena_link_input_is_readable (GPollableInputStream *pollable)
{
    PenaLink *link = PENA_LINK_INPUT (pollable)->link;

    return is_ready (link) ||
           (g_socket_condition_check (link->socket, G_IO_IN) & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0;
}

static GSource *
pena_link_input_create_source (GPollableInputStream *pollable, GCancellable *cancellable)
{
    PenaLink *link = PENA_LINK_INPUT (pollable)->link;
    g_autoptr (GSource) base = NULL;

    if (is_ready (link))
        base = g_timeout_source_new (0);
    else
        base = g_socket_create_source (link->socket, G_IO_IN | G_IO_HUP | G_IO_ERR, cancellable);
    return g_pollable_source_new_full (pollable, base, cancellable);
}

static gssize
pena_link_input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                      GError **error)
{
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "this stream is never waited for");
    return -1;
}

static void
pena_link_input_class_init (PenaLinkInputClass *class)
{
    G_INPUT_STREAM_CLASS (class)->read_fn = pena_link_input_read;
}

static void
pena_link_input_init (PenaLinkInput *self)
{
}

static void
pena_link_input_pollable_init (GPollableInputStreamInterface *interface)
{
    interface->is_readable = pena_link_input_is_readable;
    interface->create_source = pena_link_input_create_source;
    interface->read_nonblocking = pena_link_input_read_nonblocking;
}

/* ---- the link ---- */

static gboolean
on_hangup (gint fd, GIOCondition condition, gpointer user_data)
{
    PenaLink *self = user_data;

    self->hangup_watch = 0;
    g_cancellable_cancel (self->cancellable);
    return G_SOURCE_REMOVE;
}

static gboolean
is_overdue (const PenaLink *self)
{
    gint64 waited = g_get_monotonic_time () - self->since;

    if (self->at == AT_WORK)
        return FALSE;
    return waited >=
           G_USEC_PER_SEC * (self->at == AT_HEADER ? self->limits.header_timeout : self->limits.idle_timeout);
}

static gboolean
on_tick (gpointer user_data)
{
    PenaLink *self = user_data;

    if (!is_overdue (self))
        return G_SOURCE_CONTINUE;
    self->tick = 0;
    if (self->at == AT_HEADER || self->at == AT_BODY)
        refuse (self, PENA_ERROR_REQUEST_TIMEOUT, N_ ("it stood still for too long"));
    else
        pena_link_cut (self);
    return G_SOURCE_REMOVE;
}

static void
stop (PenaLink *self)
{
    PenaLinkGoneFunc on_gone = self->on_gone;

    g_clear_handle_id (&self->hangup_watch, g_source_remove);
    g_clear_handle_id (&self->tick, g_source_remove);
    g_cancellable_cancel (self->cancellable);
    self->on_gone = NULL;
    if (on_gone != NULL)
        on_gone (self, self->user_data);
}

static gboolean
pena_link_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
    PenaLink *self = PENA_LINK (stream);
    gboolean done = g_io_stream_close (self->connection, cancellable, error);

    stop (self);
    return done;
}

static GInputStream *
pena_link_get_input_stream (GIOStream *stream)
{
    return G_INPUT_STREAM (PENA_LINK (stream)->input);
}

static GOutputStream *
pena_link_get_output_stream (GIOStream *stream)
{
    return g_io_stream_get_output_stream (PENA_LINK (stream)->connection);
}

static void
pena_link_finalize (GObject *object)
{
    PenaLink *self = PENA_LINK (object);

    stop (self);
    self->input->link = NULL;
    g_object_unref (self->input);
    g_object_unref (self->connection);
    g_object_unref (self->socket);
    g_object_unref (self->cancellable);
    pena_peer_free (self->peer);
    if (self->descriptor >= 0)
        close (self->descriptor);
    g_free (self->language);
    g_free (self->ahead);
    G_OBJECT_CLASS (pena_link_parent_class)->finalize (object);
}

static void
pena_link_class_init (PenaLinkClass *class)
{
    G_OBJECT_CLASS (class)->finalize = pena_link_finalize;
    G_IO_STREAM_CLASS (class)->get_input_stream = pena_link_get_input_stream;
    G_IO_STREAM_CLASS (class)->get_output_stream = pena_link_get_output_stream;
    G_IO_STREAM_CLASS (class)->close_fn = pena_link_close;
}

static void
pena_link_init (PenaLink *self)
{
    self->input = g_object_new (PENA_TYPE_LINK_INPUT, NULL);
    self->input->link = self;
    self->descriptor = -1;
    self->cancellable = g_cancellable_new ();
}

PenaLink *
pena_link_new (GSocket *socket, PenaPeer *peer, const PenaLinkLimits *limits, PenaLinkGoneFunc on_gone,
               gpointer user_data)
{
    PenaLink *self = g_object_new (PENA_TYPE_LINK, NULL);

    self->socket = socket;
    self->connection = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
    self->peer = peer;
    self->limits = *limits;
    self->on_gone = on_gone;
    self->user_data = user_data;
    self->hangup_watch = g_unix_fd_add (g_socket_get_fd (socket), G_IO_HUP | G_IO_ERR, on_hangup, self);
    self->tick = g_timeout_add_seconds (1, on_tick, self);
    go (self, AT_HEADER);
    return self;
}

const PenaPeer *
pena_link_get_peer (PenaLink *self)
{
    return self->peer;
}

gint
pena_link_get_descriptor (PenaLink *self)
{
    return self->descriptor;
}

GCancellable *
pena_link_get_cancellable (PenaLink *self)
{
    return self->cancellable;
}

void
pena_link_body_begins (PenaLink *self, const gchar *language)
{
    g_free (self->language);
    self->language = g_strdup (language);
    go (self, AT_BODY);
}

void
pena_link_work_begins (PenaLink *self)
{
    go (self, AT_WORK);
}

void
pena_link_answer_begins (PenaLink *self)
{
    go (self, AT_ANSWER);
}

void
pena_link_answer_moves (PenaLink *self)
{
    self->since = g_get_monotonic_time ();
}
