/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which passphrases are good enough for new ones
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-config.h"
#include "pena-secret.h"

/* What a token and the configuration want of a new passphrase or PUK. Lengths in bytes. */
typedef struct {
    gsize min, max;    /* of the token */
    gsize own_min;     /* of the configuration */
    guint different;   /* characters */
    gboolean no_dates; /* as birthdays are written */
    guint needed;      /* 1 << PenaPassphraseClass */
} PenaTokenRules;

/* What the configuration says; the token's lengths are left as they are. FALSE with CONFIG_INVALID when it names a class of
 * characters that there is not. */
gboolean pena_token_rules_configure (PenaTokenRules *self, const PenaConfig *config, GError **error);

/* Why a passphrase is not good enough for a new one, NULL when it is. old may be NULL. Static. */
const gchar *pena_token_judge_passphrase (const PenaSecret *secret, const PenaTokenRules *rules,
                                          const PenaSecret *old);
