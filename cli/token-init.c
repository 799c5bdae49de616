/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token init
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "pena-text.h"
#include "token.h"

/* What the maker sets and everybody knows. */
#define MAKERS_PASSPHRASE "123456"
#define MAKERS_PUK "12345678"
#define MAKERS_KEY "010203040506070801020304050607080102030405060708"

typedef struct {
    PenaSecret *key, *passphrase, *puk, *new_passphrase, *new_puk;
} Secrets;

static void
secrets_clear (Secrets *self)
{
    PenaSecret *const all[] = {self->key, self->passphrase, self->puk, self->new_passphrase, self->new_puk};

    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i] != NULL)
            pena_secret_free (all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Secrets, secrets_clear)

static PenaSecret *
get_current (PenaTokenRun *run, const gchar *option, const gchar *path, const gchar *makers, GError **error)
{
    if (path != NULL)
        return pena_token_get_secret (run, option, path, "", error);
    PenaSecret *secret = pena_secret_new (strlen (makers) + 1, FALSE, error);
    if (secret != NULL)
        pena_secret_append (secret, makers, strlen (makers));
    return secret;
}

/* Everything is there before anything is changed. A new one may be the current one: that step was done before. */
static gboolean
get_secrets (PenaTokenRun *run, Secrets *secrets, GError **error)
{
    const PenaTokenArguments *arguments = &run->arguments;

    secrets->key =
        get_current (run, "--management-key-file", arguments->management_key_file, MAKERS_KEY, error);
    if (secrets->key != NULL)
        secrets->passphrase =
            get_current (run, "--passphrase-file", arguments->passphrase_file, MAKERS_PASSPHRASE, error);
    if (secrets->passphrase != NULL)
        secrets->puk = get_current (run, "--puk-file", arguments->puk_file, MAKERS_PUK, error);
    if (secrets->puk != NULL)
        secrets->new_passphrase =
            pena_token_get_new_secret (run, "--new-passphrase-file", arguments->new_passphrase_file,
                                       _ ("New passphrase: "), NULL, error);
    if (secrets->new_passphrase != NULL)
        secrets->new_puk = pena_token_get_new_secret (run, "--new-puk-file", arguments->new_puk_file,
                                                      _ ("New PUK: "), NULL, error);
    return secrets->new_puk != NULL &&
           pena_token_check_different (secrets->new_puk, secrets->new_passphrase, error);
}

static gboolean
is_same (const PenaSecret *a, const PenaSecret *b)
{
    return a->length == b->length && pena_equal_constant_time (a->data, b->data, a->length);
}

/* --- steps --- */

