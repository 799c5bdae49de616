/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what earlier signers and the form's author allow
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-permission.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-stream.h"

#define FIELD_READ_ONLY 1

/* With more, a signature is taken to allow nothing and to lock all. */
#define MAX_REFERENCES 100
#define MAX_LOCKED 10000
#define MAX_PACKET (16 * 1024 * 1024) /* of XML */

/* Bits of /P of the encryption dictionary (ISO 32000-1, table 22; the standard counts them from 1). */
#define MAY_MODIFY (1 << 3)
#define MAY_ANNOTATE (1 << 5)   /* fill in forms too and, with MAY_MODIFY, make fields */
#define MAY_FILL_FORMS (1 << 8) /* from revision 3 on */

/* The transform parameters of a signature's n-th reference, when it is of this method; else a null object. */
static qpdf_oh
transform (PenaPdf *pdf, qpdf_oh references, gint n, const gchar *method)
{
    qpdf_oh reference = qpdf_oh_get_array_item (pdf->qpdf, references, n);

    if (!pena_pdf_name_is (pdf, pena_pdf_get (pdf, reference, "/TransformMethod"), method))
        return qpdf_oh_new_null (pdf->qpdf);
    qpdf_oh parameters = pena_pdf_get (pdf, reference, "/TransformParams");
    return pena_pdf_is_dict (pdf, parameters) ? parameters : qpdf_oh_new_dictionary (pdf->qpdf);
}

/* The strictest of the levels that a signature sets counts (DocMDP, FieldMDP); G_MAXINT64 when it sets none. */
static gint64
strictest_level (PenaPdf *pdf, qpdf_oh signature)
{
    qpdf_oh references = pena_pdf_get (pdf, signature, "/Reference");
    gint n = pena_pdf_n_items (pdf, references);
    gint64 strictest = n > MAX_REFERENCES ? 1 : G_MAXINT64;

    for (gint i = 0; i < MIN (n, MAX_REFERENCES); i++) {
        qpdf_oh document = transform (pdf, references, i, "/DocMDP");
        qpdf_oh fields = transform (pdf, references, i, "/FieldMDP");
        if (pena_pdf_is_dict (pdf, document))
            strictest = MIN (strictest, pena_pdf_get_int (pdf, document, "/P", 2));
        if (pena_pdf_is_dict (pdf, fields))
            strictest = MIN (strictest, pena_pdf_get_int (pdf, fields, "/P", G_MAXINT64));
    }
    return strictest;
}

/* A level that the standard does not know allows as little as the strictest. */
static PenaPdfAllowance
allowance_of_level (gint64 level)
{
    return level == 2            ? PENA_PDF_ALLOWS_FORMS
           : level == 3          ? PENA_PDF_ALLOWS_COMMENTS
           : level == G_MAXINT64 ? PENA_PDF_ALLOWS_APPROVAL
                                 : PENA_PDF_ALLOWS_NOTHING;
}

/* An approval may set a level with its field's lock (ISO 32000-2, table 236). */
PenaPdfAllowance
pena_pdf_signature_allows (PenaPdf *pdf, const PenaPdfField *signature)
{
    qpdf_oh lock = pena_pdf_get (pdf, signature->object, "/Lock");
    gint64 level = pena_pdf_get_int (pdf, lock, "/P", G_MAXINT64);

    return allowance_of_level (MIN (level, strictest_level (pdf, signature->value)));
}

static gboolean
any_signature_forbids_change (PenaPdf *pdf, const PenaPdfForm *form)
{
    for (guint i = 0; i < form->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (form->signatures, i);
        if (pena_pdf_field_is_signed (pdf, field) &&
            pena_pdf_signature_allows (pdf, field) == PENA_PDF_ALLOWS_NOTHING)
            return TRUE;
    }
    return FALSE;
}

static gboolean
has_usage_rights (PenaPdf *pdf, qpdf_oh permissions)
{
    return pena_pdf_is_dict (pdf, pena_pdf_get (pdf, permissions, "/UR3")) ||
           pena_pdf_is_dict (pdf, pena_pdf_get (pdf, permissions, "/UR"));
}

static gboolean
packet_is_dynamic (PenaPdf *pdf, qpdf_oh packet)
{
    return pena_pdf_stream_matches (pdf, packet, MAX_PACKET, "<dynamicRender[^>]*>\\s*required");
}

/* The form's XML says whether its pages are laid out by the viewer; /NeedsRendering says that they must be.
 */
static gboolean
is_dynamic_xfa (PenaPdf *pdf, const PenaPdfForm *form)
{
    qpdf_oh xfa = pena_pdf_get (pdf, form->form, "/XFA");
    gint n = pena_pdf_n_items (pdf, xfa);

    if (pena_pdf_is_null (pdf, xfa))
        return FALSE;
    if (pena_pdf_get_bool (pdf, pdf->root, "/NeedsRendering", FALSE) || packet_is_dynamic (pdf, xfa))
        return TRUE;
    for (gint i = 0; i + 1 < n; i += 2) {
        g_autofree gchar *name = pena_pdf_dup_text (pdf, qpdf_oh_get_array_item (pdf->qpdf, xfa, i));
        if (g_strcmp0 (name, "config") == 0 &&
            packet_is_dynamic (pdf, qpdf_oh_get_array_item (pdf->qpdf, xfa, i + 1)))
            return TRUE;
    }
    return FALSE;
}

