/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading bytes that a stranger wrote
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Reads from borrowed memory. Running past the end sets `failed`, which stays set and makes all that follows yield zero
 * or NULL: parse everything, then check once. */
typedef struct {
    const guint8 *data;
    gsize length;
    gsize offset;
    gboolean failed;
} PenaReader;

PenaReader pena_reader_new (gconstpointer data, gsize length);

gsize pena_reader_left (const PenaReader *self);
gboolean pena_reader_at_end (const PenaReader *self); /* FALSE once failed */
void pena_reader_fail (PenaReader *self);

guint8 pena_reader_u8 (PenaReader *self);
guint16 pena_reader_u16be (PenaReader *self);
guint32 pena_reader_u32be (PenaReader *self);
/* Borrowed from the reader's memory; NULL when fewer than length bytes are left. */
const guint8 *pena_reader_take (PenaReader *self, gsize length);
