/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token reset
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-text.h"
#include "secret.h"
#include "token.h"

/* What tells one token from another: a blank one may have no serial yet. */
static const gchar *
name_of (const PenaToken *token)
{
    return *token->serial != '\0' ? token->serial : token->label;
}

/* Whoever types the name has looked at which token it is. */
static gboolean
confirm (PenaTokenRun *run, GError **error)
{
    const PenaToken *token = run->token;
    g_autoptr (PenaSecret) line = NULL;
    const gchar *typed = run->arguments.serial;

    if (typed == NULL && !run->cli->json) {
        g_autofree gchar *label = pena_cli_clean (token->label), *name = pena_cli_clean (name_of (token));
        g_autofree gchar *question = g_strdup_printf (
            _ ("All keys, certificates and passphrases on the token %s will be lost for ever.\n"
               "Type its serial, %s, to go on: "),
            label, name);
        if (pena_cli_ask_line (run->cli, question, FALSE, &line) == PENA_CLI_ANSWERED)
            typed = (const gchar *)line->data;
    }
    if (typed != NULL && *typed != '\0' && g_ascii_strcasecmp (typed, name_of (token)) == 0)
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_NOT_CONFIRMED, "another serial");
    return FALSE;
}

static gboolean
reset (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    if (!confirm (run, error))
        return FALSE;
    pena_token_end (run->token);
    pena_token_run_hold_signals (run);
    CK_RV rv = run->module->vendor->reset_token (run->token->slot);
    return pena_token_check (run->token, rv, PENA_TOKEN_USER, error);
}

static gint
reset_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        {"serial", 0, 0, G_OPTION_ARG_STRING, &run.arguments.serial,
         N_ ("Confirms which token is to be emptied"), N_ ("SERIAL")},
        G_OPTION_ENTRY_NULL,
    };
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_reset, entries, argv, 0, &status))
        return status;
    return pena_token_run_do (&run, reset,
                              _ ("The token is as it came from its maker: everybody knows its passphrases "
                                 "until they are changed."));
}

const PenaCliCommand pena_token_command_reset = {
    .name = "token reset",
    .summary = N_ ("Make a token as new; all on it is lost"),
    .arguments = "",
    .details = N_ ("Keys, certificates and passphrases are lost for ever; the maker's passphrase,\n"
                   "PUK and management key hold again. If it fails half way, the token may be\n"
                   "blocked with all still on it: repeat it, and it goes on.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token reset\n"
                   "  pena token reset --serial 0011223344556677"),
    .run = reset_run,
};
