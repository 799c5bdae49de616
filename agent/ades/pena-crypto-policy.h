/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: until when which algorithms prove anything (ETSI EN 319 102-1, 5.2.8.4.2; ETSI TS 119 312)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

/* Immutable once it is made. */
typedef struct _PenaCryptoPolicy PenaCryptoPolicy;

/* The built-in one. Borrowed. */
const PenaCryptoPolicy *pena_crypto_policy_default (void);
/* Reads a key file: [digest] NAME = DATE and [key] KIND-BITS = DATE ("rsa-1900", "ec-224": keys of at least so many bits).
 * DATE is YYYY-MM-DD, "open" or "never". What it does not name counts for nothing. CONFIG_INVALID with fact "reason".
 * Transfer full. */
PenaCryptoPolicy *pena_crypto_policy_parse (const gchar *text, GError **error);
void pena_crypto_policy_free (PenaCryptoPolicy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCryptoPolicy, pena_crypto_policy_free)

/* The last second in which it is reliable: G_MAXINT64 when no end is known, G_MININT64 when it never was. */
gint64 pena_crypto_policy_digest_until (const PenaCryptoPolicy *self, const gchar *name);
gint64 pena_crypto_policy_key_until (const PenaCryptoPolicy *self, EVP_PKEY *key);
/* The same for the digest in the signature on a certificate. */
gint64 pena_crypto_policy_signature_until (const PenaCryptoPolicy *self, X509 *certificate);
