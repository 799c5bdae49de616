/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading the objects of a token, with bounds
 * Copyright (C) 2026 the Pena authors */
#include "objects.h"

#include "rv.h"

GArray *
pena_objects_find (const PenaSession *session, CK_ATTRIBUTE *wanted, gulong count, GError **error)
{
    CK_FUNCTION_LIST *f = session->functions;
    CK_OBJECT_HANDLE handles[PENA_OBJECTS_MAX];
    CK_ULONG found = 0;

    if (!pena_rv_check (f->C_FindObjectsInit (session->handle, wanted, count), "C_FindObjectsInit", error))
        return NULL;
    CK_RV rv = f->C_FindObjects (session->handle, handles, PENA_OBJECTS_MAX, &found);
    f->C_FindObjectsFinal (session->handle);
    if (!pena_rv_check (rv, "C_FindObjects", error))
        return NULL;
    GArray *result = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
    g_array_append_vals (result, handles, (guint)MIN (found, PENA_OBJECTS_MAX));
    return result;
}

GArray *
pena_objects_find_class (const PenaSession *session, CK_OBJECT_CLASS object_class, GBytes *id, GError **error)
{
    CK_ATTRIBUTE wanted[2] = {{CKA_CLASS, &object_class, sizeof object_class}};
    gulong count = 1;

    if (id != NULL) {
        gsize length;
        wanted[1].type = CKA_ID;
        wanted[1].pValue = (gpointer)g_bytes_get_data (id, &length);
        wanted[1].ulValueLen = length;
        count = 2;
    }
    return pena_objects_find (session, wanted, count, error);
}

GBytes *
pena_object_get_bytes (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
    CK_FUNCTION_LIST *f = session->functions;
    CK_ATTRIBUTE attribute = {type, NULL, 0};

    if (f->C_GetAttributeValue (session->handle, object, &attribute, 1) != CKR_OK ||
        attribute.ulValueLen > PENA_OBJECT_VALUE_MAX)
        return NULL;
    CK_ULONG room = attribute.ulValueLen;
    g_autofree guint8 *value = g_malloc0 (room + 1);
    attribute.pValue = value;
    if (f->C_GetAttributeValue (session->handle, object, &attribute, 1) != CKR_OK ||
        attribute.ulValueLen > room)
        return NULL;
    return g_bytes_new_take (g_steal_pointer (&value), attribute.ulValueLen);
}

gboolean
pena_object_get_bool (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                      gboolean *ret_value)
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof value};

    if (session->functions->C_GetAttributeValue (session->handle, object, &attribute, 1) != CKR_OK ||
        attribute.ulValueLen != sizeof value)
        return FALSE;
    *ret_value = value != CK_FALSE;
    return TRUE;
}

gboolean
pena_object_get_ulong (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                       gulong *ret_value)
{
    CK_ULONG value = 0;
    CK_ATTRIBUTE attribute = {type, &value, sizeof value};

    if (session->functions->C_GetAttributeValue (session->handle, object, &attribute, 1) != CKR_OK ||
        attribute.ulValueLen != sizeof value)
        return FALSE;
    *ret_value = value;
    return TRUE;
}
