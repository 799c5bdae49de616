/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors with their facts between the agent's processes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* What travels. Floating. */
GVariant *pena_ipc_error_to_variant (const GError *error);
/* The same code, message and facts again; NULL when a stranger made something else. Transfer full. */
GError *pena_ipc_error_from_variant (GVariant *value);

/* Turns what a call failed with into a PENA_ERROR: the other process's own error when it sent one; else `lost_code` (it died, was
 * killed or does not answer), with the message kept. Does nothing when *error is NULL. */
void pena_ipc_take_error (GError **error, gint lost_code);
