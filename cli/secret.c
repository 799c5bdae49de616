/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: secrets from a file or from the terminal
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static gssize
read_bytes (gint fd, PenaSecret *line)
{
    gssize got;

    do {
        got = read (fd, line->data + line->length, PENA_CLI_SECRET_MAX - line->length);
        if (got > 0)
            line->length += (gsize)got;
    } while ((got > 0 || (got < 0 && errno == EINTR)) && line->length < PENA_CLI_SECRET_MAX &&
             memchr (line->data, '\n', line->length) == NULL);
    return got;
}

/* What stands before the end of the line; all behind it is wiped. */
static void
cut_line (PenaSecret *line)
{
    gsize length = strcspn ((const gchar *)line->data, "\r\n");

    pena_wipe (line->data + length, line->capacity - length);
    line->length = length;
}

static void
fail_file (GError **error, const gchar *option, const gchar *path, const gchar *what)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *reason = g_strdup_printf ("%s %s: %s", option, shown, what);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
}

PenaSecret *
pena_cli_read_secret (const gchar *option, const gchar *path, GError **error)
{
    gboolean standard = g_str_equal (path, "-");
    g_autoptr (PenaSecret) line = pena_secret_new (PENA_CLI_SECRET_MAX + 1, FALSE, error);

    if (line == NULL)
        return NULL;
    gint fd = standard ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    gssize got = fd >= 0 ? read_bytes (fd, line) : -1;
    gint saved = errno;
    if (!standard && fd >= 0)
        close (fd);
    if (got < 0) {
        fail_file (error, option, path, g_strerror (saved));
        return NULL;
    }
    cut_line (line);
    return g_steal_pointer (&line);
}

/* ---- asking ---- */

typedef struct {
    gint fd;
    struct termios modes;
} Terminal;

static gboolean
take_terminal (Terminal *self, gboolean hidden)
{
    struct termios modes;

    self->fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (self->fd < 0)
        return FALSE;
    if (tcgetpgrp (self->fd) == getpgrp () && tcgetattr (self->fd, &self->modes) == 0) {
        modes = self->modes;
        if (hidden)
            modes.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        if (tcsetattr (self->fd, TCSAFLUSH, &modes) == 0)
            return TRUE;
    }
    close (self->fd);
    return FALSE;
}

static void
give_terminal_back (Terminal *self)
{
    tcsetattr (self->fd, TCSAFLUSH, &self->modes);
    close (self->fd);
}

static void
put (gint fd, const gchar *text)
{
    (void)!write (fd, text, strlen (text));
}

PenaCliAnswer
pena_cli_ask_line (PenaCli *cli, const gchar *question, gboolean hidden, PenaSecret **ret_line)
{
    g_autoptr (PenaSecret) line = pena_secret_new (PENA_CLI_SECRET_MAX + 1, FALSE, NULL);
    Terminal terminal;

    if (line == NULL || !take_terminal (&terminal, hidden))
        return PENA_CLI_NO_TERMINAL;
    put (terminal.fd, question);
    gboolean answered =
        pena_cli_wait_readable (cli, terminal.fd) && read_bytes (terminal.fd, line) >= 0 && line->length > 0;
    if (hidden || !answered)
        put (terminal.fd, "\n");
    give_terminal_back (&terminal);
    cut_line (line);
    if (!answered || line->length == 0)
        return PENA_CLI_NO_ANSWER;
    *ret_line = g_steal_pointer (&line);
    return PENA_CLI_ANSWERED;
}
