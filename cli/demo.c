/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena demo
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "check.h"
#include "demo.h"
#include "naming.h"
#include "pena-config.h"
#include "pena-text.h"
#include "signing.h"
#include "stage.h"
#include "pena-trust.h"
#include "report.h"
#include "tokens.h"

#define LETTER "surat-dinas.pdf"

typedef struct {
    PenaCli *cli;
    PenaClient *client;
    gchar *letter, *signed_letter, *signature;
    GPtrArray *checks; /* of PenaCheck* */
} Demo;

static void
demo_clear (Demo *self)
{
    g_clear_object (&self->client);
    g_free (self->letter);
    g_free (self->signed_letter);
    g_free (self->signature);
    g_clear_pointer (&self->checks, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Demo, demo_clear)

static void
narrate (Demo *self, const gchar *text)
{
    if (self->cli->json)
        return;
    g_autoptr (GString) out = g_string_new ("\n");
    pena_cli_append_styled (out, self->cli->colour, PENA_CLI_STRONG, text);
    g_string_append_c (out, '\n');
    pena_cli_print (out->str);
}

static gboolean
tell (Demo *self, PenaCheck *check)
{
    g_autofree gchar *line = pena_check_render (check, self->cli->colour);

    g_ptr_array_add (self->checks, check);
    if (!self->cli->json)
        pena_cli_print (line);
    return check->status != PENA_CHECK_PROBLEM;
}

/* Where the sample letter is: named, beside the build, or installed. Transfer full. */
static gchar *
find_letter (void)
{
    const gchar *named = g_getenv ("PENA_DATADIR");

    return named != NULL ? g_build_filename (named, "demo", LETTER, NULL)
                         : pena_cli_find_own ("../data/demo/" LETTER, PENA_DATADIR "/demo/" LETTER);
}

/* Copies the letter to the folder, so that the user finds it beside what was made of it. */
static gboolean
prepare (Demo *self, const gchar *folder, GError **error)
{
    g_autofree gchar *from = find_letter ();
    g_autoptr (GFile) source = g_file_new_for_path (from);
    g_autoptr (GError) cause = NULL;

    self->letter = g_build_filename (folder, LETTER, NULL);
    self->signed_letter = pena_cli_name_output (self->letter, "pades", FALSE, NULL);
    self->signature = pena_cli_name_output (self->letter, "cades", FALSE, NULL);
    g_autoptr (GFile) target = g_file_new_for_path (self->letter);
    if (g_mkdir_with_parents (folder, 0777) < 0)
        cause = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_FAILED, g_strerror (errno));
    else if (g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &cause))
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_OUTPUT_FAILED, cause->message);
    if (error != NULL)
        pena_error_set_string (*error, "reason", cause->message);
    return FALSE;
}

static gboolean
show_tokens (Demo *self)
{
    g_autoptr (GError) error = NULL;

    narrate (self, _ ("The token: what is plugged in, and which certificate can sign. No passphrase is "
                      "needed to look."));
    g_autofree gchar *json = pena_cli_list_tokens (self->cli, self->client, &error);
    if (json == NULL)
        return tell (self, pena_check_error ("token", error));
    g_autofree gchar *text = pena_cli_render_tokens (json, self->cli->colour);
    if (!self->cli->json && text != NULL)
        pena_cli_print (text);
    guint n_tokens, n_usable;
    pena_cli_count_tokens (json, &n_tokens, &n_usable);
    if (n_usable > 0)
        return TRUE;
    error = g_error_new_literal (PENA_ERROR,
                                 n_tokens > 0 ? PENA_ERROR_CREDENTIAL_MISSING : PENA_ERROR_TOKEN_MISSING,
                                 "nothing to sign with");
    return tell (self, pena_check_error ("token", error));
}

static gboolean
sign (Demo *self, const gchar *format, const gchar *output)
{
    PenaSignOptions *options = pena_sign_options_new ();
    g_autoptr (GError) error = NULL;

    g_object_set (options, "format", format, "replace", TRUE, NULL);
    g_autoptr (PenaCliSigning) signing = pena_cli_signing_start (self->client, self->letter, output, options,
                                                                 pena_cli_stage_is_wanted (self->cli));
    g_autoptr (PenaSignResult) result = pena_cli_signing_wait (signing, self->cli, &error);
    if (result == NULL)
        return tell (self, pena_check_error ("sign", error));
    return tell (self, pena_check_ok ("sign", g_strdup (output)));
}