/* Changes nothing and costs no try, but tells early that the last step cannot be. */
static gboolean
check_key (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    if (!pena_token_log_in_officer (run, secrets->key, error))
        return FALSE;
    CK_RV rv = run->module->p11->C_Logout (run->token->session);
    return pena_token_check (run->token, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
set_passphrase (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    gint tries;

    if (is_same (secrets->passphrase, secrets->new_passphrase))
        return TRUE;
    if (!pena_token_allow_try (run, PENA_TOKEN_USER, &tries, error))
        return FALSE;
    CK_RV rv = run->module->p11->C_SetPIN (run->token->session, secrets->passphrase->data,
                                           secrets->passphrase->length, secrets->new_passphrase->data,
                                           secrets->new_passphrase->length);
    return pena_token_check (run->token, rv, PENA_TOKEN_USER, error);
}

static gboolean
set_puk (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    gint tries;

    if (is_same (secrets->puk, secrets->new_puk))
        return TRUE;
    run->last_try = 0; /* what was settled for the passphrase says nothing of the PUK */
    if (!pena_token_allow_try (run, PENA_TOKEN_PUK, &tries, error))
        return FALSE;
    CK_RV rv = run->module->vendor->set_puk (run->token->session, secrets->puk->data, secrets->puk->length,
                                             secrets->new_puk->data, secrets->new_puk->length, run->last_try);
    return pena_token_check (run->token, rv, PENA_TOKEN_PUK, error);
}

/* A random key that the token keeps, to be used with the passphrase: nobody has to know it. */
static gboolean
set_key (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    const PenaSecret *passphrase = secrets->new_passphrase;

    if (!pena_token_log_in_officer (run, secrets->key, error))
        return FALSE;
    CK_RV rv = run->module->vendor->set_management_key (run->token->session, NULL, 0, CK_TRUE,
                                                        passphrase->data, passphrase->length, NULL, NULL);
    run->module->p11->C_Logout (run->token->session);
    return pena_token_check (run->token, rv, PENA_TOKEN_USER, error);
}

static const struct {
    const gchar *name;
    const gchar *go_on; /* what a repetition must be told when this was done */
    gboolean (*run) (PenaTokenRun *run, const Secrets *secrets, GError **error);
} steps[] = {
    {"management-key-known", "", check_key},
    {"passphrase", N_ ("--passphrase-file with the new passphrase"), set_passphrase},
    {"puk", N_ ("--puk-file with the new PUK"), set_puk},
    {"management-key", "", set_key},
};

/* What state a failure leaves the token in. */
static void
tell_done (PenaTokenRun *run, guint done, JsonObject *error)
{
    JsonArray *names = json_array_new ();

    for (guint i = 0; i < done; i++) {
        json_array_add_string_element (names, steps[i].name);
        if (*steps[i].go_on == '\0' || run->cli->json)
            continue;
        g_autofree gchar *text = g_strdup_printf (_ ("Done already: %s. To go on, repeat and give %s.\n"),
                                                  steps[i].name, _ (steps[i].go_on));
        pena_cli_print_wrapped (stderr, text, PENA_CLI_ERROR_HANG);
    }
    json_object_set_array_member (error, "done", names);
}

static gint
fail (PenaTokenRun *run, guint done, GError *error)
{
    g_autoptr (JsonObject) told = pena_cli_error_to_json (error);
    gint status = (gint)pena_error_exit_status (pena_error_code (error));

    if (!run->cli->json)
        pena_cli_print_error (NULL, error);
    tell_done (run, done, told);
    if (run->cli->json)
        pena_cli_print_json (json_object_ref (told));
    g_error_free (error);
    return status;
}

static gint
init_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        PENA_TOKEN_OPTION_NEW_PASSPHRASE (run),
        {"new-puk-file", 0, 0, G_OPTION_ARG_FILENAME, &run.arguments.new_puk_file,
         N_ ("The new PUK, in a file or -"), N_ ("FILE")},
        PENA_TOKEN_OPTION_PASSPHRASE (run),
        PENA_TOKEN_OPTION_PUK (run),
        PENA_TOKEN_OPTION_MANAGEMENT_KEY (run),
        PENA_TOKEN_OPTION_LAST_TRY (run),
        G_OPTION_ENTRY_NULL,
    };
    g_auto (Secrets) secrets = {0};
    GError *error = NULL;
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_init, entries, argv, 0, &status))
        return status;
    if (!pena_token_run_open (&run, &error))
        return pena_cli_fail (cli, NULL, error);
    if (!g_str_equal (run.token->model, "PIV")) {
        g_set_error_literal (&error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "PIV only");
        return pena_cli_fail (cli, NULL, error);
    }
    if (!get_secrets (&run, &secrets, &error))
        return pena_cli_fail (cli, NULL, error);
    pena_token_run_hold_signals (&run);
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
        if (!steps[i].run (&run, &secrets, &error))
            return fail (&run, i, error);
    return pena_token_run_tell (
        &run, pena_token_run_new_answer (&run),
        _ ("The token is set up. Keep the PUK; then make a key with 'pena token generate'."));
}

const PenaCliCommand pena_token_command_init = {
    .name = "token init",
    .summary = N_ ("Set up a new token: passphrase, PUK, management key"),
    .arguments = "",
    .details = N_ ("For PIV tokens that are as their maker sent them, or after 'pena token reset'.\n"
                   "The management key becomes a random one that the passphrase opens.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token init\n"
                   "  pena token init --new-passphrase-file new --new-puk-file puk"),
    .run = init_run,
};
