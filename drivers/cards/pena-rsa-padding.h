/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: RSA padding for cards that compute on bare blocks
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/evp.h>

#include "pena-secret.h"

/* Each puts a block as long as the key's modulus into block (of that size). FALSE when the input is too long
 * for the key. */
gboolean pena_rsa_pad_pkcs1 (EVP_PKEY *key, const guint8 *input, gsize length, guint8 *block);
gboolean pena_rsa_pad_pss (EVP_PKEY *key, const EVP_MD *digest, const EVP_MD *mgf, gsize salt,
                           const guint8 *hash, guint8 *block);
/* The other way for decryption (EME-PKCS1-v1_5). FALSE when the padding is not right. */
gboolean pena_rsa_unpad_pkcs1 (EVP_PKEY *key, const PenaSecret *block, PenaSecret *output);
/* The same for OAEP (EME-OAEP); the label may be NULL when it is empty. */
gboolean pena_rsa_unpad_oaep (EVP_PKEY *key, const EVP_MD *digest, const EVP_MD *mgf, const guint8 *label,
                              gsize label_length, const PenaSecret *block, PenaSecret *output);
