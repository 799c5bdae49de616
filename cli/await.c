/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: waiting for the agent and for other programs, so that an interrupt leaves nothing behind
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "await.h"

#include <glib-unix.h>

#include "pena-text.h"
#include "terminal.h"

/* Seconds that another program may take. */
#define PROGRAM_TIMEOUT 60
/* Of what a program complains of. */
#define ERRORS_MAX 4096

/* One of them asked us to end. */
static gboolean
on_signal (PenaCliWait *wait, gint number)
{
    wait->cli->signal = number;
    g_cancellable_cancel (wait->cancellable);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer user_data)
{
    return on_signal (user_data, SIGINT);
}

static gboolean
on_terminate (gpointer user_data)
{
    return on_signal (user_data, SIGTERM);
}

static gboolean
on_hang_up (gpointer user_data)
{
    return on_signal (user_data, SIGHUP);
}

void
pena_cli_wait_begin (PenaCliWait *wait, PenaCli *cli)
{
    *wait =
        (PenaCliWait){.cli = cli, .loop = g_main_loop_new (NULL, FALSE), .cancellable = g_cancellable_new ()};
    wait->sources[0] = g_unix_signal_add (SIGINT, on_interrupt, wait);
    wait->sources[1] = g_unix_signal_add (SIGTERM, on_terminate, wait);
    wait->sources[2] = g_unix_signal_add (SIGHUP, on_hang_up, wait);
}

void
pena_cli_wait_end (PenaCliWait *wait)
{
    for (guint i = 0; i < G_N_ELEMENTS (wait->sources); i++)
        g_source_remove (wait->sources[i]);
    g_clear_object (&wait->result);
    g_clear_object (&wait->cancellable);
    g_main_loop_unref (wait->loop);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
    PenaCliWait *wait = user_data;
    wait->result = g_object_ref (result);
    g_main_loop_quit (wait->loop);
}

PenaClient *
pena_cli_new_client (void)
{
    PenaClient *client = pena_client_new (NULL);
    g_object_set (client, "language", pena_text_get_language (), "prompt-tty", pena_cli_find_terminal (),
                  "prompt-term", g_getenv ("TERM"), NULL);
    return client;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
    PenaCliWait *wait = user_data;
    g_main_loop_quit (wait->loop);
    return G_SOURCE_CONTINUE;
}

static void
on_given_up (GCancellable *cancellable, gpointer user_data)
{
    g_main_loop_quit (user_data);
}

gboolean
pena_cli_wait_readable (PenaCli *cli, gint fd)
{
    PenaCliWait wait;

    pena_cli_wait_begin (&wait, cli);
    guint source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, on_readable, &wait);
    g_signal_connect (wait.cancellable, "cancelled", G_CALLBACK (on_given_up), wait.loop);
    g_main_loop_run (wait.loop);
    g_source_remove (source);
    pena_cli_wait_end (&wait);
    return cli->signal == 0;
}

PenaSignResult *
pena_cli_extend (PenaCli *cli, PenaClient *client, const PenaCliPair *pair, const gchar *output,
                 PenaSignOptions *options, GError **error)
{
    PenaCliWait wait;

    pena_cli_wait_begin (&wait, cli);
    pena_client_extend_file_async (client, pair->document, pair->signature, output, options, wait.cancellable,
                                   on_ready, &wait);
    g_main_loop_run (wait.loop);
    PenaSignResult *result = pena_client_extend_file_finish (client, wait.result, error);
    pena_cli_wait_end (&wait);
    return result;
}

gchar *
pena_cli_verify (PenaCli *cli, PenaClient *client, const gchar *document, const gchar *signature,
                 GError **error)
{
    PenaCliWait wait;

    pena_cli_wait_begin (&wait, cli);
    pena_client_verify_file_async (client, document, signature, wait.cancellable, on_ready, &wait);
    g_main_loop_run (wait.loop);
    gchar *report = pena_client_verify_file_finish (client, wait.result, error);
    pena_cli_wait_end (&wait);
    return report;
}

gchar *
pena_cli_list_tokens (PenaCli *cli, PenaClient *client, GError **error)
{
    PenaCliWait wait;

    pena_cli_wait_begin (&wait, cli);
    pena_client_list_tokens_async (client, wait.cancellable, on_ready, &wait);
    g_main_loop_run (wait.loop);
    gchar *tokens = pena_client_list_tokens_finish (client, wait.result, error);
    pena_cli_wait_end (&wait);
    return tokens;
}

static gboolean
on_timeout (gpointer user_data)
{
    PenaCliWait *wait = user_data;
    g_cancellable_cancel (wait->cancellable);
    return G_SOURCE_CONTINUE;
}

/* What the program printed; NULL when it was interrupted or took too long (it is ended then). */
static GBytes *
collect_output (PenaCli *cli, GSubprocess *process)
{
    GBytes *output = NULL;
    PenaCliWait wait;

    pena_cli_wait_begin (&wait, cli);
    guint timer = g_timeout_add_seconds (PROGRAM_TIMEOUT, on_timeout, &wait);
    g_subprocess_communicate_async (process, NULL, wait.cancellable, on_ready, &wait);
    g_main_loop_run (wait.loop);
    if (!g_subprocess_communicate_finish (process, wait.result, &output, NULL, NULL))
        g_subprocess_force_exit (process);
    g_source_remove (timer);
    pena_cli_wait_end (&wait);
    return output;
}

gboolean
pena_cli_end_program (PenaCli *cli, GSubprocess *process, gchar **ret_errors)
{
    PenaCliWait wait;

    g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
    pena_cli_wait_begin (&wait, cli);
    g_input_stream_read_bytes_async (g_subprocess_get_stderr_pipe (process), ERRORS_MAX, G_PRIORITY_DEFAULT,
                                     wait.cancellable, on_ready, &wait);
    g_main_loop_run (wait.loop);
    g_autoptr (GBytes) errors =
        g_input_stream_read_bytes_finish (g_subprocess_get_stderr_pipe (process), wait.result, NULL);
    g_clear_object (&wait.result);
    g_subprocess_wait_async (process, wait.cancellable, on_ready, &wait);
    g_main_loop_run (wait.loop);
    gboolean ended = g_subprocess_wait_finish (process, wait.result, NULL);
    pena_cli_wait_end (&wait);
    gsize length = 0;
    const gchar *text = errors != NULL ? g_bytes_get_data (errors, &length) : NULL;
    *ret_errors = g_utf8_make_valid (text != NULL ? text : "", (gssize)length);
    return ended && g_subprocess_get_successful (process);
}

gboolean
pena_cli_run_program (PenaCli *cli, const gchar *const *argv, gchar **ret_output)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);

    /* What we look for in the text must not be translated. */
    g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
    g_subprocess_launcher_unsetenv (launcher, "LANGUAGE");
    g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, argv, NULL);
    g_autoptr (GBytes) output = process != NULL ? collect_output (cli, process) : NULL;
    gsize length = 0;
    const gchar *text = output != NULL ? g_bytes_get_data (output, &length) : NULL;
    *ret_output = g_utf8_make_valid (text != NULL ? text : "", (gssize)length);
    return process != NULL && output != NULL && g_subprocess_get_successful (process);
}
