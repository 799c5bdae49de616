/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where the parts of a SignedData stand in its bytes (RFC 5652, 5.1 and 5.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-cms-map.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

typedef struct {
    gint tag, class;
    gboolean constructed;
    PenaPart whole;
    gsize inside; /* offset of the content */
} Element;

static gboolean measure (const guint8 *data, gsize offset, gsize end, guint depth, Element *ret_element);

gboolean
pena_part_at_end_of_contents (const guint8 *data, gsize offset, gsize end)
{
    return end - offset >= PENA_PART_END_OF_CONTENTS && data[offset] == 0 && data[offset + 1] == 0;
}

/* The length of an element whose length is not written: up to the mark that closes it. */
static gboolean
measure_indefinite (const guint8 *data, gsize end, guint depth, Element *element)
{
    gsize at = element->inside;
    Element child;

    while (!pena_part_at_end_of_contents (data, at, end)) {
        if (!measure (data, at, end, depth + 1, &child))
            return FALSE;
        at += child.whole.length;
    }
    element->whole.length = at + PENA_PART_END_OF_CONTENTS - element->whole.offset;
    return TRUE;
}

/* Tag and length. The whole has length 0 when its length is indefinite. */
static gboolean
read_header (const guint8 *data, gsize offset, gsize end, Element *ret_element)
{
    const guint8 *at = data + offset;
    Element element = {.whole = {offset, 0}};
    long length = 0;

    if (offset >= end || end - offset > G_MAXLONG)
        return FALSE;
    gint outcome = ASN1_get_object (&at, &length, &element.tag, &element.class, (long)(end - offset));
    if ((outcome & 0x80) != 0)
        return FALSE;
    element.inside = (gsize)(at - data);
    element.constructed = (outcome & V_ASN1_CONSTRUCTED) != 0;
    if ((outcome & 1) == 0)
        element.whole.length = element.inside + (gsize)length - offset;
    *ret_element = element;
    return TRUE;
}

static gboolean
measure (const guint8 *data, gsize offset, gsize end, guint depth, Element *ret_element)
{
    Element element;

    if (depth > PENA_PART_MAX_DEPTH || !read_header (data, offset, end, &element) ||
        (element.whole.length == 0 && !measure_indefinite (data, end, depth, &element)))
        return FALSE;
    *ret_element = element;
    return TRUE;
}

gboolean
pena_part_open (const guint8 *data, gsize offset, gsize end, PenaPartHeader *ret_header)
{
    Element element;

    if (!read_header (data, offset, end, &element))
        return FALSE;
    *ret_header = (PenaPartHeader){.inside = element.inside,
                                   .end = offset + element.whole.length,
                                   .limit = end,
                                   .indefinite = element.whole.length == 0};
    return TRUE;
}

/* ---- walking ---- */

gboolean
pena_part_measure (const guint8 *data, gsize length, PenaPart *ret_part)
{
    Element element;

    if (length == 0 || !measure (data, 0, length, 0, &element))
        return FALSE;
    *ret_part = element.whole;
    return TRUE;
}

gboolean
pena_part_next (const guint8 *data, const PenaPart *container, gsize *at, PenaPart *ret_child)
{
    gsize end = container->offset + container->length;
    Element outer, child;

    if (container->length == 0 || !read_header (data, container->offset, end, &outer) || !outer.constructed)
        return FALSE;
    if (*at == 0)
        *at = outer.inside;
    if (*at >= end || pena_part_at_end_of_contents (data, *at, end) || !measure (data, *at, end, 0, &child))
        return FALSE;
    *ret_child = child.whole;
    *at += child.whole.length;
    return TRUE;
}

PenaPart
pena_part_inside (const guint8 *data, const PenaPart *part)
{
    Element element;
    PenaPart none = {0, 0};

    if (part->length == 0 || !read_header (data, part->offset, part->offset + part->length, &element) ||
        element.whole.length != part->length)
        return none;
    return (PenaPart){element.inside, part->offset + part->length - element.inside};
}

/* The next element of a sequence when it has this tag; one that is optional stays for the next question. */
static gboolean
take (const guint8 *data, const PenaPart *container, gsize *at, gint class, gint tag, PenaPart *ret_part)
{
    gsize next = *at;
    PenaPart child;
    Element element;

    if (!pena_part_next (data, container, &next, &child) ||
        !read_header (data, child.offset, child.offset + child.length, &element) || element.class != class ||
        element.tag != tag)
        return FALSE;
    *ret_part = child;
    *at = next;
    return TRUE;
}

static gboolean
take_universal (const guint8 *data, const PenaPart *container, gsize *at, gint tag, PenaPart *ret_part)
{
    return take (data, container, at, V_ASN1_UNIVERSAL, tag, ret_part);
}

static gboolean
map_encapsulated (const guint8 *data, PenaCmsMap *map)
{
    gsize at = 0, inner = 0;
    PenaPart explicit;

    if (!take_universal (data, &map->encapsulated, &at, V_ASN1_OBJECT, &map->content_type))
        return FALSE;
    if (!take (data, &map->encapsulated, &at, V_ASN1_CONTEXT_SPECIFIC, 0, &explicit))
        return TRUE; /* detached */
    return take_universal (data, &explicit, &inner, V_ASN1_OCTET_STRING, &map->content);
}

static gboolean
map_signer_info (const guint8 *data, PenaCmsMap *map)
{
    const PenaPart *info = &map->signer_info;
    gsize at = 0;

    if (!take_universal (data, info, &at, V_ASN1_INTEGER, &map->signer_version))
        return FALSE;
    /* issuerAndSerialNumber, or [0] subjectKeyIdentifier */
    if (!take_universal (data, info, &at, V_ASN1_SEQUENCE, &map->sid) &&
        !take (data, info, &at, V_ASN1_CONTEXT_SPECIFIC, 0, &map->sid))
        return FALSE;
    if (!take_universal (data, info, &at, V_ASN1_SEQUENCE, &map->digest_algorithm))
        return FALSE;
    take (data, info, &at, V_ASN1_CONTEXT_SPECIFIC, 0, &map->signed_attributes);
    if (!take_universal (data, info, &at, V_ASN1_SEQUENCE, &map->signature_algorithm) ||
        !take_universal (data, info, &at, V_ASN1_OCTET_STRING, &map->signature))
        return FALSE;
    take (data, info, &at, V_ASN1_CONTEXT_SPECIFIC, 1, &map->unsigned_attributes);
    return TRUE;
}

static gboolean
map_signed_data (const guint8 *data, PenaCmsMap *map)
{
    const PenaPart *whole = &map->signed_data;
    gsize at = 0, first = 0;

    if (!take_universal (data, whole, &at, V_ASN1_INTEGER, &map->version) ||
        !take_universal (data, whole, &at, V_ASN1_SET, &map->digest_algorithms) ||
        !take_universal (data, whole, &at, V_ASN1_SEQUENCE, &map->encapsulated))
        return FALSE;
    take (data, whole, &at, V_ASN1_CONTEXT_SPECIFIC, 0, &map->certificates);
    take (data, whole, &at, V_ASN1_CONTEXT_SPECIFIC, 1, &map->crls);
    if (!take_universal (data, whole, &at, V_ASN1_SET, &map->signer_infos))
        return FALSE;
    if (pena_part_next (data, &map->signer_infos, &first, &map->signer_info) && !map_signer_info (data, map))
        return FALSE;
    return map_encapsulated (data, map);
}

gboolean
pena_cms_map_signer (const guint8 *data, const PenaPart *signer_info, PenaCmsMap *map)
{
    static const PenaPart none;

    map->signer_info = *signer_info;
    map->signed_attributes = map->unsigned_attributes = none;
    return map_signer_info (data, map);
}

gboolean
pena_cms_map (const guint8 *data, gsize length, PenaCmsMap *ret_map, gsize *ret_length)
{
    PenaCmsMap map = {{0, 0}};
    PenaPart type, explicit;
    Element content_info;
    gsize at = 0, inner = 0;

    gboolean sound = length > 0 && measure (data, 0, length, 0, &content_info) &&
                     take_universal (data, &content_info.whole, &at, V_ASN1_OBJECT, &type) &&
                     take (data, &content_info.whole, &at, V_ASN1_CONTEXT_SPECIFIC, 0, &explicit) &&
                     take_universal (data, &explicit, &inner, V_ASN1_SEQUENCE, &map.signed_data) &&
                     map_signed_data (data, &map);
    ERR_clear_error ();
    if (!sound)
        return FALSE;
    *ret_map = map;
    if (ret_length != NULL)
        *ret_length = content_info.whole.length;
    return TRUE;
}

GBytes *
pena_cms_map_dup_first (GBytes *padded)
{
    PenaCmsMap map;
    gsize size, taken = 0;
    const guint8 *data = g_bytes_get_data (padded, &size);

    return pena_cms_map (data, size, &map, &taken) ? g_bytes_new_from_bytes (padded, 0, taken) : NULL;
}

gboolean
pena_padding_is_empty (const guint8 *data, gsize from, gsize size)
{
    while (from < size && data[from] == 0)
        from++;
    return from == size;
}
