/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: SignedData taken apart (RFC 5652, RFC 5035, RFC 6211)
 * Copyright (C) 2026 the Pena authors */
#include "pena-cms.h"

#include <openssl/asn1t.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pena-ber.h"
#include "pena-openssl.h"

/* clang-format off */
ASN1_SEQUENCE (PenaSignerInfo) = {
    ASN1_SIMPLE (PenaSignerInfo, version, ASN1_INTEGER),
    ASN1_SIMPLE (PenaSignerInfo, sid, ASN1_ANY),
    ASN1_SIMPLE (PenaSignerInfo, digest_algorithm, X509_ALGOR),
    ASN1_IMP_SEQUENCE_OF_OPT (PenaSignerInfo, signed_attributes, X509_ATTRIBUTE, 0),
    ASN1_SIMPLE (PenaSignerInfo, signature_algorithm, X509_ALGOR),
    ASN1_SIMPLE (PenaSignerInfo, signature, ASN1_OCTET_STRING),
    ASN1_IMP_SEQUENCE_OF_OPT (PenaSignerInfo, unsigned_attributes, X509_ATTRIBUTE, 1),
} static_ASN1_SEQUENCE_END (PenaSignerInfo)

ASN1_SEQUENCE (PenaEncapsulated) = {
    ASN1_SIMPLE (PenaEncapsulated, type, ASN1_OBJECT),
    ASN1_EXP_OPT (PenaEncapsulated, content, ASN1_ANY, 0),
} static_ASN1_SEQUENCE_END (PenaEncapsulated)

ASN1_SEQUENCE (PenaSignedData) = {
    ASN1_SIMPLE (PenaSignedData, version, ASN1_INTEGER),
    ASN1_SET_OF (PenaSignedData, digest_algorithms, X509_ALGOR),
    ASN1_SIMPLE (PenaSignedData, encapsulated, PenaEncapsulated),
    ASN1_IMP_SEQUENCE_OF_OPT (PenaSignedData, certificates, ASN1_ANY, 0),
    ASN1_IMP_SEQUENCE_OF_OPT (PenaSignedData, crls, ASN1_ANY, 1),
    ASN1_SET_OF (PenaSignedData, signer_infos, PenaSignerInfo),
} static_ASN1_SEQUENCE_END (PenaSignedData)

ASN1_SEQUENCE (PenaCms) = {
    ASN1_SIMPLE (PenaCms, type, ASN1_OBJECT),
    ASN1_EXP (PenaCms, signed_data, PenaSignedData, 0),
} static_ASN1_SEQUENCE_END (PenaCms)

ASN1_ITEM_TEMPLATE (PenaAttributesSigned) =
    ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_OF, 0, attributes, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END (PenaAttributesSigned)

ASN1_ITEM_TEMPLATE (PenaAttributesAsRead) =
    ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, attributes, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END (PenaAttributesAsRead)

ASN1_SEQUENCE (PenaEssCertId) = {
    ASN1_OPT (PenaEssCertId, hash_algorithm, X509_ALGOR),
    ASN1_SIMPLE (PenaEssCertId, hash, ASN1_OCTET_STRING),
    ASN1_OPT (PenaEssCertId, issuer_serial, ASN1_ANY),
} static_ASN1_SEQUENCE_END (PenaEssCertId)

ASN1_SEQUENCE (PenaEss) = {
    ASN1_SEQUENCE_OF (PenaEss, certificates, PenaEssCertId),
    ASN1_OPT (PenaEss, policies, ASN1_ANY),
} static_ASN1_SEQUENCE_END (PenaEss)

ASN1_SEQUENCE (PenaAlgorithmProtection) = {
    ASN1_SIMPLE (PenaAlgorithmProtection, digest_algorithm, X509_ALGOR),
    ASN1_IMP_OPT (PenaAlgorithmProtection, signature_algorithm, X509_ALGOR, 1),
    ASN1_IMP_OPT (PenaAlgorithmProtection, mac_algorithm, X509_ALGOR, 2),
} static_ASN1_SEQUENCE_END (PenaAlgorithmProtection)

