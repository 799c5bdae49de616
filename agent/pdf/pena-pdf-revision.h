/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"
#include "pena-pdf-places.h"

/* The signatures that cover more than an earlier revision. */
typedef struct {
    const GPtrArray *fields; /* of PenaPdfField of the newest revision, whose signatures are sound */
    guint64 covered;         /* how far they reach */
    GHashTable *shown;       /* becomes the set of those fields that show something which was not there */
} PenaPdfLater;

/* Whether nothing but further signatures lies between an earlier revision and the newest one. `places` are
 * the newest one's. What else was found goes into `notes` (of gchar*, for people). */
gboolean pena_pdf_only_signatures_added (PenaPdf *old, PenaPdf *now, const GArray *places,
                                         const PenaPdfLater *later, GPtrArray *notes);
