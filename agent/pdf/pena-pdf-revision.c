/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-revision.h"

#include <stdlib.h>
#include <string.h>

#include "pena-text.h"

#define MAX_NOTES 20
#define MAX_DEPTH 64

/* Both revisions lie in one memory and the earlier is its beginning, so an object whose place is the same is
 * the same. What is left are the objects that the later sections write. Each must turn out to be something
 * that signing needs; whoever explains one puts its number into `explained`. */
typedef struct {
    PenaPdf *old, *now;
    GHashTable *added;     /* numbers */
    GHashTable *modified;  /* numbers -> generation */
    GHashTable *explained; /* numbers */
    GHashTable *widgets;   /* numbers of the later signatures' fields and of their widgets */
    const GArray *places;  /* of `now` */
    const PenaPdfLater *later;
    GPtrArray *notes;
    guint n_notes;
} Compare;

static void G_GNUC_PRINTF (2, 3) note (Compare *self, const gchar *format, ...)
{
    va_list args;

    if (self->n_notes++ >= MAX_NOTES)
        return;
    va_start (args, format);
    g_ptr_array_add (self->notes, g_strdup_vprintf (format, args));
    va_end (args);
}

static gboolean
has (GHashTable *numbers, gint number)
{
    return number != 0 && g_hash_table_contains (numbers, GINT_TO_POINTER (number));
}

static void
explain (Compare *self, gint number)
{
    g_hash_table_add (self->explained, GINT_TO_POINTER (number));
}

static gboolean
same_text (Compare *self, qpdf_oh old, qpdf_oh now)
{
    g_autofree gchar *left = pena_pdf_unparse (self->old, old);
    g_autofree gchar *right = pena_pdf_unparse (self->now, now);
    return strcmp (left, right) == 0;
}

static gboolean
same_stream_data (Compare *self, qpdf_oh old, qpdf_oh now)
{
    unsigned char *left = NULL, *right = NULL;
    size_t left_length = 0, right_length = 0;
    gboolean same = qpdf_oh_get_stream_data (self->old->qpdf, old, qpdf_dl_none, NULL, &left, &left_length) ==
                        QPDF_SUCCESS &&
                    qpdf_oh_get_stream_data (self->now->qpdf, now, qpdf_dl_none, NULL, &right,
                                             &right_length) == QPDF_SUCCESS &&
                    left_length == right_length &&
                    (left_length == 0 || memcmp (left, right, left_length) == 0);

    free (left);
    free (right);
    return same;
}

/* The same object written again changes nothing. */
static gboolean
same_object (Compare *self, qpdf_oh old, qpdf_oh now)
{
    gboolean stream = qpdf_oh_is_stream (self->old->qpdf, old) != QPDF_FALSE;

    if (stream != (qpdf_oh_is_stream (self->now->qpdf, now) != QPDF_FALSE))
        return FALSE;
    if (stream)
        return same_text (self, qpdf_oh_get_dict (self->old->qpdf, old),
                          qpdf_oh_get_dict (self->now->qpdf, now)) &&
               same_stream_data (self, old, now);
    g_autofree gchar *left = pena_pdf_unparse_resolved (self->old, old);
    g_autofree gchar *right = pena_pdf_unparse_resolved (self->now, now);
    return strcmp (left, right) == 0;
}

/* The keys whose values differ. */
static GPtrArray *
changed_keys (Compare *self, qpdf_oh old, qpdf_oh now)
{
    g_autoptr (GPtrArray) before = pena_pdf_keys (self->old, old);
    g_autoptr (GPtrArray) after = pena_pdf_keys (self->now, now);
    GPtrArray *changed = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < before->len; i++) {
        const gchar *key = g_ptr_array_index (before, i);
        if (!same_text (self, pena_pdf_get (self->old, old, key), pena_pdf_get (self->now, now, key)))
            g_ptr_array_add (changed, g_strdup (key));
    }
    for (guint i = 0; i < after->len; i++) {
        const gchar *key = g_ptr_array_index (after, i);
        if (pena_pdf_is_null (self->old, pena_pdf_get (self->old, old, key)))
            g_ptr_array_add (changed, g_strdup (key));
    }
    return changed;
}

