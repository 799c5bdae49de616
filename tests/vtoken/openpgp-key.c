/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: making and using keys
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include "pena-tlv.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

enum {
    GENERATE = 0x80,
    READ_PUBLIC = 0x81,
    SIGNATURE = 0x9E9A, /* P1 P2 of PSO: what is wanted, what is given */
    PLAIN = 0x8086,
    CIPHER_RSA = 0x00,
};

gboolean
openpgp_use_of_template (gconstpointer data, gsize length, OpenpgpUse *ret_use)
{
    static const guint32 tags[OPENPGP_N_KEYS] = {0xB6, 0xB8, 0xA4};
    PenaTlv template;

    for (guint i = 0; i < OPENPGP_N_KEYS; i++)
        if (pena_tlv_find (data, length, tags[i], &template)) {
            *ret_use = i;
            return TRUE;
        }
    return FALSE;
}

static guint16
make_key (Openpgp *self, OpenpgpUse use)
{
    EVP_PKEY *key = vtoken_key_generate (openpgp_algorithm (self, use));

    if (key == NULL)
        return SW_MEMORY_FAILURE;
    openpgp_drop_key (self, use);
    self->keys[use] = (OpenpgpKey){key, OPENPGP_ORIGIN_GENERATED};
    if (use == OPENPGP_SIGN)
        self->signatures = 0;
    return openpgp_save_change (self);
}

guint16
openpgp_generate (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    guint16 sw = SW_OK;
    OpenpgpUse use;

    if ((command->p1 != GENERATE && command->p1 != READ_PUBLIC) || command->p2 != 0x00)
        return SW_WRONG_P1P2;
    if (!openpgp_use_of_template (command->data, command->length, &use))
        return SW_WRONG_DATA;
    if (command->p1 == GENERATE && !self->admin_verified)
        return SW_SECURITY_STATUS;
    if (command->p1 == GENERATE)
        sw = make_key (self, use);
    if (sw != SW_OK)
        return sw;
    if (self->keys[use].key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    g_autoptr (GBytes) public_part = vtoken_key_public_part (self->keys[use].key);
    pena_tlv_append (answer, 0x7F49, g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part));
    return SW_OK;
}

/* r and s side by side instead of as DER. */
static GBytes *
plain_ecdsa (GBytes *der, gsize size)
{
    gsize length;
    const guint8 *at = g_bytes_get_data (der, &length);
    ECDSA_SIG *signature = d2i_ECDSA_SIG (NULL, &at, (long)length);
    guint8 *out = g_malloc (2 * size);

    BN_bn2binpad (ECDSA_SIG_get0_r (signature), out, (int)size);
    BN_bn2binpad (ECDSA_SIG_get0_s (signature), out + size, (int)size);
    ECDSA_SIG_free (signature);
    return g_bytes_new_take (out, 2 * size);
}

/* 7.2.10: DigestInfo of at most 40 % of the modulus, a hash, or a message. */
static GBytes *
sign (EVP_PKEY *key, VtokenAlgorithm algorithm, const VtokenCommand *command)
{
    gsize size = vtoken_algorithm_size (algorithm);

    if (vtoken_algorithm_is_rsa (algorithm))
        return command->length <= size * 2 / 5 ? vtoken_key_sign_padded (key, command->data, command->length)
                                               : NULL;
    g_autoptr (GBytes) signature = vtoken_key_sign (key, algorithm, command->data, command->length);
    if (signature == NULL || !vtoken_algorithm_is_ec (algorithm))
        return g_steal_pointer (&signature);
    return plain_ecdsa (signature, size);
}

static guint16
give (GBytes *result, GByteArray *answer)
{
    if (result == NULL)
        return SW_WRONG_DATA;
    g_byte_array_append (answer, g_bytes_get_data (result, NULL), (guint)g_bytes_get_size (result));
    return SW_OK;
}

static guint16
compute_signature (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    EVP_PKEY *key = self->keys[OPENPGP_SIGN].key;

    if (!self->sign_verified)
        return SW_SECURITY_STATUS;
    if (key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    self->sign_verified = self->pw1_for_several;
    g_autoptr (GBytes) result = sign (key, openpgp_algorithm (self, OPENPGP_SIGN), command);
    if (result == NULL)
        return SW_WRONG_DATA;
    self->signatures++;
    return openpgp_save_change (self) == SW_OK ? give (result, answer) : SW_MEMORY_FAILURE;
}

/* 7.2.11: 00 and the cryptogram, or A6 { 7F49 { 86 point } }. */
static GBytes *
decipher_with (EVP_PKEY *key, VtokenAlgorithm algorithm, const VtokenCommand *command)
{
    PenaTlv outer, public_key, point;

    if (vtoken_algorithm_is_rsa (algorithm))
        return command->length > 1 && command->data[0] == CIPHER_RSA
                   ? vtoken_key_decrypt_padded (key, command->data + 1, command->length - 1)
                   : NULL;
    if (!pena_tlv_find (command->data, command->length, 0xA6, &outer) ||
        !pena_tlv_find (outer.value, outer.length, 0x7F49, &public_key) ||
        !pena_tlv_find (public_key.value, public_key.length, 0x86, &point))
        return NULL;
    return vtoken_key_agree (key, point.value, point.length);
}

static guint16
decipher (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    OpenpgpUse use = self->decipher_key;

    if (!self->user_verified)
        return SW_SECURITY_STATUS;
    if (self->keys[use].key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    g_autoptr (GBytes) result = decipher_with (self->keys[use].key, openpgp_algorithm (self, use), command);
    return give (result, answer);
}

guint16
openpgp_security_operation (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    switch ((guint)command->p1 << 8 | command->p2) {
    case SIGNATURE:
        return compute_signature (self, command, answer);
    case PLAIN:
        return decipher (self, command, answer);
    default:
        return SW_WRONG_P1P2;
    }
}

guint16
openpgp_internal_authenticate (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    OpenpgpUse use = self->authenticate_key;

    if (command->p1 != 0 || command->p2 != 0)
        return SW_WRONG_P1P2;
    if (!self->user_verified)
        return SW_SECURITY_STATUS;
    if (self->keys[use].key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    g_autoptr (GBytes) result = sign (self->keys[use].key, openpgp_algorithm (self, use), command);
    return give (result, answer);
}

/* 7.2.18: the key for deciphering (B8) or authenticating (A4): 02 or 03. */
guint16
openpgp_security_environment (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    OpenpgpUse use;

    if (command->p1 != 0x41 || (command->p2 != 0xA4 && command->p2 != 0xB8))
        return SW_WRONG_P1P2;
    if (command->length != 3 || command->data[0] != 0x83 || command->data[1] != 0x01 ||
        (command->data[2] != 0x02 && command->data[2] != 0x03))
        return SW_WRONG_DATA;
    use = command->data[2] == 0x02 ? OPENPGP_DECIPHER : OPENPGP_AUTHENTICATE;
    if (command->p2 == 0xB8)
        self->decipher_key = use;
    else
        self->authenticate_key = use;
    return SW_OK;
}
