/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: processes that are copies of one that is warm already; the nursery's side
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-nursery.h"

typedef struct {
    gint line;     /* to the broker */
    gint children; /* readable when one has ended */
    gboolean spoilt;
    sigset_t usual;
} Nursery;

static gboolean
fail_errno (const gchar *doing, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "%s: %s", doing, g_strerror (errno));
    return FALSE;
}

static gboolean
open_nursery (Nursery *self, GError **error)
{
    sigset_t child;
    gint type = 0;
    socklen_t length = sizeof type;

    sigemptyset (&child);
    sigaddset (&child, SIGCHLD);
    self->line = PENA_IPC_CHILD_FD;
    if (getsockopt (self->line, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_SEQPACKET) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, PENA_IPC_NOT_ALONE);
        return FALSE;
    }
    if (sigprocmask (SIG_BLOCK, &child, &self->usual) != 0)
        return fail_errno ("sigprocmask", error);
    self->children = signalfd (-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    return self->children >= 0 || fail_errno ("signalfd", error);
}

static void
reap (Nursery *self)
{
    struct signalfd_siginfo info;
    gint status;

    while (read (self->children, &info, sizeof info) > 0)
        ;
    while (waitpid (-1, &status, WNOHANG) > 0)
        self->spoilt = self->spoilt || (WIFSIGNALED (status) && WTERMSIG (status) != SIGKILL);
}

/* In the copy: nothing of the nursery stays but what it has loaded. */
static gboolean
leave_nursery (Nursery *self, gint own, pid_t nursery, GError **error)
{
    close (self->children);
    if (sigprocmask (SIG_SETMASK, &self->usual, NULL) != 0 || dup2 (own, PENA_IPC_CHILD_FD) < 0)
        return fail_errno ("leaving the nursery", error);
    close (own);
    return pena_process_die_with (nursery, error);
}

/* TRUE in the copy. */
static gboolean
fork_one (Nursery *self, gint own)
{
    pid_t nursery = getpid ();
    pid_t child = fork ();

    if (child == 0) {
        g_autoptr (GError) error = NULL;
        if (leave_nursery (self, own, nursery, &error))
            return TRUE;
        g_printerr ("%s\n", error->message);
        _exit (PENA_EXIT_BUG);
    }
    gint pidfd = child > 0 ? pidfd_open (child, 0) : -1;
    gboolean told = pidfd >= 0 ? pena_ipc_descriptor_send (self->line, pidfd, child)
                               : pena_ipc_descriptor_send (self->line, own, 0);
    if (child > 0 && (pidfd < 0 || !told))
        kill (child, SIGKILL);
    if (pidfd >= 0)
        close (pidfd);
    close (own);
    return FALSE;
}

/* The running copies stay our children. */
static void
start_anew (Nursery *self, gchar **argv)
{
    sigprocmask (SIG_SETMASK, &self->usual, NULL);
    execv ("/proc/self/exe", argv);
    g_printerr ("the nursery cannot start anew: %s\n", g_strerror (errno));
    _exit (PENA_EXIT_BUG);
}

gboolean
pena_ipc_nursery_serve (gchar **argv, GError **error)
{
    Nursery self = {0};

    if (!open_nursery (&self, error))
        return FALSE;
    /* Started anew it would be called "exe". */
    prctl (PR_SET_NAME, program_invocation_short_name, 0, 0, 0);
    for (;;) {
        struct pollfd ready[] = {{.fd = self.line, .events = POLLIN},
                                 {.fd = self.children, .events = POLLIN}};
        gint32 number;

        if (poll (ready, G_N_ELEMENTS (ready), -1) < 0 && errno != EINTR)
            return fail_errno ("poll", error);
        if (ready[1].revents != 0)
            reap (&self);
        if (self.spoilt)
            start_anew (&self, argv);
        if (ready[0].revents == 0)
            continue;
        gint own = pena_ipc_descriptor_receive (self.line, &number);
        if (own < 0)
            return FALSE;
        if (fork_one (&self, own))
            return TRUE;
    }
}
