/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature forbids those who come after it: certification and locks (ISO 32000-2, 12.8.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-field.h"
#include "pena-pdf-update.h"

/* The entries of a lock dictionary that carry out options->lock, or the lock that the field (NULL: a new one) has from its author; empty
 * when neither is there. REQUEST_INVALID, or DOCUMENT_UNSUPPORTED for a lock of an unknown kind. Transfer full. */
gchar *pena_pdf_lock_entries (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfField *field,
                              const PenaPdfSignOptions *options, GError **error);
/* The document may be certified as options->certify wants: by its first signature only. REQUEST_INVALID. */
gboolean pena_pdf_check_certify (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfSignOptions *options,
                                 GError **error);
/* The /Reference entry of the signature dictionary for these lock entries and options->certify; may be empty. Transfer full. */
gchar *pena_pdf_reference_entry (PenaPdf *pdf, const gchar *lock_entries, const PenaPdfSignOptions *options);
/* The value of the catalog's /Perms when the signature certifies. Where /Perms is an object of its own, that is written, and NULL is
 * returned. Transfer full. */
gchar *pena_pdf_put_permissions (PenaPdfWriter *writer, PenaPdfRef signature);
