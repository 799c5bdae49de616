/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pages of a verification report, filled from top to bottom
 * Copyright (C) 2026 the Pena authors */
#include "sheet.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

/* All in points. */
#define WIDTH 595.28 /* A4 */
#define HEIGHT 841.89
#define SIDE 54.0
#define TOP 54.0
#define BOTTOM 66.0
#define INNER (WIDTH - 2 * SIDE)
#define LABEL 118.0 /* of the column on the left of a row */
#define PADDING 14.0
#define SIGN 13.0 /* radius of the sign in a box */
#define ROW_GAP 3.6
/* A heading does not stand alone at the end of a page. */
#define COMPANY 96.0
/* Longer than anything that anybody reads; a row fits on a page. */
#define TEXT_MAX 2000

#define PIECE (256 * 1024)

typedef struct {
    gdouble red, green, blue;
} Colour;

static const Colour ink = {0.12, 0.14, 0.16}, grey = {0.35, 0.39, 0.43}, hair = {0.87, 0.89, 0.91};

static const struct {
    Colour strong, tint;
} palette[PENA_SHEET_N_STYLES] = {
    [PENA_SHEET_PLAIN] = {{0.12, 0.14, 0.16}, {0.96, 0.97, 0.98}},
    [PENA_SHEET_GOOD] = {{0.07, 0.45, 0.20}, {0.91, 0.97, 0.92}},
    [PENA_SHEET_BAD] = {{0.70, 0.12, 0.09}, {0.99, 0.92, 0.91}},
    [PENA_SHEET_DOUBT] = {{0.58, 0.38, 0.00}, {1.00, 0.96, 0.86}},
};

struct _PenaSheet {
    gint fd;
    GByteArray *pending; /* not written yet */
    gint saved_errno;    /* of the first write that failed, or 0 */
    cairo_surface_t *surface;
    cairo_t *cairo;
    gchar *footer, *page_word, *language;
    guint page, n_documents;
    gdouble y;
};

static void
flush (PenaSheet *self)
{
    const guint8 *data = self->pending->data;
    gsize length = self->saved_errno == 0 ? self->pending->len : 0;

    while (length > 0) {
        gssize n = write (self->fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            self->saved_errno = n < 0 ? errno : EIO;
            break;
        }
        data += n;
        length -= (gsize)n;
    }
    g_byte_array_set_size (self->pending, 0);
}

/* cairo writes a few bytes at a time. */
static cairo_status_t
write_out (void *closure, const guchar *data, guint length)
{
    PenaSheet *self = closure;

    g_byte_array_append (self->pending, data, length);
    if (self->pending->len >= PIECE)
        flush (self);
    return self->saved_errno == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* ---- text ---- */

static void
set_colour (PenaSheet *self, const Colour *colour)
{
    cairo_set_source_rgb (self->cairo, colour->red, colour->green, colour->blue);
}

/* Metrics in points, and the same whatever the screen. */
static PangoLayout *
make_layout (PenaSheet *self, const gchar *font, const gchar *text, gdouble width)
{
    PangoLayout *layout = pango_cairo_create_layout (self->cairo);
    PangoContext *context = pango_layout_get_context (layout);
    cairo_font_options_t *options = cairo_font_options_create ();
    PangoFontDescription *description = pango_font_description_from_string (font);
    g_autofree gchar *bounded = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), TEXT_MAX));

    cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options (context, options);
    cairo_font_options_destroy (options);
    pango_context_set_round_glyph_positions (context, FALSE);
    pango_cairo_context_set_resolution (context, 72);
    pango_context_set_language (context, pango_language_from_string (self->language));
    pango_layout_context_changed (layout);
    pango_layout_set_font_description (layout, description);
    pango_font_description_free (description);
    pango_layout_set_text (layout, bounded, -1);
    pango_layout_set_width (layout, (gint)(width * PANGO_SCALE));
    pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing (layout, 1.15f);
    return layout;
}

/* The beginning of a text. */
static void
make_bold (PangoLayout *layout, gsize length)
{
    PangoAttrList *attributes = pango_attr_list_new ();
    PangoAttribute *bold = pango_attr_weight_new (PANGO_WEIGHT_BOLD);

    bold->end_index = (guint)length;
    pango_attr_list_insert (attributes, bold);
    pango_layout_set_attributes (layout, attributes);
    pango_attr_list_unref (attributes);
}

