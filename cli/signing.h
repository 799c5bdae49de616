/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing on its way, while others may be ahead of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

typedef struct PenaCliSigning PenaCliSigning;

typedef void (*PenaCliSigningFunc) (gpointer user_data);

/* Begins; takes the options. watched: whether it is of interest when the person agrees, or what it is at: libpena asks the agent for
 * that only when somebody listens from the start. */
PenaCliSigning *pena_cli_signing_start (PenaClient *client, const gchar *input, const gchar *output,
                                        PenaSignOptions *options, gboolean watched);
/* Of one that is watched: on_change is called from the main loop when one of the two below has become true. */
void pena_cli_signing_set_on_change (PenaCliSigning *self, PenaCliSigningFunc on_change, gpointer user_data);
/* Whether it is made ready and waits for its prompt, or has got further. */
gboolean pena_cli_signing_is_queued (const PenaCliSigning *self);
/* Whether the person has agreed to it. */
gboolean pena_cli_signing_is_approved (const PenaCliSigning *self);
/* Waits for its end. An interrupt (SIGINT, SIGTERM, SIGHUP) gives it up: cli->signal is set then and the error is
 * PENA_ERROR_CANCELLED. */
PenaSignResult *pena_cli_signing_wait (PenaCliSigning *self, PenaCli *cli, GError **error);
/* Gives up what has not ended. */
void pena_cli_signing_free (PenaCliSigning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCliSigning, pena_cli_signing_free)

const gchar *pena_cli_signing_get_input (const PenaCliSigning *self);
const gchar *pena_cli_signing_get_output (const PenaCliSigning *self);
