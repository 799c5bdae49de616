/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: drawing a stamp
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-draw.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "pena-stamp-code.h"
#include "pena-stamp-fields.h"
#include "pena-stamp-image.h"
#include "pena-text.h"

/* A text that does not fit its box is set smaller, but not so small that nobody reads it. */
#define SMALLEST 0.55
#define STEP 0.95

typedef struct {
    const PenaStampTemplate *template;
    const PenaStampCanvas *canvas;
    const PenaStampFacts *facts;
    gboolean images;
    cairo_t *cairo;
} Drawing;

typedef gboolean (*DrawFunc) (const Drawing *self, const PenaStampElement *element, GError **error);

static void
set_colour (cairo_t *cairo, const PenaStampColour *colour)
{
    cairo_set_source_rgb (cairo, colour->red, colour->green, colour->blue);
}

/* Metrics in points, and the same on every screen. */
static PangoLayout *
make_layout (const Drawing *self, const PenaStampElement *element, const gchar *text)
{
    static const PangoAlignment alignments[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT};
    PangoLayout *layout = pango_cairo_create_layout (self->cairo);
    PangoContext *context = pango_layout_get_context (layout);
    cairo_font_options_t *options = cairo_font_options_create ();

    cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options (context, options);
    cairo_font_options_destroy (options);
    pango_context_set_round_glyph_positions (context, FALSE);
    pango_cairo_context_set_resolution (context, 72);
    pango_context_set_language (context,
                                pango_language_from_string (self->canvas->language == 0 ? "id" : "en"));
    pango_layout_context_changed (layout);
    pango_layout_set_text (layout, text, -1);
    pango_layout_set_alignment (layout, alignments[element->align]);
    pango_layout_set_width (layout, (gint)(element->box[2] * PANGO_SCALE));
    pango_layout_set_wrap (layout, PANGO_WRAP_WORD);
    return layout;
}

static gboolean
fits (PangoLayout *layout, const PenaStampElement *element)
{
    PangoRectangle logical;

    pango_layout_get_extents (layout, NULL, &logical);
    return logical.height <= (gint)(element->box[3] * PANGO_SCALE) &&
           logical.width <= (gint)(element->box[2] * PANGO_SCALE);
}

