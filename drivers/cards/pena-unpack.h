/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that a card keeps compressed
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Compresses as gzip does. NULL when that fails. */
GBytes *pena_pack (gconstpointer data, gsize length);
/* Undoes gzip or zlib compression. NULL when the data is neither, is cut off, or would become larger than
 * max. */
GBytes *pena_unpack (gconstpointer data, gsize length, gsize max);
