/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing the appearances of a visible signature (ISO 32000-1, 12.5.5 and 12.7.4.5)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-spots.h"
#include "pena-pdf-update.h"

/* Writes the drawings, and for each spot an appearance that shows one of them upright. Of PenaPdfRef, one a spot.
 * DOCUMENT_UNSUPPORTED when the document is PDF/A-1 and the stamp is see-through; WORKER_FAILED. Transfer full. */
GArray *pena_pdf_put_appearances (PenaPdf *pdf, const PenaPdfStamp *stamp, const PenaPdfSpots *spots,
                                  PenaPdfWriter *writer, GError **error);
/* "/Rect [...] /P 3 0 R /AP << /N 9 0 R >>" of the widget. */
void pena_pdf_append_place (GString *out, const PenaPdfSpots *spots, const GArray *appearances);

/* What a page's dictionary must say for some spots to be drawn on it, behind and above all that is there. */
typedef struct {
    gchar *contents, *resources; /* NULL: as they are */
} PenaPdfPageChange;
void pena_pdf_page_change_clear (PenaPdfPageChange *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaPdfPageChange, pena_pdf_page_change_clear)

/* What is written for one page serves for others. */
typedef struct {
    PenaPdfRef before;   /* of a content stream that saves the graphics state */
    GHashTable *streams; /* gchar* -> number: content that was written */
} PenaPdfPageStreams;
void pena_pdf_page_streams_clear (PenaPdfPageStreams *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaPdfPageStreams, pena_pdf_page_streams_clear)

/* For the spots from `first` to before `end`, which are of one page; the widget's is left out. */
void pena_pdf_change_page (PenaPdf *pdf, const PenaPdfSpots *spots, guint first, guint end,
                           const GArray *appearances, PenaPdfWriter *writer, PenaPdfPageStreams *streams,
                           PenaPdfPageChange *ret_change);
