/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: who is at the other end of a connection, by what the kernel knows
 * Copyright (C) 2026 the Pena authors */
#include "pena-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pena-text.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define LABEL_MAX 64
#define FACT_MAX 8192

void
pena_peer_free (PenaPeer *self)
{
    if (self == NULL)
        return;
    if (self->pidfd >= 0)
        close (self->pidfd);
    g_free (self->label);
    g_free (self->key);
    g_free (self);
}

/* Direction marks and the like are Unicode's format characters. */
static gboolean
is_showable (gunichar c)
{
    return g_unichar_isprint (c) && g_unichar_type (c) != G_UNICODE_FORMAT &&
           g_unichar_type (c) != G_UNICODE_LINE_SEPARATOR &&
           g_unichar_type (c) != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static gchar *
make_printable (const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid (text, -1);
    GString *out = g_string_new (NULL);
    guint length = 0;

    for (const gchar *at = valid; *at != '\0' && length < LABEL_MAX; at = g_utf8_next_char (at))
        if (is_showable (g_utf8_get_char (at))) {
            g_string_append_unichar (out, g_utf8_get_char (at));
            length++;
        }
    return g_strstrip (g_string_free (out, FALSE));
}

static gchar *
flatpak_name (const gchar *info)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();

    if (info == NULL || !g_key_file_load_from_data (file, info, strlen (info), G_KEY_FILE_NONE, NULL))
        return NULL;
    return g_key_file_get_string (file, "Application", "name", NULL);
}

/* "/usr/lib/libreoffice/program/soffice.bin" is shown as "soffice.bin". */
static gchar *
exe_name (const gchar *exe)
{
    if (exe == NULL)
        return NULL;
    g_autofree gchar *name = g_path_get_basename (exe);
    if (g_str_has_suffix (name, " (deleted)"))
        name[strlen (name) - strlen (" (deleted)")] = '\0';
    return g_steal_pointer (&name);
}

/* The last part of "0::/user.slice/.../app-org.kde.kate-123.scope" when it is a unit. */
static gchar *
unit_name (const gchar *cgroup)
{
    if (cgroup == NULL)
        return NULL;
    g_auto (GStrv) lines = g_strsplit (cgroup, "\n", 2);
    const gchar *slash = lines[0] != NULL ? strrchr (lines[0], '/') : NULL;
    if (slash == NULL || !(g_str_has_suffix (slash, ".service") || g_str_has_suffix (slash, ".scope")))
        return NULL;
    return g_strdup (slash + 1);
}

gchar *
pena_peer_make_label (const gchar *flatpak_info, const gchar *exe, const gchar *cgroup)
{
    g_autofree gchar *flatpak = flatpak_name (flatpak_info);
    g_autofree gchar *program = exe_name (exe);
    g_autofree gchar *unit = unit_name (cgroup);
    const gchar *const facts[] = {flatpak, program, unit};

    for (guint i = 0; i < G_N_ELEMENTS (facts); i++) {
        if (facts[i] == NULL)
            continue;
        g_autofree gchar *label = make_printable (facts[i]);
        if (*label != '\0')
            return g_steal_pointer (&label);
    }
    return g_strdup (_ ("unknown program"));
}

/* Small files of /proc and of a sandbox's root; NULL when there is none or it is larger than any honest one.
 */
static gchar *
read_at (gint dir, const gchar *name)
{
    gchar buffer[FACT_MAX];
    struct stat status;
    gint fd = openat (dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return NULL;
    gssize got = fstat (fd, &status) == 0 && S_ISREG (status.st_mode) ? read (fd, buffer, sizeof buffer) : -1;
    close (fd);
    if (got < 0 || got == (gssize)sizeof buffer)
        return NULL;
    return g_strndup (buffer, (gsize)got);
}

static gchar *
read_exe (gint dir)
{
    gchar buffer[4096];
    gssize got = readlinkat (dir, "exe", buffer, sizeof buffer - 1);

    return got > 0 ? g_strndup (buffer, (gsize)got) : NULL;
}

static gchar *
read_flatpak_info (gint dir)
{
    gint root = openat (dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return NULL;
    gchar *info = read_at (root, ".flatpak-info");
    close (root);
    return info;
}

static gint
open_pidfd (gint fd, pid_t pid)
{
    gint pidfd = -1;
    socklen_t length = sizeof pidfd;

    if (getsockopt (fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0) {
        fcntl (pidfd, F_SETFD, FD_CLOEXEC);
        return pidfd;
    }
    return (gint)syscall (SYS_pidfd_open, pid, 0);
}

/* Field 22 of /proc/PID/stat; 0 when it cannot be read. */
static guint64
read_start_time (gint dir)
{
    g_autofree gchar *stat = read_at (dir, "stat");
    const gchar *after = stat != NULL ? strrchr (stat, ')') : NULL;

    for (guint field = 2; after != NULL && field < 22; field++)
        after = strchr (after + 1, ' ');
    return after != NULL ? g_ascii_strtoull (after, NULL, 10) : 0;
}

static gboolean
is_alive (gint pidfd)
{
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

    return pidfd >= 0 && poll (&poll_fd, 1, 0) == 0;
}

/* The pidfd holds the process that connected (or, on older kernels, one that had its number just now): facts
 * read from /proc count only when it was still alive afterwards and had not started anew. */
static void
identify (PenaPeer *self)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d", (gint)self->pid);
    g_autofree gchar *info = NULL;
    g_autofree gchar *exe = NULL;
    g_autofree gchar *cgroup = NULL;
    gint dir = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dir >= 0) {
        guint64 started = read_start_time (dir);
        info = read_flatpak_info (dir);
        exe = read_exe (dir);
        cgroup = exe == NULL ? read_at (dir, "cgroup") : NULL; /* a name for who has no other */
        gboolean same = is_alive (self->pidfd) && read_start_time (dir) == started;
        close (dir);
        if (!same) {
            g_clear_pointer (&info, g_free);
            g_clear_pointer (&exe, g_free);
            g_clear_pointer (&cgroup, g_free);
        }
    }
    self->label = pena_peer_make_label (info, exe, cgroup);
    self->key = g_strdup_printf ("%s\n%s", info != NULL ? self->label : "", exe != NULL ? exe : self->label);
}

PenaPeer *
pena_peer_new (gint fd, GError **error)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;

    if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_CLIENT_REFUSED, "SO_PEERCRED: %s", g_strerror (errno));
        return NULL;
    }
    if (credentials.uid != geteuid ()) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CLIENT_REFUSED, "another user");
        return NULL;
    }
    PenaPeer *self = g_new0 (PenaPeer, 1);
    self->pid = credentials.pid;
    self->pidfd = open_pidfd (fd, credentials.pid);
    identify (self);
    return self;
}
