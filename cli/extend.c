/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena extend
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "cli.h"
#include "files.h"
#include "naming.h"
#include "pena-text.h"
#include "stage.h"

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

/* A signature beside its document is replaced where it is; a file that holds both gets a companion. */
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
    return pena_cli_name_extended (from);
}

static gboolean
extend_one (PenaCliFiles *run, const gchar *path, JsonObject *entry, GError **error)
{
    const ExtendArguments *arguments = run->arguments;
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();
    g_auto (PenaCliPair) pair = {0};

    if (!pena_cli_find_pair (path, arguments->signature, &pair, error))
        return FALSE;
    g_autofree gchar *output = output_for (arguments, &pair);
    g_object_set (options, "level", arguments->level, "allow-lower", arguments->allow_lower, "replace",
                  pena_cli_files_may_replace (run, output, arguments->force), NULL);
    PenaCliStage stage;
    pena_cli_stage_watch (&stage, run->cli, run->client, options);
    g_autoptr (PenaSignResult) result =
        pena_cli_extend (run->cli, run->client, &pair, output, options, error);
    pena_cli_stage_clear (&stage);
    if (result != NULL)
        pena_cli_files_tell_output (run, path, output, entry, result, _ ("Extended"),
                                    pena_sign_result_get_level (result));
    return result != NULL;
}

static const PenaCliFilesCommand files_command = {
    .work = extend_one,
    .summary = N_ ("{done} of {all} files were extended."),
};

/* NULL, or why these arguments make no sense. */
static const gchar *
find_mistake (const ExtendArguments *arguments, gchar **files)
{
    if (arguments->signature != NULL && files[0] != NULL && files[1] != NULL)
        return _ ("--signature goes with one file");
    return pena_cli_files_find_mistake (arguments->output, files);
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
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_extend, entries, argv, &files, &status))
        return status;
    const gchar *mistake = find_mistake (&arguments, files);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_extend, mistake);
    return pena_cli_files_run (cli, &files_command, &arguments, arguments.password_file, files);
}

const PenaCliCommand pena_cli_command_extend = {
    .name = "extend",
    .summary = N_ ("Add time-stamps and validation data to signatures"),
    .arguments = N_ ("FILE…"),
    .details = N_ ("surat-signed.pdf gives surat-signed-extended.pdf, laporan.xlsx.p7m gives\n"
                   "laporan-extended.xlsx.p7m; a signature beside its document, FILE.p7s, is\n"
                   "replaced with --force. No token is needed. Extending again adds a new archive\n"
                   "time-stamp.\n"
                   "\n"
                   "Examples:\n"
                   "  pena extend surat-signed.pdf\n"
                   "  pena extend --force laporan.xlsx.p7s\n"
                   "  pena extend --level B-LT --output archive/ *-signed.pdf"),
    .run = extend_run,
};
