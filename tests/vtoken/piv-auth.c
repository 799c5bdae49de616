/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: private key operations
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

static gboolean
policy_allows (Piv *self, const PivKey *key, guint sequence)
{
    switch (key->pin_policy) {
    case PIV_PIN_NEVER:
        return TRUE;
    case PIV_PIN_ONCE:
        return self->pin_verified;
    case PIV_PIN_ALWAYS: /* SP 800-73-4 part 1, table 4b: verified by the command before this one */
        return self->pin_verified && self->pin_sequence + 1 == sequence;
    }
    return FALSE;
}

/* 7C { 82 empty, 81 block } signs or decrypts; 7C { 82 empty, 85 point } agrees. */
static GBytes *
run_key (const PivKey *key, const PenaTlv *template)
{
    PenaTlv response, input;

    if (!pena_tlv_find (template->value, template->length, 0x82, &response) || response.length != 0)
        return NULL;
    if (pena_tlv_find (template->value, template->length, 0x81, &input))
        return vtoken_key_sign (key->key, key->algorithm, input.value, input.length);
    if ((vtoken_algorithm_is_ec (key->algorithm) || key->algorithm == VTOKEN_ALGORITHM_X25519) &&
        pena_tlv_find (template->value, template->length, 0x85, &input))
        return vtoken_key_agree (key->key, input.value, input.length);
    return NULL;
}

guint16
piv_general_authenticate (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    const PivKey *key = piv_get_key (self, command->p2);
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    PenaTlv template;

    if (command->p2 == PIV_KEY_ADMIN)
        return piv_admin_authenticate (self, command, answer);
    if (key == NULL)
        return piv_is_key_slot (command->p2) ? SW_REFERENCE_NOT_FOUND : SW_WRONG_P1P2;
    if (key->algorithm != command->p1)
        return SW_WRONG_P1P2;
    if (!policy_allows (self, key, command->sequence))
        return SW_SECURITY_STATUS;
    if (!pena_tlv_find (command->data, command->length, 0x7C, &template))
        return SW_WRONG_DATA;
    g_autoptr (GBytes) result = run_key (key, &template);
    if (result == NULL)
        return SW_WRONG_DATA;
    pena_tlv_append (inner, 0x82, g_bytes_get_data (result, NULL), g_bytes_get_size (result));
    pena_tlv_append (answer, 0x7C, inner->data, inner->len);
    return SW_OK;
}
