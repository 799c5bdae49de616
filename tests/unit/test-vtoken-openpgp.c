/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: its OpenPGP application
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include <glib/gstdio.h>
#include <string.h>

#define SELECT_OPENPGP "00A4040006D27600012401"
#define PIN_SIGN "0020008106313233343536"
#define PIN_USER "0020008206313233343536"
#define PIN_ADMIN "00200083083132333435363738"
#define PIN_WRONG "0020008106393939393939"
#define ADMIN_WRONG "00200083083939393939393939"
#define STATUS "00CA00C400"
#define USE_P256 "00DA00C109132A8648CE3D030107"
#define SIGN_P256 "002A9E9A20" HASH "00"
#define HASH "4242424242424242424242424242424242424242424242424242424242424242"

/* Selected, with a P-256 key for signatures. */
static Vtoken *
new_card (void)
{
    Vtoken *card = vtoken_new_with ("openpgp");

    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, USE_P256, "9000");
    g_autofree gchar *key = talk (card, "0047800002B60000");
    g_assert_true (g_str_has_prefix (key, "7F4943864104"));
    assert_talk (card, SELECT_OPENPGP, "9000");
    return card;
}

static void
assert_signs (Vtoken *card, gboolean expected)
{
    g_autofree gchar *answer = talk (card, SIGN_P256);

    g_assert_cmpstr (answer + (expected ? 128 : 0), ==, expected ? "9000" : "6982");
}

static void
test_select (void)
{
    g_autoptr (Vtoken) card = vtoken_new_with ("openpgp");

    assert_talk (card, "00A4040005D276000124", "9000");
    assert_talk (card, "00A4040006D27600012402", "6A82");
    g_autofree gchar *aid = talk (card, "00CA004F00");
    g_assert_cmpuint (strlen (aid), ==, 36);
    g_assert_true (g_str_has_prefix (aid, "D276000124010304FFFF"));
    aid[32] = '\0';
    g_autofree gchar *whole = g_strconcat ("00A4040010", aid, NULL);
    assert_talk (card, whole, "9000");
    whole[30] = whole[30] == '1' ? '2' : '1'; /* another serial number */
    assert_talk (card, whole, "6A82");
}

static void
test_objects (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "00CA006500", "650B5B005F2D0269645F3501399000");
    assert_talk (card, "00CA007A00", "7A0593030000009000");
    assert_talk (card, STATUS, "007F7F7F0300039000");
    assert_talk (card, "00CA5F5000", "9000");
    assert_talk (card, "00CA00F900", "8101009000");
    assert_talk (card, "00CA00D600", "00209000");
    assert_talk (card, "00CA012300", "6A88");
    assert_talk (card, "00DA5F5003616263", "6982");
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA5F5003616263", "9000");
    assert_talk (card, "00CA5F5000", "6162639000");
    assert_talk (card, "00DA00C70100", "6700");
    assert_talk (card, "00DA01230141", "6A88");
}

static void
test_private_objects (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "00DA01010141", "6982");
    assert_talk (card, PIN_SIGN, "9000");
    assert_talk (card, "00DA01010141", "6982");
    assert_talk (card, PIN_USER, "9000");
    assert_talk (card, "00DA01010141", "9000");
    assert_talk (card, "00DA01030142", "9000");
    assert_talk (card, "00DA01020143", "6982");
    assert_talk (card, "00CA010300", "429000");
    assert_talk (card, "00CA010400", "6982");
    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, "00CA010100", "419000");
    assert_talk (card, "00CA010300", "6982");
}

static void
test_modes (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "00200081", "63C3");
    assert_talk (card, PIN_USER, "9000");
    assert_talk (card, "00200082", "9000");
    assert_talk (card, "00200081", "63C3");
    assert_signs (card, FALSE);
    assert_talk (card, PIN_SIGN, "9000");
    assert_talk (card, "0020FF82", "9000");
    assert_talk (card, "00200082", "63C3");
    assert_talk (card, "00200081", "9000");
    assert_talk (card, "00200084", "6A86");
    assert_signs (card, TRUE);
}

