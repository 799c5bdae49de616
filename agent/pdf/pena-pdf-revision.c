/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a revision of a PDF did to the one before
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-revision.h"

#include "pena-pdf-compare.h"

/* ---- a revision ---- */

PenaPdfSide *
pena_pdf_side_new (PenaPdf *pdf, PenaPdfSketches *sketches)
{
    PenaPdfGraph *graph = pena_pdf_open_graph (pdf, sketches);
    PenaPdfSide *self = graph != NULL ? g_new0 (PenaPdfSide, 1) : NULL;

    if (self != NULL) {
        self->pdf = pdf;
        self->graph = graph;
    }
    return self;
}

void
pena_pdf_side_free (PenaPdfSide *self)
{
    g_clear_pointer (&self->form.nodes, g_hash_table_unref);
    g_clear_pointer (&self->form.form, pena_pdf_form_free);
    pena_pdf_graph_free (self->graph);
    g_free (self);
}

static void
map_fields (PenaPdfFormMap *map, PenaPdf *pdf, GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        PenaPdfField *field = g_ptr_array_index (fields, i);
        g_autoptr (GArray) widgets = pena_pdf_field_widgets (pdf, field);
        for (guint k = 0; k < widgets->len; k++) {
            gint number = pena_pdf_ref (pdf, g_array_index (widgets, qpdf_oh, k)).number;
            if (number != 0)
                g_hash_table_insert (map->nodes, GINT_TO_POINTER (number), field);
        }
    }
}

/* FALSE: the form cannot be read. */
static gboolean
read_form (PenaPdfSide *side, guint64 *work)
{
    PenaPdfFormMap *map = &side->form;

    if (map->nodes != NULL)
        return map->form != NULL;
    map->nodes = g_hash_table_new (NULL, NULL);
    map->form = pena_pdf_form_new (side->pdf, NULL);
    if (map->form == NULL)
        return FALSE;
    map_fields (map, side->pdf, map->form->signatures);
    map_fields (map, side->pdf, map->form->others);
    *work += g_hash_table_size (map->nodes);
    return TRUE;
}

/* ---- which objects were written ---- */

static void
note_object (PenaPdfStep *self, PenaPdfDeed deed, gint number)
{
    const PenaPdfRole *role = pena_pdf_step_role (self, number);

    pena_pdf_step_note (self, (PenaPdfDone){.deed = deed, .page = role->page, .object = number});
}

static gboolean
same_place (const PenaPdfPlace *old, const PenaPdfPlace *now)
{
    return old->kind == now->kind && old->place == now->place && old->index == now->index;
}

/* A later revision writes its objects behind the earlier ones. An entry that leads back to what was signed takes bytes
 * that everybody saw as something else, or that nobody saw. */
static gboolean
leads_back (PenaPdfStep *self, const PenaPdfPlace *place)
{
    if (place->kind == 1)
        return (guint64)place->place + self->now->tail.shift < self->old->size;
    return place->kind == 2 && !pena_pdf_step_has (self->added, (gint)place->place) &&
           !pena_pdf_step_has (self->modified, (gint)place->place);
}

static void
sort_written (PenaPdfStep *self, const PenaPdfPlace *old, const PenaPdfPlace *now)
{
    if (old == NULL)
        g_hash_table_add (self->added, GINT_TO_POINTER (now->number));
    else if (old->generation != now->generation)
        note_object (self, PENA_PDF_DID_REPLACE_OBJECT, now->number);
    else if (!same_place (old, now))
        g_hash_table_insert (self->modified, GINT_TO_POINTER (now->number),
                             GINT_TO_POINTER (now->generation));
}

