/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the ID of a signature
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#define PENA_ULID_LENGTH 26

/* A ULID: milliseconds since 1970 in 10 characters, then 80 random bits in 16, all of Crockford's Base32. IDs sort by time,
 * cannot be guessed and can be read out. NULL when the kernel has no random bytes to give. Transfer full. */
gchar *pena_ulid_new (gint64 milliseconds);
