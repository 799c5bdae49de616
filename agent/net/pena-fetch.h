/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one question over HTTP, bounded in time, size and reach
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-config.h"
#include "pena-secret.h"

/* The agent's only way out. No cookies, no cache of libsoup's, no compressed answers, no proxy but the configured one, no
 * password but the one given, at most three redirections and none of a POST. */
typedef struct _PenaFetcher PenaFetcher;

/* config is borrowed. CONFIG_INVALID when the file of [network] tls-ca cannot be used or the proxy is no address.
 * Transfer full. */
PenaFetcher *pena_fetcher_new (const PenaConfig *config, GError **error);
void pena_fetcher_free (PenaFetcher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaFetcher, pena_fetcher_free)

typedef struct {
    const gchar *url;
    const gchar *media_type;         /* of body */
    GBytes *body;                    /* NULL: GET; else POST */
    gsize max;                       /* bytes of the answer */
    gboolean from_certificate;       /* a certificate named the address: see pena-address.h */
    const PenaSecret *authorization; /* value of the Authorization header, or NULL */
} PenaFetch;

/* What is asked is read during the call. NETWORK_UNREACHABLE, NETWORK_TIMEOUT ([network] timeout, for all of it),
 * NETWORK_TOO_LARGE, NETWORK_ANSWER_INVALID (status, redirection), NETWORK_ADDRESS_REFUSED, each with fact "host";
 * CANCELLED. The fetcher must outlive the call. Transfer full. */
void pena_fetch_async (PenaFetcher *self, const PenaFetch *fetch, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
GBytes *pena_fetch_finish (GAsyncResult *result, GError **error);
