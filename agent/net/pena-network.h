/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the one place where the agent asks others
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-config.h"
#include "pena-need.h"
#include "pena-trust.h"

/* Time-stamp authorities, OCSP responders, lists and certificates of authorities. Main thread only. */
typedef struct _PenaNetwork PenaNetwork;

/* config is borrowed. cache_folder: where answers about revocation are kept, or NULL for memory alone. CONFIG_INVALID.
 * Transfer full. */
PenaNetwork *pena_network_new (const PenaConfig *config, const gchar *cache_folder, GError **error);
void pena_network_free (PenaNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaNetwork, pena_network_free)

/* Answers all needs (of PenaNeed; each not answered yet), several at a time, never blocking: each then has its answer or
 * its error. What an answer guarantees is said at PenaAnswerKind. Time-stamps must be from an authority below
 * trust->anchors; trust->certificates are helpers, and trust->ocsps and trust->crls the last resort. Errors of needs: TSA_*,
 * REVOCATION_UNAVAILABLE, CERTIFICATE_REVOKED (fact revoked_at), ISSUER_UNAVAILABLE, CONFIG_INVALID, CANCELLED. Both are
 * referenced until callback is called, which is never during this call. The network must outlive it. */
void pena_network_answer_async (PenaNetwork *self, GPtrArray *needs, const PenaTrust *trust,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* The same for PENA_NEED_REVOCATION and PENA_NEED_ISSUER from what earlier answers left and from trust alone: nobody is asked.
 * Ends with pena_network_answer_finish() too. */
void pena_network_recall_async (PenaNetwork *self, GPtrArray *needs, const PenaTrust *trust,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Whether earlier answers left anything. */
gboolean pena_network_has_kept (const PenaNetwork *self);
/* FALSE with the first error among the needs when not all of them were answered. */
gboolean pena_network_answer_finish (GAsyncResult *result, GError **error);
