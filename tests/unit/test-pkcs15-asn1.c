/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the directory files of PKCS#15 cards
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-tlv.h"
#include "pkcs15-asn1.h"

/* Hexadecimal, in which TAG{ ... } stands for a tag, the length of what is inside, and that. */
static void
append_ber (const gchar **at, GByteArray *out)
{
    guint32 number = 0;
    guint digits = 0;

    for (; **at != '\0' && **at != '}'; (*at)++) {
        if (**at == '{') {
            g_autoptr (GByteArray) inside = g_byte_array_new ();
            (*at)++;
            append_ber (at, inside);
            pena_tlv_append (out, number, inside->data, inside->len);
            number = digits = 0;
            continue;
        }
        if (digits == 2 && (*at)[0] != '{') {
            guint8 byte = (guint8)number;
            g_byte_array_append (out, &byte, 1);
            number = digits = 0;
        }
        if (**at != ' ') {
            number = number << 4 | (guint32)g_ascii_xdigit_value (**at);
            digits++;
        }
    }
    if (digits == 2) {
        guint8 byte = (guint8)number;
        g_byte_array_append (out, &byte, 1);
    }
}

static GByteArray *
ber (const gchar *text)
{
    GByteArray *out = g_byte_array_new ();

    append_ber (&text, out);
    return out;
}

typedef GPtrArray *(*Parse) (const guint8 *data, gsize length);

static GPtrArray *
parse (Parse parser, const gchar *hex)
{
    g_autoptr (GByteArray) bytes = ber (hex);
    return parser (bytes->data, bytes->len);
}

/* --- EF.DIR --- */

static void
test_dir (void)
{
    static const struct {
        const gchar *hex;
        gboolean found;
        const gchar *path;
    } rows[] = {
        {"61{ 4F{A000000063504B43532D3135} 51{3F005015} }", TRUE, "3F005015"},
        {"61{ 4F{A000000063504B43532D3135} }", TRUE, ""},
        {"61{ 4F{E828BD080F} 51{3F004F01} }", TRUE, "3F004F01"},
        /* another application, unused bytes, then ours */
        {"61{ 4F{D276000001} } 0000 61{ 4F{A000000063504B43532D3135} 51{3F005015} }", TRUE, "3F005015"},
        {"61{ 4F{D276000001} } FF 61{ 4F{A000000063504B43532D3135} 51{3F005015} }", FALSE, ""},
        {"61{ 4F{D276000001} }", FALSE, ""},
        {"61 14 4F 0C A000000063504B43532D3135 51 04 3F00", FALSE, ""},
        {"61{ 4F{A000000063504B43532D3135} 51{3F0050155015501550155015501550155015} }", FALSE, ""},
        {"", FALSE, ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GByteArray) bytes = ber (rows[i].hex);
        PenaP15Application application = {0};
        g_assert_cmpint (pena_p15_parse_dir (bytes->data, bytes->len, &application), ==, rows[i].found);
        g_autoptr (GByteArray) path = ber (rows[i].path);
        g_assert_cmpmem (application.path.bytes, application.path.length, path->data, path->len);
    }
}

static void
test_dir_ddo (void)
{
    g_autoptr (GByteArray) bytes =
        ber ("61{ 4F{E828BD080F} 51{3F004F01} 73{ 30{04{50154031}} A0{04{5032}} } }");
    PenaP15Application application;

    g_assert_true (pena_p15_parse_dir (bytes->data, bytes->len, &application));
    g_assert_cmpuint (application.odf.length, ==, 4);
    g_assert_cmpuint (application.token_info.length, ==, 2);
}

/* --- ODF --- */

static void
test_odf (void)
{
    /* a path, entries right here, a kind that there is not, one without a path */
    g_autoptr (GPtrArray) list = parse (
        pena_p15_parse_odf, "A0{30{04{4402}}} A4{A0{30020500}} A9{30{04{4407}}} A8{30{}} A8{30{04{4401}}}");
    const PenaP15Directory *first = list->pdata[0], *second = list->pdata[1], *third = list->pdata[2];

    g_assert_cmpuint (list->len, ==, 3);
    g_assert_cmpint (first->kind, ==, PENA_P15_PRIVATE_KEYS);
    g_assert_cmpuint (first->path.length, ==, 2);
    g_assert_cmpint (second->kind, ==, PENA_P15_CERTIFICATES);
    g_assert_cmpuint (g_bytes_get_size (second->objects), ==, 4);
    g_assert_cmpint (third->kind, ==, PENA_P15_AUTHENTICATION);
}

/* --- keys --- */

