/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: room on a page that nothing else takes
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-room.h"

#include <math.h>

/* Points between two. */
#define GAP 6
/* The work grows with the cube of it. */
#define MAX_TAKEN 64
/* Of an annotation (ISO 32000-1, table 165). */
#define HIDDEN (1 << 1)
#define NO_VIEW (1 << 5)
/* Points between a stamp and what is drawn there: less than between two lines of a letter. */
#define INK_GAP 2
/* Cells along the longer side of a page. */
#define FINENESS 300
/* In points, of the longer side: a page may have any unit, and a cell must not come to nothing. */
#define SMALLEST_SIDE 1e-6

static gboolean
is_large_enough (PenaPdfRect area)
{
    return area.x1 - area.x0 >= 1 && area.y1 - area.y0 >= 1;
}

/* A note, a drawing, a stamp by others. A link lies upon what is drawn there, and what takes half of a page is its ground. */
static gboolean
is_note (PenaPdf *pdf, qpdf_oh annotation, const PenaPdfPage *page, PenaPdfRect shown)
{
    qpdf_oh kind = pena_pdf_get (pdf, annotation, "/Subtype");
    gdouble width, height;

    pena_pdf_page_get_size (page, &width, &height);
    return qpdf_oh_is_name (pdf->qpdf, kind) && !pena_pdf_name_is (pdf, kind, "/Link") &&
           !pena_pdf_name_is (pdf, kind, "/Popup") &&
           (pena_pdf_get_int (pdf, annotation, "/F", 0) & (HIDDEN | NO_VIEW)) == 0 &&
           (shown.x1 - shown.x0) * (shown.y1 - shown.y0) < width * height / 2;
}

static void
take_annotations (PenaPdf *pdf, const PenaPdfPage *page, gboolean fields, GArray *taken)
{
    qpdf_oh annotations = pena_pdf_get (pdf, page->object, "/Annots");
    gint n = pena_pdf_n_items (pdf, annotations);

    for (gint i = 0; i < n && taken->len < MAX_TAKEN; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, annotations, i);
        PenaPdfRect space;
        if (pena_pdf_is_dict (pdf, item) &&
            pena_pdf_name_is (pdf, pena_pdf_get (pdf, item, "/Subtype"), "/Widget") == fields &&
            pena_pdf_get_rect (pdf, pena_pdf_get (pdf, item, "/Rect"), &space) && is_large_enough (space)) {
            PenaPdfRect shown = pena_pdf_page_to_shown (page, space);
            if (fields || is_note (pdf, item, page, shown))
                g_array_append_val (taken, shown);
        }
        pena_pdf_release (pdf, item);
    }
}

GArray *
pena_pdf_taken_new (PenaPdf *pdf, const PenaPdfPage *page)
{
    GArray *taken = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));

    /* first what nobody may hide: the signatures among the fields */
    take_annotations (pdf, page, TRUE, taken);
    take_annotations (pdf, page, FALSE, taken);
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

/* ---- a page as cells, so that the time does not grow with what is drawn ---- */

/* One row and one column more than there are cells. */
typedef struct {
    PenaPdfRect within;
    gdouble cell;
    guint columns, rows;
    gint *values;
} Map;

static gint *
value_at (const Map *self, guint column, guint row)
{
    return &self->values[row * (self->columns + 1) + column];
}

/* In each cell the sum of those to the left and below, itself included. */
static void
add_up (Map *self)
{
    for (guint row = 0; row <= self->rows; row++)
        for (guint column = 1; column <= self->columns; column++)
            *value_at (self, column, row) += *value_at (self, column - 1, row);
    for (guint row = 1; row <= self->rows; row++)
        for (guint column = 0; column <= self->columns; column++)
            *value_at (self, column, row) += *value_at (self, column, row - 1);
}

static guint
to_cell (const Map *self, gdouble at, guint limit)
{
    return (guint)CLAMP (at / self->cell, 0, (gdouble)limit);
}

