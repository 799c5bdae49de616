/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: using keys (ISO/IEC 7816-4, 7.5.11; 7816-8)
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"

#include "pena-tlv.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)

enum {
    TEMPLATE_SIGNATURE = 0xB6,
    TEMPLATE_CONFIDENTIALITY = 0xB8,
    TEMPLATE_AUTHENTICATION = 0xA4,
    SET_FOR_USE = 0x41, /* computation, decipherment, internal authentication */

    TAG_ALGORITHM = 0x80,
    TAG_FILE = 0x81,
    TAG_KEY = 0x84,

    COMPUTE_SIGNATURE = 0x9E9A,
    DECIPHER = 0x8086,
    PADDING_INDICATOR = 0x00, /* no further indication */
};

/* The second key is the one that signs documents. */
gboolean
p15_key_wants_consent (const P15Key *key)
{
    return key->reference == 2;
}

guint8
p15_key_pin (const P15 *self, const P15Key *key)
{
    return self->layout->two_pins && p15_key_wants_consent (key) ? P15_PIN_SIGN : P15_PIN_USER;
}

static const P15Key *
find_key (P15 *self, guint8 reference)
{
    for (guint i = 0; i < self->keys->len; i++) {
        const P15Key *key = self->keys->pdata[i];
        if (key->reference == reference)
            return key;
    }
    return NULL;
}

static const P15Key *
find_key_by_path (P15 *self, const PenaTlv *path)
{
    P15File *file = p15_file_walk (self, P15_MF, path->value, path->length);

    if (file == NULL)
        file = p15_file_walk (self, self->df, path->value, path->length);
    return file != NULL && file->kind == P15_INTERNAL ? find_key (self, (guint8)(file->id - P15_KEY_FILE))
                                                      : NULL;
}

guint16
p15_manage_security_environment (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    PenaTlv algorithm = {0}, key;
    const P15Key *found;

    if (self->layout->vendor)
        return SW_WRONG_INS;
    if (command->p1 != SET_FOR_USE ||
        (command->p2 != TEMPLATE_SIGNATURE && command->p2 != TEMPLATE_CONFIDENTIALITY &&
         command->p2 != TEMPLATE_AUTHENTICATION))
        return SW_WRONG_P1P2;
    if (!pena_tlv_find (command->data, command->length, TAG_ALGORITHM, &algorithm) || algorithm.length != 1)
        return SW_WRONG_DATA;
    if (self->layout->by_path)
        found = pena_tlv_find (command->data, command->length, TAG_FILE, &key) ? find_key_by_path (self, &key)
                                                                               : NULL;
    else
        found = pena_tlv_find (command->data, command->length, TAG_KEY, &key) && key.length == 1
                    ? find_key (self, key.value[0])
                    : NULL;
    if (found == NULL)
        return SW_REFERENCE_NOT_FOUND;
    self->template = command->p2;
    self->algorithm = algorithm.value[0];
    self->key = found;
    return SW_OK;
}

static const EVP_MD *
digest_of (guint8 algorithm)
{
    switch (algorithm) {
    case P15_ALGORITHM_RSA_SHA256:
        return EVP_sha256 ();
    case P15_ALGORITHM_RSA_SHA384:
        return EVP_sha384 ();
    case P15_ALGORITHM_RSA_SHA512:
        return EVP_sha512 ();
    default:
        return NULL;
    }
}

/* Without a digest the input is the DigestInfo. */
static guint16
sign_rsa (const P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    const EVP_MD *digest = digest_of (self->algorithm);
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, self->key->key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (self->key->key);
    g_autofree guint8 *out = g_malloc (size);

    if ((digest != NULL) != self->layout->hashes || (digest == NULL && self->algorithm != P15_ALGORITHM_RSA))
        return SW_WRONG_DATA;
    if (command->length == 0 || (digest != NULL && command->length != (gsize)EVP_MD_get_size (digest)))
        return SW_WRONG_LENGTH;
    if (EVP_PKEY_sign_init (ctx) != 1 || EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) != 1 ||
        (digest != NULL && EVP_PKEY_CTX_set_signature_md (ctx, digest) != 1) ||
        EVP_PKEY_sign (ctx, out, &size, command->data, command->length) != 1)
        return SW_WRONG_DATA;
    g_byte_array_append (answer, out, (guint)size);
    return SW_OK;
}

