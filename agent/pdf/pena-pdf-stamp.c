/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing the appearances of a visible signature
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-stamp.h"

#include <string.h>

#include "pena-pdf-import.h"
#include "pena-pdf-standard.h"
#include "pena-pdf-stream.h"
#include "pena-text.h"

#define MAX_DEPTH 128

/* Three digits after the point are a hundredth of what a printer can show. */
static void
append_number (GString *out, gdouble number)
{
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd (text, sizeof text, "%.3f", number);
    if (strchr (text, '.') != NULL) {
        gsize length = strlen (text);
        while (text[length - 1] == '0')
            text[--length] = '\0';
        if (text[length - 1] == '.')
            text[length - 1] = '\0';
    }
    g_string_append_printf (out, "%s ", strcmp (text, "-0") == 0 ? "0" : text);
}

static void
append_rect (GString *out, PenaPdfRect rect)
{
    append_number (out, rect.x0);
    append_number (out, rect.y0);
    append_number (out, rect.x1);
    append_number (out, rect.y1);
}

/* What ISO 19005-1, 6.7.11 wants a PDF/A-1 file to say of itself in its XMP. */
static gboolean
is_pdf_a1 (PenaPdf *pdf)
{
    return pena_pdf_stream_matches (pdf, pena_pdf_get (pdf, pdf->root, "/Metadata"), PENA_PDF_MAX_METADATA,
                                    "pdfaid:part\\s*(=\\s*[\"']|>\\s*)1");
}

/* White over the anchor's text, then the drawing, scaled into its place. */
static gchar *
draw (const PenaPdfStamp *stamp, const PenaPdfSpot *spot)
{
    const PenaPdfCanvas *canvas = &stamp->canvases[spot->canvas];
    GString *out = g_string_new (NULL);

    if (spot->covers) {
        g_string_append (out, "q 1 g ");
        append_number (out, spot->cover.x0 - spot->area.x0);
        append_number (out, spot->cover.y0 - spot->area.y0);
        append_number (out, spot->cover.x1 - spot->cover.x0);
        append_number (out, spot->cover.y1 - spot->cover.y0);
        g_string_append (out, "re f Q\n");
    }
    g_string_append (out, "q ");
    append_number (out, (spot->inner.x1 - spot->inner.x0) / canvas->width);
    g_string_append (out, "0 0 ");
    append_number (out, (spot->inner.y1 - spot->inner.y0) / canvas->height);
    append_number (out, spot->inner.x0 - spot->area.x0);
    append_number (out, spot->inner.y0 - spot->area.y0);
    g_string_append (out, "cm /Stamp Do Q\n");
    return g_string_free (out, FALSE);
}

/* The viewer scales what /Matrix has made of /BBox into /Rect, and these are of one shape. */
static PenaPdfRef
put_appearance (const PenaPdfStamp *stamp, const PenaPdfSpots *spots, guint index, PenaPdfRef form,
                const gchar *colour_spaces, PenaPdfWriter *writer)
{
    const PenaPdfSpot *spot = &g_array_index (spots->spots, PenaPdfSpot, index);
    const PenaPdfPage *page = &g_array_index (spots->pages, PenaPdfPage, spot->page);
    PenaPdfRef ref = pena_pdf_writer_reserve (writer);
    g_autofree gchar *content = draw (stamp, spot);
    g_autoptr (GString) entries = g_string_new ("/Type /XObject /Subtype /Form /BBox [");

    append_rect (entries, (PenaPdfRect){0, 0, spot->area.x1 - spot->area.x0, spot->area.y1 - spot->area.y0});
    g_string_append_printf (entries, "] /Matrix %s /Resources << %s/XObject << /Stamp %d %d R >> >>",
                            pena_pdf_page_get_matrix (page), colour_spaces, form.number, form.generation);
    pena_pdf_writer_add_stream (writer, ref, entries->str, (const guint8 *)content, strlen (content));
    return ref;
}

/* On pages of one kind, which is most, the same appearance serves for all. */
static gboolean
looks_like (const PenaPdfSpots *spots, guint a, guint b)
{
    const PenaPdfSpot *one = &g_array_index (spots->spots, PenaPdfSpot, a);
    const PenaPdfSpot *other = &g_array_index (spots->spots, PenaPdfSpot, b);

    return one->canvas == other->canvas && !one->covers && !other->covers &&
           memcmp (&one->area, &other->area, sizeof one->area) == 0 &&
           memcmp (&one->inner, &other->inner, sizeof one->inner) == 0 &&
           g_array_index (spots->pages, PenaPdfPage, one->page).rotate ==
               g_array_index (spots->pages, PenaPdfPage, other->page).rotate;
}

