/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a finished signature, read again as a stranger would
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-ades.h"
#include "pena-pdf.h"

/* All borrowed. */
typedef struct {
    gint fd; /* of the document */
    const PenaPdfBytes *bytes;
    PenaPdfUpdate *update;      /* NULL: CAdES; its gap is filled */
    const PenaSecret *password; /* of the document, or NULL */
    GBytes *cms;
    GBytes *digest; /* SHA-256 of what is signed, computed by whoever asks */
    const gchar *digest_algorithm;
    GBytes *signer; /* certificate */
    gint64 time;    /* of signing */
} PenaSelfCheck;

/* Puts the CMS where it belongs and verifies the outcome in full. SELF_CHECK_FAILED. */
gboolean pena_self_check (const PenaSelfCheck *self, GError **error);
