/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one verification
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-sign-job.h"
#include "pena-verifiers.h"

/* What is to be judged, and for whom. */
typedef struct {
    PenaDocument *document;
    GBytes *signature;    /* a detached one; NULL: a PDF with its own, or what `attached` says */
    gboolean attached;    /* the document is a CMS that holds what it signs */
    gchar *language;      /* of the report's texts */
    PenaSecret *password; /* of an encrypted PDF, or NULL */
    gboolean online;      /* authorities are asked about the certificates */
    PenaVerifierClient
        client; /* pidfd -1, or whose documents this one may share a worker with; borrowed for the start */
} PenaVerifyRequest;
void pena_verify_request_free (PenaVerifyRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaVerifyRequest, pena_verify_request_free)

/* Takes the request. */
void pena_verify_job_run_async (const PenaServices *services, PenaVerifyRequest *request,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* The report, JSON (schema VerifyReport), parsed and written again by us: a worker that was taken over can
 * lie in it but not smuggle anything else through. Transfer full. */
gchar *pena_verify_job_run_finish (GAsyncResult *result, GError **error);

/* The part that needs no process; *ret_sound (or NULL): the verdict is one, and not that a signature is broken. WORKER_FAILED
 * when it is not one JSON object of bounded size and depth. */
gchar *pena_verify_rewrite_report (const gchar *report, gboolean *ret_sound, GError **error);
