/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: walks the tables of drivers, status words, PC/SC codes and mechanisms; ATRs; packed certificates
 * Copyright (C) 2026 the Pena authors */
#include <PCSC/winscard.h>
#include <pena/pena-error.h>
#include <string.h>
#include <zlib.h>

#include "mechanism.h"
#include "pena-atr.h"
#include "pena-card-driver.h"
#include "pena-pcsc.h"
#include "pena-unpack.h"

static const guint8 yubikey5[] = {0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80, 0x73, 0xC0,
                                  0x21, 0xC0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4B, 0x65, 0x79, 0x40};
static const guint8 yubikey4[] = {0x3B, 0xF8, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15,
                                  0x59, 0x75, 0x62, 0x69, 0x6B, 0x65, 0x79, 0x34, 0xD4};

static void
test_atr (void)
{
    gsize length = 0;

    g_assert_true (pena_atr_says_extended (yubikey5, sizeof yubikey5));
    g_assert_false (pena_atr_says_extended (yubikey4, sizeof yubikey4));
    const guint8 *historical = pena_atr_historical (yubikey4, sizeof yubikey4, &length);
    g_assert_cmpmem (historical, length, "Yubikey4", 8);
    /* Cut off anywhere it is still only read within its bounds, and says nothing it should not. */
    for (gsize i = 0; i < sizeof yubikey5 - 2; i++)
        g_assert_null (pena_atr_historical (yubikey5, i, &length));
}

static void
test_atr_with_status (void)
{
    /* Category 00: the last three bytes are a status, not a data object. */
    const guint8 atr[] = {0x3B, 0x08, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x90, 0x00};
    const guint8 only_status[] = {0x3B, 0x04, 0x00, 0x00, 0x90, 0x00};

    g_assert_true (pena_atr_says_extended (atr, sizeof atr));
    g_assert_false (pena_atr_says_extended (only_status, sizeof only_status));
}

static void
test_drivers_complete (void)
{
    const PenaCardDriver *base = &pena_card_driver_iso7816;

    g_assert_true (base->select && base->read && base->ask_pin && base->format_pin && base->verify &&
                   base->change_pin && base->forget_pin && base->spoil_pin && base->use_key);
    for (const PenaCardDriver *const *driver = pena_card_drivers; *driver != NULL; driver++) {
        g_assert_nonnull ((*driver)->name);
        g_assert_cmpuint ((*driver)->aid_length, >=, 5);
        g_assert_cmpuint ((*driver)->score, >, 0);
        g_assert_nonnull ((*driver)->read);
        g_assert_nonnull ((*driver)->use_key);
    }
}

/* The best match comes first wherever it stands in the list. */
static void
test_rank (void)
{
    static const PenaAtrMatch rows[] = {{"Yubikey", 5, FALSE}, {"Yubikey4", 30, TRUE}, {NULL, 0, FALSE}};
    static const PenaCardDriver plain = {.name = "plain", .score = 20};
    static const PenaCardDriver special = {.name = "special", .score = 1, .atrs = rows};
    const PenaCardDriver *const forth[] = {&plain, &special, NULL};
    const PenaCardDriver *const back[] = {&special, &plain, NULL};
    g_autoptr (GPtrArray) a = pena_card_rank_drivers (forth, yubikey4, sizeof yubikey4);
    g_autoptr (GPtrArray) b = pena_card_rank_drivers (back, yubikey4, sizeof yubikey4);
    g_autoptr (GPtrArray) c = pena_card_rank_drivers (back, yubikey5, sizeof yubikey5);

    g_assert_true (a->pdata[0] == &special && b->pdata[0] == &special);
    g_assert_true (c->pdata[0] == &plain);
    g_assert_true (pena_card_driver_knows_extended (&special, yubikey4, sizeof yubikey4));
    g_assert_false (pena_card_driver_knows_extended (&special, yubikey5, sizeof yubikey5));
}

static gint
code_of (const PenaSwRow *overrides, guint16 sw, gint64 *ret_left)
{
    g_autoptr (GError) error = NULL;

    *ret_left = -1;
    pena_sw_set_error (overrides, sw, "testing", &error);
    g_assert_nonnull (error);
    pena_error_get_int (error, "attempts_left", ret_left);
    return error->code;
}

static void
test_status_words (void)
{
    gint64 left;

    for (const PenaSwRow *row = pena_sw_common (); row->mask != 0; row++) {
        g_assert_cmpint (code_of (NULL, row->sw | (guint16)~row->mask, &left), ==, row->code);
        g_assert_cmpuint (row->sw & row->mask, ==, row->sw);
        g_assert_nonnull (row->text);
    }
    g_assert_cmpint (code_of (NULL, 0x63C2, &left), ==, PENA_ERROR_PIN_WRONG);
    g_assert_cmpint (left, ==, 2);
    g_assert_cmpint (code_of (NULL, 0x63C0, &left), ==, PENA_ERROR_PIN_BLOCKED);
    g_assert_cmpint (left, ==, 0);
    g_assert_cmpint (code_of (NULL, 0x6983, &left), ==, PENA_ERROR_PIN_BLOCKED);
    g_assert_cmpint (left, ==, 0);
    g_assert_cmpint (code_of (NULL, 0x1234, &left), ==, PENA_ERROR_TOKEN_FAILED);
    g_assert_cmpint (left, ==, -1);
    g_assert_cmpint (code_of (pena_card_driver_piv.pin_sw, 0x6A80, &left), ==, PENA_ERROR_PIN_INVALID);
    g_assert_cmpint (code_of (pena_card_driver_piv.pin_sw, 0x6983, &left), ==, PENA_ERROR_PIN_BLOCKED);
    g_assert_cmpint (code_of (pena_card_driver_piv.sw, 0x6A88, &left), ==, PENA_ERROR_CREDENTIAL_MISSING);
}

