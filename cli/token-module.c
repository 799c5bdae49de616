/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module in the process of the command line tool, and the tokens that it sees
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "token-module.h"

#include <dlfcn.h>
#include <string.h>

#include "pena-text.h"

#define MODULE_FILE "pena-pkcs11.so"
/* The largest object that is read; cards hold certificates of a few KiB. */
#define ATTRIBUTE_MAX 65536
#define OBJECTS_MAX 256

static void
token_free (gpointer data)
{
    PenaToken *self = data;

    g_free (self->label);
    g_free (self->serial);
    g_free (self->model);
    g_free (self->manufacturer);
    g_free (self->reader);
    g_free (self);
}

/* --- loading --- */

static gboolean
fail_load (const gchar *what, GError **error)
{
    g_autofree gchar *reason = g_strdup_printf (_ ("the PKCS#11 module of Pena cannot be used: %s"), what);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
load (PenaTokenModule *self, GError **error)
{
    const gchar *named = g_getenv ("PENA_MODULE");
    CK_RV (*get_list) (CK_FUNCTION_LIST * *list);
    CK_RV (*get_interface)
    (CK_UTF8CHAR * name, CK_VERSION * version, CK_INTERFACE * *interface, CK_FLAGS flags);
    CK_VERSION version = {1, 0};
    CK_INTERFACE *interface = NULL;

    self->library = dlopen (named != NULL ? named : P11_MODULE_PATH "/" MODULE_FILE, RTLD_NOW | RTLD_LOCAL);
    if (self->library == NULL)
        return fail_load (dlerror (), error);
    *(void **)&get_list = dlsym (self->library, "C_GetFunctionList");
    *(void **)&get_interface = dlsym (self->library, "C_GetInterface");
    if (get_list == NULL || get_interface == NULL || get_list (&self->p11) != CKR_OK ||
        get_interface ((CK_UTF8CHAR *)PENA_INTERFACE_NAME, &version, &interface, 0) != CKR_OK)
        return fail_load (_ ("it is another module, or an older one"), error);
    self->vendor = interface->pFunctionList;
    CK_RV rv = self->p11->C_Initialize (NULL);
    if (rv == CKR_OK)
        return TRUE;
    self->p11 = NULL; /* nothing to finalize */
    g_autofree gchar *what = g_strdup_printf ("CKR 0x%lx", rv);
    return fail_load (what, error);
}

/* --- listing --- */

static gchar *
dup_padded (const guint8 *field, gsize size)
{
    g_autofree gchar *text = g_strndup ((const gchar *)field, size);

    return g_utf8_make_valid (g_strchomp (text), -1);
}

/* What is no token of ours is passed over: another module knows it. FALSE when the token does not work. */
static gboolean
add_token (PenaTokenModule *self, CK_SLOT_ID slot)
{
    CK_SLOT_INFO where;
    CK_TOKEN_INFO info;

    CK_RV rv = self->p11->C_GetTokenInfo (slot, &info);
    if (rv != CKR_OK || self->p11->C_GetSlotInfo (slot, &where) != CKR_OK)
        return rv != CKR_DEVICE_ERROR;
    PenaToken *token = g_new0 (PenaToken, 1);
    *token = (PenaToken){
        .module = self,
        .slot = slot,
        .info = info,
        .label = dup_padded (info.label, sizeof info.label),
        .serial = dup_padded (info.serialNumber, sizeof info.serialNumber),
        .model = dup_padded (info.model, sizeof info.model),
        .manufacturer = dup_padded (info.manufacturerID, sizeof info.manufacturerID),
        .reader = dup_padded (where.slotDescription, sizeof where.slotDescription),
    };
    g_ptr_array_add (self->tokens, token);
    return TRUE;
}

static gboolean
list (PenaTokenModule *self, GError **error)
{
    CK_SLOT_ID slots[64], event;
    CK_ULONG count = G_N_ELEMENTS (slots);
    gboolean all_work = TRUE;

    if (self->p11->C_GetSlotList (CK_TRUE, slots, &count) != CKR_OK)
        count = 0;
    for (CK_ULONG i = 0; i < count; i++)
        all_work = add_token (self, slots[i]) && all_work;
    if (self->tokens->len == 0 && !all_work) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the only token does not answer");
        return FALSE;
    }
    if (count == 0 &&
        self->p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &event, NULL) == CKR_PENA_READER_SERVICE_DOWN) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_READER_SERVICE_DOWN, "pcscd does not answer");
        return FALSE;
    }
    return TRUE;
}

