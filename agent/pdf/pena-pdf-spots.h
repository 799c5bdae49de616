/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where on which pages the stamps of a signature go
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"
#include "pena-pdf-page.h"

/* One appearance. Points, from the lower left of the page as it is shown. */
typedef struct {
    guint page;        /* index into the pages */
    guint canvas;      /* index into the stamp's canvases */
    PenaPdfRect area;  /* of the whole appearance */
    PenaPdfRect inner; /* where the drawing goes within it */
    gboolean covers;   /* an anchor's text, which then is not seen */
    PenaPdfRect cover;
} PenaPdfSpot;

typedef struct {
    GArray *pages;   /* of PenaPdfPage */
    GArray *spots;   /* of PenaPdfSpot; by page, at least one */
    gboolean covers; /* a stamp without a place of its own may lie over what is drawn there */
    gint
        widget; /* index of the one that is the signature's widget; the others are drawn on the pages. -1: none */
} PenaPdfSpots;

/* field is that of an existing field, whose place is kept, or NULL. A signature has one place (ISO 32000-2, 12.7.5.5: "shall never
 * refer to more than one annotation"); what is seen elsewhere is page content, which the signature covers like all else. Page
 * content must not change below an earlier signature: a footer is then left out, all else refused. REQUEST_INVALID with fact
 * "reason" also when there is no such page or the rectangle is not on it; ANCHOR_MISSING, ANCHOR_AMBIGUOUS, DOCUMENT_NO_PAGES, other DOCUMENT_*.
 * Transfer full. */
PenaPdfSpots *pena_pdf_spots_new (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfField *field,
                                  const PenaPdfStamp *stamp, GError **error);
void pena_pdf_spots_free (PenaPdfSpots *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfSpots, pena_pdf_spots_free)

/* The largest rectangle of this shape in the middle of another. */
PenaPdfRect pena_pdf_fit (PenaPdfRect into, gdouble width, gdouble height);
