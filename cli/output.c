/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: how the command line tool speaks
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "pena-text.h"

/* What moves the cursor, turns the direction of writing or is there without being seen is not. */
static gboolean
is_harmless (gunichar c)
{
    GUnicodeType type = g_unichar_type (c);

    return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

gchar *
pena_cli_clean (const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid (text, -1);
    GString *out = g_string_new (NULL);

    for (const gchar *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        g_string_append_unichar (out, is_harmless (c) ? c : 0xfffd);
    }
    return g_string_free (out, FALSE);
}

gchar *
pena_cli_clean_words (const gchar *text)
{
    g_autofree gchar *clean = pena_cli_clean (text);
    GString *out = g_string_new (NULL);

    for (const gchar *at = clean; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        if (!g_unichar_isspace (c))
            g_string_append_unichar (out, c);
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c (out, ' ');
    }
    return g_strchomp (g_string_free (out, FALSE));
}

void
pena_cli_append_styled (GString *out, gboolean colour, PenaCliStyle style, const gchar *text)
{
    static const gchar *const codes[] = {
        [PENA_CLI_PLAIN] = "",           [PENA_CLI_GOOD] = "\033[1;32m", [PENA_CLI_BAD] = "\033[1;31m",
        [PENA_CLI_DOUBT] = "\033[1;33m", [PENA_CLI_STRONG] = "\033[1m",
    };
    if (colour && style != PENA_CLI_PLAIN)
        g_string_append_printf (out, "%s%s\033[0m", codes[style], text);
    else
        g_string_append (out, text);
}

/* Written as UTF-8 whatever the locale says: file names and people's names must come out unharmed. */
void
pena_cli_print (const gchar *text)
{
    fputs (text, stdout);
    fflush (stdout);
}

/* The next character, and how much room this one takes; escape sequences for colours take none. */
static const gchar *
step (const gchar *at, const gchar *end, gsize *ret_columns)
{
    gunichar c = g_utf8_get_char (at);
    const gchar *colour_end = c == '\033' ? memchr (at, 'm', (gsize)(end - at)) : NULL;

    *ret_columns = colour_end != NULL || g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    return colour_end != NULL ? colour_end + 1 : g_utf8_next_char (at);
}

static gsize
count_columns (const gchar *text, const gchar *end)
{
    gsize columns = 0, one = 0;

    for (const gchar *at = text; at < end; columns += one)
        at = step (at, end, &one);
    return columns;
}

gsize
pena_cli_count_columns (const gchar *text)
{
    return count_columns (text, text + strlen (text));
}

gchar *
pena_cli_shorten (const gchar *text, gsize columns, gboolean head)
{
    const gchar *end = text + strlen (text), *at = text;
    gsize all = count_columns (text, end), before = 0;

    if (all <= columns || columns == 0)
        return g_strdup (text);
    /* what stands before the cut: all that is too much, or what there is room for */
    gsize wanted = head ? all - (columns - 1) : columns - 1;
    for (gsize one = 0; at < end; before += one) {
        const gchar *next = step (at, end, &one);
        if (head ? before >= wanted : before + one > wanted)
            break;
        at = next;
    }
    g_autofree gchar *start = g_strndup (text, (gsize)(at - text));
    return head ? g_strconcat ("…", at, NULL) : g_strconcat (start, "…", NULL);
}

static const gchar *
skip (const gchar *at, const gchar *end, gboolean blanks)
{
    while (at < end && (*at == ' ') == blanks)
        at++;
    return at;
}

static gsize
begin_line (GString *out, guint hang)
{
    g_string_append_printf (out, "\n%*s", (int)hang, "");
    return hang;
}

/* A word that is wider than a line is broken as well: else the terminal would, and a stranger could have a line of their
 * own begin where verdicts do. */
static gsize
append_word (GString *out, const gchar *word, const gchar *end, gsize column, gsize width, guint hang)
{
    for (gsize columns; word < end; column += columns) {
        const gchar *next = step (word, end, &columns);
        if (column > hang && column + columns > width)
            column = begin_line (out, hang);
        g_string_append_len (out, word, next - word);
        word = next;
    }
    return column;
}

static void
wrap_line (GString *out, const gchar *line, const gchar *end, gsize width, guint hang)
{
    gsize column = 0;

    for (const gchar *at = line; at < end;) {
        const gchar *word = skip (at, end, TRUE), *word_end = skip (word, end, FALSE);
        gsize blanks = (gsize)(word - at), room = count_columns (word, word_end);
        if (at > line && column + blanks + room > width)
            column = begin_line (out, hang);
        else {
            g_string_append_len (out, at, word - at);
            column += blanks;
        }
        column = append_word (out, word, word_end, column, width, hang);
        at = word_end;
    }
}

gchar *
pena_cli_wrap (const gchar *text, gsize width, guint hang)
{
    GString *out = g_string_new (NULL);

    for (const gchar *line = text; *line != '\0';) {
        const gchar *end = strchrnul (line, '\n');
        wrap_line (out, line, end, width, hang);
        line = *end == '\0' ? end : end + 1;
        if (line > end)
            g_string_append_c (out, '\n');
    }
    return g_string_free (out, FALSE);
}

gsize
pena_cli_get_width (FILE *stream)
{
    struct winsize size = {0};
    gboolean terminal = isatty (fileno (stream)) != 0 && ioctl (fileno (stream), TIOCGWINSZ, &size) == 0;

    return terminal ? size.ws_col : 0;
}

void
pena_cli_print_wrapped (FILE *stream, const gchar *text, guint hang)
{
    gsize width = pena_cli_get_width (stream);
    g_autofree gchar *wrapped = width > 2 * hang ? pena_cli_wrap (text, width, hang) : g_strdup (text);

    fputs (wrapped, stream);
    fflush (stream);
}

gchar *
pena_cli_describe_error (const gchar *about, const GError *error)
{
    g_autofree gchar *raw = pena_error_describe (error), *next_raw = pena_error_next_step (error);
    g_autofree gchar *text = pena_cli_clean (raw), *next = pena_cli_clean (next_raw);
    GString *out = g_string_new ("pena: ");

    if (about != NULL) {
        g_autofree gchar *shown = g_filename_display_name (about);
        g_autofree gchar *name = pena_cli_clean (shown);
        g_string_append_printf (out, "%s: ", name);
    }
    g_string_append_printf (out, "%s\n", text);
    /* The one error without a text of its own for each cause. */
    if (pena_error_code (error) == PENA_ERROR_INTERNAL) {
        g_autofree gchar *message = pena_cli_clean (error->message);
        g_string_append_printf (out, "      (%s)\n", message);
    }
    if (*next != '\0')
        g_string_append_printf (out, "      %s\n", next);
    return g_string_free (out, FALSE);
}

void
pena_cli_print_error (const gchar *about, const GError *error)
{
    g_autofree gchar *text = pena_cli_describe_error (about, error);
    pena_cli_print_wrapped (stderr, text, PENA_CLI_ERROR_HANG);
}

static void
add_facts (JsonObject *object, const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    GVariantIter iter;
    const gchar *key;
    GVariant *value;

    g_variant_iter_init (&iter, facts);
    while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
        if (json_object_has_member (object, key))
            continue;
        if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
            json_object_set_int_member (object, key, g_variant_get_int64 (value));
        else
            json_object_set_string_member (object, key, g_variant_get_string (value, NULL));
    }
}

