/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-token-helper, the only process that speaks with tokens and hears passphrases
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>
#include <linux/close_range.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-process.h"
#include "pena-text.h"
#include "service.h"

/* What libraries here would write or do on behalf of the environment, and must not. */
static const gchar *const unwanted[] = {"ASSUAN_DEBUG",     "ASSUAN_FULL_LOGGING", "P11_KIT_DEBUG",
                                        "G_MESSAGES_DEBUG", "GPG_ERR_DEBUG",       NULL};

#define TIMEOUT_DEFAULT 120
#define TIMEOUT_MAX 3600

static gboolean
parse_options (gint argc, gchar **argv, gchar ***ret_modules, gchar **ret_program, gint *ret_timeout,
               GError **error)
{
    g_autofree gchar *modules = NULL;
    const GOptionEntry entries[] = {
        {"modules", 0, 0, G_OPTION_ARG_STRING, &modules, "p11-kit names of the modules to use", "NAME,..."},
        {"prompt-program", 0, 0, G_OPTION_ARG_STRING, ret_program, "the pinentry", "PROGRAM"},
        {"prompt-timeout", 0, 0, G_OPTION_ARG_INT, ret_timeout, "seconds for each answer", "N"},
        {NULL},
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);

    g_option_context_add_main_entries (context, entries, NULL);
    g_option_context_set_summary (context, "Started by pena-agent; of no use alone.");
    if (!g_option_context_parse (context, &argc, &argv, error))
        return FALSE;
    if (modules != NULL && *modules != '\0')
        *ret_modules = g_strsplit (modules, ",", -1);
    *ret_timeout = CLAMP (*ret_timeout, 1, TIMEOUT_MAX);
    return TRUE;
}

/* The agent may reach the Internet, and this process hears the passphrase: neither it nor a module it loads may send
 * anything further than a Unix socket. pcscd, the display and the session bus are such. */
static gboolean
forbid_network (GError **error)
{
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    gint result = filter == NULL ? -ENOMEM
                                 : seccomp_rule_add (filter, SCMP_ACT_ERRNO (EAFNOSUPPORT), SCMP_SYS (socket),
                                                     1, SCMP_A0 (SCMP_CMP_NE, AF_UNIX));

    /* by which sockets could be had as well */
    if (result == 0)
        result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (io_uring_setup), 0);
    if (result == 0)
        result = seccomp_load (filter);
    if (filter != NULL)
        seccomp_release (filter);
    if (result != 0)
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "seccomp: %s", g_strerror (-result));
    return result == 0;
}

static void
harden_further (void)
{
    signal (SIGPIPE, SIG_IGN); /* a pinentry may die at any time */
    close_range (PENA_IPC_CHILD_FD + 1, ~0U, 0);
    for (guint i = 0; unwanted[i] != NULL; i++)
        g_unsetenv (unwanted[i]);
}

static gint
serve (const PenaServiceSettings *settings, GError **error)
{
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    PenaService *service = pena_service_new (settings, loop, error);

    if (service == NULL)
        return EXIT_FAILURE;
    g_main_loop_run (loop);
    pena_service_stop (service);
    /* The agent is gone, nobody waits for an answer, and a card may keep a thread busy for long: the kernel
     * clears up, locked memory included. */
    _exit (EXIT_SUCCESS);
}

gint
main (gint argc, gchar **argv)
{
    g_auto (GStrv) modules = NULL;
    g_autofree gchar *program = NULL;
    g_autoptr (GError) error = NULL;
    gint timeout = TIMEOUT_DEFAULT;
    gint status = EXIT_FAILURE;

    gboolean ready = pena_process_harden (TRUE, &error) && forbid_network (&error);
    harden_further ();
    pena_text_init ();
    if (ready && parse_options (argc, argv, &modules, &program, &timeout, &error)) {
        PenaServiceSettings settings = {.modules = (const gchar *const *)modules,
                                        .prompt_program = program != NULL ? program : "pinentry",
                                        .prompt_timeout = (guint)timeout};
        status = serve (&settings, &error);
    }
    if (error != NULL)
        g_printerr ("pena-token-helper: %s\n", error->message);
    return status;
}
