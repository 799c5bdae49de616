/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: QR codes and barcodes on stamps
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <cairo.h>

#include "pena-stamp-template.h"

/* Into the element's box, vectors on white. content is UTF-8. STAMP_INVALID when it does not fit into such a code. */
gboolean pena_stamp_draw_code (cairo_t *cairo, const PenaStampElement *element, const gchar *content,
                               GError **error);
