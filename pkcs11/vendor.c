/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what provisioning needs beyond Cryptoki (pena-pkcs11.h)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "api.h"
#include "login.h"
#include "session.h"

/* --- whose PIN --- */

static guint
find_pin (PenaModSlot *slot, CK_ULONG whose)
{
    static const PenaCardRole roles[] = {[PENA_PIN_USER] = PENA_ROLE_USER,
                                         [PENA_PIN_RESET] = PENA_ROLE_RESET,
                                         [PENA_PIN_ADMIN] = PENA_ROLE_ADMIN};
    const PenaCardContents *contents = pena_card_get_contents (slot->card);
    guint index = 0;

    while (index < contents->n_pins && contents->pins[index].role != roles[whose])
        index++;
    return index;
}

static PenaVerifyFlags
verify_flags (CK_FLAGS flags)
{
    return (flags & PENA_SPEND_LAST_TRY) != 0 ? PENA_VERIFY_SPEND_LAST_TRY : PENA_VERIFY_NORMAL;
}

static CK_RV
get_tries (CK_SLOT_ID id, CK_ULONG whose, CK_ULONG *tries)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    g_autoptr (GError) error = NULL;

    if (tries == NULL || whose > PENA_PIN_ADMIN)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_token (mod, slot);
    if (rv != CKR_OK)
        return rv;
    guint index = find_pin (slot, whose);
    if (index == pena_card_get_contents (slot->card)->n_pins)
        return CKR_FUNCTION_NOT_SUPPORTED;
    pena_mod_before_card (mod, slot);
    pena_card_need_pin (slot->card, index, &error);
    rv = pena_mod_after_card (mod, slot, error);
    if (rv != CKR_OK)
        return rv; /* the card may be gone */
    const PenaCardPin *pin = pena_card_get_pin (slot->card, index);
    *tries = pin->known && pin->tries_left >= 0 ? (CK_ULONG)pin->tries_left : CK_UNAVAILABLE_INFORMATION;
    return CKR_OK;
}

static CK_RV
ask_version (CK_SLOT_ID id)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    CK_RV rv = pena_mod_need_token (mod, slot);

    return rv == CKR_OK ? pena_mod_need_device (mod, slot) : rv;
}

/* --- PINs --- */

static CK_RV
set_puk (CK_SESSION_HANDLE handle, CK_UTF8CHAR *old_puk, CK_ULONG old_length, CK_UTF8CHAR *new_puk,
         CK_ULONG new_length, CK_FLAGS flags)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (GError) error = NULL;
    guint index = find_pin (slot, PENA_PIN_RESET);

    if (old_puk == NULL || new_puk == NULL)
        return CKR_ARGUMENTS_BAD;
    if (!session->read_write)
        return CKR_SESSION_READ_ONLY;
    if (index == pena_card_get_contents (slot->card)->n_pins)
        return CKR_FUNCTION_NOT_SUPPORTED;
    pena_mod_before_card (mod, slot);
    pena_card_change_pin (slot->card, index, old_puk, old_length, new_puk, new_length, verify_flags (flags),
                          &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
unblock_pin (CK_SESSION_HANDLE handle, CK_UTF8CHAR *puk, CK_ULONG puk_length, CK_UTF8CHAR *new_pin,
             CK_ULONG new_length, CK_FLAGS flags)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    g_autoptr (GError) error = NULL;

    if (puk == NULL || new_pin == NULL)
        return CKR_ARGUMENTS_BAD;
    if (!session->read_write)
        return CKR_SESSION_READ_ONLY;
    pena_mod_before_card (mod, session->slot);
    pena_card_unblock (session->slot->card, PENA_ROLE_RESET, puk, puk_length, new_pin, new_length,
                       verify_flags (flags), &error);
    return pena_mod_after_card (mod, session->slot, error);
}

/* --- the management key --- */

