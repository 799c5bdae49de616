/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one client connection, with the limits that libsoup lacks
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-peer.h"

#define PENA_LINK_HEADER_MAX (16 * 1024)

typedef struct {
    guint header_timeout; /* seconds until a request's header must be complete */
    guint idle_timeout;   /* seconds without a byte of body or answer */
    guint64 body_max;     /* bytes of one body, accepted or thrown away, after which the connection is cut */
} PenaLinkLimits;

/* The stream that libsoup reads from. It serves one request: a connection costs nothing here, and what is not
 * kept open needs no rules. */
#define PENA_TYPE_LINK (pena_link_get_type ())
G_DECLARE_FINAL_TYPE (PenaLink, pena_link, PENA, LINK, GIOStream)

/* Takes the connected socket and the peer. on_gone is called once, when the link is closed. */
typedef void (*PenaLinkGoneFunc) (PenaLink *self, gpointer user_data);
PenaLink *pena_link_new (GSocket *socket, PenaPeer *peer, const PenaLinkLimits *limits,
                         PenaLinkGoneFunc on_gone, gpointer user_data);

const PenaPeer *pena_link_get_peer (PenaLink *self);
/* What the client sent with a zero byte before its request; -1 for nothing. Borrowed. */
gint pena_link_get_descriptor (PenaLink *self);
/* Cancelled when the client hangs up. Borrowed. */
GCancellable *pena_link_get_cancellable (PenaLink *self);

/* What the link is at; decides which limit holds. language: in which it is refused from now on; NULL for the user's. */
void pena_link_body_begins (PenaLink *self, const gchar *language);
void pena_link_work_begins (PenaLink *self); /* no time-out: a person may be thinking */
void pena_link_answer_begins (PenaLink *self);
void pena_link_answer_moves (PenaLink *self); /* bytes went out */
/* Ends the connection without a word. */
void pena_link_cut (PenaLink *self);

/* Writes a whole answer that is not libsoup's and shuts the connection. */
void pena_link_refuse (gint fd, const GError *error);
