/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one request and its answer
 * Copyright (C) 2026 the Pena authors */
#include "pena-exchange.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-borrow.h"
#include "pena-json.h"
#include "pena-request.h"
#include "pena-text.h"

#define TEXT_MAX 4096

PenaExchange *
pena_exchange_new (SoupServerMessage *message, PenaLink *link, const PenaServices *services)
{
    PenaExchange *self = g_new0 (PenaExchange, 1);

    self->references = 1;
    self->message = message;
    self->link = g_object_ref (link);
    self->services = services;
    self->language = g_strdup (pena_exchange_header (self, "Accept-Language"));
    return self;
}

PenaExchange *
pena_exchange_ref (PenaExchange *self)
{
    self->references++;
    return self;
}

void
pena_exchange_unref (PenaExchange *self)
{
    if (--self->references > 0)
        return;
    if (self->data != NULL)
        self->free_data (self->data);
    pena_intake_free (self->intake);
    pena_document_free (self->lent);
    g_clear_pointer (&self->prefix, g_byte_array_unref);
    g_clear_pointer (&self->query, g_hash_table_unref);
    g_clear_error (&self->body_error);
    g_free (self->language);
    g_object_unref (self->link);
    g_free (self);
}

void
pena_exchange_speak (PenaExchange *self)
{
    pena_text_set_language (self->language);
}

const gchar *
pena_exchange_header (PenaExchange *self, const gchar *name)
{
    return soup_message_headers_get_one (soup_server_message_get_request_headers (self->message), name);
}

void
pena_exchange_set_header (PenaExchange *self, const gchar *name, const gchar *value)
{
    soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name, value);
}

/* ---- the body ---- */

static gint64
announced_size (PenaExchange *self)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers (self->message);

    if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH)
        return -1;
    return soup_message_headers_get_content_length (headers);
}

gboolean
pena_exchange_expect_document (PenaExchange *self, gsize prefix_size, const gchar *digest, GError **error)
{
    guint64 max = self->services->config->max_document_size;
    gint64 announced = announced_size (self);

    if (pena_exchange_is_lent (self))
        return pena_request_invalid (error, _ ("a descriptor does not go with this"));
    if (announced >= 0 && (guint64)announced < prefix_size)
        return pena_request_invalid (error,
                                     _ ("the body is shorter than the part that comes before the document"));
    self->intake =
        pena_intake_new (max, announced >= 0 ? announced - (gint64)prefix_size : -1, digest, error);
    self->prefix = g_byte_array_new ();
    self->prefix_size = prefix_size;
    return self->intake != NULL;
}

gboolean
pena_exchange_is_lent (PenaExchange *self)
{
    return pena_exchange_header (self, "Pena-Document") != NULL;
}

gboolean
pena_exchange_expect_lent (PenaExchange *self, gsize prefix_size, GError **error)
{
    gint descriptor = pena_link_get_descriptor (self->link);

    if (g_strcmp0 (pena_exchange_header (self, "Pena-Document"), "descriptor") != 0)
        return pena_request_invalid (error, _ ("Pena-Document can only be 'descriptor'"));
    if (descriptor < 0)
        return pena_request_invalid (error, _ ("no descriptor came before the request"));
    self->lent = pena_borrow (descriptor, self->services->config->max_document_size, error);
    self->prefix = g_byte_array_new ();
    self->prefix_size = prefix_size;
    return self->lent != NULL;
}

PenaDocument *
pena_exchange_take_document (PenaExchange *self, GError **error)
{
    return self->lent != NULL ? g_steal_pointer (&self->lent) : pena_intake_finish (self->intake, error);
}

gboolean
pena_exchange_expect_text (PenaExchange *self, GError **error)
{
    if (announced_size (self) > TEXT_MAX)
        return pena_request_invalid (error, _ ("the body is longer than 4 KiB"));
    self->prefix = g_byte_array_new ();
    self->prefix_size = TEXT_MAX;
    return TRUE;
}

void
pena_exchange_got_chunk (PenaExchange *self, GBytes *chunk)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (chunk, &length);

    if (self->body_error != NULL || self->prefix == NULL)
        return; /* thrown away; the link bounds how much */
    if (self->prefix->len < self->prefix_size) {
        gsize part = MIN (length, self->prefix_size - self->prefix->len);
        g_byte_array_append (self->prefix, data, (guint)part);
        data += part;
        length -= part;
    }
    if (length == 0)
        return;
    if (self->intake != NULL) {
        pena_intake_write (self->intake, data, length, &self->body_error);
    } else {
        pena_exchange_speak (self);
        pena_request_invalid (&self->body_error, _ ("the body is longer than it may be"));
    }
}

/* ---- the answer ---- */

PenaExchange *
pena_exchange_pause (PenaExchange *self)
{
    g_return_val_if_fail (!self->paused, NULL);
    self->paused = TRUE;
    g_object_ref (self->message);
    soup_server_message_pause (self->message);
    return pena_exchange_ref (self);
}

void
pena_exchange_resume (PenaExchange *self)
{
    if (!self->paused)
        return;
    self->paused = FALSE;
    soup_server_message_unpause (self->message);
    g_object_unref (self->message);
}

void
pena_exchange_start_answer (PenaExchange *self, guint status, const gchar *reason, const gchar *type)
{
    SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);

    soup_server_message_set_status (self->message, status, reason);
    soup_message_headers_set_content_type (headers, type, NULL);
    soup_message_headers_replace (headers, "Cache-Control", "no-store");
    soup_message_headers_replace (headers, "Connection", "close");
}

void
pena_exchange_reply_json (PenaExchange *self, gchar *text)
{
    pena_exchange_start_answer (self, SOUP_STATUS_OK, NULL, "application/json");
    soup_message_body_append (soup_server_message_get_response_body (self->message), SOUP_MEMORY_TAKE, text,
                              strlen (text));
    pena_exchange_resume (self);
}

void
pena_exchange_reply_error (PenaExchange *self, GError *error)
{
    g_autoptr (GError) owned = error;
    PenaErrorCode code = pena_error_code (error);

    pena_exchange_speak (self);
    if (code == PENA_ERROR_INTERNAL)
        g_warning ("internal error: %s", error->message);
    SoupMessageBody *body = soup_server_message_get_response_body (self->message);
    gchar *text = pena_json_error (error);
    soup_message_body_append (body, SOUP_MEMORY_TAKE, text, strlen (text));
    if (self->lines) {
        soup_message_body_append (body, SOUP_MEMORY_STATIC, "\n", 1);
        soup_message_body_complete (body);
    } else {
        pena_exchange_start_answer (self, pena_error_http_status (code), pena_error_name (code),
                                    "application/json");
        pena_exchange_set_header (self, "Content-Language", pena_text_get_language ());
    }
    pena_exchange_resume (self);
}