static void
test_key (void)
{
    g_autoptr (GPtrArray) list = parse (
        pena_p15_parse_keys, "30{ 30{0C{4B756E6369} 03{0780} 04{01} 02{01}} "
                             "30{04{4A} 03{0520} 01{FF} 02{008B} A1{02{03} 02{05}}} A1{30{30{04{4B01}}}} }");

    g_assert_cmpuint (list->len, ==, 1);
    const PenaP15Key *key = list->pdata[0];
    g_assert_cmpstr (key->common.label, ==, "Kunci");
    g_assert_cmpmem (key->common.auth_id.bytes, key->common.auth_id.length, "\x01", 1);
    g_assert_cmpuint (key->common.consent, ==, 1);
    g_assert_cmpint (key->type, ==, PENA_P15_RSA);
    g_assert_cmpmem (key->id.bytes, key->id.length, "J", 1);
    g_assert_cmphex (key->usage, ==, PENA_P15_USE_SIGN);
    g_assert_cmpint (key->reference, ==, 0x8B);
    g_assert_cmpuint (key->n_algorithms, ==, 2);
    g_assert_cmpuint (key->algorithms[1], ==, 5);
    g_assert_cmpuint (key->path.length, ==, 2);
}

/* A reference over 7F is written as a positive number, or as the negative one that its byte looks like. */
static void
test_key_reference (void)
{
    static const struct {
        const gchar *written;
        gint reference;
    } rows[] = {{"8B", 0x8B}, {"008B", 0x8B}, {"00", 0}, {"0100", -1}, {"", -1}};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *text =
            g_strdup_printf ("30{ 30{} 30{04{4A} 02{%s}} A1{30{30{04{4B01}}}} }", rows[i].written);
        g_autoptr (GPtrArray) list = parse (pena_p15_parse_keys, text);
        g_assert_cmpuint (list->len, ==, 1);
        g_assert_cmpint (((PenaP15Key *)list->pdata[0])->reference, ==, rows[i].reference);
    }
}

/* Around a key that is malformed the others stay; what is no list ends it. */
static void
test_key_neighbours (void)
{
    static const gchar good[] = "30{ 30{} 30{04{4A}} A1{30{30{04{4B01}}}} } ";
    static const struct {
        const gchar *between;
        guint keys;
    } rows[] = {
        {"", 2},
        {"00 00 00", 2},
        {"30{}", 2},
        {"30{ 30{} 30{} A1{30{30{04{4B01}}}} }", 2},       /* without an iD */
        {"30{ 30{} 30{04{4B}} A1{} }", 2},                 /* nothing of its type */
        {"30 11 3000 3003 04014B A108 3006 3004 0402", 2}, /* eats into its neighbour, which is lost */
        {"30 84 FFFFFFFF", 1},                             /* longer than the file */
        {"30 80 3000 0000", 1},                            /* of indefinite length */
        {"FF FF FF", 1},                                   /* never written */
        {"30{ 30{} 30{04{4B}} A1{30{30{04{00112233445566778899AABBCCDDEEFF00}}}} }", 2}, /* a path too long */
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *hex = g_strconcat (good, rows[i].between, good, NULL);
        g_autoptr (GPtrArray) list = parse (pena_p15_parse_keys, hex);
        g_test_message ("%s", rows[i].between);
        g_assert_cmpuint (list->len, ==, rows[i].keys);
    }
}

/* Ids that are longer than there is room for stay different ones. */
static void
test_long_id (void)
{
    static const gchar format[] = "30{ 30{} 30{04{%076u%04u}} A1{30{30{04{4B01}}}} }";
    g_autofree gchar *first = g_strdup_printf (format, 0, 1), *second = g_strdup_printf (format, 0, 2);
    g_autoptr (GPtrArray) one = parse (pena_p15_parse_keys, first);
    g_autoptr (GPtrArray) other = parse (pena_p15_parse_keys, second);
    const PenaCardId *a = &((PenaP15Key *)one->pdata[0])->id, *b = &((PenaP15Key *)other->pdata[0])->id;
    g_assert_cmpuint (a->length, ==, 32);
    g_assert_cmpuint (b->length, ==, 32);
    g_assert_cmpint (memcmp (a->bytes, b->bytes, 32), !=, 0);
}

/* A token with thousands of objects is shown in part. */
static void
test_many (void)
{
    g_autoptr (GByteArray) one = ber ("30{ 30{} 30{04{4A}} A1{30{30{04{4B01}}}} }");
    g_autoptr (GByteArray) all = g_byte_array_new ();

    for (guint i = 0; i < 5000; i++)
        g_byte_array_append (all, one->data, one->len);
    g_autoptr (GPtrArray) keys = pena_p15_parse_keys (all->data, all->len);
    g_autoptr (GPtrArray) certificates = pena_p15_parse_certificates (all->data, all->len);
    g_assert_cmpuint (keys->len, ==, PENA_P15_OBJECTS_MAX);
    g_assert_cmpuint (certificates->len, ==, PENA_P15_OBJECTS_MAX);
}

