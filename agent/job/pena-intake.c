/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: taking a document in: one copy that nobody can change, hashed on the way
 * Copyright (C) 2026 the Pena authors */
#include "pena-intake.h"

#include "pena-algorithm.h"
#include "pena-borrow.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* libsoup hands out 8 KiB pieces; hashing and writing them one by one costs more than the work itself. */
#define PIECE (256 * 1024)

struct _PenaIntake {
    gint fd;
    gboolean in_memory;
    guint64 size; /* written to fd */
    guint64 max;
    PenaDigest *sha256;  /* tells the document from others, in the prompt and in the answer */
    const gchar *digest; /* for the signature */
    PenaDigest *state;   /* of that one; NULL when it is SHA-256 too */
    gsize filled;        /* of piece */
    guint8 piece[PIECE];
};

void
pena_document_free (PenaDocument *self)
{
    if (self == NULL)
        return;
    /* A worker that is just ending may have the same file open still. */
    pena_document_let_go (self);
    close (self->fd);
    g_clear_pointer (&self->sha256, g_bytes_unref);
    pena_digest_free (self->state);
    g_free (self);
}

static gboolean
fail_errno (GError **error, const gchar *what)
{
    PenaErrorCode code = errno == ENOSPC || errno == EDQUOT ? PENA_ERROR_DISK_FULL : PENA_ERROR_INTERNAL;

    g_set_error (error, PENA_ERROR, (gint)code, "%s: %s", what, g_strerror (errno));
    return FALSE;
}

static void
update_with (PenaDigest *state, GBytes *bytes)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (bytes, &length);

    pena_digest_update (state, data, length);
}

GBytes *
pena_document_digest_with (const PenaDocument *self, GBytes *head, GBytes *tail)
{
    g_autoptr (PenaDigest) state = pena_digest_copy (self->state);

    update_with (state, head);
    if (tail != NULL)
        update_with (state, tail);
    return pena_digest_get (state);
}

static gint
open_folder (GError **error)
{
    g_autofree gchar *path = g_build_filename (g_get_user_cache_dir (), "pena", NULL);
    struct stat status;

    if (g_mkdir_with_parents (path, 0700) != 0) {
        fail_errno (error, "cannot make the cache folder");
        return -1;
    }
    gint dir = open (path, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
    if (dir < 0 || fstat (dir, &status) != 0) {
        fail_errno (error, "cannot open the cache folder");
    } else if (status.st_uid != geteuid () || (status.st_mode & 077) != 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                             "the cache folder must be the user's own, mode 0700");
    } else {
        return dir;
    }
    if (dir >= 0)
        close (dir);
    return -1;
}

/* A file that no other process can name. */
static gint
open_unlinked (gint dir, GError **error)
{
    gint fd = openat (dir, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d/intake-XXXXXX", dir);
        fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0)
            unlink (path);
    }
    if (fd < 0)
        fail_errno (error, "cannot make a file for the document");
    return fd;
}

static gint
open_file (gint64 expected, GError **error)
{
    struct statvfs room;
    gint dir = open_folder (error);

    if (dir < 0)
        return -1;
    gint fd = open_unlinked (dir, error);
    close (dir);
    if (fd >= 0 && expected > 0 && fstatvfs (fd, &room) == 0 &&
        (guint64)room.f_bavail * room.f_frsize < (guint64)expected) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DISK_FULL, "no room for the document");
        close (fd);
        return -1;
    }
    return fd;
}