JsonObject *
pena_cli_error_to_json (const GError *error)
{
    JsonObject *object = json_object_new ();
    PenaErrorCode code = pena_error_code (error);
    g_autofree gchar *text = pena_error_describe (error), *next = pena_error_next_step (error);

    json_object_set_string_member (object, "error", pena_error_csc (code));
    json_object_set_string_member (object, "error_description", text);
    json_object_set_string_member (object, "code", pena_error_name (code));
    json_object_set_string_member (object, "next_step", next);
    add_facts (object, error);
    if (code == PENA_ERROR_INTERNAL) {
        g_autofree gchar *detail = g_utf8_make_valid (error->message, -1);
        json_object_set_string_member (object, "detail", detail);
    }
    return object;
}

/* Such characters stand in strings only, where this means the same. */
static void
append_escaped (GString *out, gunichar c)
{
    gunichar above = c - 0x10000;

    if (c < 0x10000)
        g_string_append_printf (out, "\\u%04x", c);
    else
        g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + (above >> 10), 0xdc00 + (above & 0x3ff));
}

gchar *
pena_cli_render_json (JsonObject *object)
{
    g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), object);
    g_autofree gchar *text = json_to_string (root, FALSE);
    GString *out = g_string_new (NULL);

    json_object_unref (object);
    for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        if (is_harmless (c))
            g_string_append_unichar (out, c);
        else
            append_escaped (out, c);
    }
    return g_string_free (out, FALSE);
}

void
pena_cli_print_json (JsonObject *object)
{
    g_autofree gchar *text = pena_cli_render_json (object);

    pena_cli_print (text);
    pena_cli_print ("\n");
}

gint
pena_cli_fail (PenaCli *cli, const gchar *about, GError *error)
{
    gint status = (gint)pena_error_exit_status (pena_error_code (error));

    if (cli->json)
        pena_cli_print_json (pena_cli_error_to_json (error));
    else
        pena_cli_print_error (about, error);
    g_error_free (error);
    return status;
}

gint
pena_cli_fail_usage (PenaCli *cli, const PenaCliCommand *command, const gchar *reason)
{
    GError *error = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);
    g_autofree gchar *clean = pena_cli_clean (reason);
    g_autofree gchar *full_name =
        command != NULL ? g_strdup_printf ("pena %s", command->name) : g_strdup ("pena");

    pena_error_set_string (error, "reason", reason);
    if (cli->json)
        return pena_cli_fail (cli, NULL, error);
    g_error_free (error);
    g_autofree gchar *hint = g_strdup_printf (_ ("'%s --help' tells more."), full_name);
    fprintf (stderr, "pena: %s\n      %s\n", clean, hint);
    return PENA_EXIT_USAGE;
}

gchar *
pena_cli_dup_member (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

    if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return NULL;
    return pena_cli_clean_words (json_node_get_string (node));
}
