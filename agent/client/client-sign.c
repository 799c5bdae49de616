/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: signing a file or a stream through the agent
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-sign.h"

#include <gio/gunixoutputstream.h>
#include <string.h>

#include "client-body.h"
#include "client-file.h"
#include "client-lend.h"
#include "client-teller.h"

/* An update holds a signature and what the PDF needs for it; a .p7s is a few certificates. */
#define ANSWER_LIMIT (64 * 1024 * 1024)

void
pena_sign_wish_clear (PenaSignWish *self)
{
    g_clear_pointer (&self->query, g_free);
    g_clear_pointer (&self->prefix, g_bytes_unref);
}

static PenaClientRequest
new_request (const PenaSignWish *wish, const gchar *returned, GInputStream *body, gint64 size,
             GOutputStream *sink)
{
    gint64 before = wish->prefix != NULL ? (gint64)g_bytes_get_size (wish->prefix) : 0;
    gboolean pades = g_str_equal (wish->format, "pades");

    return (PenaClientRequest){
        .method = "POST",
        .uri = g_strdup_printf ("http://pena/pena/v1/sign?%s%s", wish->query, pades ? returned : ""),
        .content_type = pades ? "application/pdf" : "application/octet-stream",
        .body = body,
        .size = size >= 0 ? before + size : -1,
        .answer_limit = ANSWER_LIMIT,
        .sink = sink,
    };
}

/* The agent's answer must be about what was sent. */
static gboolean
check_signed (PenaClientAnswer *answer, gint64 size, PenaClientSigned *ret_signed, GError **error)
{
    if (!pena_client_parse_signed (pena_client_answer_get, answer, ret_signed, error))
        return FALSE;
    if (size < 0 || ret_signed->size == (guint64)size)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                 "the agent signed %" G_GUINT64_FORMAT " bytes, but %" G_GINT64_FORMAT " were sent",
                 ret_signed->size, size);
    return FALSE;
}

/* answer->body is NULL when it went to the output already. */
static gboolean
finish_output (PenaClientInput *input, PenaClientOutput *output, PenaClientAnswer *answer, GError **error)
{
    gsize length = 0;
    gconstpointer data = answer->body != NULL ? g_bytes_get_data (answer->body, &length) : NULL;

    if (answer->body != NULL && length == 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the agent's answer holds no signature");
        return FALSE;
    }
    return pena_client_input_check_unchanged (input, error) &&
           pena_client_output_set_writable (output, TRUE, error) &&
           pena_client_output_append (output, data, length, error) &&
           pena_client_output_publish (output, error);
}

/* The file's name as a prompt can show it: a name may hold line breaks, a line of a prompt may not. Transfer full. */
static gchar *
name_for_prompt (const gchar *path)
{
    g_autofree gchar *name = g_filename_display_basename (path);
    GString *out = g_string_new (NULL);

    for (const gchar *at = name; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        g_string_append_unichar (out, g_unichar_iscntrl (c) ? 0xfffd : c);
    }
    return g_string_free (out, FALSE);
}

/* output: the copy of a PDF, or NULL. That is what the agent gets to see: then the signature is over what it is appended to, and
 * nobody who wants to write the original is kept waiting by a prompt. */
static gboolean
lend (PenaClientRequest *request, const PenaSignWish *wish, const PenaClientInput *input,
      PenaClientOutput *output, GCancellable *cancellable, GError **error)
{
    if (wish->digest_only)
        pena_client_lend (request, input->fd, NULL);
    if (output == NULL)
        return TRUE;
    if (!pena_client_body_copy (PENA_CLIENT_BODY (request->body), cancellable, error) ||
        !pena_client_output_set_writable (output, FALSE, error))
        return FALSE;
    pena_client_lend (request, output->fd, wish->prefix);
    return TRUE;
}

PenaSignResult *
pena_client_do_sign_file (const PenaClientEndpoint *endpoint, const gchar *input_path,
                          const gchar *output_path, PenaSignOptions *options, GMainContext *context,
                          GCancellable *cancellable, GError **error)
{
    g_autofree gchar *name = name_for_prompt (input_path);
    g_auto (PenaClientSigned) facts = {0};
    g_auto (PenaSignWish) wish = {0};

    g_autoptr (PenaClientInput) input = pena_client_input_open (input_path, error);
    if (input == NULL)
        return NULL;
    g_autoptr (PenaClientOutput) output =
        pena_client_output_open (output_path, input, pena_sign_options_get_replace (options), error);
    if (output == NULL)
        return NULL;
    if (!pena_sign_options_resolve (options, name, &wish, error))
        return NULL;
    guint64 size = (guint64)input->stat.st_size;
    gint copy = g_str_equal (wish.format, "pades") && !wish.whole ? output->fd : -1;
    g_autoptr (GOutputStream) whole = wish.whole ? g_unix_output_stream_new (output->fd, FALSE) : NULL;
    GInputStream *body = pena_client_body_new (wish.prefix, input->fd, copy, size);
    g_auto (PenaClientRequest) request =
        new_request (&wish, wish.repair ? "&return=document" : "&return=update", body, (gint64)size, whole);

    PenaClientTeller teller = {.options = options, .context = context};
    pena_client_teller_attach (&teller, &request);
    if (pena_client_is_worth_lending (size) &&
        !lend (&request, &wish, input, copy >= 0 ? output : NULL, cancellable, error))
        return NULL;
    g_autoptr (PenaClientAnswer) answer = pena_client_transport_send (endpoint, &request, cancellable, error);
    if (answer == NULL || !check_signed (answer, (gint64)size, &facts, error) ||
        !finish_output (input, output, answer, error))
        return NULL;
    return pena_sign_result_new (wish.format, &facts);
}

