/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: signing, verifying, encrypting, decrypting, hashing
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "api.h"
#include "begin.h"

/* One more part; what goes wrong ends the operation. */
static CK_RV
update (CK_SESSION_HANDLE handle, PenaModKind kind, const guint8 *data, gsize length, gboolean sound)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation **operation = &session->operations[kind];

    if (*operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    sound = sound && (data != NULL || length == 0);
    CK_RV rv = sound ? pena_mod_operation_update (*operation, data, length) : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK)
        g_clear_pointer (operation, pena_mod_operation_free);
    return rv;
}

static CK_RV
work (PenaModOperation *operation, PenaModKind kind, PenaMod *mod, PenaModSlot *slot)
{
    switch (kind) {
    case PENA_MOD_SIGN:
    case PENA_MOD_SIGN_RECOVER:
        return pena_mod_operation_sign (operation, mod, slot);
    case PENA_MOD_DECRYPT:
        return pena_mod_operation_decrypt (operation, mod, slot);
    case PENA_MOD_ENCRYPT:
        return pena_mod_operation_encrypt (operation);
    case PENA_MOD_DIGEST:
        return pena_mod_operation_digest (operation);
    default:
        return pena_mod_operation_recover (operation);
    }
}

/* The size of what comes out is known before. */
static gboolean
has_fixed_size (PenaModKind kind)
{
    return kind != PENA_MOD_DECRYPT && kind != PENA_MOD_VERIFY_RECOVER;
}

/* Gives the result out; it stays, with the operation, when the buffer is too small for it. */
static CK_RV
give_result (PenaModOperation **operation, guint8 *out, CK_ULONG *out_length)
{
    const PenaSecret *result = (*operation)->result;
    CK_RV rv;

    if (pena_mod_tells_size (result->length, out, out_length, &rv))
        return rv;
    if (result->length > 0)
        memcpy (out, result->data, result->length);
    g_clear_pointer (operation, pena_mod_operation_free);
    return CKR_OK;
}

/* Works on what was given and, for the functions that do all at once, on `data` on top. The operation is over
 * whatever happens, but for a buffer that is too small; with a card that is pulled out the session is, too. */
static CK_RV
finish (CK_SESSION_HANDLE handle, PenaModKind kind, const guint8 *data, gsize length, guint8 *out,
        CK_ULONG *out_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation **kept = &session->operations[kind];
    CK_RV rv;

    if (*kept == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    gboolean sound = out_length != NULL && (data != NULL || length == 0);
    if (sound && (*kept)->result != NULL)
        return give_result (kept, out, out_length);
    if (sound && (has_fixed_size (kind) || out == NULL) &&
        pena_mod_tells_size (pena_mod_operation_size (*kept), out, out_length, &rv))
        return rv;
    g_autoptr (PenaModOperation) operation = g_steal_pointer (kept);
    if (!sound)
        return CKR_ARGUMENTS_BAD;
    rv = pena_mod_operation_update (operation, data, length);
    if (rv == CKR_OK)
        rv = work (operation, kind, mod, session->slot);
    if (rv != CKR_OK)
        return rv;
    *kept = g_steal_pointer (&operation);
    return give_result (kept, out, out_length);
}

/* --- signing --- */

CK_RV
C_SignInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_SIGN, mechanism, key);
}

CK_RV
C_Sign (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
        CK_ULONG *signature_length)
{
    return finish (session, PENA_MOD_SIGN, data, length, signature, signature_length);
}

CK_RV
C_SignUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
    return update (session, PENA_MOD_SIGN, part, length, TRUE);
}

CK_RV
C_SignFinal (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG *signature_length)
{
    return finish (session, PENA_MOD_SIGN, NULL, 0, signature, signature_length);
}

CK_RV
C_SignRecoverInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_SIGN_RECOVER, mechanism, key);
}

CK_RV
C_SignRecover (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
               CK_ULONG *signature_length)
{
    return finish (session, PENA_MOD_SIGN_RECOVER, data, length, signature, signature_length);
}

/* --- hashing --- */

CK_RV
C_DigestInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism)
{
    return pena_mod_begin (session, PENA_MOD_DIGEST, mechanism, CK_INVALID_HANDLE);
}

