/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the prompt says
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Whatever comes from outside is hostile: the functions here clean it. */
typedef struct {
    const gchar *document; /* its name; NULL or "" when it has none */
    guint64 size;
    gint64 pages;         /* negative: not a PDF */
    guint certify;        /* 0: a signature among others; 1 to 3: a certification of that level */
    const guint8 *sha256; /* 32 bytes */
    const gchar *application;
    const gchar *holder, *title, *unit; /* of the certificate; NULL when absent */
    gint64 not_after;                   /* seconds since 1970 */
    const gchar *token, *serial;
    gint tries_left; /* negative: not known */
    gboolean tries_low;
    gboolean pinpad;
} PenaPromptFacts;

/* What is being signed, with what, for whom: lines, UTF-8, in the language in force. Short enough for one
 * line of the pinentry protocol once escaped, whatever the facts hold. Transfer full. */
gchar *pena_prompt_text_describe (const PenaPromptFacts *facts);
/* Asks whether to spend the last try. Transfer full. */
gchar *pena_prompt_text_last_try (const PenaPromptFacts *facts);
/* Said above the next try, when the length was one that no card takes. Static. */
const gchar *pena_prompt_text_impossible (void);
/* Said above the next try. Transfer full. */
gchar *pena_prompt_text_wrong (gint tries_left);

/* Text from outside, fit to be shown on one line: controls, direction marks and other invisible characters
 * gone, '<' and '>' replaced, no piles of accents, cut in the middle when it would need more than max_bytes
 * escaped. Transfer full. */
gchar *pena_prompt_clean (const gchar *text, gsize max_bytes);

/* The longest argument of a pinentry command. */
#define PENA_PROMPT_ARGUMENT_MAX 980
/* Percent-escapes what Assuan needs escaped; cut at a whole character to PENA_PROMPT_ARGUMENT_MAX bytes.
 * Transfer full. */
gchar *pena_prompt_escape (const gchar *text);
