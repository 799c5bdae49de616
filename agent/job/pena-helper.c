/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper, started when it is first needed and again when it died
 * Copyright (C) 2026 the Pena authors */
#include "pena-helper.h"

#include <pena/pena-error.h>

#include "ipc-child.h"
#include "ipc-error.h"
#include "pena-token-dbus.h"

#define OBJECT_PATH "/org/pena/TokenHelper"
#define SIGNATURE_MAX 4096
#define START_MAX 30 /* seconds */

/* What modules and prompts need to find the session they belong to. */
static const gchar *const environment[] = {"HOME",
                                           "USER",
                                           "LOGNAME",
                                           "LANG",
                                           "LANGUAGE",
                                           "LC_*",
                                           "XDG_*",
                                           "DISPLAY",
                                           "WAYLAND_DISPLAY",
                                           "XAUTHORITY",
                                           "DBUS_SESSION_BUS_ADDRESS",
                                           "PCSCLITE_CSOCK_NAME",
                                           "PENA_*",
                                           "ASAN_OPTIONS",
                                           "UBSAN_OPTIONS",
                                           "LSAN_OPTIONS",
                                           NULL};

struct _PenaHelper {
    const PenaConfig *config;
    PenaIpcChild *child;
    PenaDbusTokenHelper1 *proxy;
    gboolean starting;
    GCancellable *closing;
    GQueue waiting;   /* of GTask: requests that came before the helper was ready */
    GHashTable *jobs; /* number -> Request, those that want progress */
    guint64 last_job;
    GVariant *listed;    /* what ListTokens answered last, or NULL */
    gint64 listed_since; /* when that was asked for; monotonic */
};

/* One call on its way; task data of its GTask. */
typedef struct {
    PenaHelper *helper; /* gone when closing is cancelled */
    GCancellable *closing;
    guint64 job;  /* 0: ListTokens */
    gint64 asked; /* when; monotonic */
    gchar *credential, *scheme;
    GVariant *to_be_signed, *prompt;
    PenaHelperProgressFunc progress;
    gpointer user_data;
} Request;

static void
request_free (Request *self)
{
    g_object_unref (self->closing);
    g_free (self->credential);
    g_free (self->scheme);
    g_clear_pointer (&self->to_be_signed, g_variant_unref);
    g_clear_pointer (&self->prompt, g_variant_unref);
    g_free (self);
}

PenaHelper *
pena_helper_new (const PenaConfig *config)
{
    PenaHelper *self = g_new0 (PenaHelper, 1);

    self->config = config;
    self->closing = g_cancellable_new ();
    self->jobs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, NULL);
    g_queue_init (&self->waiting);
    return self;
}

static void
drop_child (PenaHelper *self)
{
    if (self->proxy != NULL)
        g_signal_handlers_disconnect_by_data (self->proxy, self);
    g_clear_object (&self->proxy);
    g_clear_pointer (&self->child, pena_ipc_child_free);
    g_clear_pointer (&self->listed, g_variant_unref);
}

void
pena_helper_free (PenaHelper *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->closing);
    g_clear_object (&self->closing);
    drop_child (self);
    g_queue_clear_full (&self->waiting, g_object_unref);
    g_hash_table_unref (self->jobs);
    g_free (self);
}

static void
on_progress (PenaDbusTokenHelper1 *proxy, guint64 job, const gchar *stage, PenaHelper *self)
{
    Request *request = g_hash_table_lookup (self->jobs, &job);

    if (request != NULL && request->progress != NULL)
        request->progress (stage, request->user_data);
}

static void
return_call_error (GTask *task, GError *error)
{
    pena_ipc_take_error (&error, PENA_ERROR_TOKEN_FAILED);
    g_task_return_error (task, error);
}

/* tokens: NULL when they could not be listed. */
static void
keep_list (PenaHelper *self, GVariant *tokens, gint64 asked)
{
    if (asked < self->listed_since)
        return;
    g_clear_pointer (&self->listed, g_variant_unref);
    self->listed = tokens != NULL ? g_variant_ref (tokens) : NULL;
    self->listed_since = asked;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    const Request *request = g_task_get_task_data (task);
    GVariant *tokens = NULL;
    GError *error = NULL;

    pena_dbus_token_helper1_call_list_tokens_finish (PENA_DBUS_TOKEN_HELPER1 (source), &tokens, result,
                                                     &error);
    if (!g_cancellable_is_cancelled (request->closing))
        keep_list (request->helper, tokens, request->asked);
    if (tokens != NULL)
        g_task_return_pointer (task, tokens, (GDestroyNotify)g_variant_unref);
    else
        return_call_error (task, error);
}

/* Whatever kept a token from signing, what was listed before may not be so any more. */
static void
end_job (PenaHelper *self, const Request *request, const GError *error)
{
    g_hash_table_remove (self->jobs, &request->job);
    if (error != NULL)
        g_clear_pointer (&self->listed, g_variant_unref);
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Request *request = g_task_get_task_data (task);
    g_autoptr (GVariant) value = NULL;
    GError *error = NULL;

    pena_dbus_token_helper1_call_sign_finish (PENA_DBUS_TOKEN_HELPER1 (source), &value, result, &error);
    if (!g_cancellable_is_cancelled (request->closing))
        end_job (request->helper, request, error);
    if (error != NULL) {
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            pena_dbus_token_helper1_call_cancel (PENA_DBUS_TOKEN_HELPER1 (source), request->job, NULL, NULL,
                                                 NULL);
        return_call_error (task, error);
    } else if (g_variant_get_size (value) == 0 || g_variant_get_size (value) > SIGNATURE_MAX) {
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                                 "signature of an impossible size");
    } else {
        g_task_return_pointer (task, g_variant_get_data_as_bytes (value), (GDestroyNotify)g_bytes_unref);
    }
}

