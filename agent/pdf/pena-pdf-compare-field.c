/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: the fields of the form and what they show
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-pdf-compare.h"

#define READ_ONLY 1
#define PUSH_BUTTON (1 << 16)

/* What filling in may change of a field, and of a widget that stands apart. */
static const gchar *const filling_keys[] = {"/V", "/RV", "/I", "/TI", "/AP", "/AS", "/M", "/Ff", NULL};
static const gchar *const widget_keys[] = {"/AP", "/AS", "/M", NULL};

GArray *
pena_pdf_field_widgets (PenaPdf *pdf, const PenaPdfField *field)
{
    GArray *widgets = g_array_new (FALSE, FALSE, sizeof (qpdf_oh));
    qpdf_oh kids = pena_pdf_get (pdf, field->object, "/Kids");
    gint n = pena_pdf_n_items (pdf, kids);

    g_array_append_val (widgets, field->object);
    for (gint i = 0; i < n; i++) {
        qpdf_oh kid = qpdf_oh_get_array_item (pdf->qpdf, kids, i);
        g_array_append_val (widgets, kid);
    }
    return widgets;
}

gboolean
pena_pdf_step_flags_are_fine (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    gint64 before = pena_pdf_get_int (self->old, old, "/Ff", 0);
    gint64 after = pena_pdf_get_int (self->now, now, "/Ff", 0);

    return after == before || after == (before | READ_ONLY);
}

/* ---- appearances ---- */

/* A form XObject is drawn in the rectangle of its widget and cut off at its own box (ISO 32000-1, 12.5.5): without a box
 * it is no appearance. */
static gboolean
is_bounded (PenaPdf *pdf, qpdf_oh look)
{
    if (!qpdf_oh_is_stream (pdf->qpdf, look))
        return FALSE;
    qpdf_oh dict = qpdf_oh_get_dict (pdf->qpdf, look);
    return pena_pdf_name_is_or_absent (pdf, dict, "/Type", "/XObject") &&
           pena_pdf_name_is (pdf, pena_pdf_get (pdf, dict, "/Subtype"), "/Form") &&
           pena_pdf_n_items (pdf, pena_pdf_get (pdf, dict, "/BBox")) == 4;
}

/* Rewritten where it stood, and nowhere else in use. */
static void
explain_own (PenaPdfStep *self, qpdf_oh object, const PenaPdfHolder *holder, gboolean *ret_changed)
{
    gint number = pena_pdf_ref (self->now, object).number;

    if (!pena_pdf_step_is_own_within (self, number, holder))
        return;
    pena_pdf_step_explain (self, number);
    *ret_changed = TRUE;
    qpdf_oh dict =
        qpdf_oh_is_stream (self->now->qpdf, object) ? qpdf_oh_get_dict (self->now->qpdf, object) : object;
    if (!pena_pdf_is_dict (self->now, dict)) /* a value; asked for keys, qpdf would call it damaged */
        return;
    g_autoptr (GPtrArray) keys = pena_pdf_keys (self->now, dict);
    for (guint i = 0; i < keys->len; i++)
        pena_pdf_step_explain_added (self, pena_pdf_get (self->now, dict, g_ptr_array_index (keys, i)));
}

/* A stream, or one for each state of a button. */
static gboolean
compare_state (PenaPdfStep *self, qpdf_oh state, const PenaPdfHolder *holder, gboolean *ret_changed)
{
    PenaPdf *now = self->now;
    const PenaPdfHolder within = {holder, pena_pdf_ref (now, state).number};

    if (pena_pdf_is_null (now, state))
        return TRUE;
    explain_own (self, state, holder, ret_changed);
    if (!pena_pdf_is_dict (now, state))
        return is_bounded (now, state);
    g_autoptr (GPtrArray) keys = pena_pdf_keys (now, state);
    for (guint i = 0; i < keys->len; i++) {
        qpdf_oh look = pena_pdf_get (now, state, g_ptr_array_index (keys, i));
        explain_own (self, look, &within, ret_changed);
        if (!pena_pdf_step_may_look (self, 1) || !is_bounded (now, look))
            return FALSE;
    }
    return TRUE;
}

