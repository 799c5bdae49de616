/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading bytes that a stranger wrote
 * Copyright (C) 2026 the Pena authors */
#include "pena-reader.h"

PenaReader
pena_reader_new (gconstpointer data, gsize length)
{
    return (PenaReader){.data = data, .length = length};
}

gsize
pena_reader_left (const PenaReader *self)
{
    return self->failed ? 0 : self->length - self->offset;
}

gboolean
pena_reader_at_end (const PenaReader *self)
{
    return !self->failed && self->offset == self->length;
}

void
pena_reader_fail (PenaReader *self)
{
    self->failed = TRUE;
}

const guint8 *
pena_reader_take (PenaReader *self, gsize length)
{
    if (self->failed || length > self->length - self->offset) {
        self->failed = TRUE;
        return NULL;
    }
    const guint8 *at = self->data + self->offset;
    self->offset += length;
    return at;
}

guint8
pena_reader_u8 (PenaReader *self)
{
    const guint8 *at = pena_reader_take (self, 1);
    return at != NULL ? at[0] : 0;
}

guint16
pena_reader_u16be (PenaReader *self)
{
    const guint8 *at = pena_reader_take (self, 2);
    return at != NULL ? (guint16)(at[0] << 8 | at[1]) : 0;
}

guint32
pena_reader_u32be (PenaReader *self)
{
    const guint8 *at = pena_reader_take (self, 4);
    return at != NULL ? (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3] : 0;
}