/* Nothing to append is an answer too: all that was asked for is there already. */
static gboolean
finish_extended (PenaClientInput *input, PenaClientOutput *output, PenaClientAnswer *answer, GError **error)
{
    gsize length = 0;
    gconstpointer data = answer->body != NULL ? g_bytes_get_data (answer->body, &length) : NULL;

    return pena_client_input_check_unchanged (input, error) &&
           pena_client_output_append (output, data, length, error) &&
           pena_client_output_publish (output, error);
}

typedef enum { BESIDE, ENCLOSING, IN_PDF } Where;

static gchar *
uri_to_extend (PenaSignOptions *options, Where where, GBytes *signature)
{
    g_autofree gchar *query = pena_sign_options_query_extend (options);

    if (where == BESIDE)
        return g_strdup_printf ("http://pena/pena/v1/extend?%s&signature-size=%" G_GSIZE_FORMAT, query,
                                g_bytes_get_size (signature));
    return g_strconcat ("http://pena/pena/v1/extend?", query,
                        where == ENCLOSING ? "&attached=1" : "&return=update", NULL);
}

PenaSignResult *
pena_client_do_extend_file (const PenaClientEndpoint *endpoint, const gchar *input_path, GBytes *signature,
                            const gchar *output_path, PenaSignOptions *options, GMainContext *context,
                            GCancellable *cancellable, GError **error)
{
    Where where = signature != NULL                            ? BESIDE
                  : pena_client_is_enclosing_name (input_path) ? ENCLOSING
                                                               : IN_PDF;
    gsize before = signature != NULL ? g_bytes_get_size (signature) : 0;
    g_auto (PenaClientSigned) facts = {0};

    g_autoptr (PenaClientInput) input = pena_client_input_open (input_path, error);
    if (input == NULL)
        return NULL;
    g_autoptr (PenaClientOutput) output =
        pena_client_output_open (output_path, input, pena_sign_options_get_replace (options), error);
    if (output == NULL)
        return NULL;
    guint64 size = (guint64)input->stat.st_size;
    g_autoptr (GOutputStream) whole =
        where == ENCLOSING ? g_unix_output_stream_new (output->fd, FALSE) : NULL;
    g_auto (PenaClientRequest) request = {
        .method = "POST",
        .uri = uri_to_extend (options, where, signature),
        .content_type = where == IN_PDF ? "application/pdf" : "application/octet-stream",
        .body = pena_client_body_new (signature, input->fd, where == IN_PDF ? output->fd : -1, size),
        .size = (gint64)(before + size),
        .answer_limit = ANSWER_LIMIT,
        .sink = whole,
    };
    PenaClientTeller teller = {.options = options, .context = context};
    pena_client_teller_attach (&teller, &request);
    g_autoptr (PenaClientAnswer) answer = pena_client_transport_send (endpoint, &request, cancellable, error);
    if (answer == NULL || !pena_client_parse_extended (pena_client_answer_get, answer, &facts, error) ||
        !finish_extended (input, output, answer, error))
        return NULL;
    return pena_sign_result_new (where == IN_PDF ? "pades" : "cades", &facts);
}

PenaSignResult *
pena_client_do_sign_stream (const PenaClientEndpoint *endpoint, GInputStream *document, gint64 size,
                            GOutputStream *output, PenaSignOptions *options, GMainContext *context,
                            GCancellable *cancellable, GError **error)
{
    g_auto (PenaClientSigned) facts = {0};
    g_auto (PenaSignWish) wish = {0};

    if (!pena_sign_options_resolve (options, NULL, &wish, error))
        return NULL;
    GInputStream *body = pena_client_body_new_stream (wish.prefix, document);
    g_auto (PenaClientRequest) request = new_request (&wish, "&return=document", body, size, output);
    PenaClientTeller teller = {.options = options, .context = context};
    pena_client_teller_attach (&teller, &request);
    g_autoptr (PenaClientAnswer) answer = pena_client_transport_send (endpoint, &request, cancellable, error);
    if (answer == NULL || !check_signed (answer, size, &facts, error))
        return NULL;
    return pena_sign_result_new (wish.format, &facts);
}
