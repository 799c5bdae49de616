/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: room on a page that nothing else takes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-page.h"

/* Of PenaPdfRect: where form fields, signatures among them, and people's notes can be seen on a page, as it is shown; no more than are
 * worth avoiding. Transfer full. */
GArray *pena_pdf_taken_new (PenaPdf *pdf, const PenaPdfPage *page);

/* The first place that meets neither of `taken` nor of `ink` (of PenaPdfRect): where it is wanted, else at the same height on the right,
 * on the left or in the middle of `within`, else the same a bit further up or down, and so on. FALSE when there is none. */
gboolean pena_pdf_find_blank (const GArray *taken, const GArray *ink, PenaPdfRect wanted, PenaPdfRect within,
                              PenaPdfRect *ret_place);

/* The place nearest to `wanted` that lies within `within` and meets none of `taken` (of PenaPdfRect), whether to a side of it or above
 * or below; `wanted` itself when there is none. */
PenaPdfRect pena_pdf_find_room (const GArray *taken, PenaPdfRect wanted, PenaPdfRect within);
