/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: writing data objects, importing keys (7.2.8)
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include "pena-tlv.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    UIF_PERMANENT = 0x02,
    UIF_MAX = 0x04,
    KDF_NONE = 0x00,
    KDF_ITERATED = 0x03,
};

static guint16
store (Openpgp *self, guint32 tag, const VtokenCommand *command)
{
    if (!openpgp_object_fits (tag, command->length))
        return SW_WRONG_LENGTH;
    openpgp_object_store (self, tag, command->data, command->length);
    return openpgp_save_change (self);
}

/* Other attributes than before: the key that had them is gone, and what was said about it. */
static guint16
put_attributes (Openpgp *self, OpenpgpUse use, const VtokenCommand *command)
{
    static const guint8 zeros[20];
    VtokenAlgorithm algorithm = openpgp_parse_attributes (use, command->data, command->length);

    if (algorithm == 0)
        return SW_WRONG_DATA;
    if (algorithm != openpgp_algorithm (self, use)) {
        openpgp_drop_key (self, use);
        openpgp_object_store (self, 0xC7 + use, zeros, 20);
        openpgp_object_store (self, 0xCE + use, zeros, 4);
    }
    return store (self, 0xC1 + use, command);
}

static guint16
put_pw_status (Openpgp *self, const VtokenCommand *command)
{
    if (command->length < 1 || command->data[0] > 1)
        return SW_WRONG_DATA;
    self->pw1_for_several = command->data[0] == 1;
    return openpgp_save_change (self);
}

/* An empty one takes the code away. */
static guint16
put_code (Openpgp *self, const VtokenCommand *command)
{
    if (command->length != 0 && (command->length < OPENPGP_PW3_MIN || command->length > OPENPGP_PW_MAX))
        return SW_WRONG_LENGTH;
    openpgp_reference_set (&self->code, command->data, command->length,
                           command->length > 0 ? OPENPGP_TRIES : 0);
    return openpgp_save_change (self);
}

static guint16
put_touch (Openpgp *self, guint32 tag, const VtokenCommand *command)
{
    const guint8 *now = g_bytes_get_data (openpgp_object (self, tag), NULL);

    if (command->length != 2 || command->data[0] > UIF_MAX)
        return SW_WRONG_DATA;
    return now[0] == UIF_PERMANENT ? SW_CONDITIONS : store (self, tag, command);
}

/* 4.3.2: from now on the hashes that come with it are the passwords; without a derivation the first ones. */
static guint16
put_kdf (Openpgp *self, const VtokenCommand *command)
{
    PenaTlv algorithm, pw1, pw3;

    if (!pena_tlv_find (command->data, command->length, 0x81, &algorithm) || algorithm.length != 1)
        return SW_WRONG_DATA;
    if (algorithm.value[0] == KDF_NONE) {
        openpgp_reference_set (&self->pw1, VTOKEN_PIN, strlen (VTOKEN_PIN), OPENPGP_TRIES);
        openpgp_reference_set (&self->pw3, VTOKEN_PUK, strlen (VTOKEN_PUK), OPENPGP_TRIES);
    } else if (algorithm.value[0] == KDF_ITERATED &&
               pena_tlv_find (command->data, command->length, 0x87, &pw1) && pw1.length <= 64 &&
               pena_tlv_find (command->data, command->length, 0x88, &pw3) && pw3.length <= 64) {
        openpgp_reference_set (&self->pw1, pw1.value, pw1.length, OPENPGP_TRIES);
        openpgp_reference_set (&self->pw3, pw3.value, pw3.length, OPENPGP_TRIES);
    } else {
        return SW_WRONG_DATA;
    }
    openpgp_reference_set (&self->code, NULL, 0, 0);
    self->sign_verified = self->user_verified = FALSE;
    return store (self, 0xF9, command);
}

guint16
openpgp_put_data (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    guint32 tag = (guint32)command->p1 << 8 | command->p2;
    gboolean by_user = tag == 0x0101 || tag == 0x0103;

    if (by_user ? !self->user_verified : !self->admin_verified)
        return SW_SECURITY_STATUS;
    if (tag >= 0xC1 && tag <= 0xC3)
        return put_attributes (self, tag - 0xC1, command);
    if (tag >= 0xD6 && tag <= 0xD8)
        return put_touch (self, tag, command);
    if (tag == 0x7F21)
        return store (self, 0x7F2100 + self->occurrence, command);
    if (tag == 0xC4)
        return put_pw_status (self, command);
    if (tag == 0xD3)
        return put_code (self, command);
    if (tag == 0xF9)
        return put_kdf (self, command);
    return openpgp_object (self, tag) != NULL ? store (self, tag, command) : SW_REFERENCE_NOT_FOUND;
}

