/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one request and its answer
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <libsoup/soup.h>

#include "pena-link.h"
#include "pena-sign-job.h"

typedef struct _PenaExchange PenaExchange;

/* A resource. */
typedef struct {
    const gchar *path;
    const gchar *method;
    /* The header is here; says what becomes of the body, or refuses before it is sent. NULL: there is none of
     * interest. */
    gboolean (*begin) (PenaExchange *exchange, GError **error);
    /* The body is here. Must lead to one pena_exchange_reply... call, now or later. */
    void (*act) (PenaExchange *exchange);
} PenaRoute;

struct _PenaExchange {
    gint references;
    SoupServerMessage *message; /* borrowed; held while paused */
    PenaLink *link;
    const PenaServices *services;
    const PenaRoute *route;
    GHashTable *query; /* or NULL */
    gchar *language;   /* of Accept-Language, or NULL */

    PenaIntake *intake;
    PenaDocument *lent; /* instead of one in the body */
    GByteArray *prefix; /* the first bytes of the body, kept apart */
    gsize prefix_size;
    GError *body_error;
    gboolean paused;
    gboolean lines; /* the answer has begun, as lines of JSON */

    gpointer data; /* the resource's own */
    GDestroyNotify free_data;
};

PenaExchange *pena_exchange_new (SoupServerMessage *message, PenaLink *link, const PenaServices *services);
PenaExchange *pena_exchange_ref (PenaExchange *self);
void pena_exchange_unref (PenaExchange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaExchange, pena_exchange_unref)

/* Makes texts come in the client's language until the next exchange speaks. */
void pena_exchange_speak (PenaExchange *self);
const gchar *pena_exchange_header (PenaExchange *self, const gchar *name);

/* The body will be streamed into a sealed document; its first prefix_size bytes into `prefix`. digest: what a signature over
 * it will be made with, "sha256" when none is. */
gboolean pena_exchange_expect_document (PenaExchange *self, gsize prefix_size, const gchar *digest,
                                        GError **error);
/* Whether the client has sent a descriptor of its document instead ("Pena-Document: descriptor"). */
gboolean pena_exchange_is_lent (PenaExchange *self);
/* The document is what the client has lent, and only its first prefix_size bytes are the body. The errors of pena_borrow(). */
gboolean pena_exchange_expect_lent (PenaExchange *self, gsize prefix_size, GError **error);
/* Received, or lent. The errors of pena_intake_finish(). Transfer full. */
PenaDocument *pena_exchange_take_document (PenaExchange *self, GError **error);
/* The body is short (4 KiB: it will be parsed, and parsers recurse) and goes into `prefix` as a whole. */
gboolean pena_exchange_expect_text (PenaExchange *self, GError **error);
void pena_exchange_got_chunk (PenaExchange *self, GBytes *chunk);

/* Keeps the exchange open for an answer that comes later; the callback's user_data is a reference to give. */
PenaExchange *pena_exchange_pause (PenaExchange *self);

void pena_exchange_set_header (PenaExchange *self, const gchar *name, const gchar *value);
void pena_exchange_start_answer (PenaExchange *self, guint status, const gchar *reason, const gchar *type);
/* The answer goes out, whole or as far as it is there. */
void pena_exchange_resume (PenaExchange *self);
/* Takes text. */
void pena_exchange_reply_json (PenaExchange *self, gchar *text);
/* Takes the error. Where lines were begun it is the last one. */
void pena_exchange_reply_error (PenaExchange *self, GError *error);
