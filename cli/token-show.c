/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena token list and pena token show
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#include "pena-text.h"
#include "token.h"

#define HANG 6

static void
set_tries (JsonObject *object, const gchar *member, gint tries)
{
    if (tries >= 0)
        json_object_set_int_member (object, member, tries);
}

static JsonObject *
describe (PenaToken *token)
{
    JsonObject *object = json_object_new ();

    token->module->vendor->ask_version (token->slot);
    pena_token_refresh (token); /* with the version, and a label that is not read before */
    json_object_set_string_member (object, "serial", token->serial);
    json_object_set_string_member (object, "label", token->label);
    json_object_set_string_member (object, "model", token->model);
    json_object_set_string_member (object, "manufacturer", token->manufacturer);
    if ((token->info.firmwareVersion.major | token->info.firmwareVersion.minor) != 0) {
        g_autofree gchar *version =
            g_strdup_printf ("%d.%d", token->info.firmwareVersion.major, token->info.firmwareVersion.minor);
        json_object_set_string_member (object, "version", version);
    }
    json_object_set_string_member (object, "reader", token->reader);
    set_tries (object, "passphrase_tries_left", pena_token_get_tries (token, PENA_PIN_USER));
    set_tries (object, "puk_tries_left", pena_token_get_tries (token, PENA_PIN_RESET));
    set_tries (object, "admin_tries_left", pena_token_get_tries (token, PENA_PIN_ADMIN));
    return object;
}

/* --- text --- */

static void
append_member (GString *out, JsonObject *object, const gchar *member, const gchar *title)
{
    g_autofree gchar *value = pena_cli_dup_member (object, member);

    if (value != NULL && *value != '\0')
        g_string_append_printf (out, "  %s: %s\n", title, value);
}

static void
append_tries (GString *out, JsonObject *object, const gchar *member, const gchar *title)
{
    if (json_object_has_member (object, member))
        g_string_append_printf (out, "  %s: %d\n", title, (gint)json_object_get_int_member (object, member));
}

static void
append_token (GString *out, JsonObject *object, gboolean colour)
{
    g_autofree gchar *label = pena_cli_dup_member (object, "label");

    pena_cli_append_styled (out, colour, PENA_CLI_STRONG, label);
    g_string_append_c (out, '\n');
    append_member (out, object, "serial", _ ("Serial"));
    append_member (out, object, "model", _ ("Kind"));
    append_member (out, object, "manufacturer", _ ("Maker"));
    append_member (out, object, "version", _ ("Firmware"));
    append_member (out, object, "reader", _ ("Reader"));
    append_tries (out, object, "passphrase_tries_left", _ ("Tries left, passphrase"));
    append_tries (out, object, "puk_tries_left", _ ("Tries left, PUK"));
    append_tries (out, object, "admin_tries_left", _ ("Tries left, administrator"));
}

/* --- list --- */

static gint
list_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    GError *error = NULL;
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_list, NULL, argv, 0, &status))
        return status;
    run.module = pena_token_module_open (&error);
    if (run.module == NULL)
        return pena_cli_fail (cli, NULL, error);
    JsonArray *tokens = json_array_new ();
    g_autoptr (GString) out = g_string_new (NULL);
    for (guint i = 0; i < run.module->tokens->len; i++) {
        JsonObject *object = describe (run.module->tokens->pdata[i]);
        append_token (out, object, cli->colour);
        json_array_add_object_element (tokens, object);
    }
    g_autoptr (JsonObject) answer = json_object_new ();
    json_object_set_array_member (answer, "tokens", tokens);
    if (cli->json)
        pena_cli_print_json (json_object_ref (answer));
    else
        pena_cli_print_wrapped (stdout, out->len > 0 ? out->str : _ ("No token is plugged in.\n"), HANG);
    return PENA_EXIT_DONE;
}

const PenaCliCommand pena_token_command_list = {
    .name = "token list",
    .summary = N_ ("List the tokens and the tries left"),
    .arguments = "",
    .details = N_ ("Needs no agent and asks for nothing.\n"
                   "\n"
                   "Examples:\n"
                   "  pena token list\n"
                   "  pena token list --json"),
    .run = list_run,
};

/* --- show --- */

static void
describe_key (const PenaToken *token, CK_OBJECT_HANDLE object, JsonObject *entry)
{
    g_autoptr (GBytes) der = pena_token_get_attribute (token, object, CKA_PUBLIC_KEY_INFO);
    gsize length = 0;
    const guint8 *at = der != NULL ? g_bytes_get_data (der, &length) : NULL;
    EVP_PKEY *key = at != NULL ? d2i_PUBKEY (NULL, &at, (glong)length) : NULL;

    if (key != NULL) {
        g_autofree gchar *text =
            g_strdup_printf ("%s %d", EVP_PKEY_get0_type_name (key), EVP_PKEY_get_bits (key));
        json_object_set_string_member (entry, "key", text);
    }
    EVP_PKEY_free (key);
}

/* Whom it is issued to. */
static void
set_name (JsonObject *entry, const X509_NAME *subject)
{
    gint at = X509_NAME_get_index_by_NID (subject, NID_commonName, -1);
    const X509_NAME_ENTRY *common = at >= 0 ? X509_NAME_get_entry (subject, at) : NULL;
    guchar *text = NULL;
    gint length = common != NULL ? ASN1_STRING_to_UTF8 (&text, X509_NAME_ENTRY_get_data (common)) : -1;

    if (length > 0) {
        g_autofree gchar *name = g_utf8_make_valid ((const gchar *)text, length);
        json_object_set_string_member (entry, "name", name);
    }
    OPENSSL_free (text);
}

