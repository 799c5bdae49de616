/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the command line tool
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "pena-text.h"

static gboolean
wants_colour (void)
{
    const gchar *no_colour = g_getenv ("NO_COLOR"), *term = g_getenv ("TERM");
    return isatty (STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0') &&
           g_strcmp0 (term, "dumb") != 0;
}

/* Whoever ends our output early (head, less) has seen what they wanted. */
static gboolean
reader_is_gone (void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll (&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int
main (int argc, char **argv)
{
    pena_text_init ();
    g_set_prgname ("pena");
    /* A full disk and a closed pipe are errors that we tell, not reasons to die in the middle. */
    signal (SIGXFSZ, SIG_IGN);
    signal (SIGPIPE, SIG_IGN);

    PenaCli cli = {.colour = wants_colour (), .talkative = isatty (STDERR_FILENO) != 0};
    gint status = pena_cli_run (&cli, argv);
    if (ferror (stdout) != 0 && !reader_is_gone ()) {
        fprintf (stderr, "pena: %s\n", _ ("the output could not be written as a whole"));
        status = status == PENA_EXIT_DONE ? PENA_EXIT_DOCUMENT : status;
    }
    if (cli.signal != 0) {
        /* Everything is cleaned up; whoever started us must see that it was the signal (a loop of a shell
         * then stops). */
        signal (cli.signal, SIG_DFL);
        raise (cli.signal);
    }
    return status;
}
