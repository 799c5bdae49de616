/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading a time-stamp token (RFC 3161, 2.4.2; RFC 5816)
 * Copyright (C) 2026 the Pena authors */
#include "pena-time-stamp.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-certificate.h"
#include "pena-profile.h"
#include "pena-text.h"

/* Room for a chain and the revocation data that archiving adds; a TSTInfo is some hundred bytes. */
#define MAX_TOKEN (8 * 1024 * 1024)
#define MAX_TST_INFO (16 * 1024)
#define MAX_CERTIFICATES 64
#define MAX_ATTRIBUTES 64

gboolean
pena_time_stamp_invalid (GError **error, const gchar *reason)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_TSA_ANSWER_INVALID, "time-stamp: %s", reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
no_time_stamp (GError **error)
{
    return pena_time_stamp_invalid (error, _ ("it is not a time-stamp (RFC 3161)"));
}

/* RFC 5652, 5.1: version 3 because the content is no data, 5 with OCSP answers; the set names the signer's digest. */
static gboolean
is_consistent (const PenaTimeStamp *self)
{
    const PenaSignedData *data = self->cms->signed_data;
    long version = 3;
    gboolean announced = FALSE;

    for (int i = 0; i < sk_ASN1_TYPE_num (data->crls); i++)
        if (sk_ASN1_TYPE_value (data->crls, i)->type != V_ASN1_SEQUENCE)
            version = 5;
    for (int i = 0; i < sk_X509_ALGOR_num (data->digest_algorithms); i++)
        if (pena_algorithm_equal (sk_X509_ALGOR_value (data->digest_algorithms, i),
                                  self->signer_info->digest_algorithm))
            announced = TRUE;
    return announced && ASN1_INTEGER_get (data->version) == version &&
           ASN1_INTEGER_get (self->signer_info->version) ==
               (pena_sid_is_key_identifier (self->signer_info->sid) ? 3 : 1);
}

static gboolean
read_cms (PenaTimeStamp *self, GError **error)
{
    gsize length, taken = 0;
    const guint8 *data = g_bytes_get_data (self->der, &length);

    self->cms = length > 0 && length <= MAX_TOKEN ? pena_cms_parse (data, length, &taken) : NULL;
    if (self->cms == NULL || taken != length)
        return no_time_stamp (error);
    const PenaSignedData *signed_data = self->cms->signed_data;
    if (sk_PenaSignerInfo_num (signed_data->signer_infos) != 1)
        return pena_time_stamp_invalid (error, _ ("it has not exactly one signer"));
    self->signer_info = sk_PenaSignerInfo_value (signed_data->signer_infos, 0);
    if (sk_ASN1_TYPE_num (signed_data->certificates) > MAX_CERTIFICATES ||
        sk_X509_ATTRIBUTE_num (self->signer_info->signed_attributes) > MAX_ATTRIBUTES ||
        sk_X509_ATTRIBUTE_num (self->signer_info->unsigned_attributes) > MAX_ATTRIBUTES)
        return no_time_stamp (error);
    self->is_strict =
        pena_cms_encoding (self->cms, data, length) == PENA_ENCODING_DER && is_consistent (self);
    return TRUE;
}

/* The octets of the TSTInfo, or NULL. Borrowed. */
static const ASN1_STRING *
get_content (const PenaTimeStamp *self)
{
    const PenaEncapsulated *encapsulated = self->cms->signed_data->encapsulated;

    if (OBJ_obj2nid (encapsulated->type) != NID_id_smime_ct_TSTInfo || encapsulated->content == NULL ||
        encapsulated->content->type != V_ASN1_OCTET_STRING)
        return NULL;
    return encapsulated->content->value.octet_string;
}

/* RFC 3161 wants UTC with a Z. */
static gboolean
read_time (PenaTimeStamp *self)
{
    const ASN1_GENERALIZEDTIME *time = TS_TST_INFO_get_time (self->info);
    int length = ASN1_STRING_length (time);
    return length > 0 && ASN1_STRING_get0_data (time)[length - 1] == 'Z' &&
           pena_time_from_asn1 (time, &self->time);
}

