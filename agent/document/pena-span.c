/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: hashing what signatures cover, each byte of the document once
 * Copyright (C) 2026 the Pena authors */
#include "pena-span.h"

#include <pena/pena-error.h>

#include "pena-signed-parts.h"

/* Small enough that memory stays small, large enough that forgetting costs nothing. */
#define PIECE (1024 * 1024)
/* With the first byte of a piece the kernel brings back some of what comes before it: what it keeps in one piece itself, at most as
 * much as one table of pages is for. */
#define AROUND (2 * 1024 * 1024)

typedef struct {
    PenaDigest *state; /* over [0, reached) */
    guint64 reached;
} Start;

struct _PenaSpan {
    const PenaPdfBytes *bytes;
    GHashTable *starts; /* algorithm -> Start */
};

static void
start_free (Start *self)
{
    pena_digest_free (self->state);
    g_free (self);
}

PenaSpan *
pena_span_new (const PenaPdfBytes *bytes)
{
    PenaSpan *self = g_new0 (PenaSpan, 1);

    self->bytes = bytes;
    self->starts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)start_free);
    return self;
}

void
pena_span_free (PenaSpan *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->starts);
    g_free (self);
}

static void
feed (PenaSpan *self, PenaDigest *state, guint64 from, guint64 to)
{
    while (from < to) {
        gsize part = (gsize)MIN (to - from, PIECE);
        gsize before = (gsize)MIN (from, AROUND);
        pena_digest_update (state, pena_pdf_bytes_data (self->bytes) + from, part);
        pena_pdf_bytes_forget (self->bytes, (gsize)from - before, before + part);
        from += part;
    }
}

/* The kept state at `first`: gone on from where it is, or from the beginning when that lies before. */
static PenaDigest *
copy_start (PenaSpan *self, const gchar *algorithm, guint64 first, GError **error)
{
    Start *start = g_hash_table_lookup (self->starts, algorithm);

    if (start == NULL || start->reached > first) {
        PenaDigest *state = pena_digest_new (algorithm, error);
        if (state == NULL)
            return NULL;
        start = g_new0 (Start, 1);
        start->state = state;
        g_hash_table_replace (self->starts, g_strdup (algorithm), start);
    }
    feed (self, start->state, start->reached, first);
    start->reached = first;
    return pena_digest_copy (start->state);
}

static gboolean
check_range (PenaSpan *self, guint64 from, guint64 length, GError **error)
{
    guint64 size = pena_pdf_bytes_size (self->bytes);

    if (from <= size && length <= size - from)
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_DAMAGED, "range outside of the document");
    return FALSE;
}

GBytes *
pena_span_digest (PenaSpan *self, const gchar *algorithm, guint64 first, guint64 from, guint64 length,
                  GError **error)
{
    if (!check_range (self, 0, first, error) || !check_range (self, from, length, error))
        return NULL;
    g_autoptr (PenaDigest) state = copy_start (self, algorithm, first, error);
    if (state == NULL)
        return NULL;
    feed (self, state, from, from + length);
    return pena_digest_get (state);
}

gboolean
pena_span_feed (PenaSpan *self, PenaDigest *state, guint64 from, guint64 length, GError **error)
{
    if (!check_range (self, from, length, error))
        return FALSE;
    feed (self, state, from, from + length);
    return TRUE;
}

GBytes *
pena_span_digest_ranges (PenaSpan *self, const gchar *algorithm, const GArray *ranges, GError **error)
{
    g_autoptr (PenaDigest) state = pena_digest_new (algorithm, error);

    for (guint i = 0; state != NULL && i < ranges->len; i++) {
        const PenaContentRange *range = &g_array_index (ranges, PenaContentRange, i);
        if (!pena_span_feed (self, state, range->offset, range->length, error))
            return NULL;
    }
    return state != NULL ? pena_digest_get (state) : NULL;
}
