/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: component tests of pena-token-helper with a SoftHSM token
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rsa.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <string.h>

#include "ipc-error.h"
#include "token-rig.h"

#define RSA "rsa-pkcs1-sha256"
#define ECDSA "ecdsa-sha256"
#define RIGHT "pin " TOKEN_RIG_PIN "\n"

static TokenRig rig;

static void
assert_verifies_as (EVP_PKEY *key, GBytes *signature, const EVP_MD *md, gboolean pss)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new ();
    EVP_PKEY_CTX *pkey = NULL;
    gsize length;
    const guint8 *value = g_bytes_get_data (signature, &length);

    g_assert_cmpint (EVP_DigestVerifyInit (context, &pkey, md, NULL, key), ==, 1);
    if (pss) {
        g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (pkey, RSA_PKCS1_PSS_PADDING), ==, 1);
        g_assert_cmpint (EVP_PKEY_CTX_set_rsa_pss_saltlen (pkey, RSA_PSS_SALTLEN_DIGEST), ==, 1);
    }
    g_assert_cmpint (
        EVP_DigestVerify (context, value, length, (const guint8 *)TOKEN_RIG_TEXT, strlen (TOKEN_RIG_TEXT)),
        ==, 1);
    EVP_MD_CTX_free (context);
}

static void
assert_verifies (EVP_PKEY *key, GBytes *signature)
{
    assert_verifies_as (key, signature, EVP_sha256 (), FALSE);
}

static void
assert_fails (const gchar *answers, const gchar *credential, PenaErrorCode code)
{
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, answers);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, credential, RSA, &error);
    g_assert_null (signature);
    g_assert_error (error, PENA_ERROR, (gint)code);
}

static void
assert_shown (const gchar *text)
{
    g_autofree gchar *shown = token_rig_shown (&rig);
    if (strstr (shown, text) == NULL)
        g_error ("'%s' was not shown: %s", text, shown);
}

static guint
count_dialogs (void)
{
    g_autofree gchar *shown = token_rig_shown (&rig);
    guint lines = 0;

    for (const gchar *at = shown; (at = strchr (at, '\n')) != NULL; at++)
        lines++;
    return lines;
}

static void
test_list (void)
{
    g_autoptr (GVariant) tokens = NULL;
    g_autoptr (GError) error = NULL;
    const gchar *label, *module;

    tokens = token_rig_list (&rig, &error);
    g_assert_no_error (error);
    /* SoftHSM always offers one more token, which is not initialised. */
    g_autoptr (GVariant) token = g_variant_get_child_value (tokens, 0);
    g_assert_true (g_variant_lookup (token, "label", "&s", &label));
    g_assert_true (g_variant_lookup (token, "module", "&s", &module));
    g_assert_cmpstr (label, ==, "Token Uji");
    g_assert_cmpstr (module, ==, "softhsm2");
    g_autoptr (GVariant) credentials =
        g_variant_lookup_value (token, "credentials", G_VARIANT_TYPE ("aa{sv}"));
    g_assert_cmpuint (g_variant_n_children (credentials), ==, 2);
    for (gsize i = 0; i < 2; i++) {
        g_autoptr (GVariant) credential = g_variant_get_child_value (credentials, i);
        const gchar *id;
        gboolean can_sign = FALSE;
        g_assert_true (g_variant_lookup (credential, "id", "&s", &id));
        g_assert_true (g_str_equal (id, rig.rsa_id) || g_str_equal (id, rig.ec_id));
        g_assert_true (g_variant_lookup (credential, "can-sign", "b", &can_sign));
        g_assert_true (can_sign);
    }
}

static void
test_sign_rsa (void)
{
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, RIGHT);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, rig.rsa_id, RSA, &error);
    g_assert_no_error (error);
    assert_verifies (rig.rsa, signature);
    assert_shown ("surat.pdf");
    assert_shown ("1234 5678 9abc def0");
    assert_shown ("penguji (according to the system)");
    assert_shown ("Sari Wulandari, S.Sos., M.Si.");
    assert_shown ("Kepala Dinas");
    assert_shown ("\"ttyname\": \"/dev/pts/77\"");
}

