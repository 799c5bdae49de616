/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: certificate requests, and a throwaway CA for tests in process
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-request.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

/* Nobody of this name, number or office exists. */
static const struct {
    const gchar *attribute, *value;
} subject[] = {
    {"C", "ID"},
    {"O", "Pemerintah Kabupaten Tirta Kencana"},
    {"OU", "Dinas Kearsipan dan Perpustakaan"},
    {"title", "Kepala Dinas Kearsipan dan Perpustakaan"},
    {"serialNumber", "197803152005012003"},
    {"CN", "Sari Wulandari, S.Sos., M.Si."},
};

static X509_NAME *
make_subject (void)
{
    X509_NAME *name = X509_NAME_new ();

    for (guint i = 0; i < G_N_ELEMENTS (subject); i++) {
        int type = g_str_equal (subject[i].attribute, "C") ? MBSTRING_ASC : MBSTRING_UTF8;
        if (X509_NAME_add_entry_by_txt (name, subject[i].attribute, type, (const guint8 *)subject[i].value,
                                        -1, -1, 0) != 1)
            g_error ("vtoken: the subject's %s is refused", subject[i].attribute);
    }
    return name;
}

static gboolean
fail (GError **error, const gchar *what)
{
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: %s", what);
    return FALSE;
}

/* PKCS#1 v1.5 with SHA-256 as a whole block. */
static GBytes *
pad_rsa (const guint8 hash[32], gsize size)
{
    static const guint8 prefix[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    gsize padding = size - 3 - sizeof prefix - 32;
    guint8 *block = g_malloc (size);

    block[0] = 0x00;
    block[1] = 0x01;
    memset (block + 2, 0xFF, padding);
    block[2 + padding] = 0x00;
    memcpy (block + 3 + padding, prefix, sizeof prefix);
    memcpy (block + 3 + padding + sizeof prefix, hash, 32);
    return g_bytes_new_take (block, size);
}

/* What the card gets to sign for these bytes. */
static GBytes *
make_block (VtokenAlgorithm algorithm, const guint8 *data, gsize length)
{
    const EVP_MD *md = algorithm == VTOKEN_ALGORITHM_P384 ? EVP_sha384 () : EVP_sha256 ();
    guint8 hash[EVP_MAX_MD_SIZE];
    unsigned size = sizeof hash;

    if (algorithm == VTOKEN_ALGORITHM_ED25519)
        return g_bytes_new (data, length); /* it hashes by itself */
    if (EVP_Digest (data, length, hash, &size, md, NULL) != 1)
        return NULL;
    if (vtoken_algorithm_is_rsa (algorithm))
        return pad_rsa (hash, vtoken_algorithm_size (algorithm));
    return g_bytes_new (hash, size);
}

static void
set_algorithm (X509_REQ *request, VtokenAlgorithm algorithm)
{
    X509_ALGOR *algor = X509_ALGOR_new ();

    if (vtoken_algorithm_is_rsa (algorithm))
        X509_ALGOR_set0 (algor, OBJ_nid2obj (NID_sha256WithRSAEncryption), V_ASN1_NULL, NULL);
    else if (algorithm == VTOKEN_ALGORITHM_ED25519)
        X509_ALGOR_set0 (algor, OBJ_nid2obj (NID_ED25519), V_ASN1_UNDEF, NULL);
    else if (algorithm == VTOKEN_ALGORITHM_P384)
        X509_ALGOR_set0 (algor, OBJ_nid2obj (NID_ecdsa_with_SHA384), V_ASN1_UNDEF, NULL);
    else
        X509_ALGOR_set0 (algor, OBJ_nid2obj (NID_ecdsa_with_SHA256), V_ASN1_UNDEF, NULL);
    X509_REQ_set1_signature_algo (request, algor);
    X509_ALGOR_free (algor);
}

static void
set_signature (X509_REQ *request, GBytes *signature)
{
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new ();
    gsize length;
    const guint8 *data = g_bytes_get_data (signature, &length);

    ASN1_BIT_STRING_set (bits, (guint8 *)data, (int)length);
    bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
    bits->flags |= ASN1_STRING_FLAG_BITS_LEFT; /* no bit of the last byte is unused */
    X509_REQ_set0_signature (request, bits);
}

static gboolean
sign_request (X509_REQ *request, VtokenAlgorithm algorithm, VtokenSigner signer, gpointer data,
              GError **error)
{
    guint8 *der = NULL;
    int length = i2d_re_X509_REQ_tbs (request, &der);
    g_autoptr (GBytes) block = length > 0 ? make_block (algorithm, der, (gsize)length) : NULL;

    OPENSSL_free (der);
    if (block == NULL)
        return fail (error, "the request cannot be hashed");
    g_autoptr (GBytes) signature =
        signer (g_bytes_get_data (block, NULL), g_bytes_get_size (block), data, error);
    if (signature == NULL)
        return FALSE;
    set_algorithm (request, algorithm);
    set_signature (request, signature);
    return TRUE;
}

static GBytes *
to_bytes (guint8 *der, int length)
{
    GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;
    OPENSSL_free (der);
    return bytes;
}

GBytes *
vtoken_request_new (VtokenAlgorithm algorithm, EVP_PKEY *public_key, VtokenSigner signer, gpointer data,
                    GError **error)
{
    g_autoptr (X509_REQ) request = X509_REQ_new ();
    g_autoptr (X509_NAME) name = make_subject ();
    guint8 *der = NULL;

    X509_REQ_set_version (request, X509_REQ_VERSION_1);
    X509_REQ_set_subject_name (request, name);
    X509_REQ_set_pubkey (request, public_key);
    if (!sign_request (request, algorithm, signer, data, error))
        return NULL;
    if (X509_REQ_verify (request, public_key) != 1) {
        fail (error, "the card's signature does not belong to its public key");
        return NULL;
    }
    int length = i2d_X509_REQ (request, &der);
    return to_bytes (der, length);
}

static const gchar *
usage_of_slot (guint8 slot, EVP_PKEY *key)
{
    if (slot == 0x9C)
        return "critical,nonRepudiation";
    if (slot == 0x9A || slot == 0x9E)
        return "critical,digitalSignature";
    return EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA ? "critical,keyEncipherment" : "critical,keyAgreement";
}

static void
set_names_and_times (X509 *certificate, X509_REQ *request)
{
    g_autoptr (X509_NAME) issuer = X509_NAME_new ();
    guint64 serial = 0;

    RAND_bytes ((guint8 *)&serial, sizeof serial);
    X509_NAME_add_entry_by_txt (issuer, "CN", MBSTRING_UTF8, (const guint8 *)"Pena throwaway test CA", -1, -1,
                                0);
    X509_set_version (certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial >> 1);
    X509_set_issuer_name (certificate, issuer);
    X509_set_subject_name (certificate, X509_REQ_get_subject_name (request));
    X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 365 * 86400);
}

GBytes *
vtoken_issue_test (GBytes *request_der, guint8 slot, gpointer data, GError **error)
{
    static GOnce ca = G_ONCE_INIT;
    const guint8 *at = g_bytes_get_data (request_der, NULL);
    g_autoptr (X509_REQ) request = d2i_X509_REQ (NULL, &at, (long)g_bytes_get_size (request_der));
    g_autoptr (X509) certificate = X509_new ();
    guint8 *der = NULL;

    g_once (&ca, (GThreadFunc)(void (*) (void))vtoken_key_generate, GUINT_TO_POINTER (VTOKEN_ALGORITHM_P256));
    if (request == NULL) {
        fail (error, "the request cannot be read");
        return NULL;
    }
    EVP_PKEY *key = X509_REQ_get0_pubkey (request);
    set_names_and_times (certificate, request);
    X509_set_pubkey (certificate, key);
    X509_EXTENSION *usage = X509V3_EXT_conf_nid (NULL, NULL, NID_key_usage, usage_of_slot (slot, key));
    X509_add_ext (certificate, usage, -1);
    X509_EXTENSION_free (usage);
    X509_sign (certificate, ca.retval, EVP_sha256 ());
    int length = i2d_X509 (certificate, &der);
    return to_bytes (der, length);
}
