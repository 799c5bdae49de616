/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the signature algorithms that are known
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ecdsa.h>
#include <string.h>

#include "ades-pki.h"
#include "pena-algorithm.h"

#define MESSAGE "Surat Keputusan"

static X509_ALGOR *
new_algorithm (const gchar *name, gboolean null)
{
    X509_ALGOR *algorithm = X509_ALGOR_new ();

    X509_ALGOR_set0 (algorithm, OBJ_txt2obj (name, 0), null ? V_ASN1_NULL : V_ASN1_UNDEF, NULL);
    return algorithm;
}

static GBytes *
sign (EVP_PKEY *key, const EVP_MD *md)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    guint8 value[1024];
    gsize length = sizeof value;

    g_assert_cmpint (EVP_DigestSignInit (context, NULL, md, NULL, key), ==, 1);
    g_assert_cmpint (EVP_DigestSign (context, value, &length, (const guint8 *)MESSAGE, strlen (MESSAGE)), ==,
                     1);
    return g_bytes_new (value, length);
}

static GBytes *
flatten (GBytes *der)
{
    gsize length;
    const guint8 *at = g_bytes_get_data (der, &length);
    ECDSA_SIG *pair = d2i_ECDSA_SIG (NULL, &at, (long)length);
    guint8 flat[64];

    BN_bn2binpad (ECDSA_SIG_get0_r (pair), flat, 32);
    BN_bn2binpad (ECDSA_SIG_get0_s (pair), flat + 32, 32);
    ECDSA_SIG_free (pair);
    return g_bytes_new (flat, sizeof flat);
}

static const struct {
    const gchar *key, *algorithm, *digest;
    const EVP_MD *(*md) (void); /* NULL: the key's own */
    gboolean null, plain;
} rows[] = {
    {"rsa", "rsaEncryption", "sha256", EVP_sha256, TRUE, FALSE},
    {"rsa", "sha256WithRSAEncryption", "sha256", EVP_sha256, TRUE, FALSE},
    {"rsa", "sha512WithRSAEncryption", "sha512", EVP_sha512, FALSE, FALSE},
    {"rsa", "RSA-SHA3-256", "sha3-256", EVP_sha3_256, TRUE, FALSE},
    {"p256", "ecdsa-with-SHA256", "sha256", EVP_sha256, FALSE, FALSE},
    {"p256", "ecdsa-with-SHA256", "sha256", EVP_sha256, TRUE, FALSE},
    {"p256", "id-ecPublicKey", "sha384", EVP_sha384, FALSE, FALSE},
    {"p384", "ecdsa_with_SHA3-384", "sha3-384", EVP_sha3_384, FALSE, FALSE},
    {"brainpoolP256r1", "ecdsa-with-SHA256", "sha256", EVP_sha256, FALSE, FALSE},
    {"p256", "0.4.0.127.0.7.1.1.4.1.3", "sha256", EVP_sha256, FALSE, TRUE},
    {"ed25519", "ED25519", "sha512", NULL, FALSE, FALSE},
    {"ed448", "ED448", "shake256", NULL, FALSE, FALSE},
};

static void
test_verify (void)
{
    g_autoptr (GBytes) message = g_bytes_new_static (MESSAGE, strlen (MESSAGE));
    g_autoptr (GBytes) other = g_bytes_new_static ("Surat Kuasa", 11);

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        EVP_PKEY *key = pki_new_key (rows[i].key), *stranger = pki_new_key (rows[i].key);
        g_autoptr (GBytes) der = sign (key, rows[i].md != NULL ? rows[i].md () : NULL);
        g_autoptr (GBytes) octets = rows[i].plain ? flatten (der) : g_bytes_ref (der);
        g_autoptr (X509_ALGOR) algorithm = new_algorithm (rows[i].algorithm, rows[i].null);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();
        PenaSignatureScheme scheme;

        g_test_message ("%s with a key of kind %s", rows[i].algorithm, rows[i].key);
        ASN1_STRING_set (value, g_bytes_get_data (octets, NULL), (int)g_bytes_get_size (octets));
        g_assert_true (
            pena_signature_scheme_from (algorithm, pena_digest_algorithm_by_name (rows[i].digest), &scheme));
        g_assert_cmpstr (scheme.digest->name, ==, rows[i].digest);
        g_assert_true (pena_signature_verify (&scheme, key, message, value));
        g_assert_false (pena_signature_verify (&scheme, key, other, value));
        g_assert_false (pena_signature_verify (&scheme, stranger, message, value));
        ASN1_STRING_set (value, "", 0);
        g_assert_false (pena_signature_verify (&scheme, key, message, value));
        ASN1_OCTET_STRING_free (value);
        EVP_PKEY_free (key);
        EVP_PKEY_free (stranger);
    }
}

static void
test_key_of_another_kind (void)
{
    g_autoptr (X509_ALGOR) rsa = new_algorithm ("sha256WithRSAEncryption", TRUE);
    EVP_PKEY *key = pki_new_key ("p256");
    g_autoptr (GBytes) der = sign (key, EVP_sha256 ());
    g_autoptr (GBytes) message = g_bytes_new_static (MESSAGE, strlen (MESSAGE));
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();
    PenaSignatureScheme scheme;

    ASN1_STRING_set (value, g_bytes_get_data (der, NULL), (int)g_bytes_get_size (der));
    g_assert_true (pena_signature_scheme_from (rsa, pena_digest_algorithm_by_name ("sha256"), &scheme));
    g_assert_false (pena_signature_verify (&scheme, key, message, value));
    ASN1_OCTET_STRING_free (value);
    EVP_PKEY_free (key);
}

/* Some programs write the signature's algorithm where the digest's belongs. */
static void
test_digest_of_signer (void)
{
    static const struct {
        const gchar *digest, *signature, *found;
        gboolean odd;
    } pairs[] = {
        {"SHA256", "sha256WithRSAEncryption", "sha256", FALSE},
        {"sha256WithRSAEncryption", "rsaEncryption", "sha256", TRUE},
        {"rsaEncryption", "sha384WithRSAEncryption", "sha384", TRUE},
        {"ecdsa-with-SHA256", "ecdsa-with-SHA256", "sha256", TRUE},
        {"rsaEncryption", "rsaEncryption", NULL, TRUE},
        {"commonName", "sha256WithRSAEncryption", NULL, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
        g_autoptr (X509_ALGOR) digest = new_algorithm (pairs[i].digest, FALSE);
        g_autoptr (X509_ALGOR) signature = new_algorithm (pairs[i].signature, FALSE);
        gboolean odd = FALSE;
        const PenaDigestAlgorithm *found = pena_digest_algorithm_of_signer (digest, signature, &odd);

        g_test_message ("%s, %s", pairs[i].digest, pairs[i].signature);
        g_assert_cmpstr (found != NULL ? found->name : NULL, ==, pairs[i].found);
        g_assert_cmpint (odd, ==, pairs[i].odd);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/ades/algorithm/verify", test_verify);
    g_test_add_func ("/ades/algorithm/key", test_key_of_another_kind);
    g_test_add_func ("/ades/algorithm/digest-of-signer", test_digest_of_signer);
    return g_test_run ();
}
