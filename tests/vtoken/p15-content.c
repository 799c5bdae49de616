/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: what its files say (ISO/IEC 7816-15, 8)
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"

#include "pena-tlv.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

/* Bits as 7816-15 counts them, from the left. */
#define BIT(n) (1u << (31 - (n)))

enum {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    OCTETS = 0x04,
    NOTHING = 0x05,
    OBJECT_ID = 0x06,
    ENUMERATED = 0x0A,
    UTF8 = 0x0C,
    GENERALIZED_TIME = 0x18,
    SEQUENCE = 0x30,

    FILE_ODF = 0x5031,
    FILE_TOKEN_INFO = 0x5032,
    FILE_UNUSED = 0x5033,
    FILE_AODF = 0x4401,
    FILE_PRKDF = 0x4402,
    FILE_PUKDF = 0x4403,
    FILE_CDF = 0x4404,
    FILE_DODF = 0x4405,
    FILE_DATA = 0x3301,
    FILE_FREE = 0x6601,

    USE_DECRYPT = BIT (1),
    USE_SIGN = BIT (2),
    USE_UNWRAP = BIT (5),
    USE_ENCRYPT = BIT (0),
    USE_VERIFY = BIT (6),
    USE_NON_REPUDIATION = BIT (9),

    OPERATION_SIGN = BIT (1),
    OPERATION_DECIPHER = BIT (5),
};

static const gchar *const key_labels[] = {"", "Otentikasi", "Tanda tangan"};

/* Takes what is inside over into out, under a tag. */
static void
wrap (GByteArray *out, guint32 tag, GByteArray *inside)
{
    pena_tlv_append (out, tag, inside->data, inside->len);
    g_byte_array_set_size (inside, 0);
}

static void
add_integer (GByteArray *out, guint32 tag, guint value)
{
    guint8 bytes[5] = {0, (guint8)(value >> 24), (guint8)(value >> 16), (guint8)(value >> 8), (guint8)value};
    guint from = 0;

    while (from < 4 && bytes[from] == 0 && (bytes[from + 1] & 0x80) == 0)
        from++;
    pena_tlv_append (out, tag, bytes + from, sizeof bytes - from);
}

/* In DER, a list of bits ends with its last one. */
static void
add_bits (GByteArray *out, guint32 tag, guint32 bits)
{
    guint8 bytes[5] = {0, (guint8)(bits >> 24), (guint8)(bits >> 16), (guint8)(bits >> 8), (guint8)bits};
    guint length = 5;

    while (length > 1 && bytes[length - 1] == 0)
        length--;
    while (length > 1 && (bytes[length - 1] >> bytes[0] & 1) == 0)
        bytes[0]++;
    pena_tlv_append (out, tag, bytes, length);
}

static void
add_text (GByteArray *out, guint32 tag, const gchar *text)
{
    pena_tlv_append (out, tag, text, strlen (text));
}

static void
add_octet (GByteArray *out, guint32 tag, guint8 octet)
{
    pena_tlv_append (out, tag, &octet, 1);
}

static void
add_path (GByteArray *out, guint16 id)
{
    const guint8 path[] = {0x3F, 0x00, P15_DF_ID >> 8, P15_DF_ID & 0xFF, (guint8)(id >> 8), (guint8)id};
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    pena_tlv_append (inside, OCTETS, path, sizeof path);
    wrap (out, SEQUENCE, inside);
}

static void
add_df (GByteArray *out, gboolean application)
{
    static const guint8 path[] = {0x3F, 0x00, P15_DF_ID >> 8, P15_DF_ID & 0xFF};
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    pena_tlv_append (inside, OCTETS, path, application ? sizeof path : 2);
    wrap (out, SEQUENCE, inside);
}

static void
add_common (GByteArray *out, const gchar *label, guint32 flags, guint8 auth_id, gboolean consent)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_text (inside, UTF8, label);
    if (flags != 0)
        add_bits (inside, BIT_STRING, flags);
    if (auth_id != 0)
        add_octet (inside, OCTETS, auth_id);
    if (consent)
        add_integer (inside, INTEGER, 1);
    wrap (out, SEQUENCE, inside);
}

/* [1] { SEQUENCE { ... } } */
static void
add_type (GByteArray *out, GByteArray *attributes)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    wrap (inside, SEQUENCE, attributes);
    wrap (out, 0xA1, inside);
}

/* --- token information, object directory --- */

