/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one verification
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-sign-job.h"

/* Takes the document, and the detached signature (NULL: a PDF with its own, or with `attached` a CMS that holds what it
 * signs), and the password of an encrypted PDF
 * (may be NULL). language: of the report's texts. */
void pena_verify_job_run_async (const PenaServices *services, PenaDocument *document, GBytes *signature,
                                gboolean attached, const gchar *language, PenaSecret *password,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* The report, JSON (schema VerifyReport), parsed and written again by us: a worker that was taken over can
 * lie in it but not smuggle anything else through. Transfer full. */
gchar *pena_verify_job_run_finish (GAsyncResult *result, GError **error);

/* The part that needs no process. WORKER_FAILED when it is not one JSON object of bounded size and depth. */
gchar *pena_verify_rewrite_report (const gchar *report, GError **error);
