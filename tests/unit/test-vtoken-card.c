/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: selecting, chaining, lengths
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include <string.h>

#define PIV_TEMPLATE "61254F0600001000010079074F05A000000308501250656E61207669727475616C20746F6B656E9000"

/* The object 5FC106 with 300 bytes of 5A, by two short links and by one extended command. */
#define OBJECT_LENGTH 300

static gchar *
repeat (const gchar *text, guint times)
{
    GString *all = g_string_new (NULL);
    for (guint i = 0; i < times; i++)
        g_string_append (all, text);
    return g_string_free (all, FALSE);
}

static Vtoken *
new_selected (void)
{
    Vtoken *card = vtoken_new_blank ();
    g_autofree gchar *answer = talk (card, SELECT_PIV);
    g_assert_true (g_str_has_suffix (answer, "9000"));
    return card;
}

static Vtoken *
new_with_object (void)
{
    Vtoken *card = new_selected ();
    g_autofree gchar *value = repeat ("5A", OBJECT_LENGTH);
    g_autofree gchar *put = g_strdup_printf ("00DB3FFF000135 5C035FC106 5382012C %s", value);

    talk_admin (card);
    assert_talk (card, put, "9000");
    return card;
}

static void
test_select (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    assert_talk (card, "00CB3FFF055C035FC10200", "6D00");
    assert_talk (card, "00A404000BA000000308000010000100", PIV_TEMPLATE);
    assert_talk (card, "00A4040005A000000308", PIV_TEMPLATE);
    assert_talk (card, "00A4040004A0000003", "6A82");
    assert_talk (card, "00A40400", "6A82");
    assert_talk (card, "00A40000023F00", "6A86");
}

static void
test_select_of_another_keeps_state (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00A4040006D27600012401", "6A82");
    assert_talk (card, "00200080", "9000");
}

static void
test_reset_forgets (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, VERIFY, "9000");
    vtoken_reset (card);
    assert_talk (card, "00200080", "6D00");
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, "00200080", "63C3");
}

static void
test_classes (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "0C200080", "6882");
    assert_talk (card, "01200080", "6881");
    assert_talk (card, "80200080", "6E00");
}

static void
test_malformed_lengths (void)
{
    static const gchar *const bad[] = {"",
                                       "00",
                                       "002000",
                                       "00200080083132",
                                       "0020008000000131323334",
                                       "002000800000013132",
                                       "0020008001310000"};
    g_autoptr (Vtoken) card = new_selected ();
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        assert_talk (card, bad[i], "6700");
    assert_talk (card, "00200080000001", "63C3");
}

static void
test_long_answers (void)
{
    g_autoptr (Vtoken) card = new_with_object ();
    g_autofree gchar *first = talk_once (card, "00CB3FFF055C035FC10600");
    g_assert_cmpuint (strlen (first), ==, 2 * (256 + 2));
    g_assert_true (g_str_has_suffix (first, "6130"));
    g_autofree gchar *second = talk_once (card, "00C0000002");
    g_assert_cmpstr (second, ==, "5A5A612E");
    assert_talk (card, "00200080", "63C3");
    assert_talk (card, "00C0000000", "6985");
}

static void
test_extended_answers (void)
{
    g_autoptr (Vtoken) card = new_with_object ();
    g_autofree gchar *value = repeat ("5A", OBJECT_LENGTH);
    g_autofree gchar *expected = g_strdup_printf ("5382012C%s9000", value);
    g_autofree gchar *whole = talk_once (card, "00CB3FFF0000055C035FC1060000");
    g_assert_cmpstr (whole, ==, expected);
    assert_talk (card, "00CB3FFF055C035FC106", expected);
}

static void
test_chaining (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    g_autofree gchar *value = repeat ("5A", OBJECT_LENGTH - 100);
    g_autofree gchar *rest = repeat ("5A", 100);
    g_autofree gchar *first = g_strdup_printf ("10DB3FFFD1 5C035FC106 5382012C %s", value);
    g_autofree gchar *last = g_strdup_printf ("00DB3FFF64 %s", rest);
    g_autofree gchar *expected = g_strdup_printf ("5382012C%s%s9000", value, rest);

    talk_admin (card);
    assert_talk (card, first, "9000");
    assert_talk (card, last, "9000");
    assert_talk (card, "00CB3FFF055C035FC10600", expected);
}

static void
test_chain_of_a_gone_client (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    assert_talk (card, "10DB3FFF055C035FC106", "9000");
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "10DB3FFF055C035FC106", "9000");
    vtoken_reset (card);
    g_free (talk (card, SELECT_PIV));
    talk_admin (card);
    assert_talk (card, "00DB3FFF035301AA", "6A80");
}

static void
test_chain_is_bounded (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    g_autofree gchar *data = repeat ("00", 255);
    g_autofree gchar *link = g_strdup_printf ("10DB3FFFFF%s", data);
    for (guint i = 0; i < 8192 / 255; i++)
        assert_talk (card, link, "9000");
    assert_talk (card, link, "6700");
}

static void
test_atr (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    gsize length;
    const guint8 *atr = vtoken_get_atr (card, &length);
    guint8 sum = 0;
    for (gsize i = 1; i < length; i++)
        sum ^= atr[i];
    g_assert_cmphex (sum, ==, 0);
    g_assert_cmpuint (atr[1] & 0x0F, ==, 10);
    g_assert_cmphex (atr[10], ==, 0x73);
    g_assert_cmphex (atr[13] & 0x40, ==, 0x40);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vtoken/card/select", test_select);
    g_test_add_func ("/vtoken/card/select-of-another-keeps-state", test_select_of_another_keeps_state);
    g_test_add_func ("/vtoken/card/reset-forgets", test_reset_forgets);
    g_test_add_func ("/vtoken/card/classes", test_classes);
    g_test_add_func ("/vtoken/card/malformed-lengths", test_malformed_lengths);
    g_test_add_func ("/vtoken/card/long-answers", test_long_answers);
    g_test_add_func ("/vtoken/card/extended-answers", test_extended_answers);
    g_test_add_func ("/vtoken/card/chaining", test_chaining);
    g_test_add_func ("/vtoken/card/chain-of-a-gone-client", test_chain_of_a_gone_client);
    g_test_add_func ("/vtoken/card/chain-is-bounded", test_chain_is_bounded);
    g_test_add_func ("/vtoken/card/atr", test_atr);
    return g_test_run ();
}
