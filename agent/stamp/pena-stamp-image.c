/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: images on stamps
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-image.h"

#include <string.h>

#include "pena-text.h"

#define MAX_SIDE 4096
#define MAX_PIXELS (4 * 1024 * 1024)

typedef struct {
    const guint8 *data;
    gsize size, at;
} Source;

static cairo_status_t
give_bytes (void *closure, guchar *data, guint length)
{
    Source *self = closure;

    if (length > self->size - self->at)
        return CAIRO_STATUS_READ_ERROR;
    memcpy (data, self->data + self->at, length);
    self->at += length;
    return CAIRO_STATUS_SUCCESS;
}

static guint
read_be16 (const guint8 *at)
{
    return (guint)at[0] << 8 | at[1];
}

static gboolean
is_png (const Source *source)
{
    static const guint8 magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    return source->size > 33 && memcmp (source->data, magic, sizeof magic) == 0;
}

/* Before anything is decoded: a file of a few bytes may say that it is an image of gigabytes. */
static gboolean
size_is_sane (guint64 width, guint64 height)
{
    return width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS;
}

static cairo_surface_t *
flatten (cairo_surface_t *image)
{
    gint width = cairo_image_surface_get_width (image), height = cairo_image_surface_get_height (image);
    cairo_surface_t *flat = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cairo = cairo_create (flat);

    cairo_set_source_rgb (cairo, 1, 1, 1);
    cairo_paint (cairo);
    cairo_set_source_surface (cairo, image, 0, 0);
    cairo_paint (cairo);
    cairo_destroy (cairo);
    cairo_surface_destroy (image);
    return flat;
}

static cairo_surface_t *
decode_png (Source *source, gboolean keep)
{
    const guint8 *header = source->data + 16; /* IHDR stands first (PNG, 5.6) */
    guint64 width = (guint64)read_be16 (header) << 16 | read_be16 (header + 2);
    guint64 height = (guint64)read_be16 (header + 4) << 16 | read_be16 (header + 6);

    if (!size_is_sane (width, height))
        return NULL;
    cairo_surface_t *image = cairo_image_surface_create_from_png_stream (give_bytes, source);
    if (cairo_surface_status (image) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy (image);
        return NULL;
    }
    return keep ? image : flatten (image);
}

/* A JPEG goes into the PDF as it is; of it only the frame's header is read (ITU T.81, B.2.2), up to the first scan. */
static gboolean
read_frame (const Source *source, guint *ret_width, guint *ret_height)
{
    gsize at = 2;

    while (at + 9 < source->size && source->data[at] == 0xff) {
        guint marker = source->data[at + 1];
        guint length = read_be16 (source->data + at + 2);
        if (marker == 0xc0 || marker == 0xc1 || marker == 0xc2) {
            guint components = source->data[at + 9];
            *ret_height = read_be16 (source->data + at + 5);
            *ret_width = read_be16 (source->data + at + 7);
            return source->data[at + 4] == 8 && (components == 1 || components == 3);
        }
        if (marker == 0xda || marker < 0xc0 || length < 2)
            return FALSE;
        at += 2 + (gsize)length;
    }
    return FALSE;
}

static cairo_surface_t *
wrap_jpeg (const Source *source)
{
    guint width = 0, height = 0;

    if (source->size < 4 || source->data[0] != 0xff || source->data[1] != 0xd8 ||
        !read_frame (source, &width, &height) || !size_is_sane (width, height))
        return NULL;
    cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (gint)width, (gint)height);
    guchar *copy = g_memdup2 (source->data, source->size);
    if (cairo_surface_set_mime_data (image, CAIRO_MIME_TYPE_JPEG, copy, source->size, g_free, copy) ==
        CAIRO_STATUS_SUCCESS)
        return image;
    g_free (copy);
    cairo_surface_destroy (image);
    return NULL;
}

gboolean
pena_stamp_draw_image (cairo_t *cairo, const PenaStampElement *element, GError **error)
{
    Source source = {0};
    const gdouble *box = element->box;

    source.data = g_bytes_get_data (element->data, &source.size);
    cairo_surface_t *image =
        is_png (&source) ? decode_png (&source, element->alpha == 1) : wrap_jpeg (&source);
    if (image == NULL)
        return pena_stamp_invalid (error, element->line,
                                   _ ("the image of [%s] is no sound PNG or JPEG (RGB or gray) of at most %d "
                                      "pixels a side and %d million in all"),
                                   element->group, MAX_SIDE, MAX_PIXELS / 1000000);
    gdouble width = cairo_image_surface_get_width (image), height = cairo_image_surface_get_height (image);
    gdouble scale = MIN (box[2] / width, box[3] / height);
    cairo_save (cairo);
    cairo_translate (cairo, box[0] + (box[2] - width * scale) / 2, box[1] + (box[3] - height * scale) / 2);
    cairo_scale (cairo, scale, scale);
    cairo_set_source_surface (cairo, image, 0, 0);
    cairo_paint (cairo);
    cairo_restore (cairo);
    cairo_surface_destroy (image);
    return TRUE;
}
