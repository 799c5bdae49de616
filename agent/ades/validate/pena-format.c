/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: format checking (EN 319 102-1, 5.2.2)
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-cms-map.h"
#include "pena-judgement.h"
#include "pena-text.h"

/* Enough for every real signature; a stranger's file may not make the reader work without end. */
#define MAX_CERTIFICATES 64
#define MAX_ATTRIBUTES 64

static gboolean
malformed (PenaJudgement *self, const gchar *text)
{
    pena_judgement_problem (self, PENA_SUB_FORMAT_FAILURE, g_strdup (text));
    return FALSE;
}

static void
doubtful (PenaJudgement *self, const gchar *text)
{
    pena_judgement_doubt (self, g_strdup (text));
}

/* What follows the DER: nothing, or only zeros where a PDF reserves room. */
static gboolean
check_rest (PenaJudgement *self, const guint8 *data, gsize taken, gsize size)
{
    if (taken < size && !self->padded)
        return malformed (self, _ ("Something follows the end of the signature."));
    return pena_padding_is_empty (data, taken, size) ||
           malformed (self, _ ("The padding after the signature is not empty."));
}

static gboolean
parse (PenaJudgement *self)
{
    gsize size, taken = 0;
    const guint8 *data = g_bytes_get_data (self->bytes, &size);

    self->cms = size > 0 ? pena_cms_parse (data, size, &taken) : NULL;
    if (self->cms == NULL)
        return malformed (self, _ ("The signature cannot be read: it is not a CMS SignedData."));
    PenaEncoding encoding = pena_cms_encoding (self->cms, data, taken);
    /* PDF and the baseline levels want DER, CAdES may use BER; in either the signature says the same. What no rule
     * allows goes on being judged, for a certain failure, but does not pass */
    if (encoding == PENA_ENCODING_BER)
        pena_judgement_note (self, g_strdup (_ ("The signature is not encoded strictly (DER).")));
    else if (encoding == PENA_ENCODING_OTHER)
        doubtful (self, _ ("The signature is not encoded soundly."));
    self->may_be_baseline = encoding != PENA_ENCODING_OTHER;
    return check_rest (self, data, taken, size);
}

static gboolean
any_key_identifier (const PenaSignedData *data)
{
    for (int i = 0; i < sk_PenaSignerInfo_num (data->signer_infos); i++)
        if (pena_sid_is_key_identifier (sk_PenaSignerInfo_value (data->signer_infos, i)->sid))
            return TRUE;
    return FALSE;
}

/* RFC 5652, 5.1: the version follows from what is in the SignedData. */
static void
check_versions (PenaJudgement *self)
{
    const PenaSignedData *data = self->cms->signed_data;
    long signer_version = pena_sid_is_key_identifier (self->info->sid) ? 3 : 1;
    long version = signer_version;

    if (OBJ_obj2nid (data->encapsulated->type) != NID_pkcs7_data || any_key_identifier (data))
        version = 3;
    for (int i = 0; i < sk_ASN1_TYPE_num (data->crls); i++)
        if (sk_ASN1_TYPE_value (data->crls, i)->type != V_ASN1_SEQUENCE)
            version = 5;
    if (ASN1_INTEGER_get (self->info->version) == signer_version &&
        ASN1_INTEGER_get (data->version) == version)
        return;
    /* programs that name the certificate by its key identifier often keep the number of the other way; nothing follows
       from it */
    if (signer_version == 3 && ASN1_INTEGER_get (data->version) >= 1 && ASN1_INTEGER_get (data->version) <= 5)
        pena_judgement_note (self,
                             g_strdup (_ ("The version numbers in the signature do not fit its contents.")));
    else
        doubtful (self, _ ("The version numbers in the signature do not fit its contents."));
}

/* RFC 5652, 5.1: the set names the digest of every signer. */
static gboolean
check_digest_algorithms (PenaJudgement *self)
{
    const PenaSignedData *data = self->cms->signed_data;
    int fitting = 0, count = sk_X509_ALGOR_num (data->digest_algorithms);

    for (int i = 0; i < count; i++)
        if (pena_algorithm_equal (sk_X509_ALGOR_value (data->digest_algorithms, i),
                                  self->info->digest_algorithm))
            fitting++;
    if (fitting == 0)
        return malformed (self, _ ("The signature does not announce the digest that it uses."));
    if (count > sk_PenaSignerInfo_num (self->cms->signed_data->signer_infos))
        pena_judgement_note (self, g_strdup (_ ("The signature announces digests that it does not use.")));
    return TRUE;
}

