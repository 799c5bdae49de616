/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: room on a page that nothing else takes
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-room.h"

/* Points between two. */
#define GAP 6
/* The work grows with the cube of it. */
#define MAX_TAKEN 64

GArray *
pena_pdf_taken_new (PenaPdf *pdf, const PenaPdfPage *page)
{
    GArray *taken = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
    qpdf_oh annotations = pena_pdf_get (pdf, page->object, "/Annots");
    gint n = pena_pdf_n_items (pdf, annotations);

    for (gint i = 0; i < n && taken->len < MAX_TAKEN; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, annotations, i);
        PenaPdfRect space;
        if (pena_pdf_is_dict (pdf, item) &&
            pena_pdf_name_is (pdf, pena_pdf_get (pdf, item, "/Subtype"), "/Widget") &&
            pena_pdf_get_rect (pdf, pena_pdf_get (pdf, item, "/Rect"), &space) && space.x1 - space.x0 >= 1 &&
            space.y1 - space.y0 >= 1) {
            PenaPdfRect shown = pena_pdf_page_to_shown (page, space);
            g_array_append_val (taken, shown);
        }
        pena_pdf_release (pdf, item);
    }
    return taken;
}

static gboolean
meets_any (const GArray *taken, PenaPdfRect area)
{
    for (guint i = 0; i < taken->len; i++) {
        const PenaPdfRect *other = &g_array_index (taken, PenaPdfRect, i);
        if (area.x0 < other->x1 && other->x0 < area.x1 && area.y0 < other->y1 && other->y0 < area.y1)
            return TRUE;
    }
    return FALSE;
}

static gboolean
contains (PenaPdfRect outer, PenaPdfRect inner)
{
    return inner.x0 >= outer.x0 && inner.x1 <= outer.x1 && inner.y0 >= outer.y0 && inner.y1 <= outer.y1;
}

/* Where a side may come to lie: where it is wanted, and just before and behind each that is in the way. */
static gdouble
candidate (const GArray *taken, guint i, gboolean vertical, gdouble wanted, gdouble size)
{
    if (i == 0)
        return wanted;
    const PenaPdfRect *other = &g_array_index (taken, PenaPdfRect, (i - 1) / 2);
    gdouble before = (vertical ? other->y0 : other->x0) - GAP - size;
    gdouble behind = (vertical ? other->y1 : other->x1) + GAP;
    return i % 2 == 1 ? before : behind;
}

PenaPdfRect
pena_pdf_find_room (const GArray *taken, PenaPdfRect wanted, PenaPdfRect within)
{
    gdouble width = wanted.x1 - wanted.x0, height = wanted.y1 - wanted.y0, nearest = G_MAXDOUBLE;
    guint n = 1 + 2 * taken->len;
    PenaPdfRect found = wanted;

    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < n; k++) {
            gdouble x = candidate (taken, i, FALSE, wanted.x0, width);
            gdouble y = candidate (taken, k, TRUE, wanted.y0, height);
            PenaPdfRect area = {x, y, x + width, y + height};
            gdouble aside = x - wanted.x0, apart = y - wanted.y0;
            gdouble distance = aside * aside + apart * apart;
            if (distance < nearest && ((i == 0 && k == 0) || contains (within, area)) &&
                !meets_any (taken, area)) {
                nearest = distance;
                found = area;
            }
        }
    return found;
}
