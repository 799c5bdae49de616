/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whose certificates a signature depends on: its signer's and those of its time-stamps
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-evidence.h"
#include "pena-signed-parts.h"

/* What is known of a time-stamp that was read for its certificates. */
typedef struct {
    guint n_time_stamps; /* over the signature value */
    gint64 time;         /* of the earliest of them; G_MAXINT64 for none */
} PenaGathered;

/* Makes `evidence` want all that the signature in `cms` needs, and know what it holds. since: when the signature is known
 * to have existed, in seconds since 1970 UTC, unless a time-stamp in it says better. Each time-stamp must be sound and
 * over this signature: SIGNATURE_BROKEN with a reason. ret_gathered may be NULL. */
gboolean pena_gather_signature (PenaEvidence *evidence, GBytes *cms, gint64 since, PenaGathered *ret_gathered,
                                GError **error);
/* The same for a time-stamp token, which must be over `digest` of what it stamps; the function is asked for it. certificates: of
 * GBytes, DER, one of which may be its authority's when the token holds none; or NULL. Transfer of nothing. */
typedef GBytes *(*PenaImprintFunc) (const gchar *algorithm, gpointer user_data);
gboolean pena_gather_time_stamp (PenaEvidence *evidence, GBytes *token, GPtrArray *certificates,
                                 PenaImprintFunc imprint, gpointer user_data, gint64 *ret_time,
                                 GError **error);
/* Makes `evidence` want the authorities of the time-stamps of older forms and of the content: only a judge needs them. Stops where
 * one is not sound. */
void pena_gather_other_stamps (PenaEvidence *evidence, GBytes *cms);
/* Makes `evidence` want the signer of `cms`, whatever is wrong with its time-stamps. */
void pena_gather_signer (PenaEvidence *evidence, GBytes *cms);
