/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a CAdES signature that holds its document, seen as if it stood beside it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"
#include "pena-signed-parts.h"

typedef struct {
    PenaSignedParts *parts;
    GBytes *signature; /* without content */
} PenaEnclosed;

/* SIGNATURE_DAMAGED when the bytes are not exactly one SignedData with content. Transfer full. */
PenaEnclosed *pena_enclosed_new (const PenaPdfBytes *bytes, GError **error);
void pena_enclosed_free (PenaEnclosed *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaEnclosed, pena_enclosed_free)
