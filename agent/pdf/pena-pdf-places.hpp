/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: opening what qpdf is to read, for C++
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <qpdf/QPDF.hh>

#include "pena-pdf-places.h"

/* Without repair. Throws what qpdf throws. */
void pena_pdf_open_strictly (QPDF &pdf, const PenaPdfSource &source);
/* As pena_pdf_places_new, of what is open. */
GArray *pena_pdf_places_of (QPDF &pdf);
