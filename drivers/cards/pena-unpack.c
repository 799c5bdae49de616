/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that a card keeps compressed
 * Copyright (C) 2026 the Pena authors */
#include "pena-unpack.h"

#include <zlib.h>

enum { GZIP = 15 + 16, GZIP_OR_ZLIB = 15 + 32, MEMORY_LEVEL = 8 };

GBytes *
pena_pack (gconstpointer data, gsize length)
{
    z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)length};

    g_return_val_if_fail (length <= G_MAXUINT, NULL);
    if (deflateInit2 (&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return NULL;
    gsize room = deflateBound (&stream, length);
    g_autofree guint8 *out = g_malloc (room);
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    int rv = deflate (&stream, Z_FINISH);
    gsize size = room - stream.avail_out;
    deflateEnd (&stream);
    return rv == Z_STREAM_END ? g_bytes_new (out, size) : NULL;
}

GBytes *
pena_unpack (gconstpointer data, gsize length, gsize max)
{
    g_autofree guint8 *out = g_malloc (max);
    z_stream stream = {
        .next_in = (Bytef *)data, .avail_in = (uInt)length, .next_out = out, .avail_out = (uInt)max};

    g_return_val_if_fail (length <= G_MAXUINT && max <= G_MAXUINT, NULL);
    if (inflateInit2 (&stream, GZIP_OR_ZLIB) != Z_OK)
        return NULL;
    int rv = inflate (&stream, Z_FINISH);
    gsize size = max - stream.avail_out;
    inflateEnd (&stream);
    return rv == Z_STREAM_END ? g_bytes_new (out, size) : NULL;
}
