/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens that are plugged in
 * Copyright (C) 2026 the Pena authors */
#include "tokens.h"

#include <pena/pena-pkcs11.h>
#include <string.h>

#include "credentials.h"
#include "rv.h"

#define SLOTS_MAX 32

struct _PenaTokens {
    gchar **names;
    PenaModules *modules; /* NULL before the first refresh */
    GPtrArray *tokens;    /* all; owned */
    GPtrArray *shown;     /* those of them that others see */
    GMutex lock;
};

static void
token_free (PenaToken *token)
{
    if (token->session.handle != CK_INVALID_HANDLE)
        token->session.functions->C_CloseSession (token->session.handle);
    g_free (token->label);
    g_free (token->serial);
    g_free (token->manufacturer);
    g_free (token->model);
    g_free (token->reader);
    g_clear_pointer (&token->credentials, g_ptr_array_unref);
    g_free (token);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaToken, token_free)

PenaTokens *
pena_tokens_new (const gchar *const *names)
{
    PenaTokens *self = g_new0 (PenaTokens, 1);

    self->names = g_strdupv ((gchar **)names);
    self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify)token_free);
    self->shown = g_ptr_array_new ();
    g_mutex_init (&self->lock);
    return self;
}

void
pena_tokens_free (PenaTokens *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->shown);
    g_ptr_array_unref (self->tokens);
    pena_modules_free (self->modules);
    g_strfreev (self->names);
    g_mutex_clear (&self->lock);
    g_free (self);
}

void
pena_tokens_lock (PenaTokens *self)
{
    g_mutex_lock (&self->lock);
}

void
pena_tokens_unlock (PenaTokens *self)
{
    g_mutex_unlock (&self->lock);
}

const GPtrArray *
pena_tokens_get (const PenaTokens *self)
{
    return self->shown;
}

/* Cryptoki's strings have a fixed length and blanks at the end. */
static gchar *
padded (const guint8 *text, gsize length)
{
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\0'))
        length--;
    return g_utf8_make_valid ((const gchar *)text, (gssize)length);
}

/* The new one is opened first: with the last session modules forget their objects. */
gboolean
pena_token_reopen (PenaToken *self, GError **error)
{
    CK_SESSION_HANDLE before = self->session.handle;
    CK_SESSION_INFO info;
    CK_RV rv = CKR_OK;

    /* With its session went all that was known of the token: what is in the slot now may be another. */
    if (before != CK_INVALID_HANDLE)
        rv = self->module->functions->C_GetSessionInfo (before, &info);
    if (rv == CKR_OK)
        rv = self->module->functions->C_OpenSession (self->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                                     &self->session.handle);
    if (rv != CKR_OK)
        self->session.handle = CK_INVALID_HANDLE;
    if (before != CK_INVALID_HANDLE)
        self->module->functions->C_CloseSession (before);
    return pena_rv_check (rv, "C_OpenSession", error);
}

gboolean
pena_token_update (PenaToken *self, GError **error)
{
    return pena_rv_check (self->module->functions->C_GetTokenInfo (self->slot, &self->info), "C_GetTokenInfo",
                          error);
}

static gboolean
describe (PenaToken *self, GError **error)
{
    CK_SLOT_INFO slot;

    if (!pena_rv_check (self->module->functions->C_GetSlotInfo (self->slot, &slot), "C_GetSlotInfo", error) ||
        !pena_token_update (self, error))
        return FALSE;
    self->reader = padded (slot.slotDescription, sizeof slot.slotDescription);
    self->label = padded (self->info.label, sizeof self->info.label);
    self->serial = padded (self->info.serialNumber, sizeof self->info.serialNumber);
    self->manufacturer = padded (self->info.manufacturerID, sizeof self->info.manufacturerID);
    self->model = padded (self->info.model, sizeof self->info.model);
    return TRUE;
}

/* Only Pena's own module has it. */
static CK_OBJECT_HANDLE
find_pin_object (const PenaSession *session)
{
    CK_OBJECT_CLASS object_class = CKO_HW_FEATURE;
    CK_HW_FEATURE_TYPE type = CKH_PENA_PIN;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &object_class, sizeof object_class},
                             {CKA_HW_FEATURE_TYPE, &type, sizeof type}};
    g_autoptr (GArray) found = pena_objects_find (session, wanted, G_N_ELEMENTS (wanted), NULL);

    return found != NULL && found->len > 0 ? g_array_index (found, CK_OBJECT_HANDLE, 0) : CK_INVALID_HANDLE;
}

