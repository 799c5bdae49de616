/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena sign
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "naming.h"
#include "pena-text.h"
#include "signing.h"
#include "stage.h"
#include "terminal.h"
#include "tokens.h"

/* How many files are made ready while one is signed: one that waits for the token, and two on their way there. */
#define AHEAD 3

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
options_for (const PenaCliFiles *run, const gchar *input, const gchar *output, gboolean one_of_many)
{
    const SignArguments *arguments = run->arguments;
    PenaSignOptions *options = pena_sign_options_new ();
    g_object_set (options, "format", format_for (arguments, input), "level", arguments->level, "credential",
                  arguments->credential, "reason", arguments->reason, "location", arguments->location,
                  "field", arguments->field, "digest", arguments->digest, "padding", arguments->padding,
                  "replace", pena_cli_files_may_replace (run, output, arguments->force), "repair",
                  arguments->repair, "allow-lower", arguments->allow_lower, "certify",
                  (guint)arguments->certify, "lock", arguments->lock, "attached", arguments->attached,
                  "one-of-many", one_of_many, NULL);
    g_object_set (options, "page", arguments->page, "rect", arguments->rect, "anchor", arguments->anchor,
                  "stamp-fields", arguments->stamp_fields,
                  is_template_file (arguments->stamp) ? "stamp-file" : "stamp", arguments->stamp, NULL);
    return options;
}

static void
add_facts (JsonObject *entry, PenaSignResult *result)
{
    const gchar *repaired = pena_sign_result_get_repaired_sha256 (result);

    json_object_set_string_member (entry, "signature_id", pena_sign_result_get_signature_id (result));
    json_object_set_string_member (entry, "credential", pena_sign_result_get_credential (result));
    json_object_set_string_member (entry, "sha256", pena_sign_result_get_document_sha256 (result));
    json_object_set_int_member (entry, "size", (gint64)pena_sign_result_get_document_size (result));
    json_object_set_boolean_member (entry, "repaired", repaired != NULL);
    if (repaired != NULL)
        json_object_set_string_member (entry, "repaired_sha256", repaired);
}

static void
tell_signed (PenaCliFiles *run, const gchar *input, const gchar *output, JsonObject *entry,
             PenaSignResult *result)
{
    gboolean pades = g_str_equal (pena_sign_result_get_format (result), "pades");
    g_autofree gchar *details =
        g_strdup_printf ("%s %s, ID %s", pades ? "PAdES" : "CAdES", pena_sign_result_get_level (result),
                         pena_sign_result_get_signature_id (result));

    add_facts (entry, result);
    pena_cli_files_tell_output (run, input, output, entry, result, _ ("Signed"), details);
    if (!run->cli->json && pena_sign_result_get_repaired_sha256 (result) != NULL) {
        g_autofree gchar *note =
            g_strdup_printf ("        %s\n", _ ("The PDF was damaged; a repaired copy of it was signed."));
        pena_cli_print (note);
    }
}

/* More than one certificate could sign: the choices are of more use than the advice to look for them. */
static void
tell_choices (PenaCliFiles *run, const GError *error)
{
    if (pena_error_code (error) != PENA_ERROR_TOKEN_AMBIGUOUS)
        return;
    g_autofree gchar *text = pena_cli_list_tokens (run->cli, run->client, NULL);
    g_autofree gchar *choices = text != NULL ? pena_cli_render_choices (text) : NULL;
    if (choices != NULL)
        fputs (choices, stderr);
}

/* Another file is made where this one is read or is to be written. */
static gboolean
is_in_the_way (const PenaCliSigning *other, const gchar *input, const gchar *output)
{
    const gchar *made = pena_cli_signing_get_output (other);

    return pena_cli_files_is_same (input, made) || pena_cli_files_is_same (output, made);
}

/* A prompt on the terminal would be among what is told of the file before. And what is to be signed next may be what is
 * just being made. */
static gboolean
may_start_ahead (PenaCliFiles *run, const gchar *input)
{
    g_autofree gchar *output = output_for (run->arguments, input);
    gboolean busy = is_in_the_way (run->current, input, output);

    for (GList *at = run->ahead.head; at != NULL && !busy; at = at->next)
        busy = is_in_the_way (at->data, input, output);
    return !busy && g_file_test (input, G_FILE_TEST_EXISTS) &&
           (pena_cli_asks_in_window (run->client) || pena_cli_find_terminal () == NULL);
}

static PenaCliSigning *start (PenaCliFiles *run, const gchar *input, gboolean ahead);

/* To this file or to one before: who says no to the first has said no to the others too, and nothing was done for them. */
static gboolean
has_agreed (const PenaCliFiles *run)
{
    return run->n_done > 0 || pena_cli_signing_is_approved (run->current);
}

