/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-report-painter: draws a verification report for pena
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <pena/pena-error.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipc-process.h"
#include "pena-sandbox.h"
#include "pena-stamp-fonts.h"
#include "sheet.h"

/* The names in a report were chosen by whoever made the document, and they go through everything that draws text. So this
 * is a program of its own, which reads no file but fonts and writes what it was given open. It takes blocks, a line of JSON
 * each, from standard input, as report-pdf.c writes them, and draws each before it reads the next. */

#define MAX_SECONDS 600
#define MAX_LINE (256 * 1024)

typedef struct {
    PenaSheet *sheet; /* from the first block on */
    gint out;
} Painter;

static const gchar *
get (JsonObject *block, const gchar *member)
{
    return json_object_get_string_member_with_default (block, member, "");
}

/* NULL when there is none. */
static const gchar *
get_optional (JsonObject *block, const gchar *member)
{
    return json_object_get_string_member_with_default (block, member, NULL);
}

static PenaSheetStyle
get_style (JsonObject *block)
{
    static const gchar *const names[] = {"plain", "good", "bad", "doubt", NULL};
    const gchar *name = get (block, "style");
    guint style = 0;

    while (names[style] != NULL && !g_str_equal (names[style], name))
        style++;
    return names[style] != NULL ? (PenaSheetStyle)style : PENA_SHEET_PLAIN;
}

/* ---- blocks ---- */

static GStrv
get_fonts (JsonObject *block)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    JsonNode *node = json_object_get_member (block, "fonts");
    JsonArray *folders = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

    for (guint i = 0; folders != NULL && i < json_array_get_length (folders); i++)
        g_strv_builder_add (builder, json_array_get_string_element (folders, i));
    return g_strv_builder_end (builder);
}

/* The first block: what is needed is loaded, then no other file can be opened. */
static gboolean
begin (Painter *self, JsonObject *block, GError **error)
{
    const PenaSheetFrame frame = {.title = get (block, "title"),
                                  .subtitle = get (block, "subtitle"),
                                  .footer = get (block, "footer"),
                                  .page = get (block, "page"),
                                  .creator = get (block, "creator"),
                                  .time = get (block, "time"),
                                  .language = get (block, "language")};
    g_auto (GStrv) fonts = get_fonts (block);

    if (!pena_stamp_fonts_init ((const gchar *const *)fonts, error) ||
        !pena_sandbox_close_files ((const gchar *const *)fonts, error))
        return FALSE;
    self->sheet = pena_sheet_new (self->out, &frame);
    return TRUE;
}

static void
add_document (PenaSheet *sheet, JsonObject *block)
{
    pena_sheet_add_document (sheet, get (block, "text"));
}

static PenaSheetVerdict
get_verdict (JsonObject *block)
{
    return (PenaSheetVerdict){.style = get_style (block),
                              .word = get (block, "word"),
                              .text = get (block, "text"),
                              .label = get (block, "label"),
                              .advice = get_optional (block, "advice")};
}

static void
add_box (PenaSheet *sheet, JsonObject *block)
{
    const PenaSheetVerdict verdict = get_verdict (block);
    pena_sheet_add_box (sheet, &verdict);
}

static void
add_line (PenaSheet *sheet, JsonObject *block)
{
    const PenaSheetVerdict verdict = get_verdict (block);
    pena_sheet_add_line (sheet, &verdict);
}

static void
add_heading (PenaSheet *sheet, JsonObject *block)
{
    pena_sheet_add_heading (sheet, get (block, "text"));
}

static void
add_row (PenaSheet *sheet, JsonObject *block)
{
    pena_sheet_add_row (sheet, get (block, "label"), get (block, "text"), get_style (block));
}

static void
add_note (PenaSheet *sheet, JsonObject *block)
{
    pena_sheet_add_note (sheet, get (block, "text"));
}

static const struct {
    const gchar *kind;
    void (*add) (PenaSheet *sheet, JsonObject *block);
} kinds[] = {
    {"document", add_document}, {"box", add_box}, {"line", add_line},
    {"heading", add_heading},   {"row", add_row}, {"note", add_note},
};

static gboolean
draw (Painter *self, JsonObject *block, GError **error)
{
    const gchar *kind = get (block, "kind");

    if (self->sheet == NULL)
        return begin (self, block, error);
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        if (g_str_equal (kinds[i].kind, kind)) {
            kinds[i].add (self->sheet, block);
            return TRUE;
        }
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no block is called '%s'", kind);
    return FALSE;
}

/* ---- the process ---- */

static gboolean
draw_line_of_json (Painter *self, const gchar *line, GError **error)
{
    g_autoptr (JsonNode) root = json_from_string (line, error);

    if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
        return draw (self, json_node_get_object (root), error);
    if (root != NULL)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "not an object");
    return FALSE;
}

static gboolean
draw_all (Painter *self, GError **error)
{
    g_autofree gchar *line = g_malloc (MAX_LINE);

    while (fgets (line, MAX_LINE, stdin) != NULL) {
        if (strchr (line, '\n') == NULL) {
            g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "not a whole line");
            return FALSE;
        }
        if (!draw_line_of_json (self, line, error))
            return FALSE;
    }
    if (self->sheet != NULL)
        return pena_sheet_close (self->sheet, error);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                         "this program is started by pena and is of no use alone");
    return FALSE;
}

#if defined(__SANITIZE_ADDRESS__)
/* By the time that leaks would be looked for, this program can open nothing that the search needs. */
int
__lsan_is_turned_off (void)
{
    return 1;
}
#endif

/* On failure standard error says the name of the error and, behind a blank, why. */
int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    Painter painter = {.out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)};
    gboolean done = painter.out >= 0 && pena_process_harden (TRUE, &error) &&
                    pena_sandbox_limit (MAX_SECONDS, &error) && draw_all (&painter, &error);

    pena_sheet_free (painter.sheet);
    if (done)
        return PENA_EXIT_DONE;
    g_printerr ("%s %s\n", pena_error_name (pena_error_code (error)),
                error != NULL ? error->message : g_strerror (errno));
    return PENA_EXIT_BUG;
}