static void
fit (PangoLayout *layout, const PenaStampElement *element, const gchar *font)
{
    PangoFontDescription *description = pango_font_description_from_string (font);
    gdouble size = pango_font_description_get_size (description);

    for (gdouble scale = 1; scale >= SMALLEST; scale *= STEP) {
        pango_font_description_set_size (description, (gint)(size * scale));
        pango_layout_set_font_description (layout, description);
        if (fits (layout, element))
            break;
    }
    if (!fits (layout, element)) {
        pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_height (layout, (gint)(element->box[3] * PANGO_SCALE));
        pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
    pango_font_description_free (description);
}

static gboolean
draw_text (const Drawing *self, const PenaStampElement *element, GError **error)
{
    g_autofree gchar *text =
        pena_stamp_expand (self->template, element, element->text, self->facts->values, error);
    gint height;

    if (text == NULL)
        return FALSE;
    g_autoptr (PangoLayout) layout = make_layout (self, element, text);
    fit (layout, element, element->font != NULL ? element->font : self->canvas->font);
    if (pango_layout_get_unknown_glyphs_count (layout) > 0)
        return pena_stamp_invalid (error, element->line,
                                   _ ("no font has all the characters of the text in [%s]"), element->group);
    pango_layout_get_size (layout, NULL, &height);
    gdouble spare = MAX (element->box[3] - (gdouble)height / PANGO_SCALE, 0);
    set_colour (self->cairo, element->colour.given ? &element->colour : &self->canvas->colour);
    cairo_move_to (self->cairo, element->box[0], element->box[1] + spare * element->valign / 2);
    pango_cairo_show_layout (self->cairo, layout);
    return TRUE;
}

static gboolean
draw_code (const Drawing *self, const PenaStampElement *element, GError **error)
{
    g_autofree gchar *content =
        pena_stamp_expand (self->template, element, element->text, self->facts->values, error);

    if (content != NULL && *content == '\0' && element->otherwise != NULL) {
        g_free (content);
        content = pena_stamp_expand (self->template, element, element->otherwise, self->facts->values, error);
    }
    return content != NULL &&
           (*content == '\0' || pena_stamp_draw_code (self->cairo, element, content, error));
}

static gboolean
draw_image (const Drawing *self, const PenaStampElement *element, GError **error)
{
    return !self->images || pena_stamp_draw_image (self->cairo, element, error);
}

static gboolean
draw_line (const Drawing *self, const PenaStampElement *element, GError **error)
{
    set_colour (self->cairo, element->colour.given ? &element->colour : &self->canvas->colour);
    cairo_rectangle (self->cairo, element->box[0], element->box[1], element->box[2], element->box[3]);
    cairo_fill (self->cairo);
    return TRUE;
}

static const DrawFunc drawers[PENA_STAMP_N_KINDS] = {
    [PENA_STAMP_TEXT] = draw_text,   [PENA_STAMP_QR] = draw_code,   [PENA_STAMP_BARCODE] = draw_code,
    [PENA_STAMP_IMAGE] = draw_image, [PENA_STAMP_LINE] = draw_line,
};

static void
draw_ground (const Drawing *self)
{
    const PenaStampCanvas *canvas = self->canvas;

    if (canvas->background.given) {
        set_colour (self->cairo, &canvas->background);
        cairo_rectangle (self->cairo, 0, 0, canvas->size[0], canvas->size[1]);
        cairo_fill (self->cairo);
    }
    if (canvas->border > 0) {
        set_colour (self->cairo, &canvas->colour);
        cairo_set_line_width (self->cairo, canvas->border);
        cairo_rectangle (self->cairo, canvas->border / 2, canvas->border / 2,
                         canvas->size[0] - canvas->border, canvas->size[1] - canvas->border);
        cairo_stroke (self->cairo);
    }
}

static gboolean
draw_canvas (Drawing *self, GError **error)
{
    draw_ground (self);
    for (guint i = 0; i < self->canvas->elements->len; i++) {
        const PenaStampElement *element = g_ptr_array_index (self->canvas->elements, i);
        if (!drawers[element->kind](self, element, error))
            return FALSE;
    }
    cairo_show_page (self->cairo);
    return TRUE;
}

static cairo_status_t
take_bytes (void *closure, const guchar *data, guint length)
{
    g_byte_array_append (closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static gboolean
draw_all (Drawing *self, cairo_surface_t *surface, GError **error)
{
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < PENA_STAMP_N_CANVASES; i++) {
        self->canvas = &self->template->canvases[i];
        if (!self->canvas->present)
            continue;
        pena_stamp_put_time (self->facts->values, self->facts->time, self->facts->utc_offset,
                             self->canvas->language);
        cairo_pdf_surface_set_size (surface, self->canvas->size[0], self->canvas->size[1]);
        ok = draw_canvas (self, error);
    }
    return ok;
}

GBytes *
pena_stamp_draw (const PenaStampTemplate *self, const PenaStampFacts *facts, gboolean images, GError **error)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (take_bytes, bytes, 1, 1);

    /* Whole objects in a plain table: what takes them over needs no more than that. */
    cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4);
    Drawing drawing = {.template = self, .facts = facts, .images = images, .cairo = cairo_create (surface)};
    gboolean ok = draw_all (&drawing, surface, error);
    cairo_destroy (drawing.cairo);
    cairo_surface_finish (surface);
    cairo_status_t status = cairo_surface_status (surface);
    cairo_surface_destroy (surface);
    if (ok && status != CAIRO_STATUS_SUCCESS)
        ok = pena_stamp_invalid (error, 0, _ ("it cannot be drawn: %s"), cairo_status_to_string (status));
    return ok ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}
