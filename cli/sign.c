/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena sign
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "naming.h"
#include "password.h"
#include "pena-text.h"
#include "tokens.h"

#define PASSWORD_TRIES 3

typedef struct {
    gchar *output, *format, *level, *credential, *reason, *location, *field, *digest, *padding;
    gchar *password_file; /* of the document */
    gchar *lock;
    gint certify;
    gchar *stamp, *page, *rect, *anchor;
    gchar **stamp_fields;
    gboolean force, repair, allow_lower, attached;
} SignArguments;

static void
sign_arguments_clear (SignArguments *self)
{
    g_free (self->output);
    g_free (self->format);
    g_free (self->level);
    g_free (self->credential);
    g_free (self->reason);
    g_free (self->location);
    g_free (self->field);
    g_free (self->digest);
    g_free (self->padding);
    g_free (self->password_file);
    g_free (self->lock);
    g_free (self->stamp);
    g_free (self->page);
    g_free (self->rect);
    g_free (self->anchor);
    g_strfreev (self->stamp_fields);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SignArguments, sign_arguments_clear)

typedef struct {
    PenaCli *cli;
    PenaClient *client;
    const SignArguments *arguments;
    JsonArray *files; /* what is told of each, for --json */
    guint n_files, n_signed;
    gint status; /* of the first failure */
} SignRun;

static const gchar *
format_for (const SignArguments *arguments, const gchar *input)
{
    if (arguments->format != NULL)
        return arguments->format;
    return pena_cli_is_pdf_name (input) && !arguments->attached ? "pades" : "cades";
}

static gchar *
output_for (const SignArguments *arguments, const gchar *input)
{
    const gchar *format = format_for (arguments, input);

    if (arguments->output == NULL)
        return pena_cli_name_output (input, format, arguments->attached, NULL);
    if (g_file_test (arguments->output, G_FILE_TEST_IS_DIR))
        return pena_cli_name_output (input, format, arguments->attached, arguments->output);
    return g_strdup (arguments->output);
}

/* A name has neither a folder nor an ending. */
static gboolean
is_template_file (const gchar *stamp)
{
    return stamp != NULL && (strchr (stamp, '/') != NULL || g_str_has_suffix (stamp, ".stamp"));
}

static PenaSignOptions *
options_for (const SignArguments *arguments, const gchar *input)
{
    PenaSignOptions *options = pena_sign_options_new ();
    g_object_set (options, "format", format_for (arguments, input), "level", arguments->level, "credential",
                  arguments->credential, "reason", arguments->reason, "location", arguments->location,
                  "field", arguments->field, "digest", arguments->digest, "padding", arguments->padding,
                  "replace", arguments->force, "repair", arguments->repair, "allow-lower",
                  arguments->allow_lower, "certify", (guint)arguments->certify, "lock", arguments->lock,
                  "attached", arguments->attached, NULL);
    g_object_set (options, "page", arguments->page, "rect", arguments->rect, "anchor", arguments->anchor,
                  "stamp-fields", arguments->stamp_fields,
                  is_template_file (arguments->stamp) ? "stamp-file" : "stamp", arguments->stamp, NULL);
    return options;
}

static gchar *
display (const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    return pena_cli_clean (shown);
}

static JsonObject *
new_entry (SignRun *run, const gchar *input)
{
    JsonObject *entry = json_object_new ();
    g_autofree gchar *shown = g_filename_display_name (input);
    json_object_set_string_member (entry, "input", shown);
    json_array_add_object_element (run->files, entry);
    return entry;
}

static void
tell_signed (SignRun *run, const gchar *input, const gchar *output, PenaSignResult *result)
{
    g_autofree gchar *from = display (input), *to = display (output), *raw = g_filename_display_name (output);
    JsonObject *entry = new_entry (run, input);
    const gchar *repaired = pena_sign_result_get_repaired_sha256 (result);
    const gchar *kind = g_str_equal (pena_sign_result_get_format (result), "pades") ? "PAdES" : "CAdES";

    json_object_set_string_member (entry, "output", raw);
    json_object_set_string_member (entry, "format", pena_sign_result_get_format (result));
    json_object_set_string_member (entry, "level", pena_sign_result_get_level (result));
    pena_cli_add_level_reason (entry, result);
    json_object_set_string_member (entry, "signature_id", pena_sign_result_get_signature_id (result));
    json_object_set_string_member (entry, "credential", pena_sign_result_get_credential (result));
    json_object_set_string_member (entry, "sha256", pena_sign_result_get_document_sha256 (result));
    json_object_set_int_member (entry, "size", (gint64)pena_sign_result_get_document_size (result));
    json_object_set_boolean_member (entry, "repaired", repaired != NULL);
    if (repaired != NULL)
        json_object_set_string_member (entry, "repaired_sha256", repaired);
    run->n_signed++;
    if (run->cli->json)
        return;
    g_autoptr (GString) line = g_string_new (NULL);
    pena_cli_append_styled (line, run->cli->colour, PENA_CLI_GOOD, _ ("Signed"));
    g_string_append_printf (line, ": %s -> %s (%s %s, ID %s)\n", from, to, kind,
                            pena_sign_result_get_level (result), pena_sign_result_get_signature_id (result));
    pena_cli_print (line->str);
    pena_cli_print_level_reason (result);
    if (repaired != NULL) {
        g_autofree gchar *note =
            g_strdup_printf ("        %s\n", _ ("The PDF was damaged; a repaired copy of it was signed."));
        pena_cli_print (note);
    }
}

