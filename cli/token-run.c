/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one command of 'pena token' from its arguments to its answer
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "pena-text.h"
#include "token.h"

static void
arguments_clear (PenaTokenArguments *self)
{
    gchar *const owned[] = {self->token,
                            self->label,
                            self->place,
                            self->algorithm,
                            self->pin_policy,
                            self->touch_policy,
                            self->output,
                            self->serial,
                            self->passphrase_file,
                            self->new_passphrase_file,
                            self->puk_file,
                            self->new_puk_file,
                            self->management_key_file,
                            self->new_admin_file};

    for (guint i = 0; i < G_N_ELEMENTS (owned); i++)
        g_free (owned[i]);
}

void
pena_token_run_clear (PenaTokenRun *self)
{
    if (self->reserved)
        g_unlink (self->arguments.output);
    arguments_clear (&self->arguments);
    g_strfreev (self->files);
    if (self->module != NULL)
        pena_token_module_free (self->module);
    if (self->holding)
        pthread_sigmask (SIG_SETMASK, &self->signals, NULL);
}

void
pena_token_run_hold_signals (PenaTokenRun *self)
{
    static const gint numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t held;

    sigemptyset (&held);
    for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        sigaddset (&held, numbers[i]);
    self->holding = pthread_sigmask (SIG_BLOCK, &held, &self->signals) == 0;
}

/* A second secret from the standard input would get what the first one left. */
static gboolean
shares_standard_input (const PenaTokenRun *self)
{
    const PenaTokenArguments *arguments = &self->arguments;
    const gchar *const paths[] = {
        arguments->passphrase_file, arguments->new_passphrase_file, arguments->puk_file,
        arguments->new_puk_file,    arguments->management_key_file, arguments->new_admin_file};
    guint users = 0;

    for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
        users += g_strcmp0 (paths[i], "-") == 0;
    return users > 1;
}

gboolean
pena_token_run_parse (PenaTokenRun *self, const PenaCliCommand *command, const GOptionEntry *entries,
                      gchar **argv, guint files, gint *ret_status)
{
    if (!pena_cli_parse (self->cli, command, entries, argv, &self->files, ret_status))
        return FALSE;
    const gchar *mistake =
        g_strv_length (self->files) != files
            ? (files == 0 ? _ ("this command takes no file") : _ ("this command takes exactly one file"))
        : shares_standard_input (self) ? _ ("only one secret can come from the standard input")
                                       : NULL;
    if (mistake == NULL)
        return TRUE;
    *ret_status = pena_cli_fail_usage (self->cli, command, mistake);
    return FALSE;
}

gboolean
pena_token_run_open (PenaTokenRun *self, GError **error)
{
    self->module = pena_token_module_open (error);
    if (self->module == NULL)
        return FALSE;
    self->token = pena_token_choose (self->module, self->arguments.token, error);
    return self->token != NULL && pena_token_begin (self->token, error);
}

/* --- output --- */

gboolean
pena_token_fail_request (const gchar *reason, GError **error)
{
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
fail_output (const gchar *path, gint number, GError **error)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", shown, g_strerror (number));

    if (number != EEXIST)
        return pena_token_fail_request (reason, error);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_OUTPUT_EXISTS, reason);
    pena_error_set_string (made, "path", shown);
    g_propagate_error (error, made);
    return FALSE;
}

/* Another file will take its place, which its folder must allow. */
static gboolean
check_replaceable (const gchar *path, GError **error)
{
    g_autofree gchar *folder = g_path_get_dirname (path);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
        return fail_output (path, EISDIR, error);
    return access (folder, W_OK) == 0 || fail_output (path, errno, error);
}

gboolean
pena_token_run_reserve_output (PenaTokenRun *self, GError **error)
{
    const gchar *path = self->arguments.output;

    if (path == NULL)
        return TRUE;
    if (self->arguments.force && g_file_test (path, G_FILE_TEST_EXISTS))
        return check_replaceable (path, error);
    gint fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_output (path, errno, error);
    close (fd);
    self->reserved = TRUE;
    return TRUE;
}

static gchar *
to_pem (const gchar *label, GBytes *const *parts, guint n_parts)
{
    BIO *bio = BIO_new (BIO_s_mem ());
    gchar *text = NULL;

    for (guint i = 0; i < n_parts; i++) {
        gsize length;
        const guint8 *der = g_bytes_get_data (parts[i], &length);
        PEM_write_bio (bio, label, "", der, (long)length);
    }
    glong length = BIO_get_mem_data (bio, &text);
    gchar *pem = g_strndup (text, (gsize)length);
    BIO_free (bio);
    return pem;
}

gboolean
pena_token_run_give_pem (PenaTokenRun *self, const gchar *label, GBytes *const *parts, guint n_parts,
                         JsonObject *answer, GError **error)
{
    g_autofree gchar *pem = to_pem (label, parts, n_parts);
    const gchar *path = self->arguments.output;
    g_autoptr (GError) failed = NULL;

    json_object_set_string_member (answer, "pem", pem);
    if (path == NULL) {
        if (!self->cli->json)
            pena_cli_print (pem);
        return TRUE;
    }
    if (!g_file_set_contents_full (path, pem, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &failed))
        return pena_token_fail_request (failed->message, error);
    g_autofree gchar *shown = g_filename_display_name (path);
    json_object_set_string_member (answer, "output", shown);
    self->reserved = FALSE;
    return TRUE;
}

JsonObject *
pena_token_run_new_answer (const PenaTokenRun *self)
{
    JsonObject *answer = json_object_new ();

    json_object_set_string_member (answer, "serial", self->token->serial);
    json_object_set_string_member (answer, "label", self->token->label);
    return answer;
}

/* PEM may have gone to standard output: what is said beside it goes to standard error. */
gint
pena_token_run_tell (const PenaTokenRun *self, JsonObject *answer, const gchar *text)
{
    if (self->cli->json) {
        pena_cli_print_json (answer);
        return PENA_EXIT_DONE;
    }
    json_object_unref (answer);
    g_autofree gchar *clean = pena_cli_clean (text);
    g_autofree gchar *line = g_strdup_printf ("%s\n", clean);
    pena_cli_print_wrapped (stderr, line, PENA_CLI_ERROR_HANG);
    return PENA_EXIT_DONE;
}

gint
pena_token_run_do (PenaTokenRun *self, PenaTokenAct act, const gchar *text)
{
    GError *error = NULL;

    if (!pena_token_run_open (self, &error))
        return pena_cli_fail (self->cli, NULL, error);
    g_autoptr (JsonObject) answer = pena_token_run_new_answer (self);
    if (!act (self, answer, &error))
        return pena_cli_fail (self->cli, NULL, error);
    return pena_token_run_tell (self, json_object_ref (answer), text);
}
