/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the text of a page and where it stands, and where else something is drawn (ISO 32000-1, 8.4 and 9.4)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <memory>
#include <set>

#include "pena-pdf-font.hpp"

extern "C" {
#include "pena-pdf-page.h"
}

namespace pena
{

/* (x, y, 1) times this is (ax + cy + e, bx + dy + f). */
struct Matrix {
    double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;
};

/* A character that shows, in the page's own space. */
struct Mark {
    char32_t character;
    double x, y, end_x, end_y; /* of its base line */
    double em;                 /* the font's size there */
    PenaPdfRect area;
};

/* Of a page, in the order in which it is drawn. What is beyond all bounds is left out; throws what qpdf throws. */
std::vector<Mark> read_marks (QPDFObjectHandle page);

/* Where a page draws anything at all, in its own space: each character, line, filled shape that is not white, shading, image. false
 * when there is too much of it; throws likewise. */
bool read_ink (QPDFObjectHandle page, std::vector<PenaPdfRect> &ink);

} // namespace pena
