/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a command that does the same to each of several files
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "files.h"

#include "password.h"
#include "pena-text.h"

#define NOTE_HANG 8

const gchar *
pena_cli_files_find_mistake (const gchar *output, gchar **files)
{
    if (files[0] == NULL)
        return _ ("no file was named");
    if (output != NULL && *output == '\0')
        return _ ("--output names no file");
    if (output != NULL && files[1] != NULL && !g_file_test (output, G_FILE_TEST_IS_DIR))
        return _ ("with several files, --output must name a folder that exists");
    return NULL;
}

gboolean
pena_cli_files_is_same (const gchar *path, const gchar *other)
{
    g_autofree gchar *one = g_canonicalize_filename (path, NULL);
    g_autofree gchar *two = g_canonicalize_filename (other, NULL);

    return g_str_equal (one, two);
}

gboolean
pena_cli_files_may_replace (const PenaCliFiles *self, const gchar *output, gboolean force)
{
    g_autofree gchar *name = g_canonicalize_filename (output, NULL);
    return force && !g_hash_table_contains (self->written, name);
}

static void
add_level_reason (JsonObject *entry, PenaSignResult *result)
{
    const gchar *reason = pena_sign_result_get_level_reason (result);

    if (reason == NULL)
        return;
    json_object_set_string_member (entry, "level_reason", reason);
    json_object_set_string_member (entry, "level_description",
                                   pena_sign_result_get_level_description (result));
}

/* What the agent says; NULL: nothing. */
static void
print_note (const gchar *label, const gchar *text)
{
    if (text == NULL)
        return;
    g_autofree gchar *clean = pena_cli_clean (text);
    g_autofree gchar *note = g_strdup_printf ("        %s %s\n", label, clean);
    pena_cli_print_wrapped (stdout, note, NOTE_HANG);
}

static gchar *
display (const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    return pena_cli_clean (shown);
}

void
pena_cli_files_tell_output (PenaCliFiles *self, const gchar *path, const gchar *output, JsonObject *entry,
                            PenaSignResult *result, const gchar *done, const gchar *details)
{
    g_autofree gchar *from = display (path), *to = display (output), *raw = g_filename_display_name (output);
    g_autoptr (GString) line = g_string_new (NULL);

    g_hash_table_add (self->written, g_canonicalize_filename (output, NULL));
    json_object_set_string_member (entry, "output", raw);
    json_object_set_string_member (entry, "format", pena_sign_result_get_format (result));
    json_object_set_string_member (entry, "level", pena_sign_result_get_level (result));
    add_level_reason (entry, result);
    if (pena_sign_result_get_note (result) != NULL)
        json_object_set_string_member (entry, "note", pena_sign_result_get_note (result));
    if (self->cli->json)
        return;
    pena_cli_append_styled (line, self->cli->colour, PENA_CLI_GOOD, done);
    g_string_append_printf (line, ": %s -> %s (%s)\n", from, to, details);
    pena_cli_print_wrapped (stdout, line->str, NOTE_HANG);
    print_note (_ ("A lower level than was asked for:"), pena_sign_result_get_level_description (result));
    print_note (_ ("Note:"), pena_sign_result_get_note (result));
}

static void
tell_failed (PenaCliFiles *self, const gchar *path, JsonObject *entry, const GError *error)
{
    if (self->status == PENA_EXIT_DONE)
        self->status = (gint)pena_error_exit_status (pena_error_code (error));
    json_object_set_object_member (entry, "error", pena_cli_error_to_json (error));
    if (self->cli->json)
        return;
    pena_cli_print_error (path, error);
    if (self->command->advise != NULL)
        self->command->advise (self, error);
}

static JsonObject *
new_entry (JsonArray *entries, const gchar *path)
{
    JsonObject *entry = json_object_new ();
    g_autofree gchar *shown = g_filename_display_name (path);

    json_object_set_string_member (entry, "input", shown);
    json_array_add_object_element (entries, entry);
    return entry;
}

/* FALSE: the others are left out. */
static gboolean
work_on (PenaCliFiles *self, const gchar *path, gboolean may_ask, JsonObject *entry)
{
    g_autoptr (GError) error = NULL;
    gboolean done = self->command->work (self, path, entry, &error);

    for (guint i = 0; i < PENA_CLI_PASSWORD_TRIES && !done && may_ask &&
                      pena_cli_ask_document_password (self->cli, self->client, path, error);
         i++) {
        g_clear_error (&error);
        done = self->command->work (self, path, entry, &error);
    }
    if (done)
        self->n_done++;
    else
        tell_failed (self, path, entry, error);
    return self->cli->signal == 0 &&
           (done || self->command->may_go_on == NULL || self->command->may_go_on (error));
}

static void
count_aloud (PenaCliFiles *self, guint index, const gchar *path)
{
    g_autofree gchar *name = display (path);

    if (self->n > 1 && self->cli->talkative && !self->cli->json)
        fprintf (stderr, "[%u/%u] %s\n", index + 1, self->n, name);
}

static void
tell_summary (PenaCliFiles *self, JsonArray *entries)
{
    if (self->cli->json) {
        JsonObject *object = json_object_new ();
        json_object_set_array_member (object, "files", json_array_ref (entries));
        pena_cli_print_json (object);
    } else if (self->n > 1) {
        g_autofree gchar *done = g_strdup_printf ("%u", self->n_done), *all = g_strdup_printf ("%u", self->n);
        g_autoptr (GString) text = g_string_new (pena_text (self->command->summary));
        g_string_replace (text, "{done}", done, 1);
        g_string_replace (text, "{all}", all, 1);
        g_string_append_c (text, '\n');
        pena_cli_print (text->str);
    }
}

gint
pena_cli_files_run (PenaCli *cli, const PenaCliFilesCommand *command, gconstpointer arguments,
                    const gchar *password_file, gchar **files)
{
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    g_autoptr (JsonArray) entries = json_array_new ();
    g_autoptr (GHashTable) written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    PenaCliFiles self = {
        .cli = cli, .client = client, .command = command, .arguments = arguments, .written = written};
    GError *error = NULL;
    gboolean go_on = TRUE;

    if (password_file != NULL && !pena_cli_read_document_password (client, password_file, &error))
        return pena_cli_fail (cli, NULL, error);
    self.n = g_strv_length (files);
    for (guint i = 0; i < self.n; i++) {
        JsonObject *entry = new_entry (entries, files[i]);
        if (!go_on) {
            json_object_set_boolean_member (entry, "skipped", TRUE);
            continue;
        }
        self.rest = &files[i + 1];
        count_aloud (&self, i, files[i]);
        go_on = work_on (&self, files[i], password_file == NULL, entry);
    }
    if (command->end != NULL)
        command->end (&self);
    tell_summary (&self, entries);
    return self.status;
}
