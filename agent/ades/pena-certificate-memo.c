/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates that were read already
 * Copyright (C) 2026 the Pena authors */
#include "pena-certificate-memo.h"

/* Of one document the chains of its signatures; of many from one office, always the same few. */
#define MOST 32

typedef struct {
    X509 *certificate, *issuer;
    gboolean is_signed;
} Pair;

/* A thread's own: no locks, and gone with it. */
typedef struct {
    GHashTable *known; /* DER -> X509 */
    GQueue order;      /* of the table's keys, the one kept longest first */
    Pair pairs[MOST];  /* those of the same two objects; a ring */
    guint next;        /* where the next one goes */
} Memo;

static void
pair_clear (Pair *self)
{
    g_clear_pointer (&self->certificate, X509_free);
    g_clear_pointer (&self->issuer, X509_free);
}

static void
memo_free (gpointer data)
{
    Memo *self = data;

    for (guint i = 0; i < MOST; i++)
        pair_clear (&self->pairs[i]);
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

static Pair *
make_pair (Memo *self, X509 *certificate, X509 *issuer)
{
    Pair *pair = &self->pairs[self->next++ % MOST];

    pair_clear (pair);
    X509_up_ref (certificate);
    X509_up_ref (issuer);
    *pair = (Pair){certificate, issuer, X509_verify (certificate, X509_get0_pubkey (issuer)) == 1};
    return pair;
}

gboolean
pena_certificate_memo_verify (X509 *certificate, X509 *issuer)
{
    Memo *self = get_memo ();

    for (guint i = 0; i < MOST; i++)
        if (self->pairs[i].certificate == certificate && self->pairs[i].issuer == issuer)
            return self->pairs[i].is_signed;
    return make_pair (self, certificate, issuer)->is_signed;
}
