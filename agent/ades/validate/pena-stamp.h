/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging time-stamps (EN 319 102-1, 5.4)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pool.h"

typedef struct {
    const gchar *kind; /* as in PenaStampReport; static */
    GBytes *token;     /* DER */
    /* The digest of what it is to be over; NULL, with or without error, when that is not there. */
    PenaContentDigestFunc imprint;
    PenaContentDigestFunc former_imprint; /* how an older edition of the standard has it; NULL: as now */
    gpointer user_data;
    gint64 proved; /* as PenaPathQuestion */
    const PenaValidationContext *context;
    PenaPool *pool;     /* with what the token brings */
    PenaProofs *proofs; /* since when that exists is added */
} PenaStampQuestion;

/* Puts what the token brings into the pool: one may hold what another one needs. */
void pena_stamp_gather (GBytes *token, PenaPool *pool);
/* Transfer full. */
PenaStampReport *pena_stamp_judge (const PenaStampQuestion *question);
