/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a worker plans, and what becomes of it
 * Copyright (C) 2026 the Pena authors */
#include "pena-plan.h"

#include <pena/pena-error.h>
#include <string.h>

#define PLAN_MAX (16 * 1024 * 1024)
#define GAP_MAX (1024 * 1024)

void
pena_plan_free (PenaPlan *self)
{
    if (self == NULL)
        return;
    g_bytes_unref (self->head);
    g_bytes_unref (self->tail);
    g_free (self);
}

static GBytes *
lookup_bytes (GVariant *dictionary, const gchar *key)
{
    g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, G_VARIANT_TYPE_BYTESTRING);

    return value != NULL ? g_variant_get_data_as_bytes (value) : g_bytes_new (NULL, 0);
}

PenaPlan *
pena_plan_new (GVariant *answer, GError **error)
{
    g_autoptr (PenaPlan) self = g_new0 (PenaPlan, 1);
    guint64 gap = 0;

    self->head = lookup_bytes (answer, "head");
    self->tail = lookup_bytes (answer, "tail");
    gsize head = g_bytes_get_size (self->head), tail = g_bytes_get_size (self->tail);
    if (!g_variant_lookup (answer, "gap-length", "t", &gap) || gap < 2 || gap > GAP_MAX || head == 0 ||
        tail == 0 || head + tail > PLAN_MAX) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the plan is not sound");
        return NULL;
    }
    self->gap_length = (gsize)gap;
    g_variant_lookup (answer, "covers", "b", &self->covers);
    return g_steal_pointer (&self);
}

static void
append (GByteArray *out, GBytes *bytes)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (bytes, &length);

    g_byte_array_append (out, data, (guint)length);
}

GBytes *
pena_plan_fill (const PenaPlan *self, GBytes *cms, GError **error)
{
    static const gchar digits[] = "0123456789abcdef";
    gsize length;
    const guint8 *der = g_bytes_get_data (cms, &length);
    g_autofree gchar *gap = g_strnfill (self->gap_length, '0');

    if (2 * length + 2 > self->gap_length) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the gap is too small");
        return NULL;
    }
    gap[0] = '<';
    for (gsize i = 0; i < length; i++) {
        gap[1 + 2 * i] = digits[der[i] >> 4];
        gap[2 + 2 * i] = digits[der[i] & 15];
    }
    gap[self->gap_length - 1] = '>';
    GByteArray *out = g_byte_array_new ();
    append (out, self->head);
    g_byte_array_append (out, (const guint8 *)gap, (guint)self->gap_length);
    append (out, self->tail);
    return g_byte_array_free_to_bytes (out);
}
