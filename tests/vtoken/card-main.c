/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: vtoken-card: holds a virtual token in the virtual reader of a pcscd
 * Copyright (C) 2026 the Pena authors */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
    gchar *state, *apdu_log, *control;
    gint port;
    gboolean reconnect, parent_death;
    GMainLoop *loop;
} Program;

static void
program_clear (Program *self)
{
    g_clear_pointer (&self->loop, g_main_loop_unref);
    g_free (self->state);
    g_free (self->apdu_log);
    g_free (self->control);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Program, program_clear)

static gboolean
read_options (Program *self, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &self->state,
         "The card's state file; a blank card when it is not there", "FILE"},
        {"port", 0, 0, G_OPTION_ARG_INT, &self->port, "TCP port of the reader's slot on 127.0.0.1", "N"},
        {"apdu-log", 0, 0, G_OPTION_ARG_FILENAME, &self->apdu_log,
         "Append a line for each APDU, without data", "FILE"},
        {"control", 0, 0, G_OPTION_ARG_FILENAME, &self->control, "Take commands at this Unix socket",
         "SOCKET"},
        {"reconnect", 0, 0, G_OPTION_ARG_NONE, &self->reconnect, "Go on when the reader goes away", NULL},
        {"parent-death", 0, 0, G_OPTION_ARG_NONE, &self->parent_death, "End with the process that started it",
         NULL},
        {NULL},
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);

    g_option_context_set_summary (
        context, "Holds a virtual token in the virtual reader (vpcd) of a pcscd. For tests.");
    g_option_context_add_main_entries (context, entries, NULL);
    if (!g_option_context_parse (context, &argc, &argv, error))
        return FALSE;
    if (argc != 1 || self->state == NULL || self->port < 1 || self->port > G_MAXUINT16) {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "--state FILE and --port N are needed");
        return FALSE;
    }
    return TRUE;
}

static Vtoken *
open_card (const Program *self, GError **error)
{
    if (g_file_test (self->state, G_FILE_TEST_EXISTS))
        return vtoken_new_from_file (self->state, error);
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    return vtoken_save_to (card, self->state, error) ? g_steal_pointer (&card) : NULL;
}

static gboolean
on_signal (gpointer data)
{
    Program *self = data;
    g_main_loop_quit (self->loop);
    return G_SOURCE_CONTINUE;
}

static void
on_closed (Vpcd *reader, gpointer data)
{
    Program *self = data;
    if (self->reconnect)
        vpcd_insert (reader);
    else
        g_main_loop_quit (self->loop);
}

static gboolean
open_log (const Program *self, Vtoken *card)
{
    int fd;

    if (self->apdu_log == NULL)
        return TRUE;
    fd = open (self->apdu_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        g_printerr ("vtoken-card: %s: %s\n", self->apdu_log, g_strerror (errno));
        return FALSE;
    }
    vtoken_log_to (card, fd);
    return TRUE;
}

static gboolean
run (Program *self, Vtoken *card)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketService) service = NULL;
    g_autoptr (Vpcd) reader = vpcd_new (card, (guint16)self->port, on_closed, self);

    if (self->control != NULL) {
        service = control_new (self->control, card, reader, &error);
        if (service == NULL) {
            g_printerr ("vtoken-card: %s: %s\n", self->control, error->message);
            return FALSE;
        }
    }
    vpcd_insert (reader);
    g_main_loop_run (self->loop);
    if (self->control != NULL)
        unlink (self->control);
    return TRUE;
}

int
main (int argc, char **argv)
{
    g_auto (Program) self = {0};
    g_autoptr (GError) error = NULL;
    pid_t parent = getppid ();

    if (!read_options (&self, argc, argv, &error)) {
        g_printerr ("vtoken-card: %s\n", error->message);
        return 2;
    }
    if (self.parent_death && (prctl (PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid () != parent))
        return EXIT_FAILURE;
    g_autoptr (Vtoken) card = open_card (&self, &error);
    if (card == NULL) {
        g_printerr ("vtoken-card: %s\n", error->message);
        return EXIT_FAILURE;
    }
    self.loop = g_main_loop_new (NULL, FALSE);
    g_unix_signal_add (SIGTERM, on_signal, &self);
    g_unix_signal_add (SIGINT, on_signal, &self);
    return open_log (&self, card) && run (&self, card) ? EXIT_SUCCESS : EXIT_FAILURE;
}
