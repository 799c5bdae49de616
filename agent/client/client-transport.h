/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one HTTP request to the agent's socket
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

#include "client-lines.h"
#include "pena-secret.h"

/* What is the same for all requests of a client; borrowed strings, NULL where not given. */
typedef struct {
    const gchar *socket_path;
    const gchar *language;
    const gchar *tty, *term, *display;
    const PenaSecret *document_password;
} PenaClientEndpoint;

typedef struct {
    const gchar *method;
    gchar *uri;                /* owned */
    const gchar *content_type; /* NULL: no body */
    GInputStream *body;        /* owned */
    gint64 size;               /* of the body; -1: not known */
    gsize answer_limit;        /* of a 200's body that is kept in memory */
    GOutputStream *sink;       /* borrowed; where a 200's body goes instead, without limit */
    PenaClientStageFunc
        on_stage; /* the answer comes line by line, with what the agent is doing; NULL: it comes as it is */
    gpointer on_stage_data;
    /* A descriptor of the document is sent first, with another body; the document itself only if that is refused with
     * DOCUMENT_CHANGED. */
    gboolean lend;
    gint document;           /* borrowed */
    GInputStream *lent_body; /* owned */
    gint64 lent_size;
} PenaClientRequest;
void pena_client_request_clear (PenaClientRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaClientRequest, pena_client_request_clear)

typedef struct {
    SoupMessageHeaders *headers;
    GBytes *body;      /* NULL when it went to the sink */
    GHashTable *facts; /* instead of headers, when it came line by line */
} PenaClientAnswer;
void pena_client_answer_free (PenaClientAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaClientAnswer, pena_client_answer_free)
/* A PenaClientHeaderFunc; of an answer. */
const gchar *pena_client_answer_get (gpointer answer, const gchar *name);

/* What the caller's stream could not take is not the agent's fault: DISK_FULL or OUTPUT_FAILED. */
gboolean pena_client_write_to_sink (GOutputStream *sink, gconstpointer data, gsize length,
                                    GCancellable *cancellable, GError **error);

/* Sends and waits. NULL and PENA_ERROR: AGENT_UNREACHABLE with "reason", CANCELLED, or what the agent's
 * answer says. An error of PENA_ERROR that the body stream gives comes back as it is. May be called in any
 * thread. Transfer full. */
PenaClientAnswer *pena_client_transport_send (const PenaClientEndpoint *endpoint, PenaClientRequest *request,
                                              GCancellable *cancellable, GError **error);
