/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: secrets that open a token: asked for, judged, and never spent by surprise
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "pena-text.h"
#include "secret.h"
#include "token-quality.h"
#include "token.h"

/* --- asking --- */

static PenaSecret *
ask (PenaTokenRun *run, const gchar *option, const gchar *question, GError **error)
{
    PenaSecret *line = NULL;
    PenaCliAnswer answer =
        run->cli->json ? PENA_CLI_NO_TERMINAL : pena_cli_ask_line (run->cli, question, TRUE, &line);

    if (answer == PENA_CLI_NO_TERMINAL) {
        g_autofree gchar *reason =
            g_strdup_printf (_ ("a secret is needed and cannot be asked for here; give %s"), option);
        pena_token_fail_request (reason, error);
    } else if (answer == PENA_CLI_NO_ANSWER) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_NOT_CONFIRMED, "nothing was typed");
    }
    return line;
}

PenaSecret *
pena_token_get_secret (PenaTokenRun *run, const gchar *option, const gchar *path, const gchar *question,
                       GError **error)
{
    if (path == NULL)
        return ask (run, option, question, error);
    g_autoptr (PenaSecret) secret = pena_cli_read_secret (option, path, error);

    if (secret == NULL || secret->length > 0)
        return g_steal_pointer (&secret);
    g_autofree gchar *reason = g_strdup_printf (_ ("the first line of what %s names is empty"), option);
    pena_token_fail_request (reason, error);
    return NULL;
}

static void
fail_weak (const gchar *reason, GError **error)
{
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_PASSPHRASE_WEAK, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
}

static gboolean
is_typed_again (PenaTokenRun *run, const gchar *option, const PenaSecret *first, const gchar **ret_mistake,
                GError **error)
{
    g_autoptr (PenaSecret) again = ask (run, option, _ ("The same again: "), error);

    if (again == NULL)
        return FALSE;
    if (again->length != first->length || !pena_equal_constant_time (again->data, first->data, first->length))
        *ret_mistake = _ ("it was typed differently the second time");
    return TRUE;
}

/* What C_GetTokenInfo tells is about the user's. */
static gsize
min_length (const PenaToken *token, PenaTokenSecret whose)
{
    gboolean openpgp = g_str_equal (token->model, PENA_TOKEN_OPENPGP);

    return whose != PENA_TOKEN_USER && openpgp ? PENA_TOKEN_OPENPGP_LONG_MIN : token->info.ulMinPinLen;
}

PenaSecret *
pena_token_get_new_secret (PenaTokenRun *run, PenaTokenSecret whose, const gchar *option, const gchar *path,
                           const gchar *question, const PenaSecret *old, GError **error)
{
    PenaTokenRules rules = {.min = min_length (run->token, whose), .max = run->token->info.ulMaxPinLen};
    g_autoptr (PenaConfig) config = pena_config_load (error);
    g_autoptr (PenaSecret) secret = NULL;

    if (config == NULL || !pena_token_rules_configure (&rules, config, error))
        return NULL;
    secret = pena_token_get_secret (run, option, path, question, error);
    if (secret == NULL)
        return NULL;
    const gchar *mistake = pena_token_judge_passphrase (secret, &rules, old);
    if (mistake == NULL && path == NULL && !is_typed_again (run, option, secret, &mistake, error))
        return NULL;
    if (mistake == NULL)
        return g_steal_pointer (&secret);
    fail_weak (mistake, error);
    return NULL;
}

gboolean
pena_token_check_different (const PenaSecret *puk, const PenaSecret *passphrase, GError **error)
{
    if (puk->length != passphrase->length ||
        !pena_equal_constant_time (puk->data, passphrase->data, puk->length))
        return TRUE;
    fail_weak (_ ("passphrase and PUK are the same"), error);
    return FALSE;
}

/* No token refuses a passphrase of digits and of its lengths. */
static gboolean
can_be_taken (const PenaToken *token, const PenaSecret *secret)
{
    if (secret->length < token->info.ulMinPinLen || secret->length > token->info.ulMaxPinLen)
        return FALSE;
    for (gsize i = 0; i < secret->length; i++)
        if (!g_ascii_isdigit (secret->data[i]))
            return FALSE;
    return TRUE;
}

gboolean
pena_token_check_new (const PenaToken *token, CK_RV rv, PenaTokenSecret whose, const PenaSecret *old,
                      const PenaSecret *new, GError **error)
{
    if (rv != CKR_PIN_LEN_RANGE || !can_be_taken (token, old) || can_be_taken (token, new))
        return pena_token_check (token, rv, whose, error);
    fail_weak (_ ("this token does not take its characters; digits are taken by every token"), error);
    return FALSE;
}

/* --- tries --- */

static gboolean
confirm_last_try (PenaTokenRun *run)
{
    g_autoptr (PenaSecret) line = NULL;

    if (run->arguments.spend_last_try)
        return TRUE;
    return !run->cli->json &&
           pena_cli_ask_line (run->cli,
                              _ ("ONE try is left; if it is wrong, it is blocked. Type 'yes' to spend it: "),
                              FALSE, &line) == PENA_CLI_ANSWERED &&
           g_str_equal ((const gchar *)line->data, "yes");
}

