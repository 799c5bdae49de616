/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: what all parts need
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-compare.h"

#include <stdlib.h>
#include <string.h>

/* What is deeper below a new object stays unexplained. */
#define MAX_DEPTH 64
/* Of the document as a whole. */
#define MAX_DONE 10000

void
pena_pdf_step_note (PenaPdfStep *self, PenaPdfDone what)
{
    if (self->done->len > MAX_DONE)
        return;
    PenaPdfDone *copy = g_memdup2 (&what, sizeof what);
    if (self->done->len == MAX_DONE)
        *copy = (PenaPdfDone){.deed = PENA_PDF_DID_TOO_MUCH};
    copy->revision = self->revision;
    copy->field = g_strdup (copy->field);
    copy->detail = g_strdup (copy->detail);
    g_ptr_array_add (self->done, copy);
}

gboolean
pena_pdf_step_may_look (PenaPdfStep *self, guint n)
{
    gboolean before = self->work <= PENA_PDF_MAX_WORK;

    self->work += n;
    if (self->work <= PENA_PDF_MAX_WORK)
        return TRUE;
    if (before)
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_TOO_MUCH});
    return FALSE;
}

gboolean
pena_pdf_step_has (GHashTable *numbers, gint number)
{
    return number != 0 && g_hash_table_contains (numbers, GINT_TO_POINTER (number));
}

void
pena_pdf_step_explain (PenaPdfStep *self, gint number)
{
    if (number != 0)
        g_hash_table_add (self->explained, GINT_TO_POINTER (number));
}

static void
explain_added (PenaPdfStep *self, qpdf_oh object, guint depth)
{
    PenaPdf *now = self->now;
    gint number = pena_pdf_ref (now, object).number;

    if (!pena_pdf_step_may_look (self, 1) || depth > MAX_DEPTH ||
        (number != 0 &&
         (!pena_pdf_step_has (self->added, number) || pena_pdf_step_has (self->explained, number))))
        return;
    pena_pdf_step_explain (self, number);
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

void
pena_pdf_step_explain_added (PenaPdfStep *self, qpdf_oh object)
{
    explain_added (self, object, 0);
}

void
pena_pdf_step_explain_same (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    gint number = pena_pdf_ref (self->now, now).number;

    if (pena_pdf_step_has (self->added, number) || number == pena_pdf_ref (self->old, old).number)
        pena_pdf_step_explain (self, number);
}

const PenaPdfRole *
pena_pdf_step_role (PenaPdfStep *self, gint number)
{
    self->work += pena_pdf_graph_read (self->old_graph);
    return pena_pdf_graph_get (self->old_graph, number);
}

const PenaPdfRole *
pena_pdf_step_role_now (PenaPdfStep *self, gint number)
{
    self->work += pena_pdf_graph_read (self->now_graph);
    return pena_pdf_graph_get (self->now_graph, number);
}

gboolean
pena_pdf_step_is_own (PenaPdfStep *self, gint number)
{
    return pena_pdf_step_has (self->modified, number) && pena_pdf_step_role (self, number)->references == 1;
}

gboolean
pena_pdf_step_is_own_within (PenaPdfStep *self, gint number, const PenaPdfHolder *holder)
{
    if (!pena_pdf_step_is_own (self, number))
        return FALSE;
    for (; holder != NULL; holder = holder->outer)
        if (holder->number != 0 && !pena_pdf_step_has (self->added, holder->number) &&
            pena_pdf_step_role (self, holder->number)->references != 1)
            return FALSE;
    return TRUE;
}

static gboolean
is_number_at (PenaPdf *pdf, qpdf_oh array, gint i, gdouble *ret_value)
{
    return qpdf_oh_get_value_as_number (pdf->qpdf, qpdf_oh_get_array_item (pdf->qpdf, array, i), ret_value) !=
           QPDF_FALSE;
}

/* A rectangle or a matrix: programs write the same numbers in other ways. */
static gboolean
same_numbers (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    gint n = pena_pdf_n_items (self->old, old);
    gdouble left, right;

    if ((n != 4 && n != 6) || n != pena_pdf_n_items (self->now, now) ||
        pena_pdf_ref (self->old, old).number != pena_pdf_ref (self->now, now).number)
        return FALSE;
    for (gint i = 0; i < n; i++)
        if (!is_number_at (self->old, old, i, &left) || !is_number_at (self->now, now, i, &right) ||
            left != right)
            return FALSE;
    return TRUE;
}

gboolean
pena_pdf_step_same_text (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    g_autofree gchar *left = pena_pdf_unparse (self->old, old);
    g_autofree gchar *right = pena_pdf_unparse (self->now, now);
    return strcmp (left, right) == 0 || same_numbers (self, old, now);
}

static gboolean
same_stream_data (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
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

gboolean
pena_pdf_step_same_object (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    gboolean stream = qpdf_oh_is_stream (self->old->qpdf, old) != QPDF_FALSE;

    if (stream != (qpdf_oh_is_stream (self->now->qpdf, now) != QPDF_FALSE))
        return FALSE;
    if (stream)
        return pena_pdf_step_same_text (self, qpdf_oh_get_dict (self->old->qpdf, old),
                                        qpdf_oh_get_dict (self->now->qpdf, now)) &&
               same_stream_data (self, old, now);
    g_autofree gchar *left = pena_pdf_unparse_resolved (self->old, old);
    g_autofree gchar *right = pena_pdf_unparse_resolved (self->now, now);
    return strcmp (left, right) == 0;
}

GPtrArray *
pena_pdf_step_changed_keys (PenaPdfStep *self, qpdf_oh old, qpdf_oh now)
{
    g_autoptr (GPtrArray) before = pena_pdf_keys (self->old, old);
    g_autoptr (GPtrArray) after = pena_pdf_keys (self->now, now);
    GPtrArray *changed = g_ptr_array_new_with_free_func (g_free);

    self->work += before->len + after->len;
    for (guint i = 0; i < before->len; i++) {
        const gchar *key = g_ptr_array_index (before, i);
        if (!pena_pdf_step_same_text (self, pena_pdf_get (self->old, old, key),
                                      pena_pdf_get (self->now, now, key)))
            g_ptr_array_add (changed, g_strdup (key));
    }
    for (guint i = 0; i < after->len; i++) {
        const gchar *key = g_ptr_array_index (after, i);
        if (pena_pdf_is_null (self->old, pena_pdf_get (self->old, old, key)))
            g_ptr_array_add (changed, g_strdup (key));
    }
    return changed;
}

gchar *
pena_pdf_step_other_key (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, const gchar *const *allowed)
{
    g_autoptr (GPtrArray) changed = pena_pdf_step_changed_keys (self, old, now);

    for (guint i = 0; i < changed->len; i++)
        if (!g_strv_contains (allowed, g_ptr_array_index (changed, i)))
            return g_strdup (g_ptr_array_index (changed, i));
    return NULL;
}

gboolean
pena_pdf_has_only_keys (PenaPdf *pdf, qpdf_oh dict, const gchar *const *allowed)
{
    g_autoptr (GPtrArray) keys = pena_pdf_keys (pdf, dict);

    for (guint i = 0; i < keys->len; i++)
        if (!g_strv_contains (allowed, g_ptr_array_index (keys, i)))
            return FALSE;
    return TRUE;
}

gboolean
pena_pdf_name_is_or_absent (PenaPdf *pdf, qpdf_oh dict, const gchar *key, const gchar *name)
{
    qpdf_oh value = pena_pdf_get (pdf, dict, key);
    return pena_pdf_is_null (pdf, value) || pena_pdf_name_is (pdf, value, name);
}
