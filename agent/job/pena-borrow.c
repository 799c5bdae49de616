/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: documents that stay the client's files
 * Copyright (C) 2026 the Pena authors */
#include "pena-borrow.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pena-algorithm.h"
#include "pena-lease.h"

#define PIECE (256 * 1024)

static void
fail_changed (GError **error, const gchar *why)
{
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_CHANGED, why);
}

/* Nothing but a regular file is opened: a device may act on it, and a pipe wait. Nor one that the client itself cannot read: a
 * descriptor may be all that it has of a file. */
static gint
reopen (gint fd)
{
    gint flags = fcntl (fd, F_GETFL);
    g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
    struct stat status;

    if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
        return -1;
    if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
        return -1;
    return open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static gboolean
measure (PenaDocument *self, guint64 max, GError **error)
{
    struct stat status;

    if (fstat (self->fd, &status) != 0)
        fail_changed (error, g_strerror (errno));
    else if (status.st_size == 0)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_EMPTY, "no bytes");
    else if ((guint64)status.st_size > max)
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE, "size above the limit");
    else
        self->size = (guint64)status.st_size;
    return self->size > 0;
}

PenaDocument *
pena_borrow (gint fd, guint64 max, GError **error)
{
    gint own = reopen (fd);

    if (own < 0) {
        fail_changed (error, "not a file that can be read");
        return NULL;
    }
    g_autoptr (PenaDocument) self = g_new0 (PenaDocument, 1);
    self->fd = own;
    self->leased = pena_lease_take (own);
    if (!self->leased) {
        fail_changed (error, "nobody promises that the file stays as it is");
        return NULL;
    }
    return measure (self, max, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
pena_document_is_still (const PenaDocument *self)
{
    return !self->leased || pena_lease_holds (self->fd);
}

void
pena_document_let_go (PenaDocument *self)
{
    if (self->leased)
        pena_lease_release (self->fd);
    self->leased = FALSE;
}

/* ---- hashing ---- */

typedef struct {
    PenaDocument *document;
    const gchar *digest;
} Hashing;

static void
hashing_free (Hashing *self)
{
    pena_document_free (self->document);
    g_free (self);
}

/* state: NULL when the signature is made with SHA-256 too. */
static gboolean
read_all (const PenaDocument *document, PenaDigest *sha256, PenaDigest *state, GCancellable *cancellable,
          GError **error)
{
    g_autofree guint8 *piece = g_malloc (PIECE);
    guint64 done = 0;

    while (done < document->size) {
        gssize got = pread (document->fd, piece, PIECE, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            fail_changed (error, got < 0 ? g_strerror (errno) : "it has become shorter");
            return FALSE;
        }
        if (g_cancellable_is_cancelled (cancellable)) {
            g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CANCELLED, "given up");
            return FALSE;
        }
        if (!pena_lease_holds (document->fd)) {
            fail_changed (error, "somebody wants to write it");
            return FALSE;
        }
        pena_digest_update (sha256, piece, (gsize)got);
        if (state != NULL)
            pena_digest_update (state, piece, (gsize)got);
        done += (guint64)got;
    }
    return TRUE;
}

static void
hash_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    Hashing *self = task_data;
    PenaDocument *document = self->document;
    gboolean same = g_str_equal (self->digest, "sha256");
    GError *error = NULL;
    g_autoptr (PenaDigest) sha256 = pena_digest_new ("sha256", &error);
    g_autoptr (PenaDigest) state = sha256 != NULL && !same ? pena_digest_new (self->digest, &error) : NULL;

    if (error != NULL || !read_all (document, sha256, state, cancellable, &error)) {
        g_task_return_error (task, error);
        return;
    }
    document->sha256 = pena_digest_get (sha256);
    document->digest = pena_digest_algorithm_by_name (self->digest)->name;
    document->state = same ? g_steal_pointer (&sha256) : g_steal_pointer (&state);
    g_task_return_pointer (task, g_steal_pointer (&self->document), (GDestroyNotify)pena_document_free);
}

void
pena_borrow_hash_async (PenaDocument *document, const gchar *digest, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    Hashing *self = g_new0 (Hashing, 1);

    self->document = document;
    self->digest = digest;
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, (GDestroyNotify)hashing_free);
    g_task_run_in_thread (task, hash_in_thread);
}

PenaDocument *
pena_borrow_hash_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
