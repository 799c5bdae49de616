/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a main loop that signals give up
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

/* What runs in the loop is to be given up when `cancellable` is cancelled: SIGINT, SIGTERM or SIGHUP came, and cli->signal
 * says which. */
typedef struct {
    PenaCli *cli;
    GMainLoop *loop;
    GCancellable *cancellable;
    GAsyncResult *result; /* of the one call that is waited for, or NULL */
    guint sources[3];
} PenaCliWait;

void pena_cli_wait_begin (PenaCliWait *self, PenaCli *cli);
void pena_cli_wait_end (PenaCliWait *self);

/* Closes the standard input of a program that was started with pipes for it and for standard error, and waits for its end.
 * What it complained of goes to *ret_errors (UTF-8, transfer full). FALSE when it does not exit with 0, or cli->signal is set:
 * it may still run then. */
gboolean pena_cli_end_program (PenaCli *cli, GSubprocess *process, gchar **ret_errors);
