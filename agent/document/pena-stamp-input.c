/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a stamp as the broker hands it to the worker
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-input.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-stamp-job.h"

#define MAX_LENGTH 4000 /* points */
#define N_PLACES 9

void
pena_stamp_input_clear (PenaStampInput *self)
{
    g_clear_pointer (&self->stamp.pdf, g_bytes_unref);
    g_clear_pointer (&self->options, g_variant_unref);
}

static gboolean
is_sane (const PenaPdfCanvas *canvas)
{
    return canvas->width >= 1 && canvas->width <= MAX_LENGTH && canvas->height >= 1 &&
           canvas->height <= MAX_LENGTH && canvas->margin >= 0 && canvas->margin <= MAX_LENGTH &&
           canvas->page >= -1 && canvas->page != 0 && canvas->place < N_PLACES;
}

/* The main stamp first, then a footer; at most one of each. */
static gboolean
read_canvases (PenaStampInput *self, GVariant *list)
{
    gsize n = list != NULL ? g_variant_n_children (list) : 0;

    if (n == 0 || n > PENA_STAMP_INPUT_CANVASES)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        PenaPdfCanvas *canvas = &self->canvases[i];
        g_variant_get_child (list, i, PENA_STAMP_CANVAS, &canvas->footer, &canvas->width, &canvas->height,
                             &canvas->page, &canvas->place, &canvas->margin, &canvas->anchor);
        if (!is_sane (canvas))
            return FALSE;
    }
    self->stamp.canvases = self->canvases;
    self->stamp.n_canvases = n;
    return n == 1 || (!self->canvases[0].footer && self->canvases[1].footer);
}

static gboolean
read_rect (PenaStampInput *self, GVariant *list)
{
    gsize n = 0;
    const gdouble *numbers = list != NULL ? g_variant_get_fixed_array (list, &n, sizeof (gdouble)) : NULL;

    if (n != 0 && n != 2 && n != 4)
        return FALSE;
    if (n > 0)
        memcpy (self->stamp.rect, numbers, n * sizeof (gdouble));
    self->stamp.n_rect = (guint)n;
    return TRUE;
}

gboolean
pena_stamp_input_read (PenaStampInput *self, GVariant *options, const PenaPdfStamp **ret_stamp,
                       GError **error)
{
    g_autoptr (GVariant) pdf = g_variant_lookup_value (options, "stamp", G_VARIANT_TYPE_BYTESTRING);
    g_autoptr (GVariant) canvases = g_variant_lookup_value (options, "canvases", PENA_STAMP_CANVASES_TYPE);
    g_autoptr (GVariant) rect = g_variant_lookup_value (options, "rect", G_VARIANT_TYPE ("ad"));
    gint32 page = 0;

    *ret_stamp = NULL;
    if (pdf == NULL)
        return TRUE;
    self->options = g_variant_ref (options);
    self->stamp.pdf = g_variant_get_data_as_bytes (pdf);
    if (!read_canvases (self, canvases) || !read_rect (self, rect)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the drawn stamp is not sound");
        return FALSE;
    }
    g_variant_lookup (options, "page", "i", &page);
    g_variant_lookup (options, "anchor", "&s", &self->stamp.anchor);
    self->stamp.page = page;
    *ret_stamp = &self->stamp;
    return TRUE;
}
