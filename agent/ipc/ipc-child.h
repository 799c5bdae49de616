/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a process of ours and the line to it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ipc-peer.h"
#include "ipc-process.h"

/* ---- the broker's side ---- */

/* The process is ended (SIGKILL) when this is freed. */
typedef struct {
    PenaIpcProcess *process;
    PenaIpcPeer *peer;
} PenaIpcChild;

/* Takes the process and the broker's end of the line to it; the rest is borrowed, as pena_ipc_peer_new() says. */
PenaIpcChild *pena_ipc_child_new (PenaIpcProcess *process, gint line, const GDBusInterfaceInfo *interface,
                                  const PenaIpcPeerEvents *events, gpointer user_data);
/* Starts `program` as pena_ipc_process_spawn() does; it may be asked at once. */
PenaIpcChild *pena_ipc_child_start (const gchar *program, const gchar *const *arguments,
                                    const gchar *const *environment, const GDBusInterfaceInfo *interface,
                                    const PenaIpcPeerEvents *events, gpointer user_data, GError **error);
void pena_ipc_child_free (PenaIpcChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcChild, pena_ipc_child_free)

/* ---- the child's side ---- */

/* The line to the broker, on PENA_IPC_CHILD_FD; NULL: it is not there. */
PenaIpcPeer *pena_ipc_child_connect (const GDBusInterfaceInfo *interface, const PenaIpcPeerEvents *events,
                                     gpointer user_data, GError **error);
