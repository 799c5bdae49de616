/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: POST /pena/v1/sign
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-answer.h"
#include "pena-borrow.h"
#include "pena-request-stamp.h"
#include "pena-request.h"
#include "pena-resources.h"
#include "pena-text.h"

typedef struct {
    PenaSignRequest *request; /* until the job takes it */
    gboolean pades, update_only;
} Sign;

static void
sign_free (gpointer data)
{
    Sign *self = data;

    pena_sign_request_free (self->request);
    g_free (self);
}

/* Header values go to the helper as hints where a prompt can be shown; what does not look like one is left
 * out. */
static gchar *
dup_hint (PenaExchange *exchange, const gchar *name)
{
    const gchar *value = pena_exchange_header (exchange, name);

    if (value == NULL || *value == '\0' || strlen (value) > 64)
        return NULL;
    for (const gchar *at = value; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && strchr (":.-_/+ ", *at) == NULL)
            return NULL;
    return g_strdup (value);
}

static gboolean
parse_stamp (PenaExchange *exchange, PenaSignRequest *request, guint64 *ret_size, GError **error)
{
    g_auto (PenaStampQuery) stamp = {0};
    /* An existing field may be one that is not meant to be seen. */
    const gchar *by_default =
        request->pades && request->field == NULL ? exchange->services->config->stamp_default : NULL;

    if (!pena_request_parse_stamp (exchange->query, &stamp, error))
        return FALSE;
    if (!request->pades && (stamp.name != NULL || stamp.size > 0 || stamp.any_detail))
        return pena_request_invalid (error, _ ("stamps are for format=pades"));
    *ret_size = stamp.size;
    return pena_request_choose_stamp (&stamp, by_default, &request->stamp, error);
}

/* Of what is signed beside it, and with nothing more than that, only the digest is needed; of a PDF, only what is appended goes
 * back. */
static gboolean
may_be_lent (const Sign *self, GError **error)
{
    const PenaSignRequest *request = self->request;

    if (self->pades ? self->update_only && !request->repair
                    : !request->attached && request->level == PENA_LEVEL_B)
        return TRUE;
    return pena_request_invalid (error,
                                 _ ("a descriptor goes with a detached CAdES signature of level B-B, or with "
                                    "return=update and without repair=1"));
}

static gboolean
begin (PenaExchange *exchange, GError **error)
{
    const PenaPeer *peer = pena_link_get_peer (exchange->link);
    Sign *self = g_new0 (Sign, 1);
    const gchar *tty = pena_exchange_header (exchange, "Pena-Tty");
    guint64 stamp_size = 0;

    exchange->data = self;
    exchange->free_data = sign_free;
    self->request = pena_request_parse_sign (exchange->query, pena_exchange_header (exchange, "Content-Type"),
                                             &self->update_only, error);
    if (self->request == NULL ||
        !pena_request_take_password (pena_exchange_header (exchange, "Pena-Document-Password"),
                                     &self->request->document_password, error))
        return FALSE;
    self->pades = self->request->pades;
    self->request->tty = pena_request_is_own_tty (tty) ? g_strdup (tty) : NULL;
    self->request->term = dup_hint (exchange, "Pena-Term");
    self->request->display = dup_hint (exchange, "Pena-Display");
    self->request->language = g_strdup (pena_text_get_language ());
    self->request->application = g_strdup (peer->label);
    self->request->application_key = g_strdup (peer->key);
    return parse_stamp (exchange, self->request, &stamp_size, error) &&
           (pena_exchange_is_lent (exchange)
                ? may_be_lent (self, error) && pena_exchange_expect_lent (exchange, (gsize)stamp_size, error)
                : pena_exchange_expect_document (exchange, (gsize)stamp_size, self->request->digest, error));
}

static void
on_signed (GObject *source, GAsyncResult *async_result, gpointer user_data)
{
    g_autoptr (PenaExchange) exchange = user_data;
    Sign *self = exchange->data;
    GError *error = NULL;
    g_autoptr (PenaSignResult) result = pena_sign_job_run_finish (async_result, &error);

    if (result == NULL) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    const gchar *type = "application/pdf";
    if (result->head != NULL)
        type = "application/pkcs7-mime";
    else if (!self->pades)
        type = "application/pkcs7-signature";
    else if (self->update_only)
        type = "application/octet-stream";
    pena_answer_finish (exchange, type, result->head == NULL && (!self->pades || self->update_only), result);
}

/* Takes the document and the reference. */
static void
start_job (PenaExchange *exchange, PenaDocument *document)
{
    Sign *self = exchange->data;

    pena_sign_job_run_async (exchange->services, g_steal_pointer (&self->request), document,
                             pena_link_get_cancellable (exchange->link), on_signed, exchange);
}

static void
on_hashed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (PenaExchange) exchange = user_data;
    const Sign *self = exchange->data;
    GError *error = NULL;
    PenaDocument *document = pena_borrow_hash_finish (result, &error);

    if (document == NULL) {
        pena_exchange_reply_error (exchange, error);
        return;
    }
    if (!self->pades) /* it is known by its digests alone from now on: anybody may write again */
        pena_document_let_go (document);
    start_job (g_steal_pointer (&exchange), document);
}

static void
act (PenaExchange *exchange)
{
    Sign *self = exchange->data;
    GError *error = NULL;
    PenaDocument *document = NULL;
    gboolean lent = exchange->lent != NULL;

    if (exchange->prefix->len < exchange->prefix_size)
        pena_request_invalid (&error, _ ("the body is shorter than stamp-size"));
    else if (exchange->prefix_size == 0 ||
             pena_request_take_template (exchange->prefix->data, exchange->prefix->len, &self->request->stamp,
                                         &error))
        document = pena_exchange_take_document (exchange, &error);
    if (document == NULL)
        pena_exchange_reply_error (exchange, error);
    else {
        pena_answer_begin (exchange);
        pena_exchange_pause (exchange);
        self->request->progress = (PenaProgress){pena_answer_tell, exchange};
        if (lent)
            pena_borrow_hash_async (document, self->request->digest,
                                    pena_link_get_cancellable (exchange->link), on_hashed, exchange);
        else
            start_job (exchange, document);
    }
}

const PenaRoute pena_route_sign = {"/pena/v1/sign", "POST", begin, act};
