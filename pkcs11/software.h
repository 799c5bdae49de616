/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what needs no private key, done by OpenSSL
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "mechanism.h"
#include "pena-secret.h"

/* All take a public key and a mechanism that fits it. */

/* data is what the scheme signs: bytes of the caller, a hash value, a DigestInfo, or (EdDSA) the message; for
 * ECDSA the signature is r and s side by side. */
CK_RV pena_mod_verify (const PenaMechanism *mechanism, const PenaModParameters *parameters, EVP_PKEY *key,
                       const guint8 *data, gsize length, const guint8 *signature, gsize signature_length);
/* What was signed, into output. */
CK_RV pena_mod_recover (const PenaMechanism *mechanism, EVP_PKEY *key, const guint8 *signature, gsize length,
                        PenaSecret *output);
CK_RV pena_mod_encrypt (const PenaMechanism *mechanism, const PenaModParameters *parameters, EVP_PKEY *key,
                        const guint8 *data, gsize length, PenaSecret *output);

/* The key derivation of ANSI X9.63 (SEC 1, 3.6.1): fills output to `length` bytes. Without a hash function the
 * secret itself, of which the first bytes are left out when it is longer (PKCS#11 3.0, 2.3.11). */
CK_RV pena_mod_derive (const PenaModParameters *parameters, const PenaSecret *secret, gsize length,
                       PenaSecret *output);
