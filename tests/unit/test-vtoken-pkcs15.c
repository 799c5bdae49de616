/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: files, PINs, keys and state of the PKCS#15 card
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <string.h>

#include "vtoken-talk.h"

#define PAD "00000000000000000000"
#define VERIFY_USER "0020000110313233343536" PAD
#define VERIFY_BAD "0020000110393939393939" PAD
#define SET_KEY(number)                                                                                      \
    "002241B606800121"                                                                                       \
    "8401" number
#define SIGN "002A9E9A20000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F00"

static Vtoken *
new_card (const gchar *layout, VtokenAlgorithm algorithm)
{
    g_autoptr (GError) error = NULL;
    Vtoken *card = vtoken_new_pkcs15 (layout);

    for (guint8 reference = 1; reference <= 2; reference++)
        vtoken_pkcs15_personalise (card, algorithm, reference, vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    return card;
}

static void
assert_status (Vtoken *card, const gchar *command, const gchar *status)
{
    g_autofree gchar *answer = talk (card, command);

    g_assert_cmpuint (strlen (answer), >=, 4);
    g_assert_cmpstr (answer + strlen (answer) - 4, ==, status);
}

static void
test_unknown_layout (void)
{
    g_assert_null (vtoken_new_pkcs15 ("pkcs16"));
}

static void
test_select (void)
{
    static const struct {
        const gchar *command, *status;
    } rows[] = {
        {"00A4040C0CA000000063504B43532D3135", "9000"}, /* the DF by its name */
        {"00A4000C025031", "9000"},                     /* a file in it */
        {"00A4000C023F00", "9000"},                     /* the MF */
        {"00A4000C025031", "6A82"},                     /* which has no such file */
        {"00A4010C025015", "9000"},                     /* a DF in the MF */
        {"00A4010C025031", "6A82"},                     /* a file is no DF */
        {"00A4020C025031", "9000"},                     /* a file in the current DF */
        {"00A4030C", "9000"},                           /* up */
        {"00A4080C0450155032", "9000"},                 /* by path from the MF */
        {"00A4080C063F0050155032", "9000"},             /* which may be named */
        {"00A4090C025033", "9000"},                     /* by path from the current DF */
        {"00A4080C0450155099", "6A82"},
        {"00A4080C03501550", "6A82"},
        {"00A4050C025031", "6A86"},
        {"00A40403025031", "6A86"},
        {"00A4040C09A00000030800001000", "6A82"}, /* it is no PIV card */
    };
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_test_message ("%s", rows[i].command);
        assert_status (card, rows[i].command, rows[i].status);
    }
}

static void
test_control_parameters (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);
    g_autofree gchar *fci = talk (card, "00A4080004501550"
                                        "31"
                                        "00");
    g_autofree gchar *fcp = talk (card, "00A4080404501550"
                                        "31"
                                        "00");

    g_assert_true (g_str_has_prefix (fci, "6F188002003C8201018302503186"));
    g_assert_true (g_str_has_prefix (fcp, "62188002003C8201018302503186"));
}

static void
test_read (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);

    assert_status (card, "00B0000010", "6986"); /* nothing selected */
    assert_status (card, "00A4080C0450155031", "9000");
    g_autofree gchar *all = talk (card, "00B000003C");
    g_autofree gchar *tail = talk (card, "00B000303C");
    g_assert_cmpuint (strlen (all), ==, 2 * (60 + 2));
    g_assert_cmpstr (tail, ==, all + 2 * 48);
    assert_status (card, "00B0003C01", "6B00");
    assert_status (card, "00B2010400", "6981");
    g_autofree gchar *by_short_id = talk (card, "00B092003C"); /* 12 are the last five bits of 5032 */
    g_assert_true (g_str_has_prefix (by_short_id, "30"));
    assert_status (card, "00B09F0001", "6A82");
    /* A data object for which the PIN is wanted, a key that nobody reads. */
    assert_status (card, "00A4080C0450153301", "9000");
    assert_status (card, "00B0000010", "6982");
    assert_status (card, VERIFY_USER, "9000");
    assert_talk (card, "00B0000010", "040C6E61736B61682064696E61739000");
    assert_status (card, "00A4080C0450154B01", "9000");
    assert_status (card, "00B0000010", "6981");
}

static void
test_records (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15-records", VTOKEN_ALGORITHM_P256);

    assert_status (card, "00A4040C0CA000000063504B43532D3135", "6A82");
    assert_status (card, "00A4000C022F00", "9000");
    assert_status (card, "00B0000000", "6981");
    assert_talk (card, "00B2010400", "61074F05D2760000019000");
    g_autofree gchar *second = talk (card, "00B2020400");
    g_assert_true (g_str_has_prefix (second, "61284F0CA000000063504B43532D3135"));
    assert_status (card, "00B2030400", "6A83");
    assert_status (card, "00B2010200", "6A86");
}

