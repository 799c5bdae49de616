/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: verdicts as a table, a line each file
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "table.h"

#include <string.h>

#include "pena-text.h"

#define GAP 2
/* What a path or a name is not made narrower than, and what it is not padded beyond. */
#define NARROWEST 16
#define WIDEST 60

/* Short enough for a column, in the order of PenaCliOutcome. */
static const struct {
    const gchar *word, *count, *name;
} outcomes[PENA_CLI_N_OUTCOMES] = {
    [PENA_CLI_VALID] = {N_ ("VALID"), N_ ("valid"), "valid"},
    [PENA_CLI_NOT_VALID] = {N_ ("NOT VALID"), N_ ("not valid"), "invalid"},
    [PENA_CLI_NOT_CONFIRMED] = {N_ ("UNSURE"), N_ ("not confirmed"), "indeterminate"},
    [PENA_CLI_NOT_SIGNED] = {N_ ("UNSIGNED"), N_ ("not signed"), "unsigned"},
    [PENA_CLI_NOT_EXAMINED] = {N_ ("ERROR"), N_ ("could not be examined"), "failed"},
};

/* A heading may be wider than what stands below it. */
static guint
date_width (void)
{
    return MAX (strlen ("2026-11-21*"), (guint)g_utf8_strlen (_ ("DATE"), -1));
}

static guint
level_width (void)
{
    return MAX (strlen ("B-LTA"), (guint)g_utf8_strlen (_ ("LEVEL"), -1));
}

static guint
verdict_width (void)
{
    glong widest = 0;

    for (guint i = 0; i < PENA_CLI_N_OUTCOMES; i++)
        widest = MAX (widest, g_utf8_strlen (_ (outcomes[i].word), -1));
    return (guint)widest;
}

static gchar *
display (const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    return pena_cli_clean (shown);
}

void
pena_cli_table_init (PenaCliTable *self, GPtrArray *paths, gboolean colour, gsize width)
{
    glong longest = NARROWEST;

    *self = (PenaCliTable){.colour = colour, .width = width};
    for (guint i = 0; i < paths->len && longest < WIDEST; i++) {
        g_autofree gchar *path = display (paths->pdata[i]);
        longest = MAX (longest, (glong)pena_cli_count_columns (path));
    }
    self->path = (guint)MIN (longest, WIDEST);
    if (width == 0)
        return;
    gsize fixed = verdict_width () + date_width () + level_width () + 4 * GAP;
    gsize room = MAX (width, fixed + 2 * NARROWEST) - fixed;
    self->path = (guint)MIN (self->path, room - NARROWEST);
    self->signer = (guint)(room - self->path);
}

static void
append_cell (GString *out, const gchar *text, gsize columns)
{
    g_string_append (out, text);
    g_string_append_printf (out, "%*s", (int)(columns - MIN (columns, pena_cli_count_columns (text)) + GAP),
                            "");
}

gchar *
pena_cli_table_render_head (const PenaCliTable *self)
{
    g_autoptr (GString) line = g_string_new (NULL);
    GString *out = g_string_new (NULL);

    append_cell (line, _ ("VERDICT"), verdict_width ());
    append_cell (line, _ ("FILE"), self->path);
    append_cell (line, _ ("DATE"), date_width ());
    append_cell (line, _ ("LEVEL"), level_width ());
    g_string_append (line, _ ("SIGNER"));
    pena_cli_append_styled (out, self->colour, PENA_CLI_STRONG, line->str);
    g_string_append_c (out, '\n');
    return g_string_free (out, FALSE);
}

/* The date alone, with the mark of a time that nothing proves. */
static gchar *
dup_date (const PenaCliTelling *telling)
{
    if (telling->time == NULL)
        return g_strdup ("");
    return g_strdup_printf ("%.10s%s", telling->time, telling->time_is_proved ? "" : "*");
}

static void
append_reason (GString *out, const PenaCliTable *self, const PenaCliPart *head)
{
    guint indent = verdict_width () + GAP;
    g_autofree gchar *line = g_strdup_printf ("%*s%s\n", (int)indent, "", head->sentence);
    g_autofree gchar *wrapped =
        self->width > 2 * indent ? pena_cli_wrap (line, self->width, indent) : g_strdup (line);

    g_string_append (out, wrapped);
}

