/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: objects
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "api.h"
#include "made-objects.h"
#include "provision.h"

/* --- finding --- */

static void
find_in (PenaModSlot *slot, GPtrArray *objects, const PenaModTemplate *template, GArray *found)
{
    for (guint i = 0; i < objects->len; i++) {
        PenaModObject *object = objects->pdata[i];
        if (pena_mod_find_object (slot, object->handle) != NULL &&
            pena_mod_object_matches (object, template->attributes, template->count))
            g_array_append_val (found, object->handle);
    }
}

/* Keys, and the state of the PIN, cost commands that those who look for certificates do not need. */
static CK_RV
need (PenaMod *mod, PenaModSlot *slot, const PenaModTemplate *template)
{
    CK_OBJECT_CLASS class;
    CK_RV rv = pena_mod_template_get_ulong (template, CKA_CLASS, CKO_PRIVATE_KEY, &class);

    if (rv != CKR_OK)
        return CKR_OK; /* nothing will be found */
    if (class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY)
        return pena_mod_need_keys (mod, slot);
    return class == CKO_HW_FEATURE ? pena_mod_need_tries (mod, slot) : CKR_OK;
}

static CK_RV
find (PenaMod *mod, CK_SESSION_HANDLE handle, const PenaModTemplate *template)
{
    pena_mod_refresh (mod);
    PenaModSession *session = pena_mod_find_session (mod, handle);

    if (session == NULL)
        return CKR_DEVICE_REMOVED;
    CK_RV rv = need (mod, session->slot, template);
    if (rv != CKR_OK)
        return rv;
    session = pena_mod_find_session (mod, handle); /* the card may have been exchanged meanwhile */
    if (session == NULL)
        return CKR_DEVICE_REMOVED;
    session->found = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
    session->found_at = 0;
    find_in (session->slot, session->slot->objects, template, session->found);
    find_in (session->slot, session->slot->made, template, session->found);
    return CKR_OK;
}

CK_RV
C_FindObjectsInit (CK_SESSION_HANDLE handle, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate template = {attributes, count};
    CK_RV rv = pena_mod_template_check (&template);

    if (rv != CKR_OK)
        return rv;
    return session->found == NULL ? find (mod, handle, &template) : CKR_OPERATION_ACTIVE;
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

/* --- reading and writing --- */

CK_RV
C_GetAttributeValue (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                     CK_ULONG count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (template == NULL || count == 0)
        return CKR_ARGUMENTS_BAD;
    PenaModObject *found = pena_mod_find_object (session->slot, object);
    return found != NULL ? pena_mod_object_get (found, template, count) : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV
C_GetObjectSize (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModObject *found = pena_mod_find_object (session->slot, object);

    if (size == NULL)
        return CKR_ARGUMENTS_BAD;
    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    *size = pena_mod_object_size (found);
    return CKR_OK;
}

CK_RV
C_SetAttributeValue (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                     CK_ULONG count)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate template = {attributes, count};
    CK_RV rv = pena_mod_template_check (&template);

    if (rv != CKR_OK)
        return rv;
    PenaModObject *found = pena_mod_find_object (session->slot, object);
    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    /* No card has a name of its own for an object that could be changed alone. */
    return found->owner != 0 ? pena_mod_change_made_object (found, &template) : CKR_ATTRIBUTE_READ_ONLY;
}

CK_RV
C_CreateObject (CK_SESSION_HANDLE handle, CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *object)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate template = {attributes, count};
    gboolean on_token = FALSE;

    if (object == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_template_check (&template);
    if (rv == CKR_OK)
        rv = pena_mod_template_get_bool (&template, CKA_TOKEN, FALSE, &on_token);
    if (rv != CKR_OK)
        return rv;
    return on_token ? pena_mod_create_token_object (mod, session, &template, object)
                    : pena_mod_make_object (mod, session, &template, object);
}

/* CKA_COPYABLE is false for all objects. */
CK_RV
C_CopyObject (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count,
              CK_OBJECT_HANDLE *copy)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (copy == NULL || (template == NULL && count > 0))
        return CKR_ARGUMENTS_BAD;
    return pena_mod_find_object (session->slot, object) != NULL ? CKR_ACTION_PROHIBITED
                                                                : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV
C_DestroyObject (CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    PenaModObject *found = pena_mod_find_object (session->slot, object);

    if (found == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    if (found->owner == 0)
        return pena_mod_destroy_token_object (mod, session, found);
    if (!pena_mod_object_is (found, CKA_DESTROYABLE))
        return CKR_ACTION_PROHIBITED;
    g_ptr_array_remove (session->slot->made, found);
    return CKR_OK;
}
