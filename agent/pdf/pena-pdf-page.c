/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pages: which part of them is shown, and which side is up
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-page.h"

#include "pena-text.h"

#define MAX_DEPTH 128
#define MAX_NODES 500000
#define LARGEST_UNIT 100000

/* What a page has from the nodes above it. */
typedef struct {
    qpdf_oh media, crop; /* null objects when not given */
    gint64 rotate;
} Inherited;

typedef struct {
    PenaPdf *pdf;
    GArray *pages;
    GHashTable *seen; /* numbers of nodes that have kids */
    guint nodes;
} Walk;

gboolean
pena_pdf_get_rect (PenaPdf *pdf, qpdf_oh array, PenaPdfRect *ret_rect)
{
    gdouble numbers[4];

    if (pena_pdf_n_items (pdf, array) != 4)
        return FALSE;
    for (gint i = 0; i < 4; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, array, i);
        if (!qpdf_oh_is_number (pdf->qpdf, item))
            return FALSE;
        numbers[i] = qpdf_oh_get_numeric_value (pdf->qpdf, item);
        if (!(ABS (numbers[i]) < 1e7))
            return FALSE;
    }
    *ret_rect = (PenaPdfRect){MIN (numbers[0], numbers[2]), MIN (numbers[1], numbers[3]),
                              MAX (numbers[0], numbers[2]), MAX (numbers[1], numbers[3])};
    return TRUE;
}

static gboolean
has_area (const PenaPdfRect *rect)
{
    return rect->x1 > rect->x0 && rect->y1 > rect->y0;
}

/* What a page lacks or has wrong is taken as viewers do: US Letter for the medium, the medium for the rest. */
static PenaPdfRect
shown_box (PenaPdf *pdf, const Inherited *own)
{
    PenaPdfRect media = {0, 0, 612, 792}, given, crop;

    if (pena_pdf_get_rect (pdf, own->media, &given) && has_area (&given))
        media = given;
    if (!pena_pdf_get_rect (pdf, own->crop, &given))
        return media;
    crop = (PenaPdfRect){MAX (media.x0, given.x0), MAX (media.y0, given.y0), MIN (media.x1, given.x1),
                         MIN (media.y1, given.y1)};
    return has_area (&crop) ? crop : media;
}

static void
add_page (Walk *walk, qpdf_oh object, const Inherited *own)
{
    qpdf_oh unit = pena_pdf_get (walk->pdf, object, "/UserUnit");
    gint64 rotate = own->rotate % 360 / 90 * 90;
    PenaPdfPage page = {.ref = pena_pdf_ref (walk->pdf, object),
                        .box = shown_box (walk->pdf, own),
                        .rotate = (gint)(rotate < 0 ? rotate + 360 : rotate),
                        .unit = 1,
                        .object = object};

    if (qpdf_oh_is_number (walk->pdf->qpdf, unit)) {
        gdouble value = qpdf_oh_get_numeric_value (walk->pdf->qpdf, unit);
        if (value > 0 && value < LARGEST_UNIT)
            page.unit = value;
    }
    g_array_append_val (walk->pages, page);
}

static qpdf_oh
own_or (PenaPdf *pdf, qpdf_oh node, const gchar *key, qpdf_oh inherited)
{
    qpdf_oh own = pena_pdf_get (pdf, node, key);
    return pena_pdf_is_null (pdf, own) ? inherited : own;
}

static gboolean
walk_node (Walk *walk, qpdf_oh node, Inherited above, guint depth, GError **error)
{
    PenaPdf *pdf = walk->pdf;
    gint number = pena_pdf_ref (pdf, node).number;
    qpdf_oh kids = pena_pdf_get (pdf, node, "/Kids");
    Inherited own = {own_or (pdf, node, "/MediaBox", above.media), own_or (pdf, node, "/CropBox", above.crop),
                     pena_pdf_get_int (pdf, node, "/Rotate", above.rotate)};

    if (!qpdf_oh_is_array (pdf->qpdf, kids)) {
        add_page (walk, node, &own);
        return TRUE;
    }
    if (depth > MAX_DEPTH || walk->nodes++ > MAX_NODES ||
        (number != 0 && !g_hash_table_add (walk->seen, GINT_TO_POINTER (number)))) {
        pena_pdf_set_damaged (error, _ ("the page tree is broken"));
        return FALSE;
    }
    gint n = pena_pdf_n_items (pdf, kids);
    for (gint i = 0; i < n; i++)
        if (!walk_node (walk, qpdf_oh_get_array_item (pdf->qpdf, kids, i), own, depth + 1, error))
            return FALSE;
    return TRUE;
}

