/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: its data objects (4.4), and reading them
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include "pena-tlv.h"

#include <string.h>

#define SPECIAL_MAX 2048
#define CERTIFICATE(n) (0x7F2100 + (n))

/* What is stored as it was written. The rest is put together from it. */
static const struct {
    guint32 tag;
    gsize least, most;
    guint8 initial[12];
    gsize initial_length;
} objects[] = {
    {0x5B, 0, 39, {0}, 0},
    {0x5E, 0, 254, {0}, 0},
    {0x5F2D, 0, 8, {'i', 'd'}, 2},
    {0x5F35, 1, 1, {'9'}, 1},
    {0x5F50, 0, 254, {0}, 0},
    {0x0101, 0, SPECIAL_MAX, {0}, 0},
    {0x0102, 0, SPECIAL_MAX, {0}, 0},
    {0x0103, 0, SPECIAL_MAX, {0}, 0},
    {0x0104, 0, SPECIAL_MAX, {0}, 0},
    {0xC1, 4, 12, {0x01, 0x08, 0x00, 0x00, 0x20, 0x00}, 6},
    {0xC2, 4, 12, {0x01, 0x08, 0x00, 0x00, 0x20, 0x00}, 6},
    {0xC3, 4, 12, {0x01, 0x08, 0x00, 0x00, 0x20, 0x00}, 6},
    {0xC7, 20, 20, {0}, 20},
    {0xC8, 20, 20, {0}, 20},
    {0xC9, 20, 20, {0}, 20},
    {0xCA, 20, 20, {0}, 20},
    {0xCB, 20, 20, {0}, 20},
    {0xCC, 20, 20, {0}, 20},
    {0xCE, 4, 4, {0}, 4},
    {0xCF, 4, 4, {0}, 4},
    {0xD0, 4, 4, {0}, 4},
    {0xD6, 2, 2, {0x00, 0x20}, 2},
    {0xD7, 2, 2, {0x00, 0x20}, 2},
    {0xD8, 2, 2, {0x00, 0x20}, 2},
    {0xF9, 3, 110 + 2 * 64, {0x81, 0x01, 0x00}, 3},
    {CERTIFICATE (0), 0, OPENPGP_CERTIFICATE_MAX, {0}, 0},
    {CERTIFICATE (1), 0, OPENPGP_CERTIFICATE_MAX, {0}, 0},
    {CERTIFICATE (2), 0, OPENPGP_CERTIFICATE_MAX, {0}, 0},
};

static const guint8 historical[] = {0x00, 0x31, 0xF5, 0x73, 0xC0, 0x01, 0xE0, 0x05, 0x90, 0x00};
/* 4.4.3.7: GET CHALLENGE, key import, PW status and algorithm attributes changeable, private objects, KDF; no
 * secure messaging; sizes of challenge, certificate and special objects; no PIN block 2; MSE. */
static const guint8 capabilities[] = {0x7D, 0x00, 0x08, 0x00, 0x0C, 0x00, 0x08, 0x00, 0x00, 0x01};
/* 4.1.3.1: the longest command and answer. */
static const guint8 extended_lengths[] = {0x02, 0x02, 0x10, 0x00, 0x02, 0x02, 0x10, 0x00};

gboolean
openpgp_object_fits (guint32 tag, gsize length)
{
    for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
        if (objects[i].tag == tag)
            return length >= objects[i].least && length <= objects[i].most;
    return FALSE;
}

void
openpgp_object_store (Openpgp *self, guint32 tag, gconstpointer data, gsize length)
{
    g_hash_table_replace (self->objects, GUINT_TO_POINTER (tag), g_bytes_new (data, length));
}

GBytes *
openpgp_object (Openpgp *self, guint32 tag)
{
    return g_hash_table_lookup (self->objects, GUINT_TO_POINTER (tag));
}

void
openpgp_make_objects (Openpgp *self)
{
    static const guint8 zeros[20];

    g_hash_table_remove_all (self->objects);
    for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
        openpgp_object_store (self, objects[i].tag,
                              objects[i].initial_length == 20 ? zeros : objects[i].initial,
                              objects[i].initial_length);
}

/* 4.2.1: application, version 3.4, the maker of test cards, serial number. */
void
openpgp_aid (Openpgp *self, guint8 aid[16])
{
    const guint8 start[10] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01, 0x03, 0x04, 0xFF, 0xFF};
    guint32 serial = GUINT32_TO_BE (vtoken_get_serial (self->card));

    memset (aid, 0, 16);
    memcpy (aid, start, sizeof start);
    memcpy (aid + sizeof start, &serial, sizeof serial);
}

static void
append_value (Openpgp *self, guint32 tag, GByteArray *out)
{
    GBytes *object = openpgp_object (self, tag);

    if (g_bytes_get_size (object) > 0)
        g_byte_array_append (out, g_bytes_get_data (object, NULL), (guint)g_bytes_get_size (object));
}

static void
append_object (Openpgp *self, guint32 tag, GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();

    append_value (self, tag, value);
    pena_tlv_append (out, tag, value->data, value->len);
}

/* Three objects side by side as one: fingerprints, those of the CAs, dates. */
static void
append_three (Openpgp *self, guint32 tag, guint32 first, GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();

    for (guint i = 0; i < 3; i++)
        append_value (self, first + i, value);
    pena_tlv_append (out, tag, value->data, value->len);
}

static void
pw_status (Openpgp *self, guint8 status[7])
{
    status[0] = self->pw1_for_several ? 1 : 0;
    status[1] = status[2] = status[3] = OPENPGP_PW_MAX;
    status[4] = self->pw1.tries;
    status[5] = self->code.tries;
    status[6] = self->pw3.tries;
}

