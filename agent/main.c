/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-agent, the broker
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <glib-unix.h>
#include <pena/pena-error.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "ipc-child.h"
#include "pena-listener.h"
#include "pena-server.h"
#include "pena-text.h"

typedef struct {
    gchar *socket;
    gboolean version;
} Options;

static void
options_clear (Options *self)
{
    g_free (self->socket);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options, gint *argc, gchar ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket, N_ ("Listen on this Unix socket"),
         N_ ("PATH")},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Show the version"), NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);

    g_option_context_set_summary (context,
                                  _ ("Serves programs of this user that want documents signed or checked."));
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    return g_option_context_parse (context, argc, argv, error);
}

static gint
complain (GError *error)
{
    g_autofree gchar *text = pena_error_code (error) == PENA_ERROR_BUSY || error->domain != PENA_ERROR
                                 ? g_strdup (error->message)
                                 : pena_error_describe (error);

    g_printerr ("pena-agent: %s\n", text);
    return error->domain == PENA_ERROR ? (gint)pena_error_exit_status (pena_error_code (error))
                                       : PENA_EXIT_USAGE;
}

static gboolean
on_signal (gpointer user_data)
{
    g_main_loop_quit (user_data);
    return G_SOURCE_CONTINUE;
}

static void
serve (GMainLoop *loop, PenaListener *listener, PenaConfig *config, PenaNetwork *network)
{
    g_autoptr (PenaTrustKeeper) trust_keeper = pena_trust_keeper_new (config, PENA_TRUST_KEPT);
    g_autoptr (PenaWorkerPool) workers =
        pena_worker_pool_new ((guint)config->worker_timeout, (guint)config->worker_cpu);
    g_autoptr (PenaVerifiers) verifiers = pena_verifiers_new (workers);
    g_autoptr (PenaHelper) helper = pena_helper_new (config);
    g_autoptr (PenaTurns) turns =
        pena_turns_new ((const gchar *const *)config->denial_delays, g_get_monotonic_time);
    const PenaServices services = {.config = config,
                                   .trust_keeper = trust_keeper,
                                   .workers = workers,
                                   .verifiers = verifiers,
                                   .helper = helper,
                                   .turns = turns,
                                   .network = network};
    PenaServer *server = pena_server_new (pena_listener_get_socket (listener), &services);

    sd_notify (0, "READY=1");
    g_main_loop_run (loop);
    sd_notify (0, "STOPPING=1");
    pena_server_free (server);
}

int
main (int argc, char **argv)
{
    g_auto (Options) options = {0};
    g_autoptr (GError) error = NULL;

    pena_text_init ();
    if (!parse_options (&options, &argc, &argv, &error))
        return complain (error);
    if (options.version) {
        g_print ("pena-agent %s\n", PENA_VERSION);
        return PENA_EXIT_DONE;
    }
    /* Nothing but standard streams and what systemd handed over is wanted. */
    close_range ((guint)(3 + MAX (sd_listen_fds (0), 0)), ~0u, 0);
    if (!pena_process_harden (FALSE, &error))
        return complain (error);
    g_autoptr (PenaConfig) config = pena_config_load (&error);
    if (config == NULL)
        return complain (error);
    g_autofree gchar *cache = g_build_filename (g_get_user_cache_dir (), "pena", "revocation", NULL);
    g_autoptr (PenaNetwork) network = pena_network_new (config, cache, &error);
    if (network == NULL)
        return complain (error);
    /* Before the socket is there: whoever meets it may ask for the end at once, and gets an orderly one. */
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    g_unix_signal_add (SIGTERM, on_signal, loop);
    g_unix_signal_add (SIGINT, on_signal, loop);
    g_autoptr (PenaListener) listener = pena_listener_open (options.socket, &error);
    if (listener == NULL)
        return complain (error);
    serve (loop, listener, config, network);
    return PENA_EXIT_DONE;
}
