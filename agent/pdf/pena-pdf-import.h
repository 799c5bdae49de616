/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: taking the pages of a small PDF over as form XObjects (ISO 32000-1, 8.10)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-update.h"

typedef struct {
    gboolean transparent; /* something in it is see-through (/SMask) */
    GArray *forms;        /* of PenaPdfRef: one a page */
} PenaPdfImport;
void pena_pdf_import_free (PenaPdfImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfImport, pena_pdf_import_free)

/* Writes the first n_pages pages and what they need, with new numbers, into `writer`. The PDF comes from a process that has
 * seen a stranger's template: kinds, count, depth and size of what is taken are bounded, nothing that acts is among it.
 * WORKER_FAILED when it is not what a painter of stamps makes. Transfer full. */
PenaPdfImport *pena_pdf_import (GBytes *pdf, gsize n_pages, PenaPdfWriter *writer, GError **error);
