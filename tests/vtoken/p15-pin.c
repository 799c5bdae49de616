/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's PKCS#15 application: PINs (ISO/IEC 7816-4, 7.5.6 to 7.5.10)
 * Copyright (C) 2026 the Pena authors */
#include "p15.h"

#include <string.h>

#define TRIES 3

/* As the layout has PINs written; the value is that of VTOKEN_PIN or VTOKEN_PUK, which are digits. */
static void
set_value (const P15Layout *layout, P15Pin *pin, const gchar *digits)
{
    gsize length = strlen (digits);

    memset (pin->value, layout->pad, sizeof pin->value);
    for (gsize i = 0; i < length; i++) {
        guint8 digit = (guint8)(digits[i] - '0');
        if (layout->pin_type == P15_PIN_BCD) {
            guint8 other = i % 2 == 0 ? layout->pad & 0x0F : pin->value[i / 2] >> 4;
            pin->value[i / 2] = i % 2 == 0 ? (guint8)(digit << 4 | other) : (guint8)(other << 4 | digit);
        } else {
            pin->value[i] =
                layout->pin_type == P15_PIN_HALF_NIBBLE ? (guint8)(0xF0 | digit) : (guint8)digits[i];
        }
    }
    pin->length = (guint8)(layout->pin_type == P15_PIN_BCD ? (length + 1) / 2 : length);
    if (layout->stored_length > 0)
        pin->length = layout->stored_length;
}

void
p15_pins_set_default (P15 *self)
{
    static const struct {
        guint8 reference;
        const gchar *value;
    } rows[P15_PINS] = {{P15_PIN_USER, VTOKEN_PIN}, {P15_PIN_PUK, VTOKEN_PUK}, {P15_PIN_SIGN, VTOKEN_PIN2}};

    for (guint i = 0; i < P15_PINS; i++) {
        self->pins[i] = (P15Pin){.reference = rows[i].reference, .tries = TRIES, .total = TRIES};
        set_value (self->layout, &self->pins[i], rows[i].value);
    }
}

P15Pin *
p15_pin_find (P15 *self, guint8 reference)
{
    for (guint i = 0; i < P15_PINS; i++)
        if (self->pins[i].reference == reference && (reference != P15_PIN_SIGN || self->layout->two_pins))
            return &self->pins[i];
    return NULL;
}

static void
forget (P15Pin *pin)
{
    pin->verified = FALSE;
    pin->fresh = FALSE;
}

/* The try is spent, and on disk, before the value is looked at: pulling the card must not give it back. */
static guint16
compare (P15 *self, P15Pin *pin, const guint8 *value, gsize length)
{
    forget (pin);
    if (pin->tries == 0)
        return SW_BLOCKED;
    pin->tries--;
    if (p15_save_change (self) != SW_OK)
        return SW_MEMORY_FAILURE;
    if (length != pin->length || memcmp (value, pin->value, length) != 0)
        return pin->tries == 0 ? SW_BLOCKED : (guint16)(SW_TRIES_LEFT | pin->tries);
    pin->tries = pin->total;
    return p15_save_change (self);
}

guint16
p15_verify (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    P15Pin *pin = p15_pin_find (self, command->p2);

    if (pin == NULL)
        return SW_REFERENCE_NOT_FOUND;
    if (command->p1 == 0xFF && command->length == 0 && !self->layout->mute) {
        forget (pin);
        return SW_OK;
    }
    if (command->p1 != 0)
        return SW_WRONG_P1P2;
    if (command->length == 0 && self->layout->mute)
        return SW_WRONG_LENGTH;
    if (command->length == 0) {
        if (pin->verified)
            return SW_OK;
        return pin->tries == 0 ? SW_BLOCKED : (guint16)(SW_TRIES_LEFT | pin->tries);
    }
    guint16 sw = compare (self, pin, command->data, command->length);
    pin->verified = pin->fresh = sw == SW_OK;
    return sw;
}

static gboolean
fits (const P15 *self, gsize length)
{
    if (self->layout->stored_length > 0)
        return length == self->layout->stored_length;
    return length >= 4 && length <= P15_PIN_BYTES;
}

static guint16
store (P15 *self, P15Pin *pin, const guint8 *value, gsize length)
{
    memcpy (pin->value, value, length);
    pin->length = (guint8)length;
    pin->tries = pin->total;
    return p15_save_change (self);
}

guint16
p15_change_reference (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    P15Pin *pin = p15_pin_find (self, command->p2);

    if (pin == NULL)
        return SW_REFERENCE_NOT_FOUND;
    if (command->p1 != 0)
        return SW_WRONG_P1P2;
    if (command->length <= pin->length || !fits (self, command->length - pin->length))
        return SW_WRONG_LENGTH;
    guint16 sw = compare (self, pin, command->data, pin->length);
    return sw == SW_OK ? store (self, pin, command->data + pin->length, command->length - pin->length) : sw;
}

/* With the PUK in the data (P1 00), or after it was verified (P1 02, only the new PIN). */
guint16
p15_reset_retry_counter (P15 *self, const VtokenCommand *command, GByteArray *answer)
{
    P15Pin *pin = p15_pin_find (self, command->p2);
    P15Pin *puk = p15_pin_find (self, P15_PIN_PUK);
    gsize own = command->p1 == 0 ? puk->length : 0;

    if (pin == NULL || pin == puk)
        return SW_REFERENCE_NOT_FOUND;
    if (command->p1 != 0 && command->p1 != 2)
        return SW_WRONG_P1P2;
    if (command->length <= own || !fits (self, command->length - own))
        return SW_WRONG_LENGTH;
    if (command->p1 == 2 && !puk->verified)
        return SW_SECURITY_STATUS;
    guint16 sw = own > 0 ? compare (self, puk, command->data, own) : SW_OK;
    if (sw != SW_OK)
        return sw;
    forget (pin);
    return store (self, pin, command->data + own, command->length - own);
}
