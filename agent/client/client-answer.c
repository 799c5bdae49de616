/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an agent's answer says; it is taken for a stranger's until checked
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-answer.h"

#include <string.h>

#include "pena-text.h"

#define MAX_DEPTH 32
#define MAX_FACTS 32
#define MAX_FACT_LENGTH 1024
#define MAX_ERROR_LENGTH (64 * 1024)
#define MAX_HEADER_LENGTH 512
#define MAX_DESCRIPTION 4096 /* escaped */

void
pena_client_fail (GError **error, PenaErrorCode code, const gchar *key, const gchar *value)
{
    GError *made =
        g_error_new_literal (PENA_ERROR, (gint)code, value != NULL ? value : pena_error_name (code));
    if (key != NULL)
        pena_error_set_string (made, key, value);
    g_propagate_error (error, made);
}

void
pena_client_take_io_error (GError **error)
{
    if (error == NULL || *error == NULL || (*error)->domain == PENA_ERROR)
        return;
    g_autoptr (GError) cause = g_steal_pointer (error);
    if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        pena_client_fail (error, PENA_ERROR_CANCELLED, NULL, NULL);
    else
        pena_client_fail (error, PENA_ERROR_AGENT_UNREACHABLE, "reason", cause->message);
}

static void
fail_malformed (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the agent's answer is malformed: %s", what);
}

/* The parser recurses, so the depth is bounded before it starts. */
static gboolean
is_shallow (const gchar *text, gsize length)
{
    guint depth = 0;
    gboolean quoted = FALSE;

    for (gsize i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '[')) {
            if (++depth > MAX_DEPTH)
                return FALSE;
        } else if (!quoted && (text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
    }
    return TRUE;
}

JsonNode *
pena_client_parse_object (GBytes *text, gsize max_length, GError **error)
{
    gsize length;
    const gchar *data = g_bytes_get_data (text, &length);

    if (length == 0 || length > max_length || !g_utf8_validate_len (data, length, NULL) ||
        !is_shallow (data, length)) {
        fail_malformed (error, "no JSON of reasonable size and depth");
        return NULL;
    }
    g_autoptr (JsonParser) parser = json_parser_new_immutable ();
    g_autoptr (GError) cause = NULL;
    if (!json_parser_load_from_data (parser, data, (gssize)length, &cause)) {
        fail_malformed (error, cause->message);
        return NULL;
    }
    JsonNode *root = json_parser_get_root (parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
        fail_malformed (error, "no JSON object");
        return NULL;
    }
    return json_node_ref (root);
}

static const gchar *
get_string (JsonObject *object, const gchar *member)
{
    JsonNode *node = json_object_get_member (object, member);
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
               ? json_node_get_string (node)
               : NULL;
}

static gboolean
is_fact (const gchar *member)
{
    static const gchar *const others[] = {"error", "error_description", "code", "next_step", NULL};
    return !g_strv_contains (others, member) && strlen (member) <= 64;
}

static void
take_facts (GError *error, JsonObject *object)
{
    g_autoptr (GList) members = json_object_get_members (object);
    guint taken = 0;

    for (GList *item = members; item != NULL && taken < MAX_FACTS; item = item->next) {
        const gchar *member = item->data;
        JsonNode *node = json_object_get_member (object, member);
        const gchar *string = get_string (object, member);
        if (!is_fact (member) || !JSON_NODE_HOLDS_VALUE (node))
            continue;
        if (string != NULL && strlen (string) <= MAX_FACT_LENGTH)
            pena_error_set_string (error, member, string);
        else if (json_node_get_value_type (node) == G_TYPE_INT64)
            pena_error_set_int (error, member, json_node_get_int (node));
        else
            continue;
        taken++;
    }
}

GError *
pena_client_error_from_answer (guint status, GBytes *body)
{
    g_autoptr (JsonNode) root = pena_client_parse_object (body, MAX_ERROR_LENGTH, NULL);
    JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
    const gchar *name = object != NULL ? get_string (object, "code") : NULL;
    const gchar *description = object != NULL ? get_string (object, "error_description") : NULL;
    PenaErrorCode code = PENA_ERROR_INTERNAL;

    if (name == NULL || !pena_error_from_name (name, &code))
        return g_error_new (PENA_ERROR, PENA_ERROR_INTERNAL, "the agent answered %u (%s): %.*s", status,
                            name != NULL ? name : "no code", MAX_FACT_LENGTH,
                            description != NULL ? description : "no description");
    GError *error = g_error_new (PENA_ERROR, (gint)code, "%.*s", MAX_FACT_LENGTH,
                                 description != NULL ? description : name);
    take_facts (error, object);
    return error;
}