static gboolean
find_alike (const PenaPdfSpots *spots, guint index, guint *ret_other)
{
    /* The one before is of the same page or the last one; so two steps see all runs of like pages. */
    for (guint back = 1; back <= 2 && back <= index; back++)
        if (looks_like (spots, index, index - back)) {
            *ret_other = index - back;
            return TRUE;
        }
    return FALSE;
}

GArray *
pena_pdf_put_appearances (PenaPdf *pdf, const PenaPdfStamp *stamp, const PenaPdfSpots *spots,
                          PenaPdfWriter *writer, GError **error)
{
    g_autoptr (PenaPdfImport) import = pena_pdf_import (stamp->pdf, stamp->n_canvases, writer, error);
    g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (PenaPdfRef));
    const gchar *colour_spaces = pena_pdf_colour_spaces (pdf);

    if (import == NULL)
        return NULL;
    if (import->transparent && is_pdf_a1 (pdf)) {
        pena_pdf_set_unsupported (error, _ ("a stamp with a see-through image in PDF/A-1; put it on white"));
        return NULL;
    }
    for (guint i = 0; i < spots->spots->len; i++) {
        const PenaPdfSpot *spot = &g_array_index (spots->spots, PenaPdfSpot, i);
        PenaPdfRef form = g_array_index (import->forms, PenaPdfRef, spot->canvas);
        guint other;
        PenaPdfRef ref = find_alike (spots, i, &other)
                             ? g_array_index (refs, PenaPdfRef, other)
                             : put_appearance (stamp, spots, i, form, colour_spaces, writer);
        g_array_append_val (refs, ref);
    }
    return g_steal_pointer (&refs);
}

void
pena_pdf_append_place (GString *out, const PenaPdfSpots *spots, const GArray *appearances)
{
    const PenaPdfSpot *spot = &g_array_index (spots->spots, PenaPdfSpot, spots->widget);
    const PenaPdfPage *page = &g_array_index (spots->pages, PenaPdfPage, spot->page);
    PenaPdfRef appearance = g_array_index (appearances, PenaPdfRef, spots->widget);

    g_string_append (out, "/Rect [");
    append_rect (out, pena_pdf_page_to_space (page, spot->area));
    g_string_append_printf (out, "] /P %d %d R /AP << /N %d %d R >>", page->ref.number, page->ref.generation,
                            appearance.number, appearance.generation);
}

/* ---- on pages ---- */

void
pena_pdf_page_change_clear (PenaPdfPageChange *self)
{
    g_clear_pointer (&self->contents, g_free);
    g_clear_pointer (&self->resources, g_free);
}

void
pena_pdf_page_streams_clear (PenaPdfPageStreams *self)
{
    g_clear_pointer (&self->streams, g_hash_table_unref);
}

/* Does what a viewer does with an annotation's /Matrix, /BBox and /Rect. Tagged documents want to be told that it is no part of
 * the text (ISO 32000-1, 14.8.2.2). */
static void
append_drawing (GString *out, const PenaPdfPage *page, const PenaPdfSpot *spot, const gchar *name)
{
    PenaPdfRect space = pena_pdf_page_to_space (page, spot->area);
    gdouble width = space.x1 - space.x0, height = space.y1 - space.y0;
    gboolean from_right = page->rotate == 90 || page->rotate == 180;
    gboolean from_top = page->rotate == 180 || page->rotate == 270;

    g_string_append (out, "/Artifact BMC q ");
    append_number (out, 1 / page->unit);
    g_string_append (out, "0 0 ");
    append_number (out, 1 / page->unit);
    append_number (out, space.x0 + (from_right ? width : 0));
    append_number (out, space.y0 + (from_top ? height : 0));
    g_string_append (out, "cm ");
    pena_pdf_append_name (out, name);
    g_string_append (out, " Do Q EMC\n");
}

static gint
put_content (PenaPdfWriter *writer, PenaPdfPageStreams *streams, const gchar *content)
{
    gint number = GPOINTER_TO_INT (g_hash_table_lookup (streams->streams, content));

    if (number != 0)
        return number;
    PenaPdfRef ref = pena_pdf_writer_reserve (writer);
    pena_pdf_writer_add_stream (writer, ref, "", (const guint8 *)content, strlen (content));
    g_hash_table_insert (streams->streams, g_strdup (content), GINT_TO_POINTER (ref.number));
    return ref.number;
}

