/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the socket that the agent listens on
 * Copyright (C) 2026 the Pena authors */
#include "pena-listener.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define BACKLOG 64

struct _PenaListener {
    GSocket *socket;
    gint lock;   /* held as long as we serve a socket of our own making; -1 under systemd */
    gchar *path; /* NULL under systemd */
    dev_t device;
    ino_t inode;
};

static gboolean
unusable (GError **error, const gchar *path, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", path, why);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

GSocket *
pena_listener_get_socket (PenaListener *self)
{
    return self->socket;
}

void
pena_listener_free (PenaListener *self)
{
    struct stat status;

    if (self == NULL)
        return;
    if (self->path != NULL && lstat (self->path, &status) == 0 && status.st_dev == self->device &&
        status.st_ino == self->inode)
        unlink (self->path);
    g_clear_object (&self->socket);
    if (self->lock >= 0)
        close (self->lock);
    g_free (self->path);
    g_free (self);
}

/* ---- handed over by systemd ---- */

static PenaListener *
adopt (GError **error)
{
    if (sd_is_socket_unix (SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0) {
        unusable (error, "systemd", "what was handed over is not a listening Unix socket");
        return NULL;
    }
    fcntl (SD_LISTEN_FDS_START, F_SETFD, FD_CLOEXEC);
    g_autoptr (GSocket) socket = g_socket_new_from_fd (SD_LISTEN_FDS_START, error);
    if (socket == NULL)
        return NULL;
    PenaListener *self = g_new0 (PenaListener, 1);
    self->socket = g_steal_pointer (&socket);
    self->lock = -1;
    return self;
}

/* ---- made by ourselves ---- */

static gchar *
default_path (void)
{
    const gchar *named = g_getenv ("PENA_SOCKET");

    if (named != NULL && *named != '\0')
        return g_strdup (named);
    return g_build_filename (g_get_user_runtime_dir (), "pena", "agent.sock", NULL);
}

/* The folder itself must be ours alone; whoever owns one above it could replace it, and that is root or
 * ourselves. */
static gint
open_folder (const gchar *folder, GError **error)
{
    struct stat status;

    if (g_mkdir_with_parents (folder, 0700) != 0) {
        unusable (error, folder, g_strerror (errno));
        return -1;
    }
    gint dir = open (folder, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
    if (dir < 0 || fstat (dir, &status) != 0)
        unusable (error, folder, g_strerror (errno));
    else if (status.st_uid != geteuid ())
        unusable (error, folder, "the folder belongs to somebody else");
    else if ((status.st_mode & 077) != 0)
        unusable (error, folder, "the folder is open to others (it must have mode 0700)");
    else
        return dir;
    if (dir >= 0)
        close (dir);
    return -1;
}

static void
fill_address (struct sockaddr_un *address, const gchar *path)
{
    memset (address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    g_strlcpy (address->sun_path, path, sizeof address->sun_path);
}

static gboolean
somebody_listens (const struct sockaddr_un *address)
{
    gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    gboolean answered =
        fd >= 0 && (connect (fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);

    if (fd >= 0)
        close (fd);
    return answered;
}

/* Bound under a name of our own and then moved over a stale one: there is no moment in which the name is
 * missing or somebody else's. */
static gint
bind_and_move (const struct sockaddr_un *address, GError **error)
{
    g_autofree gchar *own = g_strdup_printf ("%s.%d", address->sun_path, (gint)getpid ());
    struct sockaddr_un temporary;

    fill_address (&temporary, own);
    gint fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink (own); /* left by a dead process of the same number; we hold the lock */
    if (fd < 0 || bind (fd, (const struct sockaddr *)&temporary, sizeof temporary) != 0 ||
        chmod (own, 0600) != 0 || listen (fd, BACKLOG) != 0 || rename (own, address->sun_path) != 0) {
        unusable (error, address->sun_path, g_strerror (errno));
        unlink (own);
        if (fd >= 0)
            close (fd);
        return -1;
    }
    return fd;
}

static gint
take_lock (gint dir, const gchar *path, GError **error)
{
    g_autofree gchar *base = g_path_get_basename (path);
    g_autofree gchar *name = g_strconcat (base, ".lock", NULL);
    gint fd = openat (dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0 && errno == EWOULDBLOCK)
        g_set_error (error, PENA_ERROR, PENA_ERROR_BUSY, "another agent serves %s already", path);
    else
        unusable (error, path, g_strerror (errno));
    if (fd >= 0)
        close (fd);
    return -1;
}

static gboolean
make_socket (PenaListener *self, GError **error)
{
    struct sockaddr_un address;
    struct stat status;

    fill_address (&address, self->path);
    if (somebody_listens (&address)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_BUSY, "another agent serves %s already", self->path);
        return FALSE;
    }
    gint fd = bind_and_move (&address, error);
    if (fd < 0)
        return FALSE;
    if (lstat (self->path, &status) == 0) {
        self->device = status.st_dev;
        self->inode = status.st_ino;
    }
    self->socket = g_socket_new_from_fd (fd, error);
    if (self->socket == NULL)
        close (fd);
    return self->socket != NULL;
}

/* Before any folder is made for it. Room is left for the name that it has at first. */
static gboolean
check_path (const gchar *path, GError **error)
{
    struct sockaddr_un address;

    if (!g_path_is_absolute (path))
        return unusable (error, path, "the path of the socket must begin with /");
    if (strlen (path) + strlen (".4194304") >= sizeof address.sun_path)
        return unusable (error, path, "the path of the socket is too long");
    return TRUE;
}

PenaListener *
pena_listener_open (const gchar *path, GError **error)
{
    g_autoptr (PenaListener) self = NULL;

    if (path == NULL && sd_listen_fds (1) == 1)
        return adopt (error);
    self = g_new0 (PenaListener, 1);
    self->lock = -1;
    g_autofree gchar *wanted = path != NULL ? g_strdup (path) : default_path ();
    if (!check_path (wanted, error))
        return NULL;
    g_autofree gchar *folder = g_path_get_dirname (wanted);
    gint dir = open_folder (folder, error);
    if (dir < 0)
        return NULL;
    self->lock = take_lock (dir, wanted, error);
    close (dir);
    if (self->lock < 0)
        return NULL;
    self->path = g_steal_pointer (&wanted);
    return make_socket (self, error) ? g_steal_pointer (&self) : NULL;
}