static gboolean
only_keys_changed (Compare *self, qpdf_oh old, qpdf_oh now, const gchar *const *allowed)
{
    g_autoptr (GPtrArray) changed = changed_keys (self, old, now);

    for (guint i = 0; i < changed->len; i++)
        if (!g_strv_contains (allowed, g_ptr_array_index (changed, i)))
            return FALSE;
    return TRUE;
}

static gboolean
has_only_keys (PenaPdf *pdf, qpdf_oh dict, const gchar *const *allowed)
{
    g_autoptr (GPtrArray) keys = pena_pdf_keys (pdf, dict);

    for (guint i = 0; i < keys->len; i++)
        if (!g_strv_contains (allowed, g_ptr_array_index (keys, i)))
            return FALSE;
    return TRUE;
}

/* A later signature's field or widget, and not an older object that would show itself for the first time. */
static gboolean
is_new_widget (Compare *self, qpdf_oh object)
{
    gint number = pena_pdf_ref (self->now, object).number;
    return has (self->widgets, number) && has (self->added, number);
}

/* The array holds all it held, in the same order, and behind that only later signatures' fields or widgets.
 */
static gboolean
only_widgets_appended (Compare *self, qpdf_oh old, qpdf_oh now)
{
    gint before = pena_pdf_n_items (self->old, old), after = pena_pdf_n_items (self->now, now);

    if (after < before)
        return FALSE;
    for (gint i = 0; i < after; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (self->now->qpdf, now, i);
        qpdf_oh was = i < before ? qpdf_oh_get_array_item (self->old->qpdf, old, i) : 0;
        gboolean fine = i < before ? same_text (self, was, item) : is_new_widget (self, item);
        pena_pdf_release (self->now, item);
        if (was != 0)
            pena_pdf_release (self->old, was);
        if (!fine)
            return FALSE;
    }
    return TRUE;
}

/* Explains every added object that can be reached from here without passing through an object that was there
 * before. */
static void
explain_added (Compare *self, qpdf_oh object, guint depth)
{
    PenaPdf *now = self->now;
    gint number = pena_pdf_ref (now, object).number;

    if (depth > MAX_DEPTH || (number != 0 && (!has (self->added, number) || has (self->explained, number))))
        return;
    if (number != 0)
        explain (self, number);
    gint n = pena_pdf_n_items (now, object);
    for (gint i = 0; i < n; i++)
        explain_added (self, qpdf_oh_get_array_item (now->qpdf, object, i), depth + 1);
    qpdf_oh dict = qpdf_oh_is_stream (now->qpdf, object) ? qpdf_oh_get_dict (now->qpdf, object) : object;
    if (!pena_pdf_is_dict (now, dict))
        return;
    g_autoptr (GPtrArray) keys = pena_pdf_keys (now, dict);
    for (guint i = 0; i < keys->len; i++)
        explain_added (self, pena_pdf_get (now, dict, g_ptr_array_index (keys, i)), depth + 1);
}

/* What a signature field and its widget may consist of; no actions. */
static const gchar *const field_keys[] = {
    "/Type",     "/Subtype",      "/FT",     "/T",  "/TU",   "/TM", "/V",      "/Rect", "/F", "/Ff",
    "/P",        "/AP",           "/MK",     "/DA", "/Lock", "/SV", "/Parent", "/Kids", "/M", "/NM",
    "/Contents", "/StructParent", "/Border", "/BS", "/H",    "/AS", "/DR",     NULL};
static const gchar *const signed_keys[] = {"/V", "/AP", "/M", NULL};

static gboolean
name_is_or_absent (PenaPdf *pdf, qpdf_oh dict, const gchar *key, const gchar *name)
{
    qpdf_oh value = pena_pdf_get (pdf, dict, key);
    return pena_pdf_is_null (pdf, value) || pena_pdf_name_is (pdf, value, name);
}

