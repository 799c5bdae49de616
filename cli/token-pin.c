/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token change-passphrase and pena token unblock
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-text.h"
#include "token.h"

/* --- change-passphrase --- */

static gboolean
change_at_reader (PenaTokenRun *run, GError **error)
{
    const PenaToken *token = run->token;
    gint tries;

    if (!pena_token_allow_try (run, PENA_TOKEN_USER, &tries, error))
        return FALSE;
    pena_token_tell_reader (run, _ ("the passphrase, then the new one twice"), tries);
    CK_RV rv = token->module->p11->C_SetPIN (token->session, NULL, 0, NULL, 0);
    return pena_token_check (token, rv, PENA_TOKEN_USER, error);
}

static gboolean
change_here (PenaTokenRun *run, GError **error)
{
    const PenaToken *token = run->token;
    g_autoptr (PenaSecret) old = pena_token_get_passphrase (run, error);
    g_autoptr (PenaSecret) new = NULL;

    if (old == NULL)
        return FALSE;
    new = pena_token_get_new_secret (run, PENA_TOKEN_USER, "--new-passphrase-file",
                                     run->arguments.new_passphrase_file, _ ("New passphrase: "), old, error);
    if (new == NULL)
        return FALSE;
    pena_token_run_hold_signals (run);
    CK_RV rv = token->module->p11->C_SetPIN (token->session, old->data, old->length, new->data, new->length);
    return pena_token_check_new (token, rv, PENA_TOKEN_USER, old, new, error);
}

static gboolean
change (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    gboolean at_reader = pena_token_types_at_reader (run, run->arguments.passphrase_file) &&
                         run->arguments.new_passphrase_file == NULL;

    return at_reader ? change_at_reader (run, error) : change_here (run, error);
}

static gint
change_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {PENA_TOKEN_OPTION_TOKEN (run), PENA_TOKEN_OPTION_PASSPHRASE (run),
                                    PENA_TOKEN_OPTION_NEW_PASSPHRASE (run), PENA_TOKEN_OPTION_LAST_TRY (run),
                                    G_OPTION_ENTRY_NULL};
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_change_passphrase, entries, argv, 0, &status))
        return status;
    return pena_token_run_do (&run, change, _ ("The passphrase was changed."));
}

const PenaCliCommand pena_token_command_change_passphrase = {
    .name = "token change-passphrase",
    .summary = N_ ("Give a token another passphrase"),
    .arguments = "",
    .details = N_ ("The tries that are left are shown before the passphrase is asked for.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token change-passphrase\n"
                   "  pena token change-passphrase --passphrase-file old --new-passphrase-file new"),
    .run = change_run,
};

/* --- unblock --- */

static gboolean
unblock (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    const PenaToken *token = run->token;
    g_autoptr (PenaSecret) puk = pena_token_get_puk (run, error);
    g_autoptr (PenaSecret) new = NULL;

    if (puk == NULL)
        return FALSE;
    new = pena_token_get_new_secret (run, PENA_TOKEN_USER, "--new-passphrase-file",
                                     run->arguments.new_passphrase_file, _ ("New passphrase: "), NULL, error);
    if (new == NULL || !pena_token_check_different (puk, new, error))
        return FALSE;
    pena_token_run_hold_signals (run);
    CK_RV rv = token->module->vendor->unblock_pin (token->session, puk->data, puk->length, new->data,
                                                   new->length, run->last_try);
    return pena_token_check_new (token, rv, PENA_TOKEN_PUK, puk, new, error);
}

static gint
unblock_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {PENA_TOKEN_OPTION_TOKEN (run), PENA_TOKEN_OPTION_PUK (run),
                                    PENA_TOKEN_OPTION_NEW_PASSPHRASE (run), PENA_TOKEN_OPTION_LAST_TRY (run),
                                    G_OPTION_ENTRY_NULL};
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_unblock, entries, argv, 0, &status))
        return status;
    return pena_token_run_do (&run, unblock, _ ("The token is unblocked and has the new passphrase."));
}

const PenaCliCommand pena_token_command_unblock = {
    .name = "token unblock",
    .summary = N_ ("Unblock a token with its PUK"),
    .arguments = "",
    .details = N_ ("The PUK (on OpenPGP cards the resetting code) gives a new passphrase and all its\n"
                   "tries. A wrong PUK costs a try of the PUK.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token unblock\n"
                   "  pena token unblock --puk-file puk --new-passphrase-file new"),
    .run = unblock_run,
};
