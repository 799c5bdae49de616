/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: POST /csc/v2/info (CSC API v2, info): says what there is, and nothing more
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-json.h"
#include "pena-request.h"
#include "pena-resources.h"
#include "pena-text.h"

static gboolean
begin (PenaExchange *exchange, GError **error)
{
    static const gchar *const names[] = {NULL};

    return pena_request_check_names (exchange->query, names, error) &&
           pena_exchange_expect_text (exchange, error);
}

static void
add_strings (JsonBuilder *builder, const gchar *name, const gchar *const *values)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (; *values != NULL; values++)
        json_builder_add_string_value (builder, *values);
    json_builder_end_array (builder);
}

static void
add_formats (JsonBuilder *builder)
{
    static const gchar *const formats[] = {"C", "P", NULL};
    static const gchar *const properties[] = {"Detached", "Revision"}; /* of C and of P */

    json_builder_set_member_name (builder, "signature_formats");
    json_builder_begin_object (builder);
    add_strings (builder, "formats", formats);
    json_builder_set_member_name (builder, "envelope_properties");
    json_builder_begin_array (builder);
    for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
        json_builder_begin_array (builder);
        json_builder_add_string_value (builder, properties[i]);
        json_builder_end_array (builder);
    }
    json_builder_end_array (builder);
    json_builder_end_object (builder);
}

static gchar *
build (void)
{
    static const gchar *const none[] = {NULL};
    static const gchar *const methods[] = {"info", NULL};
    static const gchar *const algorithms[] = {"1.2.840.113549.1.1.11", /* sha256WithRSAEncryption */
                                              "1.2.840.10045.4.3.2",   /* ecdsa-with-SHA256 */
                                              NULL};
    static const gchar *const levels[] = {"AdES-B-B", "AdES-B-T", "AdES-B-LT", "AdES-B-LTA", NULL};
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

    json_builder_begin_object (builder);
    pena_json_add_string (builder, "specs", "2.0.0.0");
    pena_json_add_string (builder, "name", "Pena");
    pena_json_add_string (builder, "region", "ID");
    pena_json_add_string (builder, "lang", pena_text_get_language ());
    pena_json_add_string (builder, "description",
                          _ ("Signs official letters with the token of this computer's user"));
    add_strings (builder, "authType", none);
    json_builder_set_member_name (builder, "asynchronousOperationMode");
    json_builder_add_boolean_value (builder, FALSE);
    add_strings (builder, "methods", methods);
    json_builder_set_member_name (builder, "validationInfo");
    json_builder_add_boolean_value (builder, FALSE);
    json_builder_set_member_name (builder, "signAlgorithms");
    json_builder_begin_object (builder);
    add_strings (builder, "algos", algorithms);
    json_builder_end_object (builder);
    add_formats (builder);
    add_strings (builder, "conformance_levels", levels);
    json_builder_end_object (builder);
    return pena_json_end (builder);
}

/* The body may name the language of the answer: {"lang": "id"}. */
static gboolean
read_language (const GByteArray *body, gchar **ret_language, GError **error)
{
    g_autoptr (JsonParser) parser = json_parser_new_immutable ();
    JsonNode *root;

    if (body->len == 0)
        return TRUE;
    if (memchr (body->data, '\0', body->len) != NULL ||
        !json_parser_load_from_data (parser, (const gchar *)body->data, (gssize)body->len, NULL) ||
        (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
        return pena_request_invalid (error, _ ("the body is not a JSON object"));
    *ret_language =
        g_strdup (json_object_get_string_member_with_default (json_node_get_object (root), "lang", NULL));
    return TRUE;
}

static void
act (PenaExchange *exchange)
{
    g_autofree gchar *language = NULL;
    GError *error = NULL;

    if (!read_language (exchange->prefix, &language, &error)) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    if (language != NULL)
        pena_text_set_language (language);
    pena_exchange_reply_json (exchange, build ());
}

const PenaRoute pena_route_csc_info = {"/csc/v2/info", "POST", begin, act};
