/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the answer of ListTokens
 * Copyright (C) 2026 the Pena authors */
#include "list.h"

static const gchar *const pin_states[] = {
    [PENA_PIN_OK] = "ok",
    [PENA_PIN_LOW] = "low",
    [PENA_PIN_FINAL_TRY] = "final-try",
    [PENA_PIN_BLOCKED] = "blocked",
};

static GVariant *
bytes_to_variant (GBytes *bytes)
{
    return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

static GVariant *
credential_to_variant (const PenaCredential *credential)
{
    GVariantBuilder chain;
    GVariantDict dictionary;

    g_variant_builder_init (&chain, G_VARIANT_TYPE ("aay"));
    for (guint i = 0; i < credential->chain->len; i++)
        g_variant_builder_add_value (&chain, bytes_to_variant (credential->chain->pdata[i]));
    g_variant_dict_init (&dictionary, NULL);
    g_variant_dict_insert (&dictionary, "id", "s", credential->id);
    g_variant_dict_insert (&dictionary, "label", "s", credential->label);
    g_variant_dict_insert_value (&dictionary, "certificate", bytes_to_variant (credential->certificate));
    g_variant_dict_insert_value (&dictionary, "chain", g_variant_builder_end (&chain));
    g_variant_dict_insert (&dictionary, "key", "s", credential->key);
    g_variant_dict_insert (&dictionary, "can-sign", "b", credential->can_sign);
    g_variant_dict_insert (&dictionary, "always-authenticate", "b", credential->always_authenticate);
    return g_variant_dict_end (&dictionary);
}

static GVariant *
token_to_variant (const PenaToken *token)
{
    GVariantBuilder credentials;
    GVariantDict dictionary;
    gint tries_left;
    PenaPinState state = pena_token_get_pin (token, &tries_left);

    g_variant_builder_init (&credentials, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; i < token->credentials->len; i++)
        if (!((const PenaCredential *)token->credentials->pdata[i])->seen)
            g_variant_builder_add_value (&credentials, credential_to_variant (token->credentials->pdata[i]));
    g_variant_dict_init (&dictionary, NULL);
    g_variant_dict_insert (&dictionary, "label", "s", token->label);
    g_variant_dict_insert (&dictionary, "serial", "s", token->serial);
    g_variant_dict_insert (&dictionary, "manufacturer", "s", token->manufacturer);
    g_variant_dict_insert (&dictionary, "model", "s", token->model);
    g_variant_dict_insert (&dictionary, "module", "s", token->module->name);
    g_variant_dict_insert (&dictionary, "slot", "s", token->reader);
    g_variant_dict_insert (&dictionary, "pin-state", "s", pin_states[state]);
    g_variant_dict_insert (&dictionary, "pinpad", "b", pena_token_has_pinpad (token));
    if (tries_left != PENA_TRIES_UNKNOWN)
        g_variant_dict_insert (&dictionary, "tries-left", "i", tries_left);
    g_variant_dict_insert_value (&dictionary, "credentials", g_variant_builder_end (&credentials));
    return g_variant_dict_end (&dictionary);
}

GVariant *
pena_tokens_to_variant (const PenaTokens *tokens)
{
    const GPtrArray *all = pena_tokens_get (tokens);
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (guint i = 0; i < all->len; i++)
        g_variant_builder_add_value (&builder, token_to_variant (all->pdata[i]));
    return g_variant_builder_end (&builder);
}
