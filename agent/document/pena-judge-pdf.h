/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: all signatures and time-stamps of a document judged together
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"
#include "pena-signed-parts.h"
#include "pena-span.h"
#include "pena-validate.h"

/* A digest of the whole document that is known already; NULL bytes for none. */
typedef struct {
    PenaSpan *span;
    guint64 size;
    GBytes *sha256;
    const PenaSignedParts
        *enclosing; /* the signature that holds the content and is the whole document; NULL: none */
} PenaJudgedBytes;

/* Judges what pena_pdf_list_signatures() found, the newest first: document time-stamps prove when what stands before them
 * existed. A list of PenaSignatureReport in the same order; document time-stamps are in it with the format "RFC3161" and
 * their time as the claimed one. May lower PenaPdfSignature.changes. Transfer full. */
GPtrArray *pena_judge_pdf (PenaPdf *pdf, GPtrArray *signatures, const PenaJudgedBytes *bytes,
                           const PenaValidationContext *context);
/* The detached signatures in a CMS, each of which covers the whole document, and their countersignatures: as
 * pena_validate_cms_all(). Transfer full. */
GPtrArray *pena_judge_detached (GBytes *cms, const PenaJudgedBytes *bytes,
                                const PenaValidationContext *context);
