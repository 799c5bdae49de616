/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena verify
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "password.h"
#include "pena-text.h"
#include "report.h"
#include "verify-many.h"

typedef struct {
    PenaCli *cli;
    PenaClient *client;
    const gchar *password_file; /* of the documents, or NULL */
    gboolean several;
    JsonArray *files;
    gint status; /* of the first file that is not valid or could not be examined */
} VerifyRun;

static void
keep_first (VerifyRun *run, gint status)
{
    if (run->status == PENA_EXIT_DONE)
        run->status = status;
}

static void
tell_file (VerifyRun *run, const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *clean = pena_cli_clean (shown);
    g_autoptr (GString) line = g_string_new (NULL);

    pena_cli_append_styled (line, run->cli->colour, PENA_CLI_STRONG, clean);
    g_string_append_c (line, '\n');
    pena_cli_print (line->str);
}

static void
tell_report (VerifyRun *run, const PenaCliPair *pair, JsonNode *root)
{
    JsonObject *report = json_node_get_object (root), *entry = json_object_new ();
    g_autofree gchar *shown = g_filename_display_name (pair->document);

    keep_first (run, pena_cli_report_is_valid (report) ? PENA_EXIT_DONE : PENA_EXIT_NOT_VALID);
    json_object_set_string_member (entry, "file", shown);
    if (pair->signature != NULL) {
        g_autofree gchar *beside = g_filename_display_name (pair->signature);
        json_object_set_string_member (entry, "signature", beside);
    }
    json_object_set_member (entry, "report", json_node_copy (root));
    json_array_add_object_element (run->files, entry);
    if (run->cli->json)
        return;
    g_autoptr (PenaCliTelling) telling = pena_cli_telling_new (report);
    g_autofree gchar *text = pena_cli_render_telling (telling, run->cli->colour, pena_cli_get_width (stdout));
    if (run->several)
        tell_file (run, pair->document);
    pena_cli_print (text);
}

static void
tell_error (VerifyRun *run, const gchar *path, const GError *error)
{
    JsonObject *entry = json_object_new ();
    g_autofree gchar *shown = g_filename_display_name (path);

    keep_first (run, (gint)pena_error_exit_status (pena_error_code (error)));
    json_object_set_string_member (entry, "file", shown);
    json_object_set_object_member (entry, "error", pena_cli_error_to_json (error));
    json_array_add_object_element (run->files, entry);
    if (!run->cli->json)
        pena_cli_print_error (path, error);
}

/* Asks for the password that a document lacks, as often as that may help. Takes the place of what was found out without. */
static void
ask_again (VerifyRun *run, PenaCliVerified *file)
{
    for (guint i = 0; i < PENA_CLI_PASSWORD_TRIES && file->report == NULL && run->password_file == NULL &&
                      pena_cli_ask_document_password (run->cli, run->client, file->path, file->error);
         i++) {
        g_clear_error (&file->error);
        file->report =
            pena_cli_verify (run->cli, run->client, file->pair.document, file->pair.signature, &file->error);
    }
}

static void
tell_one (PenaCliVerified *file, gpointer user_data)
{
    VerifyRun *run = user_data;

    ask_again (run, file);
    g_autoptr (JsonNode) root = file->report != NULL ? json_from_string (file->report, &file->error) : NULL;
    if (root != NULL)
        tell_report (run, &file->pair, root);
    else
        tell_error (run, file->path, file->error);
}

static gint
verify_run (PenaCli *cli, gchar **argv)
{
    g_autofree gchar *signature = NULL, *password_file = NULL;
    g_autoptr (GError) error = NULL;
    const GOptionEntry entries[] = {
        {"signature", 's', 0, G_OPTION_ARG_FILENAME, &signature,
         N_ ("The signature, when it is not FILE.p7s"), N_ ("FILE")},
        {"document-password-file", 0, 0, G_OPTION_ARG_FILENAME, &password_file,
         N_ ("File with the password of an encrypted PDF"), N_ ("FILE")},
        G_OPTION_ENTRY_NULL,
    };
    g_auto (GStrv) files = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_verify, entries, argv, &files, &status))
        return status;
    if (files[0] == NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_verify, _ ("no file was named"));
    if (signature != NULL && files[1] != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_verify, _ ("--signature goes with one file"));
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    g_object_set (client, "one-of-many", files[1] != NULL, NULL);
    if (password_file != NULL && !pena_cli_read_document_password (client, password_file, &error))
        return pena_cli_fail (cli, NULL, g_steal_pointer (&error));
    JsonArray *told = json_array_new ();
    VerifyRun run = {.cli = cli,
                     .client = client,
                     .password_file = password_file,
                     .several = files[1] != NULL,
                     .files = told};
    pena_cli_verify_many (cli, client, files, signature, tell_one, &run);
    JsonObject *object = json_object_new ();
    json_object_set_array_member (object, "files", told);
    if (cli->json)
        pena_cli_print_json (object);
    else
        json_object_unref (object);
    return run.status;
}

const PenaCliCommand pena_cli_command_verify = {
    .name = "verify",
    .summary = N_ ("Tell who signed a document, and whether it is unchanged"),
    .arguments = N_ ("FILE…"),
    .details = N_ ("FILE is a signed PDF, or a document with its signature FILE.p7s beside it\n"
                   "(either may be named). Exits with 1 unless every signature is valid.\n"
                   "\n"
                   "Examples:\n"
                   "  pena verify surat-signed.pdf\n"
                   "  pena verify laporan.xlsx\n"
                   "  pena verify --signature tanda-tangan.p7s laporan.xlsx"),
    .run = verify_run,
};
