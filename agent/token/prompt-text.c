/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the prompt says
 * Copyright (C) 2026 the Pena authors */
#include "prompt-text.h"

#include "pena-text.h"

#include <string.h>

/* Room for each value. A line should fit into pinentry-curses on 80 columns without being broken, and all of
 * them together must fit into PENA_PROMPT_ARGUMENT_MAX. A test says that they do. */
#define NAME_MAX_BYTES 56
#define VALUE_MAX_BYTES 52
#define APPLICATION_MAX_BYTES 32
#define TOKEN_MAX_BYTES 40
#define SERIAL_MAX_BYTES 24
#define MARKS_MAX 2 /* accents on one letter */
#define ELLIPSIS "\xE2\x80\xA6"
#define HASH_SHOWN 8

static gsize
escaped_size (gunichar c)
{
    return c == '%' || c == '\n' || c == '\r' ? 3 : (gsize)g_unichar_to_utf8 (c, NULL);
}

/* 0 for what must not be shown. */
static gunichar
visible (gunichar c)
{
    switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* direction marks, joiners, soft hyphen, tags */
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
        return c == '\t' || c == '\n' ? ' ' : 0;
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
        return ' ';
    default:
        break;
    }
    /* Some pinentries take text that looks like it for markup. */
    if (c == '<')
        return 0x2039;
    return c == '>' ? 0x203A : c;
}

/* Blanks at the ends and in a row are made one: they would hide what follows. */
static GArray *
keep_visible (const gchar *text)
{
    GArray *kept = g_array_new (FALSE, FALSE, sizeof (gunichar));
    gunichar last = ' ';
    guint marks = 0;

    for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = visible (g_utf8_get_char (at));
        marks = g_unichar_ismark (c) ? marks + 1 : 0;
        if (c == 0 || marks > MARKS_MAX || (c == ' ' && last == ' '))
            continue;
        g_array_append_val (kept, c);
        last = c;
    }
    if (kept->len > 0 && last == ' ')
        g_array_set_size (kept, kept->len - 1);
    return kept;
}

static void
append_all (GString *out, const GArray *characters, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        g_string_append_unichar (out, g_array_index (characters, gunichar, i));
}

gchar *
pena_prompt_clean (const gchar *text, gsize max_bytes)
{
    g_autofree gchar *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
    g_autoptr (GArray) kept = keep_visible (valid);
    GString *out = g_string_new (NULL);
    gsize size = 0;
    guint head = 0, tail = kept->len;

    for (guint i = 0; i < kept->len; i++)
        size += escaped_size (g_array_index (kept, gunichar, i));
    if (size <= max_bytes) {
        append_all (out, kept, 0, kept->len);
        return g_string_free (out, FALSE);
    }
    /* The end of a name tells as much as its beginning: two thirds for the one, one third for the other. */
    gsize left = max_bytes - strlen (ELLIPSIS);
    for (gsize used = 0; (used += escaped_size (g_array_index (kept, gunichar, head))) <= left * 2 / 3;)
        head++;
    for (gsize used = 0; (used += escaped_size (g_array_index (kept, gunichar, tail - 1))) <= left / 3;)
        tail--;
    append_all (out, kept, 0, head);
    g_string_append (out, ELLIPSIS);
    append_all (out, kept, tail, kept->len);
    return g_string_free (out, FALSE);
}

gchar *
pena_prompt_escape (const gchar *text)
{
    GString *out = g_string_new (NULL);

    for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        if (out->len + escaped_size (c) > PENA_PROMPT_ARGUMENT_MAX)
            break;
        if (c == '%' || c == '\n' || c == '\r')
            g_string_append_printf (out, "%%%02X", c);
        else
            g_string_append_unichar (out, c);
    }
    return g_string_free (out, FALSE);
}

/* "label: value", nothing when there is no value. */
static void
append_line (GString *out, const gchar *label, const gchar *value, gsize max_bytes)
{
    g_autofree gchar *clean = pena_prompt_clean (value, max_bytes);

    if (*clean != '\0')
        g_string_append_printf (out, "\n%s: %s", label, clean);
}

/* GLib knows the language, but of the locale's decimal point only when the locale is installed. */
static gchar *
format_size (guint64 size)
{
    gchar *text = g_format_size (size);

    return g_str_equal (pena_text_get_language (), "id") ? g_strdelimit (text, ".", ',') : text;
}

