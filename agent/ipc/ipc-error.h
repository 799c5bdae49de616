/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors with their facts across the internal D-Bus interfaces
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* Answers a call with an error; takes ownership of both. The other side gets back the same code, message and facts. */
void pena_ipc_return_error (GDBusMethodInvocation *invocation, GError *error);
/* The same as a message; takes ownership of the error. Transfer full. */
GDBusMessage *pena_ipc_error_reply (GDBusMessage *call, GError *error);

/* Turns what a proxy call failed with into a PENA_ERROR: the peer's own error when it sent one; else `lost_code` (the peer
 * died, was killed or does not answer), with the D-Bus message kept. Does nothing when *error is NULL. */
void pena_ipc_take_error (GError **error, gint lost_code);
