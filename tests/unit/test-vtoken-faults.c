/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: faults on command, the log, the control lines
 * Copyright (C) 2026 the Pena authors */
#include "control.h"
#include "vtoken-talk.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define GET_DISCOVERY "00CB3FFF035C017E"
#define DISCOVERY "7E124F0BA0000003080000100001005F2F0240009000"

static Vtoken *
new_selected (void)
{
    Vtoken *card = vtoken_new_blank ();
    g_free (talk (card, SELECT_PIV));
    return card;
}

static void
test_pull (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    vtoken_fault_at (card, VTOKEN_FAULT_PULL, 2, 0);
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
    assert_talk (card, VERIFY_WRONG, "removed");
    assert_talk (card, GET_DISCOVERY, "removed");
    g_assert_false (vtoken_is_present (card));
    vtoken_insert (card);
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, "00200080", "63C2");
}

static void
test_status (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    vtoken_fault_at (card, VTOKEN_FAULT_STATUS, 1, 0x6F00);
    assert_talk (card, VERIFY_WRONG, "6F00");
    assert_talk (card, "00200080", "63C3");
}

static void
test_spoilt_answers (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    vtoken_fault_at (card, VTOKEN_FAULT_GARBAGE, 1, 0);
    vtoken_fault_at (card, VTOKEN_FAULT_SHORT, 2, 0);
    vtoken_fault_at (card, VTOKEN_FAULT_ONE_BYTE, 3, 0);
    vtoken_fault_at (card, VTOKEN_FAULT_EMPTY, 4, 0);
    g_autofree gchar *garbage = talk (card, GET_DISCOVERY);
    g_assert_cmpuint (strlen (garbage), ==, strlen (DISCOVERY));
    g_assert_cmpstr (garbage, !=, DISCOVERY);
    g_assert_true (g_str_has_suffix (garbage, "9000"));
    assert_talk (card, GET_DISCOVERY,
                 "7E124F0BA00000030800"
                 "9000");
    assert_talk (card, GET_DISCOVERY, "7E");
    assert_talk (card, GET_DISCOVERY, "");
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
}

static void
test_slow (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    gint64 before = g_get_monotonic_time ();
    vtoken_fault_at (card, VTOKEN_FAULT_SLOW, 1, 30);
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
    g_assert_cmpint (g_get_monotonic_time () - before, >=, 30000);
}

static void
test_reset_by_another (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    vtoken_fault_at (card, VTOKEN_FAULT_RESET, 1, 0);
    assert_talk (card, GET_DISCOVERY, "6D00");
}

static void
test_clear_and_count (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    g_assert_cmpuint (vtoken_get_count (card), ==, 1);
    vtoken_fault_at (card, VTOKEN_FAULT_STATUS, 1, 0x6F00);
    vtoken_reset_count (card);
    assert_talk (card, GET_DISCOVERY, "6F00");
    vtoken_fault_at (card, VTOKEN_FAULT_STATUS, 1, 0x6F00);
    vtoken_fault_clear (card);
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
    g_assert_cmpuint (vtoken_get_count (card), ==, 2);
}

static void
test_log_has_no_data (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    g_autofree gchar *path = NULL;
    g_autofree gchar *text = NULL;
    int fd = g_file_open_tmp ("vtoken-XXXXXX", &path, NULL);

    vtoken_log_to (card, fd);
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, VERIFY, "9000");
    vtoken_fault_at (card, VTOKEN_FAULT_PULL, 2, 0);
    assert_talk (card, "00", "6700");
    assert_talk (card, "00200080", "removed");
    close (fd);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_unlink (path);
    g_assert_cmpstr (text, ==,
                     "1 00 A4 04 00 Lc=9 Le=256 SW=9000 Lr=39\n2 00 20 00 80 Lc=8 Le=256 SW=9000 Lr=0\n"
                     "3 00 malformed=1 SW=6700 Lr=0\n4 00 20 00 80 Lc=0 Le=256 removed\n");
}

static void
check_line (Vtoken *card, const gchar *line, const gchar *expected)
{
    g_autofree gchar *answer = control_run (line, card, NULL);
    g_assert_cmpstr (answer, ==, expected);
}

static void
test_control (void)
{
    g_autoptr (Vtoken) card = new_selected ();
    check_line (card, "count", "ok 1");
    check_line (card, "sw-at 1 6f00", "ok");
    assert_talk (card, GET_DISCOVERY, "6F00");
    check_line (card, "pull-at 1", "ok");
    check_line (card, "clear", "ok");
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
    check_line (card, "pull", "ok");
    assert_talk (card, GET_DISCOVERY, "removed");
    check_line (card, "insert", "ok");
    assert_talk (card, GET_DISCOVERY, "6D00");
}

static void
test_control_refuses (void)
{
    static const gchar *const bad[] = {"",        "pull-at",       "pull-at 0",  "pull-at x", "pull-at 1 2",
                                       "sw-at 1", "sw-at 1 12345", "slow-at 1 x"};
    g_autoptr (Vtoken) card = new_selected ();
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autofree gchar *answer = control_run (bad[i], card, NULL);
        g_assert_true (g_str_has_prefix (answer, "error "));
    }
    check_line (card, "frobnicate", "error unknown command");
    assert_talk (card, GET_DISCOVERY, DISCOVERY);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vtoken/faults/pull", test_pull);
    g_test_add_func ("/vtoken/faults/status", test_status);
    g_test_add_func ("/vtoken/faults/spoilt-answers", test_spoilt_answers);
    g_test_add_func ("/vtoken/faults/slow", test_slow);
    g_test_add_func ("/vtoken/faults/reset-by-another", test_reset_by_another);
    g_test_add_func ("/vtoken/faults/clear-and-count", test_clear_and_count);
    g_test_add_func ("/vtoken/log/no-data", test_log_has_no_data);
    g_test_add_func ("/vtoken/control/lines", test_control);
    g_test_add_func ("/vtoken/control/refuses", test_control_refuses);
    return g_test_run ();
}
