/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a repaired copy of a damaged document
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-worker.h"

/* Has the worker, which found the document damaged, write it anew, and takes the outcome in like any document: the worker keeps no way to
 * change it. max: largest size that is accepted. worker and document are borrowed until the callback. DOCUMENT_UNREPAIRABLE,
 * DOCUMENT_TOO_LARGE, DISK_FULL, WORKER_FAILED, CANCELLED. Transfer full. */
void pena_repair_run_async (PenaWorker *worker, const PenaDocument *document, guint64 max,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
PenaDocument *pena_repair_run_finish (GAsyncResult *result, GError **error);

/* The most that a worker may write for a document of this size. */
guint64 pena_repair_max_output (guint64 size);
