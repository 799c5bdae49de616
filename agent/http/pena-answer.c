/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the answer that brings a signature: as it is, or line by line with what is being done
 * Copyright (C) 2026 the Pena authors */
#include "pena-answer.h"

#include <errno.h>
#include <pena/pena-error.h>
#include <string.h>
#include <unistd.h>

#include "pena-hex.h"
#include "pena-json.h"
#include "pena-text.h"

/* A client need not take longer lines than its Base64 and some. */
#define PIECE (256 * 1024)
#define LINES_TYPE "application/x-ndjson"

/* ---- the facts that go with a signature ---- */

enum { CREDENTIAL, LEVEL, REASON, DESCRIPTION, NOTE, ID, SHA256, SIZE, REPAIRED, N_FACTS };

static const struct {
    const gchar *header, *member;
} names[N_FACTS] = {
    [CREDENTIAL] = {"Pena-Credential", "credential"},
    [LEVEL] = {"Pena-Level", "level"},
    [REASON] = {"Pena-Level-Reason", "level_reason"},
    [DESCRIPTION] = {"Pena-Level-Description", "level_description"},
    [NOTE] = {"Pena-Note", "note"},
    [ID] = {"Pena-Signature-Id", "signature_id"},
    [SHA256] = {"Pena-Document-SHA256", "document_sha256"},
    [SIZE] = {"Pena-Document-Size", "document_size"},
    [REPAIRED] = {"Pena-Repaired-SHA256", "repaired_sha256"},
};

static gchar *
to_hex (GBytes *bytes)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (bytes, &length);

    return pena_hex (data, length);
}

/* NULL where there is nothing to tell; the strings are owned. */
static void
collect (PenaExchange *exchange, const PenaSignResult *result, gchar *facts[N_FACTS])
{
    const PenaDocument *received = result->received != NULL ? result->received : result->document;

    memset (facts, 0, N_FACTS * sizeof *facts);
    facts[CREDENTIAL] = g_strdup (result->credential);
    facts[LEVEL] = g_strdup (pena_level_name (result->level));
    facts[ID] = g_strdup (result->signature_id);
    facts[SHA256] = to_hex (received->sha256);
    facts[SIZE] = g_strdup_printf ("%" G_GUINT64_FORMAT, received->size);
    if (result->received != NULL)
        facts[REPAIRED] = to_hex (result->document->sha256);
    pena_exchange_speak (exchange);
    if (result->covers)
        facts[NOTE] = g_strdup (_ ("There was no blank place for the stamp: see whether it covers anything. "
                                   "--rect and --anchor put it elsewhere."));
    if (result->reason == NULL)
        return;
    /* The code is for programs, the text for people, in their language. */
    facts[REASON] = g_strdup (pena_error_name (pena_error_code (result->reason)));
    facts[DESCRIPTION] = pena_error_describe (result->reason);
}

/* Headers hold ASCII. */
static void
set_headers (PenaExchange *exchange, gchar *facts[N_FACTS])
{
    for (guint i = 0; i < N_FACTS; i++) {
        g_autofree gchar *escaped = (i == DESCRIPTION || i == NOTE) && facts[i] != NULL
                                        ? g_uri_escape_string (facts[i], " ", FALSE)
                                        : NULL;
        if (facts[i] != NULL)
            pena_exchange_set_header (exchange, names[i].header, escaped != NULL ? escaped : facts[i]);
    }
}

/* ---- lines ---- */

/* Takes the text; it goes out at once. */
static void
push_line (PenaExchange *exchange, gchar *text)
{
    g_autofree gchar *owned = text;
    gchar *line = g_strconcat (owned, "\n", NULL);

    soup_message_body_append (soup_server_message_get_response_body (exchange->message), SOUP_MEMORY_TAKE,
                              line, strlen (line));
    soup_server_message_unpause (exchange->message);
}

static gchar *
stage_line (const gchar *stage)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

    json_builder_begin_object (builder);
    pena_json_add_string (builder, "stage", stage);
    json_builder_end_object (builder);
    return pena_json_end (builder);
}

static gchar *
facts_line (gchar *facts[N_FACTS], const gchar *type, guint64 size)
{
    g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();

    json_builder_begin_object (builder);
    pena_json_add_string (builder, "stage", "returning");
    pena_json_add_string (builder, "type", type);
    json_builder_set_member_name (builder, "size");
    json_builder_add_int_value (builder, (gint64)size);
    for (guint i = 0; i < N_FACTS; i++)
        if (facts[i] != NULL && i != SIZE)
            pena_json_add_string (builder, names[i].member, facts[i]);
    json_builder_set_member_name (builder, names[SIZE].member);
    json_builder_add_int_value (builder, g_ascii_strtoll (facts[SIZE], NULL, 10));
    json_builder_end_object (builder);
    g_autofree gchar *line = pena_json_end (builder);
    return g_strconcat (line, "\n", NULL);
}

/* A piece, after what else is to be said before it, and the end after the last: what goes out together wakes the client once. */
static GBytes *
piece_lines (const gchar *before, GBytes *piece, gboolean last)
{
    gsize length;
    const guchar *data = g_bytes_get_data (piece, &length);
    g_autofree gchar *encoded = g_base64_encode (data, length);
    gchar *lines = g_strconcat (before != NULL ? before : "", length > 0 ? "{\"data\":\"" : "", encoded,
                                length > 0 ? "\"}\n" : "", last ? "{\"stage\":\"finished\"}\n" : "", NULL);

    return g_bytes_new_take (lines, strlen (lines));
}

/* Between two lines anything may happen, such as a person thinking: that is no answer that stands still. */
static void
on_wrote_headers (SoupServerMessage *message, PenaLink *link)
{
    pena_link_work_begins (link);
}

