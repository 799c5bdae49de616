/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token init
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "pena-text.h"
#include "token.h"

/* What the makers of all kinds of tokens set and everybody knows. */
#define MAKERS_PASSPHRASE "123456"
#define MAKERS_PUK "12345678"
#define LABEL_MAX 32

/* Which of them a kind of token has: the administrator has a key (admin), or a passphrase that is set (new_admin). */
typedef struct {
    PenaSecret *admin, *passphrase, *puk, *new_passphrase, *new_puk, *new_admin;
} Secrets;

static void
secrets_clear (Secrets *self)
{
    PenaSecret *const all[] = {self->admin,          self->passphrase, self->puk,
                               self->new_passphrase, self->new_puk,    self->new_admin};

    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        if (all[i] != NULL)
            pena_secret_free (all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Secrets, secrets_clear)

typedef struct {
    const gchar *name;
    const gchar *go_on; /* what a repetition must be told when this was done */
    gboolean (*run) (PenaTokenRun *run, const Secrets *secrets, GError **error);
    gboolean (*is_wanted) (PenaTokenRun *run); /* NULL: always */
} Step;

/* How a kind of token is set up. */
typedef struct {
    const gchar *model;
    const gchar *makers_admin;
    gboolean admin_is_set; /* else the token makes a key for itself */
    const gchar *puk_question;
    const gchar *done;
    const Step *steps; /* ends with name NULL */
} Procedure;

/* --- secrets --- */

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

static gboolean
get_current_secrets (PenaTokenRun *run, const Procedure *procedure, Secrets *secrets, GError **error)
{
    const PenaTokenArguments *arguments = &run->arguments;

    secrets->admin = get_current (run, "--management-key-file", arguments->management_key_file,
                                  procedure->makers_admin, error);
    if (secrets->admin != NULL)
        secrets->passphrase =
            get_current (run, "--passphrase-file", arguments->passphrase_file, MAKERS_PASSPHRASE, error);
    if (secrets->passphrase != NULL)
        secrets->puk = get_current (run, "--puk-file", arguments->puk_file, MAKERS_PUK, error);
    return secrets->puk != NULL;
}

/* No two are the same: who knows the one would know the other. */
static gboolean
get_new_secrets (PenaTokenRun *run, const Procedure *procedure, Secrets *secrets, GError **error)
{
    const PenaTokenArguments *arguments = &run->arguments;

    secrets->new_passphrase =
        pena_token_get_new_secret (run, PENA_TOKEN_USER, "--new-passphrase-file",
                                   arguments->new_passphrase_file, _ ("New passphrase: "), NULL, error);
    if (secrets->new_passphrase != NULL)
        secrets->new_puk =
            pena_token_get_new_secret (run, PENA_TOKEN_PUK, "--new-puk-file", arguments->new_puk_file,
                                       _ (procedure->puk_question), NULL, error);
    if (secrets->new_puk == NULL ||
        !pena_token_check_different (secrets->new_puk, secrets->new_passphrase, error))
        return FALSE;
    if (!procedure->admin_is_set)
        return TRUE;
    secrets->new_admin =
        pena_token_get_new_secret (run, PENA_TOKEN_ADMIN, "--new-admin-file", arguments->new_admin_file,
                                   _ ("New administrator's passphrase: "), NULL, error);
    return secrets->new_admin != NULL &&
           pena_token_check_different (secrets->new_admin, secrets->new_passphrase, error) &&
           pena_token_check_different (secrets->new_admin, secrets->new_puk, error);
}

static gboolean
is_same (const PenaSecret *a, const PenaSecret *b)
{
    return a->length == b->length && pena_equal_constant_time (a->data, b->data, a->length);
}

/* --- steps --- */

/* The administrator's passphrase has tries, a key has none. */
static gboolean
log_in_administrator (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    gboolean has_tries = pena_token_get_tries (run->token, PENA_PIN_ADMIN) != PENA_TOKEN_NO_PIN;
    gint tries;

    return (!has_tries || pena_token_allow_try (run, PENA_TOKEN_ADMIN, &tries, error)) &&
           pena_token_log_in_officer (run, secrets->admin, error);
}

/* Ends what the administrator began, however it went; the error is of that. */
static gboolean
log_out (PenaTokenRun *run, CK_RV rv, PenaTokenSecret whose, GError **error)
{
    CK_RV ended = run->module->p11->C_Logout (run->token->session);

    return pena_token_check (run->token, rv != CKR_OK ? rv : ended, whose, error);
}

/* Changes nothing, but tells early that the last step cannot be. */
static gboolean
check_admin (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    return log_in_administrator (run, secrets, error) && log_out (run, CKR_OK, PENA_TOKEN_ADMIN, error);
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
    return pena_token_check_new (run->token, rv, PENA_TOKEN_USER, secrets->passphrase,
                                 secrets->new_passphrase, error);
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
    return pena_token_check_new (run->token, rv, PENA_TOKEN_PUK, secrets->puk, secrets->new_puk, error);
}

static gboolean
give_serial (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    if (!log_in_administrator (run, secrets, error))
        return FALSE;
    CK_RV rv = run->module->vendor->give_serial (run->token->session);
    return log_out (run, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
wants_label (PenaTokenRun *run)
{
    return run->arguments.label != NULL;
}

/* The first that changes something: what the token does not take is refused while it is as it was. */
static gboolean
set_label (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    gchar *label = run->arguments.label;

    if (!log_in_administrator (run, secrets, error))
        return FALSE;
    CK_RV rv = run->module->vendor->set_label (run->token->session, (CK_UTF8CHAR *)label, strlen (label));
    return log_out (run, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
check_label (const gchar *label, GError **error)
{
    gsize length = label != NULL ? strlen (label) : 1;
    gboolean printed = label == NULL || g_utf8_validate (label, -1, NULL);

    for (const gchar *at = label; printed && at != NULL && *at != '\0'; at = g_utf8_next_char (at))
        printed = g_unichar_isprint (g_utf8_get_char (at));
    return (printed && length > 0 && length <= LABEL_MAX) ||
           pena_token_fail_request (
               _ ("a label has 1 to 32 bytes that can be printed (letters with accents have two)"), error);
}

/* A random key that the token keeps, to be used with the passphrase: nobody has to know it. */
static gboolean
set_key (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    const PenaSecret *passphrase = secrets->new_passphrase;

    if (!log_in_administrator (run, secrets, error))
        return FALSE;
    CK_RV rv = run->module->vendor->set_management_key (run->token->session, NULL, 0, CK_TRUE,
                                                        passphrase->data, passphrase->length, NULL, NULL);
    return log_out (run, rv, PENA_TOKEN_USER, error);
}

static gboolean
set_reset_code (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    if (!log_in_administrator (run, secrets, error))
        return FALSE;
    CK_RV rv = run->module->vendor->set_reset_code (run->token->session, secrets->new_puk->data,
                                                    secrets->new_puk->length);
    return log_out (run, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
set_admin (PenaTokenRun *run, const Secrets *secrets, GError **error)
{
    if (is_same (secrets->admin, secrets->new_admin))
        return TRUE;
    if (!log_in_administrator (run, secrets, error))
        return FALSE;
    CK_RV rv = run->module->p11->C_SetPIN (run->token->session, secrets->admin->data, secrets->admin->length,
                                           secrets->new_admin->data, secrets->new_admin->length);
    return log_out (run, rv, PENA_TOKEN_ADMIN, error);
}

/* --- procedures --- */

#define GO_ON_PASSPHRASE N_ ("--passphrase-file with the new passphrase")

static const Step piv_steps[] = {
    {"management-key-known", "", check_admin},
    {"label", "", set_label, wants_label},
    {"passphrase", GO_ON_PASSPHRASE, set_passphrase},
    {"puk", N_ ("--puk-file with the new PUK"), set_puk},
    {"serial", "", give_serial},
    {"management-key", "", set_key},
    {NULL},
};

static const Step openpgp_steps[] = {
    {"admin-passphrase-known", "", check_admin},
    {"label", "", set_label, wants_label},
    {"passphrase", GO_ON_PASSPHRASE, set_passphrase},
    {"resetting-code", "", set_reset_code},
    {"admin-passphrase", "", set_admin},
    {NULL},
};

static const Procedure procedures[] = {
    {PENA_TOKEN_PIV, "010203040506070801020304050607080102030405060708", FALSE, N_ ("New PUK: "),
     N_ ("The token is set up. Keep the PUK; then make a key with 'pena token generate'."), piv_steps},
    {PENA_TOKEN_OPENPGP, "12345678", TRUE, N_ ("New resetting code: "),
     N_ ("The token is set up. Keep the resetting code and the administrator's passphrase; then make a key "
         "with "
         "'pena token generate'."),
     openpgp_steps},
};

static const Procedure *
find_procedure (const PenaToken *token, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS (procedures); i++)
        if (g_str_equal (procedures[i].model, token->model))
            return &procedures[i];
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED, "no way to set it up");
    return NULL;
}

static gboolean
is_wanted (PenaTokenRun *run, const Step *step)
{
    return step->is_wanted == NULL || step->is_wanted (run);
}

/* What state a failure leaves the token in. */
static void
tell_done (PenaTokenRun *run, const Step *steps, guint done, JsonObject *error)
{
    JsonArray *names = json_array_new ();

    for (guint i = 0; i < done; i++) {
        if (!is_wanted (run, &steps[i]))
            continue;
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
fail (PenaTokenRun *run, const Step *steps, guint done, GError *error)
{
    g_autoptr (JsonObject) told = pena_cli_error_to_json (error);
    gint status = (gint)pena_error_exit_status (pena_error_code (error));

    if (!run->cli->json)
        pena_cli_print_error (NULL, error);
    tell_done (run, steps, done, told);
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
        {"label", 'l', 0, G_OPTION_ARG_STRING, &run.arguments.label, N_ ("What the token is to be called"),
         N_ ("NAME")},
        PENA_TOKEN_OPTION_NEW_PASSPHRASE (run),
        {"new-puk-file", 0, 0, G_OPTION_ARG_FILENAME, &run.arguments.new_puk_file,
         N_ ("The new PUK or resetting code"), N_ ("FILE")},
        {"new-admin-file", 0, 0, G_OPTION_ARG_FILENAME, &run.arguments.new_admin_file,
         N_ ("The new admin passphrase (OpenPGP)"), N_ ("FILE")},
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
    const Procedure *procedure = find_procedure (run.token, &error);
    if (procedure == NULL || !check_label (run.arguments.label, &error) ||
        !get_current_secrets (&run, procedure, &secrets, &error) ||
        !get_new_secrets (&run, procedure, &secrets, &error))
        return pena_cli_fail (cli, NULL, error);
    pena_token_run_hold_signals (&run);
    for (guint i = 0; procedure->steps[i].name != NULL; i++)
        if (is_wanted (&run, &procedure->steps[i]) && !procedure->steps[i].run (&run, &secrets, &error))
            return fail (&run, procedure->steps, i, error);
    pena_token_refresh (run.token);
    return pena_token_run_tell (&run, pena_token_run_new_answer (&run), _ (procedure->done));
}

const PenaCliCommand pena_token_command_init = {
    .name = "token init",
    .summary = N_ ("Set up a new token: passphrase, PUK, management key"),
    .arguments = "",
    .details = N_ ("For PIV tokens and OpenPGP cards as their maker sent them, or after 'pena token\n"
                   "reset'. The management key of a PIV token becomes a random one that the\n"
                   "passphrase opens; an OpenPGP card gets another administrator's passphrase.\n"
                   "A label is what lists show; not all tokens can keep one.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token init --label \"Persuratan 2\"\n"
                   "  pena token init --new-passphrase-file new --new-puk-file puk"),
    .run = init_run,
};