void
pena_client_signed_clear (PenaClientSigned *self)
{
    g_clear_pointer (&self->credential, g_free);
    g_clear_pointer (&self->level, g_free);
    g_clear_pointer (&self->level_reason, g_free);
    g_clear_pointer (&self->level_description, g_free);
    g_clear_pointer (&self->note, g_free);
    g_clear_pointer (&self->id, g_free);
    g_clear_pointer (&self->sha256, g_free);
    g_clear_pointer (&self->repaired, g_free);
}

static gboolean
is_text (const gchar *value)
{
    gsize length = value != NULL ? strlen (value) : 0;
    if (length == 0 || length > MAX_HEADER_LENGTH)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isprint (value[i]))
            return FALSE;
    return TRUE;
}

static gboolean
is_sha256 (const gchar *value)
{
    return value != NULL && strlen (value) == 64 && strspn (value, "0123456789abcdefABCDEF") == 64;
}

/* Text for people, whose every byte that is no ASCII letter is escaped. NULL when it is none. */
static gchar *
unescape (const gchar *value)
{
    g_autofree gchar *text = strlen (value) <= MAX_DESCRIPTION ? g_uri_unescape_string (value, NULL) : NULL;
    return text != NULL && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
}

static gboolean
parse_note (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed, GError **error)
{
    const gchar *note = get (headers, "Pena-Note");

    if (note == NULL)
        return TRUE;
    ret_signed->note = unescape (note);
    if (ret_signed->note == NULL)
        fail_malformed (error, "Pena-Note");
    return ret_signed->note != NULL;
}

/* A level below the one that was asked for comes with a reason: a code, and a text. */
static gboolean
parse_reason (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed, GError **error)
{
    const gchar *reason = get (headers, "Pena-Level-Reason");
    const gchar *description = get (headers, "Pena-Level-Description");
    PenaErrorCode code;

    if (reason == NULL && description == NULL)
        return TRUE;
    g_autofree gchar *text = description != NULL ? unescape (description) : NULL;
    if (reason == NULL || !pena_error_from_name (reason, &code) || text == NULL) {
        fail_malformed (error, "Pena-Level-Reason or Pena-Level-Description");
        return FALSE;
    }
    ret_signed->level_reason = g_strdup (reason);
    ret_signed->level_description = g_steal_pointer (&text);
    return TRUE;
}

gboolean
pena_client_parse_extended (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed,
                            GError **error)
{
    const gchar *credential = get (headers, "Pena-Credential");
    const gchar *level = get (headers, "Pena-Level");
    const gchar *id = get (headers, "Pena-Signature-Id");
    const gchar *sha256 = get (headers, "Pena-Document-SHA256");
    const gchar *size = get (headers, "Pena-Document-Size");
    const gchar *repaired = get (headers, "Pena-Repaired-SHA256");
    guint64 value;
    g_auto (PenaClientSigned) found = {0};

    if ((credential != NULL && (!is_text (credential) || !is_text (id))) || !is_text (level) ||
        !is_sha256 (sha256) || (repaired != NULL && !is_sha256 (repaired))) {
        fail_malformed (error, "Pena-Credential, Pena-Level, Pena-Signature-Id, Pena-Document-SHA256 or "
                               "Pena-Repaired-SHA256");
        return FALSE;
    }
    if (size == NULL || !g_ascii_string_to_unsigned (size, 10, 0, G_MAXINT64, &value, NULL)) {
        fail_malformed (error, "Pena-Document-Size");
        return FALSE;
    }
    if (!parse_reason (get, headers, &found, error) || !parse_note (get, headers, &found, error))
        return FALSE;
    found.credential = g_strdup (credential);
    found.level = g_strdup (level);
    found.id = g_strdup (id);
    found.sha256 = g_ascii_strdown (sha256, -1);
    found.repaired = repaired != NULL ? g_ascii_strdown (repaired, -1) : NULL;
    found.size = value;
    *ret_signed = found;
    found = (PenaClientSigned){0};
    return TRUE;
}

gboolean
pena_client_parse_signed (PenaClientHeaderFunc get, gpointer headers, PenaClientSigned *ret_signed,
                          GError **error)
{
    if (get (headers, "Pena-Credential") != NULL)
        return pena_client_parse_extended (get, headers, ret_signed, error);
    fail_malformed (error, "Pena-Credential");
    return FALSE;
}
