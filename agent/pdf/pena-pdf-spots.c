/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where on which pages the stamps of a signature go
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-spots.h"

#include <pena/pena-error.h>

#include "pena-pdf-ink.h"
#include "pena-pdf-locate.h"
#include "pena-pdf-room.h"
#include "pena-text.h"

/* Rounding of those who make pages in one unit and ask in another. */
#define SLACK 0.5
/* Every stamped page is written anew, and the update is held in memory. */
#define MAX_SPOTS 5000
/* No margin takes more than this part of a page. */
#define LARGEST_MARGIN 0.05
#define MAY_MODIFY (1 << 3)

typedef struct {
    PenaPdf *pdf;
    const PenaPdfStamp *stamp;
    PenaPdfSpots *result;
    gboolean everywhere; /* on all pages in the same place, whatever stands there */
    gboolean free;       /* the pages may get more content, so that they get the footer */
} Search;

void
pena_pdf_spots_free (PenaPdfSpots *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->pages, g_array_unref);
    g_clear_pointer (&self->spots, g_array_unref);
    g_free (self);
}

static const PenaPdfPage *
get_page (const Search *self, guint index)
{
    return &g_array_index (self->result->pages, PenaPdfPage, index);
}

static gboolean
add_spot (Search *self, PenaPdfSpot spot, GError **error)
{
    if (get_page (self, spot.page)->ref.number == 0) {
        pena_pdf_set_unsupported (error, _ ("a page that is not an object of its own"));
        return FALSE;
    }
    if (self->result->spots->len >= MAX_SPOTS)
        return pena_pdf_set_request_invalid (error, _ ("no more than %d pages can be stamped"), MAX_SPOTS);
    g_array_append_val (self->result->spots, spot);
    return TRUE;
}

PenaPdfRect
pena_pdf_fit (PenaPdfRect into, gdouble width, gdouble height)
{
    gdouble scale = MIN ((into.x1 - into.x0) / width, (into.y1 - into.y0) / height);
    gdouble x = (into.x0 + into.x1 - scale * width) / 2, y = (into.y0 + into.y1 - scale * height) / 2;

    return (PenaPdfRect){x, y, x + scale * width, y + scale * height};
}

/* Of its own size, or as much smaller as it must be to stand on the page within the margin. */
static gdouble
own_scale (const PenaPdfPage *page, const PenaPdfCanvas *canvas, gdouble *ret_margin)
{
    gdouble width, height;

    pena_pdf_page_get_size (page, &width, &height);
    *ret_margin = MIN (canvas->margin, LARGEST_MARGIN * MIN (width, height));
    if (canvas->margin + canvas->width <= width - canvas->margin &&
        canvas->margin + canvas->height <= height - canvas->margin)
        *ret_margin = canvas->margin;
    return MIN (1,
                MIN ((width - 2 * *ret_margin) / canvas->width, (height - 2 * *ret_margin) / canvas->height));
}

/* 0, 1, 2: at the start, in the middle, at the end. */
static gdouble
along (guint where, gdouble length, gdouble size, gdouble margin)
{
    return margin + (length - 2 * margin - size) * where / 2;
}

/* Where the template wants it. */
static PenaPdfRect
template_area (const PenaPdfPage *page, const PenaPdfCanvas *canvas, PenaPdfRect *ret_within)
{
    gdouble page_width, page_height, margin;
    gdouble scale = own_scale (page, canvas, &margin);
    gdouble width = scale * canvas->width, height = scale * canvas->height;

    pena_pdf_page_get_size (page, &page_width, &page_height);
    gdouble x = along (canvas->place % 3, page_width, width, margin);
    gdouble y = along (2 - canvas->place / 3, page_height, height, margin);
    *ret_within = (PenaPdfRect){margin, margin, page_width - margin, page_height - margin};
    return (PenaPdfRect){x, y, x + width, y + height};
}