/* More than one certificate could sign: the choices are of more use than the advice to look for them. */
static void
tell_choices (SignRun *run)
{
    g_autofree gchar *text = pena_cli_list_tokens (run->cli, run->client, NULL);
    g_autofree gchar *choices = text != NULL ? pena_cli_render_choices (text) : NULL;
    if (choices != NULL)
        fputs (choices, stderr);
}

static void
tell_failed (SignRun *run, const gchar *input, const GError *error)
{
    if (run->status == PENA_EXIT_DONE)
        run->status = (gint)pena_error_exit_status (pena_error_code (error));
    json_object_set_object_member (new_entry (run, input), "error", pena_cli_error_to_json (error));
    if (run->cli->json)
        return;
    pena_cli_print_error (input, error);
    if (pena_error_code (error) == PENA_ERROR_TOKEN_AMBIGUOUS)
        tell_choices (run);
}

/* FALSE when it makes no sense to go on with the other files: the user said no, or the token is not usable. A
 * document that cannot be signed says nothing about the next one. */
static gboolean
sign_one (SignRun *run, const gchar *input)
{
    g_autofree gchar *output = output_for (run->arguments, input);
    g_autoptr (PenaSignOptions) options = options_for (run->arguments, input);
    g_autoptr (GError) error = NULL;

    g_autoptr (PenaSignResult) result = pena_cli_sign (run->cli, run->client, input, output, options, &error);
    for (guint i = 0; i < PASSWORD_TRIES && result == NULL && run->arguments->password_file == NULL &&
                      pena_cli_ask_document_password (run->cli, run->client, input, error);
         i++) {
        g_clear_error (&error);
        result = pena_cli_sign (run->cli, run->client, input, output, options, &error);
    }
    if (result != NULL) {
        tell_signed (run, input, output, result);
        return TRUE;
    }
    tell_failed (run, input, error);
    return pena_error_exit_status (pena_error_code (error)) == PENA_EXIT_DOCUMENT;
}

/* A prompt in a window may hide behind others; one on the terminal speaks for itself. */
static gboolean
asks_in_window (SignRun *run)
{
    g_autofree gchar *display = NULL;

    g_object_get (run->client, "prompt-display", &display, NULL);
    return display != NULL && *display != '\0';
}

static void
tell_progress (SignRun *run, guint index, const gchar *input)
{
    g_autofree gchar *name = display (input);

    if (!run->cli->talkative || run->cli->json)
        return;
    if (run->n_files > 1)
        fprintf (stderr, "[%u/%u] %s\n", index + 1, run->n_files, name);
    if (index == 0 && asks_in_window (run))
        fprintf (stderr, "%s\n", _ ("Answer the prompt for the passphrase…"));
}

static void
sign_all (SignRun *run, gchar **files)
{
    gboolean go_on = TRUE;

    for (guint i = 0; i < run->n_files; i++) {
        if (!go_on) {
            json_object_set_boolean_member (new_entry (run, files[i]), "skipped", TRUE);
            continue;
        }
        tell_progress (run, i, files[i]);
        go_on = sign_one (run, files[i]);
    }
}

static void
tell_summary (SignRun *run)
{
    if (run->cli->json) {
        JsonObject *object = json_object_new ();
        json_object_set_array_member (object, "files", json_array_ref (run->files));
        pena_cli_print_json (object);
    } else if (run->n_files > 1) {
        g_autofree gchar *text =
            g_strdup_printf (_ ("%u of %u files were signed."), run->n_signed, run->n_files);
        pena_cli_print (text);
        pena_cli_print ("\n");
    }
}

/* NULL, or why these arguments make no sense. */
static const gchar *
find_mistake (const SignArguments *arguments, gchar **files)
{
    const gchar *format = arguments->format;

    if (files[0] == NULL)
        return _ ("no file was named");
    if (format != NULL && !g_str_equal (format, "pades") && !g_str_equal (format, "cades"))
        return _ ("--format is pades or cades");
    if (arguments->certify < 0 || arguments->certify > 3)
        return _ ("--certify is 1, 2 or 3");
    if (arguments->attached && g_strcmp0 (format, "pades") == 0)
        return _ ("--attached goes with --format cades");
    if (arguments->output != NULL && files[1] != NULL && !g_file_test (arguments->output, G_FILE_TEST_IS_DIR))
        return _ ("with several files, --output must name a folder that exists");
    return NULL;
}

