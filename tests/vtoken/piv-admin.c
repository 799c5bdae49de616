/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: the management key (9B)
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-secret.h"
#include "pena-tlv.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

typedef struct {
    VtokenAlgorithm algorithm;
    gsize key_length, block;
    const EVP_CIPHER *(*cipher) (void);
} Row;

static const Row rows[] = {
    {VTOKEN_ALGORITHM_3DES, 24, 8, EVP_des_ede3_ecb},
    {VTOKEN_ALGORITHM_AES128, 16, 16, EVP_aes_128_ecb},
    {VTOKEN_ALGORITHM_AES192, 24, 16, EVP_aes_192_ecb},
    {VTOKEN_ALGORITHM_AES256, 32, 16, EVP_aes_256_ecb},
};

static const Row *
find_row (VtokenAlgorithm algorithm)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].algorithm == algorithm)
            return &rows[i];
    return NULL;
}

gsize
piv_admin_key_length (VtokenAlgorithm algorithm)
{
    const Row *row = find_row (algorithm);
    return row != NULL ? row->key_length : 0;
}

static void
fill_default (guint8 key[32], gsize length)
{
    memset (key, 0, 32);
    for (gsize i = 0; i < length; i++)
        key[i] = (guint8)(i % 8 + 1);
}

void
piv_admin_set_default (Piv *self, VtokenAlgorithm algorithm)
{
    self->admin_algorithm = algorithm;
    fill_default (self->admin_key, piv_admin_key_length (algorithm));
}

gboolean
piv_admin_is_default (Piv *self)
{
    guint8 usual[32];
    fill_default (usual, piv_admin_key_length (self->admin_algorithm));
    return pena_equal_constant_time (usual, self->admin_key, sizeof usual);
}

static gsize
block_length (Piv *self)
{
    const Row *row = find_row (self->admin_algorithm);
    return row != NULL ? row->block : 0;
}

void
piv_admin_encrypt (VtokenAlgorithm algorithm, const guint8 *key, const guint8 *in, guint8 *out)
{
    const Row *row = find_row (algorithm);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new ();
    int length = 0;

    if (row == NULL || EVP_EncryptInit_ex2 (ctx, row->cipher (), key, NULL, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding (ctx, 0) != 1 ||
        EVP_EncryptUpdate (ctx, out, &length, in, (int)row->block) != 1)
        g_error ("vtoken: the management key's cipher fails");
    EVP_CIPHER_CTX_free (ctx);
}

static void
encrypt (Piv *self, const guint8 *in, guint8 *out)
{
    piv_admin_encrypt (self->admin_algorithm, self->admin_key, in, out);
}

static void
answer_with (GByteArray *answer, guint32 tag, const guint8 *block, gsize length)
{
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    pena_tlv_append (inner, tag, block, length);
    pena_tlv_append (answer, 0x7C, inner->data, inner->len);
}

/* Draws the number that this authentication is about and gives it to the host, encrypted as a witness or in
 * clear. */
static guint16
begin (Piv *self, PivAdminStep step, GByteArray *answer)
{
    gsize block = block_length (self);
    guint8 encrypted[16];

    if (RAND_bytes (self->admin_challenge, (int)block) != 1)
        return SW_MEMORY_FAILURE;
    encrypt (self, self->admin_challenge, encrypted);
    self->admin_step = step;
    if (step == PIV_ADMIN_WITNESSED)
        answer_with (answer, 0x80, encrypted, block);
    else
        answer_with (answer, 0x81, self->admin_challenge, block);
    return SW_OK;
}

static gboolean
is_proof (Piv *self, PivAdminStep step, const PenaTlv *proof)
{
    guint8 expected[16];
    gsize block = block_length (self);

    if (step == PIV_ADMIN_CHALLENGED)
        encrypt (self, self->admin_challenge, expected);
    else
        memcpy (expected, self->admin_challenge, block);
    return proof->length == block && pena_equal_constant_time (proof->value, expected, block);
}

/* The host's answer, which is good for one try. A challenge of the host's own is answered too. */
static guint16
finish (Piv *self, PivAdminStep step, const PenaTlv *proof, const PenaTlv *challenge, GByteArray *answer)
{
    gboolean in_step = self->admin_step == step;
    guint8 encrypted[16];

    self->admin_step = PIV_ADMIN_IDLE;
    self->admin_authenticated = FALSE;
    if (!in_step)
        return SW_CONDITIONS;
    if (challenge != NULL && challenge->length != block_length (self))
        return SW_WRONG_DATA;
    if (!is_proof (self, step, proof))
        return SW_SECURITY_STATUS;
    self->admin_authenticated = TRUE;
    if (challenge != NULL) {
        encrypt (self, challenge->value, encrypted);
        answer_with (answer, 0x82, encrypted, challenge->length);
    }
    return SW_OK;
}

/* SP 800-73-4 part 2, A.1: 80 empty asks for a witness, 81 empty for a challenge; 80 or 82 with a value
 * answers it. */
guint16
piv_admin_authenticate (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    guint8 algorithm = command->p1 == 0x00 ? VTOKEN_ALGORITHM_3DES : command->p1;
    PenaTlv template, witness, challenge, response;

    if (algorithm != self->admin_algorithm)
        return SW_WRONG_P1P2;
    if (!pena_tlv_find (command->data, command->length, 0x7C, &template))
        return SW_WRONG_DATA;
    gboolean has_witness = pena_tlv_find (template.value, template.length, 0x80, &witness);
    gboolean has_challenge = pena_tlv_find (template.value, template.length, 0x81, &challenge);
    gboolean has_response = pena_tlv_find (template.value, template.length, 0x82, &response);
    if (has_witness && witness.length == 0)
        return begin (self, PIV_ADMIN_WITNESSED, answer);
    if (has_witness && has_challenge)
        return finish (self, PIV_ADMIN_WITNESSED, &witness, &challenge, answer);
    if (has_challenge && challenge.length == 0)
        return begin (self, PIV_ADMIN_CHALLENGED, answer);
    if (has_response)
        return finish (self, PIV_ADMIN_CHALLENGED, &response, NULL, answer);
    return SW_WRONG_DATA;
}
