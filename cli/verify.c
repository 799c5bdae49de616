/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena verify
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "password.h"
#include "pena-text.h"
#include "progress.h"
#include "report-pdf.h"
#include "report.h"
#include "table.h"
#include "verify-many.h"

typedef struct {
    gchar *signature, *password_file;
    gchar *report;
    gboolean force;
    gboolean online;
} VerifyArguments;

static void
verify_arguments_clear (VerifyArguments *self)
{
    g_free (self->signature);
    g_free (self->password_file);
    g_free (self->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VerifyArguments, verify_arguments_clear)

typedef struct {
    PenaCli *cli;
    PenaClient *client;
    const VerifyArguments *arguments;
    GPtrArray *paths; /* NULL-terminated */
    guint n, n_told;
    gboolean folders; /* the paths were found in folders */
    PenaCliSkipped skipped;
    PenaCliTable table; /* counts for JSON too */
    PenaCliProgress progress;
    PenaCliReportPdf *pdf; /* or NULL */
    gint status;           /* of the first file that is not valid or could not be examined */
} VerifyRun;

static void
verify_run_clear (VerifyRun *self)
{
    g_clear_object (&self->client);
    g_clear_pointer (&self->pdf, pena_cli_report_pdf_free);
    g_clear_pointer (&self->paths, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VerifyRun, verify_run_clear)

/* ---- what is told of each file ---- */

static void
tell_file (VerifyRun *run, const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *clean = pena_cli_clean (shown);
    g_autoptr (GString) line = g_string_new (run->n_told > 0 ? "\n" : "");

    pena_cli_append_styled (line, run->cli->colour, PENA_CLI_STRONG, clean);
    g_string_append_c (line, '\n');
    pena_cli_print (line->str);
}

static void
tell_details (VerifyRun *run, const PenaCliVerified *file, const PenaCliTelling *telling)
{
    if (file->error != NULL) {
        pena_cli_print_error (file->path, file->error);
        return;
    }
    g_autofree gchar *text = pena_cli_render_telling (telling, run->cli->colour, pena_cli_get_width (stdout));
    if (run->n > 1)
        tell_file (run, file->pair.document);
    pena_cli_print (text);
}

/* One line each, so that whoever reads can begin with the first. */
static void
tell_json (VerifyRun *run, const PenaCliVerified *file, JsonNode *report)
{
    JsonObject *entry = json_object_new ();
    g_autofree gchar *shown =
        g_filename_display_name (file->pair.document != NULL ? file->pair.document : file->path);

    json_object_set_string_member (entry, "file", shown);
    if (file->pair.signature != NULL) {
        g_autofree gchar *beside = g_filename_display_name (file->pair.signature);
        json_object_set_string_member (entry, "signature", beside);
    }
    if (report != NULL)
        json_object_set_member (entry, "report", json_node_copy (report));
    else
        json_object_set_object_member (entry, "error", pena_cli_error_to_json (file->error));
    if (run->n_told > 0)
        pena_cli_print (",");
    pena_cli_print_json (entry);
}

/* Asks for the password that a document lacks, as often as that may help. Takes the place of what was found out without. */
static void
ask_again (VerifyRun *run, PenaCliVerified *file)
{
    for (guint i = 0; i < PENA_CLI_PASSWORD_TRIES && file->report == NULL && !run->folders &&
                      run->arguments->password_file == NULL &&
                      pena_cli_ask_document_password (run->cli, run->client, file->path, file->error);
         i++) {
        g_clear_error (&file->error);
        file->report =
            pena_cli_verify (run->cli, run->client, file->pair.document, file->pair.signature, &file->error);
    }
}

static void
keep_first_failure (VerifyRun *run, const PenaCliVerified *file, const PenaCliTelling *telling)
{
    if (run->status != PENA_EXIT_DONE)
        return;
    if (file->error != NULL)
        run->status = (gint)pena_error_exit_status (pena_error_code (file->error));
    else if (telling->outcome != PENA_CLI_VALID)
        run->status = PENA_EXIT_NOT_VALID;
}

static gboolean
tell_one (PenaCliVerified *file, gpointer user_data)
{
    VerifyRun *run = user_data;

    if (isatty (STDOUT_FILENO) != 0)
        pena_cli_progress_hide (&run->progress);
    ask_again (run, file);
    g_autoptr (JsonNode) root = file->report != NULL ? json_from_string (file->report, &file->error) : NULL;
    g_autoptr (PenaCliTelling) telling = root != NULL ? pena_cli_telling_new (json_node_get_object (root))
                                                      : pena_cli_telling_new_error (file->error);
    g_autofree gchar *row = pena_cli_table_render_row (&run->table, file->path, telling);
    keep_first_failure (run, file, telling);
    if (run->pdf != NULL)
        pena_cli_report_pdf_add (run->pdf, file, root != NULL ? json_node_get_object (root) : NULL, telling);
    if (run->cli->json)
        tell_json (run, file, root);
    else if (run->folders)
        pena_cli_print (row);
    else
        tell_details (run, file, telling);
    run->n_told++;
    if (run->folders)
        pena_cli_progress_step (&run->progress);
    /* Without the agent no other file fares better. */
    return !g_error_matches (file->error, PENA_ERROR, PENA_ERROR_AGENT_UNREACHABLE);
}

/* ---- all of them ---- */

static gboolean
collect (VerifyRun *run, gchar **files, GError **error)
{
    run->paths = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; files[i] != NULL; i++) {
        if (!g_file_test (files[i], G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add (run->paths, g_strdup (files[i]));
            continue;
        }
        run->folders = TRUE;
        if (!pena_cli_walk (files[i], run->paths, &run->skipped, error))
            return FALSE;
    }
    run->n = run->paths->len;
    pena_cli_table_init (&run->table, run->paths, run->cli->colour, pena_cli_get_width (stdout));
    pena_cli_progress_init (&run->progress, run->cli, run->n);
    g_ptr_array_add (run->paths, NULL);
    return TRUE;
}

/* The report is no output of the verification of itself. */
static gboolean
check_report (VerifyRun *run, GError **error)
{
    struct stat target, one;

    if (stat (run->arguments->report, &target) < 0)
        return TRUE;
    for (guint i = 0; i < run->n; i++) {
        if (stat (run->paths->pdata[i], &one) < 0 || one.st_dev != target.st_dev ||
            one.st_ino != target.st_ino)
            continue;
        const gchar *reason = _ ("the report would take the place of a file that is verified");
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);
        pena_error_set_string (*error, "reason", reason);
        return FALSE;
    }
    return TRUE;
}

static gboolean
begin_report (VerifyRun *run, GError **error)
{
    if (run->arguments->report == NULL)
        return TRUE;
    if (!check_report (run, error))
        return FALSE;
    run->pdf = pena_cli_report_pdf_new (run->arguments->report, run->arguments->force, error);
    return run->pdf != NULL;
}

/* Told last, unless the user gave up: then there is none. */
static void
end_report (VerifyRun *run, JsonObject *told)
{
    g_autofree gchar *shown = g_filename_display_name (run->arguments->report);
    g_autofree gchar *clean = pena_cli_clean (shown);
    g_autoptr (GError) error = NULL;

    if (run->n > 1)
        pena_cli_report_pdf_add_summary (run->pdf, &run->table, &run->skipped);
    if (pena_cli_report_pdf_finish (run->pdf, run->cli, &error)) {
        json_object_set_string_member (told, "report_file", shown);
        if (!run->cli->json)
            fprintf (stderr, "%s: %s\n", _ ("Report"), clean);
        return;
    }
    run->status =
        run->status == PENA_EXIT_DONE ? (gint)pena_error_exit_status (pena_error_code (error)) : run->status;
    json_object_set_object_member (told, "report_error", pena_cli_error_to_json (error));
    if (!run->cli->json)
        pena_cli_print_error (run->arguments->report, error);
}

static void
tell_begin (VerifyRun *run)
{
    g_autofree gchar *head = pena_cli_table_render_head (&run->table);

    if (run->cli->json)
        pena_cli_print ("{\"files\":[\n");
    else if (run->folders && run->n > 0)
        pena_cli_print (head);
}

static void
tell_end (VerifyRun *run)
{
    pena_cli_progress_hide (&run->progress);
    JsonObject *summary = pena_cli_table_summary_to_json (&run->table, &run->skipped);
    if (run->pdf != NULL && run->cli->signal == 0)
        end_report (run, summary);
    if (run->cli->json) {
        pena_cli_print ("],\"summary\":");
        pena_cli_print_json (summary);
        pena_cli_print ("}\n");
        return;
    }
    json_object_unref (summary);
    if (run->folders) {
        g_autofree gchar *text = pena_cli_table_render_summary (&run->table, &run->skipped);
        pena_cli_print (run->n_told > 0 ? "\n" : "");
        pena_cli_print (text);
    }
}

/* NULL, or why these arguments make no sense. */
static const gchar *
find_mistake (const VerifyArguments *arguments, gchar **files)
{
    if (files[0] == NULL)
        return _ ("no file was named");
    if (arguments->signature != NULL && (files[1] != NULL || g_file_test (files[0], G_FILE_TEST_IS_DIR)))
        return _ ("--signature goes with one file");
    if (arguments->report != NULL && !pena_cli_is_pdf_name (arguments->report))
        return _ ("--report writes a PDF, and its name ends in .pdf; for programs there is --json");
    return NULL;
}

static gint
verify_all (PenaCli *cli, const VerifyArguments *arguments, gchar **files)
{
    g_auto (VerifyRun) run = {.cli = cli, .arguments = arguments, .client = pena_cli_new_client ()};
    g_autoptr (GError) error = NULL;

    if ((arguments->password_file != NULL &&
         !pena_cli_read_document_password (run.client, arguments->password_file, &error)) ||
        !collect (&run, files, &error))
        return pena_cli_fail (cli, NULL, g_steal_pointer (&error));
    if (!begin_report (&run, &error))
        return pena_cli_fail (cli, arguments->report, g_steal_pointer (&error));
    g_object_set (run.client, "one-of-many", run.n > 1, "online", arguments->online, NULL);
    tell_begin (&run);
    pena_cli_verify_many (cli, run.client, (gchar *const *)run.paths->pdata, arguments->signature, tell_one,
                          &run);
    tell_end (&run);
    /* Nothing that is signed is nothing to rely on. */
    return run.n == 0 ? PENA_EXIT_NOT_VALID : run.status;
}

static gint
verify_run (PenaCli *cli, gchar **argv)
{
    g_auto (VerifyArguments) arguments = {0};
    const GOptionEntry entries[] = {
        {"signature", 's', 0, G_OPTION_ARG_FILENAME, &arguments.signature,
         N_ ("The signature, when it is not FILE.p7s"), N_ ("FILE")},
        {"report", 'r', 0, G_OPTION_ARG_FILENAME, &arguments.report,
         N_ ("Write a report for the file, a PDF"), N_ ("FILE.pdf")},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &arguments.force, N_ ("Replace an existing report"), NULL},
        {"online", 0, 0, G_OPTION_ARG_NONE, &arguments.online, N_ ("Ask authorities about revocation"), NULL},
        {"document-password-file", 0, 0, G_OPTION_ARG_FILENAME, &arguments.password_file,
         N_ ("File with the password of an encrypted PDF"), N_ ("FILE")},
        G_OPTION_ENTRY_NULL,
    };
    g_auto (GStrv) files = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_verify, entries, argv, &files, &status))
        return status;
    const gchar *mistake = find_mistake (&arguments, files);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_verify, mistake);
    return verify_all (cli, &arguments, files);
}

const PenaCliCommand pena_cli_command_verify = {
    .name = "verify",
    .summary = N_ ("Tell who signed a document, and whether it is unchanged"),
    .arguments = N_ ("FILE|FOLDER…"),
    .details = N_ ("FILE is a signed PDF, or a document with its signature FILE.p7s beside it\n"
                   "(either may be named). Of a FOLDER, all such files in it and below are told in\n"
                   "a table. Exits with 1 unless every signature is valid.\n"
                   "\n"
                   "Examples:\n"
                   "  pena verify surat-signed.pdf\n"
                   "  pena verify --online surat-signed.pdf\n"
                   "  pena verify laporan.xlsx\n"
                   "  pena verify arsip/\n"
                   "  pena verify --report laporan.pdf surat-signed.pdf\n"
                   "  pena verify --signature tanda-tangan.p7s laporan.xlsx"),
    .run = verify_run,
};