static gboolean
wants_lines (PenaExchange *exchange)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers (exchange->message);
    const gchar *accept = soup_message_headers_get_list (headers, "Accept");
    GSList *accepted = accept != NULL ? soup_header_parse_quality_list (accept, NULL) : NULL;
    gboolean found = g_slist_find_custom (accepted, LINES_TYPE, (GCompareFunc)g_ascii_strcasecmp) != NULL;

    soup_header_free_list (accepted);
    /* An older client cannot tell where an answer of unknown length ends from where it broke off. */
    return found && soup_server_message_get_http_version (exchange->message) >= SOUP_HTTP_1_1;
}

void
pena_answer_begin (PenaExchange *exchange)
{
    SoupServerMessage *message = exchange->message;

    if (!wants_lines (exchange))
        return;
    exchange->lines = TRUE;
    pena_exchange_start_answer (exchange, SOUP_STATUS_OK, NULL, LINES_TYPE);
    soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                       SOUP_ENCODING_CHUNKED);
    soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
    g_signal_connect_object (message, "wrote-headers", G_CALLBACK (on_wrote_headers), exchange->link, 0);
}

void
pena_answer_tell (const gchar *stage, gpointer user_data)
{
    PenaExchange *exchange = user_data;

    if (exchange->lines)
        push_line (exchange, stage_line (stage));
}

/* ---- what was made, on its way out ---- */

typedef struct {
    PenaDocument *document; /* NULL: nothing of it goes out */
    guint64 at, end;        /* of the document */
    GBytes *head, *tail;    /* what of them has yet to go out, or NULL */
    PenaLink *link;
    gboolean lines;
    gchar *facts; /* a line that goes out before the first piece, or NULL */
} Stream;

static void
stream_free (gpointer data, GClosure *closure)
{
    Stream *self = data;

    pena_document_free (self->document);
    g_clear_pointer (&self->head, g_bytes_unref);
    g_clear_pointer (&self->tail, g_bytes_unref);
    g_free (self->facts);
    g_object_unref (self->link);
    g_free (self);
}

/* NULL when it cannot be read back: then the connection is cut. */
static GBytes *
read_document (Stream *self)
{
    gsize length = (gsize)MIN (self->end - self->at, PIECE);
    guint8 *piece = g_malloc (length);
    gssize got = pread (self->document->fd, piece, length, (off_t)self->at);

    if (got <= 0) {
        g_free (piece);
        g_warning ("a kept document could not be read back: %s",
                   got < 0 ? g_strerror (errno) : "end of file");
        pena_link_cut (self->link);
        return NULL;
    }
    self->at += (guint64)got;
    return g_bytes_new_take (piece, (gsize)got);
}

/* From the beginning of *bytes; they are NULL after the last one. */
static GBytes *
cut_piece (GBytes **bytes)
{
    g_autoptr (GBytes) whole = g_steal_pointer (bytes);
    gsize length = g_bytes_get_size (whole);

    if (length <= PIECE)
        return g_steal_pointer (&whole);
    *bytes = g_bytes_new_from_bytes (whole, PIECE, length - PIECE);
    return g_bytes_new_from_bytes (whole, 0, PIECE);
}

/* Gives libsoup the next piece; it asks again when that one has gone out. */
static void
push_piece (SoupServerMessage *message, Stream *self)
{
    SoupMessageBody *body = soup_server_message_get_response_body (message);
    g_autoptr (GBytes) piece = NULL;

    if (self->tail == NULL)
        return;
    if (self->head != NULL)
        piece = cut_piece (&self->head);
    else if (self->at < self->end)
        piece = read_document (self);
    else
        piece = cut_piece (&self->tail);
    if (piece == NULL)
        return;
    gboolean last = self->tail == NULL;
    g_autoptr (GBytes) out = self->lines ? piece_lines (self->facts, piece, last) : g_bytes_ref (piece);
    g_clear_pointer (&self->facts, g_free);
    soup_message_body_append_bytes (body, out);
    if (last)
        soup_message_body_complete (body);
}

static Stream *
take_stream (PenaExchange *exchange, gboolean without_document, PenaSignResult *result)
{
    Stream *self = g_new0 (Stream, 1);

    self->head = g_steal_pointer (&result->head);
    self->tail = g_steal_pointer (&result->output);
    self->link = g_object_ref (exchange->link);
    self->lines = exchange->lines;
    if (!without_document) {
        self->document = g_steal_pointer (&result->document);
        self->at = result->from;
        self->end = result->from + result->size;
    }
    return self;
}

void
pena_answer_finish (PenaExchange *exchange, const gchar *type, gboolean without_document,
                    PenaSignResult *result)
{
    SoupServerMessage *message = exchange->message;
    gchar *facts[N_FACTS];

    collect (exchange, result, facts);
    Stream *stream = take_stream (exchange, without_document, result);
    guint64 size = (stream->head != NULL ? g_bytes_get_size (stream->head) : 0) + stream->end - stream->at +
                   g_bytes_get_size (stream->tail);
    if (exchange->lines) {
        pena_link_answer_begins (exchange->link);
        stream->facts = facts_line (facts, type, size);
    } else {
        pena_exchange_start_answer (exchange, SOUP_STATUS_OK, NULL, type);
        set_headers (exchange, facts);
        soup_message_headers_set_content_length (soup_server_message_get_response_headers (message),
                                                 (goffset)size);
        soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
    }
    g_signal_connect_data (message, "wrote-chunk", G_CALLBACK (push_piece), stream, stream_free, 0);
    push_piece (message, stream);
    pena_exchange_resume (exchange);
    for (guint i = 0; i < N_FACTS; i++)
        g_free (facts[i]);
}
