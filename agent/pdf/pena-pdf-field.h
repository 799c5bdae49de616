/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the form of a PDF and its signature fields (ISO 32000-1, 12.7)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

typedef struct {
    gchar *name;    /* full: partial names with dots between */
    PenaPdfRef ref; /* number 0 when it stands inside another object */
    qpdf_oh object;
    gboolean is_signature;
    qpdf_oh
        value; /* signature dictionary; a null object when the field is empty; or what another field holds */
} PenaPdfField;

typedef struct {
    qpdf_oh form;           /* /AcroForm; a null object when there is none */
    qpdf_oh fields;         /* its /Fields */
    GPtrArray *signatures;  /* of PenaPdfField: every signature field, signed or empty */
    GPtrArray *others;      /* of PenaPdfField: every other field that has no fields below it */
    GHashTable *names;      /* set of the partial names at the top */
    GHashTable *full_names; /* set of the full names of all fields, of whatever kind */
} PenaPdfForm;

/* DOCUMENT_DAMAGED, or _UNSUPPORTED for a form beyond all bounds. */
PenaPdfForm *pena_pdf_form_new (PenaPdf *pdf, GError **error);
void pena_pdf_form_free (PenaPdfForm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfForm, pena_pdf_form_free)

gboolean pena_pdf_field_is_signed (PenaPdf *pdf, const PenaPdfField *field);
guint pena_pdf_form_count_signed (PenaPdf *pdf, const PenaPdfForm *self);
/* NULL when no signature field has this full name. */
const PenaPdfField *pena_pdf_form_find (const PenaPdfForm *self, const gchar *name);
/* "Signature1" or the first of its like that is free. */
gchar *pena_pdf_form_free_name (const PenaPdfForm *self);
