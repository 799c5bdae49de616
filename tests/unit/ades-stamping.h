/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signature in the making, and time-stamps in it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ades-trust.h"
#include "pena-archive.h"
#include "pena-validate.h"

#define DAYS(count) (PKI_NOW + (count)*PKI_DAY)

typedef struct {
    Pki *pki;
    PkiEntity tsa, late_tsa; /* the first one's certificate ends on day 20 */
    PenaValidationContext *context;
    PenaSignedParts *parts; /* of the signature in the making */
} Stamping;

void stamping_sign_anew (Stamping *self);
void stamping_set_up (Stamping *self, gconstpointer unused);
void stamping_tear_down (Stamping *self, gconstpointer unused);
GBytes *stamping_stamp (const PkiEntity *tsa, GBytes *imprint, const TsaSpec *spec);
void stamping_add_stamp (Stamping *self, const PkiEntity *tsa, const TsaSpec *spec);
void stamping_add_stamp_at (Stamping *self, gint64 time);
void stamping_add_archive (Stamping *self, const PkiEntity *tsa, gint64 time);
void stamping_add_crls (Stamping *self, gint64 time, X509 *revoked);
PenaSignatureReport *stamping_judge_at (Stamping *self, gint64 time);
void stamping_assert_judged (Stamping *self, gint64 time, PenaVerdict verdict, PenaSubIndication sub,
                             const gchar *level);
const PenaStampReport *stamping_only_stamp (const PenaSignatureReport *report);
