/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: data objects
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

#define TAG_DISCOVERY 0x7E
#define TAG_BIOMETRIC_GROUP 0x7F61
#define OBJECT_MAX 3072
#define ALL_OBJECTS_MAX 65536

void
piv_object_store (Piv *self, guint32 tag, gconstpointer data, gsize length)
{
    GBytes *old = g_hash_table_lookup (self->objects, GUINT_TO_POINTER (tag));

    self->objects_size += length - (old != NULL ? g_bytes_get_size (old) : 0);
    g_hash_table_replace (self->objects, GUINT_TO_POINTER (tag), g_bytes_new (data, length));
}

/* Those of SP 800-73-4 and those that vendors keep beside them (5F FF xx). */
static gboolean
is_object_tag (guint32 tag)
{
    return tag == TAG_DISCOVERY || tag == TAG_BIOMETRIC_GROUP || (tag & 0xFFFF00) == 0x5FC100 ||
           (tag & 0xFFFF00) == 0x5FFF00;
}

/* Fingerprints, face, printed information, iris, pairing code (SP 800-73-4 part 1, table 2). */
static gboolean
needs_pin (guint32 tag)
{
    return tag == 0x5FC103 || tag == 0x5FC108 || tag == 0x5FC109 || tag == 0x5FC121 || tag == 0x5FC123;
}

static gboolean
is_bare (guint32 tag)
{
    return tag == TAG_DISCOVERY || tag == TAG_BIOMETRIC_GROUP;
}

static gboolean
read_tag_list (PenaReader *reader, guint32 *ret_tag)
{
    PenaTlv list;
    guint32 tag = 0;

    if (!pena_tlv_next (reader, &list) || list.tag != 0x5C || list.length == 0 || list.length > 3)
        return FALSE;
    for (gsize i = 0; i < list.length; i++)
        tag = tag << 8 | list.value[i];
    *ret_tag = tag;
    return TRUE;
}

guint16
piv_get_data (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    PenaReader reader = pena_reader_new (command->data, command->length);
    guint32 tag;
    GBytes *object;

    if (command->p1 != 0x3F || command->p2 != 0xFF)
        return SW_WRONG_P1P2;
    if (!read_tag_list (&reader, &tag) || !pena_reader_at_end (&reader))
        return SW_WRONG_DATA;
    if (needs_pin (tag) && !self->pin_verified)
        return SW_SECURITY_STATUS;
    object = g_hash_table_lookup (self->objects, GUINT_TO_POINTER (tag));
    if (object == NULL)
        return SW_NOT_FOUND;
    pena_tlv_append (answer, is_bare (tag) ? tag : 0x53, g_bytes_get_data (object, NULL),
                     g_bytes_get_size (object));
    return SW_OK;
}

/* 5C tag, 53 data; or for discovery and biometric group the object itself. An object without data stays,
 * empty. */
static gboolean
read_object (const VtokenCommand *command, guint32 *ret_tag, PenaTlv *ret_object)
{
    PenaReader reader = pena_reader_new (command->data, command->length);

    if (command->length > 0 && command->data[0] != 0x5C) {
        if (!pena_tlv_next (&reader, ret_object) || !is_bare (ret_object->tag))
            return FALSE;
        *ret_tag = ret_object->tag;
        return pena_reader_at_end (&reader);
    }
    return read_tag_list (&reader, ret_tag) && !is_bare (*ret_tag) && pena_tlv_next (&reader, ret_object) &&
           ret_object->tag == 0x53 && pena_reader_at_end (&reader);
}

guint16
piv_put_data (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    PenaTlv object;
    guint32 tag;

    if (command->p1 != 0x3F || command->p2 != 0xFF)
        return SW_WRONG_P1P2;
    if (!self->admin_authenticated)
        return SW_SECURITY_STATUS;
    if (!read_object (command, &tag, &object) || !is_object_tag (tag))
        return SW_WRONG_DATA;
    if (object.length > OBJECT_MAX || self->objects_size + object.length > ALL_OBJECTS_MAX)
        return SW_NO_ROOM;
    piv_object_store (self, tag, object.value, object.length);
    return piv_save_change (self);
}
