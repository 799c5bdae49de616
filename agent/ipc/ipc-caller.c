/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking a process that answers with ipc-line.h; the broker's side
 * Copyright (C) 2026 the Pena authors */
#include "ipc-caller.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-error.h"
#include "ipc-message.h"

#define PIECE (16 * 1024)

struct _PenaIpcCaller {
    PenaIpcProcess *process;
    gint line;              /* -1: closed */
    GTask *task;            /* the call that is on its way, or NULL */
    guint watch, giving_up; /* source ids while it is */
};

typedef struct {
    const GDBusInterfaceInfo *interface;
    gchar *method;
    GBytes *question;
    gsize sent;
    gint fd; /* ours; -1 when there is none, or it was sent */
    GByteArray *answer;
} Call;

static void
call_free (Call *self)
{
    g_free (self->method);
    g_bytes_unref (self->question);
    if (self->fd >= 0)
        close (self->fd);
    g_clear_pointer (&self->answer, g_byte_array_unref);
    g_free (self);
}

PenaIpcCaller *
pena_ipc_caller_new (PenaIpcProcess *process, gint line)
{
    PenaIpcCaller *self = g_new0 (PenaIpcCaller, 1);

    self->process = process;
    self->line = line;
    return self;
}

static void
close_line (PenaIpcCaller *self)
{
    if (self->line >= 0)
        close (self->line);
    self->line = -1;
}

/* Transfer full: the call is no longer on its way. */
static GTask *
take_task (PenaIpcCaller *self)
{
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->giving_up, g_source_remove);
    return g_steal_pointer (&self->task);
}

static gboolean
on_abandoned (gpointer task)
{
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "nobody waits for the answer");
    return G_SOURCE_REMOVE;
}

void
pena_ipc_caller_free (PenaIpcCaller *self)
{
    if (self == NULL)
        return;
    GTask *task = take_task (self);
    /* Not from here: its callback may be about to free more. */
    if (task != NULL)
        g_idle_add_full (G_PRIORITY_DEFAULT, on_abandoned, task, g_object_unref);
    close_line (self);
    pena_ipc_process_free (self->process);
    g_free (self);
}

PenaIpcProcess *
pena_ipc_caller_get_process (PenaIpcCaller *self)
{
    return self->process;
}

gboolean
pena_ipc_caller_is_open (const PenaIpcCaller *self)
{
    return self->line >= 0;
}

gboolean
pena_ipc_caller_is_busy (const PenaIpcCaller *self)
{
    return self->task != NULL;
}

/* ---- the end of a call ---- */

/* After that nobody can tell which answer belongs to what. */
static void
fail (PenaIpcCaller *self, gint code, const gchar *what)
{
    g_autoptr (GTask) task = take_task (self);

    close_line (self);
    g_task_return_new_error (task, G_IO_ERROR, code, "%s", what);
}

static void
fail_broken (PenaIpcCaller *self)
{
    fail (self, G_IO_ERROR_INVALID_DATA, "what came is no answer");
}

static void
finish (PenaIpcCaller *self)
{
    Call *call = g_task_get_task_data (self->task);
    g_autoptr (GBytes) whole = g_byte_array_free_to_bytes (g_steal_pointer (&call->answer));
    g_autoptr (GBytes) body = g_bytes_new_from_bytes (whole, PENA_IPC_MESSAGE_HEAD,
                                                      g_bytes_get_size (whole) - PENA_IPC_MESSAGE_HEAD);
    g_autofree gchar *word = NULL;
    g_autoptr (GVariant) value = pena_ipc_message_unpack (body, &word);
    GError *error = NULL;

    if (value != NULL && g_str_equal (word, PENA_IPC_FAILURE))
        error = pena_ipc_error_from_variant (value);
    gboolean answered = value != NULL && g_str_equal (word, PENA_IPC_ANSWER) &&
                        pena_ipc_message_fits (value, call->interface, call->method, TRUE);
    if (!answered && error == NULL) {
        fail_broken (self);
        return;
    }
    g_autoptr (GTask) task = take_task (self);
    if (error != NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, g_steal_pointer (&value), (GDestroyNotify)g_variant_unref);
}

/* ---- the line ---- */