gchar *
pena_cli_table_render_row (PenaCliTable *self, const gchar *path, const PenaCliTelling *telling)
{
    g_autofree gchar *shown = display (path);
    g_autofree gchar *name = pena_cli_shorten (shown, self->width > 0 ? self->path : 0, TRUE);
    g_autofree gchar *signer = pena_cli_shorten (telling->signers != NULL ? telling->signers : "",
                                                 self->width > 0 ? self->signer : 0, FALSE);
    g_autofree gchar *date = dup_date (telling);
    const gchar *word = _ (outcomes[telling->outcome].word);
    g_autoptr (GString) cells = g_string_new (NULL);
    GString *out = g_string_new (NULL);

    self->counts[telling->outcome]++;
    self->marked = self->marked || (telling->time != NULL && !telling->time_is_proved);
    pena_cli_append_styled (out, self->colour, telling->head->style, word);
    append_cell (cells, "", verdict_width () - (gsize)g_utf8_strlen (word, -1));
    append_cell (cells, name, self->path);
    append_cell (cells, date, date_width ());
    append_cell (cells, telling->level != NULL ? telling->level : "", level_width ());
    g_string_append (cells, signer);
    g_string_append_printf (out, "%s\n", g_strchomp (cells->str));
    if (telling->outcome != PENA_CLI_VALID)
        append_reason (out, self, telling->head);
    return g_string_free (out, FALSE);
}

static guint
count_all (const PenaCliTable *self)
{
    guint all = 0;

    for (guint i = 0; i < PENA_CLI_N_OUTCOMES; i++)
        all += self->counts[i];
    return all;
}

static void
append_count (GString *out, const gchar *before, guint count, const gchar *what)
{
    if (count > 0)
        g_string_append_printf (out, "%s%u %s", out->len > 0 ? before : "", count, what);
}

const gchar *
pena_cli_outcome_describe (PenaCliOutcome outcome)
{
    return _ (outcomes[outcome].count);
}

gchar *
pena_cli_skipped_describe (const PenaCliSkipped *skipped)
{
    g_autoptr (GString) out = g_string_new (NULL);

    append_count (out, ", ", skipped->others, skipped->others == 1 ? _ ("other file") : _ ("other files"));
    append_count (out, ", ", skipped->links,
                  skipped->links == 1 ? _ ("symbolic link") : _ ("symbolic links"));
    append_count (out, ", ", skipped->unreadable,
                  skipped->unreadable == 1 ? _ ("folder that cannot be read")
                                           : _ ("folders that cannot be read"));
    return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

gchar *
pena_cli_table_render_summary (const PenaCliTable *self, const PenaCliSkipped *skipped)
{
    g_autoptr (GString) verdicts = g_string_new (NULL), out = g_string_new (NULL);
    g_autofree gchar *left_out = pena_cli_skipped_describe (skipped);

    for (guint i = 0; i < PENA_CLI_N_OUTCOMES; i++)
        append_count (verdicts, ", ", self->counts[i], pena_cli_outcome_describe (i));
    g_string_append_printf (
        out, count_all (self) == 1 ? _ ("%u PDF file or signature") : _ ("%u PDF files and signatures"),
        count_all (self));
    g_string_append_printf (out, "%s%s\n", verdicts->len > 0 ? ": " : "", verdicts->str);
    if (left_out != NULL)
        g_string_append_printf (out, "%s: %s\n", _ ("Skipped"), left_out);
    if (self->marked)
        g_string_append_printf (out, "* %s\n", _ ("by the signer's own clock; no time-stamp proves it"));
    return self->width > 2 * GAP ? pena_cli_wrap (out->str, self->width, GAP) : g_strdup (out->str);
}

JsonObject *
pena_cli_table_summary_to_json (const PenaCliTable *self, const PenaCliSkipped *skipped)
{
    JsonObject *object = json_object_new (), *left_out = json_object_new ();

    json_object_set_int_member (object, "files", count_all (self));
    for (guint i = 0; i < PENA_CLI_N_OUTCOMES; i++)
        json_object_set_int_member (object, outcomes[i].name, self->counts[i]);
    json_object_set_int_member (left_out, "other_files", skipped->others);
    json_object_set_int_member (left_out, "symbolic_links", skipped->links);
    json_object_set_int_member (left_out, "unreadable_folders", skipped->unreadable);
    json_object_set_object_member (object, "skipped", left_out);
    return object;
}
