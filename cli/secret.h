/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: secrets from a file or from the terminal
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"
#include "pena-secret.h"

/* More than a secret may have, so that one that is too long is told as that by whoever takes it. */
#define PENA_CLI_SECRET_MAX 1023

/* The first line of a file, or of the standard input for "-", without its end. data is terminated. `option` names the file
 * in the error, which is REQUEST_INVALID. Transfer full. */
PenaSecret *pena_cli_read_secret (const gchar *option, const gchar *path, GError **error);

typedef enum {
    PENA_CLI_ANSWERED,
    PENA_CLI_NO_TERMINAL, /* none, or it is in another program's hands */
    PENA_CLI_NO_ANSWER,   /* an empty line, or an interrupt: cli->signal is set then */
} PenaCliAnswer;

/* Asks at the terminal, without echo when it is hidden, and blocks until there is a line. *ret_line (transfer full) is
 * set only with PENA_CLI_ANSWERED. */
PenaCliAnswer pena_cli_ask_line (PenaCli *cli, const gchar *question, gboolean hidden, PenaSecret **ret_line);
