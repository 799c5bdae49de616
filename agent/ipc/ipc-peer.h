/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one end of a line between two of the agent's processes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* Asks, answers and tells; everything that comes is a stranger's word. It works in the default main context without a thread of
 * its own, and nothing blocks: GDBus's connection hands every message from thread to thread, which takes longer than most
 * of what is asked here. The other end is another of these, or ipc-line.h. */
typedef struct _PenaIpcPeer PenaIpcPeer;

/* What the other side may do; NULL: it may not, and the line is closed when it does. Called in the main context. */
typedef struct {
    /* It asks: to be answered under that number, now or later. arguments are of the types that the interface says. */
    void (*on_call) (guint64 number, const gchar *method, GVariant *arguments, gpointer user_data);
    /* It tells: value is of the types of the interface's signal. */
    void (*on_notice) (const gchar *name, GVariant *value, gpointer user_data);
    /* It has gone, or broke the rules; not when the peer is freed. */
    void (*on_closed) (gpointer user_data);
} PenaIpcPeerEvents;

/* Takes the line, one end of a socketpair. interface and events are borrowed. */
PenaIpcPeer *pena_ipc_peer_new (gint line, const GDBusInterfaceInfo *interface,
                                const PenaIpcPeerEvents *events, gpointer user_data);
/* Closes the line. Calls that are on their way fail, later, from the main loop. */
void pena_ipc_peer_free (PenaIpcPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcPeer, pena_ipc_peer_free)

gboolean pena_ipc_peer_is_open (const PenaIpcPeer *self);
/* Whether a call is on its way. */
gboolean pena_ipc_peer_is_busy (const PenaIpcPeer *self);

/* arguments: the tuple, taken when floating. fd goes along, and stays the caller's; -1: none. The answer to a call that is given up
 * (cancellable) is passed over when it comes. */
void pena_ipc_peer_call_async (PenaIpcPeer *self, const gchar *method, GVariant *arguments, gint fd,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* The tuple of the types that the interface says. Errors: what the other side answered with; else G_IO_ERROR. Transfer full. */
GVariant *pena_ipc_peer_call_finish (GAsyncResult *result, GError **error);

/* A floating value is taken. When the other side has gone nothing happens; an answer that is too large becomes an error, INTERNAL. */
void pena_ipc_peer_answer (PenaIpcPeer *self, guint64 number, GVariant *answer);
/* Takes the error. */
void pena_ipc_peer_fail (PenaIpcPeer *self, guint64 number, GError *error);
void pena_ipc_peer_tell (PenaIpcPeer *self, const gchar *name, GVariant *value);
