/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena tokens
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "tokens.h"

#include "cli.h"
#include "pena-text.h"

#define HANG 8

/* The objects of an array member; those that are no objects are left out. Borrowed pointers in a new array.
 */
static GPtrArray *
list_objects (JsonObject *object, const gchar *member)
{
    GPtrArray *list = g_ptr_array_new ();
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

    for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
        JsonNode *element = json_array_get_element (array, i);
        if (JSON_NODE_HOLDS_OBJECT (element))
            g_ptr_array_add (list, json_node_get_object (element));
    }
    return list;
}

static JsonNode *
parse (const gchar *json)
{
    JsonNode *root = json_from_string (json, NULL);
    if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
        return root;
    g_clear_pointer (&root, json_node_unref);
    return NULL;
}

/* The key can sign, and the certificate is in force and meant for it. */
static gboolean
can_sign (JsonObject *credential)
{
    g_autofree gchar *status = pena_cli_dup_member (credential, "status");
    JsonNode *node = json_object_get_member (credential, "can_sign");
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
           json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node) &&
           g_strcmp0 (status, "ok") == 0;
}

/* "PIV_II, Yubico, serial 12 in Reader 0": what there is of it. */
static gchar *
name_token (JsonObject *token)
{
    g_autofree gchar *label = pena_cli_dup_member (token, "label"),
                     *serial = pena_cli_dup_member (token, "serial");
    g_autofree gchar *model = pena_cli_dup_member (token, "model"),
                     *reader = pena_cli_dup_member (token, "reader");
    GString *out = g_string_new (label != NULL && *label != '\0' ? label : _ ("token without a name"));

    if (model != NULL && *model != '\0' && g_strcmp0 (model, label) != 0)
        g_string_append_printf (out, ", %s", model);
    if (serial != NULL && *serial != '\0')
        g_string_append_printf (out, ", %s %s", _ ("serial number"), serial);
    if (reader != NULL && *reader != '\0')
        g_string_append_printf (out, " (%s)", reader);
    return g_string_free (out, FALSE);
}

static const struct {
    const gchar *status, *text;
    PenaErrorCode code;
} statuses[] = {
    {"expired", N_ ("expired"), PENA_ERROR_CERTIFICATE_EXPIRED},
    {"not-yet-valid", N_ ("not valid yet"), PENA_ERROR_CERTIFICATE_NOT_YET_VALID},
    {"revoked", N_ ("revoked"), PENA_ERROR_CERTIFICATE_REVOKED},
    {"wrong-usage", N_ ("not meant for signing documents"), PENA_ERROR_CERTIFICATE_USAGE},
};

static const gchar *
say_status (const gchar *status)
{
    for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
        if (g_strcmp0 (statuses[i].status, status) == 0)
            return _ (statuses[i].text);
    return _ ("cannot sign");
}