/* A field or widget and nothing else: what looks like one might also serve as a page, with its /Contents, or as
 * another annotation, or hang below a new parent that has actions. */
static gboolean
is_plain_widget (Compare *self, qpdf_oh object)
{
    PenaPdf *now = self->now;
    qpdf_oh contents = pena_pdf_get (now, object, "/Contents");
    gint parent = pena_pdf_ref (now, pena_pdf_get (now, object, "/Parent")).number;

    return has_only_keys (now, object, field_keys) && name_is_or_absent (now, object, "/Type", "/Annot") &&
           name_is_or_absent (now, object, "/Subtype", "/Widget") &&
           name_is_or_absent (now, object, "/FT", "/Sig") &&
           (pena_pdf_is_null (now, contents) || qpdf_oh_is_string (now->qpdf, contents)) &&
           (!has (self->added, parent) || has (self->widgets, parent));
}

/* A field that a later signature made or filled; `object` may be one of its widgets. */
static gboolean
widget_is_fine (Compare *self, qpdf_oh object)
{
    PenaPdfRef ref = pena_pdf_ref (self->now, object);

    if (has (self->added, ref.number)) {
        if (!is_plain_widget (self, object))
            return FALSE;
        explain_added (self, object, 0);
        return TRUE;
    }
    if (!has (self->modified, ref.number))
        return ref.number != 0;
    qpdf_oh old = pena_pdf_object (self->old, ref);
    if (!pena_pdf_is_null (self->old, pena_pdf_get (self->old, old, "/V")) ||
        !only_keys_changed (self, old, object, signed_keys))
        return FALSE;
    explain (self, ref.number);
    explain_added (self, pena_pdf_get (self->now, object, "/V"), 0);
    explain_added (self, pena_pdf_get (self->now, object, "/AP"), 0);
    return TRUE;
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

/* Something can be seen in this widget that could not be seen before. It may cover what was signed. */
static gboolean
shows_something (Compare *self, qpdf_oh widget)
{
    PenaPdfRef ref = pena_pdf_ref (self->now, widget);
    qpdf_oh appearance = pena_pdf_get (self->now, widget, "/AP");

    if (!has_area (self->now, widget))
        return FALSE;
    if (has (self->added, ref.number))
        return !pena_pdf_is_null (self->now, appearance) ||
               !pena_pdf_is_null (self->now, pena_pdf_get (self->now, widget, "/MK"));
    return has (self->modified, ref.number) &&
           !same_text (self, pena_pdf_get (self->old, pena_pdf_object (self->old, ref), "/AP"), appearance);
}

/* Calls for the field and for each of its widgets; FALSE from any ends it. */
typedef gboolean (*WidgetFunc) (Compare *self, const PenaPdfField *field, qpdf_oh widget);

static gboolean
for_each_widget (Compare *self, const PenaPdfField *field, WidgetFunc func)
{
    qpdf_oh kids = pena_pdf_get (self->now, field->object, "/Kids");
    gint n = pena_pdf_n_items (self->now, kids);
    gboolean ok = func (self, field, field->object);

    for (gint i = 0; ok && i < n; i++)
        ok = func (self, field, qpdf_oh_get_array_item (self->now->qpdf, kids, i));
    return ok;
}

static gboolean
collect_widget (Compare *self, const PenaPdfField *field, qpdf_oh widget)
{
    gint number = pena_pdf_ref (self->now, widget).number;

    if (number != 0)
        g_hash_table_add (self->widgets, GINT_TO_POINTER (number));
    return TRUE;
}

static gboolean
check_widget (Compare *self, const PenaPdfField *field, qpdf_oh widget)
{
    if (shows_something (self, widget))
        g_hash_table_add (self->later->shown, (gpointer)field);
    return widget_is_fine (self, widget);
}

static void
check_widgets (Compare *self)
{
    for (guint i = 0; i < self->later->fields->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (self->later->fields, i);
        if (!for_each_widget (self, field, check_widget))
            note (self, _ ("the field '%s' of a later signature is not only that"), field->name);
    }
}

/* An object in its old place, or a new one. An older object that was put to this use is neither. */
static void
explain_same (Compare *self, qpdf_oh old, qpdf_oh now)
{
    gint number = pena_pdf_ref (self->now, now).number;

    if (has (self->added, number) || number == pena_pdf_ref (self->old, old).number)
        explain (self, number);
}

/* Without fields to fill in, the form's fonts and resources show nowhere but in new signatures. */
static gboolean
only_signature_fields (Compare *self, qpdf_oh fields)
{
    gint n = pena_pdf_n_items (self->now, fields);

    for (gint i = 0; i < n; i++) {
        qpdf_oh field = qpdf_oh_get_array_item (self->now->qpdf, fields, i);
        gboolean signature = pena_pdf_name_is (self->now, pena_pdf_get (self->now, field, "/FT"), "/Sig");
        pena_pdf_release (self->now, field);
        if (!signature)
            return FALSE;
    }
    return TRUE;
}

/* Text of fields that stand on a page without being in the form is drawn with the form's fonts: what has a name keeps
 * its meaning. Other resources serve signatures only, and signers put them there. */
static gboolean
resources_are_fine (Compare *self, qpdf_oh old, qpdf_oh now)
{
    qpdf_oh text = pena_pdf_get (self->old, old, "/DA");
    qpdf_oh after = pena_pdf_get (self->now, now, "/DR");
    qpdf_oh before = pena_pdf_get (self->old, pena_pdf_get (self->old, old, "/DR"), "/Font");
    qpdf_oh fonts = pena_pdf_get (self->now, after, "/Font");
    g_autoptr (GPtrArray) names =
        pena_pdf_is_dict (self->old, before) ? pena_pdf_keys (self->old, before) : g_ptr_array_new ();

    if (!pena_pdf_is_null (self->old, text) && !same_text (self, text, pena_pdf_get (self->now, now, "/DA")))
        return FALSE;
    for (guint i = 0; i < names->len; i++) {
        const gchar *name = g_ptr_array_index (names, i);
        if (!same_text (self, pena_pdf_get (self->old, before, name), pena_pdf_get (self->now, fonts, name)))
            return FALSE;
    }
    explain_added (self, after, 0);
    return TRUE;
}

static gboolean
form_is_fine (Compare *self, qpdf_oh old, qpdf_oh now)
{
    static const gchar *const always[] = {"/Fields", "/SigFlags", "/NeedAppearances", NULL};
    static const gchar *const without_others[] = {"/Fields", "/SigFlags", "/NeedAppearances",
                                                  "/DR",     "/DA",       NULL};
    qpdf_oh fields = pena_pdf_get (self->now, now, "/Fields");
    gboolean alone = only_signature_fields (self, fields);

    if (pena_pdf_get_bool (self->now, now, "/NeedAppearances", FALSE) &&
        !pena_pdf_get_bool (self->old, old, "/NeedAppearances", FALSE))
        return FALSE;
    if (alone && !resources_are_fine (self, old, now))
        return FALSE;
    return only_keys_changed (self, old, now, alone ? without_others : always) &&
           only_widgets_appended (self, pena_pdf_get (self->old, old, "/Fields"), fields);
}

static void
check_form (Compare *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/AcroForm");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/AcroForm");

    if (!pena_pdf_is_dict (self->old, old))
        old = qpdf_oh_new_dictionary (self->old->qpdf);
    if (!pena_pdf_is_dict (self->now, now))
        now = qpdf_oh_new_dictionary (self->now->qpdf);
    if (!form_is_fine (self, old, now)) {
        note (self, _ ("the form was changed"));
        return;
    }
    explain_same (self, old, now);
    explain_same (self, pena_pdf_get (self->old, old, "/Fields"), pena_pdf_get (self->now, now, "/Fields"));
}

