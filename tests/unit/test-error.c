/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the error table
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-text.h"

static void
test_every_row_is_whole (void)
{
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint code = 0; code < PENA_N_ERRORS; code++) {
        const gchar *name = pena_error_name (code);
        PenaErrorCode back = PENA_N_ERRORS;
        g_assert_nonnull (name);
        g_assert_true (g_hash_table_add (names, (gpointer)name));
        g_assert_true (pena_error_from_name (name, &back));
        g_assert_cmpuint (back, ==, code);
        g_assert_nonnull (pena_error_csc (code));
        g_assert_cmpuint (pena_error_http_status (code), >=, 400);
        g_assert_cmpuint (pena_error_exit_status (code), !=, PENA_EXIT_DONE);
    }
}

static void
test_facts_fill_the_text (void)
{
    g_autoptr (GError) error = g_error_new (PENA_ERROR, PENA_ERROR_PIN_WRONG, "VERIFY: 63C2");
    pena_error_set_int (error, "attempts_left", 2);
    g_autoptr (GError) copy = g_error_copy (error);
    g_autofree gchar *text = pena_error_describe (copy);
    gint64 left = 0;

    g_assert_cmpstr (text, ==, "The passphrase is wrong. Tries left: 2.");
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
}

static void
test_missing_fact_shows_no_brace (void)
{
    g_autoptr (GError) error = g_error_new (PENA_ERROR, PENA_ERROR_PIN_WRONG, "x");
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_cmpstr (text, ==, "The passphrase is wrong. Tries left: ?.");
}

static void
test_other_domain_is_internal (void)
{
    g_autoptr (GError) error = g_error_new (G_FILE_ERROR, G_FILE_ERROR_IO, "x");
    g_assert_cmpuint (pena_error_code (error), ==, PENA_ERROR_INTERNAL);
    pena_error_set_int (error, "attempts_left", 1);
}

static void
test_unknown_name (void)
{
    PenaErrorCode code = PENA_ERROR_BUSY;
    g_assert_false (pena_error_from_name ("no-such-error", &code));
    g_assert_cmpuint (code, ==, PENA_ERROR_BUSY);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C", TRUE);
    pena_text_init ();
    g_test_add_func ("/base/error/every-row-is-whole", test_every_row_is_whole);
    g_test_add_func ("/base/error/facts-fill-the-text", test_facts_fill_the_text);
    g_test_add_func ("/base/error/missing-fact-shows-no-brace", test_missing_fact_shows_no_brace);
    g_test_add_func ("/base/error/other-domain-is-internal", test_other_domain_is_internal);
    g_test_add_func ("/base/error/unknown-name", test_unknown_name);
    return g_test_run ();
}
