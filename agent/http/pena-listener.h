/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the socket that the agent listens on
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

typedef struct _PenaListener PenaListener;

/* The socket that systemd handed over, or else one made at `path` (NULL: $PENA_SOCKET, or
 * $XDG_RUNTIME_DIR/pena/agent.sock) in a folder that is ours alone. BUSY when another agent serves it
 * already; CONFIG_INVALID with fact "reason". */
PenaListener *pena_listener_open (const gchar *path, GError **error);
/* Removes the socket when we made it and it is still ours. */
void pena_listener_free (PenaListener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaListener, pena_listener_free)

GSocket *pena_listener_get_socket (PenaListener *self);
