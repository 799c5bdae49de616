/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: answering the broker's calls one after the other, without a thread
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* For a process that lives as long as one document: GDBus's connection brings two threads, whose start and end take as long as
 * reading a letter. The interface is described as those of D-Bus are; messages are of our own (ipc-message.h). */

typedef struct {
    const gchar *name; /* of the method */
    /* Transfer floating: the tuple of its answer; NULL with *error. arguments is a tuple of the types that the interface says.
     * fd: what came with the call, still the caller's; -1 for none. */
    GVariant *(*call) (gpointer self, GVariant *arguments, gint fd, GError **error);
} PenaIpcMethod;

/* What pena_ipc_line_serve() needs is loaded; for a nursery. */
void pena_ipc_line_preload (void);
/* Answers on PENA_IPC_CHILD_FD until the broker has gone, or breaks the rules. methods ends with a row without name. */
gboolean pena_ipc_line_serve (const GDBusInterfaceInfo *interface, const PenaIpcMethod *methods,
                              gpointer self, GError **error);
