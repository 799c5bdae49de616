/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: signature fields
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-compare.h"

/* What a signature field and its widget may consist of; no actions. */
static const gchar *const field_keys[] = {
    "/Type",     "/Subtype",      "/FT",     "/T",  "/TU",   "/TM", "/V",      "/Rect", "/F", "/Ff",
    "/P",        "/AP",           "/MK",     "/DA", "/Lock", "/SV", "/Parent", "/Kids", "/M", "/NM",
    "/Contents", "/StructParent", "/Border", "/BS", "/H",    "/AS", "/DR",     NULL};
/* What signing changes of one that is there. */
static const gchar *const signed_keys[] = {"/V", "/AP", "/M", "/Lock", "/Ff", "/F", NULL};

/* A field or widget and nothing else: what looks like one might also serve as a page, with its /Contents, or as
 * another annotation, or hang below a new parent that has actions. */
static gboolean
is_plain (PenaPdfStep *self, const PenaPdfField *field, qpdf_oh object)
{
    PenaPdf *now = self->now;
    qpdf_oh contents = pena_pdf_get (now, object, "/Contents");
    gint parent = pena_pdf_ref (now, pena_pdf_get (now, object, "/Parent")).number;

    return pena_pdf_has_only_keys (now, object, field_keys) &&
           pena_pdf_name_is_or_absent (now, object, "/Type", "/Annot") &&
           pena_pdf_name_is_or_absent (now, object, "/Subtype", "/Widget") &&
           pena_pdf_name_is_or_absent (now, object, "/FT", "/Sig") &&
           (pena_pdf_is_null (now, contents) || qpdf_oh_is_string (now->qpdf, contents)) &&
           (!pena_pdf_step_has (self->added, parent) || parent == field->ref.number);
}

static gboolean
has_area (PenaPdf *pdf, qpdf_oh widget)
{
    qpdf_oh rectangle = pena_pdf_get (pdf, widget, "/Rect");
    gdouble edges[4] = {0};

    if (pena_pdf_n_items (pdf, rectangle) != 4)
        return !pena_pdf_is_null (pdf, rectangle);
    for (gint i = 0; i < 4; i++)
        edges[i] = qpdf_oh_get_numeric_value (pdf->qpdf, qpdf_oh_get_array_item (pdf->qpdf, rectangle, i));
    return edges[0] != edges[2] && edges[1] != edges[3];
}

/* Something can be seen in this new widget. It may cover what was signed. */
static gboolean
shows_something (PenaPdfStep *self, qpdf_oh widget)
{
    return has_area (self->now, widget) &&
           (!pena_pdf_is_null (self->now, pena_pdf_get (self->now, widget, "/AP")) ||
            !pena_pdf_is_null (self->now, pena_pdf_get (self->now, widget, "/MK")));
}

static gboolean
any_shows (PenaPdfStep *self, GArray *widgets)
{
    for (guint i = 0; i < widgets->len; i++)
        if (shows_something (self, g_array_index (widgets, qpdf_oh, i)))
            return TRUE;
    return FALSE;
}

/* The signature that this field has, or will have: sound, and over this revision. */
static const PenaPdfLater *
find_later (PenaPdfStep *self, const PenaPdfField *field)
{
    const PenaPdfLater *later = g_hash_table_lookup (self->later, GINT_TO_POINTER (field->ref.number));
    return later != NULL && later->revision >= self->revision ? later : NULL;
}

/* A time-stamp that shows something is as good as any other signature that does. */
static PenaPdfDeed
deed_of_signing (const PenaPdfLater *later, gboolean shows)
{
    return later == NULL                 ? PENA_PDF_DID_ADD_UNSOUND_SIGNATURE
           : later->time_stamp && !shows ? PENA_PDF_DID_TIME_STAMP
                                         : PENA_PDF_DID_SIGN;
}

static void
judge_new_field (PenaPdfStep *self, const PenaPdfField *field)
{
    g_autoptr (GArray) widgets = pena_pdf_field_widgets (self->now, field);
    const PenaPdfLater *later = find_later (self, field);
    gboolean shows = any_shows (self, widgets), plain = TRUE;
    PenaPdfDone done = {.field = field->name, .object = field->ref.number};

    for (guint i = 0; i < widgets->len; i++) {
        qpdf_oh widget = g_array_index (widgets, qpdf_oh, i);
        gint number = pena_pdf_ref (self->now, widget).number;
        plain = plain && pena_pdf_step_has (self->added, number) && is_plain (self, field, widget);
        pena_pdf_step_explain_added (self, widget);
    }
    if (!plain)
        done.deed = PENA_PDF_DID_ADD_MORE_THAN_FIELD;
    else if (!pena_pdf_is_null (self->now, field->value))
        done.deed = deed_of_signing (later, shows);
    else
        done.deed = shows && later == NULL ? PENA_PDF_DID_SHOW_EMPTY_FIELD : PENA_PDF_DID_ADD_SIGNATURE_FIELD;
    done.shown = shows && later != NULL ? later->index + 1 : 0;
    pena_pdf_step_note (self, done);
}