static void
append_raw (GBytes *der, gsize size, GByteArray *answer)
{
    const guint8 *at = g_bytes_get_data (der, NULL);
    ECDSA_SIG *signature = d2i_ECDSA_SIG (NULL, &at, (long)g_bytes_get_size (der));
    guint start = answer->len;

    g_byte_array_set_size (answer, start + (guint)(2 * size));
    BN_bn2binpad (ECDSA_SIG_get0_r (signature), answer->data + start, (int)size);
    BN_bn2binpad (ECDSA_SIG_get0_s (signature), answer->data + start + size, (int)size);
    ECDSA_SIG_free (signature);
}

static guint16
sign_ec (const P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    if (self->algorithm != P15_ALGORITHM_ECDSA)
        return SW_WRONG_DATA;
    g_autoptr (GBytes) der =
        vtoken_key_sign (self->key->key, self->key->algorithm, command->data, command->length);
    if (der == NULL)
        return SW_WRONG_DATA;
    if (self->layout->raw_ecdsa)
        append_raw (der, vtoken_algorithm_size (self->key->algorithm), answer);
    else
        g_byte_array_append (answer, g_bytes_get_data (der, NULL), (guint)g_bytes_get_size (der));
    return SW_OK;
}

static guint16
decipher (const P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, self->key->key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (self->key->key);
    g_autofree guint8 *out = g_malloc (size);

    if (!vtoken_algorithm_is_rsa (self->key->algorithm) || self->algorithm != P15_ALGORITHM_RSA)
        return SW_WRONG_DATA;
    if (command->length != size + 1 || command->data[0] != PADDING_INDICATOR)
        return SW_WRONG_LENGTH;
    if (EVP_PKEY_decrypt_init (ctx) != 1 || EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_decrypt (ctx, out, &size, command->data + 1, command->length - 1) != 1)
        return SW_WRONG_DATA;
    if (size > 0)
        g_byte_array_append (answer, out, (guint)size);
    return SW_OK;
}

/* The rules of the key: its PIN, and for one that wants consent a VERIFY that was not used up. */
static gboolean
may_use (P15 *self)
{
    P15Pin *pin = p15_pin_find (self, p15_key_pin (self, self->key));

    if (!p15_key_wants_consent (self->key))
        return pin->verified;
    gboolean fresh = pin->verified && pin->fresh;
    pin->fresh = FALSE;
    return fresh;
}

guint16
p15_perform_security_operation (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    guint what = (guint)(command->p1 << 8 | command->p2);
    guint8 wanted = what == COMPUTE_SIGNATURE ? TEMPLATE_SIGNATURE : TEMPLATE_CONFIDENTIALITY;

    if (self->layout->vendor)
        return SW_WRONG_INS;
    if (what != COMPUTE_SIGNATURE && what != DECIPHER)
        return SW_WRONG_P1P2;
    if (self->key == NULL || self->template != wanted)
        return SW_CONDITIONS;
    if (what == DECIPHER && p15_key_wants_consent (self->key))
        return SW_CONDITIONS; /* that one signs and does nothing else */
    if (!may_use (self))
        return SW_SECURITY_STATUS;
    if (what == DECIPHER)
        return decipher (self, command, answer);
    return vtoken_algorithm_is_rsa (self->key->algorithm) ? sign_rsa (self, command, answer)
                                                          : sign_ec (self, command, answer);
}

guint16
p15_get_challenge (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    guint8 bytes[256];
    gsize length = MIN (command->le, sizeof bytes);

    if (command->p1 != 0 || command->p2 != 0)
        return SW_WRONG_P1P2;
    if (RAND_bytes (bytes, (int)length) != 1)
        return SW_MEMORY_FAILURE;
    g_byte_array_append (answer, bytes, (guint)length);
    return SW_OK;
}
