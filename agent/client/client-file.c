/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the caller's file, which is only read, and the output, which appears whole or not at all
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client-answer.h"
#include "pena-text.h"

static void
close_fd (gint *fd)
{
    if (*fd >= 0)
        close (*fd);
    *fd = -1;
}

static void
fail_open (GError **error, gint saved_errno)
{
    pena_client_fail (error, PENA_ERROR_DOCUMENT_MISSING, "reason", g_strerror (saved_errno));
}

PenaClientInput *
pena_client_input_open (const gchar *path, GError **error)
{
    struct stat st;
    /* O_NONBLOCK: a named pipe must not make us wait for its writer; it means nothing for a regular file. */
    gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || fstat (fd, &st) < 0) {
        fail_open (error, errno);
        close_fd (&fd);
        return NULL;
    }
    g_autoptr (PenaClientInput) self = g_new0 (PenaClientInput, 1);
    self->fd = fd;
    self->stat = st;
    if (S_ISDIR (st.st_mode))
        pena_client_fail (error, PENA_ERROR_DOCUMENT_MISSING, "reason",
                          _ ("it is a folder; name the files in it"));
    else if (!S_ISREG (st.st_mode))
        pena_client_fail (error, PENA_ERROR_DOCUMENT_MISSING, "reason", _ ("it is not a regular file"));
    else if (st.st_size == 0)
        pena_client_fail (error, PENA_ERROR_DOCUMENT_EMPTY, NULL, NULL);
    else
        return g_steal_pointer (&self);
    return NULL;
}

void
pena_client_input_free (PenaClientInput *self)
{
    if (self == NULL)
        return;
    close_fd (&self->fd);
    g_free (self);
}

gboolean
pena_client_is_enclosing_name (const gchar *path)
{
    gsize length = strlen (path), tail = strlen (".p7m");

    return length > tail && (g_ascii_strcasecmp (path + length - tail, ".p7m") == 0 ||
                             g_ascii_strcasecmp (path + length - tail, ".p7s") == 0);
}

gboolean
pena_client_input_check_unchanged (const PenaClientInput *self, GError **error)
{
    const struct stat *was = &self->stat;
    struct stat now;

    if (fstat (self->fd, &now) == 0 && now.st_size == was->st_size &&
        now.st_mtim.tv_sec == was->st_mtim.tv_sec && now.st_mtim.tv_nsec == was->st_mtim.tv_nsec)
        return TRUE;
    pena_client_fail (error, PENA_ERROR_DOCUMENT_CHANGED, NULL, NULL);
    return FALSE;
}

GInputStream *
pena_client_input_stream (const PenaClientInput *self)
{
    return g_unix_input_stream_new (self->fd, FALSE);
}

void
pena_client_fail_write (GError **error, gint saved_errno)
{
    if (saved_errno == ENOSPC || saved_errno == EDQUOT)
        pena_client_fail (error, PENA_ERROR_DISK_FULL, NULL, NULL);
    else
        pena_client_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", g_strerror (saved_errno));
}

static void
fail_exists (GError **error, const gchar *path)
{
    g_autofree gchar *shown = g_filename_display_name (path);
    pena_client_fail (error, PENA_ERROR_OUTPUT_EXISTS, "path", shown);
}

/* A file, or a link to one or to nothing; but no link by which a device or a pipe is reached, such as /dev/stdout. */
static gboolean
can_be_replaced (const PenaClientOutput *self, const struct stat *st)
{
    struct stat behind;

    if (!S_ISLNK (st->st_mode))
        return S_ISREG (st->st_mode);
    return fstatat (self->folder, self->name, &behind, 0) < 0 || S_ISREG (behind.st_mode);
}

