/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: hashing a document while it comes in
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The state of a hash. A copy goes on from where the original stands: a document is hashed once while it is
 * received, and a copy continues over the bytes that a signature appends. */
typedef struct _PenaDigest PenaDigest;

/* algorithm: a name of pena_digest_algorithm_by_name(). INTERNAL when it is another. */
PenaDigest *pena_digest_new (const gchar *algorithm, GError **error);
/* Transfer full. */
PenaDigest *pena_digest_copy (const PenaDigest *self);
void pena_digest_free (PenaDigest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaDigest, pena_digest_free)

void pena_digest_update (PenaDigest *self, gconstpointer data, gsize length);
/* The digest of what came so far; the state stays and can be continued. Transfer full. */
GBytes *pena_digest_get (const PenaDigest *self);