static gboolean
verify (Demo *self, const gchar *document, const gchar *signature)
{
    g_autoptr (GError) error = NULL;
    g_autofree gchar *json = pena_cli_verify (self->cli, self->client, document, signature, &error);
    g_autoptr (JsonNode) root = json != NULL ? json_from_string (json, &error) : NULL;

    if (root == NULL)
        return tell (self, pena_check_error ("pena", error));
    g_autoptr (PenaCliTelling) telling = pena_cli_telling_new (json_node_get_object (root));
    g_autofree gchar *text =
        pena_cli_render_telling (telling, self->cli->colour, pena_cli_get_width (stdout));
    if (!self->cli->json)
        pena_cli_print (text);
    if (telling->outcome == PENA_CLI_VALID)
        return tell (self, pena_check_ok ("pena", g_strdup (_ ("Pena calls the signature valid."))));
    return tell (self, pena_check_problem ("pena", PENA_ERROR_SIGNATURE_DAMAGED,
                                           g_strdup (_ ("Pena does not call the signature valid.")),
                                           g_strdup ("")));
}

static guint
count (const gchar *text, const gchar *phrase)
{
    guint n = 0;
    for (const gchar *at = strstr (text, phrase); at != NULL; at = strstr (at + 1, phrase))
        n++;
    return n;
}

gboolean
pena_demo_judge_pdfsig (const gchar *text)
{
    guint n = count (text, "Signature Validation: ");
    return n > 0 && n == count (text, "Signature Validation: Signature is Valid.") &&
           count (text, "  - Total document signed") > 0;
}

gboolean
pena_demo_judge_openssl (const gchar *text)
{
    return strstr (text, "CAdES Verification successful") != NULL;
}

gchar *
pena_demo_to_pem (GPtrArray *certificates)
{
    GString *out = g_string_new (NULL);

    for (guint i = 0; i < certificates->len; i++) {
        gsize length;
        const guchar *der = g_bytes_get_data (certificates->pdata[i], &length);
        g_autofree gchar *text = g_base64_encode (der, length);
        g_string_append (out, "-----BEGIN CERTIFICATE-----\n");
        for (gsize at = 0; at < strlen (text); at += 64)
            g_string_append_printf (out, "%.64s\n", text + at);
        g_string_append (out, "-----END CERTIFICATE-----\n");
    }
    return g_string_free (out, FALSE);
}

/* A judge that nobody here wrote. argv[0] is its name. */
static gboolean
ask_other (Demo *self, const gchar *const *argv, gboolean (*judge) (const gchar *text))
{
    g_autofree gchar *path = g_find_program_in_path (argv[0]);
    g_autofree gchar *output = NULL;

    if (path == NULL)
        return tell (self, pena_check_note (argv[0], g_strdup (_ ("is not installed and was not asked.")),
                                            g_strdup ("")));
    gboolean exited_well = pena_cli_run_program (self->cli, argv, &output);
    if (exited_well && judge (output))
        return tell (self, pena_check_ok (argv[0], g_strdup (_ ("calls the signature valid, too."))));
    return tell (self,
                 pena_check_problem (argv[0], PENA_ERROR_SIGNATURE_DAMAGED,
                                     g_strdup_printf (_ ("does not call the signature valid: %s"), output),
                                     g_strdup ("")));
}

/* The agent's trust anchors as one PEM file beside the letter, for programs that want one. NULL when there
 * are none. Transfer full. */
static gchar *
write_trust (Demo *self)
{
    g_autoptr (PenaConfig) config = pena_config_load (NULL);
    g_autoptr (PenaTrust) trust = config != NULL ? pena_trust_load (config, NULL) : NULL;
    g_autofree gchar *folder = g_path_get_dirname (self->letter);
    g_autofree gchar *path = g_build_filename (folder, "trust.pem", NULL);

    if (trust == NULL || trust->anchors->len == 0)
        return NULL;
    g_autofree gchar *pem = pena_demo_to_pem (trust->anchors);
    return g_file_set_contents (path, pem, -1, NULL) ? g_steal_pointer (&path) : NULL;
}

