/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: X.509 certificate validation (EN 319 102-1, 5.2.6 and 5.6.2.1), for whoever has signed something
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-finding.h"
#include "pena-pool.h"

typedef struct {
    X509 *certificate;
    /* When what was signed with it is proved to have existed; the time of the context when nothing proves it. The
     * certificate must have been good then, and later does not matter: the shell model of the standard with the
     * control time of 5.6.2.2. */
    gint64 proved;
    const PenaValidationContext *context;
    PenaPool *pool; /* reading from it makes it remember what was read */
} PenaPathQuestion;

typedef struct {
    PenaX509Stack *chain; /* from the certificate to an anchor; NULL when there is none */
    gboolean checked;     /* revocation data spoke for the certificate itself */
    GPtrArray *findings;
} PenaPathAnswer;

/* Transfer full. */
PenaPathAnswer *pena_path_judge (const PenaPathQuestion *question);
void pena_path_answer_free (PenaPathAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPathAnswer, pena_path_answer_free)

/* Whether what came with the document alone would do, up to the anchor. Checks a signature for each certificate. */
gboolean pena_path_is_complete (const PenaPathQuestion *question);

/* The one in force. */
const PenaCryptoPolicy *pena_context_policy (const PenaValidationContext *context);
/* The sub-indication for an algorithm that was reliable until `until`, at `at`; NONE when it is. */
PenaSubIndication pena_path_algorithm_sub (gint64 until, gint64 at);