static gboolean
read_info (PenaTimeStamp *self, GError **error)
{
    const ASN1_STRING *content = get_content (self);

    if (content == NULL || ASN1_STRING_length (content) > MAX_TST_INFO)
        return no_time_stamp (error);
    const guint8 *data = ASN1_STRING_get0_data (content), *at = data;
    int length = ASN1_STRING_length (content);
    guint8 *again = NULL;

    self->info = d2i_TS_TST_INFO (NULL, &at, length);
    if (self->info == NULL || at != data + length || TS_TST_INFO_get_version (self->info) != 1 ||
        !read_time (self))
        return no_time_stamp (error);
    if (TS_TST_INFO_get_ext_by_critical (self->info, 1, -1) >= 0)
        return pena_time_stamp_invalid (error, _ ("it holds a critical extension that Pena does not know"));
    int size = i2d_TS_TST_INFO (self->info, &again);
    g_autoptr (GBytes) encoded = pena_take_der (again, size);
    self->is_strict = self->is_strict && encoded != NULL && g_bytes_get_size (encoded) == (gsize)length &&
                      memcmp (g_bytes_get_data (encoded, NULL), data, (gsize)length) == 0;
    return TRUE;
}

static X509 *
find_signer (const PenaTimeStamp *self, PenaX509Stack *candidates, gboolean *ret_exact)
{
    for (int i = 0; i < sk_X509_num (candidates); i++)
        if (pena_sid_names (self->signer_info->sid, sk_X509_value (candidates, i), ret_exact))
            return sk_X509_value (candidates, i);
    return NULL;
}

static gboolean
identify (PenaTimeStamp *self, GPtrArray *certificates, GError **error)
{
    g_autoptr (PenaX509Stack) others = pena_certificates_parse (certificates);
    gboolean exact = FALSE;
    X509 *found = find_signer (self, self->embedded, &exact);

    if (found == NULL)
        found = find_signer (self, others, &exact);
    if (found == NULL)
        return pena_time_stamp_invalid (error, _ ("the certificate of the authority is not in it"));
    X509_up_ref (found);
    self->signer = found;
    self->is_strict = self->is_strict && exact;
    return TRUE;
}

static const ASN1_TYPE *
get_signed (const PenaTimeStamp *self, PenaAttribute attribute)
{
    return pena_attributes_get (self->signer_info->signed_attributes, pena_attribute_type (attribute));
}

/* Without the binding, another certificate for the same key could be put in its place (RFC 2634, 5). */
static gboolean
check_binding (const PenaTimeStamp *self, GError **error)
{
    const ASN1_TYPE *v2 = get_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2);
    const ASN1_TYPE *v1 = get_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE);
    g_autoptr (PenaEss) ess = v2 != NULL || v1 != NULL ? pena_ess_parse (v2 != NULL ? v2 : v1) : NULL;
    const PenaEssCertId *id = ess != NULL ? sk_PenaEssCertId_value (ess->certificates, 0) : NULL;
    const PenaDigestAlgorithm *algorithm = pena_digest_algorithm_by_name (v2 != NULL ? "sha256" : "sha1");

    if (id != NULL && id->hash_algorithm != NULL)
        algorithm = v2 != NULL ? pena_digest_algorithm_from (id->hash_algorithm) : NULL;
    if (id == NULL || algorithm == NULL || !pena_certificate_has_digest (self->signer, algorithm, id->hash) ||
        !pena_ess_issuer_serial_matches (id, self->signer))
        return pena_time_stamp_invalid (error, _ ("it is not bound to the certificate of its authority"));
    return TRUE;
}

static gboolean
content_unfit (GError **error)
{
    return pena_time_stamp_invalid (error, _ ("what it signs does not fit its content"));
}

static gboolean
check_attributes (PenaTimeStamp *self, GError **error)
{
    const ASN1_TYPE *type = get_signed (self, PENA_ATTRIBUTE_CONTENT_TYPE);
    const ASN1_TYPE *value = get_signed (self, PENA_ATTRIBUTE_MESSAGE_DIGEST);

    return (type != NULL && type->type == V_ASN1_OBJECT &&
            OBJ_obj2nid (type->value.object) == NID_id_smime_ct_TSTInfo && value != NULL &&
            value->type == V_ASN1_OCTET_STRING) ||
           content_unfit (error);
}

