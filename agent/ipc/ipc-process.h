/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent's processes: starting, ending and hardening them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/* The descriptor on which a child finds its end of the socketpair. */
#define PENA_IPC_CHILD_FD 3
/* What a helper program says when that is not there. */
#define PENA_IPC_NOT_ALONE "this program is started by pena-agent and is of no use alone"

/* A process that we started, or that one of ours did. Its descriptor names it for good; the number may be
 * another's once it has ended. */
typedef struct {
    pid_t pid;
    gint pidfd;
} PenaIpcProcess;

/* Starts `program`, which stands beside our own executable, with these arguments (may be NULL), only the
 * environment variables that `environment` names (a name ending in '*' is a prefix; NAME=VALUE sets one) and no descriptors but
 * standard error and take_fd, as PENA_IPC_CHILD_FD. Takes take_fd in any case. Needs a main loop that runs, to
 * see it end. */
PenaIpcProcess *pena_ipc_process_spawn (const gchar *program, const gchar *const *arguments,
                                        const gchar *const *environment, gint take_fd, GError **error);
/* Starts `program`, likewise, with `input` (taken) as standard input and a pipe for what it says. Transfer full. */
GSubprocess *pena_ipc_filter_start (const gchar *program, const gchar *const *environment, gint input,
                                    GError **error);
/* Takes pidfd. */
PenaIpcProcess *pena_ipc_process_new (pid_t pid, gint pidfd);
/* Ends the process (SIGKILL). */
void pena_ipc_process_free (PenaIpcProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIpcProcess, pena_ipc_process_free)

void pena_ipc_process_kill (PenaIpcProcess *self);
gboolean pena_ipc_process_is_alive (const PenaIpcProcess *self);

/* Undumpable, no core files, no new privileges, umask 077. With die_with_parent the process is killed when
 * the one that started it goes. To be called first thing in main. */
gboolean pena_process_harden (gboolean die_with_parent, GError **error);
/* The last of these alone, for a process that was forked off a hardened one, `parent`. */
gboolean pena_process_die_with (pid_t parent, GError **error);
