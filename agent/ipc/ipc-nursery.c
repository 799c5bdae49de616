/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: processes that are copies of one that is warm already; the broker's side
 * Copyright (C) 2026 the Pena authors */
#include "ipc-nursery.h"

#include <errno.h>
#include <glib-unix.h>
#include <pena/pena-error.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"

struct _PenaIpcNursery {
    const gchar *program;
    const gchar *const *environment;
    const GDBusInterfaceInfo *interface;
    PenaIpcProcess *process; /* NULL: none runs */
    gint line;
    guint watch;
    GQueue asked; /* of GTask, in the order in which the nursery answers */
};

typedef struct {
    guint timer; /* until the nursery has answered */
    gint line;   /* our end of the child's; -1: given away */
} Wish;

static void
wish_free (Wish *self)
{
    g_clear_handle_id (&self->timer, g_source_remove);
    if (self->line >= 0)
        close (self->line);
    g_free (self);
}

PenaIpcNursery *
pena_ipc_nursery_new (const gchar *program, const gchar *const *environment,
                      const GDBusInterfaceInfo *interface)
{
    PenaIpcNursery *self = g_new0 (PenaIpcNursery, 1);

    self->program = program;
    self->environment = environment;
    self->interface = interface;
    self->line = -1;
    g_queue_init (&self->asked);
    return self;
}

static void
end_process (PenaIpcNursery *self)
{
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_pointer (&self->process, pena_ipc_process_free);
    if (self->line >= 0)
        close (self->line);
    self->line = -1;
}

void
pena_ipc_nursery_free (PenaIpcNursery *self)
{
    if (self == NULL)
        return;
    end_process (self);
    g_queue_clear_full (&self->asked, g_object_unref);
    g_free (self);
}

static void
fail_all (PenaIpcNursery *self)
{
    GQueue asked = self->asked;

    g_queue_init (&self->asked);
    for (GTask *task = g_queue_pop_head (&asked); task != NULL; task = g_queue_pop_head (&asked)) {
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_INTERNAL, "%s has gone", self->program);
        g_object_unref (task);
    }
}

/* The nursery does not see documents, so it does not hang because of one; but it may be stopped from outside. */
static gboolean
on_limit (gpointer user_data)
{
    PenaIpcNursery *self = user_data;
    Wish *first = g_task_get_task_data (g_queue_peek_head (&self->asked));

    first->timer = 0;
    pena_ipc_process_kill (self->process); /* and so the line ends */
    return G_SOURCE_REMOVE;
}

/* Takes the task and the descriptor. */
static void
give (const PenaIpcNursery *self, GTask *task, pid_t pid, gint pidfd)
{
    Wish *wish = g_task_get_task_data (task);
    PenaIpcChild *child =
        pena_ipc_child_new (pena_ipc_process_new (pid, pidfd), wish->line, self->interface, NULL, NULL);

    wish->line = -1;
    g_clear_handle_id (&wish->timer, g_source_remove);
    g_task_return_pointer (task, child, (GDestroyNotify)pena_ipc_child_free);
    g_object_unref (task);
}

/* A copy was made: its process descriptor came. With number 0 the child's end of its line comes back. */
static gboolean
on_line (gint line, GIOCondition condition, gpointer user_data)
{
    PenaIpcNursery *self = user_data;
    gint32 pid = 0;
    gint pidfd = pena_ipc_descriptor_receive (line, &pid);

    if (pidfd < 0) {
        self->watch = 0;
        end_process (self);
        fail_all (self);
        return G_SOURCE_REMOVE;
    }
    GTask *task = g_queue_pop_head (&self->asked);
    if (task != NULL && pid > 0) {
        give (self, task, pid, pidfd);
        return G_SOURCE_CONTINUE;
    }
    close (pidfd);
    if (task != NULL)
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_INTERNAL, "%s cannot fork", self->program);
    g_clear_object (&task);
    return G_SOURCE_CONTINUE;
}

static gboolean
start_process (PenaIpcNursery *self, GError **error)
{
    gint fds[2];

    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "socketpair: %s", g_strerror (errno));
        return FALSE;
    }
    self->line = fds[0];
    self->process = pena_ipc_process_spawn (self->program, NULL, self->environment, fds[1], error);
    if (self->process == NULL) {
        end_process (self);
        return FALSE;
    }
    self->watch = g_unix_fd_add (self->line, G_IO_IN | G_IO_HUP | G_IO_ERR, on_line, self);
    return TRUE;
}

/* Sends the child's end of a new socketpair to the nursery; our end, or -1. */
static gint
ask_for_child (PenaIpcNursery *self, GError **error)
{
    gint fds[2];

    if (self->process == NULL && !start_process (self, error))
        return -1;
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "socketpair: %s", g_strerror (errno));
        return -1;
    }
    gboolean sent = pena_ipc_descriptor_send (self->line, fds[1], 0);
    close (fds[1]);
    if (sent)
        return fds[0];
    close (fds[0]);
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "%s takes no more", self->program);
    return -1;
}

void
pena_ipc_nursery_fork_async (PenaIpcNursery *self, guint limit, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    GError *error = NULL;
    Wish *wish = g_new0 (Wish, 1);

    g_task_set_task_data (task, wish, (GDestroyNotify)wish_free);
    wish->line = ask_for_child (self, &error);
    if (wish->line < 0)
        g_task_return_error (task, error);
    else {
        wish->timer = g_timeout_add_seconds (limit, on_limit, self);
        g_queue_push_tail (&self->asked, g_steal_pointer (&task));
    }
}

PenaIpcChild *
pena_ipc_nursery_fork_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
