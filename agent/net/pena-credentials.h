/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: passwords for time-stamp authorities
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-secret.h"

/* The value of the Authorization header for a server, from a file with lines "address user password" (blank lines and
 * lines that begin with # are passed over). TRUE with NULL when the file has no line for it. The file must be a regular
 * one, belong to this user and be closed to others: else CONFIG_INVALID, which names the file and never its contents.
 * Transfer full. */
gboolean pena_credentials_find (const gchar *path, const gchar *server, PenaSecret **ret_authorization,
                                GError **error);
