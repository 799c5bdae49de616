/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token generate and pena token attest
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pena-text.h"
#include "token.h"

/* --- what is asked for --- */

typedef struct {
    const gchar *name;
    CK_MECHANISM_TYPE mechanism;
    CK_ULONG bits;     /* RSA */
    guint8 params[16]; /* else the curve, as DER */
    gsize n_params;
} Algorithm;

static const Algorithm algorithms[] = {
    {.name = "p256",
     .mechanism = CKM_EC_KEY_PAIR_GEN,
     .params = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07},
     .n_params = 10},
    {.name = "p384",
     .mechanism = CKM_EC_KEY_PAIR_GEN,
     .params = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22},
     .n_params = 7},
    {.name = "ed25519",
     .mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN,
     .params = {0x06, 0x03, 0x2B, 0x65, 0x70},
     .n_params = 5},
    {.name = "rsa2048", .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN, .bits = 2048},
    {.name = "rsa3072", .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN, .bits = 3072},
    {.name = "rsa4096", .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN, .bits = 4096},
};

static const Algorithm *
find_algorithm (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
        if (name == NULL || g_ascii_strcasecmp (algorithms[i].name, name) == 0)
            return &algorithms[i];
    return NULL;
}

static const struct {
    const gchar *name;
    CK_ULONG value;
} touches[] = {{"never", PENA_TOUCH_NEVER}, {"always", PENA_TOUCH_ALWAYS}, {"cached", PENA_TOUCH_CACHED}};

/* 0 when there is none of this name. */
static CK_ULONG
find_touch (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (touches); i++)
        if (g_str_equal (touches[i].name, name))
            return touches[i].value;
    return 0;
}

static const gchar *
find_mistake (const PenaTokenArguments *arguments)
{
    const gchar *policy = arguments->pin_policy;

    if (arguments->place == NULL)
        return _ ("--place says where the key goes, for example 9c");
    if (find_algorithm (arguments->algorithm) == NULL)
        return _ ("--algorithm takes p256, p384, ed25519, rsa2048, rsa3072 or rsa4096");
    if (policy != NULL && !g_str_equal (policy, "once") && !g_str_equal (policy, "always"))
        return _ ("--pin-policy takes once or always");
    if (arguments->touch_policy != NULL && find_touch (arguments->touch_policy) == 0)
        return _ ("--touch-policy takes never, always or cached");
    return NULL;
}

static guint8
resolve_place (const PenaTokenRun *run, GError **error)
{
    guint8 id = pena_token_place_id (run->token->model, run->arguments.place);

    if (id == 0) {
        g_autofree gchar *reason = g_strdup_printf (_ ("this kind of token (%s) has no place %s"),
                                                    run->token->model, run->arguments.place);
        pena_token_fail_request (reason, error);
    }
    return id;
}

/* --- how long it takes --- */

typedef struct {
    GMutex mutex;
    GCond cond;
    gboolean over;
} Clock;

static gpointer
show_time (gpointer data)
{
    Clock *clock = data;
    gint64 start = g_get_monotonic_time ();

    g_mutex_lock (&clock->mutex);
    for (guint seconds = 0; !clock->over; seconds++) {
        fprintf (stderr, _ ("\rThe token makes the key: %u s"), seconds);
        fflush (stderr);
        gint64 next = start + (gint64)(seconds + 1) * G_USEC_PER_SEC;
        while (!clock->over && g_cond_wait_until (&clock->cond, &clock->mutex, next))
            ;
    }
    g_mutex_unlock (&clock->mutex);
    fputc ('\n', stderr);
    return NULL;
}