/* Nested as deep as a file allows: nothing recurses, so nothing happens. */
static void
test_deep (void)
{
    static const Parse parsers[] = {pena_p15_parse_odf, pena_p15_parse_keys, pena_p15_parse_certificates,
                                    pena_p15_parse_pins};
    g_autoptr (GByteArray) all = g_byte_array_new ();

    for (guint i = 0; i < 4000; i++) {
        g_autoptr (GByteArray) outer = g_byte_array_new ();
        pena_tlv_append (outer, 0x30, all->data, all->len);
        g_byte_array_set_size (all, 0);
        g_byte_array_append (all, outer->data, outer->len);
    }
    for (guint i = 0; i < G_N_ELEMENTS (parsers); i++) {
        g_autoptr (GPtrArray) list = parsers[i](all->data, all->len);
        g_assert_cmpuint (list->len, ==, 0);
    }
}

/* --- labels --- */

static void
test_label (void)
{
    static const struct {
        const gchar *hex, *label;
    } rows[] = {
        {"4B756E6369", "Kunci"},   {"1B5B324A4B", " [2JK"}, /* a terminal's command */
        {"4BFF", "K\xEF\xBF\xBD"},                          /* not UTF-8 */
        {"4BC29B41", "K  A"},                               /* a control character in two bytes */
        {"4B2020", "K"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *hex =
            g_strdup_printf ("30{ 30{0C{%s}} 30{04{4A}} A1{30{30{04{4B01}}}} }", rows[i].hex);
        g_autoptr (GPtrArray) list = parse (pena_p15_parse_keys, hex);
        g_assert_cmpuint (list->len, ==, 1);
        g_assert_cmpstr (((PenaP15Key *)list->pdata[0])->common.label, ==, rows[i].label);
    }
}

/* --- certificates --- */

static void
test_certificate (void)
{
    g_autoptr (GPtrArray) list =
        parse (pena_p15_parse_certificates,
               "30{ 30{} 30{04{4A} 01{FF}} A1{30{30{04{3101} 02{10} 80{0A}}}} } 30{ 30{} 30{04{4B}} "
               "A1{30{A0{020100}}} } "
               "A0{ 30{} 30{04{4C}} A1{30{30{04{3101}}}} }"); /* the last is not X.509 */
    const PenaP15Certificate *first = list->pdata[0], *second = list->pdata[1];

    g_assert_cmpuint (list->len, ==, 2);
    g_assert_true (first->authority);
    g_assert_cmpuint (first->path.offset, ==, 16);
    g_assert_cmpuint (first->path.size, ==, 10);
    g_assert_false (second->authority);
    g_assert_cmpuint (g_bytes_get_size (second->value), ==, 3);
}

/* --- PINs --- */

static void
test_pin (void)
{
    g_autoptr (GPtrArray) list = parse (
        pena_p15_parse_pins,
        "30{ 30{0C{50494E} 04{02}} 30{04{01}} A1{30{03{020C} 0A{01} 02{04} 02{08} 02{10} 80{81} 04{FF}}} }");
    const PenaP15Pin *pin = list->pdata[0];

    g_assert_cmpuint (list->len, ==, 1);
    g_assert_cmpmem (pin->auth_id.bytes, pin->auth_id.length, "\x01", 1);
    g_assert_cmpmem (pin->common.auth_id.bytes, pin->common.auth_id.length, "\x02", 1);
    g_assert_true ((pin->flags & PENA_P15_PIN_NEEDS_PADDING) != 0);
    g_assert_true ((pin->flags & PENA_P15_PIN_UNBLOCKING) == 0);
    g_assert_cmpint (pin->type, ==, PENA_P15_PIN_ASCII);
    g_assert_cmpuint (pin->min, ==, 4);
    g_assert_cmpuint (pin->stored, ==, 8);
    g_assert_cmpuint (pin->max, ==, 16);
    g_assert_cmphex (pin->reference, ==, 0x81);
    g_assert_cmpint (pin->pad, ==, 0xFF);
}

static void
test_pin_refused (void)
{
    static const gchar *const rows[] = {
        "30{ 30{} 30{04{01}} A1{30{03{00} 0A{05} 02{04} 02{08}}} }",            /* a type that there is not */
        "30{ 30{} 30{04{01}} A1{30{03{00} 0A{01} 02{04}}} }",                   /* no storedLength */
        "30{ 30{} 30{} A1{30{03{00} 0A{01} 02{04} 02{08}}} }",                  /* no authId */
        "A0{ 30{} 30{04{01}} A1{30{03{00} 0A{01} 02{04} 02{08}}} }",            /* a finger */
        "30{ 30{} 30{04{01}} A1{30{03{00} 0A{01} 02{04} 02{08} 80{010203}}} }", /* no reference like that */
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GPtrArray) list = parse (pena_p15_parse_pins, rows[i]);
        g_test_message ("%s", rows[i]);
        g_assert_cmpuint (list->len, ==, 0);
    }
}

