/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the process of a pinentry
 * Copyright (C) 2026 the Pena authors */
#include "prompt-process.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pena-text.h"

/* After BYE it has this long to end, then it is asked, then it is made to; milliseconds. */
#define EXIT_ASK 300
#define EXIT_MAKE 700

struct _PenaPromptProcess {
    gint pidfd;
    gint socket;    /* our end of the line: shutting it down wakes the thread that reads a duplicate */
    gint timed_out; /* atomic */
};

gboolean
pena_prompt_fail_unavailable (GError **error, const gchar *doing, const gchar *cause)
{
    GError *failure = g_error_new (PENA_ERROR, PENA_ERROR_PROMPT_UNAVAILABLE, "%s: %s", doing, cause);

    pena_error_set_string (failure, "reason", cause);
    g_propagate_error (error, failure);
    return FALSE;
}

PenaPromptProcess *
pena_prompt_process_ref (PenaPromptProcess *self)
{
    return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
    PenaPromptProcess *self = data;

    if (self->pidfd >= 0)
        close (self->pidfd);
    if (self->socket >= 0)
        close (self->socket);
}

void
pena_prompt_process_unref (PenaPromptProcess *self)
{
    g_atomic_rc_box_release_full (self, clear);
}

/* ---- starting ---- */

typedef struct {
    const gchar *path;
    const gchar *const *environment;
    gint line; /* its end */
    pid_t parent;
} Start;

/* In the child, which has our memory until it is another program: nothing but system calls. Returns on failure only. What
 * modules have opened must not be the pinentry's; and it does not look for the end of its client while it shows a dialog. */
static void
become_program (const Start *start)
{
    const gchar *argv[] = {start->path, NULL};
    gint null = open ("/dev/null", O_WRONLY);

    signal (SIGPIPE, SIG_DFL);
    if (prctl (PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && getppid () == start->parent && chdir ("/") == 0 &&
        dup2 (start->line, STDIN_FILENO) >= 0 && dup2 (start->line, STDOUT_FILENO) >= 0 &&
        dup2 (null, STDERR_FILENO) >= 0 && close_range (STDERR_FILENO + 1, ~0U, 0) == 0)
        execve (start->path, (gchar **)argv, (gchar **)start->environment);
}

/* Copying the tables of our memory, as fork() does, takes longer than all that a small pinentry has to do. The child's errno,
 * or 0. */
static gint
spawn (const Start *start, pid_t *ret_child)
{
    volatile gint failure = 0;
    pid_t child = vfork ();

    if (child == 0) {
        become_program (start);
        failure = errno;
        _exit (PENA_EXIT_BUG);
    }
    if (child < 0)
        return errno;
    if (failure != 0)
        waitpid (child, NULL, 0);
    *ret_child = child;
    return failure;
}

static gboolean
start_on (PenaPromptProcess *self, const gchar *program, const gchar *const *environment, gint line,
          GError **error)
{
    g_autofree gchar *path = g_find_program_in_path (program);
    const Start start = {path != NULL ? path : program, environment, line, getpid ()};
    pid_t child = 0;
    gint failure = spawn (&start, &child);

    if (failure == ENOENT) {
        g_autofree gchar *reason = g_strdup_printf (_ ("the program %s is not there"), program);
        return pena_prompt_fail_unavailable (error, "spawn", reason);
    }
    if (failure != 0)
        return pena_prompt_fail_unavailable (error, program, g_strerror (failure));
    self->pidfd = pidfd_open (child, 0);
    if (self->pidfd >= 0)
        return TRUE;
    pena_prompt_fail_unavailable (error, "pidfd_open", g_strerror (errno));
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
    return FALSE;
}

PenaPromptProcess *
pena_prompt_process_start (const gchar *program, const gchar *const *environment, GError **error)
{
    g_autoptr (PenaPromptProcess) self = g_atomic_rc_box_new0 (PenaPromptProcess);
    gint fds[2];

    self->pidfd = self->socket = -1;
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        pena_prompt_fail_unavailable (error, "socketpair", g_strerror (errno));
        return NULL;
    }
    self->socket = fds[0];
    gboolean started = start_on (self, program, environment, fds[1], error);
    close (fds[1]);
    return started ? g_steal_pointer (&self) : NULL;
}

gint
pena_prompt_process_open_line (const PenaPromptProcess *self)
{
    return fcntl (self->socket, F_DUPFD_CLOEXEC, 3);
}

gboolean
pena_prompt_process_is_silent (const PenaPromptProcess *self)
{
    struct pollfd events[] = {{.fd = self->pidfd, .events = POLLIN}, {.fd = self->socket, .events = POLLIN}};

    return poll (events, G_N_ELEMENTS (events), 0) == 0;
}

gboolean
pena_prompt_process_say (const PenaPromptProcess *self, const gchar *text)
{
    gsize length = strlen (text);

    return send (self->socket, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (gssize)length;
}

/* ---- ending ---- */

void
pena_prompt_process_hang_up (PenaPromptProcess *self)
{
    shutdown (self->socket, SHUT_RDWR);
}

void
pena_prompt_process_end (PenaPromptProcess *self)
{
    pidfd_send_signal (self->pidfd, SIGTERM, NULL, 0);
    pena_prompt_process_hang_up (self);
}

static gboolean
ends_within (const PenaPromptProcess *self, gint milliseconds)
{
    struct pollfd ended = {.fd = self->pidfd, .events = POLLIN};

    return poll (&ended, 1, milliseconds) > 0;
}

void
pena_prompt_process_wait (PenaPromptProcess *self)
{
    siginfo_t unused;

    if (!ends_within (self, EXIT_ASK)) {
        pidfd_send_signal (self->pidfd, SIGTERM, NULL, 0);
        if (!ends_within (self, EXIT_MAKE))
            pidfd_send_signal (self->pidfd, SIGKILL, NULL, 0);
    }
    waitid (P_PIDFD, (id_t)self->pidfd, &unused, WEXITED);
}

static gboolean
on_limit (gpointer data)
{
    PenaPromptProcess *self = data;

    g_atomic_int_set (&self->timed_out, TRUE);
    pena_prompt_process_end (self);
    return G_SOURCE_REMOVE;
}

GSource *
pena_prompt_process_limit (PenaPromptProcess *self, guint seconds)
{
    GSource *limit = g_timeout_source_new_seconds (seconds);

    g_source_set_callback (limit, on_limit, pena_prompt_process_ref (self),
                           (GDestroyNotify)pena_prompt_process_unref);
    g_source_attach (limit, NULL);
    return limit;
}

void
pena_prompt_process_unlimit (GSource *limit)
{
    g_source_destroy (limit);
    g_source_unref (limit);
}

gboolean
pena_prompt_process_has_timed_out (PenaPromptProcess *self)
{
    return g_atomic_int_get (&self->timed_out);
}