/* Its own footer is about to be drawn, and on a small page may be where the stamp would be. */
static void
take_footers (const Search *self, const PenaPdfPage *page, GArray *taken)
{
    for (guint i = 0; i < self->stamp->n_canvases && self->free; i++) {
        PenaPdfRect within, area = template_area (page, &self->stamp->canvases[i], &within);
        if (self->stamp->canvases[i].footer)
            g_array_append_val (taken, area);
    }
}

/* Over nothing that is drawn on the page, if there is such a place and it can be told; over no form field, note or other stamp,
 * if there is a place for that. What the next official signs does not hide who signed before. */
static PenaPdfRect
choose_place (Search *self, const PenaPdfPage *page, PenaPdfRect wanted, PenaPdfRect within)
{
    g_autoptr (GArray) taken = pena_pdf_taken_new (self->pdf, page);
    g_autoptr (GArray) ink = self->everywhere ? NULL : pena_pdf_ink_new (self->pdf, page);
    PenaPdfRect blank;

    take_footers (self, page, taken);
    if (ink != NULL && pena_pdf_find_blank (taken, ink, wanted, within, &blank))
        return blank;
    self->result->covers = !self->everywhere;
    return pena_pdf_find_room (taken, wanted, within);
}

static gboolean
place_by_template (Search *self, guint index, guint canvas_index, GError **error)
{
    const PenaPdfCanvas *canvas = &self->stamp->canvases[canvas_index];
    const PenaPdfPage *page = get_page (self, index);
    PenaPdfRect within, area = template_area (page, canvas, &within);

    if (!canvas->footer)
        area = choose_place (self, page, area, within);
    return add_spot (self, (PenaPdfSpot){.page = index, .canvas = canvas_index, .area = area, .inner = area},
                     error);
}

static gboolean
place_by_rect (Search *self, guint index, guint canvas_index, GError **error)
{
    const PenaPdfStamp *stamp = self->stamp;
    const PenaPdfCanvas *canvas = &stamp->canvases[canvas_index];
    gdouble width, height;
    PenaPdfRect area = {stamp->rect[0], stamp->rect[1], stamp->rect[0], stamp->rect[1]};

    area.x1 += stamp->n_rect == 4 ? stamp->rect[2] : canvas->width;
    area.y1 += stamp->n_rect == 4 ? stamp->rect[3] : canvas->height;
    pena_pdf_page_get_size (get_page (self, index), &width, &height);
    if (!(area.x1 > area.x0 && area.y1 > area.y0) || area.x0 < -SLACK || area.y0 < -SLACK ||
        area.x1 > width + SLACK || area.y1 > height + SLACK)
        return pena_pdf_set_request_invalid (
            error, _ ("the stamp would reach beyond page %u, which is %.0f by %.0f points"), index + 1, width,
            height);
    return add_spot (self,
                     (PenaPdfSpot){.page = index,
                                   .canvas = canvas_index,
                                   .area = area,
                                   .inner = pena_pdf_fit (area, canvas->width, canvas->height)},
                     error);
}

static PenaPdfRect
unite (PenaPdfRect a, PenaPdfRect b)
{
    return (PenaPdfRect){MIN (a.x0, b.x0), MIN (a.y0, b.y0), MAX (a.x1, b.x1), MAX (a.y1, b.y1)};
}

/* Moves by as little as brings both edges within. */
static gdouble
keep_within (gdouble start, gdouble size, gdouble length)
{
    return MAX (0, MIN (start, length - size));
}