/* The next files are made ready while the person is asked, the token works and the signature is checked; each only when the one
 * before is in the queue, so that they are asked about in order. */
static void
fill_ahead (gpointer user_data)
{
    PenaCliFiles *run = user_data;

    while (run->current != NULL && has_agreed (run) && run->ahead.length < AHEAD) {
        const PenaCliSigning *before = run->ahead.length > 0 ? run->ahead.tail->data : run->current;
        const gchar *input = run->rest[run->ahead.length];
        if (!pena_cli_signing_is_queued (before) || input == NULL || !may_start_ahead (run, input))
            return;
        g_queue_push_tail (&run->ahead, start (run, input, TRUE));
    }
}

/* ahead: another of this run is to be signed before. One that is not waits for those of other runs only, whose refusal says nothing
 * about it. */
static PenaCliSigning *
start (PenaCliFiles *run, const gchar *input, gboolean ahead)
{
    g_autofree gchar *output = output_for (run->arguments, input);
    PenaCliSigning *signing =
        pena_cli_signing_start (run->client, input, output, options_for (run, input, output, ahead),
                                run->n > 1 || pena_cli_stage_is_wanted (run->cli));

    pena_cli_signing_set_on_change (signing, fill_ahead, run);
    return signing;
}

static void
give_up_ahead (PenaCliFiles *run)
{
    g_queue_clear_full (&run->ahead, (GDestroyNotify)pena_cli_signing_free);
}

/* What was begun for this file, or a new beginning: of a second try, when what is ahead is of the files after it. */
static PenaCliSigning *
take (PenaCliFiles *run, const gchar *input)
{
    const PenaCliSigning *first = g_queue_peek_head (&run->ahead);

    if (first != NULL && g_str_equal (pena_cli_signing_get_input (first), input))
        return g_queue_pop_head (&run->ahead);
    give_up_ahead (run);
    return start (run, input, FALSE);
}

static gboolean
sign_one (PenaCliFiles *run, const gchar *input, JsonObject *entry, GError **error)
{
    if (run->n_done == 0 && run->cli->talkative && !run->cli->json && pena_cli_asks_in_window (run->client))
        fprintf (stderr, "%s\n", _ ("Answer the prompt for the passphrase…"));
    g_autoptr (PenaCliSigning) signing = take (run, input);
    run->current = signing;
    fill_ahead (run);
    g_autoptr (PenaSignResult) result = pena_cli_signing_wait (signing, run->cli, error);
    run->current = NULL;
    if (result != NULL)
        tell_signed (run, input, pena_cli_signing_get_output (signing), entry, result);
    return result != NULL;
}

/* The user said no, or the token is not usable: so it would be with the next file too. A document that cannot be signed says
 * nothing about the next one. */
static gboolean
is_about_document (const GError *error)
{
    return pena_error_exit_status (pena_error_code (error)) == PENA_EXIT_DOCUMENT;
}

static const PenaCliFilesCommand files_command = {
    .work = sign_one,
    .advise = tell_choices,
    .may_go_on = is_about_document,
    .end = give_up_ahead,
    .summary = N_ ("{done} of {all} files were signed."),
};

/* NULL, or which option has a value that there is not. */
static const gchar *
find_unknown_value (const SignArguments *arguments)
{
    const struct {
        const gchar *value;
        const gchar *known[4];
        const gchar *mistake;
    } rows[] = {
        {arguments->format, {"pades", "cades"}, N_ ("--format is pades or cades")},
        {arguments->digest, {"sha256", "sha384", "sha512"}, N_ ("--digest is sha256, sha384 or sha512")},
        {arguments->padding, {"pkcs1", "pss"}, N_ ("--padding is pkcs1 or pss")},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].value != NULL && !g_strv_contains (rows[i].known, rows[i].value))
            return pena_text (rows[i].mistake);
    return NULL;
}

/* NULL, or why these arguments make no sense. */
static const gchar *
find_mistake (const SignArguments *arguments, gchar **files)
{
    const gchar *format = arguments->format, *unknown = find_unknown_value (arguments);

    if (unknown != NULL)
        return unknown;
    if (arguments->certify < 0 || arguments->certify > 3)
        return _ ("--certify is 1, 2 or 3");
    if (arguments->attached && g_strcmp0 (format, "pades") == 0)
        return _ ("--attached goes with --format cades");
    return pena_cli_files_find_mistake (arguments->output, files);
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
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_sign, entries, argv, &files, &status))
        return status;
    const gchar *mistake = find_mistake (&arguments, files);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_sign, mistake);
    return pena_cli_files_run (cli, &files_command, &arguments, arguments.password_file, files);
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