static gdouble
height_of (PangoLayout *layout)
{
    gint height;

    pango_layout_get_size (layout, NULL, &height);
    return (gdouble)height / PANGO_SCALE;
}

/* tag: what it is for those who cannot see it (PDF structure). */
static void
show (PenaSheet *self, const gchar *tag, PangoLayout *layout, gdouble x, gdouble y, const Colour *colour)
{
    cairo_tag_begin (self->cairo, tag, NULL);
    set_colour (self, colour);
    cairo_move_to (self->cairo, x, y);
    pango_cairo_show_layout (self->cairo, layout);
    cairo_tag_end (self->cairo, tag);
}

/* ---- pages ---- */

static void
draw_hair (PenaSheet *self, gdouble y)
{
    set_colour (self, &hair);
    cairo_rectangle (self->cairo, SIDE, y, INNER, 0.6);
    cairo_fill (self->cairo);
}

static void
end_page (PenaSheet *self)
{
    g_autofree gchar *number = g_strdup_printf ("%s %u", self->page_word, self->page);
    g_autoptr (PangoLayout) footer = make_layout (self, "Sans 7.5", self->footer, INNER - 80);
    g_autoptr (PangoLayout) right = make_layout (self, "Sans 7.5", number, 76);

    draw_hair (self, HEIGHT - BOTTOM + 16);
    show (self, "P", footer, SIDE, HEIGHT - BOTTOM + 23, &grey);
    pango_layout_set_alignment (right, PANGO_ALIGN_RIGHT);
    show (self, "P", right, SIDE + INNER - 76, HEIGHT - BOTTOM + 23, &grey);
    cairo_show_page (self->cairo);
}

static void
turn_page (PenaSheet *self)
{
    end_page (self);
    self->page++;
    self->y = TOP;
}

/* Whatever comes next needs this much. */
static void
make_room (PenaSheet *self, gdouble height)
{
    if (self->y + height > HEIGHT - BOTTOM && self->y > TOP)
        turn_page (self);
}

static void
set_metadata (PenaSheet *self, const PenaSheetFrame *frame)
{
    const struct {
        cairo_pdf_metadata_t key;
        const gchar *value;
    } entries[] = {
        {CAIRO_PDF_METADATA_TITLE, frame->title},
        {CAIRO_PDF_METADATA_CREATOR, frame->creator},
        {CAIRO_PDF_METADATA_CREATE_DATE, frame->time},
    };
    for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
        cairo_pdf_surface_set_metadata (self->surface, entries[i].key, entries[i].value);
}

static void
draw_title (PenaSheet *self, const PenaSheetFrame *frame)
{
    g_autoptr (PangoLayout) title = make_layout (self, "Sans Bold 17", frame->title, INNER);
    g_autoptr (PangoLayout) subtitle = make_layout (self, "Sans 9", frame->subtitle, INNER);

    show (self, "H1", title, SIDE, self->y, &ink);
    self->y += height_of (title) + 3;
    show (self, "P", subtitle, SIDE, self->y, &grey);
    self->y += height_of (subtitle) + 10;
    set_colour (self, &ink);
    cairo_rectangle (self->cairo, SIDE, self->y, INNER, 1.2);
    cairo_fill (self->cairo);
    self->y += 16;
}

PenaSheet *
pena_sheet_new (gint fd, const PenaSheetFrame *frame)
{
    PenaSheet *self = g_new0 (PenaSheet, 1);

    self->fd = fd;
    self->pending = g_byte_array_new ();
    self->footer = g_strdup (frame->footer);
    self->page_word = g_strdup (frame->page);
    self->language = g_strdup (frame->language);
    self->surface = cairo_pdf_surface_create_for_stream (write_out, self, WIDTH, HEIGHT);
    cairo_pdf_surface_restrict_to_version (self->surface, CAIRO_PDF_VERSION_1_4);
    self->cairo = cairo_create (self->surface);
    self->page = 1;
    self->y = TOP;
    set_metadata (self, frame);
    draw_title (self, frame);
    return self;
}

void
pena_sheet_free (PenaSheet *self)
{
    if (self == NULL)
        return;
    cairo_destroy (self->cairo);
    cairo_surface_destroy (self->surface);
    g_byte_array_unref (self->pending);
    g_free (self->footer);
    g_free (self->page_word);
    g_free (self->language);
    g_free (self);
}

