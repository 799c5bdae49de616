/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PIV application: PIN and PUK
 * Copyright (C) 2026 the Pena authors */
#include "piv.h"

#include "pena-secret.h"

#include <string.h>

void
piv_reference_set (PivReference *self, const gchar *text, guint8 tries)
{
    memset (self->value, 0xFF, sizeof self->value);
    memcpy (self->value, text, MIN (strlen (text), sizeof self->value));
    self->tries = self->total = tries;
}

/* SP 800-73-4 part 2, 2.4.3: six to eight digits, then FF. The PUK is any eight bytes. */
static gboolean
is_well_formed (guint8 reference, const guint8 value[PIV_PIN_LENGTH])
{
    gsize digits = 0;

    if (reference == PIV_KEY_PUK)
        return TRUE;
    while (digits < PIV_PIN_LENGTH && g_ascii_isdigit ((gchar)value[digits]))
        digits++;
    for (gsize i = digits; i < PIV_PIN_LENGTH; i++)
        if (value[i] != 0xFF)
            return FALSE;
    return digits >= 6;
}

/* The try is spent on disk before the value is looked at: pulling the card does not give it back. */
static guint16
check_reference (Piv *self, PivReference *reference, const guint8 value[PIV_PIN_LENGTH])
{
    if (reference->tries == 0)
        return SW_BLOCKED;
    reference->tries--;
    if (piv_save_change (self) != SW_OK)
        return SW_MEMORY_FAILURE;
    if (!pena_equal_constant_time (reference->value, value, PIV_PIN_LENGTH))
        return (guint16)(SW_TRIES_LEFT | reference->tries);
    reference->tries = reference->total;
    return piv_save_change (self);
}

static guint16
tell_status (Piv *self)
{
    if (self->pin_verified)
        return SW_OK;
    return self->pin.tries == 0 ? SW_BLOCKED : (guint16)(SW_TRIES_LEFT | self->pin.tries);
}

guint16
piv_verify (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    guint16 sw;

    if (command->p1 != 0x00 && command->p1 != 0xFF)
        return SW_WRONG_P1P2;
    if (command->p2 != PIV_KEY_PIN)
        return SW_REFERENCE_NOT_FOUND;
    if (command->p1 == 0xFF) {
        self->pin_verified = FALSE;
        return command->length == 0 ? SW_OK : SW_WRONG_DATA;
    }
    if (command->length == 0)
        return tell_status (self);
    if (self->pin.tries == 0)
        return SW_BLOCKED;
    if (command->length != PIV_PIN_LENGTH || !is_well_formed (PIV_KEY_PIN, command->data))
        return SW_WRONG_DATA;
    sw = check_reference (self, &self->pin, command->data);
    self->pin_verified = sw == SW_OK;
    if (sw == SW_OK)
        self->pin_sequence = command->sequence;
    return sw;
}

static guint16
set_reference (Piv *self, PivReference *reference, const guint8 value[PIV_PIN_LENGTH])
{
    memcpy (reference->value, value, PIV_PIN_LENGTH);
    reference->tries = reference->total;
    return piv_save_change (self);
}

guint16
piv_change_reference (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    PivReference *reference = command->p2 == PIV_KEY_PIN ? &self->pin : &self->puk;
    guint16 sw;

    if (command->p1 != 0x00)
        return SW_WRONG_P1P2;
    if (command->p2 != PIV_KEY_PIN && command->p2 != PIV_KEY_PUK)
        return SW_REFERENCE_NOT_FOUND;
    if (reference->tries == 0)
        return SW_BLOCKED;
    if (command->length != 2 * PIV_PIN_LENGTH || !is_well_formed (command->p2, command->data) ||
        !is_well_formed (command->p2, command->data + PIV_PIN_LENGTH))
        return SW_WRONG_DATA;
    sw = check_reference (self, reference, command->data);
    if (command->p2 == PIV_KEY_PIN)
        self->pin_verified = sw == SW_OK;
    if (sw != SW_OK)
        return sw;
    return set_reference (self, reference, command->data + PIV_PIN_LENGTH);
}

guint16
piv_reset_retry_counter (Piv *self, const VtokenCommand *command, GByteArray *answer)
{
    guint16 sw;

    if (command->p1 != 0x00)
        return SW_WRONG_P1P2;
    if (command->p2 != PIV_KEY_PIN)
        return SW_REFERENCE_NOT_FOUND;
    if (self->puk.tries == 0)
        return SW_BLOCKED;
    if (command->length != 2 * PIV_PIN_LENGTH ||
        !is_well_formed (PIV_KEY_PIN, command->data + PIV_PIN_LENGTH))
        return SW_WRONG_DATA;
    sw = check_reference (self, &self->puk, command->data);
    if (sw != SW_OK)
        return sw;
    return set_reference (self, &self->pin, command->data + PIV_PIN_LENGTH);
}