PenaTokenModule *
pena_token_module_open (GError **error)
{
    g_autoptr (PenaTokenModule) self = g_new0 (PenaTokenModule, 1);

    self->tokens = g_ptr_array_new_with_free_func (token_free);
    return load (self, error) && list (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pena_token_module_free (PenaTokenModule *self)
{
    if (self->p11 != NULL)
        self->p11->C_Finalize (NULL);
    if (self->library != NULL)
        dlclose (self->library);
    g_ptr_array_unref (self->tokens);
    g_free (self);
}

PenaToken *
pena_token_choose (PenaTokenModule *self, const gchar *name, GError **error)
{
    PenaToken *found = NULL;
    guint matches = 0;

    for (guint i = 0; i < self->tokens->len; i++) {
        PenaToken *token = self->tokens->pdata[i];
        if (name != NULL && g_ascii_strcasecmp (token->serial, name) != 0 &&
            !g_str_equal (token->label, name))
            continue;
        found = token;
        matches++;
    }
    if (matches == 1)
        return found;
    PenaErrorCode code = matches > 1              ? PENA_ERROR_TOKENS_SEVERAL
                         : self->tokens->len == 0 ? PENA_ERROR_TOKEN_MISSING
                                                  : PENA_ERROR_TOKEN_UNKNOWN;
    GError *made = g_error_new_literal (PENA_ERROR, code, "no choice");
    if (name != NULL)
        pena_error_set_string (made, "name", name);
    g_propagate_error (error, made);
    return NULL;
}

void
pena_token_refresh (PenaToken *self)
{
    CK_TOKEN_INFO info;

    if (self->module->p11->C_GetTokenInfo (self->slot, &info) != CKR_OK)
        return;
    g_free (self->label);
    g_free (self->serial);
    self->label = dup_padded (info.label, sizeof info.label);
    self->serial = dup_padded (info.serialNumber, sizeof info.serialNumber);
    self->info = info;
}

gboolean
pena_token_begin (PenaToken *self, GError **error)
{
    CK_RV rv = self->module->p11->C_OpenSession (self->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                                                 &self->session);
    return pena_token_check (self, rv, PENA_TOKEN_USER, error);
}

void
pena_token_end (PenaToken *self)
{
    if (self->session != CK_INVALID_HANDLE)
        self->module->p11->C_CloseSession (self->session);
    self->session = CK_INVALID_HANDLE;
}

/* --- what answers mean --- */

gint
pena_token_get_tries (const PenaToken *self, CK_ULONG whose)
{
    CK_ULONG tries = CK_UNAVAILABLE_INFORMATION;

    if (self->module->vendor->get_tries (self->slot, whose, &tries) == CKR_FUNCTION_NOT_SUPPORTED)
        return PENA_TOKEN_NO_PIN;
    return tries <= G_MAXUINT8 ? (gint)tries : PENA_TOKEN_TRIES_UNKNOWN;
}

static const struct {
    CK_ULONG tries_of;
    PenaErrorCode wrong, blocked;
} secrets[] = {
    [PENA_TOKEN_USER] = {PENA_PIN_USER, PENA_ERROR_PIN_WRONG, PENA_ERROR_PIN_BLOCKED},
    [PENA_TOKEN_PUK] = {PENA_PIN_RESET, PENA_ERROR_PUK_WRONG, PENA_ERROR_PUK_BLOCKED},
    [PENA_TOKEN_ADMIN] = {PENA_PIN_ADMIN, PENA_ERROR_ADMIN_WRONG, PENA_ERROR_ADMIN_BLOCKED},
};

static PenaErrorCode
code_for (CK_RV rv, PenaTokenSecret whose)
{
    static const struct {
        CK_RV rv;
        PenaErrorCode code;
    } rows[] = {
        {CKR_FUNCTION_REJECTED, PENA_ERROR_PIN_LAST_TRY},
        {CKR_PIN_LEN_RANGE, PENA_ERROR_PIN_INVALID},
        {CKR_PIN_INVALID, PENA_ERROR_PIN_INVALID},
        {CKR_USER_NOT_LOGGED_IN, PENA_ERROR_ADMIN_REQUIRED},
        {CKR_FUNCTION_NOT_SUPPORTED, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_TOKEN_WRITE_PROTECTED, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_MECHANISM_INVALID, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_CURVE_NOT_SUPPORTED, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_KEY_SIZE_RANGE, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_ATTRIBUTE_VALUE_INVALID, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED},
        {CKR_DEVICE_MEMORY, PENA_ERROR_TOKEN_FULL},
        {CKR_DEVICE_REMOVED, PENA_ERROR_TOKEN_REMOVED},
        {CKR_TOKEN_NOT_PRESENT, PENA_ERROR_TOKEN_MISSING},
        {CKR_FUNCTION_CANCELED, PENA_ERROR_CANCELLED},
        {CKR_ACTION_PROHIBITED, PENA_ERROR_KEY_PLACE_TAKEN},
        {CKR_DEVICE_ERROR, PENA_ERROR_TOKEN_FAILED},
    };

    if (rv == CKR_PIN_INCORRECT)
        return secrets[whose].wrong;
    if (rv == CKR_PIN_LOCKED)
        return secrets[whose].blocked;
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].rv == rv)
            return rows[i].code;
    return PENA_ERROR_INTERNAL;
}