static void
test_one_signature (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, PIN_SIGN, "9000");
    assert_signs (card, TRUE);
    assert_signs (card, FALSE);
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA00C40101", "9000");
    assert_talk (card, PIN_SIGN, "9000");
    assert_signs (card, TRUE);
    assert_signs (card, TRUE);
    assert_talk (card, "00CA007A00", "7A0593030000039000");
}

static void
test_tries (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, PIN_WRONG, "6982");
    assert_talk (card, STATUS, "007F7F7F0200039000");
    assert_talk (card, PIN_SIGN, "9000");
    assert_talk (card, STATUS, "007F7F7F0300039000");
    for (guint i = 0; i < 3; i++)
        assert_talk (card, PIN_WRONG, "6982");
    assert_talk (card, PIN_SIGN, "6983");
    assert_talk (card, "00200081", "6983");
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "002C0281063635343332 31", "9000");
    assert_talk (card, "0020008106363534333231", "9000");
}

static void
test_resetting_code (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "002C00810E 4142434445464748 363534333231", "6983");
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA00D308 4142434445464748", "9000");
    assert_talk (card, STATUS, "007F7F7F0303039000");
    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, "002C00810E 4142434445464700 363534333231", "6982");
    assert_talk (card, STATUS, "007F7F7F0302039000");
    assert_talk (card, "002C00810E 4142434445464748 363534333231", "9000");
    assert_talk (card, "0020008106363534333231", "9000");
    assert_talk (card, "002C0281063635343332 31", "6982");
}

static void
test_change (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "002400810C 393939393939 363534333231", "6982");
    assert_talk (card, STATUS, "007F7F7F0200039000");
    assert_talk (card, "0024008109 313233343536 363534", "6A80");
    assert_talk (card, "002400810E 313233343536 3635343332313039", "9000");
    assert_talk (card, "0020008208 3635343332313039", "9000");
    assert_talk (card, "0024008312 3132333435363738 41424344454647484950", "9000");
    assert_talk (card, "002000830A 41424344454647484950", "9000");
}

static void
test_attributes_drop_the_key (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA00C103010203", "6A80");
    assert_talk (card, "00DA00C20A132A8648CE3D030107FF", "6A80"); /* no key for signatures in this slot */
    assert_talk (card, USE_P256, "9000");
    g_free (talk (card, "0047810002B60000"));
    assert_talk (card, "00DA00C10A162B06010401DA470F01", "9000");
    assert_talk (card, "0047810002B60000", "6A88");
    assert_talk (card, PIN_SIGN, "9000");
    assert_talk (card, SIGN_P256, "6A88");
}

/* The key of RFC 8032, 7.1, test 2; its message is one byte. */
static void
test_import (void)
{
    static const gchar seed[] = "4CCD089B28FF96DA9DB6C346EC114E0F5B8A319F35ABA624DA8CF6ED4FB8A6FB";
    g_autoptr (Vtoken) card = new_card ();
    g_autofree gchar *import = g_strdup_printf ("00DB3FFF2C 4D2A B600 7F48 02 9220 5F4820%s", seed);

    assert_talk (card, import, "6982");
    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA00C10A162B06010401DA470F01", "9000");
    assert_talk (card, import, "9000");
    assert_talk (card, "0047810002B60000",
                 "7F492286203D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C9000");
    assert_talk (card, PIN_SIGN, "9000");
    assert_talk (card, "002A9E9A017200",
                 "92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA"
                 "085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C009000");
}

static void
test_certificates (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, PIN_ADMIN, "9000");
    assert_talk (card, "00DA7F2101A0", "9000");
    assert_talk (card, "00A5020406 60045C027F21", "9000");
    assert_talk (card, "00DA7F2101A2", "9000");
    assert_talk (card, "00CA7F2100", "A29000");
    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, "00CA7F2100", "A09000");
    assert_talk (card, "00CC7F2100", "9000");
    assert_talk (card, "00CC7F2100", "A29000");
    assert_talk (card, "00CC7F2100", "6A88");
    assert_talk (card, "00A5030406 60045C027F21", "6A88");
    assert_talk (card, "00A5020407 0660045C027F21", "6A80");
}

