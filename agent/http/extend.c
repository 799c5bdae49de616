/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: POST /pena/v1/extend
 * Copyright (C) 2026 the Pena authors */
#include "pena-answer.h"
#include "pena-extend-job.h"
#include "pena-request.h"
#include "pena-resources.h"
#include "pena-text.h"

typedef struct {
    PenaExtendRequest *request; /* until the job takes it */
    gboolean update_only;
} Extend;

static void
extend_free (gpointer data)
{
    Extend *self = data;

    pena_extend_request_free (self->request);
    g_free (self);
}

static gboolean
begin (PenaExchange *exchange, GError **error)
{
    Extend *self = g_new0 (Extend, 1);
    gsize size = 0;

    exchange->data = self;
    exchange->free_data = extend_free;
    self->request = pena_request_parse_extend (exchange->query, &size, &self->update_only, error);
    return self->request != NULL &&
           pena_request_take_password (pena_exchange_header (exchange, "Pena-Document-Password"),
                                       &self->request->password, error) &&
           pena_exchange_expect_document (exchange, size, "sha256", error);
}

static void
on_extended (GObject *source, GAsyncResult *async_result, gpointer user_data)
{
    g_autoptr (PenaExchange) exchange = user_data;
    const Extend *self = exchange->data;
    GError *error = NULL;
    g_autoptr (PenaSignResult) result = pena_extend_job_run_finish (async_result, &error);

    if (result == NULL) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    const gchar *type = "application/pdf";
    if (result->head != NULL)
        type = "application/pkcs7-mime";
    else if (exchange->prefix_size > 0)
        type = "application/pkcs7-signature";
    else if (self->update_only)
        type = "application/octet-stream";
    pena_answer_finish (exchange, type, exchange->prefix_size > 0 || self->update_only, result);
}

static void
act (PenaExchange *exchange)
{
    Extend *self = exchange->data;
    GError *error = NULL;
    PenaDocument *document = NULL;

    if (exchange->prefix->len < exchange->prefix_size)
        pena_request_invalid (&error, _ ("the body is shorter than signature-size"));
    else
        document = pena_intake_finish (exchange->intake, &error);
    if (document == NULL) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    if (exchange->prefix_size > 0)
        self->request->signature = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->prefix));
    self->request->language = g_strdup (pena_text_get_language ());
    pena_answer_begin (exchange);
    self->request->progress = (PenaProgress){pena_answer_tell, pena_exchange_pause (exchange)};
    pena_extend_job_run_async (exchange->services, g_steal_pointer (&self->request), document,
                               pena_link_get_cancellable (exchange->link), on_extended, exchange);
}

const PenaRoute pena_route_extend = {"/pena/v1/extend", "POST", begin, act};
