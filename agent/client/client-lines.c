/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an answer that comes line by line, with what the agent is doing
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-lines.h"

#include <string.h>

#include "client-answer.h"
#include "client-transport.h"
#include "pena-text.h"

/* A piece of 256 KiB in Base64, and some. */
#define LINE_MAX_LENGTH (512 * 1024)
#define LINES_MAX 1024 /* that are no data */
#define STAGE_MAX 32

typedef struct {
    GOutputStream *sink;
    gsize limit;
    PenaClientStageFunc on_stage;
    gpointer user_data;
    GCancellable *cancellable;
    GHashTable *facts; /* NULL until they came */
    guint64 size, got; /* of what was made */
    GByteArray *kept;
    guint n_lines;
    gboolean finished;
} Reader;

void
pena_client_lines_clear (PenaClientLines *self)
{
    g_clear_pointer (&self->body, g_bytes_unref);
    g_clear_pointer (&self->facts, g_hash_table_unref);
}

static gboolean
malformed (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the agent's answer is malformed: %s", what);
    return FALSE;
}

static const gchar *
get_string (JsonObject *line, const gchar *member)
{
    JsonNode *node = json_object_get_member (line, member);

    return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                            : NULL;
}

static gboolean
get_size (JsonObject *line, const gchar *member, guint64 *ret_size)
{
    JsonNode *node = json_object_get_member (line, member);

    if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
        return FALSE;
    *ret_size = (guint64)json_node_get_int (node);
    return TRUE;
}

/* The names and the spelling of headers, so that one function reads both. */
static gboolean
take_facts (Reader *self, JsonObject *line, GError **error)
{
    static const gchar *const texts[][2] = {
        {"credential", "Pena-Credential"},           {"level", "Pena-Level"},
        {"level_reason", "Pena-Level-Reason"},       {"signature_id", "Pena-Signature-Id"},
        {"document_sha256", "Pena-Document-SHA256"}, {"repaired_sha256", "Pena-Repaired-SHA256"},
    };
    static const gchar *const escaped[][2] = {{"level_description", "Pena-Level-Description"},
                                              {"note", "Pena-Note"}};
    guint64 document_size = 0;

    if (self->facts != NULL || !get_size (line, "size", &self->size) ||
        !get_size (line, "document_size", &document_size))
        return malformed (error, "size or document_size");
    self->facts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        const gchar *value = get_string (line, texts[i][0]);
        if (value != NULL)
            g_hash_table_insert (self->facts, (gchar *)texts[i][1], g_strdup (value));
    }
    g_hash_table_insert (self->facts, (gchar *)"Pena-Document-Size",
                         g_strdup_printf ("%" G_GUINT64_FORMAT, document_size));
    for (guint i = 0; i < G_N_ELEMENTS (escaped); i++) {
        const gchar *value = get_string (line, escaped[i][0]);
        if (value != NULL)
            g_hash_table_insert (self->facts, (gchar *)escaped[i][1],
                                 g_uri_escape_string (value, NULL, FALSE));
    }
    return TRUE;
}

static gboolean
take_stage (Reader *self, JsonObject *line, const gchar *stage, GError **error)
{
    if (++self->n_lines > LINES_MAX || strlen (stage) > STAGE_MAX)
        return malformed (error, "stages without end");
    if (!g_str_equal (stage, "finished")) {
        self->on_stage (stage, self->user_data);
        return !g_str_equal (stage, "returning") || take_facts (self, line, error);
    }
    if (self->facts == NULL || self->got != self->size)
        return malformed (error, "it ends too early");
    self->finished = TRUE;
    return TRUE;
}

static gboolean
take_data (Reader *self, const gchar *encoded, GError **error)
{
    gsize length = 0;
    g_autofree guchar *data = g_base64_decode (encoded, &length);

    if (self->facts == NULL || length == 0 || length > self->size - self->got)
        return malformed (error, "data");
    self->got += length;
    if (self->sink != NULL)
        return pena_client_write_to_sink (self->sink, data, length, self->cancellable, error);
    if (self->got > self->limit)
        return malformed (error, "it is too long");
    g_byte_array_append (self->kept, data, (guint)length);
    return TRUE;
}

static gboolean
take_line (Reader *self, gchar *text, gsize length, GError **error)
{
    g_autoptr (GBytes) bytes = g_bytes_new_take (text, length);
    g_autoptr (JsonNode) root = pena_client_parse_object (bytes, LINE_MAX_LENGTH, error);

    if (root == NULL)
        return FALSE;
    JsonObject *line = json_node_get_object (root);
    const gchar *stage = get_string (line, "stage"), *data = get_string (line, "data");
    if (data != NULL)
        return take_data (self, data, error);
    if (stage != NULL)
        return take_stage (self, line, stage, error);
    g_propagate_error (error, pena_client_error_from_answer (200, bytes));
    return FALSE;
}

/* A line is never longer than the buffer. NULL without an error at the end of the stream. */
static gchar *
next_line (GDataInputStream *stream, gsize *ret_length, GCancellable *cancellable, GError **error)
{
    GBufferedInputStream *buffer = G_BUFFERED_INPUT_STREAM (stream);
    gsize available = g_buffered_input_stream_get_available (buffer), searched = 0;

    for (;;) {
        const gchar *data = g_buffered_input_stream_peek_buffer (buffer, &available);
        const gchar *end = memchr (data + searched, '\n', available - searched);
        if (end != NULL) {
            gsize length = (gsize)(end - data);
            gchar *line = g_strndup (data, length);
            *ret_length = length;
            g_input_stream_skip (G_INPUT_STREAM (stream), length + 1, NULL, NULL);
            return line;
        }
        searched = available;
        if (available == g_buffered_input_stream_get_buffer_size (buffer)) {
            malformed (error, "a line without end");
            return NULL;
        }
        if (g_buffered_input_stream_fill (buffer, -1, cancellable, error) <= 0)
            return NULL;
    }
}

gboolean
pena_client_lines_read (GInputStream *stream, GOutputStream *sink, gsize limit, PenaClientStageFunc on_stage,
                        gpointer user_data, GCancellable *cancellable, PenaClientLines *ret_lines,
                        GError **error)
{
    Reader reader = {.sink = sink,
                     .limit = limit,
                     .on_stage = on_stage,
                     .user_data = user_data,
                     .cancellable = cancellable};
    g_autoptr (GByteArray) kept = reader.kept = g_byte_array_new ();
    g_autoptr (GDataInputStream) lines = g_data_input_stream_new (stream);
    g_autoptr (GError) cause = NULL;
    gboolean good = TRUE;
    gchar *line;
    gsize length = 0;

    g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
    g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (lines), LINE_MAX_LENGTH);
    while (good && !reader.finished && (line = next_line (lines, &length, cancellable, &cause)) != NULL)
        good = take_line (&reader, line, length, &cause);
    if (good && !reader.finished && cause == NULL)
        g_set_error_literal (&cause, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                             _ ("it stopped in the middle of its answer"));
    if (cause != NULL) {
        g_clear_pointer (&reader.facts, g_hash_table_unref);
        g_propagate_error (error, g_steal_pointer (&cause));
        return FALSE;
    }
    ret_lines->facts = reader.facts;
    ret_lines->body = sink == NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&kept)) : NULL;
    return TRUE;
}
