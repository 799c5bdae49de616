/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"
#include "pena-pdf-places.h"

/* Whether nothing but further signatures lies between an earlier revision and the newest one. `places` are
 * the newest one's; `later` holds the fields (PenaPdfField of `now`) with a sound signature that covers more
 * than the earlier revision. What else was found goes into `notes` (of gchar*, for people). */
gboolean pena_pdf_only_signatures_added (PenaPdf *old, PenaPdf *now, const GArray *places,
                                         const GPtrArray *later, GPtrArray *notes);
