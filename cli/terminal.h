/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the terminal, which the prompt for the passphrase may use while we wait
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <signal.h>
#include <termios.h>

typedef struct {
    gint fd; /* -1: no terminal */
    struct termios modes;
    struct sigaction on_stop;
} PenaCliTerminal;

/* The name of the terminal that a prompt may use: one of the standard streams, unless it is in another
 * program's hands because we run in the background. NULL when there is none; borrowed until the next call. */
const gchar *pena_cli_find_terminal (void);

/* From here on a prompt may have the terminal. Ctrl-Z would give it to the shell at the same time, and is
 * ignored. */
void pena_cli_terminal_lend (PenaCliTerminal *ret_terminal);
/* Waits until the prompt has given the terminal back, for a moment; then it is taken. Without this the shell
 * would go on with a terminal without echo when an interrupt ended the prompt, or with one that the prompt
 * restores under its hands. */
void pena_cli_terminal_take_back (PenaCliTerminal *terminal);
