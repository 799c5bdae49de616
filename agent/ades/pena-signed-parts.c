/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: SignedData as the bytes that it is made of
 * Copyright (C) 2026 the Pena authors */
#include "pena-signed-parts.h"

#include <openssl/objects.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-cms-map.h"
#include "pena-der.h"
#include "pena-text.h"

/* Enough for the validation data of decades; a stranger's file may not make the reader work without end. */
#define MAX_ITEMS 1024
#define MAX_RANGES 1048576 /* 4 GiB in pieces of 4 KiB */
#define MAX_NESTING 4
#define MAX_SIGNERS 32
/* All but the content. */
#define MAX_PARTS (16 * 1024 * 1024)

static const guint8 signed_data_oid[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02};
/* id-ri-ocsp-response, RFC 5940 */
static const guint8 ocsp_oid[] = {0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x10, 0x02};

static gpointer
fail (GError **error)
{
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_SIGNATURE_DAMAGED, "not a CMS SignedData");

    pena_error_set_string (made, "reason", _ ("it is not a CMS SignedData of one signer"));
    g_propagate_error (error, made);
    return NULL;
}

static GPtrArray *
new_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

static GBytes *
copy (const guint8 *data, const PenaPart *part)
{
    return part->length > 0 ? g_bytes_new (data + part->offset, part->length) : NULL;
}

static PenaPart
whole (GBytes *bytes)
{
    return (PenaPart){0, g_bytes_get_size (bytes)};
}

static gboolean
copy_all (const guint8 *data, const PenaPart *set, GPtrArray *list)
{
    PenaPart child;

    for (gsize at = 0; pena_part_next (data, set, &at, &child);) {
        if (list->len >= MAX_ITEMS)
            return FALSE;
        g_ptr_array_add (list, copy (data, &child));
    }
    return TRUE;
}

static void
clear_signer (PenaSignerParts *self)
{
    GBytes **const parts[] = {&self->version,
                              &self->sid,
                              &self->digest_algorithm,
                              &self->signed_attributes,
                              &self->signature_algorithm,
                              &self->signature};

    for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        g_clear_pointer (parts[i], g_bytes_unref);
    g_clear_pointer (&self->unsigned_attributes, g_ptr_array_unref);
}

void
pena_signer_parts_free (PenaSignerParts *self)
{
    if (self == NULL)
        return;
    clear_signer (self);
    g_free (self);
}

void
pena_signed_parts_free (PenaSignedParts *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->version, g_bytes_unref);
    g_clear_pointer (&self->digest_algorithms, g_bytes_unref);
    g_clear_pointer (&self->content_type, g_bytes_unref);
    g_array_unref (self->content);
    g_ptr_array_unref (self->certificates);
    g_ptr_array_unref (self->crls);
    clear_signer (&self->signer);
    g_ptr_array_unref (self->further);
    g_free (self);
}

/* ---- reading ---- */

/* Content that was written while it streamed is a string of strings (X.690, 8.7.3). */
static gboolean
read_octets (PenaSignedParts *self, const guint8 *data, const PenaPart *string, guint depth)
{
    PenaPart piece;
    gsize at = 0;

    if (data[string->offset] == PENA_DER_OCTET_STRING) {
        PenaPart inside = pena_part_inside (data, string);
        PenaContentRange range = {inside.offset, inside.length};
        if (self->content->len >= MAX_RANGES)
            return FALSE;
        g_array_append_val (self->content, range);
        return TRUE;
    }
    if (depth > MAX_NESTING)
        return FALSE;
    while (pena_part_next (data, string, &at, &piece))
        if ((data[piece.offset] & ~0x20) != PENA_DER_OCTET_STRING ||
            !read_octets (self, data, &piece, depth + 1))
            return FALSE;
    return TRUE;
}

static gboolean
read_signer (PenaSignerParts *signer, const guint8 *data, const PenaCmsMap *map)
{
    signer->unsigned_attributes = new_list ();
    signer->version = copy (data, &map->signer_version);
    signer->sid = copy (data, &map->sid);
    signer->digest_algorithm = copy (data, &map->digest_algorithm);
    signer->signed_attributes = copy (data, &map->signed_attributes);
    signer->signature_algorithm = copy (data, &map->signature_algorithm);
    signer->signature = copy (data, &map->signature);
    return copy_all (data, &map->unsigned_attributes, signer->unsigned_attributes);
}