gboolean
pena_pdf_check_permissions (PenaPdf *pdf, const PenaPdfForm *form, GError **error)
{
    qpdf_oh permissions = pena_pdf_get (pdf, pdf->root, "/Perms");

    if (has_usage_rights (pdf, permissions)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_CERTIFIED,
                     "usage rights (/UR3) end with any change");
        return FALSE;
    }
    gint64 certified = strictest_level (pdf, pena_pdf_get (pdf, permissions, "/DocMDP"));
    if (allowance_of_level (certified) == PENA_PDF_ALLOWS_NOTHING ||
        any_signature_forbids_change (pdf, form)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_CERTIFIED,
                     "certified, no changes allowed (/P 1)");
        return FALSE;
    }
    if (is_dynamic_xfa (pdf, form)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_XFA, "dynamic XFA form");
        return FALSE;
    }
    return pena_pdf_check (pdf, error);
}

static gboolean
set_locked (GError **error, const gchar *field)
{
    g_autoptr (GError) failure =
        g_error_new (PENA_ERROR, PENA_ERROR_DOCUMENT_LOCKED, "field '%s' is locked", field);
    pena_error_set_string (failure, "field", field);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}

/* One FieldMDP transform. */
typedef struct {
    gboolean locked; /* what is in `names`; else all others */
    GHashTable *names;
} LockedNames;

struct _PenaPdfLock {
    GArray *transforms; /* of LockedNames */
    gboolean all;
};

static void
locked_names_clear (LockedNames *self)
{
    g_hash_table_unref (self->names);
}

static void
add_transform (PenaPdfLock *self, PenaPdf *pdf, qpdf_oh parameters)
{
    qpdf_oh action = pena_pdf_get (pdf, parameters, "/Action"),
            names = pena_pdf_get (pdf, parameters, "/Fields");
    gint n = pena_pdf_n_items (pdf, names);
    LockedNames add = {pena_pdf_name_is (pdf, action, "/Include"),
                       g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL)};

    self->all = self->all || n > MAX_LOCKED || pena_pdf_name_is (pdf, action, "/All");
    for (gint i = 0; i < n && !self->all; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, names, i);
        gchar *name = pena_pdf_dup_text (pdf, item);
        if (name != NULL)
            g_hash_table_add (add.names, name);
        pena_pdf_release (pdf, item);
    }
    if (add.locked || pena_pdf_name_is (pdf, action, "/Exclude"))
        g_array_append_val (self->transforms, add);
    else
        locked_names_clear (&add);
}

PenaPdfLock *
pena_pdf_lock_new (PenaPdf *pdf, const PenaPdfField *signature)
{
    PenaPdfLock *self = g_new0 (PenaPdfLock, 1);
    qpdf_oh references = pena_pdf_get (pdf, signature->value, "/Reference");
    gint n = pena_pdf_n_items (pdf, references);

    self->transforms = g_array_new (FALSE, FALSE, sizeof (LockedNames));
    g_array_set_clear_func (self->transforms, (GDestroyNotify)locked_names_clear);
    self->all = n > MAX_REFERENCES;
    for (gint i = 0; i < n && !self->all; i++) {
        qpdf_oh parameters = transform (pdf, references, i, "/FieldMDP");
        if (pena_pdf_is_dict (pdf, parameters))
            add_transform (self, pdf, parameters);
    }
    return self;
}

void
pena_pdf_lock_free (PenaPdfLock *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->transforms);
    g_free (self);
}

/* A name in the list stands for the field and for all below it. */
static gboolean
is_listed (GHashTable *names, const gchar *field)
{
    g_autofree gchar *name = g_strdup (field);

    for (;;) {
        gchar *dot;
        if (g_hash_table_contains (names, name))
            return TRUE;
        dot = strrchr (name, '.');
        if (dot == NULL)
            return FALSE;
        *dot = '\0';
    }
}

gboolean
pena_pdf_lock_holds (const PenaPdfLock *self, const gchar *name)
{
    for (guint i = 0; i < self->transforms->len; i++) {
        const LockedNames *one = &g_array_index (self->transforms, LockedNames, i);
        if (is_listed (one->names, name) == one->locked)
            return TRUE;
    }
    return self->all;
}

gboolean
pena_pdf_check_lock (PenaPdf *pdf, const PenaPdfForm *form, const gchar *name, GError **error)
{
    const PenaPdfField *target = pena_pdf_form_find (form, name);

    if (target != NULL && (pena_pdf_get_int (pdf, target->object, "/Ff", 0) & FIELD_READ_ONLY) != 0)
        return set_locked (error, name);
    for (guint i = 0; i < form->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (form->signatures, i);
        if (!pena_pdf_field_is_signed (pdf, field))
            continue;
        g_autoptr (PenaPdfLock) lock = pena_pdf_lock_new (pdf, field);
        if (pena_pdf_lock_holds (lock, name))
            return set_locked (error, name);
    }
    return pena_pdf_check (pdf, error);
}

gboolean
pena_pdf_check_rights (PenaPdf *pdf, gboolean new_field, GError **error)
{
    const PenaPdfEncryption *encryption = pdf->encryption;
    gboolean allowed;

    if (encryption == NULL || encryption->owner)
        return TRUE;
    if (new_field)
        allowed =
            (encryption->permissions & MAY_ANNOTATE) != 0 && (encryption->permissions & MAY_MODIFY) != 0;
    else
        allowed = (encryption->permissions & MAY_ANNOTATE) != 0 ||
                  (encryption->revision >= 3 && (encryption->permissions & MAY_FILL_FORMS) != 0);
    if (!allowed)
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_RESTRICTED, "/P %" G_GINT64_FORMAT,
                     encryption->permissions);
    return allowed;
}
