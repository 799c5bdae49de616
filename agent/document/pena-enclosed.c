/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a CAdES signature that holds its document, seen as if it stood beside it
 * Copyright (C) 2026 the Pena authors */
#include "pena-enclosed.h"

#include <pena/pena-error.h>

#include "pena-text.h"

void
pena_enclosed_free (PenaEnclosed *self)
{
    if (self == NULL)
        return;
    pena_signed_parts_free (self->parts);
    g_clear_pointer (&self->signature, g_bytes_unref);
    g_free (self);
}

static gpointer
refuse (GError **error, PenaErrorCode code, const gchar *reason)
{
    GError *made = g_error_new_literal (PENA_ERROR, (gint)code, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return NULL;
}

PenaEnclosed *
pena_enclosed_new (const PenaPdfBytes *bytes, GError **error)
{
    gsize size = pena_pdf_bytes_size (bytes), taken = 0;
    g_autoptr (PenaEnclosed) self = g_new0 (PenaEnclosed, 1);

    self->parts = pena_signed_parts_new_of_many (pena_pdf_bytes_data (bytes), size, &taken, error);
    if (self->parts == NULL)
        return NULL;
    if (!self->parts->attached)
        return refuse (error, PENA_ERROR_DOCUMENT_MISSING,
                       _ ("it is neither in the signature nor beside it"));
    if (taken != size)
        return refuse (error, PENA_ERROR_SIGNATURE_DAMAGED, _ ("something follows it"));
    self->signature = pena_signed_parts_encode_detached (self->parts);
    return g_steal_pointer (&self);
}
