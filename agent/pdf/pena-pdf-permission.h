/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what earlier signers and the form's author allow (ISO 32000-1, 12.7.4.5 and 12.8)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-edit.h"
#include "pena-pdf-field.h"

/* Certification (DocMDP), usage rights, dynamic XFA. DOCUMENT_CERTIFIED, _XFA. */
gboolean pena_pdf_check_permissions (PenaPdf *pdf, const PenaPdfForm *form, GError **error);
/* A signature may be put in the field with this full name. DOCUMENT_LOCKED with fact "field". */
gboolean pena_pdf_check_lock (PenaPdf *pdf, const PenaPdfForm *form, const gchar *name, GError **error);
/* The permissions of an encrypted document allow a signature in a new field, or in one that is there. DOCUMENT_RESTRICTED. */
gboolean pena_pdf_check_rights (PenaPdf *pdf, gboolean new_field, GError **error);

/* What a signature, the value of this field, allows to come after it. */
PenaPdfAllowance pena_pdf_signature_allows (PenaPdf *pdf, const PenaPdfField *signature);

/* The fields that a signature locks (FieldMDP). Transfer full. */
typedef struct _PenaPdfLock PenaPdfLock;
PenaPdfLock *pena_pdf_lock_new (PenaPdf *pdf, const PenaPdfField *signature);
void pena_pdf_lock_free (PenaPdfLock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfLock, pena_pdf_lock_free)
/* The field with this full name is among them. */
gboolean pena_pdf_lock_holds (const PenaPdfLock *self, const gchar *name);
