/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which certificate signs
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* NULL when a signature may be made with this certificate (DER) now, else why not; transfer full. */
typedef GError *(*PenaUsableFunc) (GBytes *certificate, gpointer user_data);

/* The credential (a{sv}, as ListTokens gives it) that signs: the one with this id, or, when id is NULL, the
 * only one that can. TOKEN_MISSING, TOKEN_AMBIGUOUS, CREDENTIAL_MISSING, CREDENTIAL_UNKNOWN, KEY_UNSUPPORTED,
 * or what usable answered. Transfer full. */
GVariant *pena_choice_credential (GVariant *tokens, const gchar *id, PenaUsableFunc usable,
                                  gpointer user_data, GError **error);
/* The certificate of a credential: DER, transfer full; NULL when it has none. */
GBytes *pena_choice_dup_certificate (GVariant *credential);
