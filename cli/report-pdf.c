/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report as a PDF for the file
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "report-pdf.h"

#include <fcntl.h>
#include <string.h>

#include "await.h"
#include "client-file.h"
#include "pena-config.h"
#include "pena-date.h"
#include "pena-text.h"
#include "report-json.h"

#define PAINTER "pena-report-painter"
/* Longer than what the painter shows of a text; a block stays a short line. */
#define TEXT_MAX 4000

struct _PenaCliReportPdf {
    PenaClientOutput *output;
    GSubprocess *painter;
    gboolean broken; /* it does not listen any more, and will say why */
};

/* ---- blocks, as the painter takes them ---- */

static JsonObject *
new_block (const gchar *kind)
{
    JsonObject *block = json_object_new ();
    json_object_set_string_member (block, "kind", kind);
    return block;
}

static void
set_text (JsonObject *block, const gchar *member, const gchar *text)
{
    g_autofree gchar *bounded = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), TEXT_MAX));
    json_object_set_string_member (block, member, bounded);
}

/* What stands alone begins like a sentence. */
static void
set_beginning (JsonObject *block, const gchar *member, const gchar *text)
{
    gunichar first = g_unichar_toupper (g_utf8_get_char (text));
    g_autoptr (GString) whole = g_string_new (NULL);

    if (*text != '\0') {
        g_string_append_unichar (whole, first);
        g_string_append (whole, g_utf8_next_char (text));
    }
    set_text (block, member, whole->str);
}

/* Takes the block. */
static void
send_block (PenaCliReportPdf *self, JsonObject *block)
{
    g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), block);
    g_autofree gchar *text = json_to_string (root, FALSE), *line = g_strconcat (text, "\n", NULL);
    GOutputStream *stream = g_subprocess_get_stdin_pipe (self->painter);

    json_object_unref (block);
    self->broken = self->broken || !g_output_stream_write_all (stream, line, strlen (line), NULL, NULL, NULL);
}

static void
send_text (PenaCliReportPdf *self, const gchar *kind, const gchar *text)
{
    JsonObject *block = new_block (kind);

    set_text (block, "text", text);
    send_block (self, block);
}

static const gchar *
style_name (PenaCliStyle style)
{
    return style == PENA_CLI_GOOD    ? "good"
           : style == PENA_CLI_BAD   ? "bad"
           : style == PENA_CLI_DOUBT ? "doubt"
                                     : "plain";
}

static void
send_row (PenaCliReportPdf *self, const gchar *label, const gchar *value, PenaCliStyle style)
{
    if (value == NULL || *value == '\0')
        return;
    JsonObject *block = new_block ("row");
    set_beginning (block, "label", label);
    set_text (block, "text", value);
    json_object_set_string_member (block, "style", style_name (style));
    send_block (self, block);
}

static void
send_rows (PenaCliReportPdf *self, const PenaCliPart *part)
{
    for (guint i = 0; i < part->rows->len; i++) {
        const PenaCliRow *row = part->rows->pdata[i];
        send_row (self, row->label, row->value, row->style);
    }
}

static void
send_verdict (PenaCliReportPdf *self, const gchar *kind, const PenaCliPart *part)
{
    JsonObject *block = new_block (kind);

    json_object_set_string_member (block, "style", style_name (part->style));
    set_text (block, "word", part->word);
    set_beginning (block, "text", part->sentence);
    if (part->advice != NULL) {
        set_text (block, "label", _ ("What to do"));
        set_text (block, "advice", part->advice);
    }
    send_block (self, block);
}

/* ---- the beginning ---- */

static gchar *
say_now (void)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autofree gchar *day = pena_date_format_day (now, pena_text_get_language ());
    g_autofree gchar *clock = pena_date_format_clock (now, TRUE, pena_text_get_language ());
    g_autofree gchar *zone = pena_date_format_zone (now);

    return g_strdup_printf ("%s, %s %s", day, clock, zone);
}