/* In the middle of the anchor's height, so that the lines above and below it stay free on both sides. */
static gboolean
place_by_anchor (Search *self, guint canvas_index, gint wanted, GError **error)
{
    const PenaPdfCanvas *canvas = &self->stamp->canvases[canvas_index];
    PenaPdfAnchor found;
    gdouble page_width, page_height, margin;

    if (!pena_pdf_locate (self->pdf, self->result->pages, wanted, self->stamp->anchor, &found, error))
        return FALSE;
    const PenaPdfPage *page = get_page (self, found.page);
    PenaPdfRect cover = pena_pdf_page_to_shown (page, found.area);
    gdouble scale = own_scale (page, canvas, &margin);
    gdouble width = scale * canvas->width, height = scale * canvas->height;
    pena_pdf_page_get_size (page, &page_width, &page_height);
    gdouble x = canvas->anchor == 0 ? cover.x0 : (cover.x0 + cover.x1 - width) / 2;
    gdouble y = (cover.y0 + cover.y1 - height) / 2;
    x = keep_within (x, width, page_width);
    y = keep_within (y, height, page_height);
    PenaPdfRect inner = {x, y, x + width, y + height};
    return add_spot (self,
                     (PenaPdfSpot){.page = found.page,
                                   .canvas = canvas_index,
                                   .area = unite (inner, cover),
                                   .inner = inner,
                                   .covers = TRUE,
                                   .cover = cover},
                     error);
}

static gboolean
place_main (Search *self, guint canvas_index, GError **error)
{
    const PenaPdfStamp *stamp = self->stamp;
    guint n = self->result->pages->len;
    gint page = stamp->page != 0 ? stamp->page : stamp->canvases[canvas_index].page;

    if (page != PENA_PDF_ALL_PAGES && stamp->page > (gint)n)
        return pena_pdf_set_request_invalid (error, _ ("there is no page %d: the document has %u"),
                                             stamp->page, n);
    if (stamp->anchor != NULL)
        return place_by_anchor (self, canvas_index, stamp->page, error);
    self->everywhere = page == PENA_PDF_ALL_PAGES;
    guint first = self->everywhere ? 0 : page < 0 ? n - 1 : MIN ((guint)page, n) - 1;
    guint end = self->everywhere ? n : first + 1;
    for (guint i = first; i < end; i++)
        if (!(stamp->n_rect > 0 ? place_by_rect : place_by_template) (self, i, canvas_index, error))
            return FALSE;
    return TRUE;
}

static gboolean
has_annotation (const Search *self, const PenaPdfPage *page, gint number)
{
    qpdf_oh annots = pena_pdf_get (self->pdf, page->object, "/Annots");
    gint n = pena_pdf_n_items (self->pdf, annots);

    for (gint i = 0; i < n; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (self->pdf->qpdf, annots, i);
        gboolean same = pena_pdf_ref (self->pdf, item).number == number;
        pena_pdf_release (self->pdf, item);
        if (same)
            return TRUE;
    }
    return FALSE;
}

/* An existing field keeps its place, so that it must have one. */
static gboolean
place_in_field (Search *self, guint canvas_index, const PenaPdfField *field, GError **error)
{
    const PenaPdfStamp *stamp = self->stamp;
    PenaPdfRect space;

    if (stamp->page != 0 || stamp->n_rect > 0 || stamp->anchor != NULL)
        return pena_pdf_set_request_invalid (
            error, _ ("a field has its place already: no page, rectangle or anchor can be given"));
    if (!pena_pdf_get_rect (self->pdf, pena_pdf_get (self->pdf, field->object, "/Rect"), &space) ||
        space.x1 - space.x0 < 1 || space.y1 - space.y0 < 1)
        return pena_pdf_set_request_invalid (
            error, _ ("the field '%s' has no place on a page where a stamp could be seen"), field->name);
    for (guint i = 0; i < self->result->pages->len; i++) {
        const PenaPdfPage *page = get_page (self, i);
        if (!has_annotation (self, page, field->ref.number))
            continue;
        PenaPdfRect area = pena_pdf_page_to_shown (page, space);
        const PenaPdfCanvas *canvas = &stamp->canvases[canvas_index];
        PenaPdfRect inner = pena_pdf_fit (area, canvas->width, canvas->height);
        return add_spot (self, (PenaPdfSpot){.page = i, .canvas = canvas_index, .area = area, .inner = inner},
                         error);
    }
    return pena_pdf_set_request_invalid (
        error, _ ("the field '%s' has no place on a page where a stamp could be seen"), field->name);
}

