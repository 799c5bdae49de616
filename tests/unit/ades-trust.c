/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: time-stamp authorities and OCSP responders for tests, honest and otherwise
 * Copyright (C) 2026 the Pena authors */
#include "ades-trust.h"

#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pena-openssl.h"

PkiEntity
trust_new_tsa (const PkiEntity *issuer, const gchar *key_kind)
{
    static const PkiSpec spec = {.common_name = "Time-stamp authority",
                                 .key_usage = "critical,digitalSignature",
                                 .extended_key_usage = "critical,timeStamping"};
    return pki_issue (issuer, key_kind, &spec);
}

static guint8 *
bytes_of (const ASN1_STRING *string)
{
    return (guint8 *)ASN1_STRING_get0_data (string);
}

static GBytes *
encode_info (TS_REQ *request, const TsaSpec *spec)
{
    TS_TST_INFO *info = TS_TST_INFO_new ();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_dup (TS_REQ_get_msg_imprint (request));
    ASN1_OBJECT *policy = OBJ_txt2obj (spec->policy != NULL ? spec->policy : "1.2.3.4.1", 1);
    ASN1_INTEGER *serial = ASN1_INTEGER_new (), *nonce = ASN1_INTEGER_dup (TS_REQ_get_nonce (request));
    ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_set (NULL, spec->time != 0 ? spec->time : pki_now ());
    TS_ACCURACY *accuracy = TS_ACCURACY_new ();
    guint8 *der = NULL;

    if (spec->other_imprint)
        bytes_of (TS_MSG_IMPRINT_get_msg (imprint))[0] ^= 1;
    if (spec->other_nonce)
        bytes_of (nonce)[ASN1_STRING_length (nonce) - 1] ^= 1;
    ASN1_INTEGER_set (serial, 0xABCD);
    TS_ACCURACY_set_seconds (accuracy, serial);
    TS_TST_INFO_set_version (info, 1);
    TS_TST_INFO_set_policy_id (info, policy);
    TS_TST_INFO_set_msg_imprint (info, imprint);
    TS_TST_INFO_set_serial (info, serial);
    TS_TST_INFO_set_time (info, time);
    TS_TST_INFO_set_accuracy (info, accuracy);
    if (!spec->no_nonce)
        TS_TST_INFO_set_nonce (info, nonce);
    if (spec->critical_extension) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_netscape_comment, "critical,x");
        TS_TST_INFO_add_ext (info, extension, -1);
        X509_EXTENSION_free (extension);
    }
    int length = i2d_TS_TST_INFO (info, &der);
    TS_ACCURACY_free (accuracy);
    ASN1_GENERALIZEDTIME_free (time);
    ASN1_INTEGER_free (serial);
    ASN1_INTEGER_free (nonce);
    ASN1_OBJECT_free (policy);
    TS_MSG_IMPRINT_free (imprint);
    TS_TST_INFO_free (info);
    return pena_take_der (der, length);
}

static GBytes *
sign_info (const PkiEntity *tsa, GBytes *info, const TsaSpec *spec)
{
    guint flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | (spec->no_binding ? 0 : CMS_CADES) |
                  (spec->no_certificate ? CMS_NOCERTS : 0);
    gsize length;
    const guint8 *data = g_bytes_get_data (info, &length);
    BIO *content = BIO_new_mem_buf (data, (int)length);
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, flags);
    ASN1_OBJECT *type = OBJ_nid2obj (spec->other_type ? NID_pkcs7_data : NID_id_smime_ct_TSTInfo);
    guint8 *der = NULL;

    g_assert_nonnull (CMS_add1_signer (cms, tsa->certificate, tsa->key,
                                       spec->digest != NULL ? spec->digest : EVP_sha256 (), flags));
    g_assert_cmpint (CMS_set1_eContentType (cms, type), ==, 1);
    if (spec->issuer != NULL)
        CMS_add1_cert (cms, spec->issuer->certificate);
    g_assert_cmpint (CMS_final (cms, content, NULL, flags), ==, 1);
    int size = i2d_CMS_ContentInfo (cms, &der);
    CMS_ContentInfo_free (cms);
    BIO_free (content);
    return pena_take_der (der, size);
}

GBytes *
trust_tsa_token (const PkiEntity *tsa, GBytes *query, const TsaSpec *spec)
{
    gsize length;
    const guint8 *at = g_bytes_get_data (query, &length);
    TS_REQ *request = d2i_TS_REQ (NULL, &at, (long)length);
    g_assert_nonnull (request);
    g_autoptr (GBytes) info = encode_info (request, spec);
    TS_REQ_free (request);
    g_autoptr (GBytes) token = sign_info (tsa, info, spec);
    if (!spec->damaged)
        return g_steal_pointer (&token);
    gsize size;
    guint8 *copy = g_memdup2 (g_bytes_get_data (token, &size), g_bytes_get_size (token));
    copy[size - 1] ^= 1; /* the end of the signature value */
    return g_bytes_new_take (copy, size);
}

