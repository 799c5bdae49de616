/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging adbe.x509.rsa_sha1 (ISO 32000-1, 12.8.3.2): a PKCS#1 signature with certificates beside it
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rsa.h>
#include <string.h>

#include "pena-cms-map.h"
#include "pena-crypto.h"
#include "pena-judgement.h"
#include "pena-text.h"

/* An RSA key of 16384 bits. */
#define MAX_VALUE 2048

/* Format: an OCTET STRING, and zeros after it. */
static ASN1_OCTET_STRING *
read_value (PenaJudgement *self)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (self->bytes, &size), *at = data;
    g_autoptr (ASN1_OCTET_STRING) value = size > 0 ? d2i_ASN1_OCTET_STRING (NULL, &at, (long)size) : NULL;

    if (value != NULL && ASN1_STRING_length (value) <= MAX_VALUE &&
        pena_padding_is_empty (data, (gsize)(at - data), size))
        return g_steal_pointer (&value);
    pena_judgement_problem (self, PENA_SUB_FORMAT_FAILURE,
                            g_strdup (_ ("The signature cannot be read: it is not a PKCS#1 signature.")));
    return NULL;
}

/* Identification: it is the first one; nothing binds it to the signature. */
static gboolean
identify (PenaJudgement *self, GPtrArray *certificates)
{
    self->embedded = pena_certificates_parse (certificates);
    if (certificates->len > 0)
        self->signer = pena_certificate_parse (certificates->pdata[0], NULL);
    if (self->signer != NULL)
        self->report->info = pena_certificate_info_from_x509 (self->signer, NULL);
    if (self->report->info == NULL) {
        pena_judgement_problem (self, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
                                g_strdup (_ ("The certificate of the signer is not in the signature.")));
        return FALSE;
    }
    self->report->signer = pena_certificate_encode (self->signer);
    pena_judgement_note (
        self, g_strdup (_ ("The signature does not bind the certificate of the signer (an older format).")));
    return TRUE;
}

/* The DigestInfo that the key makes of the value; NULL when it makes none. */
static X509_SIG *
recover (PenaJudgement *self, const ASN1_OCTET_STRING *value)
{
    EVP_PKEY *key = X509_get0_pubkey (self->signer);
    g_autoptr (EVP_PKEY_CTX) context =
        key != NULL && EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA ? EVP_PKEY_CTX_new (key, NULL) : NULL;
    guint8 info[MAX_VALUE];
    gsize length = sizeof info;

    if (context == NULL || EVP_PKEY_get_size (key) > MAX_VALUE ||
        EVP_PKEY_verify_recover_init (context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_verify_recover (context, info, &length, ASN1_STRING_get0_data (value),
                                 (gsize)ASN1_STRING_length (value)) <= 0)
        return NULL;
    const guint8 *at = info;
    guint8 *again = NULL;
    g_autoptr (X509_SIG) made = d2i_X509_SIG (NULL, &at, (long)length);
    int size = made != NULL ? i2d_X509_SIG (made, &again) : 0;
    g_autoptr (GBytes) strict = pena_take_der (again, size);
    /* with a small exponent, room that nobody looks at is room to make a value that fits (RFC 8017, 8.2.2) */
    if (strict == NULL || g_bytes_get_size (strict) != length ||
        memcmp (g_bytes_get_data (strict, NULL), info, length) != 0)
        return NULL;
    return g_steal_pointer (&made);
}

/* The value says itself what it was made with: SHA-1 at first, others since PDF 1.6. */
static void
check_value (PenaJudgement *self, const ASN1_OCTET_STRING *value)
{
    g_autoptr (X509_SIG) info = recover (self, value);
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *signed_digest = NULL;

    if (info == NULL) {
        pena_judgement_problem (
            self, PENA_SUB_SIG_CRYPTO_FAILURE,
            g_strdup (
                _ ("The signature value is wrong: the signature was changed or belongs to another key.")));
        return;
    }
    X509_SIG_get0 (info, &algorithm, &signed_digest);
    const PenaDigestAlgorithm *digest = pena_digest_algorithm_from (algorithm);
    if (digest != NULL) {
        self->report->digest = g_strdup (digest->name);
        pena_crypto_check_content (self, digest, signed_digest);
        pena_crypto_check_strength (self, digest);
    } else {
        g_autofree gchar *name = pena_algorithm_describe (algorithm);
        pena_judgement_problem (self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
                                g_strdup_printf (_ ("The digest algorithm %s is not accepted."), name));
    }
}

void
pena_judge_pkcs1 (PenaJudgement *self, GPtrArray *certificates)
{
    g_autoptr (ASN1_OCTET_STRING) value = read_value (self);

    self->report->format = "PKCS#1";
    if (value == NULL || !identify (self, certificates))
        return;
    self->pool = pena_pool_new (&self->context);
    pena_pool_add_certificates (self->pool, certificates, TRUE);
    if (self->context.proved != 0)
        self->report->proved_time = self->context.proved;
    pena_block_x509 (self);
    check_value (self, value);
}
