/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: RSA padding for cards that compute on bare blocks
 * Copyright (C) 2026 the Pena authors */

/* OpenSSL 3 has no other way to pad without the private key, short of writing a provider. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "pena-rsa-padding.h"

#include <openssl/rsa.h>

static int
modulus_size (EVP_PKEY *key)
{
    return EVP_PKEY_get_size (key);
}

gboolean
pena_rsa_pad_pkcs1 (EVP_PKEY *key, const guint8 *input, gsize length, guint8 *block)
{
    return length <= G_MAXINT &&
           RSA_padding_add_PKCS1_type_1 (block, modulus_size (key), input, (int)length) == 1;
}

gboolean
pena_rsa_pad_pss (EVP_PKEY *key, const EVP_MD *digest, const EVP_MD *mgf, gsize salt, const guint8 *hash,
                  guint8 *block)
{
    /* The function takes the key for its size only, and does not change it. */
    RSA *rsa = (RSA *)EVP_PKEY_get0_RSA (key);

    return rsa != NULL && salt <= G_MAXUINT16 &&
           RSA_padding_add_PKCS1_PSS_mgf1 (rsa, block, hash, digest, mgf, (int)salt) == 1;
}

gboolean
pena_rsa_unpad_pkcs1 (EVP_PKEY *key, const PenaSecret *block, PenaSecret *output)
{
    pena_secret_clear (output);
    int length = RSA_padding_check_PKCS1_type_2 (output->data, (int)output->capacity, block->data,
                                                 (int)block->length, modulus_size (key));
    if (length < 0) {
        pena_secret_clear (output);
        return FALSE;
    }
    output->length = (gsize)length;
    return TRUE;
}

gboolean
pena_rsa_unpad_oaep (EVP_PKEY *key, const EVP_MD *digest, const EVP_MD *mgf, const guint8 *label,
                     gsize label_length, const PenaSecret *block, PenaSecret *output)
{
    pena_secret_clear (output);
    int length = RSA_padding_check_PKCS1_OAEP_mgf1 (output->data, (int)output->capacity, block->data,
                                                    (int)block->length, modulus_size (key), label,
                                                    (int)label_length, digest, mgf);
    if (length < 0) {
        pena_secret_clear (output);
        return FALSE;
    }
    output->length = (gsize)length;
    return TRUE;
}
