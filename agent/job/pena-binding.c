/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a worker hands out is held against what the broker knows
 * Copyright (C) 2026 the Pena authors */
#include "pena-binding.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-tlv.h"

#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31

static const guint8 oid_content_type[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03};
static const guint8 oid_message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};
static const guint8 oid_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};

static gboolean
refuse (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the worker's answer does not fit: %s", what);
    return FALSE;
}

static gboolean
tlv_is (const PenaTlv *tlv, guint32 tag, gconstpointer value, gsize length)
{
    return tlv->tag == tag && tlv->length == length && memcmp (tlv->value, value, length) == 0;
}

/* SEQUENCE { OID, SET { value } } with nothing after either. */
static gboolean
read_attribute (const PenaTlv *attribute, PenaTlv *ret_oid, PenaTlv *ret_value)
{
    PenaTlv set;
    PenaReader inside = pena_tlv_enter (attribute);

    if (attribute->tag != TAG_SEQUENCE || !pena_tlv_next (&inside, ret_oid) || ret_oid->tag != TAG_OID ||
        !pena_tlv_next (&inside, &set) || set.tag != TAG_SET || !pena_reader_at_end (&inside))
        return FALSE;
    PenaReader values = pena_tlv_enter (&set);
    return pena_tlv_next (&values, ret_value) && pena_reader_at_end (&values);
}

gboolean
pena_binding_check_attributes (GBytes *to_be_signed, GBytes *digest, GError **error)
{
    gsize length, digest_length;
    gconstpointer data = g_bytes_get_data (to_be_signed, &length);
    gconstpointer expected = g_bytes_get_data (digest, &digest_length);
    guint digests = 0, types = 0;
    PenaReader outside = pena_reader_new (data, length);
    PenaTlv set, attribute, oid, value;

    if (!pena_tlv_next (&outside, &set) || set.tag != TAG_SET || !pena_reader_at_end (&outside))
        return refuse (error, "not a set of attributes");
    PenaReader inside = pena_tlv_enter (&set);
    while (pena_tlv_next (&inside, &attribute)) {
        if (!read_attribute (&attribute, &oid, &value))
            return refuse (error, "malformed attribute");
        if (tlv_is (&oid, TAG_OID, oid_message_digest, sizeof oid_message_digest)) {
            if (!tlv_is (&value, TAG_OCTETS, expected, digest_length))
                return refuse (error, "another message digest");
            digests++;
        } else if (tlv_is (&oid, TAG_OID, oid_content_type, sizeof oid_content_type)) {
            if (!tlv_is (&value, TAG_OID, oid_data, sizeof oid_data))
                return refuse (error, "another content type");
            types++;
        }
    }
    if (inside.failed || digests != 1 || types != 1)
        return refuse (error, "attributes missing or doubled");
    return TRUE;
}

gboolean
pena_binding_check_update (GBytes *update, GBytes *head, gsize gap_length, GBytes *tail, GError **error)
{
    gsize length, head_length, tail_length;
    const gchar *data = g_bytes_get_data (update, &length);
    gconstpointer before = g_bytes_get_data (head, &head_length);
    gconstpointer after = g_bytes_get_data (tail, &tail_length);

    if (gap_length < 2 || length != head_length + gap_length + tail_length)
        return refuse (error, "size of the update");
    const gchar *gap = data + head_length;
    if (memcmp (data, before, head_length) != 0 || memcmp (gap + gap_length, after, tail_length) != 0)
        return refuse (error, "update differs from the one announced");
    if (gap[0] != '<' || gap[gap_length - 1] != '>')
        return refuse (error, "gap without brackets");
    for (gsize i = 1; i < gap_length - 1; i++)
        if (!g_ascii_isxdigit (gap[i]))
            return refuse (error, "gap holds more than digits");
    return TRUE;
}
