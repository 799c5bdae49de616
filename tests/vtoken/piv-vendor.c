/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: the commands that YubiKeys add and yubico-piv-tool needs
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

#include <openssl/evp.h>

#include <string.h>

const guint8 piv_version[3] = {5, 7, 1};

static guint16
get_version (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    g_byte_array_append (answer, piv_version, sizeof piv_version);
    return SW_OK;
}

static guint16
get_serial (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    guint32 serial = GUINT32_TO_BE (vtoken_get_serial (self->card));
    g_byte_array_append (answer, (const guint8 *)&serial, sizeof serial);
    return SW_OK;
}

/* FF FF (or FF FE: with touch), algorithm, 9B, length, key. */
static guint16
set_management_key (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    gsize length;

    if (command->p1 != 0xFF || (command->p2 != 0xFF && command->p2 != 0xFE))
        return SW_WRONG_P1P2;
    if (!self->admin_authenticated)
        return SW_SECURITY_STATUS;
    if (command->length < 3 || command->data[1] != PIV_KEY_ADMIN)
        return SW_WRONG_DATA;
    length = piv_admin_key_length (command->data[0]);
    if (length == 0 || command->data[2] != length || command->length != 3 + length)
        return SW_WRONG_DATA;
    self->admin_algorithm = command->data[0];
    memset (self->admin_key, 0, sizeof self->admin_key);
    memcpy (self->admin_key, command->data + 3, length);
    return piv_save_change (self);
}

static EVP_PKEY *
read_rsa (const VtokenCommand *command)
{
    GBytes *crt[5] = {NULL};
    EVP_PKEY *key = NULL;
    PenaTlv part;
    guint found = 0;

    for (guint i = 0; i < 5; i++)
        if (pena_tlv_find (command->data, command->length, 0x01 + i, &part)) {
            crt[i] = g_bytes_new (part.value, part.length);
            found++;
        }
    if (found == 5)
        key = vtoken_key_from_crt (command->p1, crt);
    for (guint i = 0; i < 5; i++)
        g_clear_pointer (&crt[i], g_bytes_unref);
    return key;
}

static EVP_PKEY *
read_ec (const VtokenCommand *command)
{
    guint32 tag = command->p1 == VTOKEN_ALGORITHM_ED25519  ? 0x07
                  : command->p1 == VTOKEN_ALGORITHM_X25519 ? 0x08
                                                           : 0x06;
    PenaTlv part;

    if (!pena_tlv_find (command->data, command->length, tag, &part))
        return NULL;
    g_autoptr (GBytes) scalar = g_bytes_new (part.value, part.length);
    return vtoken_key_from_scalar (command->p1, scalar);
}

static guint16
import_key (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    PivKey *key;
    PivKey request = {.algorithm = command->p1, .origin = PIV_ORIGIN_IMPORTED};

    if (!piv_is_key_slot (command->p2) || vtoken_algorithm_size (command->p1) == 0)
        return SW_WRONG_P1P2;
    if (!self->admin_authenticated)
        return SW_SECURITY_STATUS;
    if (!piv_resolve_policies (command->p2, command->data, command->length, &request))
        return SW_WRONG_DATA;
    request.key = vtoken_algorithm_is_rsa (command->p1) ? read_rsa (command) : read_ec (command);
    if (request.key == NULL)
        return SW_WRONG_DATA;
    key = g_new0 (PivKey, 1);
    *key = request;
    piv_put_key (self, command->p2, key);
    return piv_save_change (self);
}

/* P1 where to, FF for nowhere; P2 where from. */
static guint16
move_key (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    const PivKey *key = piv_get_key (self, command->p2);
    PivKey *moved;

    if (!piv_is_key_slot (command->p2) || (command->p1 != 0xFF && !piv_is_key_slot (command->p1)))
        return SW_WRONG_P1P2;
    if (!self->admin_authenticated)
        return SW_SECURITY_STATUS;
    if (key == NULL)
        return SW_REFERENCE_NOT_FOUND;
    if (command->p1 != 0xFF) {
        moved = g_memdup2 (key, sizeof *key);
        EVP_PKEY_up_ref (moved->key);
        piv_put_key (self, command->p1, moved);
    }
    if (command->p1 != command->p2)
        piv_remove_key (self, command->p2);
    return piv_save_change (self);
}