static CK_RV
generate_key (const PenaTokenRun *run, guint8 id, CK_OBJECT_HANDLE *ret_public)
{
    const PenaToken *token = run->token;
    const Algorithm *algorithm = find_algorithm (run->arguments.algorithm);
    const gchar *policy = run->arguments.pin_policy, *touched = run->arguments.touch_policy;
    CK_MECHANISM mechanism = {algorithm->mechanism, NULL, 0};
    CK_BBOOL yes = CK_TRUE, always = g_strcmp0 (policy, "always") == 0;
    CK_ULONG touch = touched != NULL ? find_touch (touched) : 0;
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1},
                             {CKA_ID, &id, 1},
                             {CKA_EC_PARAMS, (void *)algorithm->params, algorithm->n_params}};
    CK_ATTRIBUTE private[4] = {{CKA_TOKEN, &yes, 1}, {CKA_ID, &id, 1}};
    CK_ULONG n_private = 2;
    CK_OBJECT_HANDLE made;
    CK_ULONG bits = algorithm->bits;

    if (bits != 0)
    public[2] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
    if (policy != NULL)
    private[n_private++] = (CK_ATTRIBUTE){CKA_ALWAYS_AUTHENTICATE, &always, 1};
    if (touch != 0)
    private[n_private++] = (CK_ATTRIBUTE){CKA_PENA_TOUCH, &touch, sizeof touch};
    return token->module->p11->C_GenerateKeyPair (token->session, &mechanism, public, 3, private, n_private,
                                                  ret_public, &made);
}

/* On a terminal it shows that it goes on, for tens of seconds with RSA. */
static CK_RV
generate_and_show (PenaTokenRun *run, guint8 id, CK_OBJECT_HANDLE *ret_public)
{
    Clock clock = {.over = FALSE};

    if (!run->cli->talkative || run->cli->json)
        return generate_key (run, id, ret_public);
    g_mutex_init (&clock.mutex);
    g_cond_init (&clock.cond);
    GThread *thread = g_thread_new ("clock", show_time, &clock);
    CK_RV rv = generate_key (run, id, ret_public);
    g_mutex_lock (&clock.mutex);
    clock.over = TRUE;
    g_cond_signal (&clock.cond);
    g_mutex_unlock (&clock.mutex);
    g_thread_join (thread);
    g_mutex_clear (&clock.mutex);
    g_cond_clear (&clock.cond);
    return rv;
}

/* --- generate --- */

static gboolean
check_free (const PenaTokenRun *run, guint8 id, GError **error)
{
    static const CK_OBJECT_CLASS classes[] = {CKO_PUBLIC_KEY, CKO_CERTIFICATE};
    CK_OBJECT_HANDLE there;

    for (guint i = 0; i < G_N_ELEMENTS (classes); i++) {
        if (!pena_token_find (run->token, classes[i], id, &there, error))
            return FALSE;
        if (there == CK_INVALID_HANDLE)
            continue;
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_KEY_PLACE_TAKEN, "in use");
        return FALSE;
    }
    return TRUE;
}

static gboolean
generate (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    CK_OBJECT_HANDLE public;
    guint8 id = resolve_place (run, error);

    if (id == 0 || !check_free (run, id, error) || !pena_token_run_reserve_output (run, error) ||
        !pena_token_become_administrator (run, error))
        return FALSE;
    pena_token_run_hold_signals (run);
    CK_RV rv = generate_and_show (run, id, &public);
    if (!pena_token_check (run->token, rv, PENA_TOKEN_ADMIN, error))
        return FALSE;
    g_autoptr (GBytes) der = pena_token_get_attribute (run->token, public, CKA_PUBLIC_KEY_INFO);
    if (der == NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "no public key");
        return FALSE;
    }
    json_object_set_string_member (answer, "place", run->arguments.place);
    return pena_token_run_give_pem (run, "PUBLIC KEY", &der, 1, answer, error);
}

