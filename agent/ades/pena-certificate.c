/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading certificates that a stranger may have made
 * Copyright (C) 2026 the Pena authors */
#include "pena-certificate.h"

#include <openssl/err.h>
#include <pena/pena-error.h>
#include <time.h>

#include "pena-algorithm.h"
#include "pena-certificate-memo.h"
#include "pena-scheme.h"
#include "pena-cms.h"

/* Real ones are 1 to 3 KiB; what a token or a document hands in as a certificate is bounded here. */
#define MAX_CERTIFICATE (64 * 1024)

static X509 *
parse_anew (GBytes *der, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (der, &length);
    const guint8 *at = data;
    g_autoptr (X509) certificate = NULL;

    if (length > 0 && length <= MAX_CERTIFICATE)
        certificate = d2i_X509 (NULL, &at, (long)length);
    /* X509_check_purpose reads the extensions once; a certificate with malformed ones is refused as a whole
     */
    if (certificate == NULL || at != data + length || X509_get0_pubkey (certificate) == NULL ||
        X509_check_purpose (certificate, -1, 0) != 1 ||
        (X509_get_extension_flags (certificate) & EXFLAG_INVALID) != 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID,
                             "not a readable X.509 certificate");
        return NULL;
    }
    return g_steal_pointer (&certificate);
}

X509 *
pena_certificate_parse (GBytes *der, GError **error)
{
    X509 *certificate = pena_certificate_memo_find (der);

    if (certificate != NULL)
        return certificate;
    certificate = parse_anew (der, error);
    if (certificate != NULL)
        pena_certificate_memo_keep (der, certificate);
    return certificate;
}

GBytes *
pena_certificate_encode (X509 *certificate)
{
    guint8 *der = NULL;
    int length = i2d_X509 (certificate, &der);
    return pena_take_der (der, length);
}

gboolean
pena_certificate_equal (X509 *a, X509 *b)
{
    g_autoptr (GBytes) der_a = pena_certificate_encode (a);
    g_autoptr (GBytes) der_b = pena_certificate_encode (b);
    return der_a != NULL && der_b != NULL && g_bytes_equal (der_a, der_b);
}

PenaX509Stack *
pena_certificates_parse (GPtrArray *ders)
{
    PenaX509Stack *stack = sk_X509_new_null ();
    for (guint i = 0; ders != NULL && i < ders->len; i++) {
        X509 *certificate = pena_certificate_parse (g_ptr_array_index (ders, i), NULL);
        if (certificate != NULL && sk_X509_push (stack, certificate) == 0)
            X509_free (certificate);
    }
    return stack;
}

PenaX509Stack *
pena_certificates_from_bundle (GBytes *bytes)
{
    gsize length, taken;
    const guint8 *data = g_bytes_get_data (bytes, &length);
    g_autoptr (PenaCms) bundle = length > 0 ? pena_cms_parse (data, length, &taken) : NULL;
    g_autoptr (GPtrArray) ders = bundle != NULL
                                     ? pena_cms_dup_certificates (bundle)
                                     : g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    if (bundle == NULL)
        g_ptr_array_add (ders, g_bytes_ref (bytes));
    ERR_clear_error ();
    return pena_certificates_parse (ders);
}

gboolean
pena_certificate_issued_by (X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey (issuer);
    return X509_check_issued (issuer, certificate) == X509_V_OK && key != NULL && pena_key_is_strong (key) &&
           pena_certificate_memo_verify (certificate, issuer);
}

X509 *
pena_certificates_find_issuer (PenaX509Stack *candidates, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num (candidates); i++)
        if (pena_certificate_issued_by (certificate, sk_X509_value (candidates, i)))
            return sk_X509_value (candidates, i);
    return NULL;
}

gboolean
pena_certificates_contain (PenaX509Stack *stack, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num (stack); i++)
        if (pena_certificate_equal (sk_X509_value (stack, i), certificate))
            return TRUE;
    return FALSE;
}

gboolean
pena_certificate_self_signed (X509 *certificate)
{
    return X509_self_signed (certificate, 0) == 1 && pena_certificate_memo_verify (certificate, certificate);
}

