/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a dialogue with pinentry
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-secret.h"

typedef struct _PenaPrompt PenaPrompt;

typedef struct {
    const gchar *program; /* a path, or a name to be found in PATH */
    guint timeout;        /* seconds for each answer */
    /* Where it may be shown; NULL or "" for what is not known. */
    const gchar *tty, *term;
    const gchar *display; /* names of displays with blanks between: X11's hold a ':', others are Wayland's */
} PenaPromptPlace;

/* Texts in UTF-8; NULL for none. */
typedef struct {
    const gchar *description;
    const gchar *error; /* above the entry: why it is asked again */
    const gchar *ok, *cancel;
} PenaPromptDialog;

/* All calls block, and are made by the one thread that opened it: with that the pinentry ends. Cancelling ends it at once:
 * CANCELLED. */

/* Goes on with `take_kept` when it was started at the same place and in the same language, and still answers; ends it otherwise,
 * or when it is NULL, and starts a pinentry. PROMPT_UNAVAILABLE with the cause when there is none or it does not answer. */
PenaPrompt *pena_prompt_open (const PenaPromptPlace *place, PenaPrompt *take_kept, GCancellable *cancellable,
                              GError **error);
void pena_prompt_close (PenaPrompt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPrompt, pena_prompt_close)

/* Starting a pinentry that opens windows takes a tenth of a second and more, which in a run of signatures is waited for before
 * each prompt. So it may be kept for the next one: no dialog is open, nobody's cancelling concerns it, and all our memory that
 * the passphrase was in is wiped. What pinentry does not wipe of its own lives as much longer: at most this many milliseconds. */
#define PENA_PROMPT_KEEP_MAX 1000
/* NULL when it cannot be kept; then it was closed. */
PenaPrompt *pena_prompt_keep (PenaPrompt *take_self);

/* What was typed replaces the contents of `ret_passphrase`, whose capacity is the limit (PIN_INVALID beyond
 * it; it may be asked again then). USER_CANCELLED, PROMPT_TIMEOUT, PROMPT_UNAVAILABLE. */
gboolean pena_prompt_ask (PenaPrompt *self, const PenaPromptDialog *dialog, PenaSecret *ret_passphrase,
                          GError **error);
/* TRUE when the question was answered with the OK button. USER_CANCELLED for any other button, closing
 * included. */
gboolean pena_prompt_confirm (PenaPrompt *self, const PenaPromptDialog *dialog, GError **error);
