/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: speaking D-Bus with a helper program over a socketpair
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "ipc-process.h"

/* ---- the broker's side ---- */

/* A running child with its connection. Ends (SIGKILL) when freed. */
typedef struct _PenaIpcChild PenaIpcChild;

/* Starts `program` as pena_ipc_process_spawn() does and connects with it within `limit` seconds. */
void pena_ipc_child_start_async (const gchar *program, const gchar *const *arguments,
                                 const gchar *const *environment, guint limit, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
PenaIpcChild *pena_ipc_child_start_finish (GAsyncResult *result, GError **error);
void pena_ipc_child_free (PenaIpcChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcChild, pena_ipc_child_free)

/* Borrowed; closed when the child is gone. */
GDBusConnection *pena_ipc_child_get_connection (PenaIpcChild *self);
/* Borrowed. */
PenaIpcProcess *pena_ipc_child_get_process (PenaIpcChild *self);

/* ---- the child's side ---- */

/* The connection on PENA_IPC_CHILD_FD; message processing is delayed until
 * g_dbus_connection_start_message_processing, so that the object can be exported first. Transfer full. */
GDBusConnection *pena_ipc_child_connect (GError **error);