static void
test_sign_schemes (void)
{
    static const struct {
        const gchar *scheme;
        gboolean rsa, pss;
        const EVP_MD *(*md) (void);
    } rows[] = {
        {"rsa-pkcs1-sha384", TRUE, FALSE, EVP_sha384}, {"rsa-pkcs1-sha512", TRUE, FALSE, EVP_sha512},
        {"rsa-pss-sha256", TRUE, TRUE, EVP_sha256},    {"rsa-pss-sha384", TRUE, TRUE, EVP_sha384},
        {"rsa-pss-sha512", TRUE, TRUE, EVP_sha512},    {"ecdsa-sha384", FALSE, FALSE, EVP_sha384},
        {"ecdsa-sha512", FALSE, FALSE, EVP_sha512},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GError) error = NULL;
        token_rig_answer (&rig, RIGHT);
        g_autoptr (GBytes) signature =
            token_rig_sign (&rig, 1, rows[i].rsa ? rig.rsa_id : rig.ec_id, rows[i].scheme, &error);
        g_assert_no_error (error);
        assert_verifies_as (rows[i].rsa ? rig.rsa : rig.ec, signature, rows[i].md (), rows[i].pss);
    }
}

static void
test_sign_ecdsa (void)
{
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, RIGHT);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, rig.ec_id, ECDSA, &error);
    g_assert_no_error (error);
    assert_verifies (rig.ec, signature);
}

static void
test_wrong_then_right (void)
{
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, "pin 999999\n" RIGHT);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, rig.rsa_id, RSA, &error);
    g_assert_no_error (error);
    assert_verifies (rig.rsa, signature);
    g_assert_cmpuint (count_dialogs (), ==, 2);
    assert_shown ("The passphrase was wrong.");
}

/* SoftHSM does not tell how many tries are left. */
static void
test_wrong_twice_is_enough (void)
{
    assert_fails ("pin 999999\npin 888888\n" RIGHT, rig.rsa_id, PENA_ERROR_PIN_WRONG);
    g_assert_cmpuint (count_dialogs (), ==, 2);
}

static void
test_impossible_length_is_not_tried (void)
{
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, "pin 1\nempty\n" RIGHT);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, rig.rsa_id, RSA, &error);
    g_assert_no_error (error);
    assert_verifies (rig.rsa, signature);
    g_assert_cmpuint (count_dialogs (), ==, 3);
    assert_shown ("no try was spent.");
}

static void
test_cancelled_by_the_user (void)
{
    assert_fails ("cancel\n", rig.rsa_id, PENA_ERROR_USER_CANCELLED);
    assert_fails ("pin 999999\ncancel\n", rig.rsa_id, PENA_ERROR_PIN_WRONG);
}

static void
test_prompt_fails (void)
{
    assert_fails ("timeout\n", rig.rsa_id, PENA_ERROR_PROMPT_TIMEOUT);
    assert_fails ("die\n", rig.rsa_id, PENA_ERROR_PROMPT_UNAVAILABLE);
}

static void
test_unknown_credential (void)
{
    assert_fails ("", "00112233445566778899aabbccddeeff", PENA_ERROR_CREDENTIAL_UNKNOWN);
    assert_fails ("", rig.ec_id, PENA_ERROR_KEY_UNSUPPORTED); /* the scheme is for RSA */
    g_assert_cmpuint (count_dialogs (), ==, 0);
}

/* ---- several jobs ---- */

typedef struct {
    TokenRigJobs all;
    GString *stages; /* "1 asking,2 waiting," */
    guint64 cancel;  /* this job, as soon as it is asked for */
} Jobs;

static void
on_progress (guint64 job, const gchar *stage, gpointer data)
{
    Jobs *jobs = data;

    g_string_append_printf (jobs->stages, "%u %s,", (guint)job, stage);
    if (job == jobs->cancel && g_str_equal (stage, "asking"))
        token_rig_cancel (&rig, job);
}

static void
start_job (TokenRigJobs *jobs, guint64 number)
{
    token_rig_begin (&rig, jobs, number, rig.rsa_id, RSA, token_rig_prompt ("surat.pdf"));
}

static void
run_jobs (Jobs *jobs)
{
    rig.on_progress = on_progress;
    rig.progress_data = jobs;
    jobs->stages = g_string_new (NULL);
    token_rig_await (&jobs->all);
    rig.on_progress = NULL;
}

static void
jobs_clear (Jobs *self)
{
    token_rig_jobs_clear (&self->all);
    g_string_free (self->stages, TRUE);
}

