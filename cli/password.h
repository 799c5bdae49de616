/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the password of an encrypted document, which has nothing to do with the token's passphrase
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

/* As often as one may mistype it. */
#define PENA_CLI_PASSWORD_TRIES 3

/* Gives the client the first line of a file ("-": standard input). A path, so that no process list shows the password. */
gboolean pena_cli_read_document_password (PenaClient *client, const gchar *path, GError **error);

/* An encrypted document failed for want of its password: asks for it on the terminal, without echo, and gives it to the client. FALSE
 * when the failure is another one, or when nobody can be asked or answers. */
gboolean pena_cli_ask_document_password (PenaCli *cli, PenaClient *client, const gchar *document,
                                         const GError *failure);
