/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of pena token: new passphrases, places, arguments
 * Copyright (C) 2026 the Pena authors */
#include <string.h>
#include <unistd.h>

#include "cli-capture.h"
#include "cli.h"
#include "pena-text.h"
#include "token-quality.h"
#include "token.h"

static PenaSecret *
secret (const gchar *text)
{
    PenaSecret *made = pena_secret_new (64, FALSE, NULL);

    g_assert_nonnull (made);
    g_assert_true (pena_secret_append (made, text, strlen (text)));
    return made;
}

static void
test_quality (void)
{
    static const struct {
        const gchar *text;
        gboolean good;
    } cases[] = {
        {"739152", TRUE},    {"73915204", TRUE}, {"113388", TRUE},  {"123457", TRUE},    {"654322", TRUE},
        {"abcdefx", TRUE},   {"", FALSE},        {"7", FALSE},      {"73915", FALSE},    {"739152048", FALSE},
        {"111111", FALSE},   {"aaaaaaa", FALSE}, {"123456", FALSE}, {"234567", FALSE},   {"87654321", FALSE},
        {"abcdefg", FALSE},  {"501938", FALSE},  {"121212", FALSE}, {"7397397", FALSE},  {"12341234", FALSE},
        {"170845", FALSE},   {"081745", FALSE},  {"450817", FALSE}, {"17081945", FALSE}, {"19450817", FALSE},
        {"19451708", FALSE}, {"17083945", TRUE}, {"320845", TRUE},  {"001300", TRUE},    {"1708.45", TRUE},
        {"3113311", FALSE},
    };
    const PenaTokenRules rules = {.min = 6, .max = 8, .own_min = 6, .different = 3, .no_dates = TRUE};
    g_autoptr (PenaSecret) old = secret ("501938");

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PenaSecret) new = secret (cases[i].text);
        const gchar *reason = pena_token_judge_passphrase (new, &rules, old);
        if ((reason == NULL) != cases[i].good)
            g_error ("%s: %s", cases[i].text, reason);
    }
    g_assert_null (pena_token_judge_passphrase (old, &rules, NULL));
}

