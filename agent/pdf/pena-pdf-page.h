/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pages: which part of them is shown, and which side is up (ISO 32000-1, 7.7.3 and 14.11.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

/* Lower left x and y, upper right x and y. */
typedef struct {
    gdouble x0, y0, x1, y1;
} PenaPdfRect;

typedef struct {
    PenaPdfRef ref;  /* number 0 when the page stands inside another object */
    PenaPdfRect box; /* what is shown of it, in its own space: CropBox within MediaBox */
    gint rotate;     /* clockwise: 0, 90, 180, 270 */
    gdouble unit;    /* points that a unit of its space is (UserUnit) */
    qpdf_oh object;
} PenaPdfPage;

/* Of PenaPdfPage, all of them in order. DOCUMENT_DAMAGED. Transfer full. */
GArray *pena_pdf_pages_new (PenaPdf *pdf, GError **error);

/* Four numbers of an array as a rectangle, corners in order. FALSE when they are none. */
gboolean pena_pdf_get_rect (PenaPdf *pdf, qpdf_oh array, PenaPdfRect *ret_rect);

/* Width and height of a page as it is shown, in points. */
void pena_pdf_page_get_size (const PenaPdfPage *page, gdouble *ret_width, gdouble *ret_height);
/* From the page as it is shown (points, from its lower left) to the page's own space, and back. */
PenaPdfRect pena_pdf_page_to_space (const PenaPdfPage *page, PenaPdfRect shown);
PenaPdfRect pena_pdf_page_to_shown (const PenaPdfPage *page, PenaPdfRect space);
/* The /Matrix, "[...]", that turns a form's upside to where the shown page has it. Static. */
const gchar *pena_pdf_page_get_matrix (const PenaPdfPage *page);
