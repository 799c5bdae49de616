/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token, for those who set tokens up
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "token.h"

#include <string.h>
#include <sys/prctl.h>

#include "pena-text.h"

const PenaCliCommand *const pena_token_commands[] = {
    &pena_token_command_list,
    &pena_token_command_show,
    &pena_token_command_init,
    &pena_token_command_generate,
    &pena_token_command_import_certificate,
    &pena_token_command_export_certificate,
    &pena_token_command_change_passphrase,
    &pena_token_command_unblock,
    &pena_token_command_attest,
    &pena_token_command_reset,
    NULL,
};

static gint
show_help (gint status)
{
    g_autoptr (GString) out = g_string_new (NULL);

    g_string_append_printf (out, "%s\n\n%s\n\n%s\n", _ ("Usage: pena token COMMAND [OPTION…] [FILE]"),
                            _ (pena_cli_command_token.summary), _ ("Commands:"));
    for (guint i = 0; pena_token_commands[i] != NULL; i++)
        g_string_append_printf (out, "  %-18s %s\n",
                                pena_token_commands[i]->name + strlen (PENA_TOKEN_NAME_PREFIX),
                                _ (pena_token_commands[i]->summary));
    g_string_append_printf (out, "\n%s\n", _ (pena_cli_command_token.details));
    pena_cli_print (out->str);
    return status;
}

static gint
token_run (PenaCli *cli, gchar **argv)
{
    if (argv[1] == NULL)
        return show_help (PENA_EXIT_USAGE);
    if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
        return show_help (PENA_EXIT_DONE);
    /* No debugger of the same user, and no core dump, gets at the secrets that are typed. */
    prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
    g_autofree gchar *shown = g_filename_display_name (argv[1]);
    g_autofree gchar *name = g_strconcat (PENA_TOKEN_NAME_PREFIX, shown, NULL);
    const PenaCliCommand *command = pena_cli_find_command (pena_token_commands, name);
    if (command != NULL)
        return command->run (cli, argv + 1);
    cli->json = g_strv_contains ((const gchar *const *)argv, "--json");
    const PenaCliCommand *near = pena_cli_suggest (pena_token_commands, name);
    g_autofree gchar *reason =
        near != NULL ? g_strdup_printf (_ ("there is no command '%s'; did you mean '%s'?"), name, near->name)
                     : g_strdup_printf (_ ("there is no command '%s'"), name);
    return pena_cli_fail_usage (cli, &pena_cli_command_token, reason);
}

const PenaCliCommand pena_cli_command_token = {
    .name = "token",
    .summary = N_ ("Set up tokens: keys, certificates, passphrases"),
    .arguments = N_ ("COMMAND"),
    .details = N_ ("Secrets are asked for at the terminal, or read from files; never give them on\n"
                   "the command line. With --json nothing is asked.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token list\n"
                   "  pena token change-passphrase\n"
                   "  pena token generate --place 9c --output key.pem"),
    .run = token_run,
};
