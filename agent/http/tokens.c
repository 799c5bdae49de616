/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: GET /pena/v1/tokens
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-ades.h"
#include "pena-choice.h"
#include "pena-json.h"
#include "pena-request.h"
#include "pena-resources.h"

static gboolean
begin (PenaExchange *exchange, GError **error)
{
    static const gchar *const names[] = {NULL};

    return pena_request_check_names (exchange->query, names, error);
}

static void
add_text (JsonBuilder *builder, const gchar *name, GVariant *from, const gchar *key)
{
    const gchar *value = NULL;

    g_variant_lookup (from, key, "&s", &value);
    pena_json_add_string (builder, name, value);
}

/* Why no signature can be made with it now; "ok" when one can. */
static const gchar *
status_of (GBytes *certificate, PenaTrustKeeper *keeper)
{
    g_autoptr (GError) error = NULL;

    if (pena_trust_keeper_check_signer (keeper, certificate, &error))
        return "ok";
    switch (pena_error_code (error)) {
    case PENA_ERROR_CERTIFICATE_EXPIRED:
        return "expired";
    case PENA_ERROR_CERTIFICATE_NOT_YET_VALID:
        return "not-yet-valid";
    case PENA_ERROR_CERTIFICATE_REVOKED:
        return "revoked";
    default:
        return "wrong-usage";
    }
}

static void
add_certificate (JsonBuilder *builder, GVariant *credential, GBytes *der, PenaTrustKeeper *keeper)
{
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (der, NULL);
    gboolean can_sign = FALSE;
    gsize length;
    const guint8 *data = g_bytes_get_data (der, &length);
    g_autofree gchar *base64 = g_base64_encode (data, length);

    g_variant_lookup (credential, "can-sign", "b", &can_sign);
    if (info != NULL) {
        pena_json_add_string (builder, "name", info->common_name);
        pena_json_add_string (builder, "nip", info->nip);
        pena_json_add_string (builder, "title", info->title);
        pena_json_add_string (builder, "unit", info->unit);
        pena_json_add_string (builder, "organization", info->organization);
        pena_json_add_string (builder, "subject", info->subject);
        pena_json_add_string (builder, "issuer", info->issuer);
        pena_json_add_string (builder, "serial", info->serial);
        pena_json_add_time (builder, "not_before", info->not_before);
        pena_json_add_time (builder, "not_after", info->not_after);
    }
    json_builder_set_member_name (builder, "can_sign");
    json_builder_add_boolean_value (builder, can_sign && info != NULL && info->can_sign);
    pena_json_add_string (builder, "status", status_of (der, keeper));
    pena_json_add_string (builder, "certificate", base64);
}

static void
add_credentials (JsonBuilder *builder, GVariant *token, PenaTrustKeeper *keeper)
{
    g_autoptr (GVariant) list = g_variant_lookup_value (token, "credentials", G_VARIANT_TYPE ("aa{sv}"));

    json_builder_set_member_name (builder, "credentials");
    json_builder_begin_array (builder);
    for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++) {
        g_autoptr (GVariant) credential = g_variant_get_child_value (list, i);
        g_autoptr (GBytes) der = pena_choice_dup_certificate (credential);
        if (der == NULL)
            continue;
        json_builder_begin_object (builder);
        add_text (builder, "id", credential, "id");
        add_text (builder, "label", credential, "label");
        add_text (builder, "key", credential, "key");
        add_certificate (builder, credential, der, keeper);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

static void
add_token (JsonBuilder *builder, GVariant *token, PenaTrustKeeper *keeper)
{
    static const gchar *const texts[][2] = {
        {"label", "label"},   {"serial", "serial"}, {"manufacturer", "manufacturer"}, {"model", "model"},
        {"module", "module"}, {"reader", "slot"},   {"pin_state", "pin-state"}};
    gboolean pinpad = FALSE;
    gint32 tries;

    json_builder_begin_object (builder);
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        add_text (builder, texts[i][0], token, texts[i][1]);
    g_variant_lookup (token, "pinpad", "b", &pinpad);
    if (g_variant_lookup (token, "tries-left", "i", &tries)) {
        json_builder_set_member_name (builder, "tries_left");
        json_builder_add_int_value (builder, tries);
    }
    json_builder_set_member_name (builder, "pinpad");
    json_builder_add_boolean_value (builder, pinpad);
    add_credentials (builder, token, keeper);
    json_builder_end_object (builder);
}

static gchar *
build (GVariant *tokens, PenaTrustKeeper *keeper)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "tokens");
    json_builder_begin_array (builder);
    for (gsize i = 0; i < g_variant_n_children (tokens); i++) {
        g_autoptr (GVariant) token = g_variant_get_child_value (tokens, i);
        add_token (builder, token, keeper);
    }
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    return pena_json_end (builder);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaExchange) exchange = user_data;
    PenaTrustKeeper *keeper = exchange->services->trust_keeper;
    g_autoptr (PenaTrust) trust = NULL;
    GError *error = NULL;
    g_autoptr (GVariant) tokens = pena_helper_list_finish (result, &error);

    if (tokens != NULL)
        trust = pena_trust_keeper_get (keeper, &error);
    if (trust == NULL)
        pena_exchange_reply_error (exchange, error);
    else
        pena_exchange_reply_json (exchange, build (tokens, keeper));
}

static void
act (PenaExchange *exchange)
{
    pena_helper_list_async (exchange->services->helper, pena_link_get_cancellable (exchange->link), on_listed,
                            pena_exchange_pause (exchange));
}

const PenaRoute pena_route_tokens = {"/pena/v1/tokens", "GET", begin, act};