/* The buffer grows with what has come, not with what the other side says will. */
static gboolean
on_readable (gint line, GIOCondition condition, gpointer user_data)
{
    PenaIpcCaller *self = user_data;
    Call *call = g_task_get_task_data (self->task);
    guint before = call->answer->len;

    g_byte_array_set_size (call->answer, before + PIECE);
    gssize n = recv (line, call->answer->data + before, PIECE, MSG_DONTWAIT);
    g_byte_array_set_size (call->answer, before + (guint)MAX (n, 0));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        fail (self, G_IO_ERROR_CLOSED, "the process has gone");
        return G_SOURCE_REMOVE;
    }
    if (call->answer->len < PENA_IPC_MESSAGE_HEAD)
        return G_SOURCE_CONTINUE;
    gsize length = pena_ipc_message_length (call->answer->data),
          come = call->answer->len - PENA_IPC_MESSAGE_HEAD;
    if (length > 0 && come < length)
        return G_SOURCE_CONTINUE;
    if (length == 0 || come > length)
        fail_broken (self);
    else
        finish (self);
    return G_SOURCE_REMOVE;
}

/* FALSE: the line is of no use. The descriptor goes with the first byte. */
static gboolean
send_some (PenaIpcCaller *self, Call *call)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (call->question, &length);
    gssize n;

    do {
        n = call->fd >= 0
                ? pena_ipc_descriptor_send_with (self->line, data, length, MSG_DONTWAIT, call->fd)
                : send (self->line, data + call->sent, length - call->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN;
    call->sent += (gsize)n;
    if (call->fd >= 0)
        close (call->fd);
    call->fd = -1;
    return TRUE;
}

static gboolean
is_sent (const Call *call)
{
    return call->sent == g_bytes_get_size (call->question);
}

static gboolean
on_writable (gint line, GIOCondition condition, gpointer user_data)
{
    PenaIpcCaller *self = user_data;
    Call *call = g_task_get_task_data (self->task);

    if (!send_some (self, call)) {
        fail (self, G_IO_ERROR_CLOSED, "the process does not listen");
        return G_SOURCE_REMOVE;
    }
    if (!is_sent (call))
        return G_SOURCE_CONTINUE;
    self->watch = g_unix_fd_add (line, G_IO_IN, on_readable, self);
    return G_SOURCE_REMOVE;
}

static gboolean
on_given_up (GCancellable *cancellable, gpointer user_data)
{
    fail (user_data, G_IO_ERROR_CANCELLED, "given up");
    return G_SOURCE_REMOVE;
}

static void
watch_cancellable (PenaIpcCaller *self, GCancellable *cancellable)
{
    if (cancellable == NULL)
        return;
    g_autoptr (GSource) source = g_cancellable_source_new (cancellable);
    g_source_set_callback (source, G_SOURCE_FUNC (on_given_up), self, NULL);
    self->giving_up = g_source_attach (source, NULL);
}

void
pena_ipc_caller_call_async (PenaIpcCaller *self, const GDBusInterfaceInfo *interface, const gchar *method,
                            GVariant *arguments, gint fd, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GBytes) question = pena_ipc_message_pack (method, arguments);

    g_assert (self->task == NULL);
    g_task_set_check_cancellable (task, FALSE);
    gint ours = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (self->line < 0 || question == NULL || (fd >= 0 && ours < 0)) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "it cannot be asked");
        if (ours >= 0)
            close (ours);
        return;
    }
    Call *call = g_new0 (Call, 1);
    call->interface = interface;
    call->method = g_strdup (method);
    call->question = g_steal_pointer (&question);
    call->fd = ours;
    call->answer = g_byte_array_new ();
    g_task_set_task_data (task, call, (GDestroyNotify)call_free);
    self->task = g_steal_pointer (&task);
    watch_cancellable (self, cancellable);
    /* What cannot be sent now is found out about from the main loop. */
    if (send_some (self, call) && is_sent (call))
        self->watch = g_unix_fd_add (self->line, G_IO_IN, on_readable, self);
    else
        self->watch = g_unix_fd_add (self->line, G_IO_OUT, on_writable, self);
}

GVariant *
pena_ipc_caller_call_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
