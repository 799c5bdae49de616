/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging time-stamps (EN 319 102-1, 5.4)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pool.h"

typedef struct {
    const gchar *kind; /* "signature", "archive", "document"; static */
    GBytes *token;     /* DER */
    /* The digest of what it is to be over; NULL, with or without error, when that is not there. */
    PenaContentDigestFunc imprint;
    gpointer user_data;
    gint64 proved; /* as PenaPathQuestion */
    const PenaValidationContext *context;
    PenaPool *pool;     /* what the token brings is added to it, */
    PenaProofs *proofs; /* and since when it exists to these */
} PenaStampQuestion;

/* Transfer full. */
PenaStampReport *pena_stamp_judge (const PenaStampQuestion *question);
