/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena extend
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "naming.h"
#include "password.h"
#include "pena-text.h"

#define PASSWORD_TRIES 3

typedef struct {
    gchar *output, *level, *signature, *password_file;
    gboolean force, allow_lower;
} ExtendArguments;

static void
extend_arguments_clear (ExtendArguments *self)
{
    g_free (self->output);
    g_free (self->level);
    g_free (self->signature);
    g_free (self->password_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExtendArguments, extend_arguments_clear)

typedef struct {
    PenaCli *cli;
    PenaClient *client;
    const ExtendArguments *arguments;
    JsonArray *files; /* what is told of each, for --json */
    gint status;      /* of the first failure */
} ExtendRun;

void
pena_cli_add_level_reason (JsonObject *entry, PenaSignResult *result)
{
    const gchar *reason = pena_sign_result_get_level_reason (result);

    if (reason == NULL)
        return;
    json_object_set_string_member (entry, "level_reason", reason);
    json_object_set_string_member (entry, "level_description",
                                   pena_sign_result_get_level_description (result));
}

void
pena_cli_print_level_reason (PenaSignResult *result)
{
    const gchar *description = pena_sign_result_get_level_description (result);

    if (description == NULL)
        return;
    g_autofree gchar *clean = pena_cli_clean (description);
    g_autofree gchar *note =
        g_strdup_printf ("        %s %s\n", _ ("A lower level than was asked for:"), clean);
    pena_cli_print (note);
}

/* A signature is replaced where it is; a PDF gets a companion. */
static gchar *
output_for (const ExtendArguments *arguments, const PenaCliPair *pair)
{
    const gchar *from = pair->signature != NULL ? pair->signature : pair->document;

    if (arguments->output != NULL && !g_file_test (arguments->output, G_FILE_TEST_IS_DIR))
        return g_strdup (arguments->output);
    if (arguments->output != NULL) {
        g_autofree gchar *base = g_path_get_basename (from);
        return g_build_filename (arguments->output, base, NULL);
    }
    if (pair->signature != NULL)
        return g_strdup (pair->signature);
    gsize stem = strlen (from) - (pena_cli_is_pdf_name (from) ? strlen (".pdf") : 0);
    return g_strdup_printf ("%.*s-extended.pdf", (int)stem, from);
}

static JsonObject *
new_entry (ExtendRun *run, const gchar *path)
{
    JsonObject *entry = json_object_new ();
    g_autofree gchar *shown = g_filename_display_name (path);

    json_object_set_string_member (entry, "input", shown);
    json_array_add_object_element (run->files, entry);
    return entry;
}

static void
tell_extended (ExtendRun *run, const gchar *path, const gchar *output, PenaSignResult *result)
{
    g_autofree gchar *from_raw = g_filename_display_name (path), *to_raw = g_filename_display_name (output);
    g_autofree gchar *from = pena_cli_clean (from_raw), *to = pena_cli_clean (to_raw);
    JsonObject *entry = new_entry (run, path);
    g_autoptr (GString) line = g_string_new (NULL);

    json_object_set_string_member (entry, "output", to_raw);
    json_object_set_string_member (entry, "format", pena_sign_result_get_format (result));
    json_object_set_string_member (entry, "level", pena_sign_result_get_level (result));
    pena_cli_add_level_reason (entry, result);
    if (run->cli->json)
        return;
    pena_cli_append_styled (line, run->cli->colour, PENA_CLI_GOOD, _ ("Extended"));
    g_string_append_printf (line, ": %s -> %s (%s)\n", from, to, pena_sign_result_get_level (result));
    pena_cli_print (line->str);
    pena_cli_print_level_reason (result);
}

static void
tell_failed (ExtendRun *run, const gchar *path, const GError *error)
{
    if (run->status == PENA_EXIT_DONE)
        run->status = (gint)pena_error_exit_status (pena_error_code (error));
    json_object_set_object_member (new_entry (run, path), "error", pena_cli_error_to_json (error));
    if (!run->cli->json)
        pena_cli_print_error (path, error);
}

static void
extend_one (ExtendRun *run, const gchar *path)
{
    const ExtendArguments *arguments = run->arguments;
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();
    g_autoptr (PenaSignResult) result = NULL;
    g_auto (PenaCliPair) pair = {0};
    g_autoptr (GError) error = NULL;

    if (!pena_cli_find_pair (path, arguments->signature, &pair, &error)) {
        tell_failed (run, path, error);
        return;
    }
    g_autofree gchar *output = output_for (arguments, &pair);
    g_object_set (options, "level", arguments->level, "allow-lower", arguments->allow_lower, "replace",
                  arguments->force, NULL);
    result = pena_cli_extend (run->cli, run->client, &pair, output, options, &error);
    for (guint i = 0; i < PASSWORD_TRIES && result == NULL && arguments->password_file == NULL &&
                      pena_cli_ask_document_password (run->cli, run->client, path, error);
         i++) {
        g_clear_error (&error);
        result = pena_cli_extend (run->cli, run->client, &pair, output, options, &error);
    }
    if (result != NULL)
        tell_extended (run, path, output, result);
    else
        tell_failed (run, path, error);
}

/* NULL, or why these arguments make no sense. */
static const gchar *
find_mistake (const ExtendArguments *arguments, gchar **files)
{
    if (files[0] == NULL)
        return _ ("no file was named");
    if (arguments->signature != NULL && files[1] != NULL)
        return _ ("--signature goes with one file");
    if (arguments->output != NULL && files[1] != NULL && !g_file_test (arguments->output, G_FILE_TEST_IS_DIR))
        return _ ("with several files, --output must name a folder that exists");
    return NULL;
}

static void
extend_all (ExtendRun *run, gchar **files)
{
    for (guint i = 0; files[i] != NULL && run->cli->signal == 0; i++)
        extend_one (run, files[i]);
    if (!run->cli->json)
        return;
    JsonObject *object = json_object_new ();
    json_object_set_array_member (object, "files", json_array_ref (run->files));
    pena_cli_print_json (object);
}

static gint
extend_run (PenaCli *cli, gchar **argv)
{
    g_auto (ExtendArguments) arguments = {0};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments.output, N_ ("Where the extended file goes"),
         N_ ("FILE")},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &arguments.force, N_ ("Replace an existing output"), NULL},
        {"level", 0, 0, G_OPTION_ARG_STRING, &arguments.level, N_ ("B-T, B-LT or B-LTA (default)"),
         N_ ("LEVEL")},
        {"allow-lower", 0, 0, G_OPTION_ARG_NONE, &arguments.allow_lower,
         N_ ("A lower level if a service is out of reach"), NULL},
        {"signature", 's', 0, G_OPTION_ARG_FILENAME, &arguments.signature,
         N_ ("The signature, when it is not FILE.p7s"), N_ ("FILE")},
        {"document-password-file", 0, 0, G_OPTION_ARG_FILENAME, &arguments.password_file,
         N_ ("File with the password of an encrypted PDF"), N_ ("FILE")},
        G_OPTION_ENTRY_NULL,
    };
    g_auto (GStrv) files = NULL;
    g_autoptr (GError) error = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_extend, entries, argv, &files, &status))
        return status;
    const gchar *mistake = find_mistake (&arguments, files);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_extend, mistake);
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    if (arguments.password_file != NULL &&
        !pena_cli_read_document_password (client, arguments.password_file, &error))
        return pena_cli_fail (cli, NULL, g_steal_pointer (&error));
    g_autoptr (JsonArray) told = json_array_new ();
    ExtendRun run = {.cli = cli, .client = client, .arguments = &arguments, .files = told};
    extend_all (&run, files);
    return run.status;
}

const PenaCliCommand pena_cli_command_extend = {
    .name = "extend",
    .summary = N_ ("Add time-stamps and validation data to signatures"),
    .arguments = N_ ("FILE…"),
    .details = N_ ("surat-signed.pdf gives surat-signed-extended.pdf; a signature beside its\n"
                   "document, FILE.p7s, is replaced with --force. No token is needed. Extending\n"
                   "again adds a new archive time-stamp.\n"
                   "\n"
                   "Examples:\n"
                   "  pena extend surat-signed.pdf\n"
                   "  pena extend --force laporan.xlsx.p7s\n"
                   "  pena extend --level B-LT --output archive/ *-signed.pdf"),
    .run = extend_run,
};
