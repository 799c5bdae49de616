/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what came after each signature of a PDF
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"

/* A signature and the field that holds it. */
typedef struct {
    PenaPdfSignature *signature;
    const PenaPdfField *field; /* of the newest revision */
} PenaPdfSigned;

/* Where its range ends. */
guint64 pena_pdf_signature_end (const PenaPdfSignature *self);
/* Its range is not sound after all; the first reason counts. */
void pena_pdf_signature_doubt (PenaPdfSignature *self, const gchar *problem);

/* Sets the revision, and the changes as far as the range alone decides them: FALSE when what came after it has to be looked
 * at (they are OTHER until then). */
gboolean pena_pdf_judge_coverage (PenaPdf *pdf, PenaPdfSignature *signature);
/* `rows` of PenaPdfSigned, by where they end. Compares each revision from the first signed one on with the one before, and
 * judges what was found for each signature. */
void pena_pdf_judge_history (PenaPdf *pdf, GPtrArray *rows);
