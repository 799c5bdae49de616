/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the hashes, keys and signature algorithms that are known, and which of them are strong enough
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pena-openssl.h"

typedef struct {
    const gchar *name; /* "sha256" */
    int nid;
    const EVP_MD *(*md) (void);
    gboolean strong;   /* may stand in a signature that passes today */
    gsize output_size; /* of a function whose output is as long as one likes; else 0 */
} PenaDigestAlgorithm;

/* NULL when it is not known. */
const PenaDigestAlgorithm *pena_digest_algorithm_by_name (const gchar *name);
/* NULL when it is not known or has parameters other than none and NULL (RFC 5754, 2). */
const PenaDigestAlgorithm *pena_digest_algorithm_from (const X509_ALGOR *algorithm);

/* The same of a SignerInfo, where programs have written the identifier of the whole signature algorithm (such as
 * sha256WithRSAEncryption, or rsaEncryption): then it is the digest that this one goes with, and *ret_odd is TRUE. */
const PenaDigestAlgorithm *pena_digest_algorithm_of_signer (const X509_ALGOR *digest_algorithm,
                                                            const X509_ALGOR *signature_algorithm,
                                                            gboolean *ret_odd);
/* Transfer full; NULL when it cannot be made. */
GBytes *pena_digest_algorithm_hash (const PenaDigestAlgorithm *self, gconstpointer data, gsize length);
/* Whether value is the digest of the data. */
gboolean pena_digest_algorithm_fits (const PenaDigestAlgorithm *self, gconstpointer data, gsize length,
                                     const ASN1_OCTET_STRING *value);

typedef enum {
    PENA_SIGNATURE_RSA,
    PENA_SIGNATURE_RSA_PSS,
    PENA_SIGNATURE_ECDSA,
    PENA_SIGNATURE_PLAIN_ECDSA, /* r and s side by side (BSI TR-03111, 5.2.1) */
    PENA_SIGNATURE_DSA,
    PENA_SIGNATURE_EDDSA, /* hashes what is signed itself (RFC 8419) */
} PenaSignatureKind;

/* How a signature value is checked. */
typedef struct {
    PenaSignatureKind kind;
    const PenaDigestAlgorithm *digest; /* that is signed; EdDSA: of the content */
    const PenaDigestAlgorithm *mask;   /* PSS: of the mask */
    int salt_length;                   /* PSS */
} PenaSignatureScheme;

/* Reads a SignerInfo.signatureAlgorithm; digest: the one of SignerInfo.digestAlgorithm, which holds unless the signature
 * algorithm names its own. FALSE when it is not known or has parameters that do not belong to it. */
gboolean pena_signature_scheme_from (const X509_ALGOR *algorithm, const PenaDigestAlgorithm *digest,
                                     PenaSignatureScheme *ret_scheme);
/* Whether a signature of this algorithm can be made to fit something else that was signed (SHA-1, MD5 and their like);
 * an algorithm that is not known counts as one. */
gboolean pena_signature_is_weak (const X509_ALGOR *algorithm);
/* Checks value against what was signed. FALSE when it does not match or the key is of another kind. */
gboolean pena_signature_verify (const PenaSignatureScheme *scheme, EVP_PKEY *key, GBytes *message,
                                const ASN1_OCTET_STRING *value);
/* The same when only the digest, with scheme->digest, of what was signed is there. FALSE with EdDSA too. */
gboolean pena_signature_verify_digest (const PenaSignatureScheme *scheme, EVP_PKEY *key, GBytes *digest_value,
                                       const ASN1_OCTET_STRING *value);

/* Same algorithm; an absent parameter and NULL count as the same. */
gboolean pena_algorithm_equal (const X509_ALGOR *a, const X509_ALGOR *b);
/* Name or dotted number, for people. Transfer full. */
gchar *pena_algorithm_describe (const X509_ALGOR *algorithm);

/* "rsa2048", "p256", "ed25519", ... Transfer full. */
gchar *pena_key_name (EVP_PKEY *key);
/* RSA of 2048 bits or more (and not absurdly many); P-256, P-384, P-521, the Brainpool curves of those sizes; Ed25519,
 * Ed448 (ETSI TS 119 312, 6; RFC 8410). */
gboolean pena_key_is_strong (EVP_PKEY *key);
