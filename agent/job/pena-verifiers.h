/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: workers that judge documents, one after the other when a client has many
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-trust.h"
#include "pena-worker.h"

/* Starting a worker takes several times as long as judging a short letter. A client that has a folder judged may let its own
 * documents share workers: never those of two clients, never with a signing, at most PENA_VERIFIER_DOCUMENTS, and none after
 * a document that was anything but sound (docs/architecture.md says what that costs). */
typedef struct _PenaVerifiers PenaVerifiers;

#define PENA_VERIFIER_DOCUMENTS 64

/* A process whose documents may share a worker. */
typedef struct {
    pid_t pid;
    gint pidfd; /* borrowed; -1: nothing is shared */
} PenaVerifierClient;

/* A worker that is at one document. */
typedef struct {
    PenaWorker *worker;
    PenaTrust *told;           /* what the worker knows already, or NULL */
    PenaVerifierClient client; /* its pidfd is the verifier's own */
    guint documents;
    PenaVerifiers *idle_in; /* while it waits for another document */
    guint watch;
} PenaVerifier;
void pena_verifier_free (PenaVerifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaVerifier, pena_verifier_free)

/* workers is borrowed. */
PenaVerifiers *pena_verifiers_new (PenaWorkerPool *workers);
void pena_verifiers_free (PenaVerifiers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaVerifiers, pena_verifiers_free)

/* One that has served the same client before, or a new one. The errors of pena_worker_pool_take_finish(). */
void pena_verifiers_take_async (PenaVerifiers *self, const PenaVerifierClient *client,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
PenaVerifier *pena_verifiers_take_finish (GAsyncResult *result, GError **error);

/* Takes the verifier; sound: its document gives no reason to mistrust it from here on. */
void pena_verifiers_give_back (PenaVerifiers *self, PenaVerifier *verifier, gboolean sound);
