/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the JSON that the agent answers with
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>

/* The error object of docs/agent-api.yaml, in the language in force. Transfer full. */
gchar *pena_json_error (const GError *error);

/* Adds "name": value, or null when value is NULL. */
void pena_json_add_string (JsonBuilder *builder, const gchar *name, const gchar *value);
/* ISO 8601 in UTC; null for G_MININT64. */
void pena_json_add_time (JsonBuilder *builder, const gchar *name, gint64 time);
/* Ends the builder's root and writes it. Transfer full. */
gchar *pena_json_end (JsonBuilder *builder);