CK_RV
C_Digest (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *digest, CK_ULONG *digest_length)
{
    return finish (session, PENA_MOD_DIGEST, data, length, digest, digest_length);
}

CK_RV
C_DigestUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
    return update (session, PENA_MOD_DIGEST, part, length, TRUE);
}

CK_RV
C_DigestKey (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation *operation = session->operations[PENA_MOD_DIGEST];
    PenaModObject *object = pena_mod_find_object (session->slot, key);

    if (operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (object == NULL)
        return CKR_KEY_HANDLE_INVALID;
    if (object->value == NULL)
        return CKR_KEY_INDIGESTIBLE;
    return pena_mod_operation_update (operation, object->value->data, object->value->length);
}

CK_RV
C_DigestFinal (CK_SESSION_HANDLE session, CK_BYTE *digest, CK_ULONG *digest_length)
{
    return finish (session, PENA_MOD_DIGEST, NULL, 0, digest, digest_length);
}

/* --- verifying --- */

static CK_RV
finish_verify (CK_SESSION_HANDLE handle, const guint8 *data, gsize length, const guint8 *signature,
               gsize signature_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    g_autoptr (PenaModOperation) operation = g_steal_pointer (&session->operations[PENA_MOD_VERIFY]);

    if (operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (signature == NULL || (data == NULL && length > 0))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_operation_update (operation, data, length);
    return rv == CKR_OK ? pena_mod_operation_verify (operation, signature, signature_length) : rv;
}

CK_RV
C_VerifyInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_VERIFY, mechanism, key);
}

CK_RV
C_Verify (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
          CK_ULONG signature_length)
{
    return finish_verify (session, data, length, signature, signature_length);
}

CK_RV
C_VerifyUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
    return update (session, PENA_MOD_VERIFY, part, length, TRUE);
}

CK_RV
C_VerifyFinal (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_length)
{
    return finish_verify (session, NULL, 0, signature, signature_length);
}

CK_RV
C_VerifyRecoverInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_VERIFY_RECOVER, mechanism, key);
}

CK_RV
C_VerifyRecover (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_length, CK_BYTE *data,
                 CK_ULONG *length)
{
    return finish (session, PENA_MOD_VERIFY_RECOVER, signature, signature_length, data, length);
}

/* --- encrypting and decrypting: nothing comes out before the end --- */

static CK_RV
update_without_output (CK_SESSION_HANDLE session, PenaModKind kind, const guint8 *part, gsize length,
                       CK_ULONG *out_length)
{
    CK_RV rv = update (session, kind, part, length, out_length != NULL);
    if (rv == CKR_OK)
        *out_length = 0;
    return rv;
}

CK_RV
C_EncryptInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_ENCRYPT, mechanism, key);
}

CK_RV
C_Encrypt (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    return finish (session, PENA_MOD_ENCRYPT, data, length, out, out_length);
}

CK_RV
C_EncryptUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length, CK_BYTE *out,
                 CK_ULONG *out_length)
{
    return update_without_output (session, PENA_MOD_ENCRYPT, part, length, out_length);
}

CK_RV
C_EncryptFinal (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_length)
{
    return finish (session, PENA_MOD_ENCRYPT, NULL, 0, out, out_length);
}

CK_RV
C_DecryptInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return pena_mod_begin (session, PENA_MOD_DECRYPT, mechanism, key);
}

CK_RV
C_Decrypt (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    return finish (session, PENA_MOD_DECRYPT, data, length, out, out_length);
}

CK_RV
C_DecryptUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length, CK_BYTE *out,
                 CK_ULONG *out_length)
{
    return update_without_output (session, PENA_MOD_DECRYPT, part, length, out_length);
}

CK_RV
C_DecryptFinal (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_length)
{
    return finish (session, PENA_MOD_DECRYPT, NULL, 0, out, out_length);
}

/* --- giving up --- */

CK_RV
pena_mod_session_cancel (CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    for (guint kind = 0; kind < PENA_MOD_N_KINDS; kind++)
        if (flags & pena_mod_kind_flag (kind))
            g_clear_pointer (&session->operations[kind], pena_mod_operation_free);
    if (flags & CKF_FIND_OBJECTS)
        g_clear_pointer (&session->found, g_array_unref);
    return CKR_OK;
}
