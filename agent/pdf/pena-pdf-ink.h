/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where something is drawn on a page
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-page.h"

G_BEGIN_DECLS

/* Of PenaPdfRect, on the page as it is shown: text, lines, shapes and images, but not a ground on which the rest stands. NULL when
 * it cannot be told, or not in a short time. Transfer full. */
GArray *pena_pdf_ink_new (PenaPdf *pdf, const PenaPdfPage *page);

G_END_DECLS
