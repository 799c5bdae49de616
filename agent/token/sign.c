/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signature: the question, the passphrase
 * Copyright (C) 2026 the Pena authors */
#include "sign.h"

#include <openssl/rsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "card-use.h"
#include "credentials.h"
#include "pena-ades.h"
#include "pena-scheme.h"
#include "pena-text.h"

#define PASSPHRASE_MAX 255
/* How often a passphrase that no card would take may be typed, and how often a wrong one when nobody knows
 * the tries. */
#define ROUNDS_MAX 10
#define WRONG_MAX_UNKNOWN 2

/* One signing on its way; what was learnt of the token stands here, so that nothing is held while a person
 * thinks. */
typedef struct {
    PenaTokens *tokens;
    const PenaSigning *signing;
    GCancellable *cancellable;
    PenaPrompt *prompt;    /* until it is opened, the one that was kept */
    PenaPromptFacts facts; /* strings belong to the three below and to signing */
    PenaCertificateInfo *holder;
    gchar *token, *serial;
    PenaPinState pin;
    gulong pin_min, pin_max;
    guint wrong;      /* tries spent here */
    gchar *complaint; /* above the next try */
} Run;

static void
run_clear (Run *run)
{
    g_clear_pointer (&run->prompt, pena_prompt_close);
    g_clear_pointer (&run->holder, pena_certificate_info_free);
    g_free (run->token);
    g_free (run->serial);
    g_free (run->complaint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
learn_pin (Run *run, const PenaToken *token)
{
    run->pin = pena_token_get_pin (token, &run->facts.tries_left);
    run->facts.tries_low = run->pin == PENA_PIN_LOW;
    run->facts.pinpad = pena_token_has_pinpad (token);
    run->pin_min = token->info.ulMinPinLen;
    run->pin_max = token->info.ulMaxPinLen;
}

static gboolean
check_usable (const PenaCredential *credential, const gchar *scheme, GError **error)
{
    const PenaSigningScheme *known = pena_signing_scheme_by_name (scheme);
    CK_MECHANISM_TYPE mechanism;

    if (known != NULL && credential->can_sign && pena_credential_mechanism (credential->key, &mechanism)) {
        if (known->padding == 0 && mechanism == CKM_ECDSA)
            return TRUE;
        if (known->padding == RSA_PKCS1_PADDING && mechanism == CKM_RSA_PKCS)
            return TRUE;
        if (known->padding == RSA_PKCS1_PSS_PADDING && credential->pss)
            return TRUE;
    }
    g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "key '%s' cannot make '%s'", credential->key,
                 scheme);
    return FALSE;
}

/* Finds the credential and notes what the prompt needs. Called with the lock held. */
static gboolean
look_up (Run *run, GError **error)
{
    const PenaSigning *signing = run->signing;
    PenaToken *token = NULL;

    if (!pena_tokens_refresh (run->tokens, error))
        return FALSE;
    const PenaCredential *credential = pena_tokens_find (run->tokens, signing->credential, &token, error);
    if (credential == NULL || !check_usable (credential, signing->scheme, error))
        return FALSE;
    run->holder = pena_certificate_info_new (credential->certificate, error);
    if (run->holder == NULL)
        return FALSE;
    run->token = g_strdup (token->label);
    run->serial = g_strdup (token->serial);
    run->facts = (PenaPromptFacts){
        .document = signing->document,
        .size = signing->size,
        .pages = signing->pages,
        .certify = signing->certify,
        .sha256 = signing->sha256,
        .application = signing->application,
        .holder = run->holder->common_name != NULL ? run->holder->common_name : run->holder->subject,
        .title = run->holder->title,
        .unit = run->holder->unit,
        .not_after = run->holder->not_after,
        .token = run->token,
        .serial = run->serial,
    };
    learn_pin (run, token);
    return TRUE;
}

static gboolean
fail_pin (const Run *run, PenaErrorCode code, const gchar *message, GError **error)
{
    GError *failure = g_error_new_literal (PENA_ERROR, (gint)code, message);

    if (run->facts.tries_left >= 0)
        pena_error_set_int (failure, "attempts_left", run->facts.tries_left);
    g_propagate_error (error, failure);
    return FALSE;
}

/* Who gives up after a wrong passphrase learns that a try was spent, and how many are left. */
static gboolean
replace_cancel (const Run *run, GError *failure, GError **error)
{
    if (run->wrong > 0 && g_error_matches (failure, PENA_ERROR, PENA_ERROR_USER_CANCELLED)) {
        g_error_free (failure);
        return fail_pin (run, PENA_ERROR_PIN_WRONG, "cancelled after a wrong passphrase", error);
    }
    g_propagate_error (error, failure);
    return FALSE;
}

static gboolean
confirm_last_try (Run *run, GError **error)
{
    g_autofree gchar *question = pena_prompt_text_last_try (&run->facts);
    PenaPromptDialog dialog = {.description = question, .ok = _ ("Use the last try"), .cancel = _ ("Cancel")};
    g_autoptr (GError) failure = NULL;

    if (pena_prompt_confirm (run->prompt, &dialog, &failure))
        return TRUE;
    if (g_error_matches (failure, PENA_ERROR, PENA_ERROR_USER_CANCELLED))
        return fail_pin (run, PENA_ERROR_PIN_LAST_TRY, "the last try was not confirmed", error);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}

/* A length that the token says it never takes would only burn a try. */
static gboolean
length_is_possible (const Run *run, gsize length)
{
    return length > 0 && length >= run->pin_min && (run->pin_max == 0 || length <= run->pin_max);
}

static void
complain (Run *run, gchar *take_text)
{
    g_free (run->complaint);
    run->complaint = take_text;
}

static gboolean
ask_passphrase (Run *run, PenaSecret *passphrase, GError **error)
{
    g_autofree gchar *description = pena_prompt_text_describe (&run->facts);
    PenaPromptDialog dialog = {.description = description, .ok = _ ("Sign"), .cancel = _ ("Cancel")};
    GError *failure = NULL;

    if (run->facts.pinpad)
        return pena_prompt_confirm (run->prompt, &dialog, &failure) || replace_cancel (run, failure, error);
    for (guint round = 0; round < ROUNDS_MAX; round++) {
        dialog.error = run->complaint;
        gboolean typed = pena_prompt_ask (run->prompt, &dialog, passphrase, &failure);
        if (!typed && !g_error_matches (failure, PENA_ERROR, PENA_ERROR_PIN_INVALID))
            return replace_cancel (run, failure, error);
        g_clear_error (&failure);
        if (typed && length_is_possible (run, passphrase->length))
            return TRUE;
        complain (run, g_strdup (pena_prompt_text_impossible ()));
    }
    return fail_pin (run, PENA_ERROR_PIN_INVALID, "no passphrase of a possible length was typed", error);
}

/* One use of the card. A token that was there and is no longer is a removed one. */
static GBytes *
use_card (Run *run, PenaSecret *passphrase, GError **error)
{
    const PenaSigning *signing = run->signing;
    PenaCardUse use = {.to_be_signed = signing->to_be_signed,
                       .scheme = pena_signing_scheme_by_name (signing->scheme),
                       .passphrase = run->facts.pinpad ? NULL : passphrase,
                       .progress = signing->progress,
                       .user_data = signing->user_data};
    g_autoptr (GBytes) signature = NULL;

    pena_tokens_lock (run->tokens);
    use.credential = pena_tokens_find (run->tokens, signing->credential, &use.token, NULL);
    if (use.credential == NULL)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_REMOVED,
                             "the token went while it was asked for");
    else
        signature = pena_card_use (&use, error);
    pena_secret_clear (passphrase);
    if (use.credential != NULL && signature == NULL && pena_token_update (use.token, NULL))
        learn_pin (run, use.token);
    pena_tokens_unlock (run->tokens);
    return g_steal_pointer (&signature);
}

