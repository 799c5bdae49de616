/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what PDF/A and PDF/UA ask of what a signature adds
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-update.h"

/* Of XMP metadata that is looked at, bytes. */
#define PENA_PDF_MAX_METADATA (4 * 1024 * 1024)

/* The document is tagged, as PDF/UA wants it. */
gboolean pena_pdf_is_tagged (PenaPdf *pdf);
/* What the /Resources of a drawing need besides what it uses: in PDF/A, gray and RGB of a device are allowed only where the document
 * says for which device it is meant (ISO 19005-2, 6.2.4.3), so that there they are said to be those of every screen. Static. */
const gchar *pena_pdf_colour_spaces (PenaPdf *pdf);
/* /Rect, and what else there must be, of a widget that shows nothing. */
void pena_pdf_append_invisible (PenaPdfWriter *writer, GString *out);
