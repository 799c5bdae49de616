/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of secret memory
 * Copyright (C) 2026 the Pena authors */
#include "pena-secret.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_append_is_bounded (void)
{
    g_autoptr (PenaSecret) secret = pena_secret_new (4, FALSE, NULL);
    g_assert_true (pena_secret_append (secret, "abc", 3));
    g_assert_false (pena_secret_append (secret, "de", 2));
    g_assert_cmpmem (secret->data, secret->length, "abc", 3);
}

static void
test_clear_zeroes (void)
{
    static const guint8 zero[4];
    g_autoptr (PenaSecret) secret = pena_secret_new (4, FALSE, NULL);
    pena_secret_append (secret, "abcd", 4);
    pena_secret_clear (secret);
    g_assert_cmpuint (secret->length, ==, 0);
    g_assert_cmpmem (secret->data, 4, zero, 4);
}

static void
test_child_sees_zeroes (void)
{
    g_autoptr (PenaSecret) secret = pena_secret_new (4, FALSE, NULL);
    int status = 0;

    pena_secret_append (secret, "abcd", 4);
    pid_t child = fork ();
    if (child == 0)
        _exit (memcmp (secret->data, "\0\0\0\0", 4) == 0 ? 0 : 1);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
test_running_past_the_end_faults (void)
{
    if (g_test_subprocess ()) {
        PenaSecret *secret = pena_secret_new (4, FALSE, NULL);
        ((volatile guint8 *)secret->data)[4] = 1;
        return;
    }
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_failed ();
}

static void
test_constant_time_equality (void)
{
    g_assert_true (pena_equal_constant_time ("abc", "abc", 3));
    g_assert_false (pena_equal_constant_time ("abc", "abd", 3));
    g_assert_true (pena_equal_constant_time ("", "", 0));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/base/secret/append-is-bounded", test_append_is_bounded);
    g_test_add_func ("/base/secret/clear-zeroes", test_clear_zeroes);
    g_test_add_func ("/base/secret/child-sees-zeroes", test_child_sees_zeroes);
    g_test_add_func ("/base/secret/guard-page", test_running_past_the_end_faults);
    g_test_add_func ("/base/secret/constant-time-equality", test_constant_time_equality);
    return g_test_run ();
}