static void
test_second_prompt_waits (void)
{
    Jobs jobs = {0};

    token_rig_answer (&rig, RIGHT RIGHT);
    start_job (&jobs.all, 1);
    start_job (&jobs.all, 2);
    run_jobs (&jobs);
    g_assert_no_error (jobs.all.error);
    g_assert_nonnull (strstr (jobs.stages->str, "2 waiting,"));
    g_assert_nonnull (strstr (jobs.stages->str, "1 asking,1 signing,2 asking,2 signing,"));
    jobs_clear (&jobs);
}

/* Also one that does not look for the end of its client, as pinentry does not while it shows a dialog. */
static void
test_cancel_takes_the_prompt_away (void)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, "stuck\n");
    start_job (&jobs, 1);
    pid_t prompt = token_rig_await_prompt (&rig);
    token_rig_cancel (&rig, 1);
    token_rig_await (&jobs);
    g_assert_error (jobs.error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_cmpint (kill (prompt, 0), ==, -1);
}

static void
test_cancel_of_one_that_waits (void)
{
    Jobs jobs = {.cancel = 1};

    token_rig_answer (&rig, "hang\n");
    start_job (&jobs.all, 1);
    start_job (&jobs.all, 2);
    token_rig_cancel (&rig, 2);
    run_jobs (&jobs);
    g_assert_error (jobs.all.error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_null (strstr (jobs.stages->str, "2 asking"));
    jobs_clear (&jobs);
}

/* ---- the process ---- */

static void
restart_as_usual (void)
{
    token_rig_restart (&rig, NULL, "30");
}

static void
test_hung_prompt_times_out (void)
{
    token_rig_restart (&rig, NULL, "1");
    assert_fails ("hang\n", rig.rsa_id, PENA_ERROR_PROMPT_TIMEOUT);
    restart_as_usual ();
}

static void
test_missing_prompt_program (void)
{
    token_rig_restart (&rig, "/nonexistent/pinentry", "30");
    assert_fails ("", rig.rsa_id, PENA_ERROR_PROMPT_UNAVAILABLE);
    restart_as_usual ();
}

/* A program that waits for ever instead of greeting must not hold up the request for ever. */
static void
test_prompt_program_that_is_none (void)
{
    token_rig_restart (&rig, "/bin/cat", "1");
    assert_fails ("", rig.rsa_id, PENA_ERROR_PROMPT_UNAVAILABLE);
    restart_as_usual ();
}

/* A pinentry that is this shell script, and then one as it should be. */
static void
assert_script_fails (const gchar *script, PenaErrorCode code)
{
    g_autofree gchar *program = g_build_filename (rig.folder, "pinentry-odd", NULL);
    g_autofree gchar *text = g_strconcat ("#!/bin/sh\n", script, "\n", NULL);

    g_assert_true (g_file_set_contents_full (program, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    token_rig_restart (&rig, program, "1");
    assert_fails ("", rig.rsa_id, code);
}

#define UNTIL_ASKED "echo OK; while read line; do case $line in GETPIN*) break;; esac; echo OK; done; "

static void
test_odd_prompts (void)
{
    assert_script_fails ("exit 0", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails ("exec sleep 60", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails ("echo OK; exec sleep 60", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails ("echo 'halo, apa kabar?'; exec sleep 60", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails ("head -c 100000 /dev/zero | tr '\\0' x", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails ("echo OK; exec yes", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails (UNTIL_ASKED "exec sleep 60", PENA_ERROR_PROMPT_TIMEOUT);
    assert_script_fails (UNTIL_ASKED "exec yes 'D 1234%zz%4'", PENA_ERROR_PROMPT_TIMEOUT);
    assert_script_fails (UNTIL_ASKED "exec yes 'S apa saja'", PENA_ERROR_PROMPT_TIMEOUT);
    assert_script_fails (UNTIL_ASKED "echo 'D 1234'; exit 0", PENA_ERROR_PROMPT_UNAVAILABLE);
    assert_script_fails (UNTIL_ASKED "echo 'INQUIRE X'; read line; echo 'ERR 99 tidak'; exec sleep 60",
                         PENA_ERROR_PROMPT_UNAVAILABLE);
    restart_as_usual ();
}

/* More than fits is not taken for the answer to the next question. */
static void
test_endless_passphrase (void)
{
    g_autofree gchar *typed = g_strnfill (300, 'x');
    g_autofree gchar *longest = g_strnfill (900, 'y');
    g_autofree gchar *answers = g_strconcat ("pin ", typed, "\npin ", longest, "\n" RIGHT, NULL);
    g_autoptr (GError) error = NULL;

    token_rig_answer (&rig, answers);
    g_autoptr (GBytes) signature = token_rig_sign (&rig, 1, rig.rsa_id, RSA, &error);
    g_assert_no_error (error);
    assert_verifies (rig.rsa, signature);
    g_assert_cmpuint (count_dialogs (), ==, 3);
    assert_shown ("no try was spent");
}

static void
test_hardened (void)
{
    g_autofree gchar *status_path =
        g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (rig.helper));
    g_autofree gchar *limits_path =
        g_strdup_printf ("/proc/%s/limits", g_subprocess_get_identifier (rig.helper));
    g_autofree gchar *status = NULL;
    g_autofree gchar *limits = NULL;

    g_assert_true (g_file_get_contents (status_path, &status, NULL, NULL));
    g_assert_true (g_file_get_contents (limits_path, &limits, NULL, NULL));
    g_assert_true (g_regex_match_simple ("NoNewPrivs:\\s+1\n", status, 0, 0));
    g_assert_true (g_regex_match_simple ("Seccomp:\\s+2\n", status, 0, 0)); /* no Internet sockets */
    g_assert_true (g_regex_match_simple ("Umask:\\s+0077\n", status, 0, 0));
    g_assert_true (g_regex_match_simple ("Max core file size\\s+0\\s+0\\s", limits, 0, 0));
}

/* The agent going away ends the helper even while a prompt is open; stopping the rig waits for it. */
static void
test_ends_with_the_connection (void)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, "hang\n");
    start_job (&jobs, 1);
    token_rig_await_prompt (&rig);
    token_rig_stop (&rig);
    token_rig_await (&jobs);
    g_assert_error (jobs.error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED);
    restart_as_usual ();
}

static void
test_killed_helper_takes_its_prompt_along (void)
{
    g_auto (TokenRigJobs) jobs = {0};

    token_rig_answer (&rig, "stuck\n");
    start_job (&jobs, 1);
    pid_t prompt = token_rig_await_prompt (&rig);
    g_subprocess_force_exit (rig.helper);
    while (token_rig_is_running (prompt))
        g_usleep (1000);
    token_rig_await (&jobs);
    g_assert_error (jobs.error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED);
    restart_as_usual ();
}

gint
main (gint argc, gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    if (!token_rig_set_up (&rig)) {
        g_print ("1..0 # SKIP SoftHSM is not installed\n");
        return 0;
    }
    restart_as_usual ();
    g_test_add_func ("/token-helper/list", test_list);
    g_test_add_func ("/token-helper/sign/rsa", test_sign_rsa);
    g_test_add_func ("/token-helper/sign/ecdsa", test_sign_ecdsa);
    g_test_add_func ("/token-helper/sign/schemes", test_sign_schemes);
    g_test_add_func ("/token-helper/passphrase/wrong-then-right", test_wrong_then_right);
    g_test_add_func ("/token-helper/passphrase/wrong-twice", test_wrong_twice_is_enough);
    g_test_add_func ("/token-helper/passphrase/impossible-length", test_impossible_length_is_not_tried);
    g_test_add_func ("/token-helper/prompt/cancelled", test_cancelled_by_the_user);
    g_test_add_func ("/token-helper/prompt/fails", test_prompt_fails);
    g_test_add_func ("/token-helper/unknown-credential", test_unknown_credential);
    g_test_add_func ("/token-helper/jobs/second-waits", test_second_prompt_waits);
    g_test_add_func ("/token-helper/jobs/cancel", test_cancel_takes_the_prompt_away);
    g_test_add_func ("/token-helper/jobs/cancel-waiting", test_cancel_of_one_that_waits);
    g_test_add_func ("/token-helper/hardened", test_hardened);
    g_test_add_func ("/token-helper/prompt/hangs", test_hung_prompt_times_out);
    g_test_add_func ("/token-helper/prompt/missing", test_missing_prompt_program);
    g_test_add_func ("/token-helper/prompt/no-pinentry", test_prompt_program_that_is_none);
    g_test_add_func ("/token-helper/prompt/odd", test_odd_prompts);
    g_test_add_func ("/token-helper/passphrase/endless", test_endless_passphrase);
    g_test_add_func ("/token-helper/ends-with-the-connection", test_ends_with_the_connection);
    g_test_add_func ("/token-helper/killed", test_killed_helper_takes_its_prompt_along);
    gint status = g_test_run ();
    token_rig_tear_down (&rig);
    return status;
}
