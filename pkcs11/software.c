/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what needs no private key, done by OpenSSL
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "software.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)

/* r and s side by side as the DER that OpenSSL takes. NULL when memory is short. */
static GBytes *
ecdsa_to_der (const guint8 *signature, gsize length)
{
    ECDSA_SIG *sig = ECDSA_SIG_new ();
    BIGNUM *r = BN_bin2bn (signature, (int)(length / 2), NULL);
    BIGNUM *s = BN_bin2bn (signature + length / 2, (int)(length / 2), NULL);
    guint8 *der = NULL;

    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0 (sig, r, s) != 1) {
        ECDSA_SIG_free (sig);
        BN_free (r);
        BN_free (s);
        return NULL;
    }
    int size = i2d_ECDSA_SIG (sig, &der);
    GBytes *result = size > 0 ? g_bytes_new (der, (gsize)size) : NULL;
    OPENSSL_free (der);
    ECDSA_SIG_free (sig);
    return result;
}

static gboolean
set_oaep (EVP_PKEY_CTX *context, const PenaModParameters *parameters)
{
    guint8 *label = NULL;

    if (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md (context, parameters->hash->md ()) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md (context, parameters->mgf->md ()) != 1)
        return FALSE;
    if (parameters->label_length == 0)
        return TRUE;
    label = OPENSSL_memdup (parameters->label, parameters->label_length);
    if (label != NULL &&
        EVP_PKEY_CTX_set0_rsa_oaep_label (context, label, (int)parameters->label_length) == 1)
        return TRUE;
    OPENSSL_free (label);
    return FALSE;
}

static gboolean
set_padding (EVP_PKEY_CTX *context, const PenaMechanism *mechanism, const PenaModParameters *parameters)
{
    switch (mechanism->scheme) {
    case PENA_SCHEME_RSA_RAW:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING) == 1;
    case PENA_SCHEME_RSA_PKCS1:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) == 1;
    case PENA_SCHEME_RSA_PSS:
        return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md (context, parameters->hash->md ()) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md (context, parameters->mgf->md ()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen (context, (int)parameters->salt) == 1;
    case PENA_SCHEME_RSA_OAEP:
        return set_oaep (context, parameters);
    default:
        return TRUE;
    }
}

static CK_RV
verify_eddsa (EVP_PKEY *key, const guint8 *data, gsize length, const guint8 *signature,
              gsize signature_length)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();

    if (context == NULL || EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) != 1)
        return CKR_GENERAL_ERROR;
    return EVP_DigestVerify (context, signature, signature_length, data, length) == 1 ? CKR_OK
                                                                                      : CKR_SIGNATURE_INVALID;
}

CK_RV
pena_mod_verify (const PenaMechanism *mechanism, const PenaModParameters *parameters, EVP_PKEY *key,
                 const guint8 *data, gsize length, const guint8 *signature, gsize signature_length)
{
    if (mechanism->scheme == PENA_SCHEME_EDDSA)
        return verify_eddsa (key, data, length, signature, signature_length);
    g_autoptr (GBytes) der = mechanism->scheme == PENA_SCHEME_ECDSA
                                 ? ecdsa_to_der (signature, signature_length)
                                 : g_bytes_new (signature, signature_length);
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);

    if (der == NULL || context == NULL || EVP_PKEY_verify_init (context) != 1 ||
        !set_padding (context, mechanism, parameters))
        return CKR_GENERAL_ERROR;
    return EVP_PKEY_verify (context, g_bytes_get_data (der, NULL), g_bytes_get_size (der), data, length) == 1
               ? CKR_OK
               : CKR_SIGNATURE_INVALID;
}

CK_RV
pena_mod_recover (const PenaMechanism *mechanism, EVP_PKEY *key, const guint8 *signature, gsize length,
                  PenaSecret *output)
{
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
    gsize size = output->capacity;

    if (context == NULL || EVP_PKEY_verify_recover_init (context) != 1 ||
        !set_padding (context, mechanism, NULL))
        return CKR_GENERAL_ERROR;
    if (EVP_PKEY_verify_recover (context, output->data, &size, signature, length) != 1) {
        pena_wipe (output->data, output->capacity);
        return CKR_SIGNATURE_INVALID;
    }
    output->length = size;
    return CKR_OK;
}

CK_RV
pena_mod_encrypt (const PenaMechanism *mechanism, const PenaModParameters *parameters, EVP_PKEY *key,
                  const guint8 *data, gsize length, PenaSecret *output)
{
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key, NULL);
    gsize size = output->capacity;

    if (context == NULL || EVP_PKEY_encrypt_init (context) != 1 ||
        !set_padding (context, mechanism, parameters))
        return CKR_GENERAL_ERROR;
    if (EVP_PKEY_encrypt (context, output->data, &size, data, length) != 1)
        return CKR_DATA_LEN_RANGE; /* the only thing that is the caller's */
    output->length = size;
    return CKR_OK;
}

/* --- key derivation --- */

static CK_RV
cut_secret (const PenaSecret *secret, gsize length, PenaSecret *output)
{
    if (length > secret->length)
        return CKR_KEY_SIZE_RANGE;
    return pena_secret_append (output, secret->data + secret->length - length, length) ? CKR_OK
                                                                                       : CKR_HOST_MEMORY;
}

/* One block of output: H (secret || counter || shared). */
static gboolean
hash_block (EVP_MD_CTX *context, const PenaModParameters *parameters, const PenaSecret *secret,
            guint32 counter, guint8 *block)
{
    guint32 number = GUINT32_TO_BE (counter);

    return EVP_DigestInit_ex (context, parameters->hash->md (), NULL) == 1 &&
           EVP_DigestUpdate (context, secret->data, secret->length) == 1 &&
           EVP_DigestUpdate (context, &number, sizeof number) == 1 &&
           EVP_DigestUpdate (context, parameters->label, parameters->label_length) == 1 &&
           EVP_DigestFinal_ex (context, block, NULL) == 1;
}

CK_RV
pena_mod_derive (const PenaModParameters *parameters, const PenaSecret *secret, gsize length,
                 PenaSecret *output)
{
    g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
    guint8 block[EVP_MAX_MD_SIZE];
    CK_RV rv = CKR_OK;

    pena_secret_clear (output);
    if (parameters->hash == NULL)
        return cut_secret (secret, length, output);
    gsize size = (gsize)EVP_MD_get_size (parameters->hash->md ());
    for (guint32 counter = 1; rv == CKR_OK && output->length < length; counter++)
        if (context == NULL || !hash_block (context, parameters, secret, counter, block) ||
            !pena_secret_append (output, block, MIN (size, length - output->length)))
            rv = CKR_HOST_MEMORY;
    pena_wipe (block, sizeof block);
    return rv;
}