/* NULL when it is none, or not spelled as DER would. */
static X509 *
read_certificate (const ASN1_TYPE *choice)
{
    const ASN1_STRING *raw = choice->value.sequence;
    g_autoptr (GBytes) der = g_bytes_new (ASN1_STRING_get0_data (raw), (gsize)ASN1_STRING_length (raw));
    g_autoptr (X509) certificate = pena_certificate_parse (der, NULL);
    g_autoptr (GBytes) again = certificate != NULL ? pena_certificate_encode (certificate) : NULL;

    return again != NULL && g_bytes_equal (der, again) ? g_steal_pointer (&certificate) : NULL;
}

/* Most programs put the chain in from the signer up, which DER does not allow but nobody minds. */
static gboolean
in_der_order (STACK_OF (ASN1_TYPE) * set)
{
    for (int i = 1; i < sk_ASN1_TYPE_num (set); i++) {
        const ASN1_TYPE *one = sk_ASN1_TYPE_value (set, i - 1), *next = sk_ASN1_TYPE_value (set, i);
        if (one->type != V_ASN1_SEQUENCE || next->type != V_ASN1_SEQUENCE)
            continue;
        int length =
            MIN (ASN1_STRING_length (one->value.sequence), ASN1_STRING_length (next->value.sequence));
        if (memcmp (ASN1_STRING_get0_data (one->value.sequence), ASN1_STRING_get0_data (next->value.sequence),
                    (gsize)length) > 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean
collect_certificates (PenaJudgement *self)
{
    STACK_OF (ASN1_TYPE) *set = self->cms->signed_data->certificates;

    if (sk_ASN1_TYPE_num (set) > MAX_CERTIFICATES)
        return malformed (self, _ ("The signature holds too many certificates."));
    self->embedded = sk_X509_new_null ();
    for (int i = 0; i < sk_ASN1_TYPE_num (set); i++) {
        const ASN1_TYPE *choice = sk_ASN1_TYPE_value (set, i);
        if (choice->type != V_ASN1_SEQUENCE) {
            doubtful (self, _ ("The signature holds a certificate of a kind that Pena does not know."));
            continue;
        }
        X509 *certificate = read_certificate (choice);
        if (certificate == NULL)
            doubtful (self, _ ("A certificate in the signature cannot be read."));
        else if (sk_X509_push (self->embedded, certificate) == 0)
            X509_free (certificate);
    }
    if (!in_der_order (set))
        pena_judgement_note (self,
                             g_strdup (_ ("The certificates in the signature are not in the order of DER.")));
    return TRUE;
}

/* What is countersigned has no content type (RFC 5652, 11.4). */
static gboolean
check_content_type (PenaJudgement *self)
{
    const ASN1_TYPE *type = pena_attributes_get (self->info->signed_attributes,
                                                 pena_attribute_type (PENA_ATTRIBUTE_CONTENT_TYPE));

    if (self->countersignature != NULL)
        return TRUE;
    if (type == NULL || type->type != V_ASN1_OBJECT)
        return malformed (self, _ ("The signed attributes lack the content type or the message digest."));
    return OBJ_cmp (type->value.object, self->cms->signed_data->encapsulated->type) == 0 ||
           malformed (self, _ ("The signed content type is not that of the content."));
}

/* RFC 5652, 5.3 and 11: the two that every set of signed attributes has, in DER order, none twice. */
static gboolean
check_signed_attributes (PenaJudgement *self)
{
    static const PenaAttribute once[] = {
        PENA_ATTRIBUTE_CONTENT_TYPE,        PENA_ATTRIBUTE_MESSAGE_DIGEST,
        PENA_ATTRIBUTE_SIGNING_TIME,        PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2,
        PENA_ATTRIBUTE_SIGNING_CERTIFICATE, PENA_ATTRIBUTE_ALGORITHM_PROTECTION};
    const PenaAttributes *attributes = self->info->signed_attributes;

    /* The attributes of another signature, taken for a document, would have its value. A PDF cannot look like that, nor can a
     * signature that is countersigned. */
    if (attributes == NULL && self->format == PENA_ADES_CADES && self->countersignature == NULL)
        doubtful (self,
                  _ ("The signature signs no attributes, so that another one may have been taken for it."));
    if (attributes == NULL)
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS (once); i++) {
        const ASN1_OBJECT *type = pena_attribute_type (once[i]);
        guint count = pena_attributes_count (attributes, type);
        if (count > 1 || (count == 1 && pena_attributes_get (attributes, type) == NULL))
            return malformed (self, _ ("A signed attribute is there twice or has no single value."));
    }
    const ASN1_TYPE *digest =
        pena_attributes_get (attributes, pena_attribute_type (PENA_ATTRIBUTE_MESSAGE_DIGEST));
    if (digest == NULL || digest->type != V_ASN1_OCTET_STRING)
        return malformed (self, _ ("The signed attributes lack the content type or the message digest."));
    if (!check_content_type (self))
        return FALSE;
    if (!pena_attributes_sorted (attributes))
        doubtful (self, _ ("The signed attributes are not in the order in which they are signed."));
    return TRUE;
}

static gboolean
check_content (PenaJudgement *self)
{
    const PenaEncapsulated *encapsulated = self->cms->signed_data->encapsulated;
    int type = OBJ_obj2nid (encapsulated->type);

    if (type == NID_id_smime_ct_TSTInfo) {
        doubtful (self, _ ("This is a time-stamp, which this version of Pena does not judge."));
        return FALSE;
    }
    /* RFC 5652, 5.3: what is not plain data needs signed attributes, which say so */
    if (type != NID_pkcs7_data && self->info->signed_attributes == NULL)
        return malformed (self, _ ("The signature is not over a document."));
    if (type != NID_pkcs7_data) {
        self->may_be_baseline = FALSE;
        pena_judgement_note (self, g_strdup (_ ("What was signed does not call itself a document.")));
    }
    if (encapsulated->content == NULL)
        return TRUE;
    if (self->format == PENA_ADES_PADES)
        return malformed (self, _ ("The signature holds content of its own, which PDF forbids."));
    pena_judgement_problem (
        self, PENA_SUB_SIGNED_DATA_NOT_FOUND,
        g_strdup (_ ("The signature holds its document inside; with another document beside it Pena "
                     "does not judge it.")));
    return FALSE;
}

static gboolean
check_sizes (PenaJudgement *self)
{
    return (sk_X509_ATTRIBUTE_num (self->info->signed_attributes) <= MAX_ATTRIBUTES &&
            sk_X509_ATTRIBUTE_num (self->info->unsigned_attributes) <= MAX_ATTRIBUTES) ||
           malformed (self, _ ("The signature holds too many attributes."));
}

static gboolean
find_signer_info (PenaJudgement *self)
{
    int count = sk_PenaSignerInfo_num (self->cms->signed_data->signer_infos);

    if (count < 1)
        return malformed (self, _ ("Nobody has signed: the signature holds only certificates."));
    if (count > 1 && self->format == PENA_ADES_PADES)
        return malformed (self, _ ("More than one signer is in the signature, which PDF forbids."));
    if (count > 1 && self->signer_index < 0) {
        doubtful (self, _ ("More than one signer is in the signature; Pena judges only signatures of one."));
        return FALSE;
    }
    self->info = sk_PenaSignerInfo_value (self->cms->signed_data->signer_infos, MAX (self->signer_index, 0));
    return self->info != NULL && check_sizes (self);
}

/* Older PDF signatures (adbe.pkcs7.detached), among others, do not bind the certificate. */
static void
recognise_format (PenaJudgement *self)
{
    if (!pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2) &&
        !pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE))
        self->report->format = "PKCS#7";
}

gboolean
pena_block_format (PenaJudgement *self)
{
    if (!parse (self) || !find_signer_info (self))
        return FALSE;
    recognise_format (self);
    if (!check_content (self))
        return FALSE;
    check_versions (self);
    return check_digest_algorithms (self) && check_signed_attributes (self) && collect_certificates (self);
}

/* The CMS around it has been read; its certificates are those of the CMS. */
gboolean
pena_block_format_countersignature (PenaJudgement *self)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (self->countersignature, &size);

    self->info = pena_signer_info_parse (data, size);
    if (self->info == NULL)
        return malformed (self, _ ("The countersignature cannot be read."));
    if (!check_sizes (self))
        return FALSE;
    recognise_format (self);
    self->may_be_baseline = TRUE; /* as the CMS around it, which has been judged */
    return check_signed_attributes (self) && collect_certificates (self);
}