/* TRUE: ask again. */
static gboolean
may_try_again (Run *run, const GError *failure, GError **error)
{
    if (g_error_matches (failure, PENA_ERROR, PENA_ERROR_PIN_INVALID)) {
        complain (run, g_strdup (pena_prompt_text_impossible ()));
        return TRUE;
    }
    /* Somebody else has spent tries meanwhile: now it is known, and will be asked. */
    if (g_error_matches (failure, PENA_ERROR, PENA_ERROR_PIN_LAST_TRY) && run->pin == PENA_PIN_FINAL_TRY)
        return TRUE;
    if (g_error_matches (failure, PENA_ERROR, PENA_ERROR_PIN_WRONG)) {
        run->wrong++;
        if (run->pin == PENA_PIN_BLOCKED)
            return fail_pin (run, PENA_ERROR_PIN_BLOCKED, "the last try was wrong", error);
        if (run->facts.tries_left < 0 && run->wrong >= WRONG_MAX_UNKNOWN)
            return fail_pin (run, PENA_ERROR_PIN_WRONG, "wrong again, and the module does not tell the tries",
                             error);
        complain (run, pena_prompt_text_wrong (run->facts.tries_left));
        return TRUE;
    }
    if (g_error_matches (failure, PENA_ERROR, PENA_ERROR_PIN_BLOCKED)) {
        run->facts.tries_left = 0;
        return fail_pin (run, PENA_ERROR_PIN_BLOCKED, failure->message, error);
    }
    g_propagate_error (error, g_error_copy (failure));
    return FALSE;
}

