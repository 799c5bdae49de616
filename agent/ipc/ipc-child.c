/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a process of ours and the line to it
 * Copyright (C) 2026 the Pena authors */
#include "ipc-child.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

PenaIpcChild *
pena_ipc_child_new (PenaIpcProcess *process, gint line, const GDBusInterfaceInfo *interface,
                    const PenaIpcPeerEvents *events, gpointer user_data)
{
    PenaIpcChild *self = g_new0 (PenaIpcChild, 1);

    self->process = process;
    self->peer = pena_ipc_peer_new (line, interface, events, user_data);
    return self;
}

PenaIpcChild *
pena_ipc_child_start (const gchar *program, const gchar *const *arguments, const gchar *const *environment,
                      const GDBusInterfaceInfo *interface, const PenaIpcPeerEvents *events,
                      gpointer user_data, GError **error)
{
    gint fds[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "socketpair: %s", g_strerror (errno));
        return NULL;
    }
    PenaIpcProcess *process = pena_ipc_process_spawn (program, arguments, environment, fds[1], error);
    if (process != NULL)
        return pena_ipc_child_new (process, fds[0], interface, events, user_data);
    close (fds[0]);
    return NULL;
}

void
pena_ipc_child_free (PenaIpcChild *self)
{
    if (self == NULL)
        return;
    pena_ipc_process_free (self->process);
    pena_ipc_peer_free (self->peer);
    g_free (self);
}

PenaIpcPeer *
pena_ipc_child_connect (const GDBusInterfaceInfo *interface, const PenaIpcPeerEvents *events,
                        gpointer user_data, GError **error)
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
    return pena_ipc_peer_new (PENA_IPC_CHILD_FD, interface, events, user_data);
}
