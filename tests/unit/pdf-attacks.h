/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: published attacks on signed PDFs, made from samples of our own
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "signed-pdf.h"

/* Who signs: `trusted` is believed, `other` is somebody else. */
typedef struct {
    Pki *trusted, *other;
} PdfAttackWorld;

typedef struct _PdfAttack PdfAttack;
struct _PdfAttack {
    const gchar *family; /* as those who published it call it */
    const gchar *name;
    /* What Pena has to say of the signature "Signature1": all of these words, separated by " & "; and it is never both
     * TOTAL-PASSED and without a word of a change. */
    const gchar *expected;
    const gchar *const *letter; /* NULL: signed_pdf_letter */
    guint certify;
    void (*change) (PdfBuilder *builder, const PdfAttack *self, const PdfAttackWorld *world);
    const gchar *update[6]; /* for `change` to use */
};

extern const PdfAttack pdf_attacks[];
extern const gsize n_pdf_attacks;

PdfBuilder *pdf_attack_make (const PdfAttack *self, const PdfAttackWorld *world);