/* --- TokenInfo --- */

static void
test_token_info (void)
{
    g_autoptr (GByteArray) bytes = ber (
        "30{ 02{01} 04{ABCD} 0C{50656E61} 80{546F6B656E} 03{0640} A2{ 30{02{01} 02{01} 05{} 03{0244} 02{11}} "
        "30{02{02} 02{1041} 05{} 03{0640}} } A5{18{323032363031}} }");
    g_auto (PenaP15TokenInfo) info = {0};

    g_assert_true (pena_p15_parse_token_info (bytes->data, bytes->len, &info));
    g_assert_cmpstr (info.serial, ==, "abcd");
    g_assert_cmpstr (info.manufacturer, ==, "Pena");
    g_assert_cmpstr (info.label, ==, "Token");
    g_assert_true (info.dated);
    g_assert_cmpuint (info.n_algorithms, ==, 2);
    g_assert_cmpint (info.algorithms[0].card_reference, ==, 0x11);
    g_assert_cmphex (info.algorithms[0].operations, ==, PENA_P15_CAN_SIGN | PENA_P15_CAN_DECIPHER);
    g_assert_cmphex (info.algorithms[1].mechanism, ==, 0x1041);
    g_assert_cmpint (info.algorithms[1].card_reference, ==, -1);
}

static void
test_token_info_refused (void)
{
    static const gchar *const rows[] = {"",           "30", "3000", "3003 040100", "3006 020100 0404 AB",
                                        "0203 020100"};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GByteArray) bytes = ber (rows[i]);
        g_auto (PenaP15TokenInfo) info = {0};
        g_assert_false (pena_p15_parse_token_info (bytes->data, bytes->len, &info));
        g_assert_null (info.serial);
    }
}

/* --- public keys --- */

static void
test_public_key (void)
{
    static const gchar *const none[] = {"", "30{}", "30{02{01} 02{01}}", "04{040000}", "04 41 04"};
    EVP_PKEY *made = EVP_EC_gen ("P-256");
    guint8 *point = NULL, *der = NULL;
    gsize size = EVP_PKEY_get1_encoded_public_key (made, &point);
    g_autoptr (GByteArray) octets = g_byte_array_new ();

    pena_tlv_append (octets, 0x04, point, size);
    EVP_PKEY *read = pena_p15_parse_public_key (octets->data, octets->len);
    g_assert_cmpint (EVP_PKEY_eq (made, read), ==, 1);
    EVP_PKEY_free (read);
    int length = i2d_PUBKEY (made, &der);
    read = pena_p15_parse_public_key (der, (gsize)length);
    g_assert_cmpint (EVP_PKEY_eq (made, read), ==, 1);
    EVP_PKEY_free (read);
    EVP_PKEY_free (made);
    OPENSSL_free (point);
    OPENSSL_free (der);
    for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
        g_autoptr (GByteArray) bytes = ber (none[i]);
        g_assert_null (pena_p15_parse_public_key (bytes->data, bytes->len));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pkcs15/dir", test_dir);
    g_test_add_func ("/pkcs15/dir/ddo", test_dir_ddo);
    g_test_add_func ("/pkcs15/odf", test_odf);
    g_test_add_func ("/pkcs15/key", test_key);
    g_test_add_func ("/pkcs15/key/reference", test_key_reference);
    g_test_add_func ("/pkcs15/key/neighbours", test_key_neighbours);
    g_test_add_func ("/pkcs15/key/long-id", test_long_id);
    g_test_add_func ("/pkcs15/many", test_many);
    g_test_add_func ("/pkcs15/deep", test_deep);
    g_test_add_func ("/pkcs15/label", test_label);
    g_test_add_func ("/pkcs15/certificate", test_certificate);
    g_test_add_func ("/pkcs15/pin", test_pin);
    g_test_add_func ("/pkcs15/pin/refused", test_pin_refused);
    g_test_add_func ("/pkcs15/token-info", test_token_info);
    g_test_add_func ("/pkcs15/token-info/refused", test_token_info_refused);
    g_test_add_func ("/pkcs15/public-key", test_public_key);
    return g_test_run ();
}
