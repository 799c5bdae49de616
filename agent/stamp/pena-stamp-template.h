/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a stamp looks like: the template (pena-stamp(5))
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Of a template's text, images included. */
#define PENA_STAMP_MAX_TEMPLATE (2 * 1024 * 1024)

typedef enum { PENA_STAMP_MAIN, PENA_STAMP_FOOTER, PENA_STAMP_N_CANVASES } PenaStampCanvasKind;

typedef enum {
    PENA_STAMP_TEXT,
    PENA_STAMP_QR,
    PENA_STAMP_BARCODE,
    PENA_STAMP_IMAGE,
    PENA_STAMP_LINE,
    PENA_STAMP_N_KINDS
} PenaStampKind;

typedef struct {
    gdouble red, green, blue; /* 0 to 1 */
    gboolean given;
} PenaStampColour;

/* One thing on a stamp. Lengths are points, from the upper left of the stamp. */
typedef struct {
    PenaStampKind kind;
    gchar *group; /* as in the template, to name it in errors */
    guint line;
    gdouble box[4];   /* x, y, width, height */
    gchar *text;      /* with {fields}: the text, or what a code says */
    gchar *otherwise; /* what a code says when `text` comes to nothing; or NULL */
    gchar *font;      /* NULL: the stamp's */
    PenaStampColour colour;
    guint align;      /* 0 left, 1 centre, 2 right */
    guint valign;     /* 0 top, 1 middle, 2 bottom */
    guint correction; /* QR: 0 L, 1 M, 2 Q, 3 H */
    guint symbology;  /* barcode: index into pena_stamp_symbologies */
    guint alpha;      /* image: 0 on white, 1 kept */
    GBytes *data;     /* image */
} PenaStampElement;

typedef struct {
    gboolean present;
    gdouble size[2]; /* width, height, points */
    gchar *font;
    PenaStampColour colour, background;
    gdouble border;      /* width of a frame; 0 for none */
    gint page;           /* 1 is the first, -1 the last */
    guint place;         /* index into pena_stamp_places */
    gdouble margin;      /* points from the page's edge */
    guint anchor;        /* 0: left edge at the anchor's, 1: centred on it */
    gchar *fields;       /* names of fields of the template's own, ';' between */
    guint language;      /* 0 id, 1 en */
    GPtrArray *elements; /* of PenaStampElement */
} PenaStampCanvas;

typedef struct {
    PenaStampCanvas canvases[PENA_STAMP_N_CANVASES];
    GPtrArray *fields; /* of gchar*: names of fields of the template's own */
} PenaStampTemplate;

extern const gchar *const pena_stamp_symbologies[]; /* NULL-terminated */
extern const gchar *const pena_stamp_places[];      /* likewise */

/* STAMP_INVALID with facts "reason" and "line"; pena_stamp_invalid says how. Transfer full. */
PenaStampTemplate *pena_stamp_template_parse (const gchar *text, gsize length, GError **error);
void pena_stamp_template_free (PenaStampTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaStampTemplate, pena_stamp_template_free)

/* Sets STAMP_INVALID; always FALSE. line 0: of no line in particular. */
gboolean pena_stamp_invalid (GError **error, guint line, const gchar *format, ...) G_GNUC_PRINTF (3, 4);
