/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: processes that are copies of one that is warm already
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ipc-child.h"

/* Loading libraries takes longer than what a worker has to do with a short letter. So one process of the
 * program, the nursery, loads and prepares everything, sees no document ever, and forks a worker for each job.
 *
 * Its copies share the places of everything in memory. What one document learns of them by crashing a worker
 * must not help the next, so the nursery starts itself anew, at other addresses, whenever a copy was killed by
 * anything but us. */

/* ---- the broker's side ---- */

typedef struct _PenaIpcNursery PenaIpcNursery;

/* As pena_ipc_child_start(), all borrowed. The process is started when the first child is wanted, and
 * again when it has gone. */
PenaIpcNursery *pena_ipc_nursery_new (const gchar *program, const gchar *const *environment,
                                      const GDBusInterfaceInfo *interface);
void pena_ipc_nursery_free (PenaIpcNursery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcNursery, pena_ipc_nursery_free)

/* A child, which the nursery makes within `limit` seconds. Callbacks come until the nursery is freed, not after. */
void pena_ipc_nursery_fork_async (PenaIpcNursery *self, guint limit, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
PenaIpcChild *pena_ipc_nursery_fork_finish (GAsyncResult *result, GError **error);

/* ---- the program's side ---- */

/* Forks whenever the broker wants it to. Returns TRUE in each copy, which has its line to the broker on
 * PENA_IPC_CHILD_FD and nothing else of the nursery's; FALSE without error in the nursery itself when the
 * broker has gone. No thread may have been started and no main context used: its wake-up descriptor would be
 * every copy's. */
gboolean pena_ipc_nursery_serve (gchar **argv, GError **error);