static gint
generate_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        PENA_TOKEN_OPTION_PLACE (run, N_ ("Where the key goes: 9a, 9c, sig…")),
        {"algorithm", 'a', 0, G_OPTION_ARG_STRING, &run.arguments.algorithm,
         N_ ("p256 (default), p384, ed25519, rsa2048…"), N_ ("NAME")},
        {"pin-policy", 0, 0, G_OPTION_ARG_STRING, &run.arguments.pin_policy,
         N_ ("once or always; else as the place has it"), N_ ("POLICY")},
        {"touch-policy", 0, 0, G_OPTION_ARG_STRING, &run.arguments.touch_policy,
         N_ ("never, always or cached: touching the token"), N_ ("POLICY")},
        PENA_TOKEN_OPTION_OUTPUT (run),
        PENA_TOKEN_OPTION_FORCE (run, N_ ("Replace an existing output")),
        PENA_TOKEN_OPTION_PASSPHRASE (run),
        PENA_TOKEN_OPTION_MANAGEMENT_KEY (run),
        PENA_TOKEN_OPTION_LAST_TRY (run),
        G_OPTION_ENTRY_NULL,
    };
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_generate, entries, argv, 0, &status))
        return status;
    const gchar *mistake = find_mistake (&run.arguments);
    if (mistake != NULL)
        return pena_cli_fail_usage (cli, &pena_token_command_generate, mistake);
    return pena_token_run_do (&run, generate, _ ("The key was made on the token, and never leaves it."));
}

const PenaCliCommand pena_token_command_generate = {
    .name = "token generate",
    .summary = N_ ("Make a key on a token"),
    .arguments = "",
    .details = N_ ("The public key is written as PEM. A place that is in use is refused. The token's\n"
                   "passphrase is enough where 'pena token init' has set the token up.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token generate --place 9c --output key.pem\n"
                   "  pena token generate --place sig --algorithm rsa3072"),
    .run = generate_run,
};

/* --- attest --- */

/* Room for each certificate. Asking for lengths first does not help: each statement is signed anew, and ECDSA signatures
 * differ in length. */
#define STATEMENT_MAX 16384

static gboolean
attest (PenaTokenRun *run, JsonObject *answer, GError **error)
{
    const PenaToken *token = run->token;
    CK_ULONG length = STATEMENT_MAX, issuer_length = STATEMENT_MAX;
    g_autofree guint8 *statement = g_malloc (STATEMENT_MAX), *issuer = g_malloc (STATEMENT_MAX);
    CK_OBJECT_HANDLE key;
    guint8 id = resolve_place (run, error);

    if (id == 0 || !pena_token_find (token, CKO_PUBLIC_KEY, id, &key, error))
        return FALSE;
    if (key == CK_INVALID_HANDLE)
        return pena_token_fail_request (_ ("there is no key at this place"), error);
    if (!pena_token_run_reserve_output (run, error))
        return FALSE;
    CK_RV rv =
        token->module->vendor->attest_key (token->session, key, statement, &length, issuer, &issuer_length);
    if (!pena_token_check (token, rv, PENA_TOKEN_USER, error))
        return FALSE;
    g_autoptr (GBytes) first = g_bytes_new (statement, length);
    g_autoptr (GBytes) second = g_bytes_new (issuer, issuer_length);
    GBytes *const parts[] = {first, second};
    return pena_token_run_give_pem (run, "CERTIFICATE", parts, G_N_ELEMENTS (parts), answer, error);
}

static gint
attest_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {
        PENA_TOKEN_OPTION_TOKEN (run),
        PENA_TOKEN_OPTION_PLACE (run, N_ ("Where the key is: 9a, 9c, sig…")),
        PENA_TOKEN_OPTION_OUTPUT (run),
        PENA_TOKEN_OPTION_FORCE (run, N_ ("Replace an existing output")),
        G_OPTION_ENTRY_NULL,
    };
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_attest, entries, argv, 0, &status))
        return status;
    if (run.arguments.place == NULL)
        return pena_cli_fail_usage (cli, &pena_token_command_attest,
                                    _ ("--place says which key is meant, for example 9c"));
    return pena_token_run_do (&run, attest, _ ("The token states that it made this key itself."));
}

const PenaCliCommand pena_token_command_attest = {
    .name = "token attest",
    .summary = N_ ("Get a token's statement that it made a key"),
    .arguments = "",
    .details = N_ ("Two certificates as PEM: the statement about the key, and the one of the token\n"
                   "that it is signed with, issued by the maker. Compare with the maker's root.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token attest --place 9c --output statement.pem"),
    .run = attest_run,
};