/* A key that the card is to keep for the user stands where his PIN opens it. */
static CK_RV
verify_user (PenaMod *mod, PenaModSlot *slot, const guint8 *pin, gsize length)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (mod, slot);
    pena_card_verify (slot->card, PENA_CARD_PIN_USER, pin, length, PENA_VERIFY_NORMAL, &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
set_key (PenaMod *mod, PenaModSlot *slot, const PenaSecret *key, gboolean protect, PenaSecret *made)
{
    g_autoptr (GError) error = NULL;

    pena_mod_before_card (mod, slot);
    pena_card_set_admin_key (slot->card, PENA_ADMIN_KEY_DEFAULT, key, protect, made, &error);
    return pena_mod_after_card (mod, slot, error);
}

/* Room for what is made comes before it is made: a key that nobody learns would lock everybody out. */
static CK_RV
check_room (gboolean random, gboolean protect, const CK_BYTE *new_key, const CK_ULONG *new_length)
{
    if (new_key == NULL && new_length == NULL)
        return random && !protect ? CKR_ARGUMENTS_BAD : CKR_OK;
    if (new_key == NULL || new_length == NULL)
        return CKR_ARGUMENTS_BAD;
    return *new_length >= PENA_CARD_PIN_MAX ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

static CK_RV
set_management_key (CK_SESSION_HANDLE handle, CK_BYTE *key, CK_ULONG length, CK_BBOOL protect,
                    CK_UTF8CHAR *pin, CK_ULONG pin_length, CK_BYTE *new_key, CK_ULONG *new_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (PenaSecret) made = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    g_autoptr (PenaSecret) given = NULL;

    if (key != NULL)
        given = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
    if (made == NULL || (key != NULL && (given == NULL || !pena_secret_append (given, key, length))))
        return made == NULL || given == NULL ? CKR_HOST_MEMORY : CKR_PIN_LEN_RANGE;
    if (protect && pin == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = check_room (key == NULL, protect, new_key, new_length);
    if (rv == CKR_OK)
        rv = pena_mod_need_administrator (mod, slot);
    if (rv == CKR_OK && protect)
        rv = verify_user (mod, slot, pin, pin_length);
    if (rv == CKR_OK)
        rv = set_key (mod, slot, given, protect, made);
    if (rv == CKR_OK && new_key != NULL) {
        const PenaSecret *set = given != NULL ? given : made;
        memcpy (new_key, set->data, set->length);
        *new_length = set->length;
    }
    return rv;
}

/* --- what a new token lacks --- */

static CK_RV
set_reset_code (CK_SESSION_HANDLE handle, CK_UTF8CHAR *code, CK_ULONG length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (GError) error = NULL;

    if (code == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_administrator (mod, slot);
    if (rv != CKR_OK)
        return rv;
    pena_mod_before_card (mod, slot);
    pena_card_set_reset_code (slot->card, code, length, &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
give_serial (CK_SESSION_HANDLE handle)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (GError) error = NULL;

    CK_RV rv = pena_mod_need_administrator (mod, slot);
    if (rv != CKR_OK)
        return rv;
    pena_mod_before_card (mod, slot);
    pena_card_give_serial (slot->card, &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
set_label (CK_SESSION_HANDLE handle, CK_UTF8CHAR *label, CK_ULONG length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (GError) error = NULL;

    if (label == NULL || !pena_card_is_label (label, length))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_administrator (mod, slot);
    if (rv != CKR_OK)
        return rv;
    g_autofree gchar *text = g_strndup ((const gchar *)label, length);
    pena_mod_before_card (mod, slot);
    pena_card_set_label (slot->card, text, &error);
    return pena_mod_after_card (mod, slot, error);
}

/* --- beginning anew, and statements --- */

static CK_RV
reset_token (CK_SLOT_ID id)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    g_autoptr (GError) error = NULL;
    CK_ULONG sessions, writing;

    CK_RV rv = pena_mod_need_token (mod, slot);
    if (rv == CKR_OK)
        rv = pena_mod_need_device (mod, slot);
    if (rv != CKR_OK)
        return rv;
    pena_mod_count_sessions (mod, slot, &sessions, &writing);
    if (sessions > 0)
        return CKR_SESSION_EXISTS;
    if ((pena_card_get_contents (slot->card)->abilities & PENA_CARD_RESET) == 0)
        return CKR_FUNCTION_NOT_SUPPORTED;
    pena_mod_before_card (mod, slot);
    pena_card_factory_reset (slot->card, &error);
    return pena_mod_after_card (mod, slot, error);
}

static CK_RV
give (GBytes *bytes, CK_BYTE *out, CK_ULONG *length)
{
    gsize size;
    gconstpointer data = g_bytes_get_data (bytes, &size);
    gboolean fits = out == NULL || *length >= size;

    if (out != NULL && fits)
        memcpy (out, data, size);
    *length = size;
    return fits ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

static CK_RV
attest_key (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key, CK_BYTE *statement, CK_ULONG *statement_length,
            CK_BYTE *intermediate, CK_ULONG *intermediate_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModSlot *slot = session->slot;
    g_autoptr (GBytes) made = NULL;
    g_autoptr (GBytes) issuer = NULL;
    g_autoptr (GError) error = NULL;

    if (statement_length == NULL || intermediate_length == NULL)
        return CKR_ARGUMENTS_BAD;
    const PenaModObject *object = pena_mod_find_object (slot, key);
    if (object == NULL || object->key == NULL)
        return CKR_KEY_HANDLE_INVALID;
    pena_mod_before_card (mod, slot);
    pena_card_attest (slot->card, object->key, &made, &issuer, &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    if (rv == CKR_OK)
        rv = give (made, statement, statement_length);
    return rv == CKR_OK ? give (issuer, intermediate, intermediate_length) : rv;
}

PENA_VENDOR_FUNCTIONS pena_mod_functions_vendor = {
    .version = {1, 0},
    .reset_token = reset_token,
    .set_puk = set_puk,
    .unblock_pin = unblock_pin,
    .set_management_key = set_management_key,
    .attest_key = attest_key,
    .set_reset_code = set_reset_code,
    .give_serial = give_serial,
    .ask_version = ask_version,
    .get_tries = get_tries,
    .set_label = set_label,
};
