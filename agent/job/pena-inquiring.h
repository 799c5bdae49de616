/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking the network what a worker wants to know before it judges a document
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>

#include "pena-network.h"
#include "pena-worker.h"

/* All borrowed and alive until the callback is called. */
typedef struct {
    PenaNetwork *network;
    PenaWorker *worker; /* has the document open */
    const PenaTrust *trust;
    const gchar *language; /* of what is told */
    gboolean kept_only;    /* what earlier answers left is all there is: nobody is asked */
} PenaInquiringInput;

/* Until the worker has no more to ask, or the document has cost enough questions. options: of the worker's Inquire; floating.
 * That somebody does not answer is no error. WORKER_FAILED, CANCELLED. */
void pena_inquiring_run_async (const PenaInquiringInput *input, GVariant *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
/* What was asked and what came of it (schema OnlineAnswer of docs/agent-api.yaml); with kept_only what was found. Transfer full. */
JsonArray *pena_inquiring_run_finish (GAsyncResult *result, GError **error);
