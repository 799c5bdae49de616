/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: private keys as OpenPGP cards take them (4.4.3.12)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/core_names.h>
#include <pena/pena-error.h>

#include "openpgp-private.h"
#include "pena-tlv.h"

enum {
    TAG_LIST = 0x4D,
    TAG_LENGTHS = 0x7F48,
    TAG_VALUES = 0x5F48,
    PART_PRIVATE = 0x92, /* of a key on a curve */
    PART_PUBLIC = 0x99,
    FORMAT_WITH_MODULUS = 0x01,
    FORMAT_CRT = 0x02,
    WITH_PUBLIC_KEY = 0xFF,
    POINT_MAX = 133,
    PARTS_MAX = 7,
    LIST_MAX = 4096,
};

/* One value, and where it comes from. */
typedef struct {
    guint8 tag;
    const gchar *name; /* of the parameter; a number */
    gsize length;
} Part;

typedef struct {
    Part parts[PARTS_MAX];
    guint n_parts;
} Plan;

static void
add_part (Plan *plan, guint8 tag, const gchar *name, gsize length)
{
    plan->parts[plan->n_parts++] = (Part){tag, name, length};
}

/* Attributes of RSA: 01, size of the modulus, of the exponent, import format. */
static gboolean
plan_rsa (const OpenpgpAttributes *attributes, Plan *plan)
{
    gsize modulus = ((gsize)attributes->bytes[1] << 8 | attributes->bytes[2]) / 8;
    gsize exponent = (((gsize)attributes->bytes[3] << 8 | attributes->bytes[4]) + 7) / 8;
    guint8 format = attributes->length > 5 ? attributes->bytes[5] : 0;

    if (attributes->length < 5 || exponent == 0 || exponent > 8)
        return FALSE;
    add_part (plan, 0x91, OSSL_PKEY_PARAM_RSA_E, exponent);
    add_part (plan, 0x92, OSSL_PKEY_PARAM_RSA_FACTOR1, modulus / 2);
    add_part (plan, 0x93, OSSL_PKEY_PARAM_RSA_FACTOR2, modulus / 2);
    if ((format & FORMAT_CRT) != 0) {
        add_part (plan, 0x94, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, modulus / 2);
        add_part (plan, 0x95, OSSL_PKEY_PARAM_RSA_EXPONENT1, modulus / 2);
        add_part (plan, 0x96, OSSL_PKEY_PARAM_RSA_EXPONENT2, modulus / 2);
    }
    if ((format & FORMAT_WITH_MODULUS) != 0)
        add_part (plan, 0x97, OSSL_PKEY_PARAM_RSA_N, modulus);
    return TRUE;
}

static void
plan_curve (const OpenpgpAttributes *attributes, EVP_PKEY *key, Plan *plan)
{
    gsize field = ((gsize)EVP_PKEY_get_bits (key) + 7) / 8;
    gboolean native = EVP_PKEY_get_base_id (key) != EVP_PKEY_EC;

    add_part (plan, PART_PRIVATE, OSSL_PKEY_PARAM_PRIV_KEY, native ? 32 : field);
    if (attributes->bytes[attributes->length - 1] == WITH_PUBLIC_KEY)
        add_part (plan, PART_PUBLIC, NULL, native ? 32 : 2 * field + 1);
}

static void
append_length (GByteArray *out, gsize length)
{
    const guint8 bytes[3] = {0x82, (guint8)(length >> 8), (guint8)length};

    if (length >= 0x100)
        g_byte_array_append (out, bytes, 3);
    else if (length >= 0x80)
        g_byte_array_append (out, (const guint8[]){0x81, (guint8)length}, 2);
    else
        g_byte_array_append (out, bytes + 2, 1);
}

static void
append_tag (GByteArray *out, guint tag)
{
    const guint8 bytes[2] = {(guint8)(tag >> 8), (guint8)tag};

    g_byte_array_append (out, tag > 0xFF ? bytes : bytes + 1, tag > 0xFF ? 2 : 1);
}