static void
test_terminate (void)
{
    g_autoptr (Vtoken) card = new_card ();

    assert_talk (card, "00E60000", "6982");
    assert_talk (card, "00440000", "9000");
    g_free (talk (card, "0047810002B60000"));
    for (guint i = 0; i < 3; i++)
        assert_talk (card, ADMIN_WRONG, "6982");
    assert_talk (card, "00E60000", "9000");
    assert_talk (card, SELECT_OPENPGP, "6285");
    assert_talk (card, STATUS, "6285");
    assert_talk (card, "00440000", "9000");
    assert_talk (card, STATUS, "007F7F7F0300039000");
    assert_talk (card, "0047810002B60000", "6A88");
}

/* What is on the card is there again after it was killed. */
static void
test_state (void)
{
    g_autofree gchar *folder = g_dir_make_tmp ("vtoken-XXXXXX", NULL);
    g_autofree gchar *path = g_build_filename (folder, "state", NULL);
    g_autoptr (GError) error = NULL;
    Vtoken *card = new_card ();

    g_assert_true (vtoken_save_to (card, path, &error));
    assert_talk (card, PIN_WRONG, "6982");
    g_autofree gchar *public_key = talk (card, "0047810002B60000");
    vtoken_free (card);
    card = vtoken_new_from_file (path, &error);
    g_assert_no_error (error);
    g_assert_true (vtoken_has (card, "openpgp"));
    g_assert_false (vtoken_has (card, "piv"));
    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, STATUS, "007F7F7F0200039000");
    assert_talk (card, "0047810002B60000", public_key);
    vtoken_free (card);
    g_unlink (path);
    g_rmdir (folder);
}

/* Selecting the other application ends what was verified in this one. */
static void
test_beside_piv (void)
{
    g_autoptr (Vtoken) card = vtoken_new_with ("piv openpgp");

    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, PIN_USER, "9000");
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, "00200080", "63C3");
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, SELECT_OPENPGP, "9000");
    assert_talk (card, "00200082", "63C3");
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, "00200080", "63C3");
}

static void
test_personalise (gconstpointer data)
{
    VtokenAlgorithm algorithm = GPOINTER_TO_UINT (data);
    g_autoptr (Vtoken) card = vtoken_new_with ("openpgp");
    g_autoptr (GError) error = NULL;

    for (guint8 slot = 1; slot <= 3; slot++) {
        vtoken_personalise_openpgp (card, algorithm, slot, vtoken_issue_test, NULL, &error);
        g_assert_no_error (error);
    }
    assert_talk (card, SELECT_OPENPGP, "9000");
    g_autofree gchar *certificate = talk (card, "00CA7F2100");
    g_assert_true (g_str_has_prefix (certificate, "3082"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vtoken/openpgp/select", test_select);
    g_test_add_func ("/vtoken/openpgp/objects", test_objects);
    g_test_add_func ("/vtoken/openpgp/private-objects", test_private_objects);
    g_test_add_func ("/vtoken/openpgp/modes", test_modes);
    g_test_add_func ("/vtoken/openpgp/one-signature", test_one_signature);
    g_test_add_func ("/vtoken/openpgp/tries", test_tries);
    g_test_add_func ("/vtoken/openpgp/resetting-code", test_resetting_code);
    g_test_add_func ("/vtoken/openpgp/change", test_change);
    g_test_add_func ("/vtoken/openpgp/attributes-drop-the-key", test_attributes_drop_the_key);
    g_test_add_func ("/vtoken/openpgp/import", test_import);
    g_test_add_func ("/vtoken/openpgp/certificates", test_certificates);
    g_test_add_func ("/vtoken/openpgp/terminate", test_terminate);
    g_test_add_func ("/vtoken/openpgp/state", test_state);
    g_test_add_func ("/vtoken/openpgp/beside-piv", test_beside_piv);
    g_test_add_data_func ("/vtoken/openpgp/personalise/rsa2048", GUINT_TO_POINTER (VTOKEN_ALGORITHM_RSA2048),
                          test_personalise);
    g_test_add_data_func ("/vtoken/openpgp/personalise/p384", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P384),
                          test_personalise);
    g_test_add_data_func ("/vtoken/openpgp/personalise/ed25519", GUINT_TO_POINTER (VTOKEN_ALGORITHM_ED25519),
                          test_personalise);
    return g_test_run ();
}