gboolean
pena_token_check (const PenaToken *self, CK_RV rv, PenaTokenSecret whose, GError **error)
{
    if (rv == CKR_OK)
        return TRUE;
    GError *made = g_error_new (PENA_ERROR, (gint)code_for (rv, whose), "CKR 0x%lx", rv);
    if (rv == CKR_PIN_INCORRECT) {
        gint tries = pena_token_get_tries (self, secrets[whose].tries_of);
        if (tries == 0)
            made->code = (gint)secrets[whose].blocked;
        else if (tries > 0)
            pena_error_set_int (made, "attempts_left", tries);
        else
            pena_error_set_string (made, "attempts_left", "?");
    }
    g_propagate_error (error, made);
    return FALSE;
}

/* --- objects --- */

static GArray *
search (const PenaToken *self, CK_ATTRIBUTE *template, CK_ULONG count, GError **error)
{
    CK_FUNCTION_LIST *p11 = self->module->p11;
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    CK_ULONG length = 0;

    CK_RV rv = p11->C_FindObjectsInit (self->session, template, count);
    if (rv == CKR_OK) {
        rv = p11->C_FindObjects (self->session, found, OBJECTS_MAX, &length);
        p11->C_FindObjectsFinal (self->session);
    }
    if (!pena_token_check (self, rv, PENA_TOKEN_USER, error))
        return NULL;
    GArray *handles = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
    return g_array_append_vals (handles, found, (guint)length);
}

GArray *
pena_token_find_all (const PenaToken *self, CK_OBJECT_CLASS class, GError **error)
{
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};

    return search (self, &template, 1, error);
}

gboolean
pena_token_find (const PenaToken *self, CK_OBJECT_CLASS class, guint8 id, CK_OBJECT_HANDLE *ret_object,
                 GError **error)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, &id, sizeof id}};
    g_autoptr (GArray) handles = search (self, template, G_N_ELEMENTS (template), error);

    if (handles == NULL)
        return FALSE;
    *ret_object = handles->len > 0 ? g_array_index (handles, CK_OBJECT_HANDLE, 0) : CK_INVALID_HANDLE;
    return TRUE;
}

GBytes *
pena_token_get_attribute (const PenaToken *self, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
    CK_ATTRIBUTE wanted = {type, NULL, 0};
    CK_FUNCTION_LIST *p11 = self->module->p11;

    if (p11->C_GetAttributeValue (self->session, object, &wanted, 1) != CKR_OK || wanted.ulValueLen == 0 ||
        wanted.ulValueLen > ATTRIBUTE_MAX)
        return NULL;
    g_autofree guint8 *value = g_malloc (wanted.ulValueLen);
    wanted.pValue = value;
    if (p11->C_GetAttributeValue (self->session, object, &wanted, 1) != CKR_OK)
        return NULL;
    return g_bytes_new_take (g_steal_pointer (&value), wanted.ulValueLen);
}