/* --- key import --- */

enum {
    PART_EXPONENT = 0x91, /* of RSA; else 92 is the private key */
    PART_P = 0x92,
    PART_Q = 0x93,
    PART_LAST = 0x99,
};

typedef struct {
    const guint8 *data[PART_LAST + 1];
    gsize length[PART_LAST + 1];
} Parts;

static gsize
read_length (PenaReader *reader)
{
    guint8 first = pena_reader_u8 (reader);

    if (first < 0x80)
        return first;
    if (first == 0x81)
        return pena_reader_u8 (reader);
    if (first == 0x82)
        return pena_reader_u16be (reader);
    pena_reader_fail (reader);
    return 0;
}

/* 7F48 says how long each part is; 5F48 has them one after the other (4.4.3.12). */
static gboolean
split (const PenaTlv *lengths, const PenaTlv *values, Parts *parts)
{
    PenaReader list = pena_tlv_enter (lengths);
    PenaReader from = pena_tlv_enter (values);

    while (pena_reader_left (&list) > 0) {
        guint8 tag = pena_reader_u8 (&list);
        gsize length = read_length (&list);
        const guint8 *data = pena_reader_take (&from, length);
        if (list.failed || from.failed || tag < PART_EXPONENT || tag > PART_LAST)
            return FALSE;
        parts->data[tag] = data;
        parts->length[tag] = length;
    }
    return pena_reader_at_end (&from);
}

static GBytes *
part (const Parts *parts, guint8 tag)
{
    return g_bytes_new (parts->data[tag], parts->length[tag]);
}

/* Of the size of the curve, whatever leading zeros the host left out. X25519 comes the other way round, as
 * OpenPGP writes numbers. */
static GBytes *
scalar_of (const Parts *parts, VtokenAlgorithm algorithm)
{
    gsize size = vtoken_algorithm_size (algorithm);
    guint8 *scalar = g_malloc0 (size);

    if (parts->length[PART_P] <= size)
        memcpy (scalar + size - parts->length[PART_P], parts->data[PART_P], parts->length[PART_P]);
    for (gsize i = 0; algorithm == VTOKEN_ALGORITHM_X25519 && i < size / 2; i++) {
        guint8 byte = scalar[i];
        scalar[i] = scalar[size - 1 - i];
        scalar[size - 1 - i] = byte;
    }
    return g_bytes_new_take (scalar, size);
}

static EVP_PKEY *
build (VtokenAlgorithm algorithm, const Parts *parts)
{
    if (parts->data[PART_P] == NULL)
        return NULL;
    if (!vtoken_algorithm_is_rsa (algorithm)) {
        g_autoptr (GBytes) scalar = scalar_of (parts, algorithm);
        return parts->length[PART_P] <= vtoken_algorithm_size (algorithm)
                   ? vtoken_key_from_scalar (algorithm, scalar)
                   : NULL;
    }
    if (parts->data[PART_EXPONENT] == NULL || parts->data[PART_Q] == NULL)
        return NULL;
    g_autoptr (GBytes) e = part (parts, PART_EXPONENT);
    g_autoptr (GBytes) p = part (parts, PART_P);
    g_autoptr (GBytes) q = part (parts, PART_Q);
    return vtoken_key_from_primes (algorithm, e, p, q);
}

guint16
openpgp_import_key (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    PenaTlv outer, lengths, values;
    Parts parts = {0};
    OpenpgpUse use;
    EVP_PKEY *key;

    if (command->p1 != 0x3F || command->p2 != 0xFF)
        return SW_WRONG_P1P2;
    if (!self->admin_verified)
        return SW_SECURITY_STATUS;
    if (!pena_tlv_find (command->data, command->length, 0x4D, &outer) ||
        !openpgp_use_of_template (outer.value, outer.length, &use) ||
        !pena_tlv_find (outer.value, outer.length, 0x7F48, &lengths) ||
        !pena_tlv_find (outer.value, outer.length, 0x5F48, &values) || !split (&lengths, &values, &parts))
        return SW_WRONG_DATA;
    key = build (openpgp_algorithm (self, use), &parts);
    if (key == NULL)
        return SW_WRONG_DATA;
    openpgp_drop_key (self, use);
    self->keys[use] = (OpenpgpKey){key, OPENPGP_ORIGIN_IMPORTED};
    if (use == OPENPGP_SIGN)
        self->signatures = 0;
    return openpgp_save_change (self);
}
