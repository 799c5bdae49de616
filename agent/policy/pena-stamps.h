/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the stamp templates that are installed
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The template NAME.stamp of the user, of the administrator or of Pena, in this order. STAMP_UNKNOWN, STAMP_INVALID.
 * Transfer full. */
gchar *pena_stamps_load (const gchar *name, GError **error);