/* Validation data: certificates, CRLs and OCSP answers. What already served as something else stays as it is. */
static void
check_security_store (Compare *self)
{
    static const gchar *const store_keys[] = {"/Type", "/Certs", "/CRLs", "/OCSPs", "/VRI", NULL};
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/DSS");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/DSS");

    if (!pena_pdf_is_dict (self->now, now))
        return;
    if (!has_only_keys (self->now, now, store_keys) ||
        (pena_pdf_is_dict (self->old, old) && !has_only_keys (self->old, old, store_keys))) {
        note (self, _ ("the validation data was changed into something else"));
        return;
    }
    for (const gchar *const *key = store_keys; *key != NULL; key++)
        explain_added (self, pena_pdf_get (self->now, now, *key), 0);
    explain_same (self, old, now);
}

static void
check_catalog (Compare *self)
{
    static const gchar *const changing[] = {"/AcroForm", "/DSS", "/Extensions", "/Version", NULL};
    gint number = pena_pdf_ref (self->now, self->now->root).number;

    if (self->old->n_pages != self->now->n_pages)
        note (self, _ ("pages were added or removed"));
    if (only_keys_changed (self, self->old->root, self->now->root, changing)) {
        explain (self, number);
        explain_added (self, pena_pdf_get (self->now, self->now->root, "/Extensions"), 0);
    }
    check_form (self);
    check_security_store (self);
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
    return ((const PenaPdfPlace *)a)->number - ((const PenaPdfPlace *)b)->number;
}

