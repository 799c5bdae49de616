/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where a text stands on the pages (ISO 32000-1, 9)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-page.h"

G_BEGIN_DECLS

typedef struct {
    guint page;       /* index into the pages */
    PenaPdfRect area; /* of the text, in the page's own space */
} PenaPdfAnchor;

/* pages: of PenaPdfPage; wanted: the one page to look at, from 1, -1 for the last, 0 or PENA_PDF_ALL_PAGES for all.
 * Blanks do not count, neither in `text` (UTF-8) nor on the page, and the text may have been drawn piece by piece. What is part of a
 * longer word counts only where the text stands nowhere alone; what is outside of the shown page or below a signature's stamp, never.
 * ANCHOR_MISSING with fact "anchor", ANCHOR_AMBIGUOUS with "anchor" and "count". */
gboolean pena_pdf_locate (PenaPdf *pdf, const GArray *pages, gint wanted, const gchar *text,
                          PenaPdfAnchor *ret_anchor, GError **error);

G_END_DECLS
