/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token's OpenPGP application: PW1, resetting code and PW3
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"

#include "pena-secret.h"

#include <string.h>

enum {
    MODE_SIGN = 0x81,
    MODE_USER = 0x82,
    MODE_ADMIN = 0x83,
    FORGET = 0xFF,
    WITH_CODE = 0x00,
    AFTER_PW3 = 0x02,
};

void
openpgp_reference_set (OpenpgpReference *self, gconstpointer value, gsize length, guint8 tries)
{
    g_return_if_fail (length <= sizeof self->value);
    memset (self, 0, sizeof *self);
    if (length > 0)
        memcpy (self->value, value, length);
    self->length = (guint8)length;
    self->tries = tries;
}

/* The try is spent on disk before the value is looked at. A wrong value is 6982 on the cards there are (7.1);
 * how many tries are left is told by C4. */
static guint16
check_reference (Openpgp *self, OpenpgpReference *reference, const guint8 *value, gsize length)
{
    if (reference->tries == 0)
        return SW_BLOCKED;
    reference->tries--;
    if (openpgp_save_change (self) != SW_OK)
        return SW_MEMORY_FAILURE;
    if (length != reference->length || !pena_equal_constant_time (reference->value, value, length))
        return SW_SECURITY_STATUS;
    reference->tries = OPENPGP_TRIES;
    return openpgp_save_change (self);
}

static gboolean
find_mode (Openpgp *self, guint8 mode, OpenpgpReference **ret_reference, gboolean **ret_verified)
{
    switch (mode) {
    case MODE_SIGN:
        *ret_verified = &self->sign_verified;
        *ret_reference = &self->pw1;
        return TRUE;
    case MODE_USER:
        *ret_verified = &self->user_verified;
        *ret_reference = &self->pw1;
        return TRUE;
    case MODE_ADMIN:
        *ret_verified = &self->admin_verified;
        *ret_reference = &self->pw3;
        return TRUE;
    default:
        return FALSE;
    }
}

static guint16
tell_status (const OpenpgpReference *reference, gboolean verified)
{
    if (verified)
        return SW_OK;
    return reference->tries == 0 ? SW_BLOCKED : (guint16)(SW_TRIES_LEFT | reference->tries);
}

guint16
openpgp_verify (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    OpenpgpReference *reference;
    gboolean *verified;
    guint16 sw;

    if ((command->p1 != 0x00 && command->p1 != FORGET) ||
        !find_mode (self, command->p2, &reference, &verified))
        return SW_WRONG_P1P2;
    if (command->p1 == FORGET) {
        *verified = FALSE;
        return command->length == 0 ? SW_OK : SW_WRONG_DATA;
    }
    if (command->length == 0)
        return tell_status (reference, *verified);
    sw = check_reference (self, reference, command->data, command->length);
    *verified = sw == SW_OK;
    return sw;
}

static gboolean
has_good_length (Openpgp *self, const OpenpgpReference *reference, gsize length)
{
    return length >= (reference == &self->pw3 ? OPENPGP_PW3_MIN : OPENPGP_PW1_MIN) &&
           length <= OPENPGP_PW_MAX;
}

static void
forget_all (Openpgp *self, const OpenpgpReference *reference)
{
    if (reference == &self->pw3)
        self->admin_verified = FALSE;
    else
        self->sign_verified = self->user_verified = FALSE;
}

/* Old and new side by side: only the card knows where the old one ends. */
guint16
openpgp_change_reference (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    OpenpgpReference *reference = command->p2 == MODE_ADMIN ? &self->pw3 : &self->pw1;
    gsize old = MIN (reference->length, command->length);
    guint16 sw;

    if (command->p1 != 0x00 || (command->p2 != MODE_SIGN && command->p2 != MODE_ADMIN))
        return SW_WRONG_P1P2;
    forget_all (self, reference);
    sw = check_reference (self, reference, command->data, old);
    if (sw != SW_OK)
        return sw;
    if (!has_good_length (self, reference, command->length - old))
        return SW_WRONG_DATA;
    openpgp_reference_set (reference, command->data + old, command->length - old, OPENPGP_TRIES);
    return openpgp_save_change (self);
}

guint16
openpgp_reset_retry_counter (Openpgp *self, const VtokenCommand *command, GByteArray *answer)
{
    gsize old = command->p1 == WITH_CODE ? MIN (self->code.length, command->length) : 0;
    guint16 sw = SW_OK;

    if (command->p2 != MODE_SIGN || (command->p1 != WITH_CODE && command->p1 != AFTER_PW3))
        return SW_WRONG_P1P2;
    if (command->p1 == AFTER_PW3 && !self->admin_verified)
        return SW_SECURITY_STATUS;
    if (command->p1 == WITH_CODE)
        sw = check_reference (self, &self->code, command->data, old);
    if (sw != SW_OK)
        return sw;
    if (!has_good_length (self, &self->pw1, command->length - old))
        return SW_WRONG_DATA;
    openpgp_reference_set (&self->pw1, command->data + old, command->length - old, OPENPGP_TRIES);
    forget_all (self, &self->pw1);
    return openpgp_save_change (self);
}
