/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: BER-TLV as cards speak it (ISO/IEC 7816-4, 5.2.2)
 * Copyright (C) 2026 the Pena authors */
#include "pena-tlv.h"

static guint32
read_tag (PenaReader *reader)
{
    guint32 tag = pena_reader_u8 (reader);

    if ((tag & 0x1F) != 0x1F)
        return tag;
    for (guint bytes = 1; bytes < 3; bytes++) {
        guint8 next = pena_reader_u8 (reader);
        tag = tag << 8 | next;
        if ((next & 0x80) == 0)
            return tag;
    }
    pena_reader_fail (reader);
    return 0;
}

static gsize
read_length (PenaReader *reader)
{
    guint8 first = pena_reader_u8 (reader);
    gsize length = 0;

    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84) {
        pena_reader_fail (reader);
        return 0;
    }
    for (guint left = first & 0x7F; left > 0; left--)
        length = length << 8 | pena_reader_u8 (reader);
    return length;
}

gboolean
pena_tlv_head (PenaReader *reader, guint32 *ret_tag, gsize *ret_length)
{
    guint32 tag = read_tag (reader);
    gsize length = read_length (reader);

    if (reader->failed)
        return FALSE;
    *ret_tag = tag;
    *ret_length = length;
    return TRUE;
}

gboolean
pena_tlv_next (PenaReader *reader, PenaTlv *ret_tlv)
{
    PenaTlv tlv;

    if (pena_reader_left (reader) == 0)
        return FALSE;
    tlv.tag = read_tag (reader);
    tlv.length = read_length (reader);
    tlv.value = pena_reader_take (reader, tlv.length);
    if (reader->failed)
        return FALSE;
    *ret_tlv = tlv;
    return TRUE;
}

gboolean
pena_tlv_find (gconstpointer data, gsize length, guint32 tag, PenaTlv *ret_tlv)
{
    PenaReader reader = pena_reader_new (data, length);
    PenaTlv tlv;

    while (pena_tlv_next (&reader, &tlv))
        if (tlv.tag == tag) {
            *ret_tlv = tlv;
            return TRUE;
        }
    return FALSE;
}

PenaReader
pena_tlv_enter (const PenaTlv *tlv)
{
    return pena_reader_new (tlv->value, tlv->length);
}

static void
append_big_endian (GByteArray *out, guint64 value, guint bytes)
{
    while (bytes-- > 0) {
        guint8 byte = (guint8)(value >> (8 * bytes));
        g_byte_array_append (out, &byte, 1);
    }
}

static guint
bytes_needed (guint64 value)
{
    guint bytes = 1;
    while (bytes < 8 && value >> (8 * bytes) != 0)
        bytes++;
    return bytes;
}

void
pena_tlv_append (GByteArray *out, guint32 tag, gconstpointer value, gsize length)
{
    append_big_endian (out, tag, bytes_needed (tag));
    if (length >= 0x80)
        append_big_endian (out, 0x80 | bytes_needed (length), 1);
    append_big_endian (out, length, bytes_needed (length));
    if (length > 0)
        g_byte_array_append (out, value, (guint)length);
}