gboolean
pena_pdf_step_compare_look (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, gboolean *ret_changed)
{
    static const gchar *const states[] = {"/N", "/R", "/D", NULL};
    qpdf_oh before = pena_pdf_get (self->old, old, "/AP"), after = pena_pdf_get (self->now, now, "/AP");

    if (!pena_pdf_step_same_text (self, before, after) ||
        !pena_pdf_step_same_text (self, pena_pdf_get (self->old, old, "/AS"),
                                  pena_pdf_get (self->now, now, "/AS")))
        *ret_changed = TRUE;
    if (pena_pdf_is_null (self->now, after))
        return TRUE;
    if (!pena_pdf_is_dict (self->now, after) || !pena_pdf_has_only_keys (self->now, after, states))
        return FALSE;
    const PenaPdfHolder within = {NULL, pena_pdf_ref (self->now, after).number};
    explain_own (self, after, NULL, ret_changed);
    for (const gchar *const *key = states; *key != NULL; key++)
        if (!compare_state (self, pena_pdf_get (self->now, after, *key), &within, ret_changed))
            return FALSE;
    pena_pdf_step_explain_added (self, after);
    return TRUE;
}

/* ---- values ---- */

/* Nothing was filled in: absent, "", /Off, []. */
static gboolean
is_empty (PenaPdf *pdf, qpdf_oh value)
{
    g_autofree gchar *text = pena_pdf_unparse_resolved (pdf, value);

    return pena_pdf_is_null (pdf, value) || g_str_equal (text, "()") || g_str_equal (text, "<>") ||
           g_str_equal (text, "/Off") || g_str_equal (text, "[ ]");
}

static gboolean
same_value (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, const gchar *key)
{
    g_autofree gchar *before = pena_pdf_unparse_resolved (self->old, pena_pdf_get (self->old, old, key));
    g_autofree gchar *after = pena_pdf_unparse_resolved (self->now, pena_pdf_get (self->now, now, key));
    return strcmp (before, after) == 0;
}

/* TRUE when the field holds something else; an object of its own that holds it is then explained. */
static gboolean
compare_value (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field)
{
    static const gchar *const keys[] = {"/V", "/RV"};
    gboolean changed = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
        qpdf_oh value = pena_pdf_get (self->now, field->object, keys[i]);
        gboolean own = FALSE;
        explain_own (self, value, NULL, &own);
        pena_pdf_step_explain_added (self, value);
        changed = changed || own || !same_value (self, was->object, field->object, keys[i]);
    }
    return changed;
}

/* ---- fields ---- */

static gboolean
is_touched (PenaPdfStep *self, GArray *widgets)
{
    for (guint i = 0; i < widgets->len; i++) {
        gint number = pena_pdf_ref (self->now, g_array_index (widgets, qpdf_oh, i)).number;
        if (pena_pdf_step_has (self->modified, number) || pena_pdf_step_has (self->added, number))
            return TRUE;
    }
    return FALSE;
}

/* The key by which more than filling in changed a field or one of its widgets; NULL when nothing did. */
static gchar *
compare_widgets (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field, gboolean *ret_changed)
{
    g_autoptr (GArray) before = pena_pdf_field_widgets (self->old, was);
    g_autoptr (GArray) after = pena_pdf_field_widgets (self->now, field);

    if (before->len != after->len)
        return g_strdup ("/Kids");
    for (guint i = 0; i < after->len; i++) {
        qpdf_oh old = g_array_index (before, qpdf_oh, i), now = g_array_index (after, qpdf_oh, i);
        gchar *other = pena_pdf_step_other_key (self, old, now, i == 0 ? filling_keys : widget_keys);
        if (other != NULL)
            return other;
        if (!pena_pdf_step_flags_are_fine (self, old, now))
            return g_strdup ("/Ff");
        if (!pena_pdf_step_compare_look (self, old, now, ret_changed))
            return g_strdup ("/AP");
        pena_pdf_step_explain_same (self, old, now);
    }
    return NULL;
}

