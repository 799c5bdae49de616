/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the prompts of signatures that follow one another, which one pinentry shows
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <signal.h>
#include <string.h>

#include "token-rig.h"

#define RIGHT "pin " TOKEN_RIG_PIN "\n"

static TokenRig rig;

/* ---- signatures that are asked for all at once, and made in turn ---- */

/* One more, whose digest begins like the name of the document; `key` of the prompt is `value`, when there is one. */
static void
ask_for (TokenRigJobs *jobs, const gchar *document, const gchar *key, const gchar *value)
{
    g_autoptr (GVariant) usual = g_variant_ref_sink (token_rig_prompt (document));
    guint8 sha256[32] = {0};
    GVariantDict prompt;

    memcpy (sha256, document, MIN (strlen (document), sizeof sha256));
    g_variant_dict_init (&prompt, usual);
    g_variant_dict_insert_value (&prompt, "sha256",
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, sha256, sizeof sha256, 1));
    if (key != NULL)
        g_variant_dict_insert (&prompt, key, "s", value);
    token_rig_begin (&rig, jobs, jobs->left + 1, rig.rsa_id, "rsa-pkcs1-sha256",
                     g_variant_dict_end (&prompt));
}

/* What was shown for all of them, a dialog a line. */
static GStrv
await_all (TokenRigJobs *jobs)
{
    token_rig_await (jobs);
    g_autofree gchar *shown = token_rig_shown (&rig);
    return g_strsplit (g_strchomp (shown), "\n", -1);
}

/* Signs one document; the pinentry that was asked, which is kept after it. */
static pid_t
sign_one (void)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, RIGHT);
    ask_for (&jobs, "surat.pdf", NULL, NULL);
    g_auto (GStrv) shown = await_all (&jobs);
    g_assert_no_error (jobs.error);
    g_assert_cmpuint (g_strv_length (shown), ==, 1);
    return token_rig_pid (shown[0]);
}

static void
await_end (pid_t pid)
{
    while (token_rig_is_running (pid))
        g_usleep (1000);
}

/* ---- kept ---- */

static void
test_one_shows_each_document (void)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, "pin 999999\n" RIGHT RIGHT RIGHT);
    ask_for (&jobs, "satu.pdf", NULL, NULL);
    ask_for (&jobs, "dua.pdf", NULL, NULL);
    ask_for (&jobs, "tiga.pdf", NULL, NULL);
    g_auto (GStrv) shown = await_all (&jobs);
    g_assert_no_error (jobs.error);
    static const struct {
        const gchar *document, *digest;
    } rows[] = {{"satu.pdf", "7361 7475"},
                {"satu.pdf", "7361 7475"},
                {"dua.pdf", "6475 612e"},
                {"tiga.pdf", "7469 6761"}};
    g_assert_cmpuint (g_strv_length (shown), ==, G_N_ELEMENTS (rows));
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_assert_cmpint (token_rig_pid (shown[i]), ==, token_rig_pid (shown[0]));
        g_assert_nonnull (strstr (shown[i], rows[i].digest));
        g_assert_nonnull (strstr (shown[i], "\"prompt\": \"Passphrase:\""));
        g_assert_nonnull (strstr (shown[i], "\"ok\": \"Sign\""));
        g_assert_nonnull (strstr (shown[i], "\"title\": \"Pena\""));
        g_assert_nonnull (strstr (shown[i], "\"timeout\": \"30\""));
        g_assert_true ((strstr (shown[i], "passphrase was wrong") != NULL) == (i == 1));
        for (guint other = 0; other < G_N_ELEMENTS (rows); other++)
            g_assert_true ((strstr (shown[i], rows[other].document) != NULL) ==
                           g_str_equal (rows[i].document, rows[other].document));
    }
}

static void
test_is_gone_soon (void)
{
    pid_t kept = sign_one ();

    await_end (kept);
    g_assert_cmpint (sign_one (), !=, kept);
}

static void
test_ends_with_the_helper (void)
{
    pid_t kept = sign_one ();

    token_rig_stop (&rig);
    await_end (kept);
    token_rig_restart (&rig, NULL, "30");
    kept = sign_one ();
    g_subprocess_force_exit (rig.helper);
    await_end (kept);
    token_rig_restart (&rig, NULL, "30");
}

/* ---- not kept, or not used ---- */

static void
test_place_and_language_are_its_own (void)
{
    static const gchar *const other[][2] = {
        {"language", "id"}, {"tty", "/dev/pts/78"}, {"term", "vt220"}, {"display", ":7"}};

    for (guint i = 0; i < G_N_ELEMENTS (other); i++) {
        g_auto (TokenRigJobs) jobs = {0};
        token_rig_answer (&rig, RIGHT RIGHT);
        ask_for (&jobs, "satu.pdf", NULL, NULL);
        ask_for (&jobs, "dua.pdf", other[i][0], other[i][1]);
        g_auto (GStrv) shown = await_all (&jobs);
        g_assert_no_error (jobs.error);
        g_assert_cmpuint (g_strv_length (shown), ==, 2);
        g_assert_cmpint (token_rig_pid (shown[0]), !=, token_rig_pid (shown[1]));
        g_assert_false (token_rig_is_running (token_rig_pid (shown[0])));
    }
}

