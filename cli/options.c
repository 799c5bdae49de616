/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: options of the commands
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "pena-text.h"

static const gchar *
translate (const gchar *text, gpointer user_data)
{
    return text != NULL && *text != '\0' ? pena_text (text) : text;
}

static GOptionContext *
new_context (const PenaCliCommand *command, const GOptionEntry *entries, gboolean *json, gboolean *help,
             gchar ***files)
{
    const GOptionEntry common[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, json, N_ ("Print one JSON object"), NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, help, N_ ("Show this help"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    GOptionContext *context = g_option_context_new (command->arguments);
    GOptionGroup *group = g_option_group_new ("main", NULL, NULL, NULL, NULL);

    g_option_group_set_translate_func (group, translate, NULL, NULL);
    if (entries != NULL)
        g_option_group_add_entries (group, entries);
    g_option_group_add_entries (group, common);
    g_option_context_set_main_group (context, group);
    g_option_context_set_translate_func (context, translate, NULL, NULL);
    g_option_context_set_help_enabled (context, FALSE);
    g_option_context_set_summary (context, command->summary);
    g_option_context_set_description (context, command->details);
    return context;
}

/* GOption takes the program's name for the usage line from g_get_prgname(). */
static gchar *
get_help (GOptionContext *context, const PenaCliCommand *command)
{
    g_autofree gchar *program = g_strdup (g_get_prgname ());
    g_autofree gchar *name = g_strdup_printf ("pena %s", command->name);

    g_set_prgname (name);
    gchar *help = g_option_context_get_help (context, TRUE, NULL);
    g_set_prgname (program);
    return help;
}

/* The long option whose name is closest; NULL when none is close. */
static const gchar *
suggest (const GOptionEntry *entries, const gchar *mistyped)
{
    const gchar *best = NULL;
    guint nearest = PENA_CLI_UNLIKE;

    for (; entries != NULL && entries->long_name != NULL; entries++) {
        guint edits = pena_cli_judge_likeness (mistyped, entries->long_name);
        if (edits < nearest) {
            nearest = edits;
            best = entries->long_name;
        }
    }
    return best;
}

/* What the parser did not take, by its name: the message of GOption ends with it in any language. NULL when it is no long one. */
static gchar *
find_unknown (const GError *error, gchar **argv)
{
    for (; g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && *argv != NULL; argv++) {
        g_autofree gchar *shown = g_filename_display_name (*argv);
        if (g_str_has_prefix (shown, "--") && g_str_has_suffix (error->message, shown))
            return g_strndup (shown + 2, strcspn (shown + 2, "="));
    }
    return NULL;
}

static gchar *
explain (const GError *error, const GOptionEntry *entries, gchar **argv)
{
    g_autofree gchar *unknown = find_unknown (error, argv);
    const gchar *near = unknown != NULL ? suggest (entries, unknown) : NULL;

    if (near != NULL)
        return g_strdup_printf (_ ("there is no option '--%s'; did you mean '--%s'?"), unknown, near);
    return unknown != NULL ? g_strdup_printf (_ ("there is no option '--%s'"), unknown)
                           : g_strdup (error->message);
}

gboolean
pena_cli_parse (PenaCli *cli, const PenaCliCommand *command, const GOptionEntry *entries, gchar **argv,
                gchar ***ret_files, gint *ret_status)
{
    gboolean json = FALSE, help = FALSE;
    g_auto (GStrv) files = NULL;
    g_auto (GStrv) rest = g_strdupv (argv);
    g_autoptr (GError) error = NULL;
    g_autoptr (GOptionContext) context = new_context (command, entries, &json, &help, &files);

    gboolean good = g_option_context_parse_strv (context, &rest, &error);
    /* Whoever asks for JSON gets the complaint as JSON too. */
    cli->json = json || (!good && g_strv_contains ((const gchar *const *)argv, "--json"));
    if (!good) {
        g_autofree gchar *reason = explain (error, entries, argv);
        *ret_status = pena_cli_fail_usage (cli, command, reason);
        return FALSE;
    }
    if (help) {
        g_autofree gchar *text = get_help (context, command);
        pena_cli_print (text);
        *ret_status = PENA_EXIT_DONE;
        return FALSE;
    }
    *ret_files = files != NULL ? g_steal_pointer (&files) : g_new0 (gchar *, 1);
    return TRUE;
}
