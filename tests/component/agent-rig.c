/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a pena-agent of a test's own, and a client that says whatever it likes
 * Copyright (C) 2026 the Pena authors */
#include "agent-rig.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "remove-tree.h"

/* Patience for what should be immediate, on a machine that may be busy. */
#define PATIENCE_MS 30000

static gchar *
in_dir (const AgentRig *self, const gchar *name)
{
    return g_build_filename (self->dir, name, NULL);
}

void
agent_rig_write (const AgentRig *self, const gchar *name, const gchar *text)
{
    g_autofree gchar *path = in_dir (self, name);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

gchar *
agent_rig_read (const AgentRig *self, const gchar *name)
{
    g_autofree gchar *path = in_dir (self, name);
    gchar *text = NULL;

    return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

void
agent_rig_await (const AgentRig *self, const gchar *name, const gchar *text)
{
    for (guint i = 0; i < PATIENCE_MS / 10; i++) {
        g_autofree gchar *found = agent_rig_read (self, name);
        if (found != NULL && strstr (found, text) != NULL)
            return;
        g_usleep (10000);
    }
    g_error ("'%s' never came up in %s", text, name);
}

/* A copy, because an agent looks for the others beside its own executable. */
static void
copy_program (const AgentRig *self, const gchar *from, const gchar *name)
{
    g_autofree gchar *to = in_dir (self, name);
    g_autoptr (GFile) source = g_file_new_for_path (from);
    g_autoptr (GFile) target = g_file_new_for_path (to);
    g_autoptr (GError) error = NULL;

    g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (g_chmod (to, 0755), ==, 0);
}

static gchar **
make_environment (const AgentRig *self)
{
    g_autofree gchar *cache = in_dir (self, "cache");
    gchar **environment = g_get_environ ();

    environment = g_environ_setenv (environment, "XDG_RUNTIME_DIR", self->dir, TRUE);
    environment = g_environ_setenv (environment, "XDG_CACHE_HOME", cache, TRUE);
    environment = g_environ_setenv (environment, "XDG_CONFIG_HOME", self->dir, TRUE);
    environment = g_environ_setenv (environment, "LANGUAGE", "en", TRUE);
    environment = g_environ_unsetenv (environment, "PENA_SOCKET");
    environment = g_environ_unsetenv (environment, "NOTIFY_SOCKET");
    return environment;
}

/* A test that fails leaves nothing running. */
static void
die_with_test (gpointer user_data)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start (AgentRig *self)
{
    g_auto (GStrv) environment = make_environment (self);
    g_autofree gchar *program = in_dir (self, "pena-agent");
    gchar *argv[] = {program, NULL};
    g_autoptr (GError) error = NULL;

    g_spawn_async (self->dir, argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, die_with_test, NULL, &self->pid,
                   &error);
    g_assert_no_error (error);
    for (guint i = 0; i < PATIENCE_MS / 10; i++) {
        gint fd = agent_connect (self);
        if (fd >= 0) {
            close (fd);
            return;
        }
        g_usleep (10000);
    }
    g_error ("the agent does not answer");
}

AgentRig *
agent_rig_new (const gchar *config)
{
    AgentRig *self = g_new0 (AgentRig, 1);
    g_autofree gchar *conf = NULL;

    self->dir = g_dir_make_tmp ("pena-agent-XXXXXX", NULL);
    self->socket = g_build_filename (self->dir, "pena", "agent.sock", NULL);
    copy_program (self, g_getenv ("PENA_TEST_AGENT"), "pena-agent");
    copy_program (self, g_getenv ("PENA_TEST_WORKER"), "pena-document-worker");
    copy_program (self, g_getenv ("PENA_TEST_HELPER"), "pena-token-helper");
    g_autofree gchar *folder = in_dir (self, "pena");
    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
    conf = g_strdup_printf ("%s\n[trust]\nanchors=%s/root.pem\n[validation]\nneed-revocation=no\n[prompt]\n"
                            "denial-delays=\n",
                            config != NULL ? config : "", self->dir);
    agent_rig_write (self, "pena/agent.conf", conf);
    start (self);
    return self;
}

gint
agent_rig_try (const AgentRig *self, const gchar *socket, gchar **ret_stderr)
{
    g_auto (GStrv) environment = make_environment (self);
    g_autofree gchar *program = in_dir (self, "pena-agent");
    gchar *argv[] = {program, socket != NULL ? (gchar *)"--socket" : NULL, (gchar *)socket, NULL};
    gint status = 0;
    g_autoptr (GError) error = NULL;

    g_spawn_sync (self->dir, argv, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, ret_stderr,
                  &status, &error);
    g_assert_no_error (error);
    g_assert_true (WIFEXITED (status));
    return WEXITSTATUS (status);
}

void
agent_rig_free (AgentRig *self)
{
    gint status = 0;

    kill (self->pid, SIGTERM);
    g_assert_cmpint (waitpid (self->pid, &status, 0), ==, self->pid);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
    g_assert_false (g_file_test (self->socket, G_FILE_TEST_EXISTS));
    remove_tree (self->dir);
    g_free (self->dir);
    g_free (self->socket);
    g_free (self);
}

static gboolean
has_thread (const gchar *pid, const gchar *name)
{
    g_autofree gchar *tasks = g_strdup_printf ("/proc/%s/task", pid);
    g_autoptr (GDir) dir = g_dir_open (tasks, 0, NULL);
    const gchar *task;

    while (dir != NULL && (task = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *path = g_build_filename (tasks, task, "comm", NULL);
        g_autofree gchar *comm = NULL;
        if (g_file_get_contents (path, &comm, NULL, NULL) && g_str_equal (g_strchomp (comm), name))
            return TRUE;
    }
    return FALSE;
}

/* Text of /proc/PID/status. */
static gint64
count_filters (const gchar *status)
{
    const gchar *line = strstr (status, "\nSeccomp_filters:");

    return line != NULL ? g_ascii_strtoll (line + strlen ("\nSeccomp_filters:"), NULL, 10) : 0;
}

/* The worker's filter closes, and the thread that serves the connection of a hostile one is there, as soon as the connection
 * stands. */
static gboolean
is_connected_worker (const gchar *pid)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%s/status", pid);
    g_autofree gchar *status = NULL, *own = NULL;

    return g_file_get_contents (path, &status, NULL, NULL) &&
           g_file_get_contents ("/proc/self/status", &own, NULL, NULL) &&
           g_str_has_prefix (status, "Name:\tpena-document-w") && strstr (status, "State:\tZ") == NULL &&
           (count_filters (status) > count_filters (own) || has_thread (pid, "gdbus"));
}

/* Workers are children of the nursery, which is one of the agent's. */
static void
add_workers (GArray *found, pid_t parent, guint generations)
{
    g_autofree gchar *list = g_strdup_printf ("/proc/%d/task/%d/children", (gint)parent, (gint)parent);
    g_autofree gchar *text = NULL;

    if (generations == 0 || !g_file_get_contents (list, &text, NULL, NULL))
        return;
    g_auto (GStrv) words = g_strsplit (g_strstrip (text), " ", -1);
    for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
        pid_t pid = (pid_t)g_ascii_strtoll (words[i], NULL, 10);
        if (is_connected_worker (words[i]))
            g_array_append_val (found, pid);
        add_workers (found, pid, generations - 1);
    }
}

GArray *
agent_rig_workers (const AgentRig *self)
{
    GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));

    add_workers (found, self->pid, 2);
    return found;
}