static gint
compare_spots (gconstpointer a, gconstpointer b)
{
    const PenaPdfSpot *left = a, *right = b;
    return left->page != right->page ? (gint)left->page - (gint)right->page
                                     : (gint)left->canvas - (gint)right->canvas;
}

static gboolean
place_footer (Search *self, guint canvas_index, GError **error)
{
    for (guint page = 0; page < self->result->pages->len; page++)
        if (!place_by_template (self, page, canvas_index, error))
            return FALSE;
    return TRUE;
}

/* Whether pages may get more content: by earlier signers and by the author's wish (/P, ISO 32000-1, table 22). */
static gboolean
pages_are_free (Search *self, const PenaPdfForm *form)
{
    const PenaPdfEncryption *encryption = self->pdf->encryption;

    if (encryption != NULL && !encryption->owner && (encryption->permissions & MAY_MODIFY) == 0)
        return FALSE;
    return pena_pdf_form_count_signed (self->pdf, form) == 0;
}

static gboolean
place_all (Search *self, const PenaPdfForm *form, const PenaPdfField *field, GError **error)
{
    const PenaPdfStamp *stamp = self->stamp;
    gboolean asked = field != NULL || stamp->page != 0 || stamp->n_rect > 0 || stamp->anchor != NULL;

    self->free = pages_are_free (self, form);
    for (guint i = 0; i < stamp->n_canvases; i++) {
        if (stamp->canvases[i].footer)
            continue;
        if (field != NULL ? !place_in_field (self, i, field, error) : !place_main (self, i, error))
            return FALSE;
        asked = FALSE;
    }
    if (asked)
        return pena_pdf_set_request_invalid (
            error, _ ("this stamp is only a footer: it has no place that could be chosen"));
    self->result->widget = (gint)self->result->spots->len - 1;
    if (!self->free && self->result->spots->len != 1)
        return pena_pdf_set_request_invalid (
            error, _ ("the document is signed or protected: nothing more can be put on its pages but one "
                      "stamp with a place of its own"));
    for (guint i = 0; i < stamp->n_canvases; i++)
        if (stamp->canvases[i].footer && self->free && !place_footer (self, i, error))
            return FALSE;
    return TRUE;
}

/* By page; the widget is found again by what it is. */
static void
sort_spots (PenaPdfSpots *self)
{
    PenaPdfSpot widget = {0};

    if (self->widget >= 0)
        widget = g_array_index (self->spots, PenaPdfSpot, self->widget);
    g_array_sort (self->spots, compare_spots);
    for (guint i = 0; self->widget >= 0 && i < self->spots->len; i++) {
        const PenaPdfSpot *spot = &g_array_index (self->spots, PenaPdfSpot, i);
        if (spot->page == widget.page && spot->canvas == widget.canvas)
            self->widget = (gint)i;
    }
}

PenaPdfSpots *
pena_pdf_spots_new (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfField *field,
                    const PenaPdfStamp *stamp, GError **error)
{
    g_autoptr (PenaPdfSpots) self = g_new0 (PenaPdfSpots, 1);
    Search search = {.pdf = pdf, .stamp = stamp, .result = self};

    self->pages = pena_pdf_pages_new (pdf, error);
    self->spots = g_array_new (FALSE, FALSE, sizeof (PenaPdfSpot));
    if (self->pages != NULL && self->pages->len == 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_NO_PAGES, "no page to put a stamp on");
        return NULL;
    }
    if (self->pages == NULL || !place_all (&search, form, field, error))
        return NULL;
    sort_spots (self);
    return g_steal_pointer (&self);
}