static void
judge_filling (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field)
{
    PenaPdfDone done = {.field = field->name, .object = field->ref.number};
    gboolean redrawn = FALSE;
    g_autofree gchar *other = compare_widgets (self, was, field, &redrawn);
    gboolean refilled = compare_value (self, was, field);
    gboolean button = (pena_pdf_get_int (self->old, was->object, "/Ff", 0) & PUSH_BUTTON) != 0;

    if (other == NULL && !refilled && !redrawn)
        return;
    if (other != NULL || button) {
        done.deed = PENA_PDF_DID_CHANGE_FIELD;
        done.detail = other;
        pena_pdf_step_explain_same (self, was->object, field->object);
    } else if (refilled)
        done.deed = is_empty (self->old, was->value) ? PENA_PDF_DID_FILL_FIELD : PENA_PDF_DID_REPLACE_VALUE;
    else
        done.deed = PENA_PDF_DID_REDRAW_FIELD;
    pena_pdf_step_note (self, done);
}

static void
judge_field (PenaPdfStep *self, const PenaPdfField *field)
{
    gint number = field->ref.number;
    const PenaPdfField *was = g_hash_table_lookup (self->old_form.nodes, GINT_TO_POINTER (number));
    g_autoptr (GArray) widgets = pena_pdf_field_widgets (self->now, field);
    PenaPdfDone done = {.field = field->name, .object = number};

    self->work += widgets->len;
    if (!is_touched (self, widgets))
        return;
    if (was != NULL && (was->ref.number != number || was->is_signature != field->is_signature ||
                        strcmp (was->name, field->name) != 0))
        done.deed = PENA_PDF_DID_CHANGE_FIELD;
    else if (field->is_signature)
        return pena_pdf_step_judge_signature_field (self, was, field);
    else if (was != NULL)
        return judge_filling (self, was, field);
    else {
        done.deed = PENA_PDF_DID_ADD_FIELD;
        pena_pdf_step_explain_added (self, field->object);
    }
    pena_pdf_step_note (self, done);
}

/* A field that is in the form for the first time without having been written: it lay hidden in the signed file. */
static void
find_revealed (PenaPdfStep *self, GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (fields, i);
        if (field->ref.number != 0 && !pena_pdf_step_has (self->added, field->ref.number) &&
            !pena_pdf_step_has (self->old_form.nodes, field->ref.number))
            pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_SHOW_HIDDEN_OBJECT,
                                                    .field = field->name,
                                                    .object = field->ref.number});
    }
}

static void
find_removed (PenaPdfStep *self, GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (fields, i);
        gboolean was_signed = field->is_signature && pena_pdf_field_is_signed (self->old, field);
        if (field->ref.number != 0 && !pena_pdf_step_has (self->now_form.nodes, field->ref.number))
            pena_pdf_step_note (self, (PenaPdfDone){.deed = was_signed ? PENA_PDF_DID_REMOVE_SIGNATURE
                                                                       : PENA_PDF_DID_REMOVE_FIELD,
                                                    .field = field->name,
                                                    .object = field->ref.number});
    }
}

void
pena_pdf_step_compare_fields (PenaPdfStep *self)
{
    GPtrArray *const lists[] = {self->now_form.form->signatures, self->now_form.form->others};

    for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
        for (guint i = 0; i < lists[k]->len; i++)
            judge_field (self, g_ptr_array_index (lists[k], i));
    for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
        find_revealed (self, lists[k]);
    find_removed (self, self->old_form.form->signatures);
    find_removed (self, self->old_form.form->others);
}