static const gchar *
say_passphrase (const gchar *state)
{
    static const struct {
        const gchar *state, *text;
    } rows[] = {
        {"ok", N_ ("ready")},
        {"low", N_ ("was wrong before; few tries are left")},
        {"final-try", N_ ("ONE TRY LEFT")},
        {"blocked", N_ ("BLOCKED; ask the registration authority (RA)")},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (g_strcmp0 (rows[i].state, state) == 0)
            return _ (rows[i].text);
    return NULL;
}

static void
append_credential (GString *out, JsonObject *credential, gboolean colour)
{
    g_autofree gchar *name = pena_cli_dup_member (credential, "name"),
                     *id = pena_cli_dup_member (credential, "id");
    g_autofree gchar *title = pena_cli_dup_member (credential, "title"),
                     *unit = pena_cli_dup_member (credential, "unit");
    g_autofree gchar *until = pena_cli_dup_member (credential, "not_after");
    g_autofree gchar *key = pena_cli_dup_member (credential, "key");
    g_autofree gchar *status = pena_cli_dup_member (credential, "status");
    gboolean usable = can_sign (credential);

    g_string_append (out, "  ");
    pena_cli_append_styled (out, colour, usable ? PENA_CLI_GOOD : PENA_CLI_DOUBT,
                            usable ? _ ("can sign") : say_status (status));
    g_string_append_printf (out, ": %s\n", name != NULL ? name : "?");
    if (title != NULL && *title != '\0')
        g_string_append_printf (out, "      %s\n", title);
    if (unit != NULL && *unit != '\0')
        g_string_append_printf (out, "      %s\n", unit);
    g_string_append_printf (out, "      %s %s, %s %.10s\n", _ ("key"), key != NULL ? key : "?",
                            _ ("valid until"), until != NULL ? until : "?");
    g_string_append_printf (out, "      id %s\n", id != NULL ? id : "?");
}

static void
append_passphrase (GString *out, JsonObject *token)
{
    g_autofree gchar *state = pena_cli_dup_member (token, "pin_state");
    const gchar *said = say_passphrase (state);
    JsonNode *left = json_object_get_member (token, "tries_left");

    if (said == NULL)
        return;
    g_string_append_printf (out, "  %s: %s", _ ("passphrase"), said);
    if (left != NULL && JSON_NODE_HOLDS_VALUE (left) && json_node_get_value_type (left) == G_TYPE_INT64)
        g_string_append_printf (out, _ (" (tries left: %d)"), (int)CLAMP (json_node_get_int (left), 0, 255));
    g_string_append_c (out, '\n');
}

gchar *
pena_cli_render_tokens (const gchar *json, gboolean colour)
{
    g_autoptr (JsonNode) root = parse (json);
    if (root == NULL)
        return NULL;
    g_autoptr (GPtrArray) tokens = list_objects (json_node_get_object (root), "tokens");
    GString *out = g_string_new (NULL);

    for (guint i = 0; i < tokens->len; i++) {
        g_autofree gchar *name = name_token (tokens->pdata[i]);
        g_autoptr (GPtrArray) credentials = list_objects (tokens->pdata[i], "credentials");
        pena_cli_append_styled (out, colour, PENA_CLI_STRONG, name);
        g_string_append_c (out, '\n');
        append_passphrase (out, tokens->pdata[i]);
        for (guint c = 0; c < credentials->len; c++)
            append_credential (out, credentials->pdata[c], colour);
        if (credentials->len == 0)
            g_string_append_printf (out, "  %s\n", _ ("holds no certificate"));
    }
    return g_string_free (out, FALSE);
}

gchar *
pena_cli_render_choices (const gchar *json)
{
    g_autoptr (JsonNode) root = parse (json);
    g_autoptr (GPtrArray) tokens = root != NULL ? list_objects (json_node_get_object (root), "tokens") : NULL;
    GString *out = g_string_new (NULL);

    for (guint i = 0; tokens != NULL && i < tokens->len; i++) {
        g_autofree gchar *token = name_token (tokens->pdata[i]);
        g_autoptr (GPtrArray) credentials = list_objects (tokens->pdata[i], "credentials");
        for (guint c = 0; c < credentials->len; c++) {
            g_autofree gchar *id = pena_cli_dup_member (credentials->pdata[c], "id");
            g_autofree gchar *name = pena_cli_dup_member (credentials->pdata[c], "name");
            if (id != NULL && can_sign (credentials->pdata[c]))
                g_string_append_printf (out, "      --credential %s\n          %s; %s\n", id,
                                        name != NULL ? name : "?", token);
        }
    }
    return g_string_free (out, out->len == 0);
}

void
pena_cli_count_tokens (const gchar *json, guint *ret_tokens, guint *ret_usable)
{
    g_autoptr (JsonNode) root = parse (json);
    g_autoptr (GPtrArray) tokens = root != NULL ? list_objects (json_node_get_object (root), "tokens") : NULL;
    guint usable = 0;

    for (guint i = 0; tokens != NULL && i < tokens->len; i++) {
        g_autoptr (GPtrArray) credentials = list_objects (tokens->pdata[i], "credentials");
        for (guint c = 0; c < credentials->len; c++)
            usable += can_sign (credentials->pdata[c]) ? 1 : 0;
    }
    *ret_tokens = tokens != NULL ? tokens->len : 0;
    *ret_usable = usable;
}

typedef struct {
    guint tokens, ready, blocked, last_try;
    gint unusable; /* row of statuses for a certificate that cannot sign though it is meant to; -1: none */
} Findings;

static void
look_at_token (JsonObject *token, Findings *findings)
{
    g_autoptr (GPtrArray) credentials = list_objects (token, "credentials");
    g_autofree gchar *pin = pena_cli_dup_member (token, "pin_state");
    gboolean blocked = g_strcmp0 (pin, "blocked") == 0, usable = FALSE;

    for (guint c = 0; c < credentials->len; c++) {
        g_autofree gchar *status = pena_cli_dup_member (credentials->pdata[c], "status");
        usable = usable || can_sign (credentials->pdata[c]);
        for (gint i = 0; i < (gint)G_N_ELEMENTS (statuses); i++)
            if (g_strcmp0 (statuses[i].status, status) == 0 &&
                statuses[i].code != PENA_ERROR_CERTIFICATE_USAGE)
                findings->unusable = i;
    }
    findings->tokens++;
    findings->blocked += blocked ? 1 : 0;
    findings->last_try += g_strcmp0 (pin, "final-try") == 0 ? 1 : 0;
    findings->ready += usable && !blocked ? 1 : 0;
}

PenaCliReadiness
pena_cli_judge_tokens (const gchar *json, PenaErrorCode *ret_code, const gchar **ret_status)
{
    g_autoptr (JsonNode) root = parse (json);
    g_autoptr (GPtrArray) tokens = root != NULL ? list_objects (json_node_get_object (root), "tokens") : NULL;
    Findings findings = {.unusable = -1};

    for (guint i = 0; tokens != NULL && i < tokens->len; i++)
        look_at_token (tokens->pdata[i], &findings);
    *ret_status = NULL;
    if (findings.blocked > 0)
        *ret_code = PENA_ERROR_PIN_BLOCKED;
    else if (findings.ready > 0)
        *ret_code = PENA_ERROR_PIN_LAST_TRY;
    else if (findings.unusable >= 0) {
        *ret_code = statuses[findings.unusable].code;
        *ret_status = _ (statuses[findings.unusable].text);
    } else
        *ret_code = findings.tokens > 0 ? PENA_ERROR_CREDENTIAL_MISSING : PENA_ERROR_TOKEN_MISSING;
    if (findings.ready == 0)
        return PENA_CLI_HOPELESS;
    return findings.blocked > 0 || findings.last_try > 0 ? PENA_CLI_WARNING : PENA_CLI_READY;
}

/* Nothing plugged in is a failure of its own for a script that asks whether it can sign. */
static gint
tell_tokens (PenaCli *cli, const gchar *json)
{
    guint n_tokens, n_usable;

    pena_cli_count_tokens (json, &n_tokens, &n_usable);
    if (cli->json) {
        g_autofree gchar *line = g_strchomp (g_strdup (json));
        pena_cli_print (line);
        pena_cli_print ("\n");
        return n_tokens > 0 ? PENA_EXIT_DONE : PENA_EXIT_TOKEN;
    }
    if (n_tokens == 0)
        return pena_cli_fail (cli, NULL,
                              g_error_new_literal (PENA_ERROR, PENA_ERROR_TOKEN_MISSING, "no token"));
    g_autofree gchar *text = pena_cli_render_tokens (json, cli->colour);
    pena_cli_print_wrapped (stdout, text, HANG);
    return PENA_EXIT_DONE;
}

static gint
tokens_run (PenaCli *cli, gchar **argv)
{
    g_auto (GStrv) files = NULL;
    GError *error = NULL;
    gint status;

    if (!pena_cli_parse (cli, &pena_cli_command_tokens, NULL, argv, &files, &status))
        return status;
    if (files[0] != NULL)
        return pena_cli_fail_usage (cli, &pena_cli_command_tokens, _ ("this command takes no file"));
    g_autoptr (PenaClient) client = pena_cli_new_client ();
    g_autofree gchar *json = pena_cli_list_tokens (cli, client, &error);
    return json != NULL ? tell_tokens (cli, json) : pena_cli_fail (cli, NULL, error);
}

const PenaCliCommand pena_cli_command_tokens = {
    .name = "tokens",
    .summary = N_ ("List the tokens and the certificates on them"),
    .arguments = "",
    .details = N_ ("No passphrase is asked for. The id of a certificate is what\n"
                   "'pena sign --credential' takes.\n"
                   "\n"
                   "Examples:\n"
                   "  pena tokens\n"
                   "  pena tokens --json"),
    .run = tokens_run,
};