static gboolean
find_scheme (PenaTimeStamp *self, PenaSignatureScheme *scheme, GError **error)
{
    gboolean odd = FALSE;

    self->digest = pena_digest_algorithm_of_signer (self->signer_info->digest_algorithm,
                                                    self->signer_info->signature_algorithm, &odd);
    self->is_strict = self->is_strict && !odd;
    if (self->digest == NULL ||
        !pena_signature_scheme_from (self->signer_info->signature_algorithm, self->digest, scheme))
        return pena_time_stamp_invalid (error, _ ("it uses an algorithm that Pena does not know"));
    self->value_digest = scheme->digest;
    return TRUE;
}

static gboolean
check_content (PenaTimeStamp *self, GError **error)
{
    const ASN1_TYPE *value = get_signed (self, PENA_ATTRIBUTE_MESSAGE_DIGEST);
    const ASN1_STRING *content = get_content (self);

    return pena_digest_algorithm_fits (self->digest, ASN1_STRING_get0_data (content),
                                       (gsize)ASN1_STRING_length (content), value->value.octet_string) ||
           content_unfit (error);
}

static gboolean
check_value (PenaTimeStamp *self, const PenaSignatureScheme *scheme, GError **error)
{
    g_autoptr (GBytes) attributes = pena_attributes_encode (self->signer_info->signed_attributes);

    return (attributes != NULL && pena_signature_verify (scheme, X509_get0_pubkey (self->signer), attributes,
                                                         self->signer_info->signature)) ||
           pena_time_stamp_invalid (error, _ ("its signature is wrong"));
}

/* The building blocks of EN 319 102-1 in its order (5.2.2, 5.2.3, 5.2.7). *ret_sub: what is wrong where it ends. */
static gboolean
read_all (PenaTimeStamp *self, GPtrArray *certificates, PenaSubIndication *ret_sub, GError **error)
{
    PenaSignatureScheme scheme;

    *ret_sub = PENA_SUB_FORMAT_FAILURE;
    if (!read_cms (self, error) || !read_info (self, error) || !check_attributes (self, error))
        return FALSE;
    g_autoptr (GPtrArray) embedded = pena_cms_dup_certificates (self->cms);
    self->embedded = pena_certificates_parse (embedded);
    *ret_sub = PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND;
    if (!identify (self, certificates, error) || !check_binding (self, error))
        return FALSE;
    *ret_sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE;
    if (!find_scheme (self, &scheme, error))
        return FALSE;
    *ret_sub = PENA_SUB_HASH_FAILURE;
    if (!check_content (self, error))
        return FALSE;
    *ret_sub = PENA_SUB_SIG_CRYPTO_FAILURE;
    return check_value (self, &scheme, error);
}

PenaTimeStamp *
pena_time_stamp_read (GBytes *token, GPtrArray *certificates, PenaSubIndication *ret_sub, GError **error)
{
    g_autoptr (PenaTimeStamp) self = g_new0 (PenaTimeStamp, 1);

    self->der = g_bytes_ref (token);
    gboolean sound = read_all (self, certificates, ret_sub, error);
    ERR_clear_error ();
    return sound ? g_steal_pointer (&self) : NULL;
}

