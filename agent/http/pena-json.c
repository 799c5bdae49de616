/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the JSON that the agent answers with
 * Copyright (C) 2026 the Pena authors */
#include "pena-json.h"

#include <pena/pena-error.h>

void
pena_json_add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
    json_builder_set_member_name (builder, name);
    if (value != NULL)
        json_builder_add_string_value (builder, value);
    else
        json_builder_add_null_value (builder);
}

void
pena_json_add_time (JsonBuilder *builder, const gchar *name, gint64 time)
{
    g_autoptr (GDateTime) date = time != G_MININT64 ? g_date_time_new_from_unix_utc (time) : NULL;
    g_autofree gchar *text = date != NULL ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : NULL;

    pena_json_add_string (builder, name, text);
}

gchar *
pena_json_end (JsonBuilder *builder)
{
    g_autoptr (JsonNode) root = json_builder_get_root (builder);

    return json_to_string (root, FALSE);
}

static void
add_facts (JsonBuilder *builder, const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    GVariantIter iter;
    const gchar *key;
    GVariant *value;

    g_variant_iter_init (&iter, facts);
    while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
        json_builder_set_member_name (builder, key);
        if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
            json_builder_add_int_value (builder, g_variant_get_int64 (value));
        else
            json_builder_add_string_value (builder, g_variant_get_string (value, NULL));
    }
}

gchar *
pena_json_error (const GError *error)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
    g_autofree gchar *text = pena_error_describe (error);
    g_autofree gchar *next = pena_error_next_step (error);
    PenaErrorCode code = pena_error_code (error);

    json_builder_begin_object (builder);
    add_facts (builder, error); /* first: a fact never overrides what follows */
    pena_json_add_string (builder, "error", pena_error_csc (code));
    pena_json_add_string (builder, "error_description", text);
    pena_json_add_string (builder, "code", pena_error_name (code));
    if (*next != '\0')
        pena_json_add_string (builder, "next_step", next);
    json_builder_end_object (builder);
    return pena_json_end (builder);
}