static gboolean
read_further (PenaSignedParts *self, const guint8 *data, PenaCmsMap *map)
{
    const PenaPart set = map->signer_infos;
    PenaPart child;
    gsize at = 0;

    if (!pena_part_next (data, &set, &at, &child))
        return FALSE; /* nobody at all */
    while (pena_part_next (data, &set, &at, &child)) {
        PenaSignerParts *one = g_new0 (PenaSignerParts, 1);
        g_ptr_array_add (self->further, one);
        if (self->further->len >= MAX_SIGNERS || !pena_cms_map_signer (data, &child, map) ||
            !read_signer (one, data, map))
            return FALSE;
    }
    return TRUE;
}

PenaSignerParts *
pena_signer_parts_new (GBytes *signer_info)
{
    g_autoptr (PenaSignerParts) self = g_new0 (PenaSignerParts, 1);
    const guint8 *data = g_bytes_get_data (signer_info, NULL);
    PenaPart info = whole (signer_info);
    PenaCmsMap map = {.signer_info = {0, 0}};

    return pena_cms_map_signer (data, &info, &map) && read_signer (self, data, &map) ? g_steal_pointer (&self)
                                                                                     : NULL;
}

/* All but the content is copied. */
static gboolean
is_small (const PenaCmsMap *map, gsize length)
{
    return length - map->content.length <= MAX_PARTS;
}

PenaSignedParts *
pena_signed_parts_new (const guint8 *data, gsize length, gsize *ret_taken, GError **error)
{
    g_autoptr (PenaSignedParts) self = pena_signed_parts_new_of_many (data, length, ret_taken, error);

    if (self != NULL && self->further->len > 0)
        return fail (error);
    return g_steal_pointer (&self);
}

PenaSignedParts *
pena_signed_parts_new_of_many (const guint8 *data, gsize length, gsize *ret_taken, GError **error)
{
    PenaCmsMap map;
    gsize taken = 0;

    if (!pena_cms_map (data, length, &map, &taken) || !is_small (&map, taken))
        return fail (error);
    g_autoptr (PenaSignedParts) self = g_new0 (PenaSignedParts, 1);
    self->content = g_array_new (FALSE, FALSE, sizeof (PenaContentRange));
    self->certificates = new_list ();
    self->crls = new_list ();
    self->further = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_signer_parts_free);
    self->version = copy (data, &map.version);
    self->digest_algorithms = copy (data, &map.digest_algorithms);
    self->content_type = copy (data, &map.content_type);
    self->attached = map.content.length > 0;
    self->encapsulated = (PenaContentRange){map.encapsulated.offset, map.encapsulated.length};
    self->sets = (PenaContentRange){map.encapsulated.offset + map.encapsulated.length,
                                    map.certificates.length + map.crls.length};
    if (!copy_all (data, &map.certificates, self->certificates) || !copy_all (data, &map.crls, self->crls) ||
        !read_signer (&self->signer, data, &map) || !read_further (self, data, &map) ||
        (self->attached && !read_octets (self, data, &map.content, 0)))
        return fail (error);
    if (ret_taken != NULL)
        *ret_taken = taken;
    return g_steal_pointer (&self);
}

/* ---- adding ---- */

/* What was in the order of DER stays so (X.690, 11.6); what was not is left as its maker had it. */
static void
add_once (GPtrArray *list, GBytes *bytes)
{
    guint at = 0;

    for (guint i = 0; i < list->len; i++)
        if (g_bytes_equal (list->pdata[i], bytes))
            return;
    while (at < list->len && g_bytes_compare (list->pdata[at], bytes) < 0)
        at++;
    g_ptr_array_insert (list, (gint)at, g_bytes_ref (bytes));
}

void
pena_signed_parts_add_certificate (PenaSignedParts *self, GBytes *certificate)
{
    add_once (self->certificates, certificate);
}

void
pena_signed_parts_add_crl (PenaSignedParts *self, GBytes *list)
{
    add_once (self->crls, list);
}

/* RFC 5652, 5.1: revocation data of another kind makes it version 5. */
static void
raise_version (PenaSignedParts *self)
{
    static const guint8 five[] = {PENA_DER_INTEGER, 1, 5};

    g_bytes_unref (self->version);
    self->version = g_bytes_new_static (five, sizeof five);
}

void
pena_signed_parts_add_ocsp (PenaSignedParts *self, GBytes *response)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();

    g_byte_array_append (content, ocsp_oid, sizeof ocsp_oid);
    pena_der_append_bytes (content, response);
    g_autoptr (GBytes) choice = pena_der_wrap (PENA_DER_CONTEXT_1, content);
    add_once (self->crls, choice);
    raise_version (self);
}

static void
append_type (GByteArray *out, PenaAttribute attribute)
{
    const ASN1_OBJECT *type = pena_attribute_type (attribute);
    pena_der_append (out, PENA_DER_OID, OBJ_get0_data (type), OBJ_length (type));
}

