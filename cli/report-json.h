/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading a verification report, which may lack anything or hold anything
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>

/* Each takes NULL for an object that is not there, and gives nothing for a member that is missing or of another type.
 * Objects and arrays are borrowed. */
JsonObject *pena_cli_get_object (JsonObject *object, const gchar *member);
JsonArray *pena_cli_get_array (JsonObject *object, const gchar *member);
gboolean pena_cli_get_boolean (JsonObject *object, const gchar *member);
gboolean pena_cli_member_is (JsonObject *object, const gchar *member, const gchar *value);
/* The elements that are objects; of an array, or none of NULL. */
JsonObject *pena_cli_get_element (JsonArray *array, guint index);
guint pena_cli_get_length (JsonArray *array);
/* The time that a member tells, on the reader's clock. NULL when it is no time. Transfer full. */
GDateTime *pena_cli_dup_local_time (JsonObject *object, const gchar *member);
