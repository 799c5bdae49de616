/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing under way: what its steps share, for them alone
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-error.h>

#include "pena-ades.h"
#include "pena-plan.h"
#include "pena-sign-job.h"
#include "pena-trust.h"

typedef struct {
    gatomicrefcount references;
    PenaJobState state;
    GTask *task;
    GCancellable *cancellable;
    const PenaServices *services;
    PenaSignRequest *request;
    PenaDocument *document;
    PenaDocument *received; /* once `document` is a repaired copy of it */
    GError *damage;         /* why it was repaired */
    PenaWorker *worker;
    guint look;       /* source id while the document is borrowed */
    gboolean changed; /* somebody wanted to write it while it was */

    guint32 pages;
    gboolean opened;
    GVariant *tokens;
    GError *tokens_error;
    gboolean tokens_are_recent; /* those of the signing before */
    PenaTrust *trust;
    GVariant *credential;

    gint64 time;
    gint utc_offset;
    gchar *signature_id;
    PenaStampPicture *picture; /* NULL: invisible */
    PenaAdesDraft *draft;
    PenaPlan *plan; /* PAdES */
    GBytes *digest; /* of what is signed: the document, or that and the plan */
    GBytes *to_be_signed;
    gboolean has_turn;
    GCancellable *asking; /* while the holder is asked: withdraws the prompt; follows `cancellable` */
    GBytes *value;
    GBytes *cms;
    GPtrArray *needs; /* PAdES: the time-stamp in the signature */
    GPtrArray *chain; /* of GBytes: the signer's, for what asks the network */
    GBytes *output;
    PenaLevel level;
    GError *reason; /* why the level stays below */
} PenaSigning;

/* Each call that is under way holds a reference. */
PenaSigning *pena_signing_ref (PenaSigning *self);
void pena_signing_unref (PenaSigning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSigning, pena_signing_unref)

/* What comes back to a signing that is over is thrown away. */
gboolean pena_signing_is_over (const PenaSigning *self);
/* Enters the state that the event leads to, and does what is done there. */
void pena_signing_advance (PenaSigning *self, PenaJobEvent event);
/* Takes the error. A signing that is over stays as it is. */
void pena_signing_fail (PenaSigning *self, GError *error);
void pena_signing_fail_with (PenaSigning *self, PenaErrorCode code, const gchar *message);
/* The next prompt may be shown; error: NULL when the holder agreed. */
void pena_signing_end_turn (PenaSigning *self, const GError *error);

/* One a state; pena_signing_prepare is called by the first when document and signer are known. */
void pena_signing_receive (PenaSigning *self);
void pena_signing_prepare (PenaSigning *self);
void pena_signing_ask (PenaSigning *self);
void pena_signing_finish (PenaSigning *self);
void pena_signing_raise (PenaSigning *self);

/* Takes the error that the worker's Open or Prepare failed with: the document is repaired where that is wanted and helps. */
void pena_signing_fail_or_repair (PenaSigning *self, GError *error);

/* The signer first, then what the token and the configuration know of its chain. Of GBytes; transfer full. */
GPtrArray *pena_signing_build_chain (const PenaSigning *self);
/* Into the options of a worker's or helper's method; a NULL value is left out. */
void pena_signing_insert_string (GVariantDict *options, const gchar *key, const gchar *value);
void pena_signing_insert_bytes (GVariantDict *options, const gchar *key, GBytes *value);
void pena_signing_insert_signer (const PenaSigning *self, GVariantDict *options, const gchar *key);
