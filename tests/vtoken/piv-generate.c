/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: making keys
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-tlv.h"

/* SP 800-73-4 part 1, table 4b. */
static PivPinPolicy
policy_of_slot (guint8 slot)
{
    switch (slot) {
    case 0x9C:
        return PIV_PIN_ALWAYS;
    case 0x9E:
        return PIV_PIN_NEVER;
    default:
        return PIV_PIN_ONCE;
    }
}

/* The vendor's tags AA (PIN) and AB (touch); 0 or none means the slot's own policy. FALSE for a value that is
 * not known. */
gboolean
piv_resolve_policies (guint8 slot, gconstpointer data, gsize length, PivKey *key)
{
    PenaTlv tlv;

    key->pin_policy = policy_of_slot (slot);
    key->touch_policy = 1;
    if (pena_tlv_find (data, length, 0xAA, &tlv)) {
        if (tlv.length != 1 || tlv.value[0] > PIV_PIN_ALWAYS)
            return FALSE;
        if (tlv.value[0] != 0)
            key->pin_policy = tlv.value[0];
    }
    if (pena_tlv_find (data, length, 0xAB, &tlv)) {
        if (tlv.length != 1 || tlv.value[0] > 3)
            return FALSE;
        if (tlv.value[0] != 0)
            key->touch_policy = tlv.value[0];
    }
    return TRUE;
}

static gboolean
read_request (const VtokenCommand *command, PivKey *key)
{
    PenaTlv template, algorithm;

    if (!pena_tlv_find (command->data, command->length, 0xAC, &template) ||
        !pena_tlv_find (template.value, template.length, 0x80, &algorithm) || algorithm.length != 1)
        return FALSE;
    key->algorithm = algorithm.value[0];
    key->origin = PIV_ORIGIN_GENERATED;
    return vtoken_algorithm_size (key->algorithm) > 0 &&
           piv_resolve_policies (command->p2, template.value, template.length, key);
}

guint16
piv_generate (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    PivKey request = {0};
    PivKey *key;

    if (command->p1 != 0x00 || !piv_is_key_slot (command->p2))
        return SW_WRONG_P1P2;
    if (!self->admin_authenticated)
        return SW_SECURITY_STATUS;
    if (!read_request (command, &request))
        return SW_WRONG_DATA;
    request.key = vtoken_key_generate (request.algorithm);
    if (request.key == NULL)
        return SW_MEMORY_FAILURE;
    key = g_new0 (PivKey, 1);
    *key = request;
    piv_put_key (self, command->p2, key);
    g_autoptr (GBytes) public_part = vtoken_key_public_part (key->key);
    pena_tlv_append (answer, 0x7F49, g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part));
    return piv_save_change (self);
}
