/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the table of commands, and which one is meant
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "pena-text.h"

const PenaCliCommand *const pena_cli_commands[] = {
    &pena_cli_command_sign,  &pena_cli_command_verify, &pena_cli_command_extend, &pena_cli_command_tokens,
    &pena_cli_command_token, &pena_cli_command_doctor, &pena_cli_command_demo,   NULL,
};

const PenaCliCommand *
pena_cli_find_command (const PenaCliCommand *const *commands, const gchar *name)
{
    for (guint i = 0; commands[i] != NULL; i++)
        if (g_str_equal (commands[i]->name, name))
            return commands[i];
    return NULL;
}

/* Fewer letters begin too many words. */
#define BEGINNING 3

/* Edits (insert, delete, replace) between two short words. */
static guint
distance (const gchar *a, const gchar *b)
{
    enum { LONGEST = 31 };
    guint row[LONGEST + 1];
    gsize width = strlen (b);

    if (width > LONGEST || strlen (a) > LONGEST)
        return G_MAXUINT;
    for (guint i = 0; i <= width; i++)
        row[i] = i;
    for (guint y = 1; a[y - 1] != '\0'; y++) {
        guint corner = row[0];
        row[0] = y;
        for (guint x = 1; x <= width; x++) {
            guint replaced = corner + (a[y - 1] != b[x - 1]);
            corner = row[x];
            row[x] = MIN (replaced, MIN (row[x], row[x - 1]) + 1);
        }
    }
    return row[width];
}

guint
pena_cli_judge_likeness (const gchar *mistyped, const gchar *name)
{
    gboolean begun = strlen (mistyped) >= BEGINNING && g_str_has_prefix (name, mistyped);

    return begun ? 1 : distance (mistyped, name);
}

const PenaCliCommand *
pena_cli_suggest (const PenaCliCommand *const *commands, const gchar *mistyped)
{
    const PenaCliCommand *best = NULL;
    guint nearest = PENA_CLI_UNLIKE;

    for (guint i = 0; commands[i] != NULL; i++) {
        guint edits = pena_cli_judge_likeness (mistyped, commands[i]->name);
        if (edits < nearest) {
            nearest = edits;
            best = commands[i];
        }
    }
    return best;
}

static gint
show_help (void)
{
    g_autoptr (GString) out = g_string_new (NULL);

    g_string_append_printf (out, "%s\n\n%s\n", _ ("Usage: pena COMMAND [OPTION…] [FILE…]"), _ ("Commands:"));
    for (guint i = 0; pena_cli_commands[i] != NULL; i++)
        g_string_append_printf (out, "  %-8s %s\n", pena_cli_commands[i]->name,
                                _ (pena_cli_commands[i]->summary));
    g_string_append (out, _ ("\n"
                             "'pena COMMAND --help' tells more about one; pena(1) tells all.\n"
                             "\n"
                             "Examples:\n"
                             "  pena sign surat.pdf              writes surat-signed.pdf\n"
                             "  pena verify surat-signed.pdf     who signed, when, and is it unchanged\n"
                             "  pena doctor                      when something does not work\n"));
    pena_cli_print (out->str);
    return PENA_EXIT_DONE;
}

static gint
complain (PenaCli *cli, gchar **argv)
{
    const PenaCliCommand *near = pena_cli_suggest (pena_cli_commands, argv[1]);
    g_autofree gchar *shown = g_filename_display_name (argv[1]);
    g_autofree gchar *reason =
        near != NULL ? g_strdup_printf (_ ("there is no command '%s'; did you mean '%s'?"), shown, near->name)
                     : g_strdup_printf (_ ("there is no command '%s'"), shown);

    cli->json = g_strv_contains ((const gchar *const *)argv, "--json");
    return pena_cli_fail_usage (cli, NULL, reason);
}

gint
pena_cli_run (PenaCli *cli, gchar **argv)
{
    const gchar *name = argv[0] != NULL ? argv[1] : NULL;

    if (name == NULL || g_str_equal (name, "--help") || g_str_equal (name, "-h")) {
        gint status = show_help ();
        return name == NULL ? PENA_EXIT_USAGE : status;
    }
    if (g_str_equal (name, "--version")) {
        pena_cli_print ("pena " PENA_VERSION "\n");
        return PENA_EXIT_DONE;
    }
    const PenaCliCommand *command = pena_cli_find_command (pena_cli_commands, name);
    return command != NULL ? command->run (cli, argv + 1) : complain (cli, argv);
}
