/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: bringing signatures to a higher level: a worker says what they need, the network answers
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-level.h"
#include "pena-network.h"
#include "pena-progress.h"
#include "pena-worker.h"

/* All borrowed and alive until the callback is called. */
typedef struct {
    PenaNetwork *network;
    PenaWorker *worker; /* has the document open; a signature that is new in it was checked */
    const PenaDocument *document;
    const PenaTrust *trust;
    GPtrArray *certificates; /* of GBytes, DER: further helpers, or NULL */
    gboolean pades;
    gboolean attached;    /* CAdES: the document is a signature that holds its content; output is NULL then */
    gboolean ours;        /* the one signature was made here; what a worker gives back must still be it */
    gboolean stamped;     /* ours: it holds a time-stamp already */
    GBytes *output;       /* PAdES: what was appended to the document so far, or NULL; CAdES: the signature */
    PenaLevel target;     /* above B-B */
    gboolean allow_lower; /* what cannot be reached is left out, and the reason is told */
    PenaProgress progress;
} PenaRaisingInput;

typedef struct {
    GBytes *output; /* PAdES: all that is to be appended; CAdES: the signature, without content */
    guint64 content_offset, content_size; /* attached: where its EncapsulatedContentInfo is in the document */
    PenaLevel level;                      /* that was reached */
    GError *reason;                       /* why it is not the target; NULL when it is */
} PenaRaised;
void pena_raised_free (PenaRaised *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaRaised, pena_raised_free)

/* Whether an error means that somebody could not be asked or did not answer properly, so that it can be tried later. */
gboolean pena_raising_is_outage (const GError *error);

/* SIGNATURE_*, CERTIFICATE_REVOKED, the errors of pena_network_answer_async(), CANCELLED. */
void pena_raising_run_async (const PenaRaisingInput *input, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
PenaRaised *pena_raising_run_finish (GAsyncResult *result, GError **error);