/* A later signature is over what stands in the object's place now. */
static gboolean
is_covered (Compare *self, gint number)
{
    PenaPdfPlace wanted = {.number = number};
    guint at;

    if (!g_array_binary_search ((GArray *)self->places, &wanted, compare_places, &at))
        return FALSE;
    const PenaPdfPlace *found = &g_array_index (self->places, PenaPdfPlace, at);
    if (found->kind == 2) {
        wanted.number = (gint)found->place;
        if (!g_array_binary_search ((GArray *)self->places, &wanted, compare_places, &at))
            return FALSE;
        found = &g_array_index (self->places, PenaPdfPlace, at);
    }
    return found->kind == 1 && (guint64)found->place + self->now->tail.shift < self->later->covered;
}

/* When and with what a document was last changed is said anew by programs that sign it; nothing else may be. */
static void
check_info (Compare *self)
{
    static const gchar *const changing[] = {"/ModDate", "/Producer", NULL};
    qpdf_oh old = pena_pdf_get (self->old, self->old->trailer, "/Info");
    qpdf_oh now = pena_pdf_get (self->now, self->now->trailer, "/Info");
    gint number = pena_pdf_ref (self->now, now).number;

    if (same_text (self, old, now) && !has (self->modified, number))
        return;
    if (!pena_pdf_is_dict (self->old, old))
        old = qpdf_oh_new_dictionary (self->old->qpdf);
    if (pena_pdf_is_dict (self->now, now) && is_covered (self, number) &&
        only_keys_changed (self, old, now, changing))
        explain_same (self, old, now);
    else
        note (self, _ ("the description of the document (/Info) was changed"));
}

static gboolean
is_xmp (PenaPdf *pdf, qpdf_oh object)
{
    static const gchar *const keys[] = {"/Type", "/Subtype", "/Length", "/Filter", "/DecodeParms", NULL};

    if (!qpdf_oh_is_stream (pdf->qpdf, object))
        return FALSE;
    qpdf_oh dict = qpdf_oh_get_dict (pdf->qpdf, object);
    return has_only_keys (pdf, dict, keys) &&
           pena_pdf_name_is (pdf, pena_pdf_get (pdf, dict, "/Type"), "/Metadata") &&
           pena_pdf_name_is (pdf, pena_pdf_get (pdf, dict, "/Subtype"), "/XML");
}

