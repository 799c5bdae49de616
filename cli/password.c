/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the password of an encrypted document
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pena-secret.h"
#include "pena-text.h"

/* More than a password may have, so that one that is too long is told as that. */
#define LINE_MAX_LENGTH 1023

static gboolean
give_line (PenaClient *client, PenaSecret *line, GError **error)
{
    line->data[strcspn ((gchar *)line->data, "\r\n")] = '\0';
    return pena_client_set_document_password (client, (const gchar *)line->data, error);
}

static gssize
read_line (gint fd, PenaSecret *line)
{
    gssize got;

    do {
        got = read (fd, line->data + line->length, LINE_MAX_LENGTH - line->length);
        if (got > 0)
            line->length += (gsize)got;
    } while ((got > 0 || (got < 0 && errno == EINTR)) && line->length < LINE_MAX_LENGTH &&
             memchr (line->data, '\n', line->length) == NULL);
    return got;
}

static void
fail_file (GError **error, const gchar *path, const gchar *what)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    g_autofree gchar *reason = g_strdup_printf ("--document-password-file %s: %s", shown, what);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_REQUEST_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
}

gboolean
pena_cli_read_document_password (PenaClient *client, const gchar *path, GError **error)
{
    gboolean standard = g_str_equal (path, "-");
    g_autoptr (PenaSecret) line = pena_secret_new (LINE_MAX_LENGTH + 1, FALSE, error);

    if (line == NULL)
        return FALSE;
    gint fd = standard ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    gssize got = fd >= 0 ? read_line (fd, line) : -1;
    gint saved = errno;
    if (!standard && fd >= 0)
        close (fd);
    if (got < 0) {
        fail_file (error, path, g_strerror (saved));
        return FALSE;
    }
    return give_line (client, line, error);
}

/* ---- asking ---- */

typedef struct {
    gint fd;
    struct termios modes;
} Terminal;

static gboolean
hide_typing (Terminal *self)
{
    struct termios hidden;

    self->fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (self->fd < 0)
        return FALSE;
    if (tcgetpgrp (self->fd) == getpgrp () && tcgetattr (self->fd, &self->modes) == 0) {
        hidden = self->modes;
        hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        if (tcsetattr (self->fd, TCSAFLUSH, &hidden) == 0)
            return TRUE;
    }
    close (self->fd);
    return FALSE;
}

static void
show_typing (Terminal *self)
{
    tcsetattr (self->fd, TCSAFLUSH, &self->modes);
    close (self->fd);
}

static void
put (gint fd, const gchar *text)
{
    (void)!write (fd, text, strlen (text));
}

gboolean
pena_cli_ask_document_password (PenaCli *cli, PenaClient *client, const gchar *document,
                                const GError *failure)
{
    gboolean wrong = g_error_matches (failure, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_WRONG);
    g_autofree gchar *shown = g_filename_display_name (document);
    g_autofree gchar *name = pena_cli_clean (shown);
    g_autoptr (PenaSecret) line = NULL;
    Terminal terminal;

    if (!(wrong || g_error_matches (failure, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED)) || cli->json ||
        !cli->talkative)
        return FALSE;
    line = pena_secret_new (LINE_MAX_LENGTH + 1, FALSE, NULL);
    if (line == NULL || !hide_typing (&terminal))
        return FALSE;
    g_autofree gchar *question =
        g_strdup_printf (wrong ? _ ("That was not it. Password of the document %s (not the token's): ")
                               : _ ("Password of the document %s (not the token's): "),
                         name);
    put (terminal.fd, question);
    gboolean answered = pena_cli_wait_readable (cli, terminal.fd) && read_line (terminal.fd, line) >= 0 &&
                        line->length > 0 && line->data[0] != '\n';
    put (terminal.fd, "\n");
    show_typing (&terminal);
    return answered && give_line (client, line, NULL);
}
