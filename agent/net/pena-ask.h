/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one need on its way to an answer
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/x509.h>
#include <pena/pena-error.h>

#include "pena-cache.h"
#include "pena-crl.h"
#include "pena-fetch.h"
#include "pena-need.h"
#include "pena-tsp.h"

typedef struct _PenaAsk PenaAsk;

/* What all needs share. */
typedef struct {
    const PenaConfig *config;
    PenaFetcher *fetcher;
    PenaCache *cache;
    GHashTable
        *resting; /* address of a TSA that did not answer -> gint64*, monotonic time until it is asked last */
} PenaAskShared;

struct _PenaAsk {
    PenaAskShared *shared;
    PenaNeed *need;
    GPtrArray *anchors, *certificates, *crls, *ocsps; /* of the batch */
    GCancellable *cancellable;
    gboolean kept_only;                                   /* nobody is asked: only what is kept may answer */
    void (*finished) (PenaAsk *self, gpointer user_data); /* frees it */
    gpointer user_data;

    X509 *certificate, *issuer;
    GPtrArray *urls;  /* of gchar*, still to ask: the first one next */
    gchar *url;       /* being asked */
    GString *reasons; /* why those asked so far were of no use */
    GError *telling;  /* the failure that says most */
    PenaTimeStampQuery *query;
    GBytes *nonce;
    gboolean lists; /* REVOCATION: responders are through, lists are asked */
    guint n_local;  /* of the administrator's answers and lists, how many were looked at */
};

PenaAsk *pena_ask_new (PenaAskShared *shared, PenaNeed *need);
void pena_ask_free (PenaAsk *self);

/* Begin; finished() is called sooner or later, perhaps at once. */
void pena_ask_time_stamp (PenaAsk *self);
void pena_ask_revocation (PenaAsk *self);
void pena_ask_issuer (PenaAsk *self);

/* ---- for the three ---- */

/* Moves the next address into self->url; FALSE when there is none left. */
gboolean pena_ask_next_url (PenaAsk *self);
void pena_ask_add_urls (PenaAsk *self, GStrv urls);
void pena_ask_fetch (PenaAsk *self, const PenaFetch *fetch, GAsyncReadyCallback callback);
/* Notes why the address being asked was of no use; takes the error. FALSE when nothing more is to be tried, because the
 * caller has lost interest: the need has failed then. */
gboolean pena_ask_note (PenaAsk *self, GError *error);
/* Of the address being asked; "?" when it has none. Transfer full. */
gchar *pena_ask_dup_host (const PenaAsk *self);
/* Whoever is being asked has given the answer. */
void pena_ask_note_host (PenaAsk *self);
/* Ends it. */
void pena_ask_answer (PenaAsk *self, PenaAnswerKind kind, GBytes *answer);
void pena_ask_fail (PenaAsk *self, GError *error);
/* With the facts "name" (of the certificate) and "reason" (all reasons). */
void pena_ask_fail_unavailable (PenaAsk *self, PenaErrorCode code);
/* Seconds since 1970 UTC. */
gint64 pena_ask_now (void);
