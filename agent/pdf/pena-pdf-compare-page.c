/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: pages and their annotations
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-compare.h"

/* Comments that mark what is there or stand beside it (ISO 32000-1, table 169). All others can hide signed content or
 * put another in its place, or are no comments. */
static const gchar *const comments[] = {"Text",     "Popup",     "Highlight", "Underline",
                                        "Squiggly", "StrikeOut", "Caret",     NULL};

/* What a comment may consist of: no actions, no optional content, nothing that only some readers show. */
static const gchar *const comment_keys[] = {
    "/Type",   "/Subtype", "/Rect", "/Contents",     "/P",          "/NM",         "/M",
    "/F",      "/AP",      "/AS",   "/Border",       "/C",          "/CA",         "/T",
    "/Popup",  "/RC",      "/IT",   "/CreationDate", "/IRT",        "/Subj",       "/RT",
    "/ExData", "/Open",    "/Name", "/State",        "/StateModel", "/QuadPoints", "/BS",
    "/BE",     "/RD",      "/Sy",   "/StructParent", "/Parent",     "/Lang",       NULL};

static gboolean
is_comment (PenaPdf *pdf, qpdf_oh annotation)
{
    g_autofree gchar *type = pena_pdf_get_name (pdf, annotation, "/Subtype");

    return type != NULL && g_strv_contains (comments, type) &&
           pena_pdf_has_only_keys (pdf, annotation, comment_keys);
}

static gboolean
has_action (PenaPdf *pdf, qpdf_oh annotation)
{
    static const gchar *const keys[] = {"/A", "/AA", "/PA", "/Dest"};

    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (!pena_pdf_is_null (pdf, pena_pdf_get (pdf, annotation, keys[i])))
            return TRUE;
    return FALSE;
}

static PenaPdfDeed
deed_of_adding (PenaPdfStep *self, qpdf_oh item)
{
    gint number = pena_pdf_ref (self->now, item).number;

    if (number != 0 && !pena_pdf_step_has (self->added, number))
        return PENA_PDF_DID_SHOW_HIDDEN_OBJECT;
    if (has_action (self->now, item))
        return PENA_PDF_DID_ADD_ACTION;
    return is_comment (self->now, item) ? PENA_PDF_DID_ADD_COMMENT : PENA_PDF_DID_COVER_CONTENT;
}

static void
judge_added (PenaPdfStep *self, qpdf_oh item, guint page)
{
    gint number = pena_pdf_ref (self->now, item).number;

    /* A new field's widget is judged with its field. */
    if (pena_pdf_step_has (self->now_form.nodes, number) && pena_pdf_step_has (self->added, number))
        return;
    g_autofree gchar *type = pena_pdf_get_name (self->now, item, "/Subtype");
    pena_pdf_step_note (
        self,
        (PenaPdfDone){.deed = deed_of_adding (self, item), .page = page, .object = number, .detail = type});
    pena_pdf_step_explain_added (self, item);
}

static void
judge_removed (PenaPdfStep *self, qpdf_oh item, guint page)
{
    g_autofree gchar *type = pena_pdf_get_name (self->old, item, "/Subtype");

    pena_pdf_step_note (self,
                        (PenaPdfDone){.deed = is_comment (self->old, item) ? PENA_PDF_DID_REMOVE_COMMENT
                                                                           : PENA_PDF_DID_REMOVE_ANNOTATION,
                                      .page = page,
                                      .object = pena_pdf_ref (self->old, item).number,
                                      .detail = type});
}

/* The texts of an array's items -> their position, from 1. */
static GHashTable *
read_items (PenaPdfStep *self, PenaPdf *pdf, qpdf_oh array)
{
    GHashTable *items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    gint n = pena_pdf_n_items (pdf, array);

    for (gint i = 0; i < n && pena_pdf_step_may_look (self, 1); i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, array, i);
        g_hash_table_insert (items, pena_pdf_unparse (pdf, item), GINT_TO_POINTER (i + 1));
        pena_pdf_release (pdf, item);
    }
    return items;
}

/* What stands in one list and not in the other. */
typedef void (*ItemFunc) (PenaPdfStep *self, qpdf_oh item, guint page);

/* Calls for each item that the other list lacks. FALSE when the others do not stand there in the same order. */
static gboolean
for_each_lacking (PenaPdfStep *self, PenaPdf *pdf, qpdf_oh array, GHashTable *other, guint page,
                  ItemFunc func)
{
    gint n = pena_pdf_n_items (pdf, array), last = 0;
    gboolean ordered = TRUE;

    for (gint i = 0; i < n && pena_pdf_step_may_look (self, 1); i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, array, i);
        g_autofree gchar *text = pena_pdf_unparse (pdf, item);
        gint place = GPOINTER_TO_INT (g_hash_table_lookup (other, text));
        if (place == 0)
            func (self, item, page);
        else {
            ordered = ordered && place > last;
            last = place;
        }
    }
    return ordered;
}

