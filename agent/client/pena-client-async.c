/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the client's calls that do not block: each is its blocking twin in a thread
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-sign.h"

/* The arguments of any call; those that it does not take are NULL. */
typedef struct {
    gchar *first_path;
    gchar *second_path;
    gchar *third_path;
    GInputStream *document;
    gint64 size;
    GOutputStream *output;
    PenaSignOptions *options;
} CallArguments;

static void
call_arguments_free (CallArguments *self)
{
    g_free (self->first_path);
    g_free (self->second_path);
    g_free (self->third_path);
    g_clear_object (&self->document);
    g_clear_object (&self->output);
    g_clear_object (&self->options);
    g_free (self);
}

/* Starts `work` with the arguments, which it takes over. */
static void
start (PenaClient *self, gpointer tag, CallArguments *arguments, GTaskThreadFunc work,
       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
    g_task_set_source_tag (task, tag);
    g_task_set_task_data (task, arguments, (GDestroyNotify)call_arguments_free);
    /* The error is our own PENA_ERROR_CANCELLED, and only once nothing is left behind. */
    g_task_set_check_cancellable (task, FALSE);
    g_task_run_in_thread (task, work);
}

static void
return_text (GTask *task, gchar *text, GError *error)
{
    if (text != NULL)
        g_task_return_pointer (task, text, g_free);
    else
        g_task_return_error (task, error);
}

static void
return_result (GTask *task, PenaSignResult *result, GError *error)
{
    if (result != NULL)
        g_task_return_pointer (task, result, g_object_unref);
    else
        g_task_return_error (task, error);
}

static gpointer
finish (PenaClient *self, GAsyncResult *result, gpointer tag, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, self), NULL);
    g_return_val_if_fail (g_async_result_is_tagged (result, tag), NULL);
    return g_task_propagate_pointer (G_TASK (result), error);
}

static void
sign_file_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const CallArguments *arguments = data;
    GError *error = NULL;
    PenaSignResult *result =
        pena_client_tell_sign_file (source, arguments->first_path, arguments->second_path, arguments->options,
                                    g_task_get_context (task), cancellable, &error);
    return_result (task, result, error);
}

void
pena_client_sign_file_async (PenaClient *self, const gchar *input_path, const gchar *output_path,
                             PenaSignOptions *options, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self) && input_path != NULL && output_path != NULL);

    CallArguments *arguments = g_new0 (CallArguments, 1);
    arguments->first_path = g_strdup (input_path);
    arguments->second_path = g_strdup (output_path);
    g_set_object (&arguments->options, options);
    start (self, pena_client_sign_file_async, arguments, sign_file_thread, cancellable, callback, user_data);
}

PenaSignResult *
pena_client_sign_file_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_sign_file_async, error);
}

static void
extend_file_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const CallArguments *arguments = data;
    GError *error = NULL;
    PenaSignResult *result = pena_client_tell_extend_file (
        source, arguments->first_path, arguments->second_path, arguments->third_path, arguments->options,
        g_task_get_context (task), cancellable, &error);
    return_result (task, result, error);
}

void
pena_client_extend_file_async (PenaClient *self, const gchar *document_path, const gchar *signature_path,
                               const gchar *output_path, PenaSignOptions *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self) && document_path != NULL && output_path != NULL);

    CallArguments *arguments = g_new0 (CallArguments, 1);
    arguments->first_path = g_strdup (document_path);
    arguments->second_path = g_strdup (signature_path);
    arguments->third_path = g_strdup (output_path);
    g_set_object (&arguments->options, options);
    start (self, pena_client_extend_file_async, arguments, extend_file_thread, cancellable, callback,
           user_data);
}

PenaSignResult *
pena_client_extend_file_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_extend_file_async, error);
}

static void
sign_stream_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const CallArguments *arguments = data;
    GError *error = NULL;
    PenaSignResult *result =
        pena_client_tell_sign_stream (source, arguments->document, arguments->size, arguments->output,
                                      arguments->options, g_task_get_context (task), cancellable, &error);
    return_result (task, result, error);
}

void
pena_client_sign_stream_async (PenaClient *self, GInputStream *document, gint64 size, GOutputStream *output,
                               PenaSignOptions *options, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self) && G_IS_INPUT_STREAM (document) && G_IS_OUTPUT_STREAM (output));

    CallArguments *arguments = g_new0 (CallArguments, 1);
    arguments->document = g_object_ref (document);
    arguments->size = size;
    arguments->output = g_object_ref (output);
    g_set_object (&arguments->options, options);
    start (self, pena_client_sign_stream_async, arguments, sign_stream_thread, cancellable, callback,
           user_data);
}

PenaSignResult *
pena_client_sign_stream_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_sign_stream_async, error);
}

static void
verify_file_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const CallArguments *arguments = data;
    GError *error = NULL;
    gchar *report =
        pena_client_verify_file (source, arguments->first_path, arguments->second_path, cancellable, &error);
    return_text (task, report, error);
}

void
pena_client_verify_file_async (PenaClient *self, const gchar *document_path, const gchar *signature_path,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self) && document_path != NULL);

    CallArguments *arguments = g_new0 (CallArguments, 1);
    arguments->first_path = g_strdup (document_path);
    arguments->second_path = g_strdup (signature_path);
    start (self, pena_client_verify_file_async, arguments, verify_file_thread, cancellable, callback,
           user_data);
}

gchar *
pena_client_verify_file_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_verify_file_async, error);
}

static void
list_tokens_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    gchar *tokens = pena_client_list_tokens (source, cancellable, &error);
    return_text (task, tokens, error);
}

void
pena_client_list_tokens_async (PenaClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self));
    start (self, pena_client_list_tokens_async, g_new0 (CallArguments, 1), list_tokens_thread, cancellable,
           callback, user_data);
}

gchar *
pena_client_list_tokens_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_list_tokens_async, error);
}

static void
get_info_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    gchar *info = pena_client_get_info (source, cancellable, &error);
    return_text (task, info, error);
}

void
pena_client_get_info_async (PenaClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
    g_return_if_fail (PENA_IS_CLIENT (self));
    start (self, pena_client_get_info_async, g_new0 (CallArguments, 1), get_info_thread, cancellable,
           callback, user_data);
}

gchar *
pena_client_get_info_finish (PenaClient *self, GAsyncResult *result, GError **error)
{
    return finish (self, result, pena_client_get_info_async, error);
}
