/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: algorithm attributes (4.4.3.9 to 4.4.3.11)
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include "pena-tlv.h"

#include <string.h>

enum {
    ATTRIBUTE_RSA = 0x01,
    ATTRIBUTE_ECDH = 0x12,
    ATTRIBUTE_ECDSA = 0x13,
    ATTRIBUTE_EDDSA = 0x16,
    IMPORT_FORMAT_MAX = 3,
    WITH_PUBLIC_KEY = 0xFF,
};

#define SIGNS (1 << OPENPGP_SIGN | 1 << OPENPGP_AUTHENTICATE)
#define DECIPHERS (1 << OPENPGP_DECIPHER)

static const struct {
    VtokenAlgorithm algorithm;
    guint uses;
    guint8 start[3]; /* RSA: with the size of the modulus */
    gsize start_length;
    guint8 rest[12]; /* RSA: size of the exponent, import format. Else: object identifier */
    gsize rest_length;
} rows[] = {
    {VTOKEN_ALGORITHM_RSA2048, SIGNS | DECIPHERS, {ATTRIBUTE_RSA, 0x08, 0x00}, 3, {0x00, 0x20, 0x00}, 3},
    {VTOKEN_ALGORITHM_RSA3072, SIGNS | DECIPHERS, {ATTRIBUTE_RSA, 0x0C, 0x00}, 3, {0x00, 0x20, 0x00}, 3},
    {VTOKEN_ALGORITHM_RSA4096, SIGNS | DECIPHERS, {ATTRIBUTE_RSA, 0x10, 0x00}, 3, {0x00, 0x20, 0x00}, 3},
    {VTOKEN_ALGORITHM_P256, SIGNS, {ATTRIBUTE_ECDSA}, 1, {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}, 8},
    {VTOKEN_ALGORITHM_P256,
     DECIPHERS,
     {ATTRIBUTE_ECDH},
     1,
     {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07},
     8},
    {VTOKEN_ALGORITHM_P384, SIGNS, {ATTRIBUTE_ECDSA}, 1, {0x2B, 0x81, 0x04, 0x00, 0x22}, 5},
    {VTOKEN_ALGORITHM_P384, DECIPHERS, {ATTRIBUTE_ECDH}, 1, {0x2B, 0x81, 0x04, 0x00, 0x22}, 5},
    {VTOKEN_ALGORITHM_ED25519,
     SIGNS,
     {ATTRIBUTE_EDDSA},
     1,
     {0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01},
     9},
    {VTOKEN_ALGORITHM_X25519,
     DECIPHERS,
     {ATTRIBUTE_ECDH},
     1,
     {0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01},
     10},
};

/* Hosts choose the size of the exponent and the import format of RSA themselves. */
static gboolean
rest_fits (guint row, const guint8 *rest, gsize length)
{
    if (rows[row].start[0] == ATTRIBUTE_RSA)
        return length == 3 && rest[0] == 0 && rest[1] >= 17 && rest[1] <= 32 && rest[2] <= IMPORT_FORMAT_MAX;
    if (length == rows[row].rest_length + 1 && rest[length - 1] == WITH_PUBLIC_KEY)
        length--;
    return length == rows[row].rest_length && memcmp (rest, rows[row].rest, length) == 0;
}

VtokenAlgorithm
openpgp_parse_attributes (OpenpgpUse use, gconstpointer data, gsize length)
{
    const guint8 *bytes = data;

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if ((rows[i].uses & 1u << use) != 0 && length > rows[i].start_length &&
            memcmp (bytes, rows[i].start, rows[i].start_length) == 0 &&
            rest_fits (i, bytes + rows[i].start_length, length - rows[i].start_length))
            return rows[i].algorithm;
    return 0;
}

VtokenAlgorithm
openpgp_algorithm (Openpgp *self, OpenpgpUse use)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (openpgp_object (self, 0xC1 + use), &length);

    return openpgp_parse_attributes (use, data, length);
}

static void
append_row (guint row, GByteArray *out)
{
    g_byte_array_append (out, rows[row].start, (guint)rows[row].start_length);
    g_byte_array_append (out, rows[row].rest, (guint)rows[row].rest_length);
}

gboolean
openpgp_write_attributes (OpenpgpUse use, VtokenAlgorithm algorithm, GByteArray *out)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].algorithm == algorithm && (rows[i].uses & 1u << use) != 0) {
            append_row (i, out);
            return TRUE;
        }
    return FALSE;
}

void
openpgp_describe_algorithms (GByteArray *out)
{
    for (guint use = 0; use < OPENPGP_N_KEYS; use++)
        for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
            g_autoptr (GByteArray) attributes = g_byte_array_new ();
            if ((rows[i].uses & 1u << use) == 0)
                continue;
            append_row (i, attributes);
            pena_tlv_append (out, 0xC1 + use, attributes->data, attributes->len);
        }
}
