/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: the form as a whole
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-compare.h"

/* What is in the form now and was not in the file before. Whether it may be there is for its own judge. */
static gboolean
is_new_field (PenaPdfStep *self, qpdf_oh object)
{
    gint number = pena_pdf_ref (self->now, object).number;
    return pena_pdf_step_has (self->added, number) && pena_pdf_step_has (self->now_form.nodes, number);
}

/* The array holds all it held, in the same order, and behind that only new fields. */
static gboolean
only_fields_appended (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    gint before = pena_pdf_n_items (self->old, old), after = pena_pdf_n_items (self->now, now);
    gint number = pena_pdf_ref (self->now, now).number;

    if (number != 0 && number == pena_pdf_ref (self->old, old).number &&
        !pena_pdf_step_has (self->modified, number) && !pena_pdf_step_has (self->added, number))
        return TRUE;
    if (after < before)
        return FALSE;
    for (gint i = 0; i < after; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (self->now->qpdf, now, i);
        qpdf_oh was = i < before ? qpdf_oh_get_array_item (self->old->qpdf, old, i) : 0;
        gboolean fine = i < before ? pena_pdf_step_same_text (self, was, item) : is_new_field (self, item);
        pena_pdf_release (self->now, item);
        if (was != 0)
            pena_pdf_release (self->old, was);
        if (!fine)
            return FALSE;
    }
    return TRUE;
}

/* Text of fields is drawn with the form's fonts: what has a name keeps its meaning. Other resources serve signatures
 * only, and signers put them there. */
static gboolean
resources_are_fine (PenaPdfStep *self, qpdf_oh before, qpdf_oh after)
{
    qpdf_oh old = pena_pdf_get (self->old, before, "/Font"), now = pena_pdf_get (self->now, after, "/Font");
    g_autoptr (GPtrArray) names =
        pena_pdf_is_dict (self->old, old) ? pena_pdf_keys (self->old, old) : g_ptr_array_new ();

    for (guint i = 0; i < names->len; i++) {
        const gchar *name = g_ptr_array_index (names, i);
        if (!pena_pdf_step_same_text (self, pena_pdf_get (self->old, old, name),
                                      pena_pdf_get (self->now, now, name)))
            return FALSE;
    }
    for (guint i = 0; i < 2; i++) {
        gint number = pena_pdf_ref (self->now, i == 0 ? after : now).number;
        if (pena_pdf_step_is_own (self, number))
            pena_pdf_step_explain (self, number);
    }
    pena_pdf_step_explain_added (self, after);
    return TRUE;
}

/* Without fields to fill in, the form's text shows nowhere but in new signatures. */
static gboolean
text_is_fine (PenaPdfStep *self, qpdf_oh old)
{
    return pena_pdf_is_null (self->old, old) && self->now_form.form->others->len == 0;
}

/* One entry of the form's dictionary that is another now. */
static PenaPdfDeed
deed_on_entry (PenaPdfStep *self, const gchar *key, qpdf_oh old, qpdf_oh now)
{
    gboolean fine = FALSE;

    if (g_str_equal (key, "/Fields"))
        return PENA_PDF_DID_SET_UP_FORM; /* the fields are looked at one by one */
    if (g_str_equal (key, "/XFA"))
        return PENA_PDF_DID_CHANGE_XFA;
    if (g_str_equal (key, "/SigFlags"))
        fine = qpdf_oh_is_integer (self->now->qpdf, now) != QPDF_FALSE;
    else if (g_str_equal (key, "/NeedAppearances")) {
        QPDF_BOOL value = QPDF_FALSE;
        fine = pena_pdf_is_null (self->now, now) ||
               (qpdf_oh_get_value_as_bool (self->now->qpdf, now, &value) && value == QPDF_FALSE);
    } else if (g_str_equal (key, "/DR"))
        fine = resources_are_fine (self, old, now);
    else if (g_str_equal (key, "/DA"))
        fine = text_is_fine (self, old);
    return fine ? PENA_PDF_DID_SET_UP_FORM : PENA_PDF_DID_CHANGE_FORM;
}

static gboolean
compare_entries (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    g_autoptr (GPtrArray) changed = pena_pdf_step_changed_keys (self, old, now);
    gboolean fine = TRUE;

    for (guint i = 0; i < changed->len; i++) {
        const gchar *key = g_ptr_array_index (changed, i);
        PenaPdfDeed deed =
            deed_on_entry (self, key, pena_pdf_get (self->old, old, key), pena_pdf_get (self->now, now, key));
        if (!g_str_equal (key, "/Fields"))
            pena_pdf_step_note (self, (PenaPdfDone){.deed = deed, .detail = (gchar *)key});
        fine = fine && deed == PENA_PDF_DID_SET_UP_FORM;
    }
    return fine;
}

/* Resources that are objects of their own may change while the form's dictionary stays. */
static void
compare_resources (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    qpdf_oh before = pena_pdf_get (self->old, old, "/DR"), after = pena_pdf_get (self->now, now, "/DR");

    if (pena_pdf_step_same_text (self, before, after) && pena_pdf_is_dict (self->now, after))
        resources_are_fine (self, before, after);
}

void
pena_pdf_step_compare_form (PenaPdfStep *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/AcroForm");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/AcroForm");

    if (!pena_pdf_is_dict (self->old, old))
        old = qpdf_oh_new_dictionary (self->old->qpdf);
    if (!pena_pdf_is_dict (self->now, now))
        now = qpdf_oh_new_dictionary (self->now->qpdf);
    qpdf_oh before = pena_pdf_get (self->old, old, "/Fields"),
            after = pena_pdf_get (self->now, now, "/Fields");
    if (!compare_entries (self, old, now))
        return pena_pdf_step_explain (self, pena_pdf_ref (self->now, now).number);
    if (!only_fields_appended (self, before, after)) {
        pena_pdf_step_note (self,
                            (PenaPdfDone){.deed = PENA_PDF_DID_CHANGE_FORM, .detail = (gchar *)"/Fields"});
        return;
    }
    compare_resources (self, old, now);
    pena_pdf_step_explain_same (self, old, now);
    pena_pdf_step_explain_same (self, before, after);
}
