/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: QR codes and barcodes on stamps
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-code.h"

#include <string.h>
#include <zint.h>

#include "pena-text.h"

/* What is known of a kind of code: its number in libzint, and how many modules of white it needs around it
 * (the standards' quiet zones: ISO/IEC 18004 has 4 for QR, ISO/IEC 15417 has 10 for Code 128). */
typedef struct {
    gint number;
    gint quiet;
    gboolean flat; /* bars: as high as the box; else square modules */
} Symbology;

static const Symbology qr = {BARCODE_QRCODE, 4, FALSE};
/* In the order of pena_stamp_symbologies. */
static const Symbology symbologies[] = {
    {BARCODE_CODE128, 10, TRUE},    {BARCODE_CODE39, 10, TRUE}, {BARCODE_CODE93, 10, TRUE},
    {BARCODE_EANX, 11, TRUE},       {BARCODE_ITF14, 10, TRUE},  {BARCODE_PDF417, 2, FALSE},
    {BARCODE_DATAMATRIX, 1, FALSE}, {BARCODE_AZTEC, 0, FALSE},
};

typedef struct zint_symbol Symbol;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Symbol, ZBarcode_Delete)

static Symbol *
encode (const PenaStampElement *element, const Symbology *kind, const gchar *content, GError **error)
{
    g_autoptr (Symbol) symbol = ZBarcode_Create ();

    symbol->symbology = kind->number;
    symbol->input_mode = UNICODE_MODE;
    symbol->show_hrt = 0;
    symbol->scale = 0.5F; /* one unit a module */
    symbol->output_options |= BARCODE_NO_QUIET_ZONES;
    if (element->kind == PENA_STAMP_QR)
        symbol->option_1 = (gint)element->correction + 1;
    if (ZBarcode_Encode_and_Buffer_Vector (symbol, (guchar *)content, (gint)strlen (content), 0) <
            ZINT_ERROR &&
        symbol->vector != NULL)
        return g_steal_pointer (&symbol);
    g_autofree gchar *why = g_utf8_make_valid (symbol->errtxt, -1);
    pena_stamp_invalid (error, element->line, _ ("[%s] cannot be made of this content: %s"), element->group,
                        why);
    return NULL;
}

static void
set_colour (cairo_t *cairo, const PenaStampColour *colour)
{
    cairo_set_source_rgb (cairo, colour->red, colour->green, colour->blue);
}

/* The box is white as a whole, and the code stands in its middle with the quiet zone around it. */
static void
place (cairo_t *cairo, const PenaStampElement *element, const Symbology *kind, const Symbol *symbol)
{
    const gdouble *box = element->box;
    gdouble width = (gdouble)symbol->vector->width + 2 * kind->quiet;
    gdouble height = (gdouble)symbol->vector->height + (kind->flat ? 0 : 2 * kind->quiet);
    gdouble across = box[2] / width, down = box[3] / height;

    if (!kind->flat)
        across = down = MIN (across, down);
    cairo_set_source_rgb (cairo, 1, 1, 1);
    cairo_rectangle (cairo, box[0], box[1], box[2], box[3]);
    cairo_fill (cairo);
    cairo_translate (cairo, box[0] + (box[2] - across * width) / 2, box[1] + (box[3] - down * height) / 2);
    cairo_scale (cairo, across, down);
    cairo_translate (cairo, kind->quiet, kind->flat ? 0 : kind->quiet);
}

gboolean
pena_stamp_draw_code (cairo_t *cairo, const PenaStampElement *element, const gchar *content, GError **error)
{
    const Symbology *kind = element->kind == PENA_STAMP_QR ? &qr : &symbologies[element->symbology];
    g_autoptr (Symbol) symbol = encode (element, kind, content, error);

    if (symbol == NULL)
        return FALSE;
    cairo_save (cairo);
    place (cairo, element, kind, symbol);
    set_colour (cairo, &element->colour);
    /* One path, so that no hair lines show between modules. */
    for (const struct zint_vector_rect *one = symbol->vector->rectangles; one != NULL; one = one->next)
        cairo_rectangle (cairo, (gdouble)one->x, (gdouble)one->y, (gdouble)one->width, (gdouble)one->height);
    cairo_fill (cairo);
    cairo_restore (cairo);
    return TRUE;
}
