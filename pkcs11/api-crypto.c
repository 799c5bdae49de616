/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: signing, verifying, decrypting, hashing
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <string.h>

#include "api.h"
#include "object.h"
#include "session.h"

/* What each kind of operation wants of mechanism and key. */
static const struct {
    CK_FLAGS flag;
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE_TYPE permission;
} kinds[PENA_MOD_N_KINDS] = {
    [PENA_MOD_SIGN] = {CKF_SIGN, CKO_PRIVATE_KEY, CKA_SIGN},
    [PENA_MOD_VERIFY] = {CKF_VERIFY, CKO_PUBLIC_KEY, CKA_VERIFY},
    [PENA_MOD_DECRYPT] = {CKF_DECRYPT, CKO_PRIVATE_KEY, CKA_DECRYPT},
    [PENA_MOD_DIGEST] = {CKF_DIGEST, 0, 0},
};

static CK_RV
find_key (PenaModSession *session, PenaModKind kind, const PenaMechanism *mechanism, CK_OBJECT_HANDLE handle,
          const PenaCardKey **ret_key)
{
    PenaModSlot *slot = session->slot;
    /* Private keys are looked up as if logged in, so that the answer can be that a login is missing. */
    PenaModObject *object = pena_mod_find_object (slot->objects, handle, TRUE);

    if (object == NULL || object->class != kinds[kind].class)
        return CKR_KEY_HANDLE_INVALID;
    if (!slot->logged_in && pena_mod_object_is (object, CKA_PRIVATE))
        return CKR_USER_NOT_LOGGED_IN;
    if (mechanism->key_type != (object->key->operations & PENA_KEY_RSA_RAW ? CKK_RSA : CKK_EC))
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!pena_mod_object_is (object, kinds[kind].permission))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    *ret_key = object->key;
    return CKR_OK;
}

static CK_RV
start (CK_SESSION_HANDLE handle, PenaModKind kind, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key_handle)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaMechanism *row;
    const PenaCardKey *key = NULL;
    PenaModPss pss = {0};

    if (mechanism == NULL || (mechanism->pParameter == NULL && mechanism->ulParameterLen > 0))
        return CKR_ARGUMENTS_BAD;
    if (session->operations[kind] != NULL)
        return CKR_OPERATION_ACTIVE;
    CK_RV rv = pena_mechanism_parse (mechanism, kinds[kind].flag, &row, &pss);
    if (rv == CKR_OK && kind != PENA_MOD_DIGEST)
        rv = find_key (session, kind, row, key_handle, &key);
    return rv == CKR_OK ? pena_mod_operation_new (row, &pss, key, &session->operations[kind]) : rv;
}

/* One more part; what goes wrong ends the operation. */
static CK_RV
update (CK_SESSION_HANDLE handle, PenaModKind kind, const guint8 *data, gsize length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation **operation = &session->operations[kind];

    if (*operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    CK_RV rv = data != NULL || length == 0 ? pena_mod_operation_update (*operation, data, length)
                                           : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK)
        g_clear_pointer (operation, pena_mod_operation_free);
    return rv;
}

/* Both ways in which C_Sign and friends only tell a size, after which the operation goes on. */
static gboolean
tells_size (gsize size, const guint8 *out, CK_ULONG *out_length, CK_RV *ret_rv)
{
    gboolean fits = out != NULL && *out_length >= size;

    *out_length = size;
    *ret_rv = out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    return !fits;
}

/* Signs or hashes what was given and, for the functions that do all at once, `data` on top. */
static CK_RV
finish (CK_SESSION_HANDLE handle, PenaModKind kind, const guint8 *data, gsize length, guint8 *out,
        CK_ULONG *out_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    CK_RV rv;

    if (session->operations[kind] == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (out_length != NULL && (data != NULL || length == 0) &&
        tells_size (pena_mod_operation_size (session->operations[kind]), out, out_length, &rv))
        return rv;
    /* Whatever happens now, the operation is over; with a card that is pulled out the session is, too. */
    g_autoptr (PenaModOperation) operation = g_steal_pointer (&session->operations[kind]);
    if (out_length == NULL || (data == NULL && length > 0))
        return CKR_ARGUMENTS_BAD;
    rv = pena_mod_operation_update (operation, data, length);
    if (rv != CKR_OK)
        return rv;
    return kind == PENA_MOD_SIGN ? pena_mod_operation_sign (operation, mod, session->slot, out)
                                 : pena_mod_operation_digest (operation, out);
}

CK_RV
C_SignInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return start (session, PENA_MOD_SIGN, mechanism, key);
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
    return update (session, PENA_MOD_SIGN, part, length);
}

CK_RV
C_SignFinal (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG *signature_length)
{
    return finish (session, PENA_MOD_SIGN, NULL, 0, signature, signature_length);
}

CK_RV
C_DigestInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism)
{
    return start (session, PENA_MOD_DIGEST, mechanism, CK_INVALID_HANDLE);
}

CK_RV
C_Digest (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *digest, CK_ULONG *digest_length)
{
    return finish (session, PENA_MOD_DIGEST, data, length, digest, digest_length);
}

CK_RV
C_DigestUpdate (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
    return update (session, PENA_MOD_DIGEST, part, length);
}

CK_RV
C_DigestFinal (CK_SESSION_HANDLE session, CK_BYTE *digest, CK_ULONG *digest_length)
{
    return finish (session, PENA_MOD_DIGEST, NULL, 0, digest, digest_length);
}

/* --- verifying, in software --- */

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
    return start (session, PENA_MOD_VERIFY, mechanism, key);
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
    return update (session, PENA_MOD_VERIFY, part, length);
}

CK_RV
C_VerifyFinal (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_length)
{
    return finish_verify (session, NULL, 0, signature, signature_length);
}

/* --- decrypting --- */

CK_RV
C_DecryptInit (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return start (session, PENA_MOD_DECRYPT, mechanism, key);
}

/* Gives the plaintext out; it stays, with the operation, when the buffer is too small for it. */
static CK_RV
give_plaintext (PenaModOperation **operation, guint8 *out, CK_ULONG *out_length)
{
    const PenaSecret *result = (*operation)->result;
    CK_RV rv;

    if (tells_size (result->length, out, out_length, &rv))
        return rv;
    if (result->length > 0)
        memcpy (out, result->data, result->length);
    g_clear_pointer (operation, pena_mod_operation_free);
    return CKR_OK;
}

CK_RV
C_Decrypt (CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModOperation **kept = &session->operations[PENA_MOD_DECRYPT];
    CK_RV rv;

    if (*kept == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (data == NULL || out_length == NULL)
        return CKR_ARGUMENTS_BAD;
    if ((*kept)->result != NULL)
        return give_plaintext (kept, out, out_length);
    if (out == NULL && tells_size (pena_mod_operation_size (*kept), out, out_length, &rv))
        return rv;
    g_autoptr (PenaModOperation) operation = g_steal_pointer (kept);
    rv = pena_mod_operation_decrypt (operation, mod, session->slot, data, length);
    if (rv != CKR_OK)
        return rv;
    *kept = g_steal_pointer (&operation);
    return give_plaintext (kept, out, out_length);
}

/* --- giving up --- */

CK_RV
pena_mod_session_cancel (CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    for (guint kind = 0; kind < PENA_MOD_N_KINDS; kind++)
        if (flags & kinds[kind].flag)
            g_clear_pointer (&session->operations[kind], pena_mod_operation_free);
    if (flags & CKF_FIND_OBJECTS)
        g_clear_pointer (&session->found, g_array_unref);
    return CKR_OK;
}
