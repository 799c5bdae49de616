/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the freedoms of BER (X.690, 8), taken back
 * Copyright (C) 2026 the Pena authors */
#include "pena-ber.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "pena-cms-map.h"
#include "pena-der.h"

#define CONSTRUCTED 0x20
#define MANY_TAGS 0x1F /* the number of the tag follows */

/* Each goes on at *at, in what ends at `end`, and leaves *at behind the element. Every octet is read once, however deep it is. */
static gboolean straighten (GByteArray *out, const guint8 *data, gsize *at, gsize end, guint depth);
typedef gboolean (*Take) (GByteArray *out, const guint8 *data, gsize *at, gsize end, guint depth);

static gboolean
take_children (GByteArray *out, const guint8 *data, const PenaPartHeader *header, gsize *at, guint depth,
               Take take)
{
    gsize end = header->indefinite ? header->limit : header->end;

    *at = header->inside;
    while (header->indefinite ? !pena_part_at_end_of_contents (data, *at, end) : *at < end)
        if (!take (out, data, at, end, depth + 1))
            return FALSE;
    if (header->indefinite)
        *at += PENA_PART_END_OF_CONTENTS;
    return TRUE;
}

/* The octets of a string that may be one of strings (X.690, 8.7.3). */
static gboolean
join (GByteArray *out, const guint8 *data, gsize *at, gsize end, guint depth)
{
    PenaPartHeader header;

    if (depth > PENA_PART_MAX_DEPTH || !pena_part_open (data, *at, end, &header))
        return FALSE;
    if (data[*at] == (V_ASN1_OCTET_STRING | CONSTRUCTED))
        return take_children (out, data, &header, at, depth, join);
    if (data[*at] != V_ASN1_OCTET_STRING)
        return FALSE;
    g_byte_array_append (out, data + header.inside, (guint)(header.end - header.inside));
    *at = header.end;
    return TRUE;
}

static gboolean
straighten (GByteArray *out, const guint8 *data, gsize *at, gsize end, guint depth)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    PenaPartHeader header;

    if (depth > PENA_PART_MAX_DEPTH || !pena_part_open (data, *at, end, &header))
        return FALSE;
    guint8 tag = data[*at];
    if (tag == 0 || (tag & MANY_TAGS) == MANY_TAGS)
        return FALSE;
    if (tag == (V_ASN1_OCTET_STRING | CONSTRUCTED)) {
        tag = V_ASN1_OCTET_STRING;
        if (!join (inside, data, at, end, depth))
            return FALSE;
    } else if ((tag & CONSTRUCTED) != 0) {
        if (!take_children (inside, data, &header, at, depth, straighten))
            return FALSE;
    } else {
        g_byte_array_append (inside, data + header.inside, (guint)(header.end - header.inside));
        *at = header.end;
    }
    pena_der_append (out, tag, inside->data, inside->len);
    return TRUE;
}

GBytes *
pena_ber_straighten (const guint8 *data, gsize length)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    gsize at = 0;
    gboolean sound = straighten (out, data, &at, length, 0);

    ERR_clear_error ();
    return sound ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}
