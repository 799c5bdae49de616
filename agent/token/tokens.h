/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens that are plugged in and the certificates on them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "modules.h"
#include "objects.h"

typedef struct {
    gchar *id; /* first 32 hex digits of SHA-256 over the certificate */
    gchar *label;
    GBytes *certificate; /* DER */
    GPtrArray *chain;    /* of GBytes: certificates on the token up to the root, as far as they are there */
    gchar *key;          /* "rsa2048", "p256", ... */
    GBytes *key_id;      /* CKA_ID */
    CK_OBJECT_HANDLE object;      /* the certificate's */
    CK_OBJECT_HANDLE private_key; /* CK_INVALID_HANDLE: shown only after login */
    gboolean can_sign;
    gboolean pss; /* and with RSASSA-PSS too */
    gboolean always_authenticate;
    gboolean seen; /* elsewhere: another one speaks for the same certificate */
} PenaCredential;

typedef struct {
    const PenaModule *module;
    CK_SLOT_ID slot;
    PenaSession
        session; /* stays open: a module that must look the card up again sends it dozens of commands */
    CK_TOKEN_INFO info;
    CK_OBJECT_HANDLE pin_object; /* CK_INVALID_HANDLE: the module has none */
    gchar *label, *serial, *manufacturer, *model, *reader;
    GPtrArray *credentials; /* of PenaCredential */
} PenaToken;

/* What is known of the user PIN. */
typedef enum {
    PENA_PIN_OK,
    PENA_PIN_LOW,
    PENA_PIN_FINAL_TRY,
    PENA_PIN_BLOCKED,
} PenaPinState;
#define PENA_TRIES_UNKNOWN (-1)

typedef struct _PenaTokens PenaTokens;

/* Loads the modules at the first refresh, not now. names: as pena_modules_new. Every other call needs the
 * lock: PKCS#11 is spoken by one thread at a time, and what the getters return lives until the next refresh.
 */
PenaTokens *pena_tokens_new (const gchar *const *names);
void pena_tokens_free (PenaTokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTokens, pena_tokens_free)
void pena_tokens_lock (PenaTokens *self);
void pena_tokens_unlock (PenaTokens *self);

/* Looks what is plugged in. Only tokens that are new are read; of the others the state of the PIN is asked of
 * the module. No token at all is no error, unless it is because pcscd does not run (READER_SERVICE_DOWN), or because
 * what is plugged in cannot be read: then it is the error of that. */
gboolean pena_tokens_refresh (PenaTokens *self, GError **error);
/* Of PenaToken; borrowed. Those that show something which no token before them does. */
const GPtrArray *pena_tokens_get (const PenaTokens *self);
/* Borrowed. TOKEN_MISSING when nothing is plugged in, CREDENTIAL_UNKNOWN when no token has it. */
PenaCredential *pena_tokens_find (const PenaTokens *self, const gchar *id, PenaToken **ret_token,
                                  GError **error);

/* Asks the module again. */
gboolean pena_token_update (PenaToken *self, GError **error);
PenaPinState pena_token_get_pin (const PenaToken *self, gint *ret_tries_left);
gboolean pena_token_has_pinpad (const PenaToken *self);
/* Ends all that is going on in the session, at no cost on the card, and opens another. TOKEN_REMOVED when there
 * was none any more: the next refresh reads the token anew. */
gboolean pena_token_reopen (PenaToken *self, GError **error);