/* ---- the client ---- */

gint
agent_connect (const AgentRig *self)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpuint (strlen (self->socket), <, sizeof address.sun_path);
    strcpy (address.sun_path, self->socket);
    if (connect (fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close (fd);
        return -1;
    }
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

gboolean
agent_send (gint fd, gconstpointer data, gsize length)
{
    const guint8 *at = data;

    while (length > 0) {
        gssize sent = send (fd, at, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return FALSE;
        at += sent;
        length -= (gsize)sent;
    }
    return TRUE;
}

GByteArray *
agent_receive_all (gint fd)
{
    GByteArray *all = g_byte_array_new ();
    guint8 buffer[65536];
    gssize got;

    while ((got = recv (fd, buffer, sizeof buffer, 0)) > 0)
        g_byte_array_append (all, buffer, (guint)got);
    close (fd);
    return all;
}

void
agent_send_descriptor (gint line, gint fd, gchar byte)
{
    g_assert_cmpint (pena_ipc_descriptor_send_with (line, &byte, 1, 0, fd), ==, 1);
}

void
agent_answer_free (AgentAnswer *self)
{
    g_free (self->header);
    g_bytes_unref (self->body);
    g_free (self);
}

AgentAnswer *
agent_receive (gint fd)
{
    g_autoptr (GByteArray) all = agent_receive_all (fd);
    AgentAnswer *self = g_new0 (AgentAnswer, 1);
    const gchar *end = all->len > 0 ? g_strstr_len ((gchar *)all->data, all->len, "\r\n\r\n") : NULL;

    if (end == NULL) {
        self->header = g_strdup ("");
        self->body = g_bytes_new (NULL, 0);
        return self;
    }
    gsize length = (gsize)(end - (gchar *)all->data) + 4;
    self->header = g_strndup ((gchar *)all->data, length);
    self->body = g_bytes_new (all->data + length, all->len - length);
    self->status = (guint)g_ascii_strtoull (self->header + strlen ("HTTP/1.1 "), NULL, 10);
    return self;
}

AgentAnswer *
agent_request (const AgentRig *self, const gchar *method, const gchar *target, const gchar *headers,
               gconstpointer body, gsize length)
{
    gint fd = agent_connect (self);
    g_autofree gchar *head = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n%s"
                                              "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                              method, target, headers != NULL ? headers : "", length);

    g_assert_cmpint (fd, >=, 0);
    if (agent_send (fd, head, strlen (head)))
        agent_send (fd, body, length);
    return agent_receive (fd);
}

AgentAnswer *
agent_post (const AgentRig *self, const gchar *target, GBytes *document)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (document, &length);

    return agent_request (self, "POST", target, NULL, data, length);
}

void
agent_assert_refused (const AgentAnswer *answer, guint status, const gchar *code)
{
    gsize length;
    const gchar *text = g_bytes_get_data (answer->body, &length);
    g_autofree gchar *wanted = g_strdup_printf ("\"code\":\"%s\"", code);

    if (answer->status != status || length == 0 || g_strstr_len (text, (gssize)length, wanted) == NULL)
        g_error ("expected %u %s, got: %s%.*s", status, code, answer->header, (gint)length, text);
}
