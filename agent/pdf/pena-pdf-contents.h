/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature dictionary holds as its signature
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

/* /Contents of a signature dictionary as it stands in the file: never encrypted, whatever the rest is (ISO 32000-1, 7.6.1). NULL when
 * there is none. Transfer full. */
GBytes *pena_pdf_read_contents (PenaPdf *pdf, qpdf_oh value);