/* A certificate for logging in also has digitalSignature; its extended key usage tells it apart. */
static gboolean
extended_usage_is_for_documents (X509 *certificate)
{
    static const gchar *const suited[] = {
        "2.5.29.37.0",             /* any */
        "1.3.6.1.5.5.7.3.4",       /* e-mail protection */
        "1.3.6.1.5.5.7.3.36",      /* document signing, RFC 9336 */
        "1.3.6.1.4.1.311.10.3.12", /* document signing, Microsoft */
        "1.2.840.113583.1.1.5",    /* authentic documents, Adobe */
    };
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i (certificate, NID_ext_key_usage, NULL, NULL);
    gboolean found = usages == NULL;

    for (int i = 0; !found && i < sk_ASN1_OBJECT_num (usages); i++) {
        gchar oid[64];
        OBJ_obj2txt (oid, sizeof oid, sk_ASN1_OBJECT_value (usages, i), 1);
        for (guint j = 0; !found && j < G_N_ELEMENTS (suited); j++)
            found = g_str_equal (oid, suited[j]);
    }
    EXTENDED_KEY_USAGE_free (usages);
    return found;
}

gboolean
pena_certificate_can_sign (X509 *certificate)
{
    guint32 usage = X509_get_key_usage (certificate); /* all bits when the extension is absent */

    if (usage != UINT32_MAX && (usage & KU_NON_REPUDIATION) != 0)
        return TRUE;
    return (usage & KU_DIGITAL_SIGNATURE) != 0 && extended_usage_is_for_documents (certificate);
}

gboolean
pena_certificate_has_digest (X509 *certificate, const PenaDigestAlgorithm *algorithm,
                             const ASN1_OCTET_STRING *digest)
{
    g_autoptr (GBytes) der = pena_certificate_encode (certificate);

    return der != NULL && pena_digest_algorithm_fits (algorithm, g_bytes_get_data (der, NULL),
                                                      g_bytes_get_size (der), digest);
}

gboolean
pena_time_from_asn1 (const ASN1_TIME *time, gint64 *ret_seconds)
{
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm (time, &parts) != 1)
        return FALSE;
    *ret_seconds = timegm (&parts);
    return TRUE;
}

static gchar *
format_time (gint64 seconds, const gchar *format)
{
    g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
    return time != NULL ? g_date_time_format (time, format) : g_strdup ("?");
}

gchar *
pena_time_format_date (gint64 seconds)
{
    return format_time (seconds, "%Y-%m-%d");
}

gchar *
pena_time_format (gint64 seconds)
{
    return format_time (seconds, "%Y-%m-%dT%H:%M:%SZ");
}

static gboolean
check_validity (X509 *certificate, gint64 now, GError **error)
{
    gint64 not_before, not_after;
    GError *made = NULL;

    if (!pena_time_from_asn1 (X509_get0_notBefore (certificate), &not_before) ||
        !pena_time_from_asn1 (X509_get0_notAfter (certificate), &not_after)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "validity cannot be read");
        return FALSE;
    }
    if (now >= not_before && now <= not_after)
        return TRUE;

    g_autofree gchar *date = pena_time_format_date (now < not_before ? not_before : not_after);
    if (now < not_before)
        made = g_error_new (PENA_ERROR, PENA_ERROR_CERTIFICATE_NOT_YET_VALID, "valid from %s", date);
    else
        made = g_error_new (PENA_ERROR, PENA_ERROR_CERTIFICATE_EXPIRED, "expired on %s", date);
    pena_error_set_string (made, "date", date);
    g_propagate_error (error, made);
    return FALSE;
}

gboolean
pena_ades_check_signer (GBytes *certificate, gint64 now, GError **error)
{
    g_autoptr (X509) parsed = pena_certificate_parse (certificate, error);

    if (parsed == NULL)
        return FALSE;
    if (pena_signing_scheme_for (X509_get0_pubkey (parsed), "sha256", FALSE) == NULL) {
        g_autofree gchar *key = pena_key_name (X509_get0_pubkey (parsed));
        g_set_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED, "cannot sign with a key of kind %s", key);
        return FALSE;
    }
    if (!pena_certificate_can_sign (parsed)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_USAGE,
                             "key usage has neither nonRepudiation nor digitalSignature for documents");
        return FALSE;
    }
    return check_validity (parsed, now, error);
}