static void
compare_annotations (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, guint page)
{
    g_autoptr (GHashTable) before = read_items (self, self->old, old);
    g_autoptr (GHashTable) after = read_items (self, self->now, now);

    for_each_lacking (self, self->old, old, after, page, judge_removed);
    if (!for_each_lacking (self, self->now, now, before, page, judge_added))
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_REORDER_ANNOTATIONS, .page = page});
}

static void
compare_page (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, gint number, guint page)
{
    g_autoptr (GPtrArray) changed = pena_pdf_step_changed_keys (self, old, now);

    pena_pdf_step_explain (self, number);
    for (guint i = 0; i < changed->len; i++) {
        gchar *key = g_ptr_array_index (changed, i);
        PenaPdfDone done = {.page = page, .object = number, .detail = key};
        if (g_str_equal (key, "/Annots")) {
            qpdf_oh before = pena_pdf_get (self->old, old, key), after = pena_pdf_get (self->now, now, key);
            compare_annotations (self, before, after, page);
            pena_pdf_step_explain_same (self, before, after);
            continue;
        }
        if (g_str_equal (key, "/Tabs")) /* the order in which a key goes through them */
            continue;
        done.deed = g_str_equal (key, "/Contents")    ? PENA_PDF_DID_CHANGE_CONTENT
                    : g_str_equal (key, "/Resources") ? PENA_PDF_DID_CHANGE_RESOURCES
                    : g_str_equal (key, "/AA")        ? PENA_PDF_DID_ADD_ACTION
                    : g_str_equal (key, "/AF")        ? PENA_PDF_DID_CHANGE_ATTACHMENTS
                                                      : PENA_PDF_DID_CHANGE_PAGE;
        pena_pdf_step_note (self, done);
        pena_pdf_step_explain_added (self, pena_pdf_get (self->now, now, key));
    }
}

static guint
page_of (GHashTable *pages, gint number)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (pages, GINT_TO_POINTER (number)));
}

/* The pages that were written anew, and lists of annotations that stand on their own. */
void
pena_pdf_step_compare_pages (PenaPdfStep *self)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, self->modified);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        PenaPdfRef ref = {GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)};
        qpdf_oh old = pena_pdf_object (self->old, ref), now = pena_pdf_object (self->now, ref);
        guint page = page_of (self->old->pages, ref.number), list = page_of (self->old->annots, ref.number);
        gboolean arrays = qpdf_oh_is_array (self->old->qpdf, old) && qpdf_oh_is_array (self->now->qpdf, now);
        self->work++;
        if (page != 0 && page == page_of (self->now->pages, ref.number))
            compare_page (self, old, now, ref.number, page);
        else if (list != 0 && arrays && list == page_of (self->now->annots, ref.number)) {
            compare_annotations (self, old, now, list);
            pena_pdf_step_explain (self, ref.number);
        }
    }
}

gboolean
pena_pdf_step_judge_annotation (PenaPdfStep *self, gint number, guint page)
{
    PenaPdfRef ref = {number,
                      GPOINTER_TO_INT (g_hash_table_lookup (self->modified, GINT_TO_POINTER (number)))};
    qpdf_oh old = pena_pdf_object (self->old, ref), now = pena_pdf_object (self->now, ref);

    if (!pena_pdf_is_dict (self->old, old) || !pena_pdf_is_dict (self->now, now))
        return FALSE;
    g_autofree gchar *type = pena_pdf_get_name (self->old, old, "/Subtype");
    if (type == NULL)
        return FALSE;
    gboolean same_type = pena_pdf_step_same_text (self, pena_pdf_get (self->old, old, "/Subtype"),
                                                  pena_pdf_get (self->now, now, "/Subtype"));
    gboolean comment = same_type && is_comment (self->old, old) && is_comment (self->now, now);

    if (comment) {
        pena_pdf_step_explain_added (self, pena_pdf_get (self->now, now, "/AP"));
        pena_pdf_step_explain_added (self, pena_pdf_get (self->now, now, "/Popup"));
    }
    pena_pdf_step_note (
        self, (PenaPdfDone){.deed = comment ? PENA_PDF_DID_CHANGE_COMMENT : PENA_PDF_DID_CHANGE_ANNOTATION,
                            .page = page,
                            .object = number,
                            .detail = type});
    return TRUE;
}
