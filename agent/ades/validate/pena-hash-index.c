/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an archive time-stamp says that it covers (EN 319 122-1, 5.5.2)
 * Copyright (C) 2026 the Pena authors */
#include "pena-hash-index.h"

#include "pena-algorithm.h"
#include "pena-cms-map.h"
#include "pena-digest.h"

#define CONTEXT_1 0xA1 /* RevocationInfoChoice: other */

static GBytes *
part_bytes (GBytes *whole, const PenaPart *part)
{
    return g_bytes_new_from_bytes (whole, part->offset, part->length);
}

static PenaPart
whole_part (GBytes *bytes)
{
    return (PenaPart){0, g_bytes_get_size (bytes)};
}

static GBytes *
hash_pieces (const gchar *digest, const guint8 *data, const PenaPart *first, const PenaPart *second)
{
    g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);

    if (first != NULL)
        pena_digest_update (state, data + first->offset, first->length);
    pena_digest_update (state, data + second->offset, second->length);
    return pena_digest_get (state);
}

/* What is inside `other` of a RevocationInfoChoice, after its OID; else the choice itself. */
static GBytes *
dup_evidence (GBytes *choice)
{
    const guint8 *data = g_bytes_get_data (choice, NULL);
    PenaPart whole = whole_part (choice), oid, inside;
    gsize at = 0;

    if (data[0] == CONTEXT_1 && pena_part_next (data, &whole, &at, &oid) &&
        pena_part_next (data, &whole, &at, &inside))
        return part_bytes (choice, &inside);
    return g_bytes_ref (choice);
}

/* Hash -> what it is of. */
static GHashTable *
new_table (void)
{
    return g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                  (GDestroyNotify)g_bytes_unref);
}

static GHashTable *
hash_list (const GPtrArray *list, const gchar *digest)
{
    GHashTable *table = new_table ();

    for (guint i = 0; i < list->len; i++) {
        GBytes *bytes = list->pdata[i];
        PenaPart whole = whole_part (bytes);
        g_hash_table_replace (table, hash_pieces (digest, g_bytes_get_data (bytes, NULL), NULL, &whole),
                              dup_evidence (bytes));
    }
    return table;
}

/* The third version has a hash for each value, over the type and the value. The older ones have one for each attribute: over
 * all of it, or over the type and the set of values. Each binds the same bytes. */
static void
hash_attribute (GHashTable *table, GBytes *attribute, const gchar *digest)
{
    const guint8 *data = g_bytes_get_data (attribute, NULL);
    PenaPart whole = whole_part (attribute), type, set, value;
    gsize at = 0, inner = 0;

    if (!pena_part_next (data, &whole, &at, &type) || !pena_part_next (data, &whole, &at, &set))
        return;
    g_hash_table_replace (table, hash_pieces (digest, data, NULL, &whole), g_bytes_ref (attribute));
    g_hash_table_replace (table, hash_pieces (digest, data, &type, &set), g_bytes_ref (attribute));
    while (pena_part_next (data, &set, &inner, &value))
        g_hash_table_replace (table, hash_pieces (digest, data, &type, &value),
                              part_bytes (attribute, &value));
}

static GHashTable *
hash_attributes (const GPtrArray *attributes, const gchar *digest)
{
    GHashTable *table = new_table ();

    for (guint i = 0; i < attributes->len; i++)
        hash_attribute (table, attributes->pdata[i], digest);
    return table;
}

static gboolean
take_all (GBytes *index, const PenaPart *list, GHashTable *table, GPtrArray *covered)
{
    const guint8 *data = g_bytes_get_data (index, NULL);
    gsize at = 0;
    PenaPart child;

    while (pena_part_next (data, list, &at, &child)) {
        PenaPart octets = pena_part_inside (data, &child);
        g_autoptr (GBytes) hash = part_bytes (index, &octets);
        GBytes *found = g_hash_table_lookup (table, hash);
        if (data[child.offset] != V_ASN1_OCTET_STRING || found == NULL)
            return FALSE;
        g_ptr_array_add (covered, g_bytes_ref (found));
    }
    return TRUE;
}

static const gchar *
read_digest (GBytes *index, const PenaPart *algorithm)
{
    const guint8 *data = g_bytes_get_data (index, NULL), *at = data + algorithm->offset;
    g_autoptr (X509_ALGOR) parsed = d2i_X509_ALGOR (NULL, &at, (long)algorithm->length);
    const PenaDigestAlgorithm *digest = parsed != NULL ? pena_digest_algorithm_from (parsed) : NULL;

    return digest != NULL ? digest->name : NULL;
}

/* A list of hashes holds strings of octets, an algorithm its identifier. */
static gboolean
is_algorithm (GBytes *index, const PenaPart *part)
{
    const guint8 *data = g_bytes_get_data (index, NULL);
    gsize at = 0;
    PenaPart child;

    return pena_part_next (data, part, &at, &child) && data[child.offset] == V_ASN1_OBJECT;
}

/* *ret_digest and the three lists. The first version leaves the digest out when it is SHA-256. */
static gboolean
read_index (GBytes *index, const gchar **ret_digest, PenaPart lists[3])
{
    const guint8 *data = g_bytes_get_data (index, NULL);
    PenaPart whole = whole_part (index), first;
    gsize at = 0, after = 0;

    *ret_digest = "sha256";
    if (pena_part_next (data, &whole, &after, &first) && is_algorithm (index, &first)) {
        *ret_digest = read_digest (index, &first);
        at = after;
    }
    for (guint i = 0; i < 3; i++)
        if (!pena_part_next (data, &whole, &at, &lists[i]) ||
            data[lists[i].offset] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
            return FALSE;
    return *ret_digest != NULL && at == whole.length;
}

gboolean
pena_hash_index_check (GBytes *index, const PenaSignedParts *parts, const PenaSignerParts *signer,
                       GPtrArray **ret_covered)
{
    const gchar *digest;
    PenaPart lists[3];

    if (!read_index (index, &digest, lists))
        return FALSE;
    g_autoptr (GHashTable) certificates = hash_list (parts->certificates, digest);
    g_autoptr (GHashTable) crls = hash_list (parts->crls, digest);
    g_autoptr (GHashTable) attributes = hash_attributes (signer->unsigned_attributes, digest);
    g_autoptr (GPtrArray) covered = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    if (!take_all (index, &lists[0], certificates, covered) || !take_all (index, &lists[1], crls, covered) ||
        !take_all (index, &lists[2], attributes, covered))
        return FALSE;
    *ret_covered = g_steal_pointer (&covered);
    return TRUE;
}