/* What stands at the target now may stay in the way, must stay, or may be replaced. */
static gboolean
check_target (const PenaClientOutput *self, const PenaClientInput *input, GError **error)
{
    struct stat st;

    if (input != NULL && fstatat (self->folder, self->name, &st, 0) == 0 && st.st_dev == input->stat.st_dev &&
        st.st_ino == input->stat.st_ino) {
        pena_client_fail (error, PENA_ERROR_REQUEST_INVALID, "reason",
                          _ ("the signed file would take the place of the original"));
        return FALSE;
    }
    if (fstatat (self->folder, self->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return TRUE;
    if (!self->replace || !can_be_replaced (self, &st)) {
        fail_exists (error, self->path);
        return FALSE;
    }
    return TRUE;
}

static gchar *
temporary_name (void)
{
    /* Short, so that a target whose name is as long as the file system allows still works. */
    return g_strdup_printf (".pena-%08x%08x.tmp", g_random_int (), g_random_int ());
}

static gboolean
create (PenaClientOutput *self, mode_t mode, GError **error)
{
    self->fd = openat (self->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    if (self->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT)) {
        self->temporary = temporary_name ();
        self->fd = openat (self->folder, self->temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
        if (self->fd < 0) {
            gint saved = errno;
            g_clear_pointer (&self->temporary, g_free);
            errno = saved;
        }
    }
    if (self->fd >= 0)
        return TRUE;
    pena_client_fail_write (error, errno);
    return FALSE;
}

PenaClientOutput *
pena_client_output_open (const gchar *path, const PenaClientInput *input, gboolean replace, GError **error)
{
    g_autoptr (PenaClientOutput) self = g_new0 (PenaClientOutput, 1);
    g_autofree gchar *folder = g_path_get_dirname (path);

    self->fd = -1;
    self->path = g_strdup (path);
    self->name = g_path_get_basename (path);
    self->replace = replace;
    self->folder = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->folder < 0) {
        pena_client_fail_write (error, errno);
        return NULL;
    }
    if (g_str_has_suffix (path, "/")) {
        pena_client_fail_write (error, EISDIR);
        return NULL;
    }
    /* A letter that only its owner may read must not get a signed copy that all may read. */
    mode_t mode = input != NULL ? (input->stat.st_mode & 0666) | S_IRUSR | S_IWUSR : 0666;
    if (!check_target (self, input, error) || !create (self, mode, error))
        return NULL;
    return g_steal_pointer (&self);
}

/* What a umask takes from everybody is needed here once more. */
static gint
open_anew (const PenaClientOutput *self, gint flags)
{
    const mode_t needed = S_IRUSR | S_IWUSR;
    g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", self->fd);
    struct stat st;

    if (fstat (self->fd, &st) < 0)
        return -1;
    mode_t mode = st.st_mode & 07777;
    if ((mode & needed) == needed)
        return open (path, flags | O_CLOEXEC);
    if (fchmod (self->fd, mode | needed) < 0)
        return -1;
    gint fd = open (path, flags | O_CLOEXEC);
    if (fchmod (self->fd, mode) < 0)
        close_fd (&fd);
    return fd;
}

gboolean
pena_client_output_set_writable (PenaClientOutput *self, gboolean writable, GError **error)
{
    if (((fcntl (self->fd, F_GETFL) & O_ACCMODE) != O_RDONLY) == writable)
        return TRUE;
    gint fd = open_anew (self, writable ? O_RDWR : O_RDONLY);
    gboolean ok = fd >= 0 && dup3 (fd, self->fd, O_CLOEXEC) >= 0;

    if (!ok)
        pena_client_fail_write (error, errno);
    close_fd (&fd);
    return ok;
}

gboolean
pena_client_output_append (PenaClientOutput *self, gconstpointer data, gsize length, GError **error)
{
    const guint8 *at = data;
    off_t end = lseek (self->fd, 0, SEEK_END);

    while (end >= 0 && length > 0) {
        gssize n = pwrite (self->fd, at, length, end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        at += n;
        end += n;
        length -= (gsize)n;
    }
    if (end >= 0 && length == 0)
        return TRUE;
    pena_client_fail_write (error, errno);
    return FALSE;
}

/* Gives the nameless file a name that is free. */
static gint
link_as (PenaClientOutput *self, const gchar *name)
{
    g_autofree gchar *self_path = g_strdup_printf ("/proc/self/fd/%d", self->fd);
    return linkat (AT_FDCWD, self_path, self->folder, name, AT_SYMLINK_FOLLOW);
}

/* From the temporary name to a target that must not be there. */
static gint
rename_to_free_name (PenaClientOutput *self)
{
    if (renameat2 (self->folder, self->temporary, self->folder, self->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* Network file systems know no such flag, but a link never replaces either. */
    if (linkat (self->folder, self->temporary, self->folder, self->name, 0) < 0)
        return -1;
    (void)unlinkat (self->folder, self->temporary, 0);
    return 0;
}

static gint
give_name (PenaClientOutput *self)
{
    if (!self->replace)
        return self->temporary == NULL ? link_as (self, self->name) : rename_to_free_name (self);
    if (self->temporary == NULL) {
        self->temporary = temporary_name ();
        if (link_as (self, self->temporary) < 0) {
            gint saved = errno;
            g_clear_pointer (&self->temporary, g_free);
            errno = saved;
            return -1;
        }
    }
    return renameat (self->folder, self->temporary, self->folder, self->name);
}

gboolean
pena_client_output_publish (PenaClientOutput *self, GError **error)
{
    if (fsync (self->fd) < 0) {
        pena_client_fail_write (error, errno);
        return FALSE;
    }
    if (give_name (self) < 0) {
        if (errno == EEXIST)
            fail_exists (error, self->path);
        else
            pena_client_fail_write (error, errno);
        return FALSE;
    }
    g_clear_pointer (&self->temporary, g_free);
    /* The file is whole under its name already; this only makes the name survive a power cut. */
    (void)fsync (self->folder);
    return TRUE;
}

void
pena_client_output_free (PenaClientOutput *self)
{
    if (self == NULL)
        return;
    if (self->temporary != NULL)
        unlinkat (self->folder, self->temporary, 0);
    close_fd (&self->fd);
    close_fd (&self->folder);
    g_free (self->temporary);
    g_free (self->name);
    g_free (self->path);
    g_free (self);
}
