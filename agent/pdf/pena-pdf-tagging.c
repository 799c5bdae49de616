/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a widget's place in the structure of a tagged document
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-tagging.h"

#define MAX_DEPTH 32
#define MAX_KEY G_MAXINT32
/* Lists are written anew as a whole. */
#define MAX_ITEMS 100000

/* The way to the end of /ParentTree, a tree of numbers (ISO 32000-1, 7.9.7), from its top. Keys ascend, so that a new one which is
 * higher than all goes there. */
typedef struct {
    qpdf_oh nodes[MAX_DEPTH];
    guint n;
    gint64 last; /* the highest key; -1 when it has none */
} TreeEnd;

/* What is written anew of the structure tree. */
typedef struct {
    PenaPdfWriter *writer;
    qpdf_oh root; /* /StructTreeRoot */
    qpdf_oh home; /* what the new element hangs below: the one element Document, or the root */
    TreeEnd end;  /* without nodes: there is no /ParentTree */
} Tagging;

static qpdf_oh
item_at (PenaPdf *pdf, qpdf_oh array, gint i)
{
    return qpdf_oh_get_array_item (pdf->qpdf, array, i);
}

static gboolean
read_last_key (PenaPdf *pdf, qpdf_oh leaf, gint64 *ret_last)
{
    qpdf_oh numbers = pena_pdf_get (pdf, leaf, "/Nums");
    gint n = pena_pdf_n_items (pdf, numbers);
    long long last = -1;

    if (n % 2 != 0 || n > MAX_ITEMS ||
        (n > 0 && !qpdf_oh_get_value_as_longlong (pdf->qpdf, item_at (pdf, numbers, n - 2), &last)))
        return FALSE;
    *ret_last = last;
    return last < MAX_KEY;
}

static gboolean
find_end (PenaPdf *pdf, qpdf_oh top, TreeEnd *ret_end)
{
    TreeEnd end = {.last = -1};
    qpdf_oh node = top;

    for (gboolean leaf = pena_pdf_is_null (pdf, top); !leaf;) {
        if (!pena_pdf_is_dict (pdf, node) || end.n == MAX_DEPTH ||
            (end.n > 0 && pena_pdf_ref (pdf, node).number == 0))
            return FALSE;
        end.nodes[end.n++] = node;
        qpdf_oh kids = pena_pdf_get (pdf, node, "/Kids");
        gint n = pena_pdf_n_items (pdf, kids);
        leaf = n == 0;
        if (leaf && !read_last_key (pdf, node, &end.last))
            return FALSE;
        if (!leaf)
            node = item_at (pdf, kids, n - 1);
    }
    *ret_end = end;
    return TRUE;
}

/* The /Nums that a new key goes to; a null object when there are none. */
static qpdf_oh
last_numbers (const Tagging *self)
{
    PenaPdf *pdf = self->writer->pdf;
    return self->end.n > 0 ? pena_pdf_get (pdf, self->end.nodes[self->end.n - 1], "/Nums")
                           : qpdf_oh_new_null (pdf->qpdf);
}

static qpdf_oh
find_home (PenaPdf *pdf, qpdf_oh root)
{
    qpdf_oh kids = pena_pdf_get (pdf, root, "/K");
    qpdf_oh only = pena_pdf_n_items (pdf, kids) == 1 ? item_at (pdf, kids, 0) : kids;
    gboolean document = pena_pdf_ref (pdf, only).number != 0 && pena_pdf_is_dict (pdf, only) &&
                        pena_pdf_name_is (pdf, pena_pdf_get (pdf, only, "/S"), "/Document");

    return document ? only : root;
}

/* Each of the objects that will be written is written once: a tree can be one in name only. */
static gboolean
are_all_different (const Tagging *self)
{
    PenaPdf *pdf = self->writer->pdf;
    g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
    const qpdf_oh others[] = {self->root, pena_pdf_get (pdf, self->home, "/K"), last_numbers (self)};
    gint home = self->home != self->root ? pena_pdf_ref (pdf, self->home).number : 0;

    for (guint i = 0; i < self->end.n + G_N_ELEMENTS (others); i++) {
        qpdf_oh object = i < self->end.n ? self->end.nodes[i] : others[i - self->end.n];
        gint number = pena_pdf_ref (pdf, object).number;
        if (number != 0 && (number == home || !g_hash_table_add (numbers, GINT_TO_POINTER (number))))
            return FALSE;
    }
    return TRUE;
}

/* The array, or what stands in its place, with one more item: written where it is an object of its own, and then NULL. */
static gchar *
list_with (const Tagging *self, qpdf_oh list, const gchar *item)
{
    PenaPdf *pdf = self->writer->pdf;
    PenaPdfRef ref = pena_pdf_ref (pdf, list);

    if (!qpdf_oh_is_array (pdf->qpdf, list)) {
        g_autofree gchar *one = pena_pdf_is_null (pdf, list) ? g_strdup ("") : pena_pdf_unparse (pdf, list);
        return g_strdup_printf ("[%s %s]", one, item);
    }
    g_autofree gchar *text = pena_pdf_array_with (pdf, list, item);
    if (ref.number == 0)
        return g_steal_pointer (&text);
    pena_pdf_writer_add (self->writer, ref, text);
    return NULL;
}