static void
test_pin (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);

    assert_talk (card, "00200001", "63C3");
    assert_talk (card, "00200003", "6A88");               /* another layout has that one */
    assert_talk (card, "0020000106313233343536", "63C2"); /* not padded */
    assert_talk (card, VERIFY_BAD, "63C1");
    assert_talk (card, VERIFY_USER, "9000");
    assert_talk (card, "00200001", "9000");
    assert_talk (card, "0020FF01", "9000");
    assert_talk (card, "00200001", "63C3");
    for (guint i = 0; i < 2; i++)
        assert_status (card, VERIFY_BAD, i == 0 ? "63C2" : "63C1");
    assert_talk (card, VERIFY_BAD, "6983");
    assert_talk (card, VERIFY_USER, "6983");
    /* RESET RETRY COUNTER: with a wrong PUK, then the right one, a new PIN. */
    assert_talk (card,
                 "002C000120"
                 "3939393939393939"
                 "0000000000000000"
                 "393837363534" PAD,
                 "63C2");
    assert_talk (card,
                 "002C000120"
                 "3132333435363738"
                 "0000000000000000"
                 "393837363534" PAD,
                 "9000");
    assert_talk (card,
                 "0020000110"
                 "393837363534" PAD,
                 "9000");
    assert_talk (card,
                 "0024000120"
                 "393837363534" PAD "313233343536" PAD,
                 "9000");
    assert_talk (card, VERIFY_USER, "9000");
}

static void
test_keys (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);

    assert_talk (card, SIGN, "6985"); /* no key chosen */
    assert_talk (card, SET_KEY ("09"), "6A88");
    assert_talk (card, SET_KEY ("01"), "9000");
    assert_talk (card, SIGN, "6982");
    assert_talk (card, VERIFY_USER, "9000");
    assert_status (card, SIGN, "9000");
    assert_status (card, SIGN, "9000");
    assert_talk (card, "002241B606800111840101", "9000");
    assert_talk (card, SIGN, "6A80"); /* an algorithm of another kind of key */
    assert_talk (card, "002241A406800121840101", "9000");
    assert_talk (card, SIGN, "6985"); /* chosen for something else */
}

/* One VERIFY, one signature; only choosing the key may come in between. */
static void
test_consent (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);

    assert_talk (card, SET_KEY ("02"), "9000");
    assert_talk (card, VERIFY_USER, "9000");
    assert_status (card, SIGN, "9000");
    assert_talk (card, SIGN, "6982");
    assert_talk (card, "00200001", "9000");
    assert_talk (card, VERIFY_USER, "9000");
    assert_status (card, "00A4080C0450155031", "9000");
    assert_talk (card, SET_KEY ("02"), "9000");
    assert_status (card, SIGN, "9000");
    assert_talk (card, VERIFY_USER, "9000");
    assert_status (card, "00B0000001", "9000");
    assert_talk (card, SIGN, "6982");
}

static void
test_challenge (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15", VTOKEN_ALGORITHM_P256);
    g_autofree gchar *one = talk (card, "0084000008"), *other = talk (card, "0084000008");

    g_assert_cmpuint (strlen (one), ==, 20);
    g_assert_cmpstr (one, !=, other);
}

static void
test_vendor (void)
{
    g_autoptr (Vtoken) card = new_card ("pkcs15-vendor", VTOKEN_ALGORITHM_P256);

    assert_talk (card, SET_KEY ("01"), "6D00");
    assert_talk (card, SIGN, "6D00");
}

/* A try is spent in the file before the PIN is looked at; a card that is read back is the same one. */
static void
test_state (void)
{
    g_autofree gchar *folder = g_dir_make_tmp ("vtoken-XXXXXX", NULL);
    g_autofree gchar *path = g_build_filename (folder, "state", NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (Vtoken) card = new_card ("pkcs15-two-pins", VTOKEN_ALGORITHM_P256);

    g_assert_true (vtoken_save_to (card, path, &error));
    assert_talk (card, "0020000106393939393939", "63C2");
    assert_status (card, "00A4080C0450153102", "9000");
    g_autofree gchar *certificate = talk (card, "00B00000000000");
    g_autoptr (Vtoken) again = vtoken_new_from_file (path, &error);
    g_assert_no_error (error);
    assert_talk (again, "00200001", "63C2");
    assert_talk (again, "00200003", "63C3");
    assert_status (again, "00A4080C0450153102", "9000");
    assert_talk (again, "00B00000000000", certificate);
    g_autoptr (Vtoken) copy = vtoken_copy (again);
    assert_talk (copy, "0020000106393939393939", "63C1");
    assert_talk (again, "00200001", "63C2");
    g_unlink (path);
    g_rmdir (folder);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vtoken/pkcs15/unknown-layout", test_unknown_layout);
    g_test_add_func ("/vtoken/pkcs15/select", test_select);
    g_test_add_func ("/vtoken/pkcs15/control-parameters", test_control_parameters);
    g_test_add_func ("/vtoken/pkcs15/read", test_read);
    g_test_add_func ("/vtoken/pkcs15/records", test_records);
    g_test_add_func ("/vtoken/pkcs15/pin", test_pin);
    g_test_add_func ("/vtoken/pkcs15/keys", test_keys);
    g_test_add_func ("/vtoken/pkcs15/consent", test_consent);
    g_test_add_func ("/vtoken/pkcs15/challenge", test_challenge);
    g_test_add_func ("/vtoken/pkcs15/vendor", test_vendor);
    g_test_add_func ("/vtoken/pkcs15/state", test_state);
    return g_test_run ();
}
