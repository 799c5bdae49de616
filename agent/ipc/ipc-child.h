/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: starting the helper programs and speaking with them over a socketpair
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* The descriptor on which a child finds its end of the socketpair. */
#define PENA_IPC_CHILD_FD 3

/* ---- the broker's side ---- */

/* A running child with its connection. Ends (SIGKILL) when freed. */
typedef struct _PenaIpcChild PenaIpcChild;

/* Starts `program`, which stands beside our own executable, with these arguments (may be NULL), only the
 * environment variables that `environment` names (a name ending in '*' is a prefix) and no descriptors but
 * standard error and its end of the socketpair. */
void pena_ipc_child_start_async (const gchar *program, const gchar *const *arguments,
                                 const gchar *const *environment, guint limit, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
PenaIpcChild *pena_ipc_child_start_finish (GAsyncResult *result, GError **error);
void pena_ipc_child_free (PenaIpcChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcChild, pena_ipc_child_free)

/* Borrowed; closed when the child is gone. */
GDBusConnection *pena_ipc_child_get_connection (PenaIpcChild *self);
pid_t pena_ipc_child_get_pid (PenaIpcChild *self);
/* Ends the child now; its pending calls fail. */
void pena_ipc_child_kill (PenaIpcChild *self);

/* ---- every process's own side ---- */

/* Undumpable, no core files, no new privileges, umask 077. With die_with_parent the process is killed when
 * the one that started it goes. To be called first thing in main. */
gboolean pena_process_harden (gboolean die_with_parent, GError **error);

/* The connection on PENA_IPC_CHILD_FD; message processing is delayed until
 * g_dbus_connection_start_message_processing, so that the object can be exported first. Transfer full. */
GDBusConnection *pena_ipc_child_connect (GError **error);