static gboolean
ask_openssl (Demo *self)
{
    g_autofree gchar *trust = write_trust (self);
    const gchar *const argv[] = {"openssl", "cms",      "-verify",       "-cades",   "-binary",    "-inform",
                                 "DER",     "-in",      self->signature, "-content", self->letter, "-CAfile",
                                 trust,     "-purpose", "any",           "-out",     "/dev/null",  NULL};

    if (trust == NULL)
        return tell (self, pena_check_note ("openssl",
                                            g_strdup (_ ("was not asked: no trust anchor is configured.")),
                                            g_strdup ("")));
    return ask_other (self, argv, pena_demo_judge_openssl);
}

/* A PDF that carries its signature. */
static gboolean
show_pades (Demo *self)
{
    const gchar *const pdfsig[] = {"pdfsig", self->signed_letter, NULL};

    narrate (self, _ ("Signing: the agent shows what will be signed and asks for the passphrase. This "
                      "program never sees it."));
    if (!sign (self, "pades", self->signed_letter))
        return FALSE;
    narrate (self, _ ("Checking, as anyone who receives the letter would:"));
    gboolean valid = verify (self, self->signed_letter, NULL);
    narrate (self, _ ("Checking with a program that nobody here wrote (pdfsig, of Poppler):"));
    return ask_other (self, pdfsig, pena_demo_judge_pdfsig) && valid;
}

/* The same letter with the signature beside it, as is done for files that are no PDF. */
static gboolean
show_cades (Demo *self)
{
    narrate (self, _ ("Any kind of file can be signed: the signature is then a file beside it (CAdES)."));
    if (!sign (self, "cades", self->signature))
        return FALSE;
    gboolean valid = verify (self, self->letter, self->signature);
    narrate (self, _ ("Checking with a program that nobody here wrote (openssl):"));
    return ask_openssl (self) && valid;
}

static gint
finish (Demo *self)
{
    gint status = pena_checks_exit_status (self->checks);

    if (self->cli->json) {
        JsonObject *object = json_object_new ();
        JsonArray *steps = json_array_new ();
        g_autofree gchar *shown = g_filename_display_name (self->signed_letter);
        for (guint i = 0; i < self->checks->len; i++)
            json_array_add_object_element (steps, pena_check_to_json (self->checks->pdata[i]));
        json_object_set_boolean_member (object, "ok", status == PENA_EXIT_DONE);
        json_object_set_string_member (object, "signed", shown);
        json_object_set_array_member (object, "steps", steps);
        pena_cli_print_json (object);
    } else if (status == PENA_EXIT_DONE) {
        g_autofree gchar *path = g_canonicalize_filename (self->signed_letter, NULL);
        g_autofree gchar *text = g_strdup_printf (_ ("All is well. The signed letter lies here: %s"), path);
        narrate (self, text);
    } else {
        narrate (self, _ ("THE DEMO FAILED: see the problem above."));
    }
    return status;
}

static gint
demo_run (PenaCli *cli, gchar **argv)
{
    g_autofree gchar *output = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("Where the files go (default: pena-demo)"),
         N_ ("FOLDER")},
        G_OPTION_ENTRY_NULL,
    };
    g_auto (GStrv) files = NULL;
    g_auto (Demo) demo = {.cli = cli};
    GError *error = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_demo, entries, argv, &files, &status))
        return status;
    if (files[0] != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_demo, _ ("this command takes no file"));
    demo.client = pena_cli_new_client ();
    demo.checks = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_check_free);
    if (!prepare (&demo, output != NULL ? output : "pena-demo", &error))
        return pena_cli_fail (cli, NULL, error);
    g_autofree gchar *intro =
        g_strdup_printf (_ ("The letter: %s, an official letter of an invented office."), demo.letter);
    narrate (&demo, intro);
    if (show_tokens (&demo) && show_pades (&demo))
        show_cades (&demo);
    return finish (&demo);
}

const PenaCliCommand pena_cli_command_demo = {
    .name = "demo",
    .summary = N_ ("Sign a sample letter and have it verified, step by step"),
    .arguments = "",
    .details = N_ ("Signs the letter with your token, in the PDF and beside it, and asks Pena,\n"
                   "pdfsig and openssl whether the signatures are valid.\n"
                   "\n"
                   "Examples:\n"
                   "  pena demo\n"
                   "  pena demo --output /tmp/coba"),
    .run = demo_run,
};
