/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: drawing a stamp: a template and its fields become a small PDF
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-stamp-template.h"

/* What is known when a stamp is drawn. */
typedef struct {
    GHashTable *values; /* gchar* -> gchar*: the fields; "date" and "time" are put in by drawing */
    gint64 time;        /* seconds since 1970 UTC */
    gint utc_offset;    /* seconds east */
} PenaStampFacts;

/* A PDF with a page for each canvas that the template has, main stamp first. With `images` FALSE those are left out: a
 * rehearsal, after which no font file has to be opened any more. STAMP_INVALID. Transfer full. */
GBytes *pena_stamp_draw (const PenaStampTemplate *self, const PenaStampFacts *facts, gboolean images,
                         GError **error);
