/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the time-stamps of a CMS signature are over
 * Copyright (C) 2026 the Pena authors */
#include "pena-archive.h"

#include <openssl/objects.h>
#include <string.h>

#include "pena-algorithm.h"
#include "pena-cms-map.h"
#include "pena-der.h"

static void
update (PenaDigest *state, GBytes *bytes)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (bytes, &length);

    pena_digest_update (state, data, length);
}

static gboolean
update_with_signature (PenaDigest *state, const PenaSignerParts *signer)
{
    const guint8 *data = g_bytes_get_data (signer->signature, NULL);
    PenaPart whole = {0, g_bytes_get_size (signer->signature)};
    PenaPart octets = pena_part_inside (data, &whole);

    pena_digest_update (state, data + octets.offset, octets.length);
    return octets.length > 0;
}

GBytes *
pena_signature_imprint (const PenaSignerParts *signer, const gchar *digest)
{
    g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);

    return state != NULL && update_with_signature (state, signer) ? pena_digest_get (state) : NULL;
}

static void
append_hash (GByteArray *out, PenaDigest *state)
{
    g_autoptr (GBytes) value = pena_digest_get (state);
    pena_der_append (out, PENA_DER_OCTET_STRING, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
}

static void
append_hashes (GByteArray *out, const GPtrArray *list, const gchar *digest)
{
    g_autoptr (GByteArray) hashes = g_byte_array_new ();

    for (guint i = 0; i < list->len; i++) {
        g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);
        update (state, list->pdata[i]);
        append_hash (hashes, state);
    }
    pena_der_append (out, PENA_DER_SEQUENCE, hashes->data, hashes->len);
}

/* One hash for each value: over the attribute's type and the value, each a whole element. */
static void
append_attribute (GByteArray *hashes, GBytes *attribute, const gchar *digest)
{
    const guint8 *data = g_bytes_get_data (attribute, NULL);
    PenaPart whole = {0, g_bytes_get_size (attribute)}, type, set, value;
    gsize at = 0, inner = 0;

    if (!pena_part_next (data, &whole, &at, &type) || !pena_part_next (data, &whole, &at, &set))
        return;
    while (pena_part_next (data, &set, &inner, &value)) {
        g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);
        pena_digest_update (state, data + type.offset, type.length);
        pena_digest_update (state, data + value.offset, value.length);
        append_hash (hashes, state);
    }
}

GBytes *
pena_hash_index_new (const PenaSignedParts *parts, const PenaSignerParts *signer, const gchar *digest)
{
    const PenaDigestAlgorithm *algorithm = pena_digest_algorithm_by_name (digest);
    g_autoptr (GByteArray) content = g_byte_array_new ();
    g_autoptr (GByteArray) type = g_byte_array_new ();
    g_autoptr (GByteArray) attributes = g_byte_array_new ();

    g_return_val_if_fail (algorithm != NULL, NULL);
    const ASN1_OBJECT *object = OBJ_nid2obj (algorithm->nid);
    pena_der_append (type, PENA_DER_OID, OBJ_get0_data (object), OBJ_length (object));
    pena_der_append (content, PENA_DER_SEQUENCE, type->data, type->len); /* RFC 5754, 2: no parameter */
    append_hashes (content, parts->certificates, digest);
    append_hashes (content, parts->crls, digest);
    for (guint i = 0; i < signer->unsigned_attributes->len; i++)
        append_attribute (attributes, signer->unsigned_attributes->pdata[i], digest);
    pena_der_append (content, PENA_DER_SEQUENCE, attributes->data, attributes->len);
    return pena_der_wrap (PENA_DER_SEQUENCE, content);
}

GBytes *
pena_archive_imprint (const PenaSignedParts *parts, const PenaSignerParts *signer, const gchar *digest,
                      GBytes *content_digest, GBytes *hash_index)
{
    g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);
    GBytes *const pieces[] = {parts->content_type,
                              content_digest,
                              signer->version,
                              signer->sid,
                              signer->digest_algorithm,
                              signer->signed_attributes,
                              signer->signature_algorithm,
                              signer->signature,
                              hash_index};

    g_return_val_if_fail (state != NULL, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        if (pieces[i] != NULL)
            update (state, pieces[i]);
    return pena_digest_get (state);
}

/* ---- older forms ---- */

static gboolean
holds_one_of (GBytes *attribute, const GPtrArray *tokens)
{
    const guint8 *data = g_bytes_get_data (attribute, NULL);
    PenaPart whole = {0, g_bytes_get_size (attribute)}, type, set, value;
    gsize at = 0, inner = 0;

    if (!pena_part_next (data, &whole, &at, &type) || !pena_part_next (data, &whole, &at, &set))
        return FALSE;
    while (pena_part_next (data, &set, &inner, &value))
        for (guint i = 0; i < tokens->len; i++)
            if (g_bytes_get_size (tokens->pdata[i]) == value.length &&
                memcmp (g_bytes_get_data (tokens->pdata[i], NULL), data + value.offset, value.length) == 0)
                return TRUE;
    return FALSE;
}