static void
sort_out (PenaPdfStep *self, const GArray *before, const GArray *after)
{
    gint last = 0;

    for (guint i = 0, j = 0; i < before->len || j < after->len;) {
        const PenaPdfPlace *old = i < before->len ? &g_array_index (before, PenaPdfPlace, i) : NULL;
        const PenaPdfPlace *now = j < after->len ? &g_array_index (after, PenaPdfPlace, j) : NULL;
        if (now == NULL || (old != NULL && old->number < now->number)) {
            note_object (self, PENA_PDF_DID_REMOVE_OBJECT, old->number);
            i++;
            continue;
        }
        gboolean both = old != NULL && old->number == now->number;
        /* qpdf lists each generation. */
        if (!both && now->number == last)
            note_object (self, PENA_PDF_DID_REPLACE_OBJECT, now->number);
        else
            sort_written (self, both ? old : NULL, now);
        last = now->number;
        i += both;
        j++;
    }
}

static void
find_shadows (PenaPdfStep *self, const GArray *places)
{
    for (guint i = 0; i < places->len; i++) {
        const PenaPdfPlace *place = &g_array_index (places, PenaPdfPlace, i);
        if ((pena_pdf_step_has (self->added, place->number) ||
             pena_pdf_step_has (self->modified, place->number)) &&
            leads_back (self, place))
            note_object (self, PENA_PDF_DID_SHADOW_ENTRY, place->number);
    }
}

/* ---- what nobody explained ---- */

/* Containers say nothing themselves: what they hold is looked at object by object. */
static gboolean
is_container (PenaPdf *pdf, qpdf_oh object)
{
    if (!qpdf_oh_is_stream (pdf->qpdf, object))
        return FALSE;
    qpdf_oh type = pena_pdf_get (pdf, qpdf_oh_get_dict (pdf->qpdf, object), "/Type");
    return pena_pdf_name_is (pdf, type, "/XRef") || pena_pdf_name_is (pdf, type, "/ObjStm");
}

static void
report_modified (PenaPdfStep *self, PenaPdfRef ref)
{
    qpdf_oh old = pena_pdf_object (self->old, ref), now = pena_pdf_object (self->now, ref);

    if (pena_pdf_step_same_object (self, old, now) ||
        (is_container (self->old, old) && is_container (self->now, now)))
        return;
    const PenaPdfRole *role = pena_pdf_step_role (self, ref.number);
    if (role->area == PENA_PDF_AREA_ANNOTATION &&
        pena_pdf_step_judge_annotation (self, ref.number, role->page))
        return;
    pena_pdf_step_note (self, (PenaPdfDone){.deed = pena_pdf_deed_on (role),
                                            .page = role->page,
                                            .object = ref.number,
                                            .detail = (gchar *)role->key});
}

static void
report_all_modified (PenaPdfStep *self)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, self->modified);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        self->work++;
        if (!pena_pdf_step_has (self->explained, GPOINTER_TO_INT (key)))
            report_modified (self, (PenaPdfRef){GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)});
    }
}

/* How far the later signatures reach: what they cover and nothing uses is what updates of updates leave behind. */
static gboolean
is_covered (PenaPdfStep *self)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init (&iter, self->later);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        if (((const PenaPdfLater *)value)->revision >= self->revision)
            return TRUE;
    return FALSE;
}

/* Programs leave objects behind that nothing refers to. Whoever refers to one later is found then. */
static PenaPdfDeed
deed_of_adding (PenaPdfStep *self, gint number)
{
    const PenaPdfRole *role = pena_pdf_step_role_now (self, number);

    return role->references == 0 || role->area == PENA_PDF_AREA_CONTAINER ? PENA_PDF_DID_LEAVE_BEHIND
                                                                          : PENA_PDF_DID_ADD_UNUSED_OBJECT;
}

static void
report_all_added (PenaPdfStep *self, const GArray *places)
{
    for (guint i = 0; i < places->len; i++) {
        const PenaPdfPlace *place = &g_array_index (places, PenaPdfPlace, i);
        PenaPdfRef ref = {place->number, place->generation};
        if (!pena_pdf_step_has (self->added, ref.number) || pena_pdf_step_has (self->explained, ref.number))
            continue;
        self->work++;
        if (!is_container (self->now, pena_pdf_object (self->now, ref)))
            pena_pdf_step_note (
                self, (PenaPdfDone){.deed = deed_of_adding (self, ref.number), .object = ref.number});
    }
}

