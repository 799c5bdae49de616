/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: proofs of existence (ETSI EN 319 102-1, 5.6.2.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-proofs.h"

struct _PenaProofs {
    GHashTable *times; /* GBytes -> gint64 */
};

PenaProofs *
pena_proofs_new (void)
{
    PenaProofs *self = g_new0 (PenaProofs, 1);

    self->times = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
    return self;
}

void
pena_proofs_free (PenaProofs *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->times);
    g_free (self);
}

void
pena_proofs_add (PenaProofs *self, GBytes *what, gint64 time)
{
    const gint64 *known = g_hash_table_lookup (self->times, what);

    if (known == NULL || time < *known)
        g_hash_table_replace (self->times, g_bytes_ref (what), g_memdup2 (&time, sizeof time));
}

PenaProofs *
pena_proofs_copy (const PenaProofs *other)
{
    PenaProofs *self = pena_proofs_new ();
    GHashTableIter iterator;
    gpointer what, time;

    if (other == NULL)
        return self;
    g_hash_table_iter_init (&iterator, other->times);
    while (g_hash_table_iter_next (&iterator, &what, &time))
        pena_proofs_add (self, what, *(const gint64 *)time);
    return self;
}

gint64
pena_proofs_since (const PenaProofs *self, GBytes *what, gint64 otherwise)
{
    const gint64 *known = self != NULL ? g_hash_table_lookup (self->times, what) : NULL;

    return known != NULL ? MIN (*known, otherwise) : otherwise;
}