static gint
sign_run (PenaCli *cli, gchar **argv)
{
    g_auto (SignArguments) arguments = {0};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arguments.output, N_ ("Where the signed file goes"),
         N_ ("FILE")},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &arguments.force, N_ ("Replace an existing output"), NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &arguments.format,
         N_ ("pades (in the PDF) or cades (beside it)"), N_ ("FORMAT")},
        {"level", 0, 0, G_OPTION_ARG_STRING, &arguments.level, N_ ("B-B (default), B-T, B-LT or B-LTA"),
         N_ ("LEVEL")},
        {"credential", 0, 0, G_OPTION_ARG_STRING, &arguments.credential,
         N_ ("Certificate to use, if several can sign"), "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &arguments.reason, N_ ("Reason, written into the PDF"),
         N_ ("TEXT")},
        {"location", 0, 0, G_OPTION_ARG_STRING, &arguments.location, N_ ("Place, written into the PDF"),
         N_ ("TEXT")},
        {"digest", 0, 0, G_OPTION_ARG_STRING, &arguments.digest, N_ ("sha256 (default), sha384 or sha512"),
         N_ ("DIGEST")},
        {"padding", 0, 0, G_OPTION_ARG_STRING, &arguments.padding,
         N_ ("With an RSA key: pkcs1 (default) or pss"), N_ ("PADDING")},
        {"field", 0, 0, G_OPTION_ARG_STRING, &arguments.field, N_ ("Empty signature field to use"),
         N_ ("NAME")},
        {"certify", 0, 0, G_OPTION_ARG_INT, &arguments.certify,
         N_ ("Certify the PDF: 1, 2 or 3, see pena(1)"), N_ ("LEVEL")},
        {"lock", 0, 0, G_OPTION_ARG_STRING, &arguments.lock, N_ ("Form fields to lock, see pena(1)"),
         N_ ("FIELDS")},
        {"attached", 0, 0, G_OPTION_ARG_NONE, &arguments.attached,
         N_ ("CAdES: the document inside, NAME.p7m"), NULL},
        {"allow-lower", 0, 0, G_OPTION_ARG_NONE, &arguments.allow_lower,
         N_ ("A lower level if a service is out of reach"), NULL},
        {"repair", 0, 0, G_OPTION_ARG_NONE, &arguments.repair,
         N_ ("If the PDF is damaged, sign a repaired copy"), NULL},
        {"stamp", 0, 0, G_OPTION_ARG_FILENAME, &arguments.stamp, N_ ("Stamp template: makes it visible"),
         N_ ("NAME|FILE")},
        {"page", 0, 0, G_OPTION_ARG_STRING, &arguments.page, N_ ("Page of the stamp: a number, last or all"),
         N_ ("PAGE")},
        {"rect", 0, 0, G_OPTION_ARG_STRING, &arguments.rect, N_ ("Its place in points, from the lower left"),
         N_ ("X,Y[,W,H]")},
        {"anchor", 0, 0, G_OPTION_ARG_STRING, &arguments.anchor,
         N_ ("Text on a page whose place the stamp takes"), N_ ("TEXT")},
        {"stamp-field", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments.stamp_fields,
         N_ ("What the template's own field says"), N_ ("FIELD=TEXT")},
        {"document-password-file", 0, 0, G_OPTION_ARG_FILENAME, &arguments.password_file,
         N_ ("File with the password of an encrypted PDF"), N_ ("FILE")},
        G_OPTION_ENTRY_NULL,
    };
    g_auto (GStrv) files = NULL;
    g_autoptr (GError) error = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_sign, entries, argv, &files, &status))
        return status;
    const gchar *mistake = find_mistake (&arguments, files);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_sign, mistake);
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    if (arguments.password_file != NULL &&
        !pena_cli_read_document_password (client, arguments.password_file, &error))
        return pena_cli_fail (cli, NULL, g_steal_pointer (&error));
    g_autoptr (JsonArray) told = json_array_new ();
    SignRun run = {.cli = cli, .client = client, .arguments = &arguments, .files = told};
    run.n_files = g_strv_length (files);
    sign_all (&run, files);
    tell_summary (&run);
    return run.status;
}

const PenaCliCommand pena_cli_command_sign = {
    .name = "sign",
    .summary = N_ ("Sign documents with the token"),
    .arguments = N_ ("FILE…"),
    .details = N_ ("surat.pdf gives surat-signed.pdf; any other file gets a signature beside it,\n"
                   "NAME.p7s. The file itself is never changed.\n"
                   "\n"
                   "Examples:\n"
                   "  pena sign surat.pdf\n"
                   "  pena sign --reason Persetujuan --location Jakarta surat.pdf\n"
                   "  pena sign --stamp naskah-dinas --anchor '${ttd}' surat.pdf\n"
                   "  pena sign --output signed/ *.pdf\n"
                   "  pena sign laporan.xlsx"),
    .run = sign_run,
};
