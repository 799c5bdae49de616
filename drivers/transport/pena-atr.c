/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an answer to reset tells
 * Copyright (C) 2026 the Pena authors */
#include "pena-atr.h"

#include "pena-reader.h"

enum {
    COMPACT_TLV_WITH_STATUS = 0x00, /* category indicators */
    COMPACT_TLV = 0x80,
    CAPABILITIES = 0x7,         /* compact tag */
    EXTENDED_LENGTH = 0x40,     /* bit of the third capability byte */
    INTERFACE_BYTES_FOLLOW = 8, /* bit of Y: TD is there */
};

/* Skips TA TB TC TD, and what each TD announces. */
static void
skip_interface_bytes (PenaReader *reader, guint8 present)
{
    while (present != 0 && !reader->failed) {
        guint8 next = 0;
        for (guint bit = 1; bit < INTERFACE_BYTES_FOLLOW; bit <<= 1)
            if (present & bit)
                pena_reader_u8 (reader);
        if (present & INTERFACE_BYTES_FOLLOW)
            next = pena_reader_u8 (reader) >> 4;
        present = next;
    }
}

const guint8 *
pena_atr_historical (const guint8 *atr, gsize length, gsize *ret_length)
{
    PenaReader reader = pena_reader_new (atr, length);

    pena_reader_u8 (&reader);
    guint8 t0 = pena_reader_u8 (&reader);
    skip_interface_bytes (&reader, t0 >> 4);
    const guint8 *bytes = pena_reader_take (&reader, t0 & 0x0F);
    if (bytes == NULL || (t0 & 0x0F) == 0)
        return NULL;
    *ret_length = t0 & 0x0F;
    return bytes;
}

gboolean
pena_atr_says_extended (const guint8 *atr, gsize length)
{
    gsize size = 0;
    const guint8 *bytes = pena_atr_historical (atr, length, &size);

    if (bytes == NULL || (bytes[0] != COMPACT_TLV && bytes[0] != COMPACT_TLV_WITH_STATUS))
        return FALSE;
    /* The last three bytes are a status and not a data object when the category says so. */
    gsize end = bytes[0] == COMPACT_TLV ? size : MAX (size, 4) - 3;
    PenaReader reader = pena_reader_new (bytes + 1, end - 1);
    while (pena_reader_left (&reader) > 0) {
        guint8 head = pena_reader_u8 (&reader);
        const guint8 *value = pena_reader_take (&reader, head & 0x0F);
        if (value != NULL && head >> 4 == CAPABILITIES && (head & 0x0F) >= 3)
            return (value[2] & EXTENDED_LENGTH) != 0;
    }
    return FALSE;
}
