/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: document workers, one a job, with a warm one kept ready
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-intake.h"
#include "pena-secret.h"

/* Keeps one worker started ahead, so that a job does not wait for exec and sandbox. */
typedef struct _PenaWorkerPool PenaWorkerPool;

/* stall: seconds that a working worker may use no processor time; cpu: seconds of it that one document may
 * take. */
PenaWorkerPool *pena_worker_pool_new (guint stall, guint cpu);
void pena_worker_pool_free (PenaWorkerPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaWorkerPool, pena_worker_pool_free)

/* A worker of the caller's own; killed when freed. */
typedef struct _PenaWorker PenaWorker;
void pena_worker_free (PenaWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaWorker, pena_worker_free)

gboolean pena_worker_is_alive (const PenaWorker *self);
/* Whether it has worked so little that another document finds the processor time that is its right. */
gboolean pena_worker_is_fresh (const PenaWorker *self);

/* Ends its process, and so fails the call it is at. */
void pena_worker_stop (PenaWorker *self);

/* WORKER_FAILED, CANCELLED. */
void pena_worker_pool_take_async (PenaWorkerPool *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
PenaWorker *pena_worker_pool_take_finish (GAsyncResult *result, GError **error);

/* A call of agent/ipc/document-worker.xml, one at a time; a worker that stands still meanwhile is ended. arguments: the tuple, taken
 * when floating. */
void pena_worker_call_async (PenaWorker *self, const gchar *method, GVariant *arguments,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Of these calls, and of the two below: what the answer holds, or the empty tuple. The worker may have been freed meanwhile.
 * Errors: the worker's own; WORKER_FAILED, CANCELLED. */
GVariant *pena_worker_call_finish (GAsyncResult *result, GError **error);

/* What a worker is to open; all borrowed. */
typedef struct {
    const PenaDocument *document;
    const gchar *format;        /* "pades" or "cades" */
    const gchar *language;      /* or NULL */
    const PenaSecret *password; /* of an encrypted document, or NULL */
    guint64 output_max;         /* bytes that the worker may write to a file that it is given; 0: none is */
} PenaOpening;

/* Open, with the limits that a document of this size asks for. */
void pena_worker_open_async (PenaWorker *self, const PenaOpening *opening, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);

/* Has what is left of a damaged document written into an empty file, which is borrowed for the call's start only. */
void pena_worker_repair_async (PenaWorker *self, gint output, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