/* The key by which more than signing changed one widget of an empty field; NULL when nothing did. *ret_shows is only ever
 * set: it shows something else than before. */
static gchar *
compare_widget (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, gboolean *ret_shows)
{
    qpdf_oh lock = pena_pdf_get (self->old, old, "/Lock");
    gchar *other = pena_pdf_step_other_key (self, old, now, signed_keys);
    gboolean changed =
        pena_pdf_get_int (self->old, old, "/F", 0) != pena_pdf_get_int (self->now, now, "/F", 0);

    pena_pdf_step_explain_same (self, old, now);
    if (other != NULL)
        return other;
    if (!pena_pdf_step_flags_are_fine (self, old, now))
        return g_strdup ("/Ff");
    if (!pena_pdf_is_null (self->old, lock) &&
        !pena_pdf_step_same_text (self, lock, pena_pdf_get (self->now, now, "/Lock")))
        return g_strdup ("/Lock");
    if (!pena_pdf_step_compare_look (self, old, now, &changed))
        return g_strdup ("/AP");
    for (guint k = 0; signed_keys[k] != NULL; k++)
        pena_pdf_step_explain_added (self, pena_pdf_get (self->now, now, signed_keys[k]));
    *ret_shows = *ret_shows || (changed && has_area (self->now, now));
    return NULL;
}

static gchar *
compare_widgets (PenaPdfStep *self, GArray *before, GArray *after, gboolean *ret_shows)
{
    gchar *other = before->len != after->len ? g_strdup ("/Kids") : NULL;

    for (guint i = 0; i < after->len && other == NULL; i++)
        other = compare_widget (self, g_array_index (before, qpdf_oh, i), g_array_index (after, qpdf_oh, i),
                                ret_shows);
    return other;
}

static void
judge_empty_field (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field)
{
    g_autoptr (GArray) before = pena_pdf_field_widgets (self->old, was);
    g_autoptr (GArray) after = pena_pdf_field_widgets (self->now, field);
    gboolean shows = FALSE;
    g_autofree gchar *other = compare_widgets (self, before, after, &shows);
    const PenaPdfLater *later = find_later (self, field);
    PenaPdfDone done = {.field = field->name, .object = field->ref.number, .detail = other};

    if (other != NULL)
        done.deed = PENA_PDF_DID_CHANGE_FIELD;
    else if (!pena_pdf_is_null (self->now, field->value))
        done.deed = deed_of_signing (later, shows);
    else if (shows)
        done.deed = PENA_PDF_DID_SHOW_EMPTY_FIELD;
    else
        return;
    done.shown = shows && later != NULL ? later->index + 1 : 0;
    pena_pdf_step_note (self, done);
}

/* Nothing of a field that is signed may change: what it shows is taken for the signature. */
static void
judge_signed_field (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field)
{
    static const gchar *const nothing[] = {NULL}, *const value[] = {"/V", NULL};
    static const gchar *const look[] = {"/AP", "/AS", "/Rect", "/F", "/MK", "/M", "/V", NULL};
    g_autoptr (GArray) before = pena_pdf_field_widgets (self->old, was);
    g_autoptr (GArray) after = pena_pdf_field_widgets (self->now, field);

    for (guint i = 0; i < MIN (before->len, after->len); i++) {
        qpdf_oh old = g_array_index (before, qpdf_oh, i), now = g_array_index (after, qpdf_oh, i);
        PenaPdfDone done = {.field = field->name, .object = field->ref.number};
        g_autofree gchar *any = pena_pdf_step_other_key (self, old, now, nothing);
        g_autofree gchar *seen = pena_pdf_step_other_key (self, old, now, value);
        g_autofree gchar *more = pena_pdf_step_other_key (self, old, now, look);
        pena_pdf_step_explain_same (self, old, now);
        if (any == NULL)
            continue;
        done.detail = any;
        done.deed = i == 0 && pena_pdf_is_null (self->now, field->value) ? PENA_PDF_DID_REMOVE_SIGNATURE
                    : seen != NULL && more == NULL                       ? PENA_PDF_DID_REDRAW_SIGNATURE
                                                                         : PENA_PDF_DID_CHANGE_SIGNATURE;
        pena_pdf_step_note (self, done);
    }
}

void
pena_pdf_step_judge_signature_field (PenaPdfStep *self, const PenaPdfField *was, const PenaPdfField *field)
{
    if (was == NULL)
        judge_new_field (self, field);
    else if (pena_pdf_is_null (self->old, was->value))
        judge_empty_field (self, was, field);
    else
        judge_signed_field (self, was, field);
}