static void
describe_certificate (const PenaToken *token, CK_OBJECT_HANDLE object, JsonObject *entry)
{
    g_autoptr (GBytes) der = pena_token_get_attribute (token, object, CKA_VALUE);
    gsize length = 0;
    const guint8 *at = der != NULL ? g_bytes_get_data (der, &length) : NULL;
    X509 *x509 = at != NULL ? d2i_X509 (NULL, &at, (glong)length) : NULL;
    BIO *bio = BIO_new (BIO_s_mem ());
    gchar *text = NULL, date[16];
    struct tm tm;

    if (x509 != NULL && X509_NAME_print_ex (bio, X509_get_subject_name (x509), 0,
                                            XN_FLAG_RFC2253 & ~(gulong)ASN1_STRFLGS_ESC_MSB) >= 0) {
        glong size = BIO_get_mem_data (bio, &text);
        g_autofree gchar *copy = g_strndup (text, (gsize)size);
        g_autofree gchar *subject = g_utf8_make_valid (copy, -1);
        json_object_set_string_member (entry, "subject", subject);
        set_name (entry, X509_get_subject_name (x509));
        if (ASN1_TIME_to_tm (X509_get0_notAfter (x509), &tm) == 1 &&
            strftime (date, sizeof date, "%Y-%m-%d", &tm) > 0)
            json_object_set_string_member (entry, "not_after", date);
    }
    BIO_free (bio);
    X509_free (x509);
}

typedef void (*Describe) (const PenaToken *token, CK_OBJECT_HANDLE object, JsonObject *entry);

/* What is at one place is told in one entry, however many objects it has. */
static JsonObject *
entry_for (JsonArray *places, const gchar *name)
{
    for (guint i = 0; i < json_array_get_length (places); i++) {
        JsonObject *entry = json_array_get_object_element (places, i);
        if (g_str_equal (json_object_get_string_member (entry, "place"), name))
            return entry;
    }
    JsonObject *entry = json_object_new ();
    json_object_set_string_member (entry, "place", name);
    json_array_add_object_element (places, entry);
    return entry;
}

static gboolean
add_places (const PenaToken *token, CK_OBJECT_CLASS class, Describe add, JsonArray *places, GError **error)
{
    g_autoptr (GArray) objects = pena_token_find_all (token, class, error);

    for (guint i = 0; objects != NULL && i < objects->len; i++) {
        CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
        g_autoptr (GBytes) id = pena_token_get_attribute (token, object, CKA_ID);
        if (id == NULL)
            continue;
        g_autofree gchar *name = pena_token_place_name (token->model, id);
        add (token, object, entry_for (places, name));
    }
    return objects != NULL;
}

static void
append_place (GString *out, JsonObject *entry)
{
    g_autofree gchar *place = pena_cli_dup_member (entry, "place");
    g_autofree gchar *key = pena_cli_dup_member (entry, "key");
    g_autofree gchar *subject = pena_cli_dup_member (entry, "subject");
    g_autofree gchar *name = pena_cli_dup_member (entry, "name");
    g_autofree gchar *date = pena_cli_dup_member (entry, "not_after");

    g_string_append_printf (out, "  %s: %s", place, key != NULL ? key : "?");
    if (subject == NULL)
        g_string_append_printf (out, ", %s\n", _ ("no certificate"));
    else
        g_string_append_printf (out, _ (", certificate of %s, valid until %s\n"),
                                name != NULL ? name : subject, date != NULL ? date : "?");
}

static gint
show_run (PenaCli *cli, gchar **argv)
{
    g_auto (PenaTokenRun) run = {.cli = cli};
    const GOptionEntry entries[] = {PENA_TOKEN_OPTION_TOKEN (run), G_OPTION_ENTRY_NULL};
    g_autoptr (JsonArray) places = json_array_new ();
    GError *error = NULL;
    gint status;

    if (!pena_token_run_parse (&run, &pena_token_command_show, entries, argv, 0, &status))
        return status;
    if (!pena_token_run_open (&run, &error) ||
        !add_places (run.token, CKO_PUBLIC_KEY, describe_key, places, &error) ||
        !add_places (run.token, CKO_CERTIFICATE, describe_certificate, places, &error))
        return pena_cli_fail (cli, NULL, error);
    g_autoptr (JsonObject) answer = describe (run.token);
    json_object_set_array_member (answer, "places", json_array_ref (places));
    g_autoptr (GString) out = g_string_new (NULL);
    append_token (out, answer, cli->colour);
    for (guint i = 0; i < json_array_get_length (places); i++)
        append_place (out, json_array_get_object_element (places, i));
    if (json_array_get_length (places) == 0)
        g_string_append_printf (out, "  %s\n", _ ("There is no key and no certificate on it."));
    if (cli->json)
        pena_cli_print_json (json_object_ref (answer));
    else
        pena_cli_print_wrapped (stdout, out->str, HANG);
    return PENA_EXIT_DONE;
}

const PenaCliCommand pena_token_command_show = {
    .name = "token show",
    .summary = N_ ("Show the keys and certificates of a token"),
    .arguments = "",
    .details = N_ ("Places are named as the kind of token does: 9a, 9c, 9d, 9e and 82 to 95 (PIV),\n"
                   "sig, dec and aut (OpenPGP).\n"
                   "\n"
                   "Examples:\n"
                   "  pena token show\n"
                   "  pena token show --token 0011223344556677"),
    .run = show_run,
};
