/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: starting the helper programs and speaking with them over a socketpair
 * Copyright (C) 2026 the Pena authors */
#include "ipc-child.h"

#include <fcntl.h>
#include <gio/gunixconnection.h>
#include <gio/gunixfdlist.h>
#include <gio/gunixoutputstream.h>
#include <pena/pena-error.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct _PenaIpcChild {
    GSubprocess *process;
    GDBusConnection *connection;
    pid_t pid;
    guint start_limit;
};

void
pena_ipc_child_free (PenaIpcChild *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->start_limit, g_source_remove);
    if (self->process != NULL)
        g_subprocess_force_exit (self->process);
    if (self->connection != NULL)
        g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    g_clear_object (&self->connection);
    g_clear_object (&self->process);
    g_free (self);
}

GDBusConnection *
pena_ipc_child_get_connection (PenaIpcChild *self)
{
    return self->connection;
}

pid_t
pena_ipc_child_get_pid (PenaIpcChild *self)
{
    return self->pid;
}

void
pena_ipc_child_kill (PenaIpcChild *self)
{
    g_subprocess_force_exit (self->process);
}

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

static gboolean
on_start_limit (gpointer user_data)
{
    PenaIpcChild *self = user_data;

    self->start_limit = 0;
    g_subprocess_force_exit (self->process); /* and so the connection fails */
    return G_SOURCE_REMOVE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    PenaIpcChild *self = g_task_get_task_data (task);
    GError *error = NULL;

    self->connection = g_dbus_connection_new_finish (result, &error);
    if (self->connection == NULL) {
        g_task_return_error (task, error);
        return;
    }
    PenaIpcChild *child = g_new0 (PenaIpcChild, 1);
    child->process = g_steal_pointer (&self->process);
    child->connection = g_steal_pointer (&self->connection);
    child->pid = self->pid;
    g_task_return_pointer (task, child, (GDestroyNotify)pena_ipc_child_free);
}

void
pena_ipc_child_start_async (const gchar *program, const gchar *const *arguments,
                            const gchar *const *environment, guint limit, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    GError *error = NULL;
    gint fds[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_INTERNAL, "socketpair: %s", g_strerror (errno));
        return;
    }
    g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[0], &error);
    PenaIpcChild *self = g_new0 (PenaIpcChild, 1);
    g_task_set_task_data (task, self, (GDestroyNotify)pena_ipc_child_free);
    self->process = spawn (program, arguments, environment, fds[1], &error);
    if (self->process == NULL || socket == NULL) {
        g_task_return_error (task, error);
        return;
    }
    self->pid = (pid_t)g_ascii_strtoll (g_subprocess_get_identifier (self->process), NULL, 10);

    self->start_limit = g_timeout_add_seconds (limit, on_start_limit, self);
    g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
    g_autofree gchar *guid = g_dbus_generate_guid ();
    g_dbus_connection_new (G_IO_STREAM (stream), guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL,
                           cancellable, on_connected, g_steal_pointer (&task));
}

PenaIpcChild *
pena_ipc_child_start_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
pena_process_harden (gboolean die_with_parent, GError **error)
{
    static const struct rlimit no_core = {0, 0};
    pid_t parent = getppid ();

    umask (077);
    if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit (RLIMIT_CORE, &no_core) != 0 ||
        prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        (die_with_parent && prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "cannot harden the process: %s",
                     g_strerror (errno));
        return FALSE;
    }
    /* The parent may have gone before the death signal was asked for. */
    if (die_with_parent && getppid () != parent)
        raise (SIGKILL);
    return TRUE;
}

/* ---- the child's side ---- */

/* To a socket's own stream GDBus writes with sendmsg(), which can carry descriptors. No child has any to give,
 * and a document worker must not be able to: with so many that the agent has none left it would stop others'
 * jobs. With this stream a child only needs write(). */
#define PENA_TYPE_IPC_LINE (pena_ipc_line_get_type ())
G_DECLARE_FINAL_TYPE (PenaIpcLine, pena_ipc_line, PENA, IPC_LINE, GUnixConnection)

struct _PenaIpcLine {
    GUnixConnection parent_instance;
    GOutputStream *output;
};

G_DEFINE_FINAL_TYPE (PenaIpcLine, pena_ipc_line, G_TYPE_UNIX_CONNECTION)

static GOutputStream *
pena_ipc_line_get_output_stream (GIOStream *stream)
{
    return PENA_IPC_LINE (stream)->output;
}

static void
pena_ipc_line_finalize (GObject *object)
{
    g_object_unref (PENA_IPC_LINE (object)->output);
    G_OBJECT_CLASS (pena_ipc_line_parent_class)->finalize (object);
}

static void
pena_ipc_line_class_init (PenaIpcLineClass *class)
{
    G_OBJECT_CLASS (class)->finalize = pena_ipc_line_finalize;
    G_IO_STREAM_CLASS (class)->get_output_stream = pena_ipc_line_get_output_stream;
}

static void
pena_ipc_line_init (PenaIpcLine *self)
{
    self->output = g_unix_output_stream_new (PENA_IPC_CHILD_FD, FALSE);
}

GDBusConnection *
pena_ipc_child_connect (GError **error)
{
    struct stat status;

    if (fstat (PENA_IPC_CHILD_FD, &status) != 0 || !S_ISSOCK (status.st_mode)) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                             "this program is started by pena-agent and is of no use alone");
        return NULL;
    }
    if (fcntl (PENA_IPC_CHILD_FD, F_SETFD, FD_CLOEXEC) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "fcntl: %s", g_strerror (errno));
        return NULL;
    }
    g_autoptr (GSocket) socket = g_socket_new_from_fd (PENA_IPC_CHILD_FD, error);
    if (socket == NULL)
        return NULL;
    g_autoptr (PenaIpcLine) line = g_object_new (PENA_TYPE_IPC_LINE, "socket", socket, NULL);
    return g_dbus_connection_new_sync (G_IO_STREAM (line), NULL,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                       NULL, NULL, error);
}