static PenaToken *
read_token (const PenaModule *module, CK_SLOT_ID slot, GError **error)
{
    g_autoptr (PenaToken) self = g_new0 (PenaToken, 1);

    self->module = module;
    self->slot = slot;
    self->session.functions = module->functions;
    if (!describe (self, error))
        return NULL;
    if ((self->info.flags & CKF_TOKEN_INITIALIZED) == 0) {
        self->credentials = g_ptr_array_new ();
        return g_steal_pointer (&self);
    }
    if (!pena_token_reopen (self, error))
        return NULL;
    self->credentials = pena_credentials_read (&self->session, slot, error);
    if (self->credentials == NULL)
        return NULL;
    self->pin_object = find_pin_object (&self->session);
    /* Whoever has looked for that object is told more of the PIN than before. */
    return pena_token_update (self, error) ? g_steal_pointer (&self) : NULL;
}

/* A session outlives neither its token nor a change of it. */
static gboolean
is_still_there (PenaToken *self)
{
    CK_SESSION_INFO session;
    CK_TOKEN_INFO before = self->info;

    return self->session.handle != CK_INVALID_HANDLE &&
           self->module->functions->C_GetSessionInfo (self->session.handle, &session) == CKR_OK &&
           pena_token_update (self, NULL) &&
           memcmp (before.serialNumber, self->info.serialNumber, sizeof before.serialNumber) == 0 &&
           memcmp (before.label, self->info.label, sizeof before.label) == 0;
}

/* Transfer full; removed from `old`. */
static PenaToken *
take_known (GPtrArray *old, const PenaModule *module, CK_SLOT_ID slot)
{
    for (guint i = 0; i < old->len; i++) {
        PenaToken *token = old->pdata[i];
        if (token->module == module && token->slot == slot)
            return g_ptr_array_steal_index (old, i);
    }
    return NULL;
}

/* The first token that cannot be read leaves its error in *trouble. */
static void
add_slot (PenaTokens *self, GPtrArray *old, const PenaModule *module, CK_SLOT_ID slot, GError **trouble)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaToken) token = take_known (old, module, slot);

    if (token != NULL && !is_still_there (token))
        g_clear_pointer (&token, token_free);
    if (token == NULL)
        token = read_token (module, slot, &error);
    if (token != NULL)
        g_ptr_array_add (self->tokens, g_steal_pointer (&token));
    else if (pena_error_code (error) != PENA_ERROR_TOKEN_REMOVED) {
        g_message ("module '%s', slot %lu: %s", module->name, slot, error->message);
        if (*trouble == NULL)
            *trouble = g_steal_pointer (&error);
    }
}

static void
add_module (PenaTokens *self, GPtrArray *old, const PenaModule *module, GError **trouble)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_RV rv = module->functions->C_GetSlotList (CK_TRUE, slots, &count);

    if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
        g_message ("module '%s' does not list its slots (0x%lX)", module->name, rv);
    for (CK_ULONG i = 0; rv == CKR_OK && i < MIN (count, SLOTS_MAX); i++)
        add_slot (self, old, module, slots[i], trouble);
}

/* Of the first token that has it: the first that can sign, else the first. */
static const PenaCredential *
find_speaker (const GPtrArray *tokens, const gchar *id)
{
    const PenaCredential *first = NULL;

    for (guint i = 0; i < tokens->len && first == NULL; i++) {
        const PenaToken *token = tokens->pdata[i];
        for (guint j = 0; j < token->credentials->len; j++) {
            const PenaCredential *credential = token->credentials->pdata[j];
            if (!g_str_equal (credential->id, id))
                continue;
            if (credential->can_sign)
                return credential;
            first = first != NULL ? first : credential;
        }
    }
    return first;
}

/* The same card seen through a second module, or one certificate in two places of a card: each certificate is
 * shown once, and a token left without any of its own is not. Their sessions stay: reading a card anew each time
 * would be expensive. */
