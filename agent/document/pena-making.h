/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: making one signature over an opened document, step by step
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-ades.h"
#include "pena-pdf.h"

typedef struct _PenaMaking PenaMaking;

typedef struct {
    gint fd;                   /* of the document; borrowed */
    const PenaPdfBytes *bytes; /* borrowed */
    PenaPdf *pdf;              /* NULL: CAdES; borrowed */
} PenaMakingDocument;

/* ades: without `format`; pdf: without name, time and capacity, which follow from ades. REQUEST_INVALID is
 * not among the errors: whoever calls has checked its words. */
PenaMaking *pena_making_new (const PenaMakingDocument *document, const PenaAdesOptions *ades,
                             const PenaPdfSignOptions *pdf, GError **error);
void pena_making_free (PenaMaking *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaMaking, pena_making_free)

const gchar *pena_making_get_scheme (PenaMaking *self);
/* The update around its gap; NULL for CAdES. Borrowed. */
const PenaPdfUpdate *pena_making_get_update (PenaMaking *self);
GBytes *pena_making_get_to_be_signed (PenaMaking *self, GBytes *digest, GError **error);
/* The bytes to append, or the .p7s: made, read again as a stranger would, and verified. SELF_CHECK_FAILED. */
GBytes *pena_making_finish (PenaMaking *self, GBytes *value, GError **error);
