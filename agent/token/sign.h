/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one signature: the question, the passphrase, the card
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "prompt-text.h"
#include "prompt.h"
#include "tokens.h"

/* What Sign was called with. Strings are never NULL. */
typedef struct {
    gchar *credential, *scheme;
    GBytes *to_be_signed;
    gchar *document, *application, *tty, *term, *display;
    guint64 size;
    gint64 pages; /* negative: not a PDF */
    guint certify;
    guint8 sha256[32];
    /* Of the configuration; borrowed. */
    const gchar *program;
    guint timeout;
    /* Called from the signing thread, with "asking" or "signing". */
    void (*progress) (const gchar *stage, gpointer user_data);
    gpointer user_data;
} PenaSigning;

/* Asks the holder and signs; blocks. RSA octets or ECDSA-Sig-Value DER. The texts come in the language in
 * force. *kept, which may be NULL, is the prompt of the signature before, and becomes this one's; NULL when none was made: who
 * refuses gets a prompt that knows nothing of it. */
GBytes *pena_sign (PenaTokens *tokens, const PenaSigning *signing, PenaPrompt **kept,
                   GCancellable *cancellable, GError **error);