static GBytes *
encode_status (const TsaSpec *spec)
{
    TS_STATUS_INFO *status = TS_STATUS_INFO_new ();
    guint8 *der = NULL;

    TS_STATUS_INFO_set_status (status, spec->status);
    int length = i2d_TS_STATUS_INFO (status, &der);
    TS_STATUS_INFO_free (status);
    GByteArray *out = g_byte_array_new ();
    g_byte_array_append (out, der, (guint)length);
    OPENSSL_free (der);
    if (spec->text != NULL) {
        guint8 head[] = {0x30, (guint8)(strlen (spec->text) + 2), 0x0C, (guint8)strlen (spec->text)};
        g_byte_array_append (out, head, sizeof head);
        g_byte_array_append (out, (const guint8 *)spec->text, (guint)strlen (spec->text));
    }
    if (spec->failure != 0) {
        guint8 bits[] = {0x03, 0x05, 0x00, 0, 0, 0, 0};
        bits[3 + spec->failure / 8] = (guint8)(0x80 >> spec->failure % 8);
        g_byte_array_append (out, bits, sizeof bits);
    }
    g_assert_cmpuint (out->len, <, 130);
    out->data[1] = (guint8)(out->len - 2);
    return g_byte_array_free_to_bytes (out);
}

GBytes *
trust_tsa_answer (const PkiEntity *tsa, GBytes *query, const TsaSpec *spec)
{
    g_autoptr (GBytes) status = encode_status (spec);
    g_autoptr (GBytes) token = spec->status <= 1 ? trust_tsa_token (tsa, query, spec) : NULL;
    gsize length = g_bytes_get_size (status) + (token != NULL ? g_bytes_get_size (token) : 0);
    GByteArray *out = g_byte_array_new ();

    guint8 head[] = {0x30, 0x82, (guint8)(length >> 8), (guint8)length};
    guint8 short_head[] = {0x30, (guint8)length};
    if (length >= 256)
        g_byte_array_append (out, head, sizeof head);
    else
        g_byte_array_append (out, short_head, sizeof short_head);
    g_byte_array_append (out, g_bytes_get_data (status, NULL), (guint)g_bytes_get_size (status));
    if (token != NULL)
        g_byte_array_append (out, g_bytes_get_data (token, NULL), (guint)g_bytes_get_size (token));
    return g_byte_array_free_to_bytes (out);
}

PkiEntity
trust_new_responder (const PkiEntity *issuer, const gchar *key_kind, gboolean nocheck)
{
    static const PkiSpec spec = {.common_name = "OCSP responder",
                                 .key_usage = "critical,digitalSignature",
                                 .extended_key_usage = "OCSPSigning"};
    PkiEntity made = pki_issue (issuer, key_kind, &spec);

    if (nocheck) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_id_pkix_OCSP_noCheck, "NULL");
        X509_add_ext (made.certificate, extension, -1);
        X509_EXTENSION_free (extension);
        X509_sign (made.certificate, issuer->key, EVP_sha256 ());
    }
    return made;
}

static GBytes *
encode_response (int status, OCSP_BASICRESP *basic)
{
    OCSP_RESPONSE *response = OCSP_response_create (status, basic);
    guint8 *der = NULL;
    int length = i2d_OCSP_RESPONSE (response, &der);

    OCSP_RESPONSE_free (response);
    return pena_take_der (der, length);
}

GBytes *
trust_ocsp_answer (const PkiEntity *signer, X509 *certificate, X509 *issuer, const OcspSpec *spec)
{
    if (spec->response_status != 0)
        return encode_response (spec->response_status, NULL);

    OCSP_BASICRESP *basic = OCSP_BASICRESP_new ();
    OCSP_CERTID *id = OCSP_cert_to_id (EVP_sha1 (), spec->about != NULL ? spec->about : certificate, issuer);
    ASN1_TIME *since = ASN1_TIME_set (NULL, spec->since != 0 ? spec->since : pki_now () - PKI_DAY);
    ASN1_TIME *from = ASN1_TIME_set (NULL, spec->this_update != 0 ? spec->this_update : pki_now ());
    ASN1_TIME *until =
        ASN1_TIME_set (NULL, spec->next_update != 0 ? spec->next_update : pki_now () + PKI_DAY);
    OCSP_SINGLERESP *single = OCSP_basic_add1_status (basic, id, spec->status, spec->reason, since, from,
                                                      spec->next_update < 0 ? NULL : until);

    g_assert_nonnull (single);
    if (spec->critical_extension) {
        X509_EXTENSION *extension = OCSP_crlID_new ("http://a.example", NULL, NULL);
        X509_EXTENSION_set_critical (extension, 1);
        OCSP_SINGLERESP_add_ext (single, extension, -1);
        X509_EXTENSION_free (extension);
    }
    g_assert_nonnull (ASN1_GENERALIZEDTIME_set ((ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at (basic),
                                                spec->produced_at != 0 ? spec->produced_at : pki_now ()));
    if (spec->nonce != NULL)
        OCSP_basic_add1_nonce (basic, (guint8 *)g_bytes_get_data (spec->nonce, NULL),
                               (int)g_bytes_get_size (spec->nonce));
    g_assert_cmpint (OCSP_basic_sign (basic, signer->certificate, signer->key,
                                      spec->digest != NULL ? spec->digest : EVP_sha256 (), NULL,
                                      OCSP_NOTIME | (spec->no_certificate ? OCSP_NOCERTS : 0ul)),
                     ==, 1);
    if (spec->damaged)
        bytes_of (OCSP_resp_get0_signature (basic))[10] ^= 1;
    GBytes *der = encode_response (OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    OCSP_CERTID_free (id);
    ASN1_TIME_free (since);
    ASN1_TIME_free (from);
    ASN1_TIME_free (until);
    OCSP_BASICRESP_free (basic);
    return der;
}