void
pena_signer_parts_add_unsigned (PenaSignerParts *self, PenaAttribute attribute, GBytes *value)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();
    gsize length;
    gconstpointer data = g_bytes_get_data (value, &length);

    append_type (content, attribute);
    pena_der_append (content, PENA_DER_SET, data, length);
    g_ptr_array_add (self->unsigned_attributes, pena_der_wrap (PENA_DER_SEQUENCE, content));
}

gboolean
pena_attribute_is (GBytes *attribute, PenaAttribute kind)
{
    g_autoptr (GByteArray) type = g_byte_array_new ();
    const guint8 *data = g_bytes_get_data (attribute, NULL);
    PenaPart outer = whole (attribute), name;
    gsize at = 0;

    append_type (type, kind);
    return pena_part_next (data, &outer, &at, &name) && name.length == type->len &&
           memcmp (data + name.offset, type->data, type->len) == 0;
}

static void
add_values (GBytes *attribute, GPtrArray *values)
{
    const guint8 *data = g_bytes_get_data (attribute, NULL);
    PenaPart outer = whole (attribute), name, set;
    gsize at = 0;

    if (pena_part_next (data, &outer, &at, &name) && pena_part_next (data, &outer, &at, &set))
        copy_all (data, &set, values);
}

static GPtrArray *
list_signed (const PenaSignerParts *self)
{
    GPtrArray *attributes = new_list ();
    const PenaPart set = self->signed_attributes != NULL ? whole (self->signed_attributes) : (PenaPart){0, 0};

    if (set.length > 0)
        copy_all (g_bytes_get_data (self->signed_attributes, NULL), &set, attributes);
    return attributes;
}

GPtrArray *
pena_signer_parts_dup_values (const PenaSignerParts *self, PenaAttribute kind)
{
    g_autoptr (GPtrArray) attributes = pena_attribute_rule (kind)->is_signed
                                           ? list_signed (self)
                                           : g_ptr_array_ref (self->unsigned_attributes);
    GPtrArray *values = new_list ();

    for (guint i = 0; i < attributes->len; i++)
        if (pena_attribute_is (attributes->pdata[i], kind))
            add_values (attributes->pdata[i], values);
    return values;
}

GPtrArray *
pena_signed_parts_dup_certificates (const PenaSignedParts *self)
{
    GPtrArray *certificates = new_list ();

    for (guint i = 0; i < self->certificates->len; i++)
        g_ptr_array_add (certificates, g_bytes_ref (self->certificates->pdata[i]));
    return certificates;
}

GPtrArray *
pena_signed_parts_dup_crls (const PenaSignedParts *self)
{
    GPtrArray *lists = new_list ();

    for (guint i = 0; i < self->crls->len; i++)
        if (*(const guint8 *)g_bytes_get_data (self->crls->pdata[i], NULL) == PENA_DER_SEQUENCE)
            g_ptr_array_add (lists, g_bytes_ref (self->crls->pdata[i]));
    return lists;
}

GPtrArray *
pena_signed_parts_dup_ocsps (const PenaSignedParts *self)
{
    GPtrArray *responses = new_list ();

    for (guint i = 0; i < self->crls->len; i++) {
        GBytes *choice = self->crls->pdata[i];
        const guint8 *data = g_bytes_get_data (choice, NULL);
        PenaPart outer = whole (choice), format, response;
        gsize at = 0;
        if (data[0] == PENA_DER_CONTEXT_1 && pena_part_next (data, &outer, &at, &format) &&
            format.length == sizeof ocsp_oid &&
            memcmp (data + format.offset, ocsp_oid, sizeof ocsp_oid) == 0 &&
            pena_part_next (data, &outer, &at, &response))
            g_ptr_array_add (responses, copy (data, &response));
    }
    return responses;
}

/* ---- writing ---- */

static void
append_list (GByteArray *out, guint8 tag, const GPtrArray *list)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();

    if (list->len == 0)
        return;
    for (guint i = 0; i < list->len; i++)
        pena_der_append_bytes (content, list->pdata[i]);
    pena_der_append (out, tag, content->data, content->len);
}

static void
append_signer (GByteArray *out, const PenaSignerParts *signer)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();

    pena_der_append_bytes (content, signer->version);
    pena_der_append_bytes (content, signer->sid);
    pena_der_append_bytes (content, signer->digest_algorithm);
    if (signer->signed_attributes != NULL)
        pena_der_append_bytes (content, signer->signed_attributes);
    pena_der_append_bytes (content, signer->signature_algorithm);
    pena_der_append_bytes (content, signer->signature);
    append_list (content, PENA_DER_CONTEXT_1, signer->unsigned_attributes);
    pena_der_append (out, PENA_DER_SEQUENCE, content->data, content->len);
}

