/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: objects that sessions make, which the token never sees
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "made-objects.h"

#include <string.h>

/* Of one slot; and of a secret key. */
enum { OBJECTS_MAX = 1024, SECRET_MAX = 4096 };

/* Far from those of tokens. */
#define FIRST_HANDLE 0x10000000UL

static CK_RV
hold_secret (PenaModObject *object, const guint8 *value, gsize length)
{
    if (length == 0 || length > SECRET_MAX)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    object->value = pena_secret_new (length, FALSE, NULL);
    if (object->value == NULL)
        return CKR_HOST_MEMORY;
    pena_secret_append (object->value, value, length);
    pena_mod_object_set_ulong (object, CKA_VALUE_LEN, length);
    return CKR_OK;
}

/* What the template says, over what is so when it says nothing. */
static void
copy_attributes (PenaModObject *object, const PenaModTemplate *template)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        gboolean value;
    } defaults[] = {{CKA_TOKEN, FALSE},    {CKA_PRIVATE, FALSE},    {CKA_MODIFIABLE, TRUE},
                    {CKA_COPYABLE, FALSE}, {CKA_DESTROYABLE, TRUE}, {CKA_LOCAL, FALSE},
                    {CKA_TRUSTED, FALSE}};
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        gboolean value;
    } of_keys[] = {{CKA_SENSITIVE, FALSE}, {CKA_EXTRACTABLE, TRUE}};

    for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
        pena_mod_object_set_bool (object, defaults[i].type, defaults[i].value);
    for (guint i = 0; object->class == CKO_SECRET_KEY && i < G_N_ELEMENTS (of_keys); i++)
        pena_mod_object_set_bool (object, of_keys[i].type, of_keys[i].value);
    for (CK_ULONG i = 0; i < template->count; i++)
        if (object->class != CKO_SECRET_KEY || template->attributes[i].type != CKA_VALUE)
            pena_mod_object_set (object, template->attributes[i].type, template->attributes[i].pValue,
                                 template->attributes[i].ulValueLen);
}

static CK_RV
add (PenaMod *mod, PenaModSession *session, PenaModObject *object, CK_OBJECT_HANDLE *ret_handle)
{
    g_autofree gchar *name = g_uuid_string_random ();

    if (session->slot->made->len >= OBJECTS_MAX)
        return CKR_HOST_MEMORY;
    pena_mod_object_set (object, CKA_UNIQUE_ID, name, strlen (name));
    object->owner = session->handle;
    object->handle = FIRST_HANDLE + mod->last_object++;
    g_ptr_array_add (session->slot->made, object);
    *ret_handle = object->handle;
    return CKR_OK;
}

static CK_RV
fill (PenaModObject *object, const PenaModTemplate *template)
{
    const CK_ATTRIBUTE *value = pena_mod_template_find (template, CKA_VALUE);
    EVP_PKEY *key = NULL;
    CK_RV rv;

    copy_attributes (object, template);
    switch (object->class) {
    case CKO_PUBLIC_KEY:
        rv = pena_mod_template_get_public_key (template, &key);
        if (rv == CKR_OK && !pena_mod_object_set_public_key (object, key))
            rv = CKR_ATTRIBUTE_VALUE_INVALID;
        EVP_PKEY_free (key);
        return rv;
    case CKO_SECRET_KEY:
        if (value == NULL || pena_mod_template_find (template, CKA_KEY_TYPE) == NULL)
            return CKR_TEMPLATE_INCOMPLETE;
        return hold_secret (object, value->pValue, value->ulValueLen);
    case CKO_CERTIFICATE:
    case CKO_DATA:
        return CKR_OK;
    default:
        return CKR_TEMPLATE_INCONSISTENT;
    }
}

/* Those that only a token can have, or that come of themselves. */
static CK_RV
check_new (const PenaModTemplate *template)
{
    static const CK_ATTRIBUTE_TYPE refused[] = {CKA_UNIQUE_ID, CKA_LOCAL, CKA_KEY_GEN_MECHANISM,
                                                CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE};

    for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
        if (pena_mod_template_find (template, refused[i]) != NULL)
            return CKR_ATTRIBUTE_READ_ONLY;
    return CKR_OK;
}

/* What is private is made only by who has logged in. */
static CK_RV
check_private (PenaModSession *session, const PenaModTemplate *template)
{
    gboolean private;
    CK_RV rv = pena_mod_template_get_bool (template, CKA_PRIVATE, FALSE, &private);

    return rv == CKR_OK && private && session->slot->user != PENA_MOD_USER ? CKR_USER_NOT_LOGGED_IN : rv;
}

CK_RV
pena_mod_make_object (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                      CK_OBJECT_HANDLE *ret_handle)
{
    CK_OBJECT_CLASS class;
    CK_RV rv = pena_mod_template_get_class (template, &class);

    if (rv == CKR_OK)
        rv = check_new (template);
    if (rv == CKR_OK)
        rv = check_private (session, template);
    if (rv != CKR_OK)
        return rv;
    g_autoptr (PenaModObject) object = pena_mod_object_new (class);
    rv = fill (object, template);
    if (rv == CKR_OK)
        rv = add (mod, session, object, ret_handle);
    if (rv == CKR_OK)
        g_steal_pointer (&object);
    return rv;
}

CK_RV
pena_mod_make_secret_key (PenaMod *mod, PenaModSession *session, const PenaModTemplate *template,
                          const guint8 *value, gsize length, CK_OBJECT_HANDLE *ret_handle)
{
    CK_ULONG class = CKO_SECRET_KEY;
    CK_RV rv = pena_mod_template_get_ulong (template, CKA_CLASS, CKO_SECRET_KEY, &class);

    if (rv == CKR_OK)
        rv = class == CKO_SECRET_KEY ? check_private (session, template) : CKR_TEMPLATE_INCONSISTENT;
    if (rv == CKR_OK && pena_mod_template_find (template, CKA_VALUE) != NULL)
        rv = CKR_TEMPLATE_INCONSISTENT;
    if (rv != CKR_OK)
        return rv;
    g_autoptr (PenaModObject) object = pena_mod_object_new (CKO_SECRET_KEY);
    pena_mod_object_set_ulong (object, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    copy_attributes (object, template);
    rv = hold_secret (object, value, length);
    if (rv == CKR_OK)
        rv = add (mod, session, object, ret_handle);
    if (rv == CKR_OK)
        g_steal_pointer (&object);
    return rv;
}

/* Names may change; a secret may only become more secret (PKCS#11 2.40, 4.4.1, notes 10 to 12). */
CK_RV
pena_mod_change_made_object (PenaModObject *object, const PenaModTemplate *template)
{
    if (!pena_mod_object_is (object, CKA_MODIFIABLE))
        return CKR_ACTION_PROHIBITED;
    for (CK_ULONG i = 0; i < template->count; i++) {
        const CK_ATTRIBUTE *attribute = &template->attributes[i];
        gboolean truth = attribute->ulValueLen == 1 && *(const CK_BBOOL *)attribute->pValue != CK_FALSE;
        gboolean may = attribute->type == CKA_LABEL || attribute->type == CKA_ID ||
                       (attribute->type == CKA_SENSITIVE && truth) ||
                       (attribute->type == CKA_EXTRACTABLE && attribute->ulValueLen == 1 && !truth);
        if (!may)
            return CKR_ATTRIBUTE_READ_ONLY;
    }
    for (CK_ULONG i = 0; i < template->count; i++)
        pena_mod_object_set (object, template->attributes[i].type, template->attributes[i].pValue,
                             template->attributes[i].ulValueLen);
    return CKR_OK;
}
