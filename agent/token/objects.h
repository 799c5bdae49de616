/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading the objects of a token, with bounds
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <p11-kit/pkcs11.h>

/* An open session of a module. */
typedef struct {
    CK_FUNCTION_LIST *functions;
    CK_SESSION_HANDLE handle;
} PenaSession;

/* More objects than this are not looked at, larger values are refused: a token may be hostile. */
#define PENA_OBJECTS_MAX 64
#define PENA_OBJECT_VALUE_MAX (16 * 1024)

/* Handles (CK_OBJECT_HANDLE) of the objects that match. Transfer full. */
GArray *pena_objects_find (const PenaSession *session, CK_ATTRIBUTE *wanted, gulong count, GError **error);
/* The same for a class and, unless id is NULL, a CKA_ID. */
GArray *pena_objects_find_class (const PenaSession *session, CK_OBJECT_CLASS object_class, GBytes *id,
                                 GError **error);
/* NULL when the object has no such attribute or it is too large. Transfer full. */
GBytes *pena_object_get_bytes (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
/* FALSE, nothing changed, when there is no such attribute. */
gboolean pena_object_get_bool (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                               gboolean *ret_value);
gboolean pena_object_get_ulong (const PenaSession *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                gulong *ret_value);
