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
    gboolean strong; /* may stand in a signature that passes */
} PenaDigestAlgorithm;

/* NULL when it is not known. */
const PenaDigestAlgorithm *pena_digest_algorithm_by_name (const gchar *name);
/* NULL when it is not known or has parameters other than none and NULL (RFC 5754, 2). */
const PenaDigestAlgorithm *pena_digest_algorithm_from (const X509_ALGOR *algorithm);

/* How a signature value is checked. */
typedef struct {
    int padding;     /* RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING; 0 with ECDSA */
    int salt_length; /* PSS */
} PenaSignatureScheme;

/* Reads a SignerInfo.signatureAlgorithm that goes with this digest. FALSE when it is not known, names another
 * digest or has parameters that do not belong to it. */
gboolean pena_signature_scheme_from (const X509_ALGOR *algorithm, const PenaDigestAlgorithm *digest,
                                     PenaSignatureScheme *ret_scheme);
/* Checks value against the digest of what was signed. FALSE when it does not match or the key is of another
 * kind. */
gboolean pena_signature_verify (const PenaSignatureScheme *scheme, const PenaDigestAlgorithm *digest,
                                EVP_PKEY *key, GBytes *digest_value, const ASN1_OCTET_STRING *value);

/* Same algorithm; an absent parameter and NULL count as the same. */
gboolean pena_algorithm_equal (const X509_ALGOR *a, const X509_ALGOR *b);
/* Name or dotted number, for people. Transfer full. */
gchar *pena_algorithm_describe (const X509_ALGOR *algorithm);

/* "rsa2048", "p256", "ed25519", ... Transfer full. */
gchar *pena_key_name (EVP_PKEY *key);
/* RSA of 2048 bits or more (and not absurdly many), or P-256, P-384, P-521. */
gboolean pena_key_is_strong (EVP_PKEY *key);