/* Everything before the first value. */
static GByteArray *
build_start (OpenpgpPlace place, const Plan *plan)
{
    g_autoptr (GByteArray) lengths = g_byte_array_new ();
    g_autoptr (GByteArray) body = g_byte_array_new ();
    GByteArray *start = g_byte_array_new ();
    gsize total = 0;

    for (guint i = 0; i < plan->n_parts; i++) {
        append_tag (lengths, plan->parts[i].tag);
        append_length (lengths, plan->parts[i].length);
        total += plan->parts[i].length;
    }
    g_byte_array_append (body, pena_openpgp_template (place), 2);
    pena_tlv_append (body, TAG_LENGTHS, lengths->data, lengths->len);
    append_tag (body, TAG_VALUES);
    append_length (body, total);
    append_tag (start, TAG_LIST);
    append_length (start, body->len + total);
    g_byte_array_append (start, body->data, body->len);
    return start;
}

/* Big-endian, with zeros before it. */
static gboolean
append_number (PenaSecret *out, EVP_PKEY *key, const Part *part)
{
    BIGNUM *number = NULL;
    gboolean done = out->capacity - out->length >= part->length &&
                    EVP_PKEY_get_bn_param (key, part->name, &number) == 1 &&
                    BN_bn2binpad (number, out->data + out->length, (int)part->length) == (int)part->length;

    BN_clear_free (number);
    if (done)
        out->length += part->length;
    return done;
}

/* X25519's goes the other way round, as OpenPGP writes numbers. */
static gboolean
append_native (PenaSecret *out, EVP_PKEY *key)
{
    guint8 *at = out->data + out->length;
    gsize length = 32;

    if (out->capacity - out->length < length || EVP_PKEY_get_raw_private_key (key, at, &length) != 1)
        return FALSE;
    for (gsize i = 0; EVP_PKEY_get_base_id (key) == EVP_PKEY_X25519 && i < length / 2; i++) {
        guint8 byte = at[i];
        at[i] = at[length - 1 - i];
        at[length - 1 - i] = byte;
    }
    out->length += length;
    return TRUE;
}

static gboolean
append_public (PenaSecret *out, EVP_PKEY *key, gsize length)
{
    guint8 point[POINT_MAX];
    gsize got = sizeof point;
    gboolean done =
        EVP_PKEY_get_base_id (key) == EVP_PKEY_EC
            ? EVP_PKEY_get_octet_string_param (key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &got) == 1
            : EVP_PKEY_get_raw_public_key (key, point, &got) == 1;

    return done && got == length && pena_secret_append (out, point, got);
}

static gboolean
append_part (PenaSecret *out, EVP_PKEY *key, const Part *part)
{
    if (part->tag == PART_PUBLIC)
        return append_public (out, key, part->length);
    if (part->tag == PART_PRIVATE && EVP_PKEY_get_base_id (key) != EVP_PKEY_RSA &&
        EVP_PKEY_get_base_id (key) != EVP_PKEY_EC)
        return append_native (out, key);
    return append_number (out, key, part);
}

PenaSecret *
pena_openpgp_import_list (OpenpgpPlace place, const OpenpgpAttributes *attributes, EVP_PKEY *key,
                          GError **error)
{
    g_autoptr (PenaSecret) out = pena_secret_new (LIST_MAX, FALSE, error);
    gboolean done = TRUE;
    Plan plan = {0};

    if (out == NULL)
        return NULL;
    if (EVP_PKEY_get_base_id (key) != EVP_PKEY_RSA)
        plan_curve (attributes, key, &plan);
    else
        done = plan_rsa (attributes, &plan);
    g_autoptr (GByteArray) start = build_start (place, &plan);
    done = done && pena_secret_append (out, start->data, start->len);
    for (guint i = 0; done && i < plan.n_parts; i++)
        done = append_part (out, key, &plan.parts[i]);
    if (done)
        return g_steal_pointer (&out);
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "the card does not take a key of this form");
    return NULL;
}