gboolean
pena_time_stamp_check_purpose (const PenaTimeStamp *self, GError **error)
{
    if (X509_check_purpose (self->signer, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1)
        return TRUE;
    g_autofree gchar *name = pena_certificate_display_name (self->signer);
    g_autofree gchar *reason =
        g_strdup_printf (_ ("the certificate of %s is not one for making time-stamps"), name);
    return pena_time_stamp_invalid (error, reason);
}

PenaTimeStamp *
pena_time_stamp_parse (GBytes *token, GPtrArray *certificates, GError **error)
{
    PenaSubIndication sub;
    g_autoptr (PenaTimeStamp) self = pena_time_stamp_read (token, certificates, &sub, error);

    return self != NULL && pena_time_stamp_check_purpose (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pena_time_stamp_free (PenaTimeStamp *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->der, g_bytes_unref);
    g_clear_pointer (&self->cms, pena_cms_free);
    g_clear_pointer (&self->embedded, pena_x509_stack_free);
    X509_free (self->signer);
    TS_TST_INFO_free (self->info);
    g_free (self);
}

GBytes *
pena_time_stamp_get_der (const PenaTimeStamp *self)
{
    return self->der;
}

gint64
pena_time_stamp_get_time (const PenaTimeStamp *self)
{
    return self->time;
}

/* A stranger's number, at most `most`; 0 for none. */
static gint64
bounded (const ASN1_INTEGER *number, gint64 most)
{
    int64_t value = 0;
    if (number == NULL || ASN1_INTEGER_get_int64 (&value, number) != 1 || value < 0)
        return 0;
    return MIN (value, most);
}

gint64
pena_time_stamp_get_accuracy (const PenaTimeStamp *self)
{
    const TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy (self->info);

    if (accuracy == NULL)
        return 0;
    return bounded (TS_ACCURACY_get_seconds (accuracy), G_MAXINT32) * G_USEC_PER_SEC +
           bounded (TS_ACCURACY_get_millis (accuracy), 999) * 1000 +
           bounded (TS_ACCURACY_get_micros (accuracy), 999);
}

gchar *
pena_time_stamp_dup_serial (const PenaTimeStamp *self)
{
    return pena_integer_hex (TS_TST_INFO_get_serial (self->info));
}

gchar *
pena_time_stamp_dup_policy (const PenaTimeStamp *self)
{
    gchar oid[128];
    OBJ_obj2txt (oid, sizeof oid, TS_TST_INFO_get_policy_id (self->info), 1);
    return g_strdup (oid);
}

const PenaDigestAlgorithm *
pena_time_stamp_get_imprint_digest (const PenaTimeStamp *self)
{
    return pena_digest_algorithm_from (TS_MSG_IMPRINT_get_algo (TS_TST_INFO_get_msg_imprint (self->info)));
}

gboolean
pena_time_stamp_is_over (const PenaTimeStamp *self, GBytes *digest_value)
{
    const ASN1_STRING *own = TS_MSG_IMPRINT_get_msg (TS_TST_INFO_get_msg_imprint (self->info));
    gsize length;
    const guint8 *data = g_bytes_get_data (digest_value, &length);

    return length > 0 && ASN1_STRING_length (own) == (int)length &&
           memcmp (ASN1_STRING_get0_data (own), data, length) == 0;
}

gboolean
pena_time_stamp_is_strong (const PenaTimeStamp *self)
{
    const PenaDigestAlgorithm *imprint = pena_time_stamp_get_imprint_digest (self);
    return imprint != NULL && imprint->strong && self->digest->strong && self->value_digest->strong &&
           pena_key_is_strong (X509_get0_pubkey (self->signer));
}

gboolean
pena_time_stamp_is_strict (const PenaTimeStamp *self)
{
    return self->is_strict;
}

X509 *
pena_time_stamp_get_signer (const PenaTimeStamp *self)
{
    return self->signer;
}

GPtrArray *
pena_time_stamp_dup_certificates (const PenaTimeStamp *self)
{
    GPtrArray *ders = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    g_ptr_array_add (ders, pena_certificate_encode (self->signer));
    for (int i = 0; i < sk_X509_num (self->embedded); i++) {
        X509 *certificate = sk_X509_value (self->embedded, i);
        if (!pena_certificate_equal (certificate, self->signer))
            g_ptr_array_add (ders, pena_certificate_encode (certificate));
    }
    return ders;
}

GPtrArray *
pena_time_stamp_dup_crls (const PenaTimeStamp *self)
{
    return pena_cms_dup_crls (self->cms);
}

GPtrArray *
pena_time_stamp_dup_ocsps (const PenaTimeStamp *self)
{
    return pena_cms_dup_ocsps (self->cms);
}