static gboolean
found_forbidden (PenaPdfStep *self, guint since)
{
    for (guint i = since; i < self->done->len; i++) {
        const PenaPdfDone *done = g_ptr_array_index (self->done, i);
        if (pena_pdf_deed_purpose (done->deed) == PENA_PDF_FOR_NOTHING)
            return TRUE;
    }
    return FALSE;
}

/* ---- what is needed to tell whether something was referred to before it was there ---- */

/* qpdf's parser bounds the nesting. */
static void
collect_references (PenaPdfStep *self, qpdf_oh object, gint from, GArray *references)
{
    PenaPdf *old = self->old;
    qpdf_oh dict = qpdf_oh_is_stream (old->qpdf, object) ? qpdf_oh_get_dict (old->qpdf, object) : object;
    g_autoptr (GPtrArray) keys =
        pena_pdf_is_dict (old, dict) ? pena_pdf_keys (old, dict) : g_ptr_array_new ();
    gint n = pena_pdf_n_items (old, object);

    for (gint i = 0; i < n + (gint)keys->len; i++) {
        qpdf_oh item = i < n ? qpdf_oh_get_array_item (old->qpdf, object, i)
                             : pena_pdf_get (old, dict, g_ptr_array_index (keys, i - n));
        PenaPdfOldReference reference = {from, pena_pdf_ref (old, item).number, self->revision};
        if (reference.to != 0)
            g_array_append_val (references, reference);
        else
            collect_references (self, item, from, references);
        pena_pdf_release (old, item);
        self->work++;
    }
}

static void
remember_write (PenaPdfStepInput *input, gint number)
{
    PenaPdfWrite write = {number, input->revision};
    g_array_append_val (input->writes, write);
}

/* Notes down for later which objects were written here, and what they referred to before. */
static void
remember (PenaPdfStep *self, PenaPdfStepInput *input)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, self->added);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        g_hash_table_insert (input->born, key, GUINT_TO_POINTER (self->revision));
        remember_write (input, GPOINTER_TO_INT (key));
    }
    g_hash_table_iter_init (&iter, self->modified);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
        PenaPdfRef ref = {GPOINTER_TO_INT (key), GPOINTER_TO_INT (value)};
        remember_write (input, ref.number);
        collect_references (self, pena_pdf_object (self->old, ref), ref.number, input->references);
    }
}

static void
compare (PenaPdfStep *self, PenaPdfStepInput *input)
{
    guint start = self->done->len;
    gboolean covered = is_covered (self);
    const GArray *places = pena_pdf_graph_get_places (self->now_graph);

    sort_out (self, pena_pdf_graph_get_places (self->old_graph), places);
    find_shadows (self, places);
    if (!read_form (input->old, &self->work) || !read_form (input->now, &self->work)) {
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_BECOME_UNREADABLE});
        return;
    }
    self->old_form = input->old->form;
    self->now_form = input->now->form;
    pena_pdf_step_compare_catalog (self);
    pena_pdf_step_compare_form (self);
    pena_pdf_step_compare_fields (self);
    pena_pdf_step_compare_pages (self);
    report_all_modified (self);
    if (!covered && !found_forbidden (self, start))
        report_all_added (self, places);
    if (self->done->len == start && !covered)
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_APPEND_NOTHING});
    remember (self, input);
    if (!pena_pdf_check (self->now, NULL) || !pena_pdf_check (self->old, NULL))
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_BECOME_UNREADABLE});
}

void
pena_pdf_compare_revisions (PenaPdfStepInput *input)
{
    g_autoptr (GHashTable) added = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) modified = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) explained = g_hash_table_new (NULL, NULL);
    PenaPdfStep self = {.old = input->old->pdf,
                        .now = input->now->pdf,
                        .old_graph = input->old->graph,
                        .now_graph = input->now->graph,
                        .revision = input->revision,
                        .added = added,
                        .modified = modified,
                        .explained = explained,
                        .later = input->later,
                        .done = input->done,
                        .work = input->work};

    compare (&self, input);
    input->work = self.work;
}