static void
choose_shown (PenaTokens *self)
{
    g_ptr_array_set_size (self->shown, 0);
    for (guint i = 0; i < self->tokens->len; i++) {
        PenaToken *token = self->tokens->pdata[i];
        gboolean all_seen = token->credentials->len > 0;
        for (guint j = 0; j < token->credentials->len; j++) {
            PenaCredential *credential = token->credentials->pdata[j];
            credential->seen = find_speaker (self->tokens, credential->id) != credential;
            all_seen = all_seen && credential->seen;
        }
        if (!all_seen)
            g_ptr_array_add (self->shown, token);
    }
}

/* What has happened in the slots is told first, one at a time. */
static gboolean
service_is_down (const PenaModule *module)
{
    CK_SLOT_ID slot;
    CK_RV rv = CKR_OK;

    for (guint i = 0; i < SLOTS_MAX && rv == CKR_OK; i++)
        rv = module->functions->C_WaitForSlotEvent (CKF_DONT_BLOCK, &slot, NULL);
    return rv == CKR_PENA_READER_SERVICE_DOWN;
}

static gboolean
check_reader_service (PenaTokens *self, GError **error)
{
    const GPtrArray *modules = pena_modules_get (self->modules);

    for (guint i = 0; i < modules->len; i++)
        if (service_is_down (modules->pdata[i]))
            return pena_rv_check (CKR_PENA_READER_SERVICE_DOWN, "no readers", error);
    return TRUE;
}

gboolean
pena_tokens_refresh (PenaTokens *self, GError **error)
{
    g_autoptr (GPtrArray) old = NULL;
    g_autoptr (GError) trouble = NULL;

    if (self->modules == NULL)
        self->modules = pena_modules_new ((const gchar *const *)self->names, error);
    if (self->modules == NULL)
        return FALSE;
    const GPtrArray *modules = pena_modules_get (self->modules);
    g_ptr_array_set_size (self->shown, 0);
    old = g_steal_pointer (&self->tokens);
    self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify)token_free);
    for (guint i = 0; i < modules->len; i++)
        add_module (self, old, modules->pdata[i], &trouble);
    choose_shown (self);
    if (self->tokens->len == 0 && trouble != NULL) {
        g_propagate_error (error, g_steal_pointer (&trouble));
        return FALSE;
    }
    return self->tokens->len > 0 || check_reader_service (self, error);
}

PenaCredential *
pena_tokens_find (const PenaTokens *self, const gchar *id, PenaToken **ret_token, GError **error)
{
    for (guint i = 0; i < self->tokens->len; i++) {
        PenaToken *token = self->tokens->pdata[i];
        for (guint j = 0; j < token->credentials->len; j++) {
            PenaCredential *credential = token->credentials->pdata[j];
            if (!credential->seen && g_str_equal (credential->id, id)) {
                *ret_token = token;
                return credential;
            }
        }
    }
    if (self->tokens->len == 0)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_TOKEN_MISSING, "no token");
    else
        g_set_error (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_UNKNOWN, "no token holds %.32s", id);
    return NULL;
}

/* Pena's own module can tell the number; of others only the flags are known. */
PenaPinState
pena_token_get_pin (const PenaToken *self, gint *ret_tries_left)
{
    CK_FLAGS flags = self->info.flags;
    gulong tries = CK_UNAVAILABLE_INFORMATION;

    if (self->pin_object != CK_INVALID_HANDLE)
        pena_object_get_ulong (&self->session, self->pin_object, CKA_PENA_PIN_TRIES_LEFT, &tries);
    if ((flags & CKF_USER_PIN_LOCKED) != 0)
        tries = 0;
    else if ((flags & CKF_USER_PIN_FINAL_TRY) != 0)
        tries = 1;
    *ret_tries_left = tries <= 255 ? (gint)tries : PENA_TRIES_UNKNOWN;
    if (tries == 0)
        return PENA_PIN_BLOCKED;
    if (tries == 1)
        return PENA_PIN_FINAL_TRY;
    return (flags & CKF_USER_PIN_COUNT_LOW) != 0 ? PENA_PIN_LOW : PENA_PIN_OK;
}

gboolean
pena_token_has_pinpad (const PenaToken *self)
{
    return (self->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}