/* The cells that a rectangle touches: from the first to before the last. */
static void
cells_of (const Map *self, PenaPdfRect area, guint *ret_columns, guint *ret_rows)
{
    ret_columns[0] = to_cell (self, area.x0 - self->within.x0, self->columns);
    ret_rows[0] = to_cell (self, area.y0 - self->within.y0, self->rows);
    ret_columns[1] = to_cell (self, area.x1 - self->within.x0 + self->cell, self->columns);
    ret_rows[1] = to_cell (self, area.y1 - self->within.y0 + self->cell, self->rows);
}

/* Only the corners, from which add_up() makes how often each cell is covered. */
static void
cover (Map *self, const GArray *areas, gdouble gap)
{
    guint columns[2], rows[2];

    for (guint i = 0; i < areas->len; i++) {
        PenaPdfRect area = g_array_index (areas, PenaPdfRect, i);
        area = (PenaPdfRect){area.x0 - gap, area.y0 - gap, area.x1 + gap, area.y1 + gap};
        cells_of (self, area, columns, rows);
        for (guint k = 0; k < 4; k++)
            *value_at (self, columns[k % 2], rows[k / 2]) += k == 0 || k == 3 ? 1 : -1;
    }
}

static Map
map_new (const GArray *taken, const GArray *ink, PenaPdfRect within)
{
    gdouble width = within.x1 - within.x0, height = within.y1 - within.y0;
    Map self = {.within = within, .cell = MAX (width, height) / FINENESS};

    self.columns = (guint)ceil (width / self.cell);
    self.rows = (guint)ceil (height / self.cell);
    self.values = g_new0 (gint, (self.columns + 1) * (self.rows + 1));
    cover (&self, taken, GAP);
    cover (&self, ink, INK_GAP);
    add_up (&self);
    /* moved on by one, so that a sum is that of the cells before it */
    for (guint row = self.rows; row > 0; row--)
        for (guint column = self.columns; column > 0; column--)
            *value_at (&self, column, row) = *value_at (&self, column - 1, row - 1) > 0;
    for (guint row = 0; row <= self.rows; row++)
        *value_at (&self, 0, row) = 0;
    for (guint column = 0; column <= self.columns; column++)
        *value_at (&self, column, 0) = 0;
    add_up (&self);
    return self;
}

static gboolean
is_blank (const Map *self, PenaPdfRect area)
{
    guint columns[2], rows[2];

    cells_of (self, area, columns, rows);
    return *value_at (self, columns[1], rows[1]) - *value_at (self, columns[0], rows[1]) -
               *value_at (self, columns[1], rows[0]) + *value_at (self, columns[0], rows[0]) ==
           0;
}

static gboolean
find_in_row (const Map *self, PenaPdfRect wanted, gdouble y, PenaPdfRect *ret_place)
{
    gdouble width = wanted.x1 - wanted.x0, right = self->within.x1 - width;
    const gdouble starts[] = {wanted.x0, right, self->within.x0, (self->within.x0 + right) / 2};

    for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
        PenaPdfRect area = {starts[i], y, starts[i] + width, y + wanted.y1 - wanted.y0};
        if (((i == 0 && y == wanted.y0) || contains (self->within, area)) && is_blank (self, area)) {
            *ret_place = area;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
pena_pdf_find_blank (const GArray *taken, const GArray *ink, PenaPdfRect wanted, PenaPdfRect within,
                     PenaPdfRect *ret_place)
{
    gdouble width = within.x1 - within.x0, height = within.y1 - within.y0;

    if (!(width > 0) || !(height > 0) || !(MAX (width, height) > SMALLEST_SIDE) || !isfinite (width + height))
        return FALSE;
    Map map = map_new (taken, ink, within);
    gboolean found = find_in_row (&map, wanted, wanted.y0, ret_place);

    for (guint i = 1; i <= map.rows && !found; i++)
        found = find_in_row (&map, wanted, wanted.y0 + i * map.cell, ret_place) ||
                find_in_row (&map, wanted, wanted.y0 - i * map.cell, ret_place);
    g_free (map.values);
    return found;
}
