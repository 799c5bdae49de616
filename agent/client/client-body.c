/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document as it is sent, copied on the way where a copy is wanted
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client-answer.h"
#include "client-file.h"

/* Large enough to make the kernel's own copying cheap, small enough to let the sending begin at once. */
#define STRETCH (4 * 1024 * 1024)
#define HAND_STRETCH (256 * 1024)

struct _PenaClientBody {
    GInputStream parent_instance;
    GBytes *prefix;
    gsize prefix_sent;
    GInputStream *stream; /* or NULL: from a file */
    gint from, to;
    guint64 size;
    guint64 copied;
    guint64 sent;
    guint64 told;
    PenaClientSentFunc on_sent; /* or NULL */
    gpointer on_sent_data;
    gboolean by_hand; /* the kernel cannot copy between these two */
    GError *failure;
};

G_DEFINE_FINAL_TYPE (PenaClientBody, pena_client_body, G_TYPE_INPUT_STREAM)

static void
fail_read (PenaClientBody *self, gint saved_errno)
{
    pena_client_fail (&self->failure, PENA_ERROR_DOCUMENT_MISSING, "reason", g_strerror (saved_errno));
}

/* -1 with self->failure, 0 when the file ended too early. */
static gssize
copy_by_hand (PenaClientBody *self, gsize length)
{
    g_autofree guint8 *buffer = g_malloc (HAND_STRETCH);
    gssize n = pread (self->from, buffer, MIN (length, HAND_STRETCH), (off_t)self->copied);

    if (n < 0)
        fail_read (self, errno);
    if (n <= 0)
        return n;
    n = pwrite (self->to, buffer, (gsize)n, (off_t)self->copied);
    if (n < 0)
        pena_client_fail_write (&self->failure, errno);
    return n;
}

/* Errors of the kernel's own copying that are about the disk; all others mean "not between these two files".
 */
static gboolean
is_about_disk (gint error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO;
}

static gssize
copy_stretch (PenaClientBody *self, gsize length)
{
    off_t in = (off_t)self->copied, out = in;

    if (self->by_hand)
        return copy_by_hand (self, length);
    gssize n = copy_file_range (self->from, &in, self->to, &out, length, 0);
    if (n > 0)
        return n;
    if (n < 0 && is_about_disk (errno)) {
        pena_client_fail_write (&self->failure, errno);
        return -1;
    }
    /* 0 may be the end, or a file system that does not tell the size of its files. */
    self->by_hand = TRUE;
    return copy_by_hand (self, length);
}

static gboolean
copy_on (PenaClientBody *self)
{
    gssize n = copy_stretch (self, (gsize)MIN (self->size - self->copied, STRETCH));

    if (n < 0)
        return FALSE;
    if (n == 0) {
        pena_client_fail (&self->failure, PENA_ERROR_DOCUMENT_CHANGED, NULL, NULL);
        return FALSE;
    }
    /* Lets the disk work while the person reads the prompt; only a hint. */
    (void)sync_file_range (self->to, (off_t)self->copied, n, SYNC_FILE_RANGE_WRITE);
    self->copied += (guint64)n;
    return TRUE;
}

/* Copies on until there is something to send. */
static gboolean
copy_ahead (PenaClientBody *self)
{
    while (self->copied == self->sent && self->copied < self->size)
        if (!copy_on (self))
            return FALSE;
    return TRUE;
}

static gssize
read_document (PenaClientBody *self, gpointer buffer, gsize count)
{
    gint source = self->to >= 0 ? self->to : self->from;
    guint64 left = self->size - self->sent;

    if (left == 0 || (self->to >= 0 && !copy_ahead (self)))
        return left == 0 ? 0 : -1;
    if (self->to >= 0)
        left = self->copied - self->sent;
    gssize n = pread (source, buffer, (gsize)MIN (count, left), (off_t)self->sent);
    if (n > 0)
        self->sent += (guint64)n;
    else if (n < 0)
        fail_read (self, errno);
    else
        pena_client_fail (&self->failure, PENA_ERROR_DOCUMENT_CHANGED, NULL, NULL);
    return n > 0 ? n : -1;
}

static gssize
read_prefix (PenaClientBody *self, gpointer buffer, gsize count)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (self->prefix, &length);
    gsize n = MIN (count, length - self->prefix_sent);

    memcpy (buffer, data + self->prefix_sent, n);
    self->prefix_sent += n;
    return (gssize)n;
}

/* Passes n on. */
static gssize
tell (PenaClientBody *self, gssize n)
{
    if (n > 0 && self->on_sent != NULL) {
        self->told += (guint64)n;
        self->on_sent (self->told, self->size, self->on_sent_data);
    }
    return n;
}

static gssize
pena_client_body_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                       GError **error)
{
    PenaClientBody *self = PENA_CLIENT_BODY (stream);

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return -1;
    if (self->prefix != NULL && self->prefix_sent < g_bytes_get_size (self->prefix))
        return read_prefix (self, buffer, count);
    if (self->stream != NULL)
        return tell (self, g_input_stream_read (self->stream, buffer, count, cancellable, error));
    gssize n = self->failure == NULL ? read_document (self, buffer, count) : -1;
    if (n < 0)
        g_propagate_error (error, g_error_copy (self->failure));
    return tell (self, n);
}

static void
pena_client_body_finalize (GObject *object)
{
    PenaClientBody *self = PENA_CLIENT_BODY (object);
    g_clear_error (&self->failure);
    g_clear_pointer (&self->prefix, g_bytes_unref);
    g_clear_object (&self->stream);
    G_OBJECT_CLASS (pena_client_body_parent_class)->finalize (object);
}

static void
pena_client_body_class_init (PenaClientBodyClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = pena_client_body_finalize;
    G_INPUT_STREAM_CLASS (klass)->read_fn = pena_client_body_read;
}

static void
pena_client_body_init (PenaClientBody *self)
{
}

GInputStream *
pena_client_body_new (GBytes *prefix, gint from, gint to, guint64 size)
{
    PenaClientBody *self = g_object_new (PENA_TYPE_CLIENT_BODY, NULL);
    self->prefix = prefix != NULL ? g_bytes_ref (prefix) : NULL;
    self->from = from;
    self->to = to;
    self->size = size;
    return G_INPUT_STREAM (self);
}

GInputStream *
pena_client_body_new_stream (GBytes *prefix, GInputStream *stream)
{
    PenaClientBody *self = g_object_new (PENA_TYPE_CLIENT_BODY, NULL);
    self->prefix = prefix != NULL ? g_bytes_ref (prefix) : NULL;
    self->stream = g_object_ref (stream);
    return G_INPUT_STREAM (self);
}

gboolean
pena_client_body_copy (PenaClientBody *self, GCancellable *cancellable, GError **error)
{
    while (self->copied < self->size) {
        if (g_cancellable_set_error_if_cancelled (cancellable, error))
            return FALSE;
        if (!copy_on (self)) {
            g_propagate_error (error, g_error_copy (self->failure));
            return FALSE;
        }
        if (self->on_sent != NULL)
            self->on_sent (self->copied, self->size, self->on_sent_data);
    }
    return TRUE;
}

void
pena_client_body_tell (PenaClientBody *self, PenaClientSentFunc on_sent, gpointer user_data)
{
    self->on_sent = on_sent;
    self->on_sent_data = user_data;
}

GError *
pena_client_body_dup_failure (PenaClientBody *self)
{
    return self->failure != NULL ? g_error_copy (self->failure) : NULL;
}

gboolean
pena_client_body_is_whole (PenaClientBody *self)
{
    return self->failure == NULL && (self->stream != NULL || self->sent == self->size);
}
