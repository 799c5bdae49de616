/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent's processes: starting, ending and hardening them
 * Copyright (C) 2026 the Pena authors */
#include "ipc-process.h"

#include <pena/pena-error.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

PenaIpcProcess *
pena_ipc_process_new (pid_t pid, gint pidfd)
{
    PenaIpcProcess *self = g_new0 (PenaIpcProcess, 1);

    self->pid = pid;
    self->pidfd = pidfd;
    return self;
}

void
pena_ipc_process_kill (PenaIpcProcess *self)
{
    pidfd_send_signal (self->pidfd, SIGKILL, NULL, 0);
}

void
pena_ipc_process_free (PenaIpcProcess *self)
{
    if (self == NULL)
        return;
    pena_ipc_process_kill (self);
    close (self->pidfd);
    g_free (self);
}

gboolean
pena_ipc_process_is_alive (const PenaIpcProcess *self)
{
    struct pollfd ended = {.fd = self->pidfd, .events = POLLIN};

    return poll (&ended, 1, 0) == 0;
}

/* ---- starting ---- */

static gboolean
is_wanted (const gchar *name, const gchar *const *environment)
{
    for (; *environment != NULL; environment++) {
        gsize length = strlen (*environment);
        gboolean prefix = (*environment)[length - 1] == '*';
        if (prefix ? strncmp (name, *environment, length - 1) == 0 : strcmp (name, *environment) == 0)
            return TRUE;
    }
    return FALSE;
}

static gchar **
pick_environment (const gchar *const *environment)
{
    g_auto (GStrv) names = g_listenv ();
    gchar **result = g_environ_setenv (NULL, "PATH", "/usr/local/bin:/usr/bin:/bin", TRUE);

    for (guint i = 0; names[i] != NULL; i++)
        if (is_wanted (names[i], environment))
            result = g_environ_setenv (result, names[i], g_getenv (names[i]), TRUE);
    for (; *environment != NULL; environment++) {
        g_auto (GStrv) words = g_strsplit (*environment, "=", 2);
        if (words[1] != NULL)
            result = g_environ_setenv (result, words[0], words[1], TRUE);
    }
    return result;
}

/* Installed and uninstalled programs stand side by side. */
static gchar *
find_program (const gchar *program, GError **error)
{
    g_autofree gchar *self = g_file_read_link ("/proc/self/exe", error);
    if (self == NULL)
        return NULL;
    g_autofree gchar *dir = g_path_get_dirname (self);
    return g_build_filename (dir, program, NULL);
}

static GSubprocess *
spawn (const gchar *program, const gchar *const *arguments, const gchar *const *environment, gint take_fd,
       GError **error)
{
    g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_auto (GStrv) environ_for_child = pick_environment (environment);

    g_subprocess_launcher_take_fd (launcher, take_fd, PENA_IPC_CHILD_FD);
    g_subprocess_launcher_set_environ (launcher, environ_for_child);
    g_subprocess_launcher_set_cwd (launcher, "/");
    g_autofree gchar *path = find_program (program, error);
    if (path == NULL)
        return NULL;
    g_strv_builder_add (argv, path);
    if (arguments != NULL)
        g_strv_builder_addv (argv, (const char **)arguments);
    g_auto (GStrv) words = g_strv_builder_end (argv);
    return g_subprocess_launcher_spawnv (launcher, (const gchar *const *)words, error);
}

PenaIpcProcess *
pena_ipc_process_spawn (const gchar *program, const gchar *const *arguments, const gchar *const *environment,
                        gint take_fd, GError **error)
{
    /* It lives on until the process has been waited for, in a main loop that cannot have run yet. */
    g_autoptr (GSubprocess) process = spawn (program, arguments, environment, take_fd, error);
    if (process == NULL)
        return NULL;
    pid_t pid = (pid_t)g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
    gint pidfd = pidfd_open (pid, 0);
    if (pidfd >= 0)
        return pena_ipc_process_new (pid, pidfd);
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "pidfd_open: %s", g_strerror (errno));
    g_subprocess_force_exit (process);
    return NULL;
}

GSubprocess *
pena_ipc_filter_start (const gchar *program, const gchar *const *environment, gint input, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_auto (GStrv) environ_for_child = pick_environment (environment);

    g_subprocess_launcher_take_stdin_fd (launcher, input);
    g_subprocess_launcher_set_environ (launcher, environ_for_child);
    g_subprocess_launcher_set_cwd (launcher, "/");
    g_autofree gchar *path = find_program (program, error);
    if (path == NULL)
        return NULL;
    return g_subprocess_launcher_spawn (launcher, error, path, NULL);
}

/* ---- every process's own side ---- */

gboolean
pena_process_die_with (pid_t parent, GError **error)
{
    if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "PR_SET_PDEATHSIG: %s", g_strerror (errno));
        return FALSE;
    }
    /* The parent may have gone before the death signal was asked for. */
    if (getppid () != parent)
        raise (SIGKILL);
    return TRUE;
}

gboolean
pena_process_harden (gboolean die_with_parent, GError **error)
{
    static const struct rlimit no_core = {0, 0};
    pid_t parent = getppid ();

    umask (077);
    if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit (RLIMIT_CORE, &no_core) != 0 ||
        prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "cannot harden the process: %s",
                     g_strerror (errno));
        return FALSE;
    }
    return !die_with_parent || pena_process_die_with (parent, error);
}