static gboolean
open_prompt (Run *run, GError **error)
{
    const PenaSigning *signing = run->signing;
    PenaPromptPlace place = {.program = signing->program,
                             .timeout = signing->timeout,
                             .tty = signing->tty,
                             .term = signing->term,
                             .display = signing->display};

    run->prompt = pena_prompt_open (&place, g_steal_pointer (&run->prompt), run->cancellable, error);
    return run->prompt != NULL;
}

static GBytes *
ask_and_use (Run *run, PenaSecret *passphrase, GError **error)
{
    for (guint round = 0; round < ROUNDS_MAX; round++) {
        g_autoptr (GError) failure = NULL;
        run->signing->progress ("asking", run->signing->user_data);
        if (run->pin == PENA_PIN_FINAL_TRY && !confirm_last_try (run, error))
            return NULL;
        if (!ask_passphrase (run, passphrase, error))
            return NULL;
        GBytes *signature = use_card (run, passphrase, &failure);
        if (signature != NULL)
            return signature;
        if (!may_try_again (run, failure, error))
            return NULL;
    }
    fail_pin (run, PENA_ERROR_PIN_WRONG, "too many rounds", error);
    return NULL;
}

static void
fail_lock (GError **error)
{
    GError *failure = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, "no locked memory");

    pena_error_set_string (failure, "reason",
                           _ ("the limit of locked memory (ulimit -l) is too small for a passphrase"));
    g_propagate_error (error, failure);
}

GBytes *
pena_sign (PenaTokens *tokens, const PenaSigning *signing, PenaPrompt **kept, GCancellable *cancellable,
           GError **error)
{
    g_auto (Run) run = {
        .tokens = tokens, .signing = signing, .cancellable = cancellable, .prompt = g_steal_pointer (kept)};
    g_autoptr (PenaSecret) passphrase = NULL;

    pena_tokens_lock (tokens);
    gboolean found = look_up (&run, error);
    pena_tokens_unlock (tokens);
    if (!found)
        return NULL;
    if (run.pin == PENA_PIN_BLOCKED) {
        fail_pin (&run, PENA_ERROR_PIN_BLOCKED, "the token is blocked", error);
        return NULL;
    }
    passphrase = pena_secret_new (PASSPHRASE_MAX, TRUE, NULL);
    if (passphrase == NULL) {
        fail_lock (error);
        return NULL;
    }
    if (!open_prompt (&run, error))
        return NULL;
    GBytes *signature = ask_and_use (&run, passphrase, error);
    if (signature != NULL)
        *kept = pena_prompt_keep (g_steal_pointer (&run.prompt));
    return signature;
}
