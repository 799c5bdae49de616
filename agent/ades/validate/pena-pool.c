/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates and revocation data, wherever they come from
 * Copyright (C) 2026 the Pena authors */
#include "pena-pool.h"

#include "pena-certificate.h"
#include "pena-crl.h"

/* Each is read once for every certificate of a chain: a stranger's document may not make that endless. */
#define MAX_ITEMS 512
#define MAX_CERTIFICATES 512
/* In memory a list takes several times as much. */
#define MAX_KEPT (32 * 1024 * 1024)

static void
item_free (PenaPoolItem *self)
{
    g_bytes_unref (self->der);
    X509_CRL_free (self->list);
    g_free (self);
}

PenaPool *
pena_pool_new (const PenaValidationContext *context)
{
    PenaPool *self = g_new0 (PenaPool, 1);

    self->certificates = sk_X509_new_null ();
    self->ders = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)item_free);
    self->embedded = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    pena_pool_add_certificates (self, context->certificates, FALSE);
    pena_pool_add_certificates (self, context->embedded_certificates, TRUE);
    pena_pool_add_crls (self, context->crls, FALSE);
    pena_pool_add_crls (self, context->embedded_crls, TRUE);
    pena_pool_add_ocsps (self, context->ocsps, FALSE);
    pena_pool_add_ocsps (self, context->embedded_ocsps, TRUE);
    return self;
}

void
pena_pool_free (PenaPool *self)
{
    if (self == NULL)
        return;
    pena_x509_stack_free (self->certificates);
    g_ptr_array_unref (self->ders);
    g_ptr_array_unref (self->items);
    g_hash_table_unref (self->embedded);
    g_free (self);
}

void
pena_pool_add_certificates (PenaPool *self, GPtrArray *ders, gboolean embedded)
{
    for (guint i = 0; ders != NULL && i < ders->len && sk_X509_num (self->certificates) < MAX_CERTIFICATES;
         i++) {
        g_autoptr (X509) certificate = pena_certificate_parse (ders->pdata[i], NULL);
        if (certificate == NULL)
            continue;
        int known = sk_X509_num (self->certificates);
        X509_add_cert (self->certificates, certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
        if (sk_X509_num (self->certificates) > known)
            g_ptr_array_add (self->ders, g_bytes_ref (ders->pdata[i]));
        if (embedded)
            g_hash_table_add (self->embedded, g_bytes_ref (ders->pdata[i]));
    }
}

static void
add_items (PenaPool *self, GPtrArray *ders, gboolean is_ocsp, gboolean embedded)
{
    for (guint i = 0; ders != NULL && i < ders->len && self->items->len < MAX_ITEMS; i++) {
        PenaPoolItem *item = g_new0 (PenaPoolItem, 1);
        item->der = g_bytes_ref (ders->pdata[i]);
        item->is_ocsp = is_ocsp;
        item->embedded = embedded;
        g_ptr_array_add (self->items, item);
    }
}

void
pena_pool_add_crls (PenaPool *self, GPtrArray *ders, gboolean embedded)
{
    add_items (self, ders, FALSE, embedded);
}

void
pena_pool_add_ocsps (PenaPool *self, GPtrArray *ders, gboolean embedded)
{
    add_items (self, ders, TRUE, embedded);
}

gboolean
pena_pool_has_embedded (const PenaPool *self, X509 *certificate)
{
    g_autoptr (GBytes) der = pena_certificate_encode (certificate);

    return g_hash_table_contains (self->embedded, der);
}

X509_CRL *
pena_pool_read_list (PenaPool *self, PenaPoolItem *item)
{
    gsize size = g_bytes_get_size (item->der);
    X509_CRL *list = item->list != NULL ? item->list : pena_crl_parse (item->der);

    if (list != NULL && item->list == NULL && self->kept + size <= MAX_KEPT) {
        self->kept += size;
        item->list = list;
    }
    if (list != NULL && list == item->list)
        X509_CRL_up_ref (list);
    return list;
}
