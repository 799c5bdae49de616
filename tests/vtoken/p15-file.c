/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: its file system (ISO/IEC 7816-4, 7.1 to 7.3)
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"

#include "pena-tlv.h"

#include <string.h>

enum {
    SELECT_ID = 0x00,
    SELECT_CHILD_DF = 0x01,
    SELECT_CHILD_EF = 0x02,
    SELECT_PARENT = 0x03,
    SELECT_PATH = 0x08,
    SELECT_RELATIVE_PATH = 0x09,

    ANSWER_FCI = 0x00,
    ANSWER_FCP = 0x04,
    ANSWER_NONE = 0x0C,

    OFFSET_MAX = 0x7FFF,
};

void
p15_file_free (P15File *file)
{
    g_clear_pointer (&file->data, g_byte_array_unref);
    g_clear_pointer (&file->records, g_ptr_array_unref);
    g_free (file);
}

P15File *
p15_file_find (P15 *self, guint16 parent, guint16 id)
{
    for (guint i = 0; i < self->files->len; i++) {
        P15File *file = self->files->pdata[i];
        if (file->id == id && file->parent == parent)
            return file;
    }
    return NULL;
}

P15File *
p15_file_add (P15 *self, guint16 parent, guint16 id, P15FileKind kind)
{
    P15File *file = g_new0 (P15File, 1);

    *file = (P15File){.id = id, .parent = parent, .kind = kind};
    file->data = g_byte_array_new ();
    file->records = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add (self->files, file);
    return file;
}

static P15File *
find_df (P15 *self, guint16 id)
{
    for (guint i = 0; i < self->files->len; i++) {
        P15File *file = self->files->pdata[i];
        if (file->id == id && file->kind == P15_DF)
            return file;
    }
    return NULL;
}

P15File *
p15_file_walk (P15 *self, guint16 from, const guint8 *path, gsize length)
{
    P15File *at = find_df (self, from);

    if (length >= 2 && from == P15_MF && (path[0] << 8 | path[1]) == P15_MF) {
        path += 2;
        length -= 2;
    }
    for (; length >= 2 && at != NULL && at->kind == P15_DF; path += 2, length -= 2)
        at = p15_file_find (self, at->id, (guint16)(path[0] << 8 | path[1]));
    return length == 0 ? at : NULL;
}

/* By its two bytes alone: a child of the current DF, the DF itself, its parent, a sibling DF, or the MF. */
static P15File *
find_by_id (P15 *self, guint16 id)
{
    P15File *df = find_df (self, self->df);
    P15File *child = p15_file_find (self, self->df, id);

    if (child != NULL)
        return child;
    if (id == P15_MF || id == self->df || id == df->parent)
        return find_df (self, id);
    P15File *sibling = p15_file_find (self, df->parent, id);
    return sibling != NULL && sibling->kind == P15_DF ? sibling : NULL;
}

static P15File *
find_file (P15 *self, const VtokenCommand *command)
{
    guint16 id = command->length == 2 ? (guint16)(command->data[0] << 8 | command->data[1]) : 0;
    P15File *found = NULL;

    switch (command->p1) {
    case SELECT_ID:
        if (command->length == 0)
            return find_df (self, P15_MF);
        return command->length == 2 ? find_by_id (self, id) : NULL;
    case SELECT_CHILD_DF:
    case SELECT_CHILD_EF:
        found = command->length == 2 ? p15_file_find (self, self->df, id) : NULL;
        return found != NULL && (found->kind == P15_DF) == (command->p1 == SELECT_CHILD_DF) ? found : NULL;
    case SELECT_PARENT:
        return command->length == 0 ? find_df (self, find_df (self, self->df)->parent) : NULL;
    case SELECT_PATH:
        return p15_file_walk (self, P15_MF, command->data, command->length);
    default:
        return p15_file_walk (self, self->df, command->data, command->length);
    }
}

static void
append_u16 (GByteArray *out, guint32 tag, gsize value)
{
    const guint8 bytes[2] = {(guint8)(value >> 8), (guint8)value};
    pena_tlv_append (out, tag, bytes, sizeof bytes);
}

/* Whether something may be done: never (FF), always (00), or with a PIN (90): the expanded form of table 37
 * with a byte for each of seven operations, as some file system applets write it. */
