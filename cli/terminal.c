/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the terminal, which the prompt for the passphrase may use while we wait
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "terminal.h"

#include <string.h>
#include <unistd.h>

/* How long the prompt may take to give the terminal back, and how often we look. */
#define PATIENCE_US (1000 * 1000)
#define STEP_US (5 * 1000)

/* A terminal that is not our controlling one has nobody in the foreground: then it is as good as ours. */
static gboolean
is_ours (gint fd)
{
    pid_t foreground = tcgetpgrp (fd);
    return foreground < 0 || foreground == getpgrp ();
}

static gint
find_descriptor (void)
{
    for (gint fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty (fd) && is_ours (fd))
            return fd;
    return -1;
}

const gchar *
pena_cli_find_terminal (void)
{
    gint fd = find_descriptor ();
    return fd >= 0 ? ttyname (fd) : NULL;
}

void
pena_cli_terminal_lend (PenaCliTerminal *ret_terminal)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    *ret_terminal = (PenaCliTerminal){.fd = find_descriptor ()};
    if (ret_terminal->fd >= 0 && tcgetattr (ret_terminal->fd, &ret_terminal->modes) < 0)
        ret_terminal->fd = -1;
    if (ret_terminal->fd >= 0)
        sigaction (SIGTSTP, &ignore, &ret_terminal->on_stop);
}

static gboolean
is_as_before (const PenaCliTerminal *self)
{
    const struct termios *was = &self->modes;
    struct termios now;

    /* A terminal that went away will not change any more. */
    if (tcgetattr (self->fd, &now) < 0)
        return TRUE;
    return now.c_iflag == was->c_iflag && now.c_oflag == was->c_oflag && now.c_cflag == was->c_cflag &&
           now.c_lflag == was->c_lflag && memcmp (now.c_cc, was->c_cc, sizeof now.c_cc) == 0;
}

void
pena_cli_terminal_take_back (PenaCliTerminal *self)
{
    if (self->fd < 0)
        return;
    for (guint waited = 0; !is_as_before (self) && waited < PATIENCE_US; waited += STEP_US)
        g_usleep (STEP_US);
    if (!is_as_before (self) && is_ours (self->fd))
        tcsetattr (self->fd, TCSADRAIN, &self->modes);
    sigaction (SIGTSTP, &self->on_stop, NULL);
    self->fd = -1;
}