static void
key_information (Openpgp *self, guint8 information[6])
{
    for (guint i = 0; i < OPENPGP_N_KEYS; i++) {
        information[2 * i] = (guint8)(i + 1);
        information[2 * i + 1] = (guint8)self->keys[i].origin;
    }
}

static void
append_discretionary (Openpgp *self, GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();
    guint8 status[7], information[6];

    pw_status (self, status);
    key_information (self, information);
    pena_tlv_append (value, 0xC0, capabilities, sizeof capabilities);
    for (guint32 tag = 0xC1; tag <= 0xC3; tag++)
        append_object (self, tag, value);
    pena_tlv_append (value, 0xC4, status, sizeof status);
    append_three (self, 0xC5, 0xC7, value);
    append_three (self, 0xC6, 0xCA, value);
    append_three (self, 0xCD, 0xCE, value);
    pena_tlv_append (value, 0xDE, information, sizeof information);
    for (guint32 tag = 0xD6; tag <= 0xD8; tag++)
        append_object (self, tag, value);
    pena_tlv_append (out, 0x73, value->data, value->len);
}

static void
append_application_data (Openpgp *self, GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();
    guint8 aid[16];

    openpgp_aid (self, aid);
    pena_tlv_append (value, 0x4F, aid, sizeof aid);
    pena_tlv_append (value, 0x5F52, historical, sizeof historical);
    pena_tlv_append (value, 0x7F66, extended_lengths, sizeof extended_lengths);
    append_discretionary (self, value);
    pena_tlv_append (out, 0x6E, value->data, value->len);
}

static void
append_cardholder (Openpgp *self, GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();

    append_object (self, 0x5B, value);
    append_object (self, 0x5F2D, value);
    append_object (self, 0x5F35, value);
    pena_tlv_append (out, 0x65, value->data, value->len);
}

static void
append_security_support (Openpgp *self, GByteArray *out)
{
    const guint8 count[3] = {(guint8)(self->signatures >> 16), (guint8)(self->signatures >> 8),
                             (guint8)self->signatures};
    g_autoptr (GByteArray) value = g_byte_array_new ();

    pena_tlv_append (value, 0x93, count, sizeof count);
    pena_tlv_append (out, 0x7A, value->data, value->len);
}

static void
append_algorithms (GByteArray *out)
{
    g_autoptr (GByteArray) value = g_byte_array_new ();

    openpgp_describe_algorithms (value);
    pena_tlv_append (out, 0xFA, value->data, value->len);
}

/* Objects that are made when they are read. */
static gboolean
get_made (Openpgp *self, guint32 tag, GByteArray *answer)
{
    guint8 bytes[16];

    switch (tag) {
    case 0x4F:
        openpgp_aid (self, bytes);
        g_byte_array_append (answer, bytes, 16);
        return TRUE;
    case 0x5F52:
        g_byte_array_append (answer, historical, sizeof historical);
        return TRUE;
    case 0xC4:
        pw_status (self, bytes);
        g_byte_array_append (answer, bytes, 7);
        return TRUE;
    case 0x65:
        append_cardholder (self, answer);
        return TRUE;
    case 0x6E:
        append_application_data (self, answer);
        return TRUE;
    case 0x7A:
        append_security_support (self, answer);
        return TRUE;
    case 0x7F66:
        pena_tlv_append (answer, tag, extended_lengths, sizeof extended_lengths);
        return TRUE;
    case 0xFA:
        append_algorithms (answer);
        return TRUE;
    default:
        return FALSE;
    }
}

guint16
openpgp_get_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    static const guint32 readable[] = {0x5E, 0x5F50, 0x0101, 0x0102, 0x0103, 0x0104, 0xC1,   0xC2,
                                       0xC3, 0xD6,   0xD7,   0xD8,   0xF9,   0x5B,   0x5F2D, 0x5F35};
    guint32 tag = (guint32)command->p1 << 8 | command->p2;

    if ((tag == 0x0103 && !self->user_verified) || (tag == 0x0104 && !self->admin_verified))
        return SW_SECURITY_STATUS;
    if (get_made (self, tag, answer))
        return SW_OK;
    if (tag == 0x7F21) {
        append_value (self, CERTIFICATE (self->occurrence), answer);
        return SW_OK;
    }
    for (guint i = 0; i < G_N_ELEMENTS (readable); i++)
        if (readable[i] == tag) {
            append_value (self, tag, answer);
            return SW_OK;
        }
    return SW_REFERENCE_NOT_FOUND;
}

guint16
openpgp_get_next_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    if (command->p1 != 0x7F || command->p2 != 0x21 || self->occurrence + 1 >= OPENPGP_CERTIFICATES)
        return SW_REFERENCE_NOT_FOUND;
    self->occurrence++;
    append_value (self, CERTIFICATE (self->occurrence), answer);
    return SW_OK;
}

/* 7.2.5: 60 { 5C { 7F21 } }, P1 the occurrence. */
guint16
openpgp_select_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    static const guint8 wanted[] = {0x60, 0x04, 0x5C, 0x02, 0x7F, 0x21};

    if (command->p2 != 0x04)
        return SW_WRONG_P1P2;
    if (command->length != sizeof wanted || memcmp (command->data, wanted, sizeof wanted) != 0)
        return SW_WRONG_DATA;
    if (command->p1 >= OPENPGP_CERTIFICATES)
        return SW_REFERENCE_NOT_FOUND;
    self->occurrence = command->p1;
    return SW_OK;
}
