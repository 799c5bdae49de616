/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: logging in, one signature, logging out
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-scheme.h"
#include "pena-secret.h"
#include "tokens.h"

typedef struct {
    PenaToken *token;
    PenaCredential *credential;
    const PenaSigningScheme *scheme; /* fits the key and the token */
    GBytes *to_be_signed;
    const PenaSecret *passphrase; /* NULL: it is typed on the reader */
    void (*progress) (const gchar *stage, gpointer user_data);
    gpointer user_data;
} PenaCardUse;

/* With the lock of the tokens held. Progress says "signing" once the passphrase was right. PIN_WRONG,
 * PIN_BLOCKED, PIN_INVALID, TOKEN_REMOVED, TOKEN_FAILED. Nobody is logged in afterwards. Transfer full. */
GBytes *pena_card_use (const PenaCardUse *use, GError **error);

/* r and s side by side, as PKCS#11 gives them, as ECDSA-Sig-Value DER. NULL when the length is odd or
 * impossible. Transfer full. */
GBytes *pena_ecdsa_to_der (const guint8 *raw, gsize length);