/* P1 tries of the PIN, P2 of the PUK; both get their first values back. */
static guint16
set_tries (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    if (!self->admin_authenticated || !self->pin_verified)
        return SW_SECURITY_STATUS;
    if (command->p1 == 0 || command->p2 == 0 || command->p1 > 15 || command->p2 > 15)
        return SW_WRONG_P1P2;
    piv_reference_set (&self->pin, VTOKEN_PIN, command->p1);
    piv_reference_set (&self->puk, VTOKEN_PUK, command->p2);
    self->pin_verified = FALSE;
    return piv_save_change (self);
}

static guint16
reset_application (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    if (self->pin.tries > 0 || self->puk.tries > 0)
        return SW_CONDITIONS;
    piv_make_blank (self);
    return piv_save_change (self);
}

static void
append_byte (GByteArray *out, guint32 tag, guint8 value)
{
    pena_tlv_append (out, tag, &value, 1);
}

static void
describe_reference (const PivReference *reference, const gchar *usual, GByteArray *answer)
{
    PivReference blank;
    const guint8 tries[2] = {reference->total, reference->tries};

    piv_reference_set (&blank, usual, reference->total);
    append_byte (answer, 0x01, 0xFF);
    append_byte (answer, 0x05, memcmp (blank.value, reference->value, sizeof blank.value) == 0);
    pena_tlv_append (answer, 0x06, tries, sizeof tries);
}

static void
describe_key (const PivKey *key, GByteArray *answer)
{
    const guint8 policy[2] = {(guint8)key->pin_policy, key->touch_policy};
    g_autoptr (GBytes) public_part = vtoken_key_public_part (key->key);

    append_byte (answer, 0x01, (guint8)key->algorithm);
    pena_tlv_append (answer, 0x02, policy, sizeof policy);
    append_byte (answer, 0x03, (guint8)key->origin);
    pena_tlv_append (answer, 0x04, g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part));
}

static void
describe_admin (Piv *self, GByteArray *answer)
{
    static const guint8 policy[2] = {0x00, 0x01};

    append_byte (answer, 0x01, (guint8)self->admin_algorithm);
    pena_tlv_append (answer, 0x02, policy, sizeof policy);
    append_byte (answer, 0x05, piv_admin_is_default (self));
}

static guint16
get_metadata (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    const PivKey *key = piv_get_key (self, command->p2);

    if (command->p1 != 0)
        return SW_WRONG_P1P2;
    if (command->p2 == PIV_KEY_PIN)
        describe_reference (&self->pin, VTOKEN_PIN, answer);
    else if (command->p2 == PIV_KEY_PUK)
        describe_reference (&self->puk, VTOKEN_PUK, answer);
    else if (command->p2 == PIV_KEY_ADMIN)
        describe_admin (self, answer);
    else if (key != NULL)
        describe_key (key, answer);
    else
        return piv_is_key_slot (command->p2) ? SW_REFERENCE_NOT_FOUND : SW_WRONG_P1P2;
    return SW_OK;
}

static const struct {
    guint8 ins;
    PivCommand run;
} commands[] = {
    {0xF6, move_key},    {0xF7, get_metadata}, {0xF8, get_serial},
    {0xF9, piv_attest},  {0xFA, set_tries},    {0xFB, reset_application},
    {0xFD, get_version}, {0xFE, import_key},   {0xFF, set_management_key},
};

guint16
piv_vendor_command (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
        if (commands[i].ins == command->ins)
            return commands[i].run (self, command, answer);
    return SW_WRONG_INS;
}
