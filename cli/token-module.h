/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module in the process of the command line tool, and the tokens that it sees
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-pkcs11.h>

#include "cli.h"
#include "pena-secret.h"

typedef struct {
    void *library;
    CK_FUNCTION_LIST *p11;
    const PENA_VENDOR_FUNCTIONS *vendor;
    GPtrArray *tokens; /* of PenaToken */
} PenaTokenModule;

typedef struct {
    const PenaTokenModule *module; /* borrowed */
    CK_SLOT_ID slot;
    CK_TOKEN_INFO info;
    gchar *label, *serial, *model, *manufacturer; /* as the token has them: a stranger wrote them */
    gchar *reader;
    CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
} PenaToken;

/* What CK_TOKEN_INFO calls the kinds that are treated differently. */
#define PENA_TOKEN_PIV "PIV"
#define PENA_TOKEN_OPENPGP "OpenPGP card"
/* Of resetting code and PW3 (4.3). */
#define PENA_TOKEN_OPENPGP_LONG_MIN 8

/* Loads the module that $PENA_MODULE names, else the installed one, and lists the tokens. NULL with REQUEST_INVALID when it
 * cannot be loaded, READER_SERVICE_DOWN when nothing can be seen. Blocks as long as readers do. */
PenaTokenModule *pena_token_module_open (GError **error);
void pena_token_module_free (PenaTokenModule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTokenModule, pena_token_module_free)

/* The token of this serial or label, or for NULL the only one there is; else TOKEN_MISSING, TOKEN_UNKNOWN or
 * TOKENS_SEVERAL. Borrowed. */
PenaToken *pena_token_choose (PenaTokenModule *self, const gchar *name, GError **error);

/* Serial and label as they are now, after something that changes them. */
void pena_token_refresh (PenaToken *self);

/* A session that may write; the module's end closes it. */
gboolean pena_token_begin (PenaToken *self, GError **error);
void pena_token_end (PenaToken *self);

/* Tries left of PENA_PIN_USER and so on, asked of the token. */
#define PENA_TOKEN_TRIES_UNKNOWN -1
#define PENA_TOKEN_NO_PIN -2
gint pena_token_get_tries (const PenaToken *self, CK_ULONG whose);

/* Whose secret was given, which decides what CKR_PIN_* means. */
typedef enum { PENA_TOKEN_USER, PENA_TOKEN_PUK, PENA_TOKEN_ADMIN } PenaTokenSecret;
/* TRUE for CKR_OK; else FALSE, and the error that says what the answer means to a person. */
gboolean pena_token_check (const PenaToken *self, CK_RV rv, PenaTokenSecret whose, GError **error);

/* A certificate or key with this CKA_ID: CK_INVALID_HANDLE when there is none, FALSE when that could not be found out. */
gboolean pena_token_find (const PenaToken *self, CK_OBJECT_CLASS class, guint8 id,
                          CK_OBJECT_HANDLE *ret_object, GError **error);
/* All of a class; handles. Transfer full. NULL with an error. */
GArray *pena_token_find_all (const PenaToken *self, CK_OBJECT_CLASS class, GError **error);
/* One attribute of at most 64 KiB. Transfer full; NULL when it is not there. */
GBytes *pena_token_get_attribute (const PenaToken *self, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