gboolean
pena_sheet_close (PenaSheet *self, GError **error)
{
    end_page (self);
    cairo_status_t drawn = cairo_status (self->cairo);
    cairo_surface_finish (self->surface);
    flush (self);
    cairo_status_t written = cairo_surface_status (self->surface);
    /* cairo forgets some failures of whoever writes for it */
    if (drawn == CAIRO_STATUS_SUCCESS && written == CAIRO_STATUS_SUCCESS && self->saved_errno == 0)
        return TRUE;
    gboolean full = self->saved_errno == ENOSPC || self->saved_errno == EDQUOT;
    const gchar *reason = self->saved_errno != 0
                              ? g_strerror (self->saved_errno)
                              : cairo_status_to_string (drawn != CAIRO_STATUS_SUCCESS ? drawn : written);
    g_set_error_literal (error, PENA_ERROR, full ? PENA_ERROR_DISK_FULL : PENA_ERROR_OUTPUT_FAILED, reason);
    return FALSE;
}

/* ---- signs: the verdict must not hang on colour alone ---- */

static void
draw_path (PenaSheet *self, gdouble x, gdouble y, gdouble r, const gdouble (*points)[2], guint n)
{
    for (guint i = 0; i < n; i++)
        (i == 0 ? cairo_move_to : cairo_line_to) (self->cairo, x + points[i][0] * r, y + points[i][1] * r);
    cairo_stroke (self->cairo);
}