static void
append_rules (const P15File *file, GByteArray *out)
{
    guint8 rules[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00};

    if (file->reader != 0 || file->kind == P15_INTERNAL)
        rules[7] = 0x90;
    pena_tlv_append (out, 0x86, rules, sizeof rules);
}

/* File control parameters (7816-4, 5.3.3). */
static void
describe (const P15File *file, guint8 how, GByteArray *answer)
{
    static const guint8 kinds[] = {
        [P15_DF] = 0x38, [P15_TRANSPARENT] = 0x01, [P15_RECORDS] = 0x04, [P15_INTERNAL] = 0x09};
    static const guint8 name[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};
    g_autoptr (GByteArray) inner = g_byte_array_new ();

    if (file->kind == P15_TRANSPARENT)
        append_u16 (inner, 0x80, file->data->len);
    pena_tlv_append (inner, 0x82, &kinds[file->kind], 1);
    append_u16 (inner, 0x83, file->id);
    if (file->id == P15_DF_ID)
        pena_tlv_append (inner, 0x84, name, sizeof name);
    append_rules (file, inner);
    pena_tlv_append (inner, 0x8A, "\x05", 1); /* operational, activated */
    pena_tlv_append (answer, how == ANSWER_FCP ? 0x62 : 0x6F, inner->data, inner->len);
}

guint16
p15_select (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    if ((command->p2 != ANSWER_FCI && command->p2 != ANSWER_FCP && command->p2 != ANSWER_NONE) ||
        (command->p1 > SELECT_PARENT && command->p1 != SELECT_PATH && command->p1 != SELECT_RELATIVE_PATH))
        return SW_WRONG_P1P2;
    P15File *file = find_file (self, command);
    if (file == NULL)
        return SW_NOT_FOUND;
    self->df = file->kind == P15_DF ? file->id : file->parent;
    self->ef = file->kind == P15_DF ? 0 : file->id;
    if (command->p2 != ANSWER_NONE)
        describe (file, command->p2, answer);
    return SW_OK;
}

static gboolean
may_read (P15 *self, const P15File *file)
{
    return file->reader == 0 || p15_pin_find (self, file->reader)->verified;
}

/* The current EF, or the one with the short identifier: here the last five bits of the long one. */
static P15File *
current_file (P15 *self, guint8 short_id)
{
    if (short_id == 0)
        return self->ef != 0 ? p15_file_find (self, self->df, self->ef) : NULL;
    for (guint i = 0; i < self->files->len; i++) {
        P15File *file = self->files->pdata[i];
        if (file->parent == self->df && file->kind != P15_DF && (file->id & 0x1F) == short_id)
            return file;
    }
    return NULL;
}

guint16
p15_read_binary (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    gboolean by_short_id = (command->p1 & 0x80) != 0;
    P15File *file = current_file (self, by_short_id ? command->p1 & 0x1F : 0);
    guint offset = by_short_id ? command->p2 : (guint)(command->p1 << 8 | command->p2);

    if (file == NULL)
        return by_short_id ? SW_NOT_FOUND : SW_NO_CURRENT_EF;
    if (file->kind != P15_TRANSPARENT)
        return SW_INCOMPATIBLE_FILE;
    if (!may_read (self, file))
        return SW_SECURITY_STATUS;
    self->ef = file->id;
    if (offset >= file->data->len)
        return SW_WRONG_OFFSET;
    guint length = (guint)MIN (command->le, file->data->len - offset);
    g_byte_array_append (answer, file->data->data + offset, length);
    return SW_OK;
}

guint16
p15_read_record (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    P15File *file = current_file (self, command->p2 >> 3);

    if (file == NULL)
        return SW_NO_CURRENT_EF;
    if (file->kind != P15_RECORDS)
        return SW_INCOMPATIBLE_FILE;
    if ((command->p2 & 0x07) != 0x04) /* one record, by its number */
        return SW_WRONG_P1P2;
    if (!may_read (self, file))
        return SW_SECURITY_STATUS;
    if (command->p1 == 0 || command->p1 > file->records->len)
        return SW_RECORD_NOT_FOUND;
    GBytes *record = file->records->pdata[command->p1 - 1];
    g_byte_array_append (answer, g_bytes_get_data (record, NULL), (guint)g_bytes_get_size (record));
    return SW_OK;
}
