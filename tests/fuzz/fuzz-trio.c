/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a fuzz input that is a certificate, its issuer and what somebody says of it
 * Copyright (C) 2026 the Pena authors */
#include "fuzz-trio.h"

#include "pena-certificate.h"

#define HEAD 4
#define KEPT 64

/* To read a certificate takes far longer than what is tried here, and most inputs share theirs. */
static X509 *
read_certificate (const guint8 *data, size_t size)
{
    static GHashTable *kept;
    g_autoptr (GBytes) der = g_bytes_new (data, size);

    if (kept == NULL)
        kept = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                      (GDestroyNotify)X509_free);
    X509 *certificate = g_hash_table_lookup (kept, der);
    if (certificate != NULL) {
        X509_up_ref (certificate);
        return certificate;
    }
    certificate = pena_certificate_parse (der, NULL);
    if (certificate == NULL)
        return NULL;
    if (g_hash_table_size (kept) >= KEPT)
        g_hash_table_remove_all (kept);
    X509_up_ref (certificate);
    g_hash_table_insert (kept, g_steal_pointer (&der), certificate);
    return certificate;
}

gboolean
fuzz_trio_init (FuzzTrio *self, const guint8 *data, size_t size)
{
    if (size < HEAD)
        return FALSE;
    size_t one = (size_t)data[0] << 8 | data[1], two = (size_t)data[2] << 8 | data[3];
    if (size - HEAD < one + two)
        return FALSE;
    self->certificate = read_certificate (data + HEAD, one);
    self->issuer = self->certificate != NULL ? read_certificate (data + HEAD + one, two) : NULL;
    self->rest = g_bytes_new (data + HEAD + one + two, size - HEAD - one - two);
    if (self->issuer != NULL)
        return TRUE;
    fuzz_trio_clear (self);
    return FALSE;
}

void
fuzz_trio_clear (FuzzTrio *self)
{
    g_clear_pointer (&self->certificate, X509_free);
    g_clear_pointer (&self->issuer, X509_free);
    g_clear_pointer (&self->rest, g_bytes_unref);
}