/* The same in XMP, written anew as a whole. What looks like XMP can be a page's content at the same time, so that
 * nothing but the catalog may refer to it. */
static void
check_metadata (Compare *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/Metadata");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/Metadata");
    gint number = pena_pdf_ref (self->now, now).number;

    if (!has (self->modified, number) || number != pena_pdf_ref (self->old, old).number ||
        !is_covered (self, number) || !is_xmp (self->old, old) || !is_xmp (self->now, now) ||
        pena_pdf_count_references (pena_pdf_source (self->old), number) != 1)
        return;
    explain (self, number);
    g_ptr_array_add (self->notes, g_strdup (_ ("the metadata was written anew")));
}

static void
check_trailer (Compare *self)
{
    if (!same_text (self, pena_pdf_get (self->old, self->old->trailer, "/Root"),
                    pena_pdf_get (self->now, self->now->trailer, "/Root")))
        note (self, _ ("the trailer names another %s"), "Root");
    check_info (self);
}

static gboolean
page_is_fine (Compare *self, qpdf_oh old, qpdf_oh now)
{
    static const gchar *const changing[] = {"/Annots", NULL};
    qpdf_oh before = pena_pdf_get (self->old, old, "/Annots"),
            after = pena_pdf_get (self->now, now, "/Annots");

    if (!pena_pdf_name_is (self->now, pena_pdf_get (self->now, now, "/Type"), "/Page") ||
        !only_keys_changed (self, old, now, changing) || !only_widgets_appended (self, before, after))
        return FALSE;
    explain_same (self, before, after);
    return TRUE;
}

/* A page that got a widget, or a list of annotations that stands on its own. */
static gboolean
is_harmless (Compare *self, qpdf_oh old, qpdf_oh now)
{
    if (same_object (self, old, now))
        return TRUE;
    if (qpdf_oh_is_array (self->old->qpdf, old) && qpdf_oh_is_array (self->now->qpdf, now))
        return has (self->old->annots, pena_pdf_ref (self->now, now).number) &&
               only_widgets_appended (self, old, now);
    return pena_pdf_is_dict (self->old, old) && pena_pdf_is_dict (self->now, now) &&
           page_is_fine (self, old, now);
}

static const gchar *
kind_of (PenaPdf *pdf, qpdf_oh object)
{
    return qpdf_oh_get_type_name (pdf->qpdf, object);
}

static void
report_modified (Compare *self)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, self->modified);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        PenaPdfRef ref = {GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)};
        qpdf_oh now = pena_pdf_object (self->now, ref);
        if (!has (self->explained, ref.number) && !is_harmless (self, pena_pdf_object (self->old, ref), now))
            note (self, _ ("object %d (%s) was changed"), ref.number, kind_of (self->now, now));
    }
}

/* Containers say nothing themselves: what they hold is looked at object by object. */
static gboolean
is_container (Compare *self, qpdf_oh object)
{
    if (!qpdf_oh_is_stream (self->now->qpdf, object))
        return FALSE;
    qpdf_oh type = pena_pdf_get (self->now, qpdf_oh_get_dict (self->now->qpdf, object), "/Type");
    return pena_pdf_name_is (self->now, type, "/XRef") || pena_pdf_name_is (self->now, type, "/ObjStm");
}

static void
report_added (Compare *self)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, self->added);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        PenaPdfRef ref = {GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)};
        /* Updates of updates leave things behind. Nothing refers to them, or that would have been noticed. */
        if (has (self->explained, ref.number) || is_covered (self, ref.number))
            continue;
        qpdf_oh object = pena_pdf_object (self->now, ref);
        if (!is_container (self, object))
            note (self, _ ("object %d (%s) was added"), ref.number, kind_of (self->now, object));
    }
}

