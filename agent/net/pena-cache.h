/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: answers about revocation that are kept for a while
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* In memory and, below $XDG_CACHE_HOME/pena/revocation, on disk. It only saves questions: what comes out of it is checked
 * like an answer from the network. Bounded in both places; the oldest goes first. */
typedef struct _PenaCache PenaCache;

/* folder: NULL for memory alone. age: seconds after which an entry is not given out any more. size: bytes on disk.
 * Transfer full. */
PenaCache *pena_cache_new (const gchar *folder, guint64 age, guint64 size);
void pena_cache_free (PenaCache *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCache, pena_cache_free)

/* A name for what is asked: kind, and what it is asked about (GBytes; NULL ends the list). Transfer full. */
gchar *pena_cache_key (const gchar *kind, ...) G_GNUC_NULL_TERMINATED;
/* now: seconds since 1970 UTC. NULL when there is none. Transfer full. */
GBytes *pena_cache_get (PenaCache *self, const gchar *key, gint64 now);
/* Whether nothing at all is kept, however old. */
gboolean pena_cache_is_empty (PenaCache *self);
/* Failing to write to the disk is no error of anybody's. */
void pena_cache_put (PenaCache *self, const gchar *key, GBytes *answer, gint64 now);
