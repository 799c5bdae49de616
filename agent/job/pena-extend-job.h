/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: extending the signatures of a document to a higher level
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-sign-job.h"

/* Strings may be NULL. */
typedef struct {
    GBytes *signature; /* the detached one; or NULL */
    gboolean
        attached;    /* the document is a signature that holds its content; else, without signature, a PDF */
    PenaLevel level; /* above B-B */
    gboolean allow_lower;
    PenaSecret *password; /* of an encrypted PDF */
    gchar *language;
    PenaProgress progress;
} PenaExtendRequest;
void pena_extend_request_free (PenaExtendRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaExtendRequest, pena_extend_request_free)

/* Takes request and document. Needs no token and asks nobody at the computer: what is added says nothing in anyone's name.
 * The codes of pena_raising_run_async() and of opening a document. The result has no credential; its output are the bytes
 * to append, none when nothing was missing, or the new signature; what comes after the content, when that is attached. */
void pena_extend_job_run_async (const PenaServices *services, PenaExtendRequest *request,
                                PenaDocument *document, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
PenaSignResult *pena_extend_job_run_finish (GAsyncResult *result, GError **error);