static void
sort_out (Compare *self, const GArray *before, const GArray *after)
{
    guint i = 0, j = 0;

    while (i < before->len || j < after->len) {
        const PenaPdfPlace *old = i < before->len ? &g_array_index (before, PenaPdfPlace, i) : NULL;
        const PenaPdfPlace *now = j < after->len ? &g_array_index (after, PenaPdfPlace, j) : NULL;
        if (now == NULL || (old != NULL && old->number < now->number)) {
            note (self, _ ("object %d was removed"), old->number);
            i++;
        } else if (old == NULL || now->number < old->number) {
            g_hash_table_insert (self->added, GINT_TO_POINTER (now->number),
                                 GINT_TO_POINTER (now->generation));
            j++;
        } else {
            if (old->generation != now->generation)
                note (self, _ ("object %d was replaced"), now->number);
            else if (old->kind != now->kind || old->place != now->place || old->index != now->index)
                g_hash_table_insert (self->modified, GINT_TO_POINTER (now->number),
                                     GINT_TO_POINTER (now->generation));
            i++;
            j++;
        }
    }
}

static void
note_revived (Compare *self, gint number)
{
    if (has (self->added, number))
        note (self, _ ("object %d was added, which the signed revision refers to but lacked"), number);
}

/* In what an object was before it was written anew. qpdf's parser bounds the nesting. */
static void
check_old_object (Compare *self, qpdf_oh object)
{
    PenaPdf *old = self->old;
    qpdf_oh dict = qpdf_oh_is_stream (old->qpdf, object) ? qpdf_oh_get_dict (old->qpdf, object) : object;
    g_autoptr (GPtrArray) keys =
        pena_pdf_is_dict (old, dict) ? pena_pdf_keys (old, dict) : g_ptr_array_new ();
    gint n = pena_pdf_n_items (old, object);

    for (gint i = 0; i < n + (gint)keys->len; i++) {
        qpdf_oh item = i < n ? qpdf_oh_get_array_item (old->qpdf, object, i)
                             : pena_pdf_get (old, dict, g_ptr_array_index (keys, i - n));
        gint number = pena_pdf_ref (old, item).number;
        if (number != 0)
            note_revived (self, number);
        else
            check_old_object (self, item);
        pena_pdf_release (old, item);
    }
}

/* A reference that led nowhere when it was signed would come to life with an object of its number. */
static void
check_dangling (Compare *self, const GArray *references)
{
    GHashTableIter iter;
    gpointer key, value;

    for (guint i = 0; i < references->len; i++) {
        const PenaPdfReference *reference = &g_array_index (references, PenaPdfReference, i);
        if (!has (self->added, reference->from) && !has (self->modified, reference->from))
            note_revived (self, reference->to);
    }
    g_hash_table_iter_init (&iter, self->modified);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        PenaPdfRef ref = {GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)};
        check_old_object (self, pena_pdf_object (self->old, ref));
    }
}

gboolean
pena_pdf_only_signatures_added (PenaPdf *old, const PenaPdfNewest *newest, const PenaPdfLater *later,
                                GPtrArray *notes)
{
    const GArray *places = newest->places;
    PenaPdf *now = newest->pdf;
    g_autoptr (GArray) before = pena_pdf_places_new (pena_pdf_source (old));
    g_autoptr (GHashTable) added = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) modified = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) explained = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) widgets = g_hash_table_new (NULL, NULL);
    Compare self = {old, now, added, modified, explained, widgets, places, later, notes, 0};

    if (before == NULL || places == NULL || newest->references == NULL) {
        note (&self, _ ("the signed revision cannot be read on its own"));
        return FALSE;
    }
    sort_out (&self, before, places);
    for (guint i = 0; i < later->fields->len; i++)
        for_each_widget (&self, g_ptr_array_index (later->fields, i), collect_widget);
    check_trailer (&self);
    check_catalog (&self);
    check_metadata (&self);
    check_widgets (&self);
    report_modified (&self);
    report_added (&self);
    if (self.n_notes == 0)
        check_dangling (&self, newest->references);
    if (!pena_pdf_check (now, NULL) || !pena_pdf_check (old, NULL))
        note (&self, _ ("objects cannot be read"));
    return self.n_notes == 0;
}