static void
send_frame (PenaCliReportPdf *self, const PenaConfig *config)
{
    JsonObject *block = new_block ("begin");
    JsonArray *fonts = json_array_new ();
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    g_autofree gchar *iso = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S%:z"), *words = say_now ();
    g_autofree gchar *subtitle = g_strdup_printf (_ ("Examined with Pena %s on %s"), PENA_VERSION, words);

    for (guint i = 0; config->stamp_fonts[i] != NULL; i++)
        json_array_add_string_element (fonts, config->stamp_fonts[i]);
    json_object_set_array_member (block, "fonts", fonts);
    set_text (block, "title", _ ("Verification of electronic signatures"));
    set_text (block, "subtitle", subtitle);
    set_text (block, "footer", subtitle);
    set_text (block, "page", _ ("Page"));
    set_text (block, "creator", "Pena " PENA_VERSION);
    set_text (block, "time", iso);
    set_text (block, "language", pena_text_get_language ());
    send_block (self, block);
}

static GSubprocess *
start_painter (gint out, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autofree gchar *program = pena_cli_find_own (PAINTER, PENA_LIBEXECDIR "/" PAINTER);
    g_autoptr (GError) failed = NULL;

    g_subprocess_launcher_take_stdout_fd (launcher, fcntl (out, F_DUPFD_CLOEXEC, 3));
    GSubprocess *painter = g_subprocess_launcher_spawn (launcher, &failed, program, NULL);
    if (painter == NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_OUTPUT_FAILED, failed->message);
        pena_error_set_string (*error, "reason", failed->message);
    }
    return painter;
}

PenaCliReportPdf *
pena_cli_report_pdf_new (const gchar *path, gboolean replace, GError **error)
{
    g_autoptr (PenaConfig) config = pena_config_load (error);
    g_autoptr (PenaCliReportPdf) self = g_new0 (PenaCliReportPdf, 1);

    if (config == NULL)
        return NULL;
    self->output = pena_client_output_open (path, NULL, replace, error);
    if (self->output != NULL)
        self->painter = start_painter (self->output->fd, error);
    if (self->painter == NULL)
        return NULL;
    send_frame (self, config);
    return g_steal_pointer (&self);
}

void
pena_cli_report_pdf_free (PenaCliReportPdf *self)
{
    if (self == NULL)
        return;
    if (self->painter != NULL)
        g_subprocess_force_exit (self->painter);
    g_clear_object (&self->painter);
    g_clear_pointer (&self->output, pena_client_output_free);
    g_free (self);
}

/* ---- a document ---- */

static void
send_name (PenaCliReportPdf *self, const gchar *kind, const gchar *path)
{
    g_autofree gchar *base = g_path_get_basename (path), *shown = g_filename_display_name (base);
    g_autofree gchar *clean = pena_cli_clean (shown);
    send_text (self, kind, clean);
}

static void
send_path (PenaCliReportPdf *self, const gchar *label, const gchar *path)
{
    g_autofree gchar *shown = path != NULL ? g_filename_display_name (path) : NULL;
    g_autofree gchar *clean = shown != NULL ? pena_cli_clean (shown) : NULL;
    send_row (self, label, clean, PENA_CLI_PLAIN);
}

/* "1.234.567", in English "1,234,567". */
static gchar *
group_digits (gint64 number)
{
    gchar mark = g_str_equal (pena_text_get_language (), "en") ? ',' : '.';
    GString *text = g_string_new (NULL);

    g_string_printf (text, "%" G_GINT64_FORMAT, number);
    for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
        g_string_insert_c (text, at, mark);
    return g_string_free (text, FALSE);
}

static void
send_number (PenaCliReportPdf *self, const gchar *label, JsonObject *document, const gchar *member,
             const gchar *unit)
{
    JsonNode *node = document != NULL ? json_object_get_member (document, member) : NULL;

    if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
        return;
    g_autofree gchar *grouped = group_digits (json_node_get_int (node));
    g_autofree gchar *text = g_strconcat (grouped, unit, NULL);
    send_row (self, label, text, PENA_CLI_PLAIN);
}

