/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token behind vpcd, pcscd's virtual reader driver
 * Copyright (C) 2026 the Pena authors */
#include "vpcd.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The wire: frames of a big-endian 16 bit length and that many bytes. One byte is a control, anything more is
 * a command that gets exactly one frame in answer. An empty frame would hang the reader, so none is ever
 * sent. */
enum {
    CONTROL_OFF = 0,
    CONTROL_ON = 1,
    CONTROL_RESET = 2,
    CONTROL_ATR = 4,
};

#define RETRY_MS 50

struct Vpcd {
    Vtoken *card;
    guint16 port;
    VpcdClosed closed;
    gpointer data;
    int fd;
    guint watch; /* source of fd, or of the next try to connect */
};

Vpcd *
vpcd_new (Vtoken *card, guint16 port, VpcdClosed closed, gpointer data)
{
    Vpcd *self = g_new0 (Vpcd, 1);
    *self = (Vpcd){.card = card, .port = port, .closed = closed, .data = data, .fd = -1};
    return self;
}

static void
disconnect (Vpcd *self)
{
    g_clear_handle_id (&self->watch, g_source_remove);
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

void
vpcd_free (Vpcd *self)
{
    if (self == NULL)
        return;
    disconnect (self);
    g_free (self);
}

/* Without re-arming, the kernel holds back acknowledgements and each command takes 40 ms. */
static gboolean
receive (int fd, guint8 *data, gsize length)
{
    while (length > 0) {
        const int on = 1;
        setsockopt (fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        gssize got = TEMP_FAILURE_RETRY (recv (fd, data, length, 0));
        if (got <= 0)
            return FALSE;
        data += got;
        length -= (gsize)got;
    }
    return TRUE;
}

static gboolean
send_frame (int fd, const guint8 *data, gsize length)
{
    g_autofree guint8 *frame = g_malloc (length + 2);
    gsize sent = 0;

    if (length == 0 || length > G_MAXUINT16)
        return FALSE;
    frame[0] = (guint8)(length >> 8);
    frame[1] = (guint8)length;
    memcpy (frame + 2, data, length);
    while (sent < length + 2) {
        gssize done = TEMP_FAILURE_RETRY (send (fd, frame + sent, length + 2 - sent, MSG_NOSIGNAL));
        if (done <= 0)
            return FALSE;
        sent += (gsize)done;
    }
    return TRUE;
}

static gboolean
serve_control (Vpcd *self, guint8 control)
{
    gsize length;
    const guint8 *atr = vtoken_get_atr (self->card, &length);

    switch (control) {
    case CONTROL_OFF:
    case CONTROL_ON:
    case CONTROL_RESET:
        vtoken_reset (self->card);
        return TRUE;
    case CONTROL_ATR:
        return send_frame (self->fd, atr, length);
    default:
        return FALSE;
    }
}

/* FALSE when the card is out: by a fault, or since an answer without a byte can only be shown as one. */
static gboolean
serve_command (Vpcd *self, const guint8 *apdu, gsize length)
{
    g_autofree guint8 *answer = g_malloc (VTOKEN_ANSWER_MAX);
    gsize got = VTOKEN_ANSWER_MAX;

    VtokenResult result = vtoken_transmit (self->card, apdu, length, answer, &got);
    if (result == VTOKEN_SILENT)
        return TRUE;
    if (result == VTOKEN_OK && got > 0)
        return send_frame (self->fd, answer, got);
    vtoken_pull (self->card);
    return FALSE;
}

static gboolean
serve_frame (Vpcd *self)
{
    guint8 header[2];
    g_autofree guint8 *frame = NULL;

    if (!receive (self->fd, header, sizeof header))
        return FALSE;
    gsize length = (gsize)header[0] << 8 | header[1];
    frame = g_malloc (length + 1);
    if (length == 0 || !receive (self->fd, frame, length))
        return FALSE;
    return length == 1 ? serve_control (self, frame[0]) : serve_command (self, frame, length);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
    Vpcd *self = data;

    if (serve_frame (self))
        return G_SOURCE_CONTINUE;
    self->watch = 0;
    disconnect (self);
    if (vtoken_is_present (self->card))
        self->closed (self, self->data);
    return G_SOURCE_REMOVE;
}

static int
connect_to (guint16 port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = GUINT16_TO_BE (port),
                                        .sin_addr.s_addr = GUINT32_TO_BE (INADDR_LOOPBACK)};
    const int on = 1;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (connect (fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close (fd);
        return -1;
    }
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* TRUE when it has to be tried again. */
static gboolean
try_connect (gpointer data)
{
    Vpcd *self = data;

    self->fd = connect_to (self->port);
    if (self->fd < 0)
        return G_SOURCE_CONTINUE;
    self->watch = g_unix_fd_add (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
    return G_SOURCE_REMOVE;
}

void
vpcd_insert (Vpcd *self)
{
    vtoken_insert (self->card);
    if (self->watch != 0)
        return;
    if (try_connect (self) == G_SOURCE_CONTINUE)
        self->watch = g_timeout_add (RETRY_MS, try_connect, self);
}

void
vpcd_pull (Vpcd *self)
{
    vtoken_pull (self->card);
    disconnect (self);
}
