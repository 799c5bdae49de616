/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: certificate requests, and a throwaway CA for tests in process
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken-key.h"

/* Makes the private key's signature: over a whole padded block for RSA, over the hash for EC, over the message
 * for Ed25519. NULL and an
 * error when not. */
typedef GBytes *(*VtokenSigner) (gconstpointer block, gsize length, gpointer data, GError **error);

/* PKCS#10 in DER for the invented official of Pena's tests, signed through signer. */
GBytes *vtoken_request_new (VtokenAlgorithm algorithm, EVP_PKEY *public_key, VtokenSigner signer,
                            gpointer data, GError **error);
