/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that were read already
 * Copyright (C) 2026 the Pena authors */
#include "pena-certificate-memo.h"

/* Of one document the chains of its signatures; of many from one office, always the same few. */
#define MOST 32

/* A thread's own: no locks, and gone with it. */
typedef struct {
    GHashTable *known; /* DER -> X509 */
    GQueue order;      /* of the table's keys, the one kept longest first */
} Memo;

static void
memo_free (gpointer data)
{
    Memo *self = data;

    g_queue_clear (&self->order);
    g_hash_table_unref (self->known);
    g_free (self);
}

static Memo *
get_memo (void)
{
    static GPrivate memo_of_thread = G_PRIVATE_INIT (memo_free);
    Memo *self = g_private_get (&memo_of_thread);

    if (self != NULL)
        return self;
    self = g_new0 (Memo, 1);
    self->known = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                         (GDestroyNotify)X509_free);
    g_queue_init (&self->order);
    g_private_set (&memo_of_thread, self);
    return self;
}

X509 *
pena_certificate_memo_find (GBytes *der)
{
    X509 *known = g_hash_table_lookup (get_memo ()->known, der);

    if (known != NULL)
        X509_up_ref (known);
    return known;
}

void
pena_certificate_memo_keep (GBytes *der, X509 *certificate)
{
    Memo *self = get_memo ();
    gsize length;
    gconstpointer data = g_bytes_get_data (der, &length);
    /* What was given may be a piece of something much larger, which it would keep alive. */
    GBytes *key = g_bytes_new (data, length);

    if (g_queue_get_length (&self->order) >= MOST)
        g_hash_table_remove (self->known, g_queue_pop_head (&self->order));
    X509_up_ref (certificate);
    g_hash_table_insert (self->known, key, certificate);
    g_queue_push_tail (&self->order, key);
}
