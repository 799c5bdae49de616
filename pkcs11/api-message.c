/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 3.0 entry points: many messages with one key
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "api.h"
#include "begin.h"

/* The use of the key, with no message under way (or, for `under_way`, with one). None of our mechanisms takes
 * parameters for a single message. */
static CK_RV
find_use (PenaModSession *session, PenaModKind kind, const void *parameter, gsize parameter_length,
          gboolean under_way, PenaModOperation **ret_use)
{
    PenaModOperation *use = session->operations[kind];

    if (use == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (use->message == NULL ? under_way : !under_way)
        return under_way ? CKR_OPERATION_NOT_INITIALIZED : CKR_OPERATION_ACTIVE;
    if (parameter == NULL && parameter_length > 0)
        return CKR_ARGUMENTS_BAD;
    if (parameter_length > 0)
        return CKR_MECHANISM_PARAM_INVALID;
    *ret_use = use;
    return CKR_OK;
}

static CK_RV
end_use (CK_SESSION_HANDLE handle, PenaModKind kind)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (session->operations[kind] == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    g_clear_pointer (&session->operations[kind], pena_mod_operation_free);
    return CKR_OK;
}

static CK_RV
begin_message (CK_SESSION_HANDLE handle, PenaModKind kind, const void *parameter, gsize parameter_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *use = NULL;
    CK_RV rv = find_use (session, kind, parameter, parameter_length, FALSE, &use);

    if (rv != CKR_OK)
        return rv;
    use->message = pena_mod_operation_begin_message (use);
    return use->message != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

/* --- signing --- */

CK_RV
pena_mod_message_sign_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_MESSAGE_SIGN, mechanism, key);
}

CK_RV
pena_mod_sign_message_begin (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length)
{
    return begin_message (session, PENA_MOD_MESSAGE_SIGN, parameter, parameter_length);
}

/* The message is over whatever happens; the use of the key goes on. */
static CK_RV
sign (PenaMod *mod, PenaModSession *session, PenaModOperation *taken, const guint8 *data, gsize length,
      guint8 *signature, CK_ULONG *signature_length)
{
    g_autoptr (PenaModOperation) message = taken;
    CK_RV rv = pena_mod_operation_update (message, data, length);

    if (rv == CKR_OK)
        rv = pena_mod_operation_sign (message, mod, session->slot);
    if (rv != CKR_OK)
        return rv;
    memcpy (signature, message->result->data, message->result->length);
    *signature_length = message->result->length;
    return CKR_OK;
}

CK_RV
pena_mod_sign_message (CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_length, CK_BYTE *data,
                       CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *use = NULL;
    CK_RV rv = find_use (session, PENA_MOD_MESSAGE_SIGN, parameter, parameter_length, FALSE, &use);

    if (rv != CKR_OK)
        return rv;
    if (signature_length == NULL || (data == NULL && length > 0))
        return CKR_ARGUMENTS_BAD;
    if (pena_mod_tells_size (pena_mod_operation_size (use), signature, signature_length, &rv))
        return rv;
    PenaModOperation *message = pena_mod_operation_begin_message (use);
    return message != NULL ? sign (mod, session, message, data, length, signature, signature_length)
                           : CKR_HOST_MEMORY;
}

/* Without a place for the length of the signature it is not the last part. */
CK_RV
pena_mod_sign_message_next (CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_length,
                            CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *use = NULL;
    CK_RV rv = find_use (session, PENA_MOD_MESSAGE_SIGN, parameter, parameter_length, TRUE, &use);

    if (rv != CKR_OK)
        return rv;
    if (data == NULL && length > 0)
        return CKR_ARGUMENTS_BAD;
    if (signature_length == NULL)
        return pena_mod_operation_update (use->message, data, length);
    if (pena_mod_tells_size (pena_mod_operation_size (use), signature, signature_length, &rv))
        return rv;
    return sign (mod, session, g_steal_pointer (&use->message), data, length, signature, signature_length);
}

CK_RV
pena_mod_message_sign_final (CK_SESSION_HANDLE session)
{
    return end_use (session, PENA_MOD_MESSAGE_SIGN);
}

/* --- verifying --- */

CK_RV
pena_mod_message_verify_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_MESSAGE_VERIFY, mechanism, key);
}

CK_RV
pena_mod_verify_message_begin (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length)
{
    return begin_message (session, PENA_MOD_MESSAGE_VERIFY, parameter, parameter_length);
}

static CK_RV
verify (PenaModOperation *taken, const guint8 *data, gsize length, const guint8 *signature,
        gsize signature_length)
{
    g_autoptr (PenaModOperation) message = taken;

    if (message == NULL)
        return CKR_HOST_MEMORY;
    CK_RV rv = pena_mod_operation_update (message, data, length);
    return rv == CKR_OK ? pena_mod_operation_verify (message, signature, signature_length) : rv;
}

CK_RV
pena_mod_verify_message (CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_length, CK_BYTE *data,
                         CK_ULONG length, CK_BYTE *signature, CK_ULONG signature_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *use = NULL;
    CK_RV rv = find_use (session, PENA_MOD_MESSAGE_VERIFY, parameter, parameter_length, FALSE, &use);

    if (rv != CKR_OK)
        return rv;
    if (signature == NULL || (data == NULL && length > 0))
        return CKR_ARGUMENTS_BAD;
    return verify (pena_mod_operation_begin_message (use), data, length, signature, signature_length);
}

/* Without a signature it is not the last part. */
CK_RV
pena_mod_verify_message_next (CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_length,
                              CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG signature_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *use = NULL;
    CK_RV rv = find_use (session, PENA_MOD_MESSAGE_VERIFY, parameter, parameter_length, TRUE, &use);

    if (rv != CKR_OK)
        return rv;
    if (data == NULL && length > 0)
        return CKR_ARGUMENTS_BAD;
    if (signature == NULL)
        return signature_length == 0 ? pena_mod_operation_update (use->message, data, length)
                                     : CKR_ARGUMENTS_BAD;
    return verify (g_steal_pointer (&use->message), data, length, signature, signature_length);
}

CK_RV
pena_mod_message_verify_final (CK_SESSION_HANDLE session)
{
    return end_use (session, PENA_MOD_MESSAGE_VERIFY);
}
