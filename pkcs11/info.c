/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what C_GetSlotInfo and C_GetTokenInfo tell
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "login.h"
#include "session.h"

/* Blank-padded, without a NUL, cut at a whole character. */
static void
fill_text (guint8 *field, gsize size, const gchar *text)
{
    gsize length = strlen (text);

    while (length > size || (length > 0 && (text[length] & 0xC0) == 0x80))
        length--;
    memset (field, ' ', size);
    memcpy (field, text, length);
}

void
pena_mod_fill_slot_info (PenaModSlot *slot, CK_SLOT_INFO *info)
{
    memset (info, 0, sizeof *info);
    fill_text (info->slotDescription, sizeof info->slotDescription, slot->reader);
    fill_text (info->manufacturerID, sizeof info->manufacturerID, "");
    info->flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | (slot->present ? CKF_TOKEN_PRESENT : 0);
}

/* Flags about a PIN, as three of one kind: few tries left, only one, none. */
static CK_FLAGS
pin_flags (const PenaCardPin *pin, CK_FLAGS low, CK_FLAGS final, CK_FLAGS locked)
{
    if (!pin->known || pin->verified || pin->tries_left == PENA_CARD_TRIES_UNKNOWN)
        return 0;
    if (pin->tries_left == 0)
        return locked;
    if (pin->tries_left == 1)
        return low | final;
    return pena_card_pin_is_low (pin) ? low : 0;
}

static CK_FLAGS
token_flags (PenaModSlot *slot)
{
    const PenaCardPin *officer = pena_mod_officer_pin (slot);
    CK_FLAGS flags = CKF_RNG | CKF_TOKEN_INITIALIZED;

    if (pena_card_get_contents (slot->card)->n_pins > 0)
        flags |= CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
    if (pena_mod_has_pin_pad (slot))
        flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    flags |= pin_flags (pena_card_get_pin (slot->card, PENA_CARD_PIN_USER), CKF_USER_PIN_COUNT_LOW,
                        CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED);
    if (officer != NULL)
        flags |= pin_flags (officer, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
    return flags;
}

/* "5.7.1" as far as a version of two numbers can tell it. */
static CK_VERSION
parse_version (const gchar *text)
{
    guint major = 0, minor = 0;

    if (sscanf (text, "%3u.%3u", &major, &minor) < 1 || major > G_MAXUINT8 || minor > G_MAXUINT8)
        return (CK_VERSION){0, 0};
    return (CK_VERSION){(guint8)major, (guint8)minor};
}

void
pena_mod_fill_token_info (PenaMod *self, PenaModSlot *slot, CK_TOKEN_INFO *info)
{
    const PenaCardContents *contents = pena_card_get_contents (slot->card);
    const PenaCardPin *pin = pena_card_get_pin (slot->card, PENA_CARD_PIN_USER);

    memset (info, 0, sizeof *info);
    fill_text (info->label, sizeof info->label, contents->label);
    fill_text (info->manufacturerID, sizeof info->manufacturerID, contents->manufacturer);
    fill_text (info->model, sizeof info->model, contents->model);
    fill_text (info->serialNumber, sizeof info->serialNumber, contents->serial);
    fill_text (info->utcTime, sizeof info->utcTime, "");
    info->flags = token_flags (slot);
    info->firmwareVersion = parse_version (contents->version);
    slot->final_try_seen = (info->flags & CKF_USER_PIN_FINAL_TRY) != 0;
    slot->officer_final_try_seen = (info->flags & CKF_SO_PIN_FINAL_TRY) != 0;
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    pena_mod_count_sessions (self, slot, &info->ulSessionCount, &info->ulRwSessionCount);
    info->ulMaxPinLen = pin->max;
    info->ulMinPinLen = pin->min;
    info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}