/* Which file it was: by its name, and by what no other file has. */
static void
send_facts (PenaCliReportPdf *self, const PenaCliVerified *file, JsonObject *report)
{
    JsonObject *document = pena_cli_get_object (report, "document");
    const gchar *path = file->pair.document != NULL ? file->pair.document : file->path;
    g_autofree gchar *sha256 = pena_cli_dup_member (document, "sha256"), *now = say_now ();

    if (strchr (path, '/') != NULL)
        send_path (self, _ ("document"), path);
    send_path (self, _ ("signature beside it"), file->pair.signature);
    send_row (self, "SHA-256", sha256, PENA_CLI_PLAIN);
    send_number (self, _ ("size"), document, "size", _ (" bytes"));
    send_number (self, _ ("pages"), document, "pages", "");
    send_row (self, _ ("examined at"), now, PENA_CLI_PLAIN);
}

static void
send_note (PenaCliReportPdf *self)
{
    send_text (self, "note",
               _ ("This is what was found at that time, by the rules of ETSI EN 319 102-1 and with the "
                  "authorities that "
                  "are trusted on the computer where it was examined. Whoever holds the file can examine it "
                  "again: it is "
                  "the one above when its SHA-256 is the same."));
}

void
pena_cli_report_pdf_add (PenaCliReportPdf *self, const PenaCliVerified *file, JsonObject *report,
                         const PenaCliTelling *telling)
{
    send_name (self, "document", file->pair.document != NULL ? file->pair.document : file->path);
    send_verdict (self, "box", telling->head);
    send_facts (self, file, report);
    for (guint i = 0; i < telling->parts->len; i++) {
        const PenaCliPart *part = telling->parts->pdata[i];
        send_text (self, "heading", part->title);
        if (!pena_cli_telling_repeats (telling, part))
            send_verdict (self, "line", part);
        send_rows (self, part);
    }
    if (telling->head->rows->len > 0)
        send_text (self, "heading", _ ("Asked over the network"));
    send_rows (self, telling->head);
    if (report != NULL)
        send_note (self);
}

void
pena_cli_report_pdf_add_summary (PenaCliReportPdf *self, const PenaCliTable *table,
                                 const PenaCliSkipped *skipped)
{
    g_autofree gchar *left_out = pena_cli_skipped_describe (skipped);

    send_text (self, "document", _ ("Summary"));
    for (guint i = 0; i < PENA_CLI_N_OUTCOMES; i++) {
        g_autofree gchar *count = g_strdup_printf ("%u", table->counts[i]);
        send_row (self, pena_cli_outcome_describe (i), count, PENA_CLI_PLAIN);
    }
    send_row (self, _ ("Skipped"), left_out, PENA_CLI_PLAIN);
}

/* ---- the end ---- */

/* "disk-full No space left on device", as the painter says it. */
static void
take_complaint (const gchar *complaint, GError **error)
{
    g_auto (GStrv) words = g_strsplit (g_strchomp ((gchar *)complaint), " ", 2);
    const gchar *reason = words[0] != NULL && words[1] != NULL ? words[1] : PAINTER;
    PenaErrorCode code = PENA_ERROR_OUTPUT_FAILED;

    if (words[0] == NULL || !pena_error_from_name (words[0], &code) || code == PENA_ERROR_INTERNAL)
        code = PENA_ERROR_OUTPUT_FAILED;
    g_set_error_literal (error, PENA_ERROR, (gint)code, reason);
    pena_error_set_string (*error, "reason", reason);
}

gboolean
pena_cli_report_pdf_finish (PenaCliReportPdf *self, PenaCli *cli, GError **error)
{
    g_autofree gchar *complaint = NULL;
    gboolean drawn = pena_cli_end_program (cli, self->painter, &complaint);

    if (cli->signal != 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CANCELLED, "interrupted");
        return FALSE;
    }
    if (!drawn) {
        take_complaint (complaint, error);
        return FALSE;
    }
    return pena_client_output_publish (self->output, error);
}
