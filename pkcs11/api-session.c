/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: sessions, login, objects
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "api.h"
#include "object.h"
#include "session.h"

CK_RV
C_OpenSession (CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);

    if (session == NULL)
        return CKR_ARGUMENTS_BAD;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    return pena_mod_open_session (mod, slot, (flags & CKF_RW_SESSION) != 0, session);
}

CK_RV
C_CloseSession (CK_SESSION_HANDLE handle)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    return pena_mod_close_session (mod, session);
}

CK_RV
C_CloseAllSessions (CK_SLOT_ID id)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);

    pena_mod_close_sessions (mod, slot);
    if (slot->logged_in)
        pena_mod_logout (mod, slot);
    return CKR_OK;
}

CK_RV
C_GetSessionInfo (CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    PENA_MOD_ENTER (mod);
    PenaModSession *session = pena_mod_find_session (mod, handle);

    /* Not kept waiting by a card that is at work: programs poll this. */
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    pena_mod_refresh (mod);
    session = pena_mod_find_session (mod, handle);
    if (session == NULL)
        return CKR_DEVICE_REMOVED;
    pena_mod_fill_session_info (session, info);
    return CKR_OK;
}

/* --- login --- */

/* The operation of this session that waits for its PIN; NULL when none does. */
static PenaModOperation *
waiting_operation (PenaModSession *session)
{
    static const PenaModKind kinds[] = {PENA_MOD_SIGN, PENA_MOD_DECRYPT};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        PenaModOperation *operation = session->operations[kinds[i]];
        if (operation != NULL && operation->key->pin == PENA_KEY_PIN_ALWAYS)
            return operation;
    }
    return NULL;
}

static CK_RV
login_for_operation (PenaMod *mod, PenaModSession *session, const guint8 *pin, gsize length)
{
    PenaModOperation *operation = waiting_operation (session);

    if (operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    CK_RV rv = pena_mod_login_once (mod, session->slot, pin, length);
    return rv == CKR_OK ? pena_mod_operation_take_pin (operation, pin, length) : rv;
}

CK_RV
C_Login (CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (user != CKU_USER && user != CKU_CONTEXT_SPECIFIC)
        return CKR_USER_TYPE_INVALID;
    if (pin == NULL)
        return CKR_ARGUMENTS_BAD; /* there is no protected authentication path */
    if (user == CKU_CONTEXT_SPECIFIC)
        return login_for_operation (mod, session, pin, pin_length);
    return pena_mod_login (mod, session->slot, pin, pin_length);
}

CK_RV
pena_mod_login_user (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_length,
                     CK_UTF8CHAR *name, CK_ULONG name_length)
{
    if (name_length != 0)
        return CKR_ARGUMENTS_BAD; /* our users have no names */
    return C_Login (session, user, pin, pin_length);
}

CK_RV
C_Logout (CK_SESSION_HANDLE handle)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    return pena_mod_logout (mod, session->slot);
}

static CK_RV
set_pin (PenaMod *mod, PenaModSlot *slot, const guint8 *old_pin, gsize old_length, const guint8 *new_pin,
         gsize new_length)
{
    g_autoptr (GError) error = NULL;
    PenaVerifyFlags flags = slot->final_try_seen ? PENA_VERIFY_SPEND_LAST_TRY : PENA_VERIFY_NORMAL;

    pena_mod_before_card (mod, slot);
    pena_card_change_pin (slot->card, PENA_CARD_PIN_USER, old_pin, old_length, new_pin, new_length, flags,
                          &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    if (rv == CKR_OK)
        slot->final_try_seen = FALSE;
    return rv;
}

CK_RV
C_SetPIN (CK_SESSION_HANDLE handle, CK_UTF8CHAR *old_pin, CK_ULONG old_length, CK_UTF8CHAR *new_pin,
          CK_ULONG new_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (old_pin == NULL || new_pin == NULL)
        return CKR_ARGUMENTS_BAD;
    if (!session->read_write)
        return CKR_SESSION_READ_ONLY;
    return set_pin (mod, session->slot, old_pin, old_length, new_pin, new_length);
}

/* --- objects --- */

static gboolean
template_is_sound (const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (template == NULL && count > 0)
        return FALSE;
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].pValue == NULL && template[i].ulValueLen > 0)
            return FALSE;
    return TRUE;
}

static GArray *
find (PenaModSlot *slot, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    GArray *found = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));

    for (CK_OBJECT_HANDLE handle = 1; handle <= slot->objects->len; handle++) {
        PenaModObject *object = pena_mod_find_object (slot->objects, handle, slot->logged_in);
        if (object != NULL && pena_mod_object_matches (object, template, count))
            g_array_append_val (found, handle);
    }
    return found;
}

CK_RV
C_FindObjectsInit (CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (!template_is_sound (template, count))
        return CKR_ARGUMENTS_BAD;
    if (session->found != NULL)
        return CKR_OPERATION_ACTIVE;
    pena_mod_refresh (mod);
    session = pena_mod_find_session (mod, handle);
    if (session == NULL)
        return CKR_DEVICE_REMOVED;
    session->found = find (session->slot, template, count);
    session->found_at = 0;
    return CKR_OK;
}

CK_RV
C_FindObjects (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (objects == NULL || count == NULL)
        return CKR_ARGUMENTS_BAD;
    if (session->found == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    CK_ULONG given = 0;
    while (given < room && session->found_at < session->found->len)
        objects[given++] = g_array_index (session->found, CK_OBJECT_HANDLE, session->found_at++);
    *count = given;
    return CKR_OK;
}

CK_RV
C_FindObjectsFinal (CK_SESSION_HANDLE handle)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (session->found == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    g_clear_pointer (&session->found, g_array_unref);
    return CKR_OK;
}

CK_RV
C_GetAttributeValue (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                     CK_ULONG count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (template == NULL || count == 0)
        return CKR_ARGUMENTS_BAD;
    PenaModObject *found = pena_mod_find_object (session->slot->objects, object, session->slot->logged_in);
    return found != NULL ? pena_mod_object_get (found, template, count) : CKR_OBJECT_HANDLE_INVALID;
}
