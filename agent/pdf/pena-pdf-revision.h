/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what each revision of a PDF did
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-edit.h"
#include "pena-pdf-field.h"
#include "pena-pdf-reader.h"

/* What an object said before a revision wrote it anew. */
typedef struct {
    gint from, to;  /* numbers */
    guint revision; /* that wrote it anew */
} PenaPdfOldReference;

/* A form, and where in it an object stands. */
typedef struct {
    PenaPdfForm *form;
    GHashTable
        *nodes; /* number of a field or of its widget -> PenaPdfField; NULL until somebody needs them */
} PenaPdfFormMap;

/* A revision that is compared with the one before, and then with the one behind it. */
typedef struct {
    PenaPdf *pdf;        /* borrowed */
    PenaPdfGraph *graph; /* of its own */
    PenaPdfFormMap form;
} PenaPdfSide;

/* NULL when its cross-reference cannot be read. */
PenaPdfSide *pena_pdf_side_new (PenaPdf *pdf, PenaPdfSketches *sketches);
void pena_pdf_side_free (PenaPdfSide *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfSide, pena_pdf_side_free)

/* `later`: number of a field -> PenaPdfLater, for each sound signature over the revision or a later one. What stands
 * behind it grows with each comparison. */
typedef struct {
    PenaPdfSide *old, *now;
    guint revision; /* that `now` is */
    GHashTable *later;
    GPtrArray *done;    /* of PenaPdfDone: what the revision did to the one before */
    GHashTable *born;   /* numbers of objects -> the first revision that has them */
    GArray *writes;     /* of PenaPdfWrite, the later revisions first */
    GArray *references; /* of PenaPdfOldReference */
    guint64 work;       /* objects and entries looked at */
} PenaPdfStepInput;

typedef struct {
    gint number;
    guint revision; /* that wrote it, for the first time or anew */
} PenaPdfWrite;

void pena_pdf_compare_revisions (PenaPdfStepInput *input);
