/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fingerprints of OpenPGP keys, by which GnuPG and others know the keys of a card
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/core_names.h>

#include "openpgp-private.h"

enum {
    PACKET = 0x99,
    VERSION = 0x04,
    NATIVE_POINT = 0x40, /* before a point that is not 04 X Y */
    POINT_MAX = 133,
    NUMBER_MAX = 512,
};

/* RFC 4880, 9.1; RFC 6637, 11 and 13. */
static const struct {
    PenaKeyAlgorithm algorithm;
    guint8 sign, decipher;   /* numbers of the public-key algorithms */
    guint8 kdf_hash, cipher; /* for deciphering */
    const gchar *oid;        /* with its length before it */
} curves[] = {
    {PENA_ALGORITHM_P256, 19, 18, 8, 7, "\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07"},
    {PENA_ALGORITHM_P384, 19, 18, 9, 8, "\x05\x2B\x81\x04\x00\x22"},
    {PENA_ALGORITHM_P521, 19, 18, 10, 9, "\x05\x2B\x81\x04\x00\x23"},
    {PENA_ALGORITHM_ED25519, 22, 0, 0, 0, "\x09\x2B\x06\x01\x04\x01\xDA\x47\x0F\x01"},
    {PENA_ALGORITHM_X25519, 0, 18, 8, 7, "\x0A\x2B\x06\x01\x04\x01\x97\x55\x01\x05\x01"},
};

static void
append_u8 (GByteArray *out, guint value)
{
    guint8 byte = (guint8)value;
    g_byte_array_append (out, &byte, 1);
}

static void
append_u16 (GByteArray *out, guint value)
{
    append_u8 (out, value >> 8);
    append_u8 (out, value);
}

/* A number as OpenPGP writes it: its length in bits, then itself. */
static void
append_number (GByteArray *out, const guint8 *bytes, gsize length)
{
    while (length > 0 && bytes[0] == 0) {
        bytes++;
        length--;
    }
    append_u16 (out, (guint)(length > 0 ? 8 * (length - 1) + g_bit_storage (bytes[0]) : 0));
    if (length > 0)
        g_byte_array_append (out, bytes, (guint)length);
}

static gboolean
append_parameter (GByteArray *out, EVP_PKEY *key, const gchar *name)
{
    guint8 bytes[NUMBER_MAX];
    BIGNUM *number = NULL;
    gboolean fits = EVP_PKEY_get_bn_param (key, name, &number) == 1 && BN_num_bytes (number) <= NUMBER_MAX;

    if (fits)
        append_number (out, bytes, (gsize)BN_bn2bin (number, bytes));
    BN_free (number);
    return fits;
}

static gboolean
append_rsa (GByteArray *out, EVP_PKEY *key)
{
    append_u8 (out, 1);
    return append_parameter (out, key, OSSL_PKEY_PARAM_RSA_N) &&
           append_parameter (out, key, OSSL_PKEY_PARAM_RSA_E);
}

static gboolean
append_point (GByteArray *out, EVP_PKEY *key)
{
    guint8 bytes[1 + POINT_MAX] = {NATIVE_POINT};
    gsize length = POINT_MAX;

    if (EVP_PKEY_get_base_id (key) != EVP_PKEY_EC) {
        if (EVP_PKEY_get_raw_public_key (key, bytes + 1, &length) != 1)
            return FALSE;
        append_number (out, bytes, length + 1);
        return TRUE;
    }
    if (EVP_PKEY_get_octet_string_param (key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes, &length) != 1)
        return FALSE;
    append_number (out, bytes, length);
    return TRUE;
}

static gboolean
append_curve (GByteArray *out, EVP_PKEY *key, guint row, OpenpgpPlace place)
{
    guint8 kind = place == OPENPGP_DECIPHER ? curves[row].decipher : curves[row].sign;
    const guint8 *oid = (const guint8 *)curves[row].oid;

    if (kind == 0)
        return FALSE;
    append_u8 (out, kind);
    g_byte_array_append (out, oid, oid[0] + 1U);
    if (!append_point (out, key))
        return FALSE;
    if (place != OPENPGP_DECIPHER)
        return TRUE;
    append_u8 (out, 3);
    append_u8 (out, 1);
    append_u8 (out, curves[row].kdf_hash);
    append_u8 (out, curves[row].cipher);
    return TRUE;
}

static gboolean
append_material (GByteArray *out, EVP_PKEY *key, OpenpgpPlace place)
{
    PenaKeyAlgorithm algorithm = pena_key_algorithm (key);

    if (pena_key_algorithm_is_rsa (algorithm))
        return append_rsa (out, key);
    for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
        if (curves[i].algorithm == algorithm)
            return append_curve (out, key, i, place);
    return FALSE;
}

gboolean
pena_openpgp_fingerprint (EVP_PKEY *key, OpenpgpPlace place, guint32 date, guint8 fingerprint[20])
{
    g_autoptr (GByteArray) body = g_byte_array_new ();
    g_autoptr (GByteArray) packet = g_byte_array_new ();

    append_u8 (body, VERSION);
    append_u16 (body, date >> 16);
    append_u16 (body, date & 0xFFFF);
    if (!append_material (body, key, place))
        return FALSE;
    append_u8 (packet, PACKET);
    append_u16 (packet, body->len);
    g_byte_array_append (packet, body->data, body->len);
    return EVP_Digest (packet->data, packet->len, fingerprint, NULL, EVP_sha1 (), NULL) == 1;
}
