/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signing, from the sealed document to the verified result
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-config.h"
#include "pena-helper.h"
#include "pena-intake.h"
#include "pena-level.h"
#include "pena-network.h"
#include "pena-progress.h"
#include "pena-stamping.h"
#include "pena-states.h"
#include "pena-trust-keeper.h"
#include "pena-turns.h"
#include "pena-verifiers.h"
#include "pena-worker.h"

/* What jobs work with; all borrowed and alive as long as the main loop runs. */
typedef struct {
    const PenaConfig *config;
    PenaTrustKeeper *trust_keeper;
    PenaWorkerPool *workers;
    PenaVerifiers *verifiers;
    PenaHelper *helper;
    PenaTurns *turns;
    PenaNetwork *network;
} PenaServices;

/* What the client asked for. Strings UTF-8, NULL when not given. */
typedef struct {
    gboolean pades;      /* else CAdES */
    gboolean repair;     /* a damaged PDF: sign a repaired copy */
    const gchar *digest; /* "sha256", ...; static */
    gboolean pss;        /* with an RSA key: RSASSA-PSS */
    PenaLevel level;
    gboolean one_of_many; /* nobody is asked when it was refused, or went wrong, for the one before */
    gboolean allow_lower; /* what cannot be reached is left out */
    gboolean attached;    /* CAdES: the signature holds the document */
    gchar *credential;
    gchar *name; /* of the document */
    gchar *reason, *location, *field;
    guint certify; /* PDF: 0, or the level of a certification */
    gchar *lock;   /* PDF: fields to lock */
    PenaStampWish stamp;
    gchar *mime_type;
    gchar *tty, *term, *display; /* where the prompt may be shown */
    gchar *language;
    PenaSecret *document_password; /* of an encrypted PDF; not the token's passphrase */
    gchar *application;            /* as shown */
    gchar *application_key;        /* as told apart */
    PenaProgress progress;
} PenaSignRequest;
void pena_sign_request_free (PenaSignRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignRequest, pena_sign_request_free)

typedef struct {
    gchar *credential;
    gchar *signature_id; /* ULID */
    PenaLevel level;
    GError *reason;  /* why the level is not what was asked for; NULL when it is */
    gboolean covers; /* a stamp may lie over what is drawn on its page */
    GBytes *head;    /* CAdES that holds the document: what comes before it, and then `output`; else NULL */
    GBytes *output;  /* PAdES: the bytes to append; CAdES: the .p7s */
    PenaDocument *document; /* what was signed */
    guint64 from, size;     /* what of it goes out with head and output */
    PenaDocument *received; /* NULL unless that is a repaired copy of this */
} PenaSignResult;
void pena_sign_result_free (PenaSignResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignResult, pena_sign_result_free)

/* Takes request and document. Any code of the table but those of the request itself. */
void pena_sign_job_run_async (const PenaServices *services, PenaSignRequest *request, PenaDocument *document,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
PenaSignResult *pena_sign_job_run_finish (GAsyncResult *result, GError **error);
