/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pairs of certificate and private key on a token
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "tokens.h"

/* All certificates of the token that belong to a key, also those that cannot sign (they say so). Of
 * PenaCredential; transfer full. */
GPtrArray *pena_credentials_read (const PenaSession *session, CK_SLOT_ID slot, GError **error);
/* The mechanism with which Pena uses a key of this name ("rsa2048", "p256"). FALSE for others. */
gboolean pena_credential_mechanism (const gchar *key, CK_MECHANISM_TYPE *ret_mechanism);