/* The second prompt of three is answered like this. */
static void
assert_not_kept_after (const gchar *answers, PenaErrorCode code)
{
    g_autofree gchar *all = g_strconcat (RIGHT, answers, RIGHT, NULL);
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, all);
    for (guint i = 0; i < 3; i++)
        ask_for (&jobs, "surat.pdf", NULL, NULL);
    g_auto (GStrv) shown = await_all (&jobs);
    g_assert_error (jobs.error, PENA_ERROR, (gint)code);
    guint last = g_strv_length (shown) - 1;
    g_assert_cmpuint (last, >=, 2);
    g_assert_cmpint (token_rig_pid (shown[0]), ==, token_rig_pid (shown[last - 1]));
    g_assert_cmpint (token_rig_pid (shown[last - 1]), !=, token_rig_pid (shown[last]));
    g_assert_false (token_rig_is_running (token_rig_pid (shown[last - 1])));
}

static void
test_refusals_end_it (void)
{
    assert_not_kept_after ("cancel\n", PENA_ERROR_USER_CANCELLED);
    assert_not_kept_after ("pin 999999\npin 888888\n", PENA_ERROR_PIN_WRONG);
    assert_not_kept_after ("timeout\n", PENA_ERROR_PROMPT_TIMEOUT);
    assert_not_kept_after ("die\n", PENA_ERROR_PROMPT_UNAVAILABLE);
}

/* The time of each prompt is its own. */
static void
test_second_prompt_times_out (void)
{
    token_rig_restart (&rig, NULL, "1");
    assert_not_kept_after ("stuck\n", PENA_ERROR_PROMPT_TIMEOUT);
    token_rig_restart (&rig, NULL, "30");
}

static void
test_second_prompt_is_taken_away (void)
{
    pid_t kept = sign_one ();
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, "stuck\n");
    ask_for (&jobs, "surat.pdf", NULL, NULL);
    pid_t second = token_rig_await_prompt (&rig);
    token_rig_cancel (&rig, 1);
    g_auto (GStrv) shown = await_all (&jobs);
    g_assert_error (jobs.error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_cmpuint (g_strv_length (shown), ==, 1);
    g_assert_false (token_rig_is_running (second));
    g_assert_false (token_rig_is_running (kept));
    sign_one ();
}

/* ---- kept ones that are of no use ---- */

static void
test_killed_meanwhile (void)
{
    pid_t kept = sign_one ();

    kill (kept, SIGKILL);
    g_assert_cmpint (sign_one (), !=, kept);
}

static void
test_hung_meanwhile (void)
{
    pid_t kept = sign_one ();

    kill (kept, SIGSTOP);
    g_assert_cmpint (sign_one (), !=, kept);
    g_assert_false (token_rig_is_running (kept));
}

/* A shell script for a pinentry, which writes down that it was started: after the answer to GETPIN comes `after_getpin`. */
static guint
count_starts_of (const gchar *after_getpin, const gchar *on_reset)
{
    g_autofree gchar *program = g_build_filename (rig.folder, "pinentry-odd", NULL);
    g_autofree gchar *starts = g_build_filename (rig.folder, "starts", NULL);
    g_autofree gchar *text =
        g_strdup_printf ("#!/bin/sh\n"
                         "echo x >>%s; echo OK\n"
                         "while read -r line; do case $line in\n"
                         "GETPIN) printf '%%s\\n' 'D 12%%2534 \xC3\xA9%%2541\\z' OK %s;;\n"
                         "RESET) %s;;\n"
                         "*) echo OK;; esac; done\n",
                         starts, after_getpin, on_reset);
    g_autofree gchar *written = NULL;
    g_auto (TokenRigJobs) jobs = {0};

    g_assert_true (g_file_set_contents (starts, "", -1, NULL));
    g_assert_true (g_file_set_contents_full (program, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    token_rig_restart (&rig, program, "10");
    for (guint i = 0; i < 3; i++)
        ask_for (&jobs, "surat.pdf", NULL, NULL);
    g_auto (GStrv) shown = await_all (&jobs);
    g_assert_no_error (jobs.error);
    g_assert_true (g_file_get_contents (starts, &written, NULL, NULL));
    token_rig_restart (&rig, NULL, "30");
    return (guint)strlen (written) / 2;
}

static void
test_odd_ones (void)
{
    g_assert_cmpuint (count_starts_of ("", "echo OK"), ==, 1);
    g_assert_cmpuint (count_starts_of ("", "echo 'ERR 536871187 Unknown IPC command'"), ==, 3);
    g_assert_cmpuint (count_starts_of ("", "exit 0"), ==, 3);
    g_assert_cmpuint (count_starts_of ("; exit 0", "echo OK"), ==, 3);
    /* One word too many, at once and later, which would be the answer to the next question. */
    g_assert_cmpuint (count_starts_of ("OK", "echo OK"), ==, 3);
    g_assert_cmpuint (count_starts_of ("; echo OK", "echo OK"), ==, 3);
}

gint
main (gint argc, gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    if (!token_rig_set_up (&rig)) {
        g_print ("1..0 # SKIP SoftHSM is not installed\n");
        return 0;
    }
    token_rig_restart (&rig, NULL, "30");
    g_test_add_func ("/token-run/one-shows-each", test_one_shows_each_document);
    g_test_add_func ("/token-run/gone-soon", test_is_gone_soon);
    g_test_add_func ("/token-run/ends-with-the-helper", test_ends_with_the_helper);
    g_test_add_func ("/token-run/place", test_place_and_language_are_its_own);
    g_test_add_func ("/token-run/refusals", test_refusals_end_it);
    g_test_add_func ("/token-run/times-out", test_second_prompt_times_out);
    g_test_add_func ("/token-run/taken-away", test_second_prompt_is_taken_away);
    g_test_add_func ("/token-run/killed-meanwhile", test_killed_meanwhile);
    g_test_add_func ("/token-run/hung-meanwhile", test_hung_meanwhile);
    g_test_add_func ("/token-run/odd", test_odd_ones);
    gint status = g_test_run ();
    token_rig_tear_down (&rig);
    return status;
}
