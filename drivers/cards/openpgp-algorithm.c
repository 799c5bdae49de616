/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: algorithms of OpenPGP cards (4.4.3.9 to 4.4.3.11), and public keys as they write them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "openpgp-private.h"
#include "pena-tlv.h"

enum {
    ATTRIBUTE_RSA = 0x01,
    ATTRIBUTE_ECDH = 0x12,
    ATTRIBUTE_ECDSA = 0x13,
    ATTRIBUTE_EDDSA = 0x16,
    IMPORT_FORMAT_STANDARD = 0x00,

    TAG_MODULUS = 0x81,
    TAG_EXPONENT = 0x82,
    TAG_POINT = 0x86,
};

/* Curves by their object identifiers. */
static const struct {
    PenaKeyAlgorithm algorithm;
    guint8 sign, decipher; /* 0: not for that */
    guint8 oid[10];
    gsize oid_length;
} curves[] = {
    {PENA_ALGORITHM_P256,
     ATTRIBUTE_ECDSA,
     ATTRIBUTE_ECDH,
     {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07},
     8},
    {PENA_ALGORITHM_P384, ATTRIBUTE_ECDSA, ATTRIBUTE_ECDH, {0x2B, 0x81, 0x04, 0x00, 0x22}, 5},
    {PENA_ALGORITHM_P521, ATTRIBUTE_ECDSA, ATTRIBUTE_ECDH, {0x2B, 0x81, 0x04, 0x00, 0x23}, 5},
    {PENA_ALGORITHM_ED25519, ATTRIBUTE_EDDSA, 0, {0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01}, 9},
    {PENA_ALGORITHM_X25519,
     0,
     ATTRIBUTE_ECDH,
     {0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01},
     10},
};

static guint8
curve_kind (guint row, OpenpgpPlace place)
{
    return place == OPENPGP_DECIPHER ? curves[row].decipher : curves[row].sign;
}

static PenaKeyAlgorithm
rsa_of_bits (guint bits)
{
    for (guint i = PENA_ALGORITHM_RSA1024; i <= PENA_ALGORITHM_RSA4096; i++)
        if (pena_key_algorithm_bits (i) == bits)
            return i;
    return bits >= 1024 && bits <= 4096 ? PENA_ALGORITHM_RSA_OTHER : PENA_ALGORITHM_UNKNOWN;
}

PenaKeyAlgorithm
pena_openpgp_parse_attributes (OpenpgpPlace place, const guint8 *bytes, gsize length)
{
    if (length >= 3 && bytes[0] == ATTRIBUTE_RSA)
        return rsa_of_bits ((guint)bytes[1] << 8 | bytes[2]);
    for (guint i = 0; i < G_N_ELEMENTS (curves); i++) {
        gsize end = 1 + curves[i].oid_length;
        if (length >= end && length <= end + 1 && curve_kind (i, place) != 0 &&
            bytes[0] == curve_kind (i, place) && memcmp (bytes + 1, curves[i].oid, curves[i].oid_length) == 0)
            return curves[i].algorithm;
    }
    return PENA_ALGORITHM_UNKNOWN;
}

/* The first of the card's list for this place. */
static gboolean
find_listed (const OpenpgpData *data, OpenpgpPlace place, PenaKeyAlgorithm algorithm,
             OpenpgpAttributes *ret_attributes)
{
    PenaReader reader =
        pena_reader_new (g_bytes_get_data (data->algorithms, NULL), g_bytes_get_size (data->algorithms));
    PenaTlv tlv;

    while (pena_tlv_next (&reader, &tlv))
        if (tlv.tag == OPENPGP_DO_ATTRIBUTES + (guint32)place && tlv.length <= OPENPGP_ATTRIBUTES_MAX &&
            pena_openpgp_parse_attributes (place, tlv.value, tlv.length) == algorithm) {
            memcpy (ret_attributes->bytes, tlv.value, tlv.length);
            ret_attributes->length = tlv.length;
            return TRUE;
        }
    return FALSE;
}

static gboolean
usual_attributes (OpenpgpPlace place, PenaKeyAlgorithm algorithm, OpenpgpAttributes *ret_attributes)
{
    guint bits = pena_key_algorithm_bits (algorithm);
    const guint8 rsa[] = {ATTRIBUTE_RSA, (guint8)(bits >> 8),   (guint8)bits, 0x00,
                          0x20,          IMPORT_FORMAT_STANDARD};

    if (pena_key_algorithm_is_rsa (algorithm)) {
        memcpy (ret_attributes->bytes, rsa, sizeof rsa);
        ret_attributes->length = sizeof rsa;
        return bits >= 2048;
    }
    for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
        if (curves[i].algorithm == algorithm && curve_kind (i, place) != 0) {
            ret_attributes->bytes[0] = curve_kind (i, place);
            memcpy (ret_attributes->bytes + 1, curves[i].oid, curves[i].oid_length);
            ret_attributes->length = 1 + curves[i].oid_length;
            return TRUE;
        }
    return FALSE;
}

gboolean
pena_openpgp_find_attributes (const OpenpgpData *data, OpenpgpPlace place, PenaKeyAlgorithm algorithm,
                              OpenpgpAttributes *ret_attributes)
{
    const OpenpgpAttributes *now = &data->attributes[place];

    if (pena_openpgp_parse_attributes (place, now->bytes, now->length) == algorithm) {
        *ret_attributes = *now;
        return TRUE;
    }
    if ((data->capabilities & OPENPGP_CAN_CHANGE_ATTRIBUTES) == 0)
        return FALSE;
    /* YubiKeys before 5.6.1 list X25519 as if it were for signatures. */
    if (data->algorithms != NULL && algorithm != PENA_ALGORITHM_X25519)
        return find_listed (data, place, algorithm, ret_attributes);
    return usual_attributes (place, algorithm, ret_attributes);
}

guint64
pena_openpgp_possible_algorithms (const OpenpgpData *data)
{
    guint64 possible = 0;
    OpenpgpAttributes ignored;

    for (guint algorithm = PENA_ALGORITHM_RSA2048; algorithm < PENA_N_ALGORITHMS; algorithm++)
        for (guint place = 0; place < OPENPGP_PLACES; place++)
            if (algorithm != PENA_ALGORITHM_RSA_OTHER &&
                pena_openpgp_find_attributes (data, place, algorithm, &ignored))
                possible |= G_GUINT64_CONSTANT (1) << algorithm;
    return possible;
}

EVP_PKEY *
pena_openpgp_parse_public (PenaKeyAlgorithm algorithm, const guint8 *bytes, gsize length)
{
    PenaTlv first, second;

    if (pena_key_algorithm_is_rsa (algorithm))
        return pena_tlv_find (bytes, length, TAG_MODULUS, &first) &&
                       pena_tlv_find (bytes, length, TAG_EXPONENT, &second)
                   ? pena_key_new_rsa (first.value, first.length, second.value, second.length)
                   : NULL;
    if (algorithm == PENA_ALGORITHM_UNKNOWN || !pena_tlv_find (bytes, length, TAG_POINT, &first))
        return NULL;
    return pena_key_new_point (algorithm, first.value, first.length);
}
