/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: sessions, login, PINs
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "api.h"
#include "login.h"
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
    if (slot->user != PENA_MOD_NOBODY)
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
    static const PenaModKind kinds[] = {PENA_MOD_SIGN, PENA_MOD_DECRYPT, PENA_MOD_SIGN_RECOVER,
                                        PENA_MOD_MESSAGE_SIGN};

    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        PenaModOperation *operation = session->operations[kinds[i]];
        if (operation != NULL && pena_mod_operation_wants_pin (operation))
            return operation->message != NULL ? operation->message : operation;
    }
    return NULL;
}

static CK_RV
login_for_operation (PenaMod *mod, PenaModSession *session, const guint8 *pin, gsize length)
{
    PenaModOperation *operation = waiting_operation (session);

    return operation != NULL ? pena_mod_login_once (mod, session->slot, operation, pin, length)
                             : CKR_OPERATION_NOT_INITIALIZED;
}

CK_RV
C_Login (CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (user != CKU_USER && user != CKU_SO && user != CKU_CONTEXT_SPECIFIC)
        return CKR_USER_TYPE_INVALID;
    if (pin == NULL && (pin_length != 0 || !pena_mod_has_pin_pad (session->slot)))
        return CKR_ARGUMENTS_BAD;
    if (user == CKU_CONTEXT_SPECIFIC)
        return login_for_operation (mod, session, pin, pin_length);
    return user == CKU_SO ? pena_mod_login_officer (mod, session->slot, pin, pin_length)
                          : pena_mod_login (mod, session->slot, pin, pin_length);
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

/* --- PINs --- */

CK_RV
C_SetPIN (CK_SESSION_HANDLE handle, CK_UTF8CHAR *old_pin, CK_ULONG old_length, CK_UTF8CHAR *new_pin,
          CK_ULONG new_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    gboolean typed_at_reader = old_pin == NULL && new_pin == NULL && old_length == 0 && new_length == 0;

    if (typed_at_reader ? !pena_mod_has_pin_pad (session->slot) : old_pin == NULL || new_pin == NULL)
        return CKR_ARGUMENTS_BAD;
    if (!session->read_write)
        return CKR_SESSION_READ_ONLY;
    return pena_mod_set_pin (mod, session->slot, old_pin, old_length, new_pin, new_length);
}

CK_RV
C_InitPIN (CK_SESSION_HANDLE handle, CK_UTF8CHAR *pin, CK_ULONG length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (pin == NULL && (length != 0 || !pena_mod_has_pin_pad (session->slot)))
        return CKR_ARGUMENTS_BAD;
    return session->read_write ? pena_mod_init_pin (mod, session->slot, pin, length) : CKR_SESSION_READ_ONLY;
}

/* The label is blank-padded. */
static gchar *
read_label (const guint8 *label)
{
    gchar *text = g_strndup ((const gchar *)label, 32);

    return g_strchomp (text);
}

CK_RV
C_InitToken (CK_SLOT_ID id, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
    PENA_MOD_ENTER_SLOT (mod, slot, id);
    CK_ULONG sessions, writing;

    if (label == NULL || (pin == NULL && length != 0))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_need_token (mod, slot);
    if (rv != CKR_OK)
        return rv;
    pena_mod_count_sessions (mod, slot, &sessions, &writing);
    if (sessions > 0)
        return CKR_SESSION_EXISTS;
    g_autofree gchar *text = read_label (label);
    if (*text != '\0' && !pena_card_is_label ((const guint8 *)text, strlen (text)))
        return CKR_ARGUMENTS_BAD;
    return pena_mod_init_token (mod, slot, pin, length, text);
}