static qpdf_oh
inherited_resources (PenaPdf *pdf, qpdf_oh page)
{
    for (guint depth = 0; depth < MAX_DEPTH && pena_pdf_is_dict (pdf, page); depth++) {
        qpdf_oh own = pena_pdf_get (pdf, page, "/Resources");
        if (pena_pdf_is_dict (pdf, own))
            return own;
        page = pena_pdf_get (pdf, page, "/Parent");
    }
    return qpdf_oh_new_dictionary (pdf->qpdf);
}

static qpdf_oh
dict_or_empty (PenaPdf *pdf, qpdf_oh object)
{
    return pena_pdf_is_dict (pdf, object) ? object : qpdf_oh_new_dictionary (pdf->qpdf);
}

/* Of the n-th drawing on the page; a name that the page does not use. */
static gchar *
free_name (PenaPdf *pdf, qpdf_oh objects, guint *n)
{
    for (;;) {
        g_autofree gchar *name = g_strdup_printf ("/Pena%u", ++*n);
        if (pena_pdf_is_null (pdf, pena_pdf_get (pdf, objects, name)))
            return g_steal_pointer (&name);
    }
}

/* Pages may share their resources, so the page gets a copy of its own. */
static gchar *
resources_with (PenaPdf *pdf, qpdf_oh resources, const GArray *additions)
{
    qpdf_oh objects = dict_or_empty (pdf, pena_pdf_get (pdf, resources, "/XObject"));
    g_autofree gchar *text = pena_pdf_dict_with (
        pdf, objects, (const PenaPdfChange *)(gconstpointer)additions->data, additions->len);
    const PenaPdfChange change = {"/XObject", text};

    return pena_pdf_dict_with (pdf, resources, &change, 1);
}

/* What was there stands between a q and a Q, so that it leaves the page's space as it found it. */
static gchar *
contents_with (PenaPdf *pdf, qpdf_oh page, PenaPdfRef before, gint after)
{
    qpdf_oh old = pena_pdf_get (pdf, page, "/Contents");
    GString *out = g_string_new (NULL);

    g_string_append_printf (out, "[%d 0 R ", before.number);
    if (qpdf_oh_is_array (pdf->qpdf, old)) {
        gint n = pena_pdf_n_items (pdf, old);
        for (gint i = 0; i < n; i++) {
            g_autofree gchar *item = pena_pdf_unparse (pdf, qpdf_oh_get_array_item (pdf->qpdf, old, i));
            g_string_append_printf (out, "%s ", item);
        }
    } else if (qpdf_oh_is_stream (pdf->qpdf, old)) {
        g_autofree gchar *item = pena_pdf_unparse (pdf, old);
        g_string_append_printf (out, "%s ", item);
    }
    g_string_append_printf (out, "%d 0 R]", after);
    return g_string_free (out, FALSE);
}

static void
start_streams (PenaPdfPageStreams *streams, PenaPdfWriter *writer)
{
    if (streams->streams != NULL)
        return;
    streams->streams = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    streams->before = pena_pdf_writer_reserve (writer);
    pena_pdf_writer_add_stream (writer, streams->before, "", (const guint8 *)"q\n", 2);
}

static void
addition_clear (gpointer data)
{
    const PenaPdfChange *change = data;
    g_free ((gchar *)change->key);
    g_free ((gchar *)change->value);
}

void
pena_pdf_change_page (PenaPdf *pdf, const PenaPdfSpots *spots, guint first, guint end,
                      const GArray *appearances, PenaPdfWriter *writer, PenaPdfPageStreams *streams,
                      PenaPdfPageChange *ret_change)
{
    g_autoptr (GArray) additions = g_array_new (FALSE, FALSE, sizeof (PenaPdfChange));
    g_autoptr (GString) content = g_string_new ("\nQ\n");
    const PenaPdfPage *page =
        &g_array_index (spots->pages, PenaPdfPage, g_array_index (spots->spots, PenaPdfSpot, first).page);
    qpdf_oh resources = inherited_resources (pdf, page->object);
    qpdf_oh objects = pena_pdf_get (pdf, resources, "/XObject");
    guint n = 0;

    g_array_set_clear_func (additions, addition_clear);
    for (guint i = first; i < end; i++) {
        if ((gint)i == spots->widget)
            continue;
        PenaPdfRef form = g_array_index (appearances, PenaPdfRef, i);
        PenaPdfChange addition = {free_name (pdf, objects, &n), g_strdup_printf ("%d 0 R", form.number)};
        g_array_append_val (additions, addition);
        append_drawing (content, page, &g_array_index (spots->spots, PenaPdfSpot, i), addition.key);
    }
    if (additions->len == 0)
        return;
    start_streams (streams, writer);
    ret_change->resources = resources_with (pdf, resources, additions);
    ret_change->contents =
        contents_with (pdf, page->object, streams->before, put_content (writer, streams, content->str));
}
