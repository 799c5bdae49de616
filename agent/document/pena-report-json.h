/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the report of a verification (schema VerifyReport of docs/agent-api.yaml)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"
#include "pena-signed-parts.h"
#include "pena-validate.h"

typedef struct {
    const PenaPdfBytes *bytes;
    PenaPdf *pdf;      /* NULL: another kind of document */
    GBytes *sha256;    /* of the whole document, or NULL: it is computed */
    GBytes *signature; /* CAdES without content, or NULL */
    const PenaSignedParts
        *enclosing; /* of the signature, where it holds its content and is `bytes`; NULL: beside it */
    PenaValidationContext context;
} PenaReportInput;

/* Judges every signature. Transfer full. */
gchar *pena_report_json (const PenaReportInput *input, GError **error);
