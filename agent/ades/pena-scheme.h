/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the signature schemes that Pena signs with
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-algorithm.h"

typedef struct {
    const gchar *name;   /* "rsa-pkcs1-sha256", "rsa-pss-sha384", "ecdsa-sha512", ... */
    const gchar *digest; /* "sha256" */
    int padding;         /* RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING; 0: ECDSA */
    int signature_nid;   /* of SignerInfo.signatureAlgorithm */
} PenaSigningScheme;

/* NULL when Pena does not sign so. */
const PenaSigningScheme *pena_signing_scheme_by_name (const gchar *name);
/* The scheme for a key, a digest by name and the wish for PSS (which goes with RSA; a key that is for PSS alone gets it
 * unasked). NULL when Pena does not sign with such a key in such a way. */
const PenaSigningScheme *pena_signing_scheme_for (EVP_PKEY *key, const gchar *digest, gboolean pss);

/* Makes `algorithm` the SignerInfo.signatureAlgorithm of the scheme: with PSS both hashes are the scheme's and the salt is
 * as long as they are (RFC 4056, 3). FALSE without memory. */
gboolean pena_signing_scheme_describe (const PenaSigningScheme *self, X509_ALGOR *algorithm);
/* The DER of DigestInfo (RFC 8017, 9.2) with this digest value, which is what PKCS#1 1.5 signs. Transfer full. */
GBytes *pena_digest_info_new (const PenaSigningScheme *self, const guint8 *digest_value, gsize length);
