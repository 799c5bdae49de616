/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where something is drawn on a page
 * Copyright (C) 2026 the Pena authors */
#include <cmath>
#include <exception>

#include "pena-pdf-page-text.hpp"
#include "pena-pdf-places.hpp"

extern "C" {
#include "pena-pdf-ink.h"
}

namespace
{

/* Of the page: what is larger is paper, a scan of it, or a background. */
const double largest_shape = 0.5;

double
area_of (const PenaPdfRect &rect)
{
    return (rect.x1 - rect.x0) * (rect.y1 - rect.y0);
}

} // namespace

/* No exception may reach the C that calls this. */
GArray *
pena_pdf_ink_new (PenaPdf *pdf, const PenaPdfPage *page)
{
    std::vector<PenaPdfRect> ink;
    QPDF source;

    try {
        pena_pdf_open_strictly (source, pena_pdf_source (pdf));
        if (!pena::read_ink (source.getObject (page->ref.number, page->ref.generation), ink))
            return nullptr;
    } catch (const std::exception &) {
        return nullptr;
    }
    GArray *result = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
    for (const PenaPdfRect &own : ink) {
        PenaPdfRect shown = pena_pdf_page_to_shown (page, own);
        if (std::isfinite (own.x0 + own.y0 + own.x1 + own.y1) &&
            area_of (own) <= largest_shape * area_of (page->box))
            g_array_append_val (result, shown);
    }
    return result;
}
