/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the author of a form asks of a signature (seed values: ISO 32000-2, 12.7.5.5)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"

/* The author's demands on the signature in this field can be met. REQUEST_INVALID where another reason, digest, kind or level
 * would meet them, else DOCUMENT_UNSUPPORTED; both with fact "reason". */
gboolean pena_pdf_check_seed (PenaPdf *pdf, const PenaPdfField *field, const PenaPdfSignOptions *options,
                              GError **error);