static void
add_algorithm (const P15 *self, GByteArray *out, guint reference, guint mechanism, guint32 operations,
               guint8 card_reference)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_integer (inside, INTEGER, reference);
    add_integer (inside, INTEGER, mechanism);
    pena_tlv_append (inside, NOTHING, NULL, 0);
    add_bits (inside, BIT_STRING, operations);
    if (!self->layout->vendor) {
        pena_tlv_append (inside, OBJECT_ID, "\x2A\x03", 2); /* 1.2.3: nobody looks at it */
        add_integer (inside, INTEGER, card_reference);
    }
    wrap (out, SEQUENCE, inside);
}

/* Mechanisms are numbered as in PKCS#11. */
static void
add_algorithms (const P15 *self, GByteArray *out)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_algorithm (self, inside, 1, 0x0001, OPERATION_DECIPHER | (self->layout->hashes ? 0 : OPERATION_SIGN),
                   P15_ALGORITHM_RSA);
    if (self->layout->hashes) {
        add_algorithm (self, inside, 3, 0x0040, OPERATION_SIGN, P15_ALGORITHM_RSA_SHA256);
        add_algorithm (self, inside, 4, 0x0041, OPERATION_SIGN, P15_ALGORITHM_RSA_SHA384);
        add_algorithm (self, inside, 5, 0x0042, OPERATION_SIGN, P15_ALGORITHM_RSA_SHA512);
    }
    add_algorithm (self, inside, 2, 0x1041, OPERATION_SIGN, P15_ALGORITHM_ECDSA);
    wrap (out, 0xA2, inside);
}

static void
build_token_info (const P15 *self, GByteArray *out)
{
    guint32 serial = GUINT32_TO_BE (vtoken_get_serial (self->card));
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    g_autoptr (GByteArray) updated = g_byte_array_new ();

    add_integer (inside, INTEGER, 1);
    pena_tlv_append (inside, OCTETS, &serial, sizeof serial);
    add_text (inside, UTF8, "Pena");
    add_text (inside, 0x80, "Pena virtual token");
    add_bits (inside, BIT_STRING, BIT (1) | BIT (2)); /* login required, makes random numbers */
    add_algorithms (self, inside);
    add_text (updated, GENERALIZED_TIME, self->updated);
    wrap (inside, 0xA5, updated);
    wrap (out, SEQUENCE, inside);
}

static void
build_odf (const P15 *self, GByteArray *out)
{
    static const struct {
        guint8 tag;
        guint16 file;
    } rows[] = {
        {0xA0, FILE_PRKDF}, {0xA1, FILE_PUKDF}, {0xA4, FILE_CDF}, {0xA7, FILE_DODF}, {0xA8, FILE_AODF}};
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        add_path (inside, rows[i].file);
        wrap (out, rows[i].tag, inside);
    }
}

/* --- PINs --- */

typedef struct {
    guint8 reference;
    const gchar *label;
    guint32 flags;
    guint8 auth_id;    /* of this PIN */
    guint8 unblocking; /* auth id of the PUK; 0: none */
    guint length_min;
} PinRow;

static void
add_pin (const P15 *self, GByteArray *out, const PinRow *row)
{
    guint stored = self->layout->stored_length;
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    g_autoptr (GByteArray) entry = g_byte_array_new ();
    guint per_byte = self->layout->pin_type == P15_PIN_BCD ? 2 : 1;

    add_common (entry, row->label, BIT (0) | BIT (1), row->unblocking, FALSE);
    add_octet (inside, OCTETS, row->auth_id);
    wrap (entry, SEQUENCE, inside);
    add_bits (inside, BIT_STRING, row->flags | (stored > 0 ? BIT (5) : 0));
    add_octet (inside, ENUMERATED, (guint8)self->layout->pin_type);
    add_integer (inside, INTEGER, row->length_min);
    add_integer (inside, INTEGER, stored > 0 ? stored : P15_PIN_BYTES);
    add_integer (inside, INTEGER, (stored > 0 ? stored : P15_PIN_BYTES) * per_byte);
    add_integer (inside, 0x80, row->reference);
    if (stored > 0)
        add_octet (inside, OCTETS, self->layout->pad);
    if (self->layout->by_path || self->layout->mute)
        add_df (inside, !self->layout->mute);
    add_type (entry, inside);
    wrap (out, SEQUENCE, entry);
}

