/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the token helper's side of org.pena.TokenHelper1
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* Of the command line; borrowed. */
typedef struct {
    const gchar *const *modules; /* NULL: all */
    const gchar *prompt_program;
    guint prompt_timeout;
} PenaServiceSettings;

/* Answers the agent's calls. One signing at a time: a second prompt would hide the first. Cards and
 * prompts are dealt with in other threads, so that Cancel is heard at any time. */
typedef struct _PenaService PenaService;

/* Ends the loop when the agent has gone. */
PenaService *pena_service_new (const PenaServiceSettings *settings, GMainLoop *loop, GError **error);
/* Takes open prompts away; a card in mid-operation is not waited for. */
void pena_service_stop (PenaService *self);
