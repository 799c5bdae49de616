/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"
#include "pena-pdf-places.h"

/* What the comparisons with one document have in common. */
typedef struct {
    PenaPdf *pdf;
    GArray *places;     /* of PenaPdfPlace; NULL when they cannot be told */
    GArray *references; /* of PenaPdfReference, from the end of the first signature on; NULL likewise */
} PenaPdfNewest;

/* The signatures that cover more than an earlier revision. */
typedef struct {
    const GPtrArray *fields; /* of PenaPdfField of the newest revision, whose signatures are sound */
    guint64 covered;         /* how far they reach */
    GHashTable *shown;       /* becomes the set of those fields that show something which was not there */
} PenaPdfLater;

/* Whether nothing but further signatures lies between an earlier revision and the newest one. What else was
 * found goes into `notes` (of gchar*, for people). */
gboolean pena_pdf_only_signatures_added (PenaPdf *old, const PenaPdfNewest *newest, const PenaPdfLater *later,
                                         GPtrArray *notes);