static void
build_aodf (const P15 *self, GByteArray *out)
{
    static const guint32 usual = BIT (0) | BIT (1) | BIT (4); /* case-sensitive, local, initialised */
    const PinRow user = {P15_PIN_USER, "PIN", usual, 1, 2, 4};
    const PinRow puk = {P15_PIN_PUK, "PUK", usual | BIT (6), 2, 0, 8};
    const PinRow sign = {P15_PIN_SIGN, "PIN tanda tangan", usual, 3, 2, 4};

    add_pin (self, out, &user);
    add_pin (self, out, &puk);
    if (self->layout->two_pins)
        add_pin (self, out, &sign);
}

/* --- keys and certificates --- */

static void
add_key_class (const P15 *self, GByteArray *out, const P15Key *key, guint32 usage, gboolean is_private)
{
    gboolean rsa = vtoken_algorithm_is_rsa (key->algorithm);
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    g_autoptr (GByteArray) references = g_byte_array_new ();

    add_octet (inside, OCTETS, key->reference);
    add_bits (inside, BIT_STRING, usage);
    if (is_private) {
        add_octet (inside, BOOLEAN, 0xFF);
        add_bits (inside, BIT_STRING, BIT (0) | BIT (2) | BIT (3) | BIT (4)); /* sensitive, ... local */
        if (!self->layout->by_path)
            add_integer (inside, INTEGER, key->reference);
        /* Without a list the key does all that the token does with its type. OpenSC takes one so strictly that
         * it does not hash for the card. */
        if (self->layout->lists) {
            add_integer (references, INTEGER, rsa ? 1 : 2);
            for (guint i = 3; rsa && self->layout->hashes && i <= 5; i++)
                add_integer (references, INTEGER, i);
            wrap (inside, 0xA1, references);
        }
    }
    wrap (out, SEQUENCE, inside);
}

static void
add_key (const P15 *self, GByteArray *out, const P15Key *key, gboolean is_private)
{
    gboolean rsa = vtoken_algorithm_is_rsa (key->algorithm);
    gboolean consent = p15_key_wants_consent (key);
    guint32 usage =
        consent ? USE_NON_REPUDIATION | USE_SIGN : USE_SIGN | (rsa ? USE_DECRYPT | USE_UNWRAP : 0);
    g_autoptr (GByteArray) entry = g_byte_array_new ();
    g_autoptr (GByteArray) type = g_byte_array_new ();

    if (!is_private)
        usage = USE_VERIFY | (rsa && !consent ? USE_ENCRYPT : 0);
    add_common (entry, key_labels[key->reference], is_private ? BIT (0) : 0,
                is_private ? p15_key_pin (self, key) : 0, is_private && consent);
    add_key_class (self, entry, key, usage, is_private);
    add_path (type, (guint16)((is_private ? P15_KEY_FILE : P15_PUBLIC_FILE) | key->reference));
    /* The modulus; for curves the standard has a reference here, but OpenSC writes and wants the size. */
    if (rsa || is_private)
        add_integer (type, INTEGER, (guint)vtoken_algorithm_size (key->algorithm) * 8);
    add_type (entry, type);
    wrap (out, rsa ? SEQUENCE : 0xA0, entry);
}

/* direct [0] is the certificate with its own tag: an implicit one would hide what it is from everybody. */
static void
add_certificate (const P15 *self, GByteArray *out, const P15Key *key)
{
    g_autoptr (GByteArray) entry = g_byte_array_new ();
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_common (entry, key_labels[key->reference], 0, 0, FALSE);
    add_octet (inside, OCTETS, key->reference);
    wrap (entry, SEQUENCE, inside);
    if (self->layout->direct)
        pena_tlv_append (inside, 0xA0, g_bytes_get_data (key->certificate, NULL),
                         g_bytes_get_size (key->certificate));
    else
        add_path (inside, P15_CERTIFICATE_FILE | key->reference);
    add_type (entry, inside);
    wrap (out, SEQUENCE, entry);
}

static void
build_dodf (const P15 *self, GByteArray *out)
{
    g_autoptr (GByteArray) entry = g_byte_array_new ();
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_common (entry, "Catatan", BIT (0), P15_PIN_USER, FALSE);
    add_text (inside, UTF8, "Pena");
    wrap (entry, SEQUENCE, inside);
    add_path (inside, FILE_DATA);
    wrap (entry, 0xA1, inside);
    wrap (out, SEQUENCE, entry);
}

static void
build_unused (GByteArray *out)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    add_path (inside, FILE_FREE);
    wrap (out, SEQUENCE, inside);
}