/* What follows the EncapsulatedContentInfo. */
static GByteArray *
encode_rest (const PenaSignedParts *self)
{
    GByteArray *out = g_byte_array_new ();
    g_autoptr (GByteArray) signers = g_byte_array_new ();

    append_list (out, PENA_DER_CONTEXT_0, self->certificates);
    append_list (out, PENA_DER_CONTEXT_1, self->crls);
    append_signer (signers, &self->signer);
    for (guint i = 0; i < self->further->len; i++)
        append_signer (signers, self->further->pdata[i]);
    pena_der_append (out, PENA_DER_SET, signers->data, signers->len);
    return out;
}

/* What comes before an EncapsulatedContentInfo of this size. */
static GByteArray *
encode_start (const PenaSignedParts *self, guint64 encapsulated, gsize rest)
{
    GByteArray *out = g_byte_array_new ();
    guint64 data =
        g_bytes_get_size (self->version) + g_bytes_get_size (self->digest_algorithms) + encapsulated + rest;
    guint64 outer = pena_der_header_length (data) + data;

    pena_der_append_header (out, PENA_DER_SEQUENCE,
                            sizeof signed_data_oid + pena_der_header_length (outer) + outer);
    g_byte_array_append (out, signed_data_oid, sizeof signed_data_oid);
    pena_der_append_header (out, PENA_DER_CONTEXT_0, outer);
    pena_der_append_header (out, PENA_DER_SEQUENCE, data);
    pena_der_append_bytes (out, self->version);
    pena_der_append_bytes (out, self->digest_algorithms);
    return out;
}

/* All headers before the content; size < 0: there is none. */
static GByteArray *
encode_front (const PenaSignedParts *self, gint64 size, gsize rest)
{
    guint64 string = size < 0 ? 0 : pena_der_header_length ((guint64)size) + (guint64)size;
    guint64 explicit = size < 0 ? 0 : pena_der_header_length (string) + string;
    guint64 encapsulated = g_bytes_get_size (self->content_type) + explicit;
    GByteArray *out = encode_start (self, pena_der_header_length (encapsulated) + encapsulated, rest);

    pena_der_append_header (out, PENA_DER_SEQUENCE, encapsulated);
    pena_der_append_bytes (out, self->content_type);
    if (size >= 0) {
        pena_der_append_header (out, PENA_DER_CONTEXT_0, string);
        pena_der_append_header (out, PENA_DER_OCTET_STRING, (guint64)size);
    }
    return out;
}

GBytes *
pena_signed_parts_dup_content (const PenaSignedParts *self, const guint8 *data)
{
    g_autoptr (GByteArray) content = g_byte_array_new ();

    for (guint i = 0; i < self->content->len; i++) {
        const PenaContentRange *range = &g_array_index (self->content, PenaContentRange, i);
        g_byte_array_append (content, data + range->offset, (guint)range->length);
    }
    return g_byte_array_free_to_bytes (g_steal_pointer (&content));
}

GBytes *
pena_signed_parts_encode_detached (const PenaSignedParts *self)
{
    g_autoptr (GByteArray) rest = encode_rest (self);
    GByteArray *out = encode_front (self, -1, rest->len);

    g_byte_array_append (out, rest->data, rest->len);
    return g_byte_array_free_to_bytes (out);
}

void
pena_signed_parts_encode_around (const PenaSignedParts *self, guint64 size, GBytes **ret_head,
                                 GBytes **ret_tail)
{
    GByteArray *rest = encode_rest (self);

    *ret_head = g_byte_array_free_to_bytes (encode_front (self, (gint64)size, rest->len));
    *ret_tail = g_byte_array_free_to_bytes (rest);
}

void
pena_signed_parts_encode_around_encapsulated (const PenaSignedParts *self, guint64 size, GBytes **ret_head,
                                              GBytes **ret_tail)
{
    GByteArray *rest = encode_rest (self);

    *ret_head = g_byte_array_free_to_bytes (encode_start (self, size, rest->len));
    *ret_tail = g_byte_array_free_to_bytes (rest);
}

GBytes *
pena_signed_parts_encode_with (const PenaSignedParts *self, GBytes *content)
{
    g_autoptr (GByteArray) rest = encode_rest (self);
    GByteArray *out = encode_front (self, (gint64)g_bytes_get_size (content), rest->len);

    pena_der_append_bytes (out, content);
    g_byte_array_append (out, rest->data, rest->len);
    return g_byte_array_free_to_bytes (out);
}

void
pena_signed_parts_enclose (GBytes **cms, guint64 size, GBytes **ret_head)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (*cms, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, NULL);

    g_return_if_fail (parts != NULL);
    g_bytes_unref (*cms);
    pena_signed_parts_encode_around (parts, size, ret_head, cms);
}
