/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: PIN, PUK and management key
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include <openssl/evp.h>
#include <string.h>

#define PUK "3132333435363738"
#define PUK_WRONG "3939393939393939"
#define PIN "313233343536FFFF"
#define PIN_NEW "36353433323130FF"

static Vtoken *
new_selected (void)
{
    Vtoken *card = vtoken_new_blank ();
    g_free (talk (card, SELECT_PIV));
    return card;
}

static void
block_pin (Vtoken *card)
{
    assert_talk (card, VERIFY_WRONG, "63C2");
    assert_talk (card, VERIFY_WRONG, "63C1");
    assert_talk (card, VERIFY_WRONG, "63C0");
}

static void
test_status_and_clear (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "00200080", "63C3");
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00200080", "9000");
    assert_talk (card, "0020FF80", "9000");
    assert_talk (card, "00200080", "63C3");
}

static void
test_wrong_pin_counts_down (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, VERIFY_WRONG, "63C2");
    assert_talk (card, "00200080", "63C2");
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "0020FF80", "9000");
    assert_talk (card, "00200080", "63C3");
}

static void
test_blocked (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    block_pin (card);
    assert_talk (card, VERIFY, "6983");
    assert_talk (card, "00200080", "6983");
    assert_talk (card, "0024008010" PIN PIN_NEW, "6983");
}

static void
test_format_costs_no_try (void)
{
    static const gchar *const bad[] = {
        "0020008006313233343536",     /* not padded */
        "00200080083132333435FFFFFF", /* five digits */
        "0020008008313233343536FF37", /* a digit after the padding */
        "0020008008313233343536FF00", /* padded with another byte */
        "0020008008414243444546FFFF", /* letters */
        "0020FF8008313233343536FFFF",
    };
    g_autoptr (Vtoken) card = new_selected ();
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        assert_talk (card, bad[i], "6A80");
    assert_talk (card, "00200080", "63C3");
}

static void
test_parameters (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "00200000", "6A88");
    assert_talk (card, "00200081", "6A88");
    assert_talk (card, "00200180", "6A86");
    assert_talk (card, "00240080", "6A80");
    assert_talk (card, "0024008210" PIN PIN_NEW, "6A88");
    assert_talk (card, "002C008110" PUK PIN_NEW, "6A88");
}

static void
test_change_pin (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "0024008010" PIN_NEW PIN_NEW, "63C2");
    assert_talk (card, "0024008010" PIN PIN_NEW, "9000");
    assert_talk (card, VERIFY, "63C2");
    assert_talk (card, "0020008008" PIN_NEW, "9000");
}

static void
test_change_puk (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "0024008110" PUK_WRONG PUK, "63C2");
    assert_talk (card, "0024008110" PUK PUK_WRONG, "9000");
    assert_talk (card, "002C008010" PUK PIN_NEW, "63C2");
    assert_talk (card, "002C008010" PUK_WRONG PIN_NEW, "9000");
}

static void
test_unblock (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    block_pin (card);
    assert_talk (card, "002C008010" PUK PIN_NEW, "9000");
    assert_talk (card, "00200080", "63C3");
    assert_talk (card, "0020008008" PIN_NEW, "9000");
}

static void
test_puk_blocks (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "002C008010" PUK_WRONG PIN_NEW, "63C2");
    assert_talk (card, "002C008010" PUK_WRONG PIN_NEW, "63C1");
    assert_talk (card, "002C008010" PUK_WRONG PIN_NEW, "63C0");
    assert_talk (card, "002C008010" PUK PIN_NEW, "6983");
    assert_talk (card, VERIFY, "9000");
}

static void
test_objects_behind_the_pin (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "00CB3FFF055C035FC103", "6982");
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00CB3FFF055C035FC103", "6A82");
}

static void
test_objects (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "00DB3FFF0A5C035FC10C5303C10100", "6982");
    talk_admin (card);
    assert_talk (card, "00DB3FFF0A5C035FC10C5303C10100", "9000");
    assert_talk (card, "00CB3FFF055C035FC10C", "5303C101009000");
    assert_talk (card, "00DB3FFF075C035FC10C5300", "9000");
    assert_talk (card, "00CB3FFF055C035FC10C", "53009000");
    assert_talk (card, "00CB3FFF035C017E", "7E124F0BA0000003080000100001005F2F0240009000");
    assert_talk (card, "00DB3FFF075C035FC10C5400", "6A80");
    assert_talk (card, "00DB3FFF075C0360C10C5300", "6A80");
    assert_talk (card, "00CB3F00055C035FC10C", "6A86");
}

/* One block with the well-known key of this cipher. */
static gchar *
cipher (const EVP_CIPHER *kind, gboolean encrypt, const gchar *block)
{
    static const guint8 key[32] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                                   1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    g_autoptr (GByteArray) in = talk_bytes (block);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new ();
    guint8 out[32];
    int length = 0;

    EVP_CipherInit_ex2 (ctx, kind, key, NULL, encrypt, NULL);
    EVP_CIPHER_CTX_set_padding (ctx, 0);
    g_assert_cmpint (EVP_CipherUpdate (ctx, out, &length, in->data, (int)in->len), ==, 1);
    EVP_CIPHER_CTX_free (ctx);
    return talk_hex (out, (gsize)length);
}