/* RSAPublicKey, or the point as an OCTET STRING. */
static void
build_public_key (const P15Key *key, GByteArray *out)
{
    guint8 *der = NULL;

    if (vtoken_algorithm_is_rsa (key->algorithm)) {
        int length = i2d_PublicKey (key->key, &der);
        g_byte_array_append (out, der, (guint)length);
    } else {
        gsize length = EVP_PKEY_get1_encoded_public_key (key->key, &der);
        pena_tlv_append (out, OCTETS, der, length);
    }
    OPENSSL_free (der);
}

/* --- files --- */

/* Some more room than is used, zeroed, as card management systems make them. */
static GByteArray *
add_file (P15 *self, guint16 parent, guint16 id, guint spare)
{
    P15File *file = p15_file_add (self, parent, id, P15_TRANSPARENT);
    static const guint8 zeros[64];

    g_byte_array_append (file->data, zeros, MIN (spare, sizeof zeros));
    return file->data;
}

static void
close_file (GByteArray *data, guint spare)
{
    g_autofree guint8 *zeros = g_malloc0 (spare);
    g_byte_array_append (data, zeros, spare);
}

static void
build_dir (P15 *self)
{
    static const guint8 aid[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'};
    static const guint8 path[] = {0x3F, 0x00, P15_DF_ID >> 8, P15_DF_ID & 0xFF};
    static const guint8 other[] = {0x61, 0x07, 0x4F, 0x05, 0xD2, 0x76, 0x00, 0x00, 0x01};
    P15File *file =
        p15_file_add (self, P15_MF, 0x2F00, self->layout->records ? P15_RECORDS : P15_TRANSPARENT);
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    g_autoptr (GByteArray) entry = g_byte_array_new ();

    pena_tlv_append (inside, 0x4F, aid, sizeof aid);
    add_text (inside, 0x50, "Pena virtual token");
    pena_tlv_append (inside, 0x51, path, sizeof path);
    wrap (entry, 0x61, inside);
    if (self->layout->records) {
        g_ptr_array_add (file->records, g_bytes_new (other, sizeof other));
        g_ptr_array_add (file->records, g_bytes_new (entry->data, entry->len));
    } else {
        g_byte_array_append (file->data, entry->data, entry->len);
    }
}

static void
build_key_files (P15 *self)
{
    for (guint i = 0; i < self->keys->len; i++) {
        const P15Key *key = self->keys->pdata[i];
        p15_file_add (self, P15_DF_ID, (guint16)(P15_KEY_FILE | key->reference), P15_INTERNAL);
        build_public_key (key, add_file (self, P15_DF_ID, P15_PUBLIC_FILE | key->reference, 0));
        if (key->certificate != NULL)
            g_byte_array_append (add_file (self, P15_DF_ID, P15_CERTIFICATE_FILE | key->reference, 0),
                                 g_bytes_get_data (key->certificate, NULL),
                                 (guint)g_bytes_get_size (key->certificate));
    }
}

static void
build_directories (P15 *self)
{
    GByteArray *private_keys = add_file (self, P15_DF_ID, FILE_PRKDF, 0);
    GByteArray *public_keys = add_file (self, P15_DF_ID, FILE_PUKDF, 0);
    GByteArray *certificates = add_file (self, P15_DF_ID, FILE_CDF, 0);

    for (guint i = 0; i < self->keys->len; i++) {
        const P15Key *key = self->keys->pdata[i];
        add_key (self, private_keys, key, TRUE);
        add_key (self, public_keys, key, FALSE);
        if (key->certificate != NULL)
            add_certificate (self, certificates, key);
    }
    close_file (private_keys, 32);
    close_file (public_keys, 32);
    close_file (certificates, 32);
}

void
p15_build_files (P15 *self)
{
    g_ptr_array_set_size (self->files, 0);
    p15_file_add (self, P15_MF, P15_MF, P15_DF);
    p15_file_add (self, P15_MF, P15_DF_ID, P15_DF);
    build_dir (self);
    build_odf (self, add_file (self, P15_DF_ID, FILE_ODF, 0));
    build_token_info (self, add_file (self, P15_DF_ID, FILE_TOKEN_INFO, 0));
    build_unused (add_file (self, P15_DF_ID, FILE_UNUSED, 0));
    build_aodf (self, add_file (self, P15_DF_ID, FILE_AODF, 0));
    build_directories (self);
    build_dodf (self, add_file (self, P15_DF_ID, FILE_DODF, 0));
    build_key_files (self);
    P15File *note = p15_file_add (self, P15_DF_ID, FILE_DATA, P15_TRANSPARENT);
    note->reader = P15_PIN_USER;
    pena_tlv_append (note->data, OCTETS, "naskah dinas", 12);
    add_file (self, P15_DF_ID, FILE_FREE, 64);
}