gboolean
pena_token_allow_try (PenaTokenRun *run, PenaTokenSecret whose, gint *ret_tries, GError **error)
{
    static const struct {
        CK_ULONG tries_of;
        PenaErrorCode blocked;
    } rows[] = {
        [PENA_TOKEN_USER] = {PENA_PIN_USER, PENA_ERROR_PIN_BLOCKED},
        [PENA_TOKEN_PUK] = {PENA_PIN_RESET, PENA_ERROR_PUK_BLOCKED},
        [PENA_TOKEN_ADMIN] = {PENA_PIN_ADMIN, PENA_ERROR_ADMIN_BLOCKED},
    };
    gint tries = pena_token_get_tries (run->token, rows[whose].tries_of);
    CK_TOKEN_INFO info;

    if (tries == 0) {
        g_set_error_literal (error, PENA_ERROR, (gint)rows[whose].blocked, "no try is left");
        return FALSE;
    }
    if (tries == 1 && !confirm_last_try (run)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_PIN_LAST_TRY, "not confirmed");
        return FALSE;
    }
    /* The module takes the last try from who has seen that it is the last. */
    if (tries == 1) {
        run->token->module->p11->C_GetTokenInfo (run->token->slot, &info);
        run->last_try = PENA_SPEND_LAST_TRY;
    }
    *ret_tries = tries;
    return TRUE;
}

static gchar *
build_question (const PenaTokenRun *run, const gchar *what, gint tries)
{
    g_autofree gchar *label = pena_cli_clean (run->token->label);

    return tries >= 0 ? g_strdup_printf (_ ("%s of the token %s (tries left: %d): "), what, label, tries)
                      : g_strdup_printf (_ ("%s of the token %s: "), what, label);
}

gboolean
pena_token_types_at_reader (const PenaTokenRun *run, const gchar *path)
{
    return path == NULL && !run->cli->json &&
           (run->token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}

void
pena_token_tell_reader (const PenaTokenRun *run, const gchar *what, gint tries)
{
    g_autofree gchar *reader = pena_cli_clean (run->token->reader);
    g_autofree gchar *text =
        tries >= 0
            ? g_strdup_printf (_ ("At the reader %s, type: %s (tries left: %d)\n"), reader, what, tries)
            : g_strdup_printf (_ ("At the reader %s, type: %s\n"), reader, what);

    pena_cli_print_wrapped (stderr, text, PENA_CLI_ERROR_HANG);
}

PenaSecret *
pena_token_get_passphrase (PenaTokenRun *run, GError **error)
{
    gint tries;

    if (!pena_token_allow_try (run, PENA_TOKEN_USER, &tries, error))
        return NULL;
    g_autofree gchar *question = build_question (run, _ ("Passphrase"), tries);
    return pena_token_get_secret (run, "--passphrase-file", run->arguments.passphrase_file, question, error);
}

PenaSecret *
pena_token_get_puk (PenaTokenRun *run, GError **error)
{
    gint tries;

    if (!pena_token_allow_try (run, PENA_TOKEN_PUK, &tries, error))
        return NULL;
    g_autofree gchar *question = build_question (run, _ ("PUK"), tries);
    return pena_token_get_secret (run, "--puk-file", run->arguments.puk_file, question, error);
}

/* --- logging in --- */

gboolean
pena_token_log_in_officer (PenaTokenRun *run, const PenaSecret *secret, GError **error)
{
    CK_RV rv = run->token->module->p11->C_Login (run->token->session, CKU_SO, secret->data, secret->length);

    return pena_token_check (run->token, rv, PENA_TOKEN_ADMIN, error);
}

static gboolean
log_in_at_reader (PenaTokenRun *run, PenaTokenSecret whose, const gchar *what, GError **error)
{
    CK_USER_TYPE user = whose == PENA_TOKEN_ADMIN ? CKU_SO : CKU_USER;
    gint tries;

    if (!pena_token_allow_try (run, whose, &tries, error))
        return FALSE;
    pena_token_tell_reader (run, what, tries);
    CK_RV rv = run->token->module->p11->C_Login (run->token->session, user, NULL, 0);
    return pena_token_check (run->token, rv, whose, error);
}

static gboolean
log_in_user (PenaTokenRun *run, GError **error)
{
    if (pena_token_types_at_reader (run, run->arguments.passphrase_file))
        return log_in_at_reader (run, PENA_TOKEN_USER, _ ("the passphrase"), error);
    g_autoptr (PenaSecret) secret = pena_token_get_passphrase (run, error);

    if (secret == NULL)
        return FALSE;
    CK_RV rv = run->token->module->p11->C_Login (run->token->session, CKU_USER, secret->data, secret->length);
    return pena_token_check (run->token, rv, PENA_TOKEN_USER, error);
}

gboolean
pena_token_become_administrator (PenaTokenRun *run, GError **error)
{
    const gchar *path = run->arguments.management_key_file;
    gboolean has_passphrase = pena_token_get_tries (run->token, PENA_PIN_ADMIN) != PENA_TOKEN_NO_PIN;
    gint tries;

    if (path == NULL && !has_passphrase)
        return log_in_user (run, error);
    if (pena_token_types_at_reader (run, path))
        return log_in_at_reader (run, PENA_TOKEN_ADMIN, _ ("the administrator's passphrase"), error);
    if (has_passphrase && !pena_token_allow_try (run, PENA_TOKEN_ADMIN, &tries, error))
        return FALSE;
    g_autofree gchar *question =
        build_question (run, _ ("Administrator's passphrase"), has_passphrase ? tries : -1);
    g_autoptr (PenaSecret) secret =
        pena_token_get_secret (run, "--management-key-file", path, question, error);
    return secret != NULL && pena_token_log_in_officer (run, secret, error);
}
