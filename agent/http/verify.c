/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: POST /pena/v1/verify
 * Copyright (C) 2026 the Pena authors */
#include "pena-request.h"
#include "pena-resources.h"
#include "pena-text.h"
#include "pena-verify-job.h"

typedef struct {
    PenaSecret *password; /* of an encrypted PDF, until the job takes it */
    gboolean attached;    /* the body is a signature that holds its document */
    gboolean online;      /* authorities are asked */
    gboolean one_of_many; /* the client has more to come, and they may share a worker */
} Verify;

static void
verify_free (gpointer data)
{
    Verify *self = data;

    pena_secret_free (self->password);
    g_free (self);
}

static gboolean
begin (PenaExchange *exchange, GError **error)
{
    Verify *self = g_new0 (Verify, 1);
    static const gchar *const names[] = {"signature-size", "attached", "one-of-many", "online", NULL};
    guint64 size = 0, attached = 0, one_of_many = 0, online = 0;

    exchange->data = self;
    exchange->free_data = verify_free;
    if (!pena_request_take_number (exchange->query, "attached", 1, &attached, error) ||
        !pena_request_take_number (exchange->query, "one-of-many", 1, &one_of_many, error) ||
        !pena_request_take_number (exchange->query, "online", 1, &online, error))
        return FALSE;
    self->attached = attached == 1;
    self->one_of_many = one_of_many == 1;
    self->online = online == 1;
    return pena_request_check_names (exchange->query, names, error) &&
           pena_request_take_password (pena_exchange_header (exchange, "Pena-Document-Password"),
                                       &self->password, error) &&
           pena_request_take_number (exchange->query, "signature-size", PENA_REQUEST_SIGNATURE_MAX, &size,
                                     error) &&
           (pena_exchange_is_lent (exchange)
                ? pena_exchange_expect_lent (exchange, (gsize)size, error)
                : pena_exchange_expect_document (exchange, (gsize)size, "sha256", error));
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaExchange) exchange = user_data;
    GError *error = NULL;
    gchar *report = pena_verify_job_run_finish (result, &error);

    if (report == NULL)
        pena_exchange_reply_error (exchange, error);
    else
        pena_exchange_reply_json (exchange, report);
}

/* Takes the document. */
static PenaVerifyRequest *
make_request (PenaExchange *exchange, PenaDocument *document)
{
    Verify *self = exchange->data;
    PenaVerifyRequest *request = g_new0 (PenaVerifyRequest, 1);
    const PenaPeer *peer = pena_link_get_peer (exchange->link);

    request->document = document;
    if (exchange->prefix_size > 0)
        request->signature = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->prefix));
    request->attached = self->attached;
    request->online = self->online;
    request->language = g_strdup (pena_text_get_language ());
    request->password = g_steal_pointer (&self->password);
    /* A worker that may have something asked could tell an accomplice of the documents that it has seen. */
    gboolean may_share = self->one_of_many && !self->online;
    /* Who is outside of our process namespace has the number 0, and is not the only one. */
    may_share = may_share && peer->pid > 0;
    request->client = (PenaVerifierClient){peer->pid, may_share ? peer->pidfd : -1};
    return request;
}

static void
act (PenaExchange *exchange)
{
    Verify *self = exchange->data;
    GError *error = NULL;
    PenaDocument *document = NULL;

    if (self->attached && exchange->prefix_size > 0)
        pena_request_invalid (&error, _ ("signature-size does not go with attached"));
    else if (exchange->prefix->len < exchange->prefix_size)
        pena_request_invalid (&error, _ ("the body is shorter than signature-size"));
    else
        document = pena_exchange_take_document (exchange, &error);
    if (document == NULL) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    pena_verify_job_run_async (exchange->services, make_request (exchange, document),
                               pena_link_get_cancellable (exchange->link), on_verified,
                               pena_exchange_pause (exchange));
}

const PenaRoute pena_route_verify = {"/pena/v1/verify", "POST", begin, act};
