/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: speaking D-Bus with a helper program over a socketpair
 * Copyright (C) 2026 the Pena authors */
#include "ipc-child.h"

#include <fcntl.h>
#include <pena/pena-error.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct _PenaIpcChild {
    PenaIpcProcess *process;
    GDBusConnection *connection;
    guint start_limit;
};

void
pena_ipc_child_free (PenaIpcChild *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->start_limit, g_source_remove);
    pena_ipc_process_free (self->process);
    if (self->connection != NULL)
        g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    g_clear_object (&self->connection);
    g_free (self);
}

GDBusConnection *
pena_ipc_child_get_connection (PenaIpcChild *self)
{
    return self->connection;
}

PenaIpcProcess *
pena_ipc_child_get_process (PenaIpcChild *self)
{
    return self->process;
}

static gboolean
on_start_limit (gpointer user_data)
{
    PenaIpcChild *self = user_data;

    self->start_limit = 0;
    pena_ipc_process_kill (self->process); /* and so the connection fails */
    return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    PenaIpcChild *self = g_task_get_task_data (task);
    GError *error = NULL;

    self->connection = g_dbus_connection_new_finish (result, &error);
    if (self->connection == NULL) {
        g_task_return_error (task, error);
        return;
    }
    PenaIpcChild *child = g_new0 (PenaIpcChild, 1);
    child->process = g_steal_pointer (&self->process);
    child->connection = g_steal_pointer (&self->connection);
    g_task_return_pointer (task, child, (GDestroyNotify)pena_ipc_child_free);
}

/* Takes the process. */
static void
meet (PenaIpcProcess *process, GSocket *socket, guint limit, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
    g_autofree gchar *guid = g_dbus_generate_guid ();
    PenaIpcChild *self = g_new0 (PenaIpcChild, 1);

    self->process = process;
    self->start_limit = g_timeout_add_seconds (limit, on_start_limit, self);
    g_task_set_task_data (task, self, (GDestroyNotify)pena_ipc_child_free);
    g_dbus_connection_new (G_IO_STREAM (stream), guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL,
                           cancellable, on_connected, g_steal_pointer (&task));
}

void
pena_ipc_child_start_async (const gchar *program, const gchar *const *arguments,
                            const gchar *const *environment, guint limit, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;
    gint fds[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        g_task_report_new_error (NULL, callback, user_data, NULL, PENA_ERROR, PENA_ERROR_INTERNAL,
                                 "socketpair: %s", g_strerror (errno));
        return;
    }
    g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[0], &error);
    g_assert (socket != NULL); /* the kernel has just made it */
    PenaIpcProcess *process = pena_ipc_process_spawn (program, arguments, environment, fds[1], &error);
    if (process == NULL)
        g_task_report_error (NULL, callback, user_data, NULL, error);
    else
        meet (process, socket, limit, cancellable, callback, user_data);
}

PenaIpcChild *
pena_ipc_child_start_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- the child's side ---- */

GDBusConnection *
pena_ipc_child_connect (GError **error)
{
    struct stat status;

    if (fstat (PENA_IPC_CHILD_FD, &status) != 0 || !S_ISSOCK (status.st_mode)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, PENA_IPC_NOT_ALONE);
        return NULL;
    }
    if (fcntl (PENA_IPC_CHILD_FD, F_SETFD, FD_CLOEXEC) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "fcntl: %s", g_strerror (errno));
        return NULL;
    }
    g_autoptr (GSocket) socket = g_socket_new_from_fd (PENA_IPC_CHILD_FD, error);
    if (socket == NULL)
        return NULL;
    g_autoptr (GSocketConnection) line = g_socket_connection_factory_create_connection (socket);
    return g_dbus_connection_new_sync (G_IO_STREAM (line), NULL,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                       NULL, NULL, error);
}