static gboolean
came_later (GBytes *attribute, const GPtrArray *left_out)
{
    return (pena_attribute_is (attribute, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP) ||
            pena_attribute_is (attribute, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2)) &&
           holds_one_of (attribute, left_out);
}

GBytes *
pena_archive_v2_imprint (const PenaDigest *front, const PenaSignerParts *signer, const GPtrArray *left_out,
                         gboolean bare)
{
    g_autoptr (PenaDigest) state = pena_digest_copy (front);
    g_autoptr (GByteArray) attributes = g_byte_array_new ();
    g_autoptr (GByteArray) head = g_byte_array_new ();
    GBytes *const pieces[] = {signer->version,
                              signer->sid,
                              signer->digest_algorithm,
                              signer->signed_attributes,
                              signer->signature_algorithm,
                              signer->signature};

    for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        if (pieces[i] != NULL)
            update (state, pieces[i]);
    for (guint i = 0; i < signer->unsigned_attributes->len; i++)
        if (!came_later (signer->unsigned_attributes->pdata[i], left_out))
            pena_der_append_bytes (attributes, signer->unsigned_attributes->pdata[i]);
    pena_der_append_header (head, PENA_DER_CONTEXT_1, attributes->len);
    if (!bare)
        pena_digest_update (state, head->data, head->len);
    pena_digest_update (state, attributes->data, attributes->len);
    return pena_digest_get (state);
}

/* Type and values, without what is around them. */
static void
update_with_attributes (PenaDigest *state, const PenaSignerParts *signer, PenaAttribute kind)
{
    for (guint i = 0; i < signer->unsigned_attributes->len; i++) {
        GBytes *attribute = signer->unsigned_attributes->pdata[i];
        const guint8 *data = g_bytes_get_data (attribute, NULL);
        PenaPart whole = {0, g_bytes_get_size (attribute)}, part;
        gsize at = 0;
        while (pena_attribute_is (attribute, kind) && pena_part_next (data, &whole, &at, &part))
            pena_digest_update (state, data + part.offset, part.length);
    }
}

GBytes *
pena_references_imprint (const PenaSignerParts *signer, PenaAttribute kind, const gchar *digest)
{
    g_autoptr (PenaDigest) state = pena_digest_new (digest, NULL);

    if (state == NULL)
        return NULL;
    if (kind == PENA_ATTRIBUTE_COMPLETE_TIME_STAMP) {
        if (!update_with_signature (state, signer))
            return NULL;
        update_with_attributes (state, signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);
    }
    update_with_attributes (state, signer, PENA_ATTRIBUTE_CERTIFICATE_REFERENCES);
    update_with_attributes (state, signer, PENA_ATTRIBUTE_REVOCATION_REFERENCES);
    return pena_digest_get (state);
}

static PenaSignedParts *
parse_token (GBytes *token, GError **error)
{
    gsize length, taken = 0;
    const guint8 *data = g_bytes_get_data (token, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, &taken, error);

    return parts != NULL && taken == length ? g_steal_pointer (&parts) : NULL;
}

GBytes *
pena_archive_token_new (GBytes *token, GBytes *hash_index, GError **error)
{
    g_autoptr (PenaSignedParts) parts = parse_token (token, error);

    if (parts == NULL)
        return NULL;
    /* The TSTInfo, which the token holds as one string. */
    g_autoptr (GBytes) content = pena_signed_parts_dup_content (parts, g_bytes_get_data (token, NULL));
    pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_HASH_INDEX, hash_index);
    return pena_signed_parts_encode_with (parts, content);
}

GBytes *
pena_archive_token_dup_hash_index (GBytes *token)
{
    static const PenaAttribute kinds[] = {PENA_ATTRIBUTE_HASH_INDEX, PENA_ATTRIBUTE_HASH_INDEX_V2,
                                          PENA_ATTRIBUTE_HASH_INDEX_V1};
    g_autoptr (PenaSignedParts) parts = parse_token (token, NULL);

    if (parts == NULL)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (GPtrArray) values = pena_signer_parts_dup_values (&parts->signer, kinds[i]);
        if (values->len > 0)
            return values->len == 1 ? g_bytes_ref (values->pdata[0]) : NULL;
    }
    return NULL;
}

static PenaSignedParts *
parse_detached (GBytes *cms, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);

    return pena_signed_parts_new (data, length, NULL, error);
}

GBytes *
pena_cms_signature_imprint (GBytes *cms, const gchar *digest)
{
    g_autoptr (PenaSignedParts) parts = parse_detached (cms, NULL);

    return parts != NULL ? pena_signature_imprint (&parts->signer, digest) : NULL;
}

GBytes *
pena_cms_with_time_stamp (GBytes *cms, GBytes *token, GError **error)
{
    g_autoptr (PenaSignedParts) parts = parse_detached (cms, error);

    if (parts == NULL)
        return NULL;
    pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, token);
    return pena_signed_parts_encode_detached (parts);
}
