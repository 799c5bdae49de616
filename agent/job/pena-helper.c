/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper, started when it is first needed and again when it died
 * Copyright (C) 2026 the Pena authors */
#include "pena-helper.h"

#include <pena/pena-error.h>

#include "ipc-child.h"
#include "ipc-error.h"
#include "pena-token-interface.h"

#define SIGNATURE_MAX 4096

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
    GCancellable *closing;
    GHashTable *jobs; /* number -> Request, those that want progress */
    guint64 last_job;
    GVariant *listed;    /* what ListTokens answered last, or NULL */
    gint64 listed_since; /* what was asked for earlier does not take its place; monotonic */
};

/* One call on its way; task data of its GTask. */
typedef struct {
    PenaHelper *helper; /* gone when closing is cancelled */
    GCancellable *closing;
    guint64 job;  /* 0: ListTokens */
    gint64 asked; /* when; monotonic */
    PenaHelperProgressFunc progress;
    gpointer user_data;
} Request;

static void
request_free (Request *self)
{
    g_object_unref (self->closing);
    g_free (self);
}

PenaHelper *
pena_helper_new (const PenaConfig *config)
{
    PenaHelper *self = g_new0 (PenaHelper, 1);

    self->config = config;
    self->closing = g_cancellable_new ();
    self->jobs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, NULL);
    return self;
}

static void
drop_child (PenaHelper *self)
{
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
    g_hash_table_unref (self->jobs);
    g_free (self);
}

/* There is one signal: Progress. */
static void
on_notice (const gchar *name, GVariant *value, gpointer user_data)
{
    PenaHelper *self = user_data;
    const gchar *stage;
    guint64 job;

    g_variant_get (value, "(t&s)", &job, &stage);
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

/* tokens: NULL when they could not be listed, or may not be so any more. */
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
    GError *error = NULL;
    g_autoptr (GVariant) answer = pena_ipc_peer_call_finish (result, &error);
    GVariant *tokens = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

    if (!g_cancellable_is_cancelled (request->closing))
        keep_list (request->helper, tokens, request->asked);
    if (tokens != NULL)
        g_task_return_pointer (task, tokens, (GDestroyNotify)g_variant_unref);
    else
        return_call_error (task, error);
}

/* Whatever kept a token from signing, what was listed before may not be so any more. And a prompt that nobody waits for goes. */
static void
end_job (PenaHelper *self, const Request *request, const GError *error)
{
    g_hash_table_remove (self->jobs, &request->job);
    if (error != NULL)
        keep_list (self, NULL, g_get_monotonic_time ());
    if (self->child != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        pena_ipc_peer_call_async (self->child->peer, "Cancel", g_variant_new ("(t)", request->job), -1, NULL,
                                  NULL, NULL);
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Request *request = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GVariant) answer = pena_ipc_peer_call_finish (result, &error);

    if (!g_cancellable_is_cancelled (request->closing))
        end_job (request->helper, request, error);
    if (error != NULL) {
        return_call_error (task, error);
        return;
    }
    g_autoptr (GVariant) value = g_variant_get_child_value (answer, 0);
    if (g_variant_get_size (value) == 0 || g_variant_get_size (value) > SIGNATURE_MAX)
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_TOKEN_FAILED,
                                 "signature of an impossible size");
    else
        g_task_return_pointer (task, g_variant_get_data_as_bytes (value), (GDestroyNotify)g_bytes_unref);
}

/* The helper reads no configuration of its own. */
static PenaIpcChild *
start_child (PenaHelper *self, GError **error)
{
    static const PenaIpcPeerEvents events = {.on_notice = on_notice};
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_autofree gchar *modules = g_strjoinv (",", self->config->modules);
    g_autofree gchar *timeout = g_strdup_printf ("%" G_GUINT64_FORMAT, self->config->prompt_timeout);

    g_strv_builder_add_many (builder, "--prompt-timeout", timeout, NULL);
    if (*modules != '\0')
        g_strv_builder_add_many (builder, "--modules", modules, NULL);
    if (self->config->prompt_program != NULL)
        g_strv_builder_add_many (builder, "--prompt-program", self->config->prompt_program, NULL);
    g_auto (GStrv) arguments = g_strv_builder_end (builder);
    return pena_ipc_child_start ("pena-token-helper", (const gchar *const *)arguments, environment,
                                 &pena_token_helper1_interface, &events, self, error);
}

/* FALSE: the task has its answer. */
static gboolean
is_ready (PenaHelper *self, GTask *task)
{
    g_autoptr (GError) error = NULL;

    if (self->child != NULL && !pena_ipc_peer_is_open (self->child->peer)) {
        g_message ("the token helper had ended; it is started again");
        drop_child (self);
    }
    if (self->child == NULL)
        self->child = start_child (self, &error);
    if (self->child != NULL)
        return TRUE;
    g_warning ("the token helper did not start: %s", error->message);
    g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the token helper did not start");
    return FALSE;
}

/* What the call itself failed with is the answer, as a PENA_ERROR. */
static GTask *
new_task (PenaHelper *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    Request *request = g_new0 (Request, 1);

    request->helper = self;
    request->closing = g_object_ref (self->closing);
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, request, (GDestroyNotify)request_free);
    return task;
}

void
pena_helper_list_async (PenaHelper *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
    g_autoptr (GTask) task = new_task (self, cancellable, callback, user_data);
    Request *request = g_task_get_task_data (task);

    request->asked = g_get_monotonic_time ();
    if (is_ready (self, task))
        pena_ipc_peer_call_async (self->child->peer, "ListTokens", g_variant_new ("()"), -1, cancellable,
                                  on_listed, g_steal_pointer (&task));
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

void
pena_helper_sign_async (PenaHelper *self, const PenaHelperSigning *signing, PenaHelperProgressFunc progress,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = new_task (self, cancellable, callback, user_data);
    Request *request = g_task_get_task_data (task);
    g_autoptr (GVariant) arguments = NULL;

    request->job = ++self->last_job;
    request->progress = progress;
    request->user_data = user_data;
    arguments = g_variant_ref_sink (g_variant_new (
        "(tss@ay@a{sv})", request->job, signing->credential, signing->scheme,
        g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signing->to_be_signed, TRUE), signing->prompt));
    if (!is_ready (self, task))
        return;
    g_hash_table_insert (self->jobs, &request->job, request);
    pena_ipc_peer_call_async (self->child->peer, "Sign", arguments, -1, cancellable, on_signed,
                              g_steal_pointer (&task));
}

GBytes *
pena_helper_sign_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