static void
send_request (PenaHelper *self, GTask *task)
{
    Request *request = g_task_get_task_data (task);
    GCancellable *cancellable = g_task_get_cancellable (task);

    if (request->job == 0) {
        pena_dbus_token_helper1_call_list_tokens (self->proxy, cancellable, on_listed, task);
        return;
    }
    g_hash_table_insert (self->jobs, &request->job, request);
    pena_dbus_token_helper1_call_sign (self->proxy, request->job, request->credential, request->scheme,
                                       request->to_be_signed, request->prompt, cancellable, on_signed, task);
}

static gboolean
attach (PenaHelper *self, PenaIpcChild *child, GError **error)
{
    self->child = child;
    self->proxy = pena_dbus_token_helper1_proxy_new_sync (pena_ipc_child_get_connection (child),
                                                          G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                                                          OBJECT_PATH, NULL, error);
    if (self->proxy == NULL) {
        drop_child (self);
        return FALSE;
    }
    /* A prompt may be open for as long as its holder thinks; the helper has its own time-outs. */
    g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->proxy), G_MAXINT);
    g_signal_connect (self->proxy, "progress", G_CALLBACK (on_progress), self);
    return TRUE;
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    PenaIpcChild *child = pena_ipc_child_start_finish (result, &error);
    GTask *task;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the agent ends */
    PenaHelper *self = user_data;
    self->starting = FALSE;
    gboolean ready = child != NULL && attach (self, child, &error);
    if (!ready)
        g_warning ("the token helper did not start: %s", error->message);
    while ((task = g_queue_pop_head (&self->waiting)) != NULL) {
        if (ready) {
            send_request (self, task);
        } else {
            g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                                     "the token helper did not start");
            g_object_unref (task);
        }
    }
}

/* The helper reads no configuration of its own. */
static void
start_child (PenaHelper *self)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_autofree gchar *modules = g_strjoinv (",", self->config->modules);
    g_autofree gchar *timeout = g_strdup_printf ("%" G_GUINT64_FORMAT, self->config->prompt_timeout);

    g_strv_builder_add_many (builder, "--prompt-timeout", timeout, NULL);
    if (*modules != '\0')
        g_strv_builder_add_many (builder, "--modules", modules, NULL);
    if (self->config->prompt_program != NULL)
        g_strv_builder_add_many (builder, "--prompt-program", self->config->prompt_program, NULL);
    g_auto (GStrv) arguments = g_strv_builder_end (builder);
    self->starting = TRUE;
    pena_ipc_child_start_async ("pena-token-helper", (const gchar *const *)arguments, environment, START_MAX,
                                self->closing, on_started, self);
}

/* Takes the task. */
static void
submit (PenaHelper *self, GTask *task)
{
    if (self->child != NULL && g_dbus_connection_is_closed (pena_ipc_child_get_connection (self->child))) {
        g_message ("the token helper had ended; it is started again");
        drop_child (self);
    }
    if (self->proxy != NULL) {
        send_request (self, task);
        return;
    }
    g_queue_push_tail (&self->waiting, task);
    if (!self->starting)
        start_child (self);
}

/* What the call itself failed with is the answer, as a PENA_ERROR. */
static GTask *
new_task (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);

    g_task_set_check_cancellable (task, FALSE);
    return task;
}

void
pena_helper_list_async (PenaHelper *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
    GTask *task = new_task (cancellable, callback, user_data);
    Request *request = g_new0 (Request, 1);

    request->helper = self;
    request->closing = g_object_ref (self->closing);
    request->asked = g_get_monotonic_time ();
    g_task_set_task_data (task, request, (GDestroyNotify)request_free);
    submit (self, task);
}

GVariant *
pena_helper_list_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

GVariant *
pena_helper_dup_recent_list (const PenaHelper *self)
{
    gint64 age = g_get_monotonic_time () - self->listed_since;

    return self->listed != NULL && age <= PENA_HELPER_RECENT ? g_variant_ref (self->listed) : NULL;
}

static GVariant *
bytes_variant (GBytes *bytes)
{
    return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE));
}

void
pena_helper_sign_async (PenaHelper *self, const PenaHelperSigning *signing, PenaHelperProgressFunc progress,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = new_task (cancellable, callback, user_data);
    Request *request = g_new0 (Request, 1);

    request->helper = self;
    request->closing = g_object_ref (self->closing);
    request->job = ++self->last_job;
    request->credential = g_strdup (signing->credential);
    request->scheme = g_strdup (signing->scheme);
    request->to_be_signed = bytes_variant (signing->to_be_signed);
    request->prompt = g_variant_ref_sink (signing->prompt);
    request->progress = progress;
    request->user_data = user_data;
    g_task_set_task_data (task, request, (GDestroyNotify)request_free);
    submit (self, task);
}

GBytes *
pena_helper_sign_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