GArray *
pena_pdf_pages_new (PenaPdf *pdf, GError **error)
{
    g_autoptr (GArray) pages = g_array_new (FALSE, FALSE, sizeof (PenaPdfPage));
    g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
    Walk walk = {pdf, pages, seen, 0};
    qpdf_oh null = qpdf_oh_new_null (pdf->qpdf);

    if (!walk_node (&walk, pena_pdf_get (pdf, pdf->root, "/Pages"), (Inherited){null, null, 0}, 0, error) ||
        !pena_pdf_check (pdf, error))
        return NULL;
    return g_steal_pointer (&pages);
}

void
pena_pdf_page_get_size (const PenaPdfPage *page, gdouble *ret_width, gdouble *ret_height)
{
    gdouble width = (page->box.x1 - page->box.x0) * page->unit;
    gdouble height = (page->box.y1 - page->box.y0) * page->unit;
    gboolean turned = page->rotate == 90 || page->rotate == 270;

    *ret_width = turned ? height : width;
    *ret_height = turned ? width : height;
}

static PenaPdfRect
in_order (gdouble xa, gdouble ya, gdouble xb, gdouble yb)
{
    return (PenaPdfRect){MIN (xa, xb), MIN (ya, yb), MAX (xa, xb), MAX (ya, yb)};
}

PenaPdfRect
pena_pdf_page_to_space (const PenaPdfPage *page, PenaPdfRect shown)
{
    const PenaPdfRect *box = &page->box;
    gdouble x0 = shown.x0 / page->unit, y0 = shown.y0 / page->unit;
    gdouble x1 = shown.x1 / page->unit, y1 = shown.y1 / page->unit;

    switch (page->rotate) {
    case 90:
        return in_order (box->x1 - y0, box->y0 + x0, box->x1 - y1, box->y0 + x1);
    case 180:
        return in_order (box->x1 - x0, box->y1 - y0, box->x1 - x1, box->y1 - y1);
    case 270:
        return in_order (box->x0 + y0, box->y1 - x0, box->x0 + y1, box->y1 - x1);
    default:
        return in_order (box->x0 + x0, box->y0 + y0, box->x0 + x1, box->y0 + y1);
    }
}

PenaPdfRect
pena_pdf_page_to_shown (const PenaPdfPage *page, PenaPdfRect space)
{
    const PenaPdfRect *box = &page->box;
    gdouble x0 = (space.x0 - box->x0) * page->unit, y0 = (space.y0 - box->y0) * page->unit;
    gdouble x1 = (space.x1 - box->x0) * page->unit, y1 = (space.y1 - box->y0) * page->unit;
    gdouble width = (box->x1 - box->x0) * page->unit, height = (box->y1 - box->y0) * page->unit;

    switch (page->rotate) {
    case 90:
        return in_order (y0, width - x0, y1, width - x1);
    case 180:
        return in_order (width - x0, height - y0, width - x1, height - y1);
    case 270:
        return in_order (height - y0, x0, height - y1, x1);
    default:
        return in_order (x0, y0, x1, y1);
    }
}

const gchar *
pena_pdf_page_get_matrix (const PenaPdfPage *page)
{
    switch (page->rotate) {
    case 90:
        return "[0 1 -1 0 0 0]";
    case 180:
        return "[-1 0 0 -1 0 0]";
    case 270:
        return "[0 -1 1 0 0 0]";
    default:
        return "[1 0 0 1 0 0]";
    }
}