static const struct {
    VtokenAlgorithm algorithm;
    const EVP_CIPHER *(*cipher) (void);
    const gchar *challenge; /* of the host */
} admin_keys[] = {
    {VTOKEN_ALGORITHM_3DES, EVP_des_ede3_ecb, "A0A1A2A3A4A5A6A7"},
    {VTOKEN_ALGORITHM_AES128, EVP_aes_128_ecb, "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"},
    {VTOKEN_ALGORITHM_AES192, EVP_aes_192_ecb, "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"},
    {VTOKEN_ALGORITHM_AES256, EVP_aes_256_ecb, "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"},
};

static void
test_admin_mutual (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (admin_keys); i++) {
        g_autoptr (Vtoken) card = vtoken_new_blank ();
        const gchar *challenge = admin_keys[i].challenge;
        guint block = (guint)strlen (challenge) / 2;

        vtoken_set_admin_algorithm (card, admin_keys[i].algorithm);
        g_free (talk (card, SELECT_PIV));
        g_autofree gchar *ask = g_strdup_printf ("0087%02X9B047C028000", admin_keys[i].algorithm);
        g_autofree gchar *witness = talk (card, ask);
        witness[strlen (witness) - 4] = '\0';
        g_autofree gchar *clear = cipher (admin_keys[i].cipher (), FALSE, witness + 8);
        g_autofree gchar *proof =
            g_strdup_printf ("0087%02X9B%02X7C%02X80%02X%s81%02X%s", admin_keys[i].algorithm, 2 * block + 6,
                             2 * block + 4, block, clear, block, challenge);
        g_autofree gchar *encrypted = cipher (admin_keys[i].cipher (), TRUE, challenge);
        g_autofree gchar *expected = g_strdup_printf ("7C%02X82%02X%s9000", block + 2, block, encrypted);
        assert_talk (card, proof, expected);
        assert_talk (card, "00DB3FFF0A5C035FC10C5303C10100", "9000");
    }
}

static void
test_admin_wrong (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    talk_admin (card);
    g_free (talk (card, "0087039B047C028100"));
    assert_talk (card, "0087039B0C7C0A82080000000000000000", "6982");
    assert_talk (card, "00DB3FFF0A5C035FC10C5303C10100", "6982");
    assert_talk (card, "0087039B0C7C0A82080000000000000000", "6985");
    assert_talk (card, "00870A9B047C028100", "6A86");
    assert_talk (card, "0087039B027C00", "6A80");
}

static void
test_vendor (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    g_autofree gchar *serial = g_strdup_printf ("%08X9000", vtoken_get_serial (card));
    assert_talk (card, "00F80000", serial);
    assert_talk (card, "00F7009B", "010103020200010501019000");
    assert_talk (card, "00F70080", "0101FF050101060203039000");
    assert_talk (card, "00FB0000", "6985");
    assert_talk (card, "00FA0506", "6982");
    talk_admin (card);
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00FA0506", "9000");
    assert_talk (card, "00F70081", "0101FF050101060206069000");
    assert_talk (card, "00FFFFFF040C9B20AA", "6A80");
    assert_talk (card, "00FFFFFF13089B10000102030405060708090A0B0C0D0E0F", "9000");
    assert_talk (card, "00F7009B", "010108020200010501009000");
}

static void
test_vendor_reset (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    talk_admin (card);
    assert_talk (card, "00DB3FFF0A5C035FC10C5303C10100", "9000");
    block_pin (card);
    for (guint i = 0; i < 3; i++)
        g_free (talk (card, "002C008010" PUK_WRONG PIN_NEW));
    assert_talk (card, "00FB0000", "9000");
    assert_talk (card, "00200080", "63C3");
    assert_talk (card, "00CB3FFF055C035FC10C", "6A82");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vtoken/pin/status-and-clear", test_status_and_clear);
    g_test_add_func ("/vtoken/pin/wrong-counts-down", test_wrong_pin_counts_down);
    g_test_add_func ("/vtoken/pin/blocked", test_blocked);
    g_test_add_func ("/vtoken/pin/format-costs-no-try", test_format_costs_no_try);
    g_test_add_func ("/vtoken/pin/parameters", test_parameters);
    g_test_add_func ("/vtoken/pin/change", test_change_pin);
    g_test_add_func ("/vtoken/pin/change-puk", test_change_puk);
    g_test_add_func ("/vtoken/pin/unblock", test_unblock);
    g_test_add_func ("/vtoken/pin/puk-blocks", test_puk_blocks);
    g_test_add_func ("/vtoken/objects/behind-the-pin", test_objects_behind_the_pin);
    g_test_add_func ("/vtoken/objects/put-and-get", test_objects);
    g_test_add_func ("/vtoken/admin/mutual", test_admin_mutual);
    g_test_add_func ("/vtoken/admin/wrong", test_admin_wrong);
    g_test_add_func ("/vtoken/vendor/commands", test_vendor);
    g_test_add_func ("/vtoken/vendor/reset", test_vendor_reset);
    return g_test_run ();
}