static void
append_document (GString *out, const PenaPromptFacts *facts)
{
    g_autofree gchar *size = format_size (facts->size);
    gboolean named = facts->document != NULL && *facts->document != '\0';

    append_line (out, _ ("Document"), named ? facts->document : _ ("(without a name)"), NAME_MAX_BYTES);
    if (facts->pages >= 0)
        g_string_append_printf (out, "\n%s: %s, %s: %" G_GINT64_FORMAT, _ ("Size"), size, _ ("pages"),
                                facts->pages);
    else
        g_string_append_printf (out, "\n%s: %s", _ ("Size"), size);
    g_string_append (out, "\nSHA-256:");
    for (guint i = 0; i < HASH_SHOWN; i++)
        g_string_append_printf (out, "%s%02x", i % 2 == 0 ? " " : "", facts->sha256[i]);
    g_string_append (out, " " ELLIPSIS);
}

static void
append_application (GString *out, const PenaPromptFacts *facts)
{
    g_autofree gchar *clean = pena_prompt_clean (facts->application, APPLICATION_MAX_BYTES);

    g_string_append_printf (out, "\n%s: %s (%s)", _ ("Application"), *clean != '\0' ? clean : _ ("not known"),
                            _ ("according to the system"));
}

static void
append_holder (GString *out, const PenaPromptFacts *facts)
{
    g_autoptr (GDateTime) end = g_date_time_new_from_unix_local (facts->not_after);
    g_autofree gchar *date = end != NULL ? g_date_time_format (end, "%Y-%m-%d") : NULL;

    append_line (out, _ ("Signer"), facts->holder, NAME_MAX_BYTES);
    append_line (out, _ ("Post"), facts->title, VALUE_MAX_BYTES);
    append_line (out, _ ("Unit"), facts->unit, VALUE_MAX_BYTES);
    append_line (out, _ ("Certificate valid until"), date, VALUE_MAX_BYTES);
}

static void
append_token (GString *out, const PenaPromptFacts *facts)
{
    g_autofree gchar *label = pena_prompt_clean (facts->token, TOKEN_MAX_BYTES);
    g_autofree gchar *serial = pena_prompt_clean (facts->serial, SERIAL_MAX_BYTES);

    g_string_append_printf (out, "\n%s: %s (%s)", _ ("Token"), label, serial);
    if (facts->tries_left >= 0)
        g_string_append_printf (out, "\n%s: %d", _ ("Tries left"), facts->tries_left);
    else if (facts->tries_low)
        g_string_append_printf (out, "\n%s", _ ("Only a few tries are left."));
}

/* Who certifies decides what others may still do. */
static const gchar *
question (const PenaPromptFacts *facts)
{
    switch (facts->certify) {
    case 0:
        return _ ("Sign this document?");
    case 1:
        return _ ("Certify this document, so that nothing may be changed after?");
    case 2:
        return _ ("Certify this document, to be filled in and signed only?");
    default:
        return _ ("Certify this document, to be filled in, signed and commented only?");
    }
}

gchar *
pena_prompt_text_describe (const PenaPromptFacts *facts)
{
    GString *out = g_string_new (question (facts));

    g_string_append_c (out, '\n');
    append_document (out, facts);
    append_application (out, facts);
    g_string_append_c (out, '\n');
    append_holder (out, facts);
    append_token (out, facts);
    if (facts->pinpad)
        g_string_append_printf (out, "\n\n%s",
                                _ ("After 'Sign', type the passphrase on the keypad of the reader."));
    return g_string_free (out, FALSE);
}

gchar *
pena_prompt_text_last_try (const PenaPromptFacts *facts)
{
    GString *out = g_string_new (_ ("Only one try is left on this token."));

    append_token (out, facts);
    g_string_append_printf (out, "\n\n%s\n%s",
                            _ ("If the passphrase is wrong once more, the token is blocked,\n"
                               "and only the registration authority (RA) can unblock it."),
                            _ ("Do you want to use the last try?"));
    return g_string_free (out, FALSE);
}

gchar *
pena_prompt_text_wrong (gint tries_left)
{
    if (tries_left < 0)
        return g_strdup (_ ("The passphrase was wrong."));
    return g_strdup_printf ("%s %s: %d.", _ ("The passphrase was wrong."), _ ("Tries left"), tries_left);
}

const gchar *
pena_prompt_text_impossible (void)
{
    return _ ("This length cannot be right; no try was spent.");
}