typedef struct {
    X509_NAME *issuer;
    ASN1_INTEGER *serial;
} IssuerAndSerial;
ASN1_SEQUENCE (IssuerAndSerial) = {
    ASN1_SIMPLE (IssuerAndSerial, issuer, X509_NAME),
    ASN1_SIMPLE (IssuerAndSerial, serial, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END (IssuerAndSerial)

typedef struct {
    GENERAL_NAMES *issuer;
    ASN1_INTEGER *serial;
} EssIssuerSerial;
ASN1_SEQUENCE (EssIssuerSerial) = {
    ASN1_SEQUENCE_OF (EssIssuerSerial, issuer, GENERAL_NAME),
    ASN1_SIMPLE (EssIssuerSerial, serial, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END (EssIssuerSerial)
/* clang-format on */

/* Largest ContentInfo that is taken apart: signatures with years of revocation lists stay below. A hostile
 * one of empty elements takes some twenty times its size in memory. */
#define MAX_CMS (16 * 1024 * 1024)
#define MAX_CHOICES 256

    /* Decodes a whole memory block; NULL when anything is left over. */
    static gpointer decode (const ASN1_ITEM *item, const guint8 *data, long length)
{
    const guint8 *at = data;
    ASN1_VALUE *value = ASN1_item_d2i (NULL, &at, length, item);

    if (value != NULL && at != data + length) {
        ASN1_item_free (value, item);
        value = NULL;
    }
    return value;
}

/* Decodes an ANY that must be a SEQUENCE. */
static gpointer
decode_sequence (const ASN1_ITEM *item, const ASN1_TYPE *any)
{
    if (any == NULL || any->type != V_ASN1_SEQUENCE)
        return NULL;
    return decode (item, ASN1_STRING_get0_data (any->value.sequence),
                   ASN1_STRING_length (any->value.sequence));
}

static GBytes *
encode (const ASN1_ITEM *item, gconstpointer value)
{
    guint8 *der = NULL;
    int length = ASN1_item_i2d (value, &der, item);
    return pena_take_der (der, length);
}

PenaCms *
pena_cms_parse (const guint8 *data, gsize length, gsize *ret_length)
{
    const guint8 *at = data;
    PenaCms *self =
        (PenaCms *)ASN1_item_d2i (NULL, &at, (long)MIN (length, MAX_CMS), ASN1_ITEM_rptr (PenaCms));

    if (self == NULL)
        return NULL;
    if (OBJ_obj2nid (self->type) != NID_pkcs7_signed) {
        pena_cms_free (self);
        return NULL;
    }
    *ret_length = (gsize)(at - data);
    return self;
}

void
pena_cms_free (PenaCms *self)
{
    ASN1_item_free ((ASN1_VALUE *)self, ASN1_ITEM_rptr (PenaCms));
}

PenaSignerInfo *
pena_signer_info_parse (const guint8 *data, gsize length)
{
    return length <= MAX_CMS ? decode (ASN1_ITEM_rptr (PenaSignerInfo), data, (long)length) : NULL;
}

void
pena_signer_info_free (PenaSignerInfo *self)
{
    ASN1_item_free ((ASN1_VALUE *)self, ASN1_ITEM_rptr (PenaSignerInfo));
}

PenaEncoding
pena_cms_encoding (const PenaCms *self, const guint8 *data, gsize length)
{
    g_autoptr (GBytes) again = encode (ASN1_ITEM_rptr (PenaCms), self);

    if (again == NULL)
        return PENA_ENCODING_OTHER;
    if (g_bytes_get_size (again) == length && memcmp (g_bytes_get_data (again, NULL), data, length) == 0)
        return PENA_ENCODING_DER;
    g_autoptr (GBytes) straight = pena_ber_straighten (data, length);
    g_autoptr (GBytes) own = pena_ber_straighten (g_bytes_get_data (again, NULL), g_bytes_get_size (again));
    return straight != NULL && own != NULL && g_bytes_equal (straight, own) ? PENA_ENCODING_BER
                                                                            : PENA_ENCODING_OTHER;
}

/* OtherRevocationInfoFormat, [1] IMPLICIT SEQUENCE { id-ri-ocsp-response, OCSPResponse }: an ANY with a context tag keeps
 * its whole TLV. NULL when it is of another kind. */
static GBytes *
ocsp_of (const ASN1_TYPE *choice)
{
    if (choice->type != V_ASN1_OTHER)
        return NULL;
    const guint8 *at = ASN1_STRING_get0_data (choice->value.asn1_string);
    const guint8 *end = at + ASN1_STRING_length (choice->value.asn1_string);
    long length;
    int tag, class;
    int outcome = ASN1_get_object (&at, &length, &tag, &class, end - at);
    if ((outcome & 0x81) != 0 || tag != 1 || class != V_ASN1_CONTEXT_SPECIFIC || at + length != end)
        return NULL;
    g_autoptr (ASN1_OBJECT) format = d2i_ASN1_OBJECT (NULL, &at, length);
    return format != NULL && OBJ_cmp (format, pena_ocsp_format ()) == 0 ? g_bytes_new (at, (gsize)(end - at))
                                                                        : NULL;
}

/* Lists and certificates are plain sequences. */
static GBytes *
sequence_of (const ASN1_TYPE *choice)
{
    if (choice->type != V_ASN1_SEQUENCE)
        return NULL;
    return g_bytes_new (ASN1_STRING_get0_data (choice->value.sequence),
                        (gsize)ASN1_STRING_length (choice->value.sequence));
}

static GPtrArray *
dup_all (STACK_OF (ASN1_TYPE) * set, GBytes *(*extract) (const ASN1_TYPE *choice))
{
    GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    for (int i = 0; i < sk_ASN1_TYPE_num (set) && found->len < MAX_CHOICES; i++) {
        GBytes *der = extract (sk_ASN1_TYPE_value (set, i));
        if (der != NULL)
            g_ptr_array_add (found, der);
    }
    return found;
}

GPtrArray *
pena_cms_dup_certificates (const PenaCms *self)
{
    return dup_all (self->signed_data->certificates, sequence_of);
}

GPtrArray *
pena_cms_dup_crls (const PenaCms *self)
{
    return dup_all (self->signed_data->crls, sequence_of);
}

GPtrArray *
pena_cms_dup_ocsps (const PenaCms *self)
{
    return dup_all (self->signed_data->crls, ocsp_of);
}

const ASN1_OBJECT *
pena_ocsp_format (void)
{
    static ASN1_OBJECT *format;
    if (format == NULL)
        format = OBJ_txt2obj ("1.3.6.1.5.5.7.16.2", 1);
    return format;
}

GBytes *
pena_attributes_encode (const PenaAttributes *attributes)
{
    return encode (ASN1_ITEM_rptr (PenaAttributesSigned), attributes);
}

gboolean
pena_attributes_sorted (const PenaAttributes *attributes)
{
    g_autoptr (GBytes) sorted = pena_attributes_encode (attributes);
    g_autoptr (GBytes) as_read = encode (ASN1_ITEM_rptr (PenaAttributesAsRead), attributes);
    gsize length, other_length;

    if (sorted == NULL || as_read == NULL)
        return FALSE;
    const guint8 *one = g_bytes_get_data (sorted, &length);
    const guint8 *other = g_bytes_get_data (as_read, &other_length);
    /* only the first byte, the tag, may differ */
    return length == other_length && memcmp (one + 1, other + 1, length - 1) == 0;
}

guint
pena_attributes_count (const PenaAttributes *attributes, const ASN1_OBJECT *type)
{
    guint count = 0;
    for (int i = 0; i < sk_X509_ATTRIBUTE_num (attributes); i++)
        if (OBJ_cmp (X509_ATTRIBUTE_get0_object (sk_X509_ATTRIBUTE_value (attributes, i)), type) == 0)
            count++;
    return count;
}

const ASN1_TYPE *
pena_attributes_get (const PenaAttributes *attributes, const ASN1_OBJECT *type)
{
    if (pena_attributes_count (attributes, type) != 1)
        return NULL;
    for (int i = 0; i < sk_X509_ATTRIBUTE_num (attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value (attributes, i);
        if (OBJ_cmp (X509_ATTRIBUTE_get0_object (attribute), type) == 0)
            return X509_ATTRIBUTE_count (attribute) == 1 ? X509_ATTRIBUTE_get0_type (attribute, 0) : NULL;
    }
    return NULL;
}

gboolean
pena_sid_is_key_identifier (const ASN1_TYPE *sid)
{
    /* an ANY with a context tag keeps its whole TLV */
    return sid->type == V_ASN1_OTHER && ASN1_STRING_length (sid->value.asn1_string) > 2 &&
           ASN1_STRING_get0_data (sid->value.asn1_string)[0] == 0x80;
}

static gboolean
key_identifier_names (const ASN1_TYPE *sid, X509 *certificate)
{
    const ASN1_OCTET_STRING *wanted = X509_get0_subject_key_id (certificate);
    const guint8 *tlv = ASN1_STRING_get0_data (sid->value.asn1_string);
    int length = ASN1_STRING_length (sid->value.asn1_string);

    return wanted != NULL && tlv[1] == length - 2 && ASN1_STRING_length (wanted) == length - 2 &&
           memcmp (ASN1_STRING_get0_data (wanted), tlv + 2, (gsize)length - 2) == 0;
}

gboolean
pena_sid_names (const ASN1_TYPE *sid, X509 *certificate, gboolean *ret_exact)
{
    if (pena_sid_is_key_identifier (sid)) {
        *ret_exact = TRUE;
        return key_identifier_names (sid, certificate);
    }
    IssuerAndSerial *named = decode_sequence (ASN1_ITEM_rptr (IssuerAndSerial), sid);
    if (named == NULL)
        return FALSE;

    IssuerAndSerial own = {X509_get_issuer_name (certificate), X509_get_serialNumber (certificate)};
    g_autoptr (GBytes) der = encode (ASN1_ITEM_rptr (IssuerAndSerial), &own);
    const ASN1_STRING *raw = sid->value.sequence;
    gboolean same =
        X509_NAME_cmp (named->issuer, own.issuer) == 0 && ASN1_INTEGER_cmp (named->serial, own.serial) == 0;
    *ret_exact =
        der != NULL && g_bytes_get_size (der) == (gsize)ASN1_STRING_length (raw) &&
        memcmp (g_bytes_get_data (der, NULL), ASN1_STRING_get0_data (raw), g_bytes_get_size (der)) == 0;
    ASN1_item_free ((ASN1_VALUE *)named, ASN1_ITEM_rptr (IssuerAndSerial));
    return same;
}

PenaEss *
pena_ess_parse (const ASN1_TYPE *value)
{
    PenaEss *self = decode_sequence (ASN1_ITEM_rptr (PenaEss), value);
    if (self != NULL && sk_PenaEssCertId_num (self->certificates) < 1) {
        pena_ess_free (self);
        return NULL;
    }
    return self;
}

void
pena_ess_free (PenaEss *self)
{
    ASN1_item_free ((ASN1_VALUE *)self, ASN1_ITEM_rptr (PenaEss));
}

gboolean
pena_ess_issuer_serial_matches (const PenaEssCertId *id, X509 *certificate)
{
    if (id->issuer_serial == NULL)
        return TRUE;
    EssIssuerSerial *named = decode_sequence (ASN1_ITEM_rptr (EssIssuerSerial), id->issuer_serial);
    if (named == NULL)
        return FALSE;
    gboolean matches = ASN1_INTEGER_cmp (named->serial, X509_get_serialNumber (certificate)) == 0 &&
                       sk_GENERAL_NAME_num (named->issuer) == 1;
    if (matches) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value (named->issuer, 0);
        matches = name->type == GEN_DIRNAME &&
                  X509_NAME_cmp (name->d.directoryName, X509_get_issuer_name (certificate)) == 0;
    }
    ASN1_item_free ((ASN1_VALUE *)named, ASN1_ITEM_rptr (EssIssuerSerial));
    return matches;
}

PenaAlgorithmProtection *
pena_algorithm_protection_parse (const ASN1_TYPE *value)
{
    return decode_sequence (ASN1_ITEM_rptr (PenaAlgorithmProtection), value);
}

void
pena_algorithm_protection_free (PenaAlgorithmProtection *self)
{
    ASN1_item_free ((ASN1_VALUE *)self, ASN1_ITEM_rptr (PenaAlgorithmProtection));
}

GBytes *
pena_algorithm_protection_encode (X509_ALGOR *digest_algorithm, X509_ALGOR *signature_algorithm)
{
    PenaAlgorithmProtection value = {digest_algorithm, signature_algorithm, NULL};
    return encode (ASN1_ITEM_rptr (PenaAlgorithmProtection), &value);
}