static gint
open_memory (GError **error)
{
    gint fd = memfd_create ("pena-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        fail_errno (error, "memfd_create");
    return fd;
}

gint
pena_intake_scratch (guint64 size, GError **error)
{
    return size <= PENA_INTAKE_MEMORY_MAX ? open_memory (error) : open_file ((gint64)size, error);
}

PenaIntake *
pena_intake_new (guint64 max, gint64 expected, const gchar *digest, GError **error)
{
    g_autoptr (PenaIntake) self = NULL;

    if (expected > 0 && (guint64)expected > max) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE,
                             "announced size above the limit");
        return NULL;
    }
    const PenaDigestAlgorithm *known = pena_digest_algorithm_by_name (digest);
    if (known == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no digest '%s'", digest);
        return NULL;
    }
    self = g_new (PenaIntake, 1);
    self->digest = known->name;
    self->sha256 = NULL;
    self->in_memory = expected <= PENA_INTAKE_MEMORY_MAX;
    self->max = max;
    self->size = 0;
    self->filled = 0;
    self->state = NULL;
    self->fd = self->in_memory ? open_memory (error) : open_file (expected, error);
    if (self->fd < 0)
        return NULL;
    self->sha256 = pena_digest_new ("sha256", error);
    if (self->sha256 != NULL && !g_str_equal (known->name, "sha256"))
        self->state = pena_digest_new (known->name, error);
    if (self->sha256 == NULL)
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_intake_free (PenaIntake *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0)
        close (self->fd);
    pena_digest_free (self->sha256);
    pena_digest_free (self->state);
    g_free (self);
}

static gboolean
write_all (gint fd, const guint8 *data, gsize length, GError **error)
{
    while (length > 0) {
        gssize done = write (fd, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_errno (error, "cannot keep the document");
        data += done;
        length -= (gsize)done;
    }
    return TRUE;
}

static gboolean
move_to_file (PenaIntake *self, GError **error)
{
    gint file = open_file (-1, error);

    if (file < 0)
        return FALSE;
    gpointer map = mmap (NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);
    gboolean done = map != MAP_FAILED ? write_all (file, map, self->size, error) : fail_errno (error, "mmap");
    if (map != MAP_FAILED)
        munmap (map, self->size);
    close (self->fd);
    self->fd = file;
    self->in_memory = FALSE;
    return done;
}

static gboolean
flush (PenaIntake *self, GError **error)
{
    gsize length = self->filled;

    if (length == 0)
        return TRUE;
    if (self->in_memory && self->size > 0 && self->size + length > PENA_INTAKE_MEMORY_MAX &&
        !move_to_file (self, error))
        return FALSE;
    pena_digest_update (self->sha256, self->piece, length);
    if (self->state != NULL)
        pena_digest_update (self->state, self->piece, length);
    if (!write_all (self->fd, self->piece, length, error))
        return FALSE;
    self->size += length;
    self->filled = 0;
    return TRUE;
}

gboolean
pena_intake_write (PenaIntake *self, gconstpointer data, gsize length, GError **error)
{
    const guint8 *from = data;

    if (length > self->max - self->size - self->filled) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE, "size above the limit");
        return FALSE;
    }
    while (length > 0) {
        gsize part = MIN (length, PIECE - self->filled);
        memcpy (self->piece + self->filled, from, part);
        self->filled += part;
        from += part;
        length -= part;
        if (self->filled == PIECE && !flush (self, error))
            return FALSE;
    }
    return TRUE;
}

/* The worker gets a descriptor that cannot write; a sealed memfd could not be written by anyone anyway. */
static gint
reopen_read_only (gint fd, GError **error)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
    gint result = open (path, O_RDONLY | O_CLOEXEC);

    if (result < 0)
        fail_errno (error, "cannot reopen the document");
    return result;
}

PenaDocument *
pena_intake_finish (PenaIntake *self, GError **error)
{
    if (!flush (self, error))
        return NULL;
    if (self->size == 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_EMPTY, "no bytes");
        return NULL;
    }
    if (self->in_memory &&
        fcntl (self->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        fail_errno (error, "cannot seal the document");
        return NULL;
    }
    gint fd = reopen_read_only (self->fd, error);
    if (fd < 0)
        return NULL;
    PenaDocument *document = g_new0 (PenaDocument, 1);
    document->fd = fd;
    document->size = self->size;
    document->sha256 = pena_digest_get (self->sha256);
    document->digest = self->digest;
    document->state = self->state != NULL ? g_steal_pointer (&self->state) : g_steal_pointer (&self->sha256);
    return document;
}
