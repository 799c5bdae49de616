/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: malloc for a library through whose hands a passphrase goes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <stddef.h>

/* Each piece is a PenaSecret: locked in RAM, not in core dumps, wiped when freed. NULL when memory cannot be
 * locked. */
void *pena_locked_malloc (size_t size);
void *pena_locked_realloc (void *memory, size_t size);
void pena_locked_free (void *memory);
