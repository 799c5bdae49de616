/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading a verification report, which may lack anything or hold anything
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "report-json.h"

#include "cli.h"

JsonObject *
pena_cli_get_object (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
pena_cli_get_array (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gboolean
pena_cli_get_boolean (JsonObject *object, const gchar *member)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
           json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

gboolean
pena_cli_member_is (JsonObject *object, const gchar *member, const gchar *value)
{
    g_autofree gchar *text = pena_cli_dup_member (object, member);
    return g_strcmp0 (text, value) == 0;
}

JsonObject *
pena_cli_get_element (JsonArray *array, guint index)
{
    JsonNode *node = json_array_get_element (array, index);
    return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

guint
pena_cli_get_length (JsonArray *array)
{
    return array != NULL ? json_array_get_length (array) : 0;
}

GDateTime *
pena_cli_dup_local_time (JsonObject *object, const gchar *member)
{
    g_autofree gchar *text = pena_cli_dup_member (object, member);
    g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
    g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

    return time != NULL ? g_date_time_to_local (time) : NULL;
}
