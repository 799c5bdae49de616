/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the entry points that use keys have in common
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "begin.h"

/* What each kind of operation wants of mechanism and key. */
static const struct {
    CK_FLAGS flag;
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE_TYPE permission;
} kinds[PENA_MOD_N_KINDS] = {
    [PENA_MOD_SIGN] = {CKF_SIGN, CKO_PRIVATE_KEY, CKA_SIGN},
    [PENA_MOD_VERIFY] = {CKF_VERIFY, CKO_PUBLIC_KEY, CKA_VERIFY},
    [PENA_MOD_ENCRYPT] = {CKF_ENCRYPT, CKO_PUBLIC_KEY, CKA_ENCRYPT},
    [PENA_MOD_DECRYPT] = {CKF_DECRYPT, CKO_PRIVATE_KEY, CKA_DECRYPT},
    [PENA_MOD_DIGEST] = {CKF_DIGEST, 0, 0},
    [PENA_MOD_SIGN_RECOVER] = {CKF_SIGN_RECOVER, CKO_PRIVATE_KEY, CKA_SIGN_RECOVER},
    [PENA_MOD_VERIFY_RECOVER] = {CKF_VERIFY_RECOVER, CKO_PUBLIC_KEY, CKA_VERIFY_RECOVER},
    [PENA_MOD_MESSAGE_SIGN] = {CKF_MESSAGE_SIGN, CKO_PRIVATE_KEY, CKA_SIGN},
    [PENA_MOD_MESSAGE_VERIFY] = {CKF_MESSAGE_VERIFY, CKO_PUBLIC_KEY, CKA_VERIFY},
};

CK_FLAGS
pena_mod_kind_flag (PenaModKind kind)
{
    return kinds[kind].flag;
}

CK_RV
pena_mod_check_mechanism (const CK_MECHANISM *mechanism)
{
    return mechanism != NULL && (mechanism->pParameter != NULL || mechanism->ulParameterLen == 0)
               ? CKR_OK
               : CKR_ARGUMENTS_BAD;
}

/* An object that a session made may be used for what its template does not forbid. */
static gboolean
is_permitted (const PenaModObject *object, CK_ATTRIBUTE_TYPE permission)
{
    return pena_mod_object_is (object, permission) ||
           (object->owner != 0 &&
            g_hash_table_lookup (object->attributes, GSIZE_TO_POINTER (permission)) == NULL);
}

CK_RV
pena_mod_find_key (PenaModSession *session, PenaModKind kind, const PenaMechanism *mechanism,
                   CK_OBJECT_HANDLE handle, PenaModObject **ret_object)
{
    PenaModSlot *slot = session->slot;
    /* Private keys are looked up as if logged in, so that the answer can be that a login is missing. */
    PenaModObject *object = pena_mod_find_any_object (slot, handle);

    if (object == NULL || object->class != kinds[kind].class)
        return CKR_KEY_HANDLE_INVALID;
    if (slot->user != PENA_MOD_USER && pena_mod_object_is (object, CKA_PRIVATE))
        return CKR_USER_NOT_LOGGED_IN;
    if (mechanism->key_type != object->key_type)
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!is_permitted (object, kinds[kind].permission))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    *ret_object = object;
    return CKR_OK;
}

static CK_RV
begin (PenaModSession *session, PenaModKind kind, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    const PenaMechanism *row;
    PenaModParameters parameters = {0};
    PenaModObject *object = NULL;

    if (session->operations[kind] != NULL)
        return CKR_OPERATION_ACTIVE;
    CK_RV rv = pena_mechanism_parse (mechanism, kinds[kind].flag, &row, &parameters);
    if (rv == CKR_OK && kind != PENA_MOD_DIGEST)
        rv = pena_mod_find_key (session, kind, row, key, &object);
    if (rv != CKR_OK)
        return rv;
    return pena_mod_operation_new (kind, row, &parameters, object, &session->operations[kind]);
}

CK_RV
pena_mod_begin (CK_SESSION_HANDLE handle, PenaModKind kind, const CK_MECHANISM *mechanism,
                CK_OBJECT_HANDLE key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    /* NULL gives up what is under way (PKCS#11 3.0, 5.13.1 and its likes). */
    if (mechanism == NULL && session->operations[kind] != NULL) {
        g_clear_pointer (&session->operations[kind], pena_mod_operation_free);
        return CKR_OK;
    }
    CK_RV rv = pena_mod_check_mechanism (mechanism);
    return rv == CKR_OK ? begin (session, kind, mechanism, key) : rv;
}

gboolean
pena_mod_tells_size (gsize size, const guint8 *out, CK_ULONG *out_length, CK_RV *ret_rv)
{
    gboolean fits = out != NULL && *out_length >= size;

    *out_length = size;
    *ret_rv = out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    return !fits;
}
