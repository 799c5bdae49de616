/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing DER around bytes that stay as they are
 * Copyright (C) 2026 the Pena authors */
#include "pena-der.h"

#define MAX_LENGTH_BYTES 8

void
pena_der_append_header (GByteArray *out, guint8 tag, guint64 length)
{
    guint8 header[2 + MAX_LENGTH_BYTES] = {tag};
    gsize size = pena_der_header_length (length);

    header[1] = size > 2 ? (guint8)(0x80 | (size - 2)) : (guint8)length;
    for (gsize i = 2; i < size; i++)
        header[i] = (guint8)(length >> (8 * (size - 1 - i)));
    g_byte_array_append (out, header, (guint)size);
}

void
pena_der_append_bytes (GByteArray *out, GBytes *bytes)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (bytes, &length);

    g_byte_array_append (out, data, (guint)length);
}

void
pena_der_append (GByteArray *out, guint8 tag, gconstpointer value, gsize length)
{
    pena_der_append_header (out, tag, length);
    g_byte_array_append (out, value, (guint)length);
}

GBytes *
pena_der_wrap (guint8 tag, const GByteArray *inside)
{
    GByteArray *out = g_byte_array_sized_new (inside->len + 8);

    pena_der_append (out, tag, inside->data, inside->len);
    return g_byte_array_free_to_bytes (out);
}

gsize
pena_der_header_length (guint64 length)
{
    gsize size = 2;

    if (length < 0x80)
        return size;
    for (; length > 0; length >>= 8)
        size++;
    return size;
}
