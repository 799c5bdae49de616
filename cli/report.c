/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report as text
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "report.h"

#include "pena-text.h"

#define LABEL_WIDTH (PENA_CLI_REPORT_HANG - 2)
#define SENTENCE_HANG 2

static void
append_wrapped (GString *out, const gchar *text, gsize width, guint hang)
{
    g_autofree gchar *wrapped = width > 2 * hang ? pena_cli_wrap (text, width, hang) : g_strdup (text);
    g_string_append (out, wrapped);
}

static void
append_verdict (GString *out, const PenaCliPart *part, gboolean colour, gsize width)
{
    g_autoptr (GString) line = g_string_new (NULL);

    pena_cli_append_styled (line, colour, part->style, part->word);
    g_string_append_printf (line, ": %s\n", part->sentence);
    append_wrapped (out, line->str, width, SENTENCE_HANG);
    if (part->advice == NULL)
        return;
    g_string_truncate (line, 0);
    pena_cli_append_styled (line, colour, PENA_CLI_STRONG, _ ("What to do"));
    g_string_append_printf (line, ": %s\n", part->advice);
    append_wrapped (out, line->str, width, SENTENCE_HANG);
}

/* "  label         value". */
static void
append_rows (GString *out, const PenaCliPart *part, gboolean colour, gsize width)
{
    for (guint i = 0; i < part->rows->len; i++) {
        const PenaCliRow *row = part->rows->pdata[i];
        glong label = g_utf8_strlen (row->label, -1);
        g_autoptr (GString) line = g_string_new (NULL);
        g_string_append_printf (line, "  %s%*s", row->label, (int)MAX (LABEL_WIDTH - label, 1), "");
        pena_cli_append_styled (line, colour, row->style, row->value);
        g_string_append_c (line, '\n');
        append_wrapped (out, line->str, width, PENA_CLI_REPORT_HANG);
    }
}

gchar *
pena_cli_render_telling (const PenaCliTelling *telling, gboolean colour, gsize width)
{
    GString *out = g_string_new (NULL);

    append_verdict (out, telling->head, colour, width);
    for (guint i = 0; i < telling->parts->len; i++) {
        const PenaCliPart *part = telling->parts->pdata[i];
        g_string_append_c (out, '\n');
        if (!pena_cli_telling_repeats (telling, part))
            append_verdict (out, part, colour, width);
        append_rows (out, part, colour, width);
    }
    if (telling->head->rows->len > 0)
        g_string_append_c (out, '\n');
    append_rows (out, telling->head, colour, width);
    return g_string_free (out, FALSE);
}
