/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that a card keeps compressed
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Undoes gzip or zlib compression. NULL when the data is neither, is cut off, or would become larger than
 * max. */
GBytes *pena_unpack (gconstpointer data, gsize length, gsize max);
