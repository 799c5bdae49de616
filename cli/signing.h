/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing on its way, while another one may be ahead of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

typedef struct PenaCliSigning PenaCliSigning;

typedef void (*PenaCliApprovedFunc) (gpointer user_data);

/* Begins; takes the options. watched: whether it is of interest when the person agrees, or what it is at: libpena asks the agent for
 * that only when somebody listens from the start. */
PenaCliSigning *pena_cli_signing_start (PenaClient *client, const gchar *input, const gchar *output,
                                        PenaSignOptions *options, gboolean watched);
/* Waits for its end. An interrupt (SIGINT, SIGTERM, SIGHUP) gives it up: cli->signal is set then and the error is
 * PENA_ERROR_CANCELLED. on_approved (or NULL) is called once, when the person has agreed, or at once when that was before. */
PenaSignResult *pena_cli_signing_wait (PenaCliSigning *self, PenaCli *cli, PenaCliApprovedFunc on_approved,
                                       gpointer user_data, GError **error);
/* Gives up what has not ended. */
void pena_cli_signing_free (PenaCliSigning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCliSigning, pena_cli_signing_free)

const gchar *pena_cli_signing_get_input (const PenaCliSigning *self);
const gchar *pena_cli_signing_get_output (const PenaCliSigning *self);