/* From the leaf up. The new text of /ParentTree, or NULL when that stays. */
static gchar *
put_parent_tree (const Tagging *self, gint64 key, PenaPdfRef element)
{
    PenaPdf *pdf = self->writer->pdf;
    g_autofree gchar *row = g_strdup_printf ("%" G_GINT64_FORMAT " %d 0 R", key, element.number);
    g_autofree gchar *numbers = list_with (self, last_numbers (self), row);
    gchar *top = self->end.n == 0 ? g_strdup_printf ("<< /Nums %s >>", numbers) : NULL;

    for (guint i = self->end.n; i-- > 0;) {
        qpdf_oh limits = pena_pdf_get (pdf, self->end.nodes[i], "/Limits");
        PenaPdfRef ref = pena_pdf_ref (pdf, self->end.nodes[i]);
        g_autofree gchar *low =
            pena_pdf_n_items (pdf, limits) == 2 ? pena_pdf_unparse (pdf, item_at (pdf, limits, 0)) : NULL;
        g_autofree gchar *range =
            low != NULL ? g_strdup_printf ("[%s %" G_GINT64_FORMAT "]", low, key) : NULL;
        PenaPdfChange changes[2];
        gsize n = 0;
        if (range != NULL)
            changes[n++] = (PenaPdfChange){"/Limits", range};
        if (i == self->end.n - 1 && numbers != NULL)
            changes[n++] = (PenaPdfChange){"/Nums", numbers};
        g_autofree gchar *text = n > 0 ? pena_pdf_dict_with (pdf, self->end.nodes[i], changes, n) : NULL;
        if (text != NULL && ref.number != 0)
            pena_pdf_writer_add (self->writer, ref, text);
        else
            top = g_steal_pointer (&text); /* only the top can stand in the root */
    }
    return top;
}

/* The root, and Document where that holds the element. */
static void
put_tree (const Tagging *self, PenaPdfRef element, gint64 key)
{
    PenaPdf *pdf = self->writer->pdf;
    g_autofree gchar *item = g_strdup_printf ("%d 0 R", element.number);
    g_autofree gchar *next = g_strdup_printf ("%" G_GINT64_FORMAT, key + 1);
    g_autofree gchar *parents = put_parent_tree (self, key, element);
    g_autofree gchar *kids = list_with (self, pena_pdf_get (pdf, self->home, "/K"), item);
    PenaPdfChange changes[3] = {{"/ParentTreeNextKey", next}};
    const PenaPdfChange below = {"/K", kids};
    gsize n = 1;

    if (parents != NULL)
        changes[n++] = (PenaPdfChange){"/ParentTree", parents};
    if (kids != NULL && self->home == self->root)
        changes[n++] = below;
    else if (kids != NULL) {
        g_autofree gchar *document = pena_pdf_dict_with (pdf, self->home, &below, 1);
        pena_pdf_writer_add (self->writer, pena_pdf_ref (pdf, self->home), document);
    }
    g_autofree gchar *text = pena_pdf_dict_with (pdf, self->root, changes, n);
    pena_pdf_writer_add (self->writer, pena_pdf_ref (pdf, self->root), text);
}

gboolean
pena_pdf_tag_widget (PenaPdfWriter *writer, PenaPdfRef widget, PenaPdfRef page, gint64 *ret_key)
{
    PenaPdf *pdf = writer->pdf;
    qpdf_oh root = pena_pdf_get (pdf, pdf->root, "/StructTreeRoot");
    Tagging self = {.writer = writer, .root = root};

    if (!pena_pdf_is_dict (pdf, root) || pena_pdf_ref (pdf, root).number == 0 || page.number == 0)
        return FALSE;
    self.home = find_home (pdf, root);
    if (pena_pdf_n_items (pdf, pena_pdf_get (pdf, self.home, "/K")) > MAX_ITEMS ||
        !find_end (pdf, pena_pdf_get (pdf, root, "/ParentTree"), &self.end) || !are_all_different (&self))
        return FALSE;
    gint64 key = MAX (pena_pdf_get_int (pdf, root, "/ParentTreeNextKey", 0), self.end.last + 1);
    if (key < 0 || key >= MAX_KEY)
        return FALSE;
    PenaPdfRef element = pena_pdf_writer_reserve (writer), home = pena_pdf_ref (pdf, self.home);
    g_autofree gchar *text = g_strdup_printf ("<< /Type /StructElem /S /Form /P %d %d R /Pg %d %d R /K << "
                                              "/Type /OBJR /Obj %d 0 R /Pg %d %d R >> >>",
                                              home.number, home.generation, page.number, page.generation,
                                              widget.number, page.number, page.generation);
    pena_pdf_writer_add (writer, element, text);
    put_tree (&self, element, key);
    *ret_key = key;
    return TRUE;
}