static void
draw_sign (PenaSheet *self, PenaSheetStyle style, gdouble x, gdouble y, gdouble r)
{
    static const gdouble tick[][2] = {{-0.45, 0.02}, {-0.12, 0.36}, {0.48, -0.34}};
    static const gdouble slash[][2] = {{-0.36, -0.36}, {0.36, 0.36}},
                         back[][2] = {{0.36, -0.36}, {-0.36, 0.36}};
    static const gdouble stem[][2] = {{0, -0.5}, {0, 0.14}}, dot[][2] = {{0, 0.42}, {0, 0.44}};
    static const Colour white = {1, 1, 1};

    set_colour (self, &palette[style].strong);
    cairo_arc (self->cairo, x, y, r, 0, 2 * G_PI);
    cairo_fill (self->cairo);
    set_colour (self, &white);
    cairo_set_line_width (self->cairo, r * 0.2);
    cairo_set_line_cap (self->cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join (self->cairo, CAIRO_LINE_JOIN_ROUND);
    if (style == PENA_SHEET_GOOD) {
        draw_path (self, x, y, r, tick, G_N_ELEMENTS (tick));
    } else if (style == PENA_SHEET_BAD) {
        draw_path (self, x, y, r, slash, G_N_ELEMENTS (slash));
        draw_path (self, x, y, r, back, G_N_ELEMENTS (back));
    } else {
        draw_path (self, x, y, r, stem, G_N_ELEMENTS (stem));
        draw_path (self, x, y, r, dot, G_N_ELEMENTS (dot));
    }
}

static void
fill_rounded (PenaSheet *self, gdouble y, gdouble height, const Colour *colour)
{
    const gdouble r = 5, right = SIDE + INNER, bottom = y + height;

    set_colour (self, colour);
    cairo_new_sub_path (self->cairo);
    cairo_arc (self->cairo, right - r, y + r, r, -G_PI / 2, 0);
    cairo_arc (self->cairo, right - r, bottom - r, r, 0, G_PI / 2);
    cairo_arc (self->cairo, SIDE + r, bottom - r, r, G_PI / 2, G_PI);
    cairo_arc (self->cairo, SIDE + r, y + r, r, G_PI, 3 * G_PI / 2);
    cairo_close_path (self->cairo);
    cairo_fill (self->cairo);
}

/* ---- what stands on the pages ---- */

void
pena_sheet_add_document (PenaSheet *self, const gchar *name)
{
    if (self->n_documents++ > 0)
        turn_page (self);
    g_autoptr (PangoLayout) layout = make_layout (self, "Sans Bold 12.5", name, INNER);
    g_autofree gchar *place = g_strdup_printf ("page=%u pos=[%d %d]", self->page, (gint)SIDE, (gint)self->y);

    cairo_pdf_surface_add_outline (self->surface, CAIRO_PDF_OUTLINE_ROOT, name, place, 0);
    show (self, "H2", layout, SIDE, self->y, &ink);
    self->y += height_of (layout) + 9;
}

void
pena_sheet_add_box (PenaSheet *self, const PenaSheetVerdict *verdict)
{
    const gdouble x = SIDE + PADDING + 2 * SIGN + PADDING, width = SIDE + INNER - PADDING - x;
    g_autofree gchar *advice =
        verdict->advice != NULL ? g_strdup_printf ("%s: %s", verdict->label, verdict->advice) : NULL;
    g_autoptr (PangoLayout) word = make_layout (self, "Sans Bold 14", verdict->word, width);
    g_autoptr (PangoLayout) text = make_layout (self, "Sans 11", verdict->text, width);
    g_autoptr (PangoLayout) more = make_layout (self, "Sans 9.5", advice != NULL ? advice : "", width);
    if (advice != NULL)
        make_bold (more, strlen (verdict->label));
    gdouble height =
        2 * PADDING + height_of (word) + 3 + height_of (text) + (advice != NULL ? 6 + height_of (more) : 0);

    make_room (self, height);
    fill_rounded (self, self->y, height, &palette[verdict->style].tint);
    draw_sign (self, verdict->style, SIDE + PADDING + SIGN, self->y + PADDING + SIGN, SIGN);
    gdouble y = self->y + PADDING;
    show (self, "P", word, x, y, &palette[verdict->style].strong);
    y += height_of (word) + 3;
    show (self, "P", text, x, y, &ink);
    y += height_of (text) + 6;
    if (advice != NULL)
        show (self, "P", more, x, y, &ink);
    self->y += height + 12;
}

void
pena_sheet_add_line (PenaSheet *self, const PenaSheetVerdict *verdict)
{
    const gdouble r = 5.5, x = SIDE + 2 * r + 7;
    g_autofree gchar *sentence = g_strdup_printf ("%s: %s", verdict->word, verdict->text);
    g_autofree gchar *advice =
        verdict->advice != NULL ? g_strdup_printf ("%s: %s", verdict->label, verdict->advice) : NULL;
    g_autoptr (PangoLayout) text = make_layout (self, "Sans 9.5", sentence, SIDE + INNER - x);
    g_autoptr (PangoLayout) more =
        make_layout (self, "Sans 9", advice != NULL ? advice : "", SIDE + INNER - x);

    make_bold (text, strlen (verdict->word));
    if (advice != NULL)
        make_bold (more, strlen (verdict->label));
    make_room (self, height_of (text) + height_of (more) + 20);
    draw_sign (self, verdict->style, SIDE + r, self->y + r + 1, r);
    show (self, "P", text, x, self->y, &palette[verdict->style].strong);
    self->y += height_of (text) + 3;
    if (advice != NULL) {
        show (self, "P", more, x, self->y, &ink);
        self->y += height_of (more) + 3;
    }
    self->y += 3;
}

void
pena_sheet_add_heading (PenaSheet *self, const gchar *text)
{
    g_autoptr (PangoLayout) layout = make_layout (self, "Sans Bold 10.5", text, INNER);

    make_room (self, height_of (layout) + COMPANY);
    self->y += 8;
    show (self, "H3", layout, SIDE, self->y, &ink);
    self->y += height_of (layout) + 6;
}

/* What nobody reads but everybody compares. */
static gboolean
is_number (const gchar *text)
{
    gsize length = strlen (text);

    return length >= 24 && strspn (text, "0123456789abcdef") == length;
}

void
pena_sheet_add_row (PenaSheet *self, const gchar *label, const gchar *value, PenaSheetStyle style)
{
    g_autoptr (PangoLayout) left = make_layout (self, "Sans 8.5", label, LABEL - 10);
    g_autoptr (PangoLayout) right =
        make_layout (self, is_number (value) ? "Monospace 8.5" : "Sans 9", value, INNER - LABEL);
    gdouble height = MAX (height_of (left), height_of (right));

    make_room (self, height + 2 * ROW_GAP);
    draw_hair (self, self->y);
    self->y += ROW_GAP;
    show (self, "P", left, SIDE, self->y + 0.4, &grey);
    show (self, "P", right, SIDE + LABEL, self->y, &palette[style].strong);
    self->y += height + ROW_GAP;
}

void
pena_sheet_add_note (PenaSheet *self, const gchar *text)
{
    g_autoptr (PangoLayout) layout = make_layout (self, "Sans 8.5", text, INNER);

    make_room (self, height_of (layout) + 12);
    self->y += 10;
    show (self, "P", layout, SIDE, self->y, &grey);
    self->y += height_of (layout) + 2;
}
