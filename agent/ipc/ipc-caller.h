/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking a process that answers with ipc-line.h; the broker's side
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "ipc-process.h"

/* One process and the line to it. Everything that comes from it is a stranger's word. */
typedef struct _PenaIpcCaller PenaIpcCaller;

/* Takes the process, which is ended (SIGKILL) with the caller, and the line: our end of a socketpair. interface is borrowed. */
PenaIpcCaller *pena_ipc_caller_new (PenaIpcProcess *process, gint line);
/* A call that is on its way fails, later, from the main loop. */
void pena_ipc_caller_free (PenaIpcCaller *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcCaller, pena_ipc_caller_free)

/* Borrowed. */
PenaIpcProcess *pena_ipc_caller_get_process (PenaIpcCaller *self);
/* FALSE once the line is closed: after the process has gone, said something that is no answer, or a call was given up. */
gboolean pena_ipc_caller_is_open (const PenaIpcCaller *self);
/* Whether a call is on its way. */
gboolean pena_ipc_caller_is_busy (const PenaIpcCaller *self);

/* One call at a time; nothing blocks. arguments: the tuple, taken when floating. fd goes along, and stays the caller's; -1: none. Of a
 * call that is given up (cancellable) nobody waits for the answer, and so it was the last. */
void pena_ipc_caller_call_async (PenaIpcCaller *self, const GDBusInterfaceInfo *interface,
                                 const gchar *method, GVariant *arguments, gint fd, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* The tuple of the types that the interface says. Errors: what the process answered with; else G_IO_ERROR. Transfer full. */
GVariant *pena_ipc_caller_call_finish (GAsyncResult *result, GError **error);
