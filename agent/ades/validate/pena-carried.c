/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: evidence that older forms of signatures carry in attributes
 * Copyright (C) 2026 the Pena authors */
#include "pena-carried.h"

#include "pena-cms-map.h"
#include "pena-der.h"
#include "pena-profile.h"

#define MAX_CARRIED 256

typedef struct {
    GBytes *value;
    PenaPool *pool;
    PenaProofs *proofs;
    gint64 time;
} Carried;

typedef void (*Add) (PenaPool *pool, GPtrArray *ders, gboolean embedded);

/* OCSPResponse { successful, id-pkix-ocsp-basic } around a BasicOCSPResponse. */
static GBytes *
wrap_basic (const guint8 *data, gsize length)
{
    static const guint8 successful[] = {0x0A, 0x01, 0x00};
    static const guint8 basic[] = {0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autoptr (GByteArray) explicit = g_byte_array_new ();
    g_autoptr (GByteArray) response = g_byte_array_new ();

    g_byte_array_append (bytes, basic, sizeof basic);
    pena_der_append (bytes, PENA_DER_OCTET_STRING, data, length);
    pena_der_append (explicit, PENA_DER_SEQUENCE, bytes->data, bytes->len);
    g_byte_array_append (response, successful, sizeof successful);
    pena_der_append (response, PENA_DER_CONTEXT_0, explicit->data, explicit->len);
    return pena_der_wrap (PENA_DER_SEQUENCE, response);
}

/* The elements of a SEQUENCE OF. */
static void
take_list (const Carried *self, const PenaPart *list, gboolean basic, Add add)
{
    g_autoptr (GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    const guint8 *data = g_bytes_get_data (self->value, NULL);
    PenaPart child;

    for (gsize at = 0; pena_part_next (data, list, &at, &child) && ders->len < MAX_CARRIED;) {
        GBytes *der = basic ? wrap_basic (data + child.offset, child.length)
                            : g_bytes_new (data + child.offset, child.length);
        g_ptr_array_add (ders, der);
        if (self->proofs != NULL)
            pena_proofs_add (self->proofs, der, self->time);
    }
    if (self->pool != NULL)
        add (self->pool, ders, TRUE);
}

/* SEQUENCE { [0] lists, [1] answers, ... }, each tag around a SEQUENCE OF. */
static void
take_revocation (const Carried *self, gboolean basic)
{
    const guint8 *data = g_bytes_get_data (self->value, NULL);
    PenaPart whole = {0, g_bytes_get_size (self->value)}, tagged;

    for (gsize at = 0; pena_part_next (data, &whole, &at, &tagged);) {
        PenaPart list;
        gsize inner = 0;
        if (!pena_part_next (data, &tagged, &inner, &list))
            continue;
        if (data[tagged.offset] == PENA_DER_CONTEXT_0)
            take_list (self, &list, FALSE, pena_pool_add_crls);
        else if (data[tagged.offset] == PENA_DER_CONTEXT_1)
            take_list (self, &list, basic, pena_pool_add_ocsps);
    }
}

static void
take_certificates (const Carried *self)
{
    const PenaPart whole = {0, g_bytes_get_size (self->value)};

    take_list (self, &whole, FALSE, pena_pool_add_certificates);
}

/* The DER of the only value; NULL when there is none. */
static GBytes *
dup_value (const PenaAttributes *attributes, PenaAttribute attribute)
{
    const ASN1_TYPE *value = pena_attributes_get (attributes, pena_attribute_type (attribute));

    if (value == NULL || value->type != V_ASN1_SEQUENCE)
        return NULL;
    return g_bytes_new (ASN1_STRING_get0_data (value->value.sequence),
                        (gsize)ASN1_STRING_length (value->value.sequence));
}

void
pena_carried_take (const PenaSignerInfo *info, PenaPool *pool, PenaProofs *proofs, gint64 time)
{
    g_autoptr (GBytes) certificates =
        dup_value (info->unsigned_attributes, PENA_ATTRIBUTE_CERTIFICATE_VALUES);
    g_autoptr (GBytes) revocation = dup_value (info->unsigned_attributes, PENA_ATTRIBUTE_REVOCATION_VALUES);
    g_autoptr (GBytes) adobe = dup_value (info->signed_attributes, PENA_ATTRIBUTE_ADOBE_REVOCATION);
    Carried carried = {NULL, pool, proofs, time};

    carried.value = certificates;
    if (certificates != NULL)
        take_certificates (&carried);
    carried.value = revocation;
    if (revocation != NULL)
        take_revocation (&carried, TRUE);
    carried.value = adobe;
    if (adobe != NULL)
        take_revocation (&carried, FALSE);
}
