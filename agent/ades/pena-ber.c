/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the freedoms of BER (X.690, 8), taken back
 * Copyright (C) 2026 the Pena authors */
#include "pena-ber.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "pena-cms-map.h"
#include "pena-der.h"

#define MAX_DEPTH 64 /* certificates and time-stamps are deep inside a CMS */
#define CONSTRUCTED 0x20
#define INDEFINITE 0x80
#define END_OF_CONTENTS 2
#define MANY_TAGS 0x1F /* the number of the tag follows */

static gboolean straighten (GByteArray *out, const guint8 *data, const PenaPart *part, guint depth);

/* Reading element by element up to `at` has left nothing over that is none. */
static gboolean
read_all (const guint8 *data, const PenaPart *part, gsize at)
{
    gsize end = part->offset + part->length;

    return at == (data[part->offset + 1] == INDEFINITE ? end - END_OF_CONTENTS : end);
}

/* The octets of a string that is one of strings (X.690, 8.7.3). */
static gboolean
join (GByteArray *out, const guint8 *data, const PenaPart *string, guint depth)
{
    PenaPart piece;
    gsize at = 0;

    if (data[string->offset] == V_ASN1_OCTET_STRING) {
        PenaPart inside = pena_part_inside (data, string);
        g_byte_array_append (out, data + inside.offset, (guint)inside.length);
        return TRUE;
    }
    if (depth > MAX_DEPTH || data[string->offset] != (V_ASN1_OCTET_STRING | CONSTRUCTED))
        return FALSE;
    while (pena_part_next (data, string, &at, &piece))
        if (!join (out, data, &piece, depth + 1))
            return FALSE;
    return read_all (data, string, at);
}

static gboolean
straighten_children (GByteArray *out, const guint8 *data, const PenaPart *part, guint depth)
{
    PenaPart child;
    gsize at = 0;

    while (pena_part_next (data, part, &at, &child))
        if (!straighten (out, data, &child, depth + 1))
            return FALSE;
    return read_all (data, part, at);
}

static gboolean
straighten (GByteArray *out, const guint8 *data, const PenaPart *part, guint depth)
{
    guint8 tag = data[part->offset];
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    if (depth > MAX_DEPTH || (tag & MANY_TAGS) == MANY_TAGS)
        return FALSE;
    if (tag == (V_ASN1_OCTET_STRING | CONSTRUCTED)) {
        tag = V_ASN1_OCTET_STRING;
        if (!join (inside, data, part, depth))
            return FALSE;
    } else if ((tag & CONSTRUCTED) != 0) {
        if (!straighten_children (inside, data, part, depth))
            return FALSE;
    } else {
        PenaPart octets = pena_part_inside (data, part);
        g_byte_array_append (inside, data + octets.offset, (guint)octets.length);
    }
    pena_der_append (out, tag, inside->data, inside->len);
    return TRUE;
}

GBytes *
pena_ber_straighten (const guint8 *data, gsize length)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    PenaPart whole;
    gboolean sound = pena_part_measure (data, length, &whole) && straighten (out, data, &whole, 0);

    ERR_clear_error ();
    return sound ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}