/* What the configuration wants, and what it cannot want of a token. */
static void
test_rules (void)
{
    static const struct {
        const gchar *text;
        gboolean good;
    } cases[] = {{"gajah7!", TRUE},  {"gajah77", FALSE}, {"gajah!!", FALSE}, {"739152!", FALSE},
                 {"aab7a!!", FALSE}, {"ga7!", FALSE},    {"170845", FALSE}};
    static const gchar *const need[] = {"letter", "digit", "other", NULL};
    static const gchar *const misspelt[] = {"letters", NULL};
    PenaConfig config = {.passphrase_min_length = 7, .passphrase_different = 5};
    PenaTokenRules rules = {.min = 4, .max = 8};
    g_autoptr (PenaSecret) date = secret ("170845");
    g_autoptr (GError) error = NULL;

    config.passphrase_need = (gchar **)need;
    g_assert_true (pena_token_rules_configure (&rules, &config, NULL));
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PenaSecret) new = secret (cases[i].text);
        const gchar *reason = pena_token_judge_passphrase (new, &rules, NULL);
        if ((reason == NULL) != cases[i].good)
            g_error ("%s: %s", cases[i].text, reason);
    }
    rules = (PenaTokenRules){.min = 4, .max = 6, .own_min = 12};
    g_assert_null (pena_token_judge_passphrase (date, &rules, NULL));
    config.passphrase_need = (gchar **)misspelt;
    g_assert_false (pena_token_rules_configure (&rules, &config, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
}

static void
test_different (void)
{
    g_autoptr (PenaSecret) a = secret ("739152"), b = secret ("739152"), c = secret ("73915204");
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_token_check_different (a, c, NULL));
    g_assert_false (pena_token_check_different (a, b, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PASSPHRASE_WEAK);
}

static void
test_places (void)
{
    static const struct {
        const gchar *model, *name;
        guint8 id;
    } cases[] = {
        {"PIV", "9a", 1},           {"PIV", "9C", 2},           {"PIV", "9e", 4},   {"PIV", "82", 5},
        {"PIV", "95", 24},          {"PIV", "96", 0},           {"PIV", "81", 0},   {"PIV", "sig", 0},
        {"OpenPGP card", "sig", 1}, {"OpenPGP card", "aut", 3}, {"PIV", "", 0},     {"OpenPGP card", "9c", 0},
        {"PKCS#15", "9c", 0},       {"OpenPGP card", "82", 0},  {"PIV", "0x82", 0}, {"PIV", "-1", 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_assert_cmpuint (pena_token_place_id (cases[i].model, cases[i].name), ==, cases[i].id);
        if (cases[i].id == 0)
            continue;
        g_autoptr (GBytes) id = g_bytes_new (&cases[i].id, 1);
        g_autofree gchar *name = pena_token_place_name (cases[i].model, id);
        g_assert_cmpint (g_ascii_strcasecmp (name, cases[i].name), ==, 0);
    }
    g_autoptr (GBytes) other = g_bytes_new_static ("\x45\x01", 2);
    g_autofree gchar *name = pena_token_place_name ("PKCS#15", other);
    g_assert_cmpstr (name, ==, "4501");
}

static void
test_help (void)
{
    static const gchar *const languages[] = {"en", "id"};
    gint status;

    for (guint l = 0; l < G_N_ELEMENTS (languages); l++) {
        pena_text_set_language (languages[l]);
        g_autofree gchar *all = CLI_CAPTURE (STDOUT_FILENO, &status, "token", "--help");
        g_assert_cmpint (status, ==, PENA_EXIT_DONE);
        cli_assert_narrow (all);
        for (guint i = 0; pena_token_commands[i] != NULL; i++) {
            const gchar *name = pena_token_commands[i]->name + strlen (PENA_TOKEN_NAME_PREFIX);
            g_autofree gchar *help = CLI_CAPTURE (STDOUT_FILENO, &status, "token", name, "--help");
            g_autofree gchar *example = g_strdup_printf ("  pena token %s", name);
            g_assert_cmpint (status, ==, PENA_EXIT_DONE);
            g_assert_nonnull (strstr (all, name));
            g_assert_nonnull (strstr (help, "--json"));
            g_assert_nonnull (strstr (help, example));
            cli_assert_narrow (help);
        }
    }
    pena_text_set_language (NULL);
}

static void
test_usage_errors (void)
{
    static const gchar *const cases[][9] = {
        {"pena", "token", "lst", NULL},
        {"pena", "token", "list", "x", NULL},
        {"pena", "token", "show", "--passphrase-file", "x", NULL},
        {"pena", "token", "generate", NULL},
        {"pena", "token", "generate", "--place", "9c", "--algorithm", "dsa", NULL},
        {"pena", "token", "generate", "--place", "9c", "--pin-policy", "never", NULL},
        {"pena", "token", "attest", NULL},
        {"pena", "token", "import-certificate", NULL},
        {"pena", "token", "import-certificate", "a", "b", NULL},
        {"pena", "token", "change-passphrase", "--passphrase-file", "-", "--new-passphrase-file", "-", NULL},
        {"pena", "token", "init", "--new-puk-file", "-", "--new-admin-file", "-", NULL},
        {"pena", "token", "change-passphrase", "--passphrase", "123456", NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        gint status;
        g_autofree gchar *text = cli_capture (STDERR_FILENO, &status, cases[i]);
        g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
        g_assert_true (g_str_has_prefix (text, "pena: "));
        g_assert_nonnull (strstr (text, "--help"));
    }
    gint status;
    g_autofree gchar *near = CLI_CAPTURE (STDERR_FILENO, &status, "token", "unblok");
    g_assert_nonnull (strstr (near, "did you mean 'token unblock'?"));
}

/* A module that is none of ours is refused by name, and nothing else happens. */
static void
test_no_module (void)
{
    gint status;

    g_setenv ("PENA_MODULE", "/nonexistent/pena-pkcs11.so", TRUE);
    g_autofree gchar *text = CLI_CAPTURE (STDOUT_FILENO, &status, "token", "list", "--json");
    g_unsetenv ("PENA_MODULE");
    g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
    g_assert_nonnull (strstr (text, "request-invalid"));
    g_assert_nonnull (strstr (text, "/nonexistent/pena-pkcs11.so"));
}

int
main (int argc, char **argv)
{
    g_setenv ("LANGUAGE", "en", TRUE);
    g_test_init (&argc, &argv, NULL);
    pena_text_init ();
    g_test_add_func ("/cli/token/quality", test_quality);
    g_test_add_func ("/cli/token/rules", test_rules);
    g_test_add_func ("/cli/token/different", test_different);
    g_test_add_func ("/cli/token/places", test_places);
    g_test_add_func ("/cli/token/help", test_help);
    g_test_add_func ("/cli/token/usage-errors", test_usage_errors);
    g_test_add_func ("/cli/token/no-module", test_no_module);
    return g_test_run ();
}
