/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: images on stamps
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <cairo.h>

#include "pena-stamp-template.h"

/* Into the middle of the element's box, as large as its shape allows. PNG and JPEG. What is transparent becomes white unless
 * the template keeps it: transparency is not allowed in PDF/A-1. STAMP_INVALID. */
gboolean pena_stamp_draw_image (cairo_t *cairo, const PenaStampElement *element, GError **error);