static void
test_pcsc_codes (void)
{
    g_assert_cmpint (pena_pcsc_error_code (SCARD_E_NO_SERVICE), ==, PENA_ERROR_READER_SERVICE_DOWN);
    g_assert_cmpint (pena_pcsc_error_code (SCARD_W_REMOVED_CARD), ==, PENA_ERROR_TOKEN_REMOVED);
    g_assert_cmpint (pena_pcsc_error_code (SCARD_E_NO_SMARTCARD), ==, PENA_ERROR_TOKEN_MISSING);
    g_assert_cmpint (pena_pcsc_error_code (SCARD_E_SHARING_VIOLATION), ==, PENA_ERROR_TOKEN_BUSY);
    /* As they come back from a long of 64 bits. */
    g_assert_cmpint (pena_pcsc_error_code ((glong)(gint32)SCARD_E_NO_SERVICE), ==,
                     PENA_ERROR_READER_SERVICE_DOWN);
    g_assert_cmpint (pena_pcsc_error_code (0x7654321), ==, PENA_ERROR_TOKEN_FAILED);
}

static void
test_mechanisms (void)
{
    guint count;
    const PenaMechanism *rows = pena_mechanisms (&count);

    for (guint i = 0; i < count; i++) {
        g_assert_true (pena_mechanism_find (rows[i].type) == &rows[i]); /* none is there twice */
        g_assert_cmpuint (rows[i].min, <=, rows[i].max);
        if (rows[i].scheme == PENA_SCHEME_DIGEST) {
            g_assert_cmphex (rows[i].flags, ==, CKF_DIGEST);
            g_assert_nonnull (rows[i].hash);
            continue;
        }
        g_assert_cmphex (rows[i].flags, !=, 0);
        g_assert_true (!(rows[i].flags & CKF_SIGN) == !(rows[i].flags & CKF_VERIFY));
        g_assert_true (!(rows[i].flags & CKF_DECRYPT) == !(rows[i].flags & CKF_ENCRYPT));
        g_assert_true (!(rows[i].flags & CKF_DERIVE) || rows[i].scheme == PENA_SCHEME_ECDH);
        g_assert_true (!(rows[i].flags & CKF_GENERATE_KEY_PAIR) || rows[i].scheme == PENA_SCHEME_GENERATE);
        g_assert_true (!(rows[i].flags & CKF_DECRYPT) || rows[i].hash == NULL);
        if (rows[i].scheme == PENA_SCHEME_ECDSA)
            g_assert_cmphex (rows[i].key_type, ==, CKK_EC);
    }
    g_assert_null (pena_mechanism_find (CKM_SHA1_RSA_PKCS));
}

/* The last byte but the hash itself says how long that is; the object identifier ends in 1, 2, 3 and, for SHA-224, 4. */
static void
test_digest_infos (void)
{
    guint count;
    const PenaMechanism *rows = pena_mechanisms (&count);

    for (guint i = 0; i < count; i++) {
        if (rows[i].hash == NULL || rows[i].hash->digest_info == NULL)
            continue;
        const guint8 *info = rows[i].hash->digest_info;
        guint size = (guint)EVP_MD_get_size (rows[i].hash->md ());
        g_assert_cmpuint (info[18], ==, size);
        g_assert_cmpuint (info[1], ==, PENA_MOD_DIGEST_INFO_SIZE - 2 + size);
        g_assert_cmpuint (info[14], ==, size == 28 ? 4 : size / 16 - 1);
    }
}

static GBytes *
packed (const guint8 *data, gsize length, gint window)
{
    g_autofree guint8 *out = g_malloc (length + 1000);
    z_stream stream = {.next_in = (Bytef *)data,
                       .avail_in = (uInt)length,
                       .next_out = out,
                       .avail_out = (uInt)length + 1000};

    g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
    gsize size = length + 1000 - stream.avail_out;
    deflateEnd (&stream);
    return g_bytes_new (out, size);
}

static void
test_unpack (void)
{
    static const guint8 data[5000] = {1, 2, 3};
    static const gint windows[] = {15, 15 + 16}; /* zlib, gzip */
    gsize size;

    for (guint i = 0; i < G_N_ELEMENTS (windows); i++) {
        g_autoptr (GBytes) small = packed (data, sizeof data, windows[i]);
        const guint8 *bytes = g_bytes_get_data (small, &size);
        g_autoptr (GBytes) whole = pena_unpack (bytes, size, sizeof data);
        g_assert_nonnull (whole);
        g_assert_cmpmem (g_bytes_get_data (whole, NULL), g_bytes_get_size (whole), data, sizeof data);
        g_assert_null (pena_unpack (bytes, size, sizeof data - 1)); /* a bomb */
        for (gsize cut = 0; cut < size; cut++)
            g_assert_null (pena_unpack (bytes, cut, sizeof data));
    }
    g_assert_null (pena_unpack (data, sizeof data, sizeof data));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/transport/atr", test_atr);
    g_test_add_func ("/transport/atr/status", test_atr_with_status);
    g_test_add_func ("/transport/pcsc/codes", test_pcsc_codes);
    g_test_add_func ("/cards/drivers/complete", test_drivers_complete);
    g_test_add_func ("/cards/drivers/rank", test_rank);
    g_test_add_func ("/cards/status-words", test_status_words);
    g_test_add_func ("/cards/unpack", test_unpack);
    g_test_add_func ("/pkcs11/mechanisms", test_mechanisms);
    g_test_add_func ("/pkcs11/digest-infos", test_digest_infos);
    return g_test_run ();
}
