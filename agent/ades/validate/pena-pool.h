/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates and revocation data, wherever they come from
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-openssl.h"
#include "pena-validate.h"

/* A revocation list or an OCSP answer; nothing is believed yet. */
typedef struct {
    GBytes *der;
    gboolean is_ocsp;
    gboolean embedded; /* it came with what is judged, and not from this computer */
    X509_CRL *list;    /* what was read from it, while there is room; see pena_pool_read_list() */
} PenaPoolItem;

typedef struct {
    PenaX509Stack *certificates;
    GPtrArray *ders;      /* of GBytes: the same */
    GPtrArray *items;     /* of PenaPoolItem */
    GHashTable *embedded; /* of GBytes: the certificates that came with what is judged */
    gsize kept;           /* how many octets the lists that are kept were read from */
} PenaPool;

/* With all that the context has. Transfer full. */
PenaPool *pena_pool_new (const PenaValidationContext *context);
void pena_pool_free (PenaPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPool, pena_pool_free)

/* Arrays of GBytes (DER); NULL for none. What cannot be read is passed over. */
void pena_pool_add_certificates (PenaPool *self, GPtrArray *ders, gboolean embedded);
void pena_pool_add_crls (PenaPool *self, GPtrArray *ders, gboolean embedded);
void pena_pool_add_ocsps (PenaPool *self, GPtrArray *ders, gboolean embedded);
gboolean pena_pool_has_embedded (const PenaPool *self, X509 *certificate);
/* The revocation list that is in this item of the pool, which is read once as long as there is room to keep it: it is asked
 * about every certificate. NULL when it is none. Transfer full. */
X509_CRL *pena_pool_read_list (PenaPool *self, PenaPoolItem *item);
