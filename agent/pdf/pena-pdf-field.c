/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the form of a PDF and its signature fields
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-field.h"

#include "pena-text.h"

#define MAX_DEPTH 64
#define MAX_FIELDS 200000

typedef struct {
    PenaPdf *pdf;
    PenaPdfForm *form;
    GHashTable *seen; /* object numbers */
    guint n;
} Walk;

static void
field_free (PenaPdfField *self)
{
    g_free (self->name);
    g_free (self);
}

/* What the walk knows of a node's ancestors. */
typedef struct {
    const gchar *name; /* NULL at the top */
    gboolean is_signature;
    guint depth;
} Above;

static gboolean walk_field (Walk *walk, qpdf_oh object, Above above, GError **error);

/* A kid with a name of its own is a field; one without is a widget of this field. */
static gboolean
walk_kids (Walk *walk, qpdf_oh kids, Above above, gboolean *ret_any_field, GError **error)
{
    gint n = pena_pdf_n_items (walk->pdf, kids);

    *ret_any_field = FALSE;
    walk->n += (guint)n; /* fields can share one list */
    for (gint i = 0; i < n; i++) {
        qpdf_oh kid = qpdf_oh_get_array_item (walk->pdf->qpdf, kids, i);
        if (pena_pdf_is_null (walk->pdf, pena_pdf_get (walk->pdf, kid, "/T")))
            continue;
        *ret_any_field = TRUE;
        if (!walk_field (walk, kid, above, error))
            return FALSE;
    }
    return TRUE;
}

static void
add_field (Walk *walk, GPtrArray *list, qpdf_oh object, const gchar *name)
{
    PenaPdfField *field = g_new0 (PenaPdfField, 1);

    field->name = g_strdup (name);
    field->object = object;
    field->ref = pena_pdf_ref (walk->pdf, object);
    field->value = pena_pdf_get (walk->pdf, object, "/V");
    field->is_signature = list == walk->form->signatures;
    g_ptr_array_add (list, field);
}

static gboolean
walk_field (Walk *walk, qpdf_oh object, Above above, GError **error)
{
    PenaPdf *pdf = walk->pdf;
    PenaPdfRef ref = pena_pdf_ref (pdf, object);
    gboolean any_field;

    /* Every visit counts: a field can be listed as often as a file is long. */
    if (above.depth > MAX_DEPTH || walk->n++ > MAX_FIELDS) {
        pena_pdf_set_unsupported (error, _ ("its form has too many or too deeply nested fields"));
        return FALSE;
    }
    if (!pena_pdf_is_dict (pdf, object) ||
        (ref.number != 0 && !g_hash_table_add (walk->seen, GINT_TO_POINTER (ref.number))))
        return TRUE;
    g_autofree gchar *partial = pena_pdf_get_text (pdf, object, "/T");
    g_autofree gchar *name = above.name != NULL && partial != NULL
                                 ? g_strconcat (above.name, ".", partial, NULL)
                                 : g_strdup (partial != NULL ? partial : "");
    if (above.name == NULL && partial != NULL)
        g_hash_table_add (walk->form->names, g_strdup (partial));
    g_hash_table_add (walk->form->full_names, g_strdup (name));
    qpdf_oh type = pena_pdf_get (pdf, object, "/FT");
    gboolean is_signature =
        pena_pdf_is_null (pdf, type) ? above.is_signature : pena_pdf_name_is (pdf, type, "/Sig");
    Above below = {name, is_signature, above.depth + 1};
    if (!walk_kids (walk, pena_pdf_get (pdf, object, "/Kids"), below, &any_field, error))
        return FALSE;
    if (is_signature && (!any_field || pena_pdf_is_dict (pdf, pena_pdf_get (pdf, object, "/V"))))
        add_field (walk, walk->form->signatures, object, name);
    else if (!is_signature && !any_field)
        add_field (walk, walk->form->others, object, name);
    return TRUE;
}

PenaPdfForm *
pena_pdf_form_new (PenaPdf *pdf, GError **error)
{
    g_autoptr (PenaPdfForm) self = g_new0 (PenaPdfForm, 1);
    g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
    Walk walk = {pdf, self, seen, 0};

    self->form = pena_pdf_get (pdf, pdf->root, "/AcroForm");
    self->fields = pena_pdf_get (pdf, self->form, "/Fields");
    self->signatures = g_ptr_array_new_with_free_func ((GDestroyNotify)field_free);
    self->others = g_ptr_array_new_with_free_func ((GDestroyNotify)field_free);
    self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->full_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    gint n = pena_pdf_n_items (pdf, self->fields);
    for (gint i = 0; i < n; i++) {
        qpdf_oh field = qpdf_oh_get_array_item (pdf->qpdf, self->fields, i);
        if (!walk_field (&walk, field, (Above){NULL, FALSE, 0}, error))
            return NULL;
    }
    if (!pena_pdf_check (pdf, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_pdf_form_free (PenaPdfForm *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->signatures, g_ptr_array_unref);
    g_clear_pointer (&self->others, g_ptr_array_unref);
    g_clear_pointer (&self->names, g_hash_table_unref);
    g_clear_pointer (&self->full_names, g_hash_table_unref);
    g_free (self);
}

gboolean
pena_pdf_field_is_signed (PenaPdf *pdf, const PenaPdfField *field)
{
    return pena_pdf_is_dict (pdf, field->value);
}

guint
pena_pdf_form_count_signed (PenaPdf *pdf, const PenaPdfForm *self)
{
    guint n = 0;

    for (guint i = 0; i < self->signatures->len; i++)
        n += pena_pdf_field_is_signed (pdf, g_ptr_array_index (self->signatures, i));
    return n;
}

const PenaPdfField *
pena_pdf_form_find (const PenaPdfForm *self, const gchar *name)
{
    for (guint i = 0; i < self->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (self->signatures, i);
        if (g_strcmp0 (field->name, name) == 0)
            return field;
    }
    return NULL;
}

gchar *
pena_pdf_form_free_name (const PenaPdfForm *self)
{
    for (guint i = 1;; i++) {
        g_autofree gchar *name = g_strdup_printf ("Signature%u", i);
        if (!g_hash_table_contains (self->names, name))
            return g_steal_pointer (&name);
    }
}
