/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the mapped bytes of a document
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf.h"

#include <errno.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct _PenaPdfBytes {
    guint8 *data;
    gsize size;     /* file and tail */
    gsize file;     /* of these, the file's */
    gsize reserved; /* whole pages; at least one, so that an empty document has an address too */
    gsize page;
};

static gsize
round_up (gsize value, gsize page)
{
    return (value + page - 1) / page * page;
}

static gboolean
fail_errno (const gchar *what, GError **error)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "cannot map the document: %s: %s", what,
                 g_strerror (errno));
    return FALSE;
}

/* The tail's first bytes share the file's last page, which becomes private by being written to. */
static gboolean
place_tail (PenaPdfBytes *self, GBytes *tail, GError **error)
{
    gsize length = 0;
    const guint8 *bytes = tail != NULL ? g_bytes_get_data (tail, &length) : NULL;
    gsize whole_file = round_up (self->file, self->page);
    gsize first = self->file / self->page * self->page;

    if (length == 0)
        return TRUE;
    if (self->reserved > whole_file &&
        mmap (self->data + whole_file, self->reserved - whole_file, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return fail_errno ("tail", error);
    if (mprotect (self->data + first, self->reserved - first, PROT_READ | PROT_WRITE) != 0)
        return fail_errno ("last page", error);
    memcpy (self->data + self->file, bytes, length);
    if (mprotect (self->data + first, self->reserved - first, PROT_READ) != 0)
        return fail_errno ("last page", error);
    return TRUE;
}

static gboolean
measure (PenaPdfBytes *self, int fd, GBytes *tail, GError **error)
{
    gsize tail_size = tail != NULL ? g_bytes_get_size (tail) : 0;
    struct stat info;

    if (fstat (fd, &info) != 0)
        return fail_errno ("fstat", error);
    if (info.st_size < 0 || (guint64)info.st_size > G_MAXSSIZE - tail_size - 2 * self->page) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_TOO_LARGE,
                     "the document does not fit into memory");
        return FALSE;
    }
    self->file = (gsize)info.st_size;
    self->size = self->file + tail_size;
    self->reserved = round_up (MAX (self->size, 1), self->page);
    return TRUE;
}

PenaPdfBytes *
pena_pdf_bytes_new (int fd, GBytes *tail, GError **error)
{
    g_autoptr (PenaPdfBytes) self = g_new0 (PenaPdfBytes, 1);

    self->page = (gsize)sysconf (_SC_PAGESIZE);
    if (!measure (self, fd, tail, error))
        return NULL;
    void *range = mmap (NULL, self->reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) {
        fail_errno ("address range", error);
        return NULL;
    }
    self->data = range;
    if (self->file > 0 &&
        mmap (self->data, self->file, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        fail_errno ("file", error);
        return NULL;
    }
    if (!place_tail (self, tail, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_pdf_bytes_free (PenaPdfBytes *self)
{
    if (self == NULL)
        return;
    if (self->data != NULL)
        munmap (self->data, self->reserved);
    g_free (self);
}

const guint8 *
pena_pdf_bytes_data (const PenaPdfBytes *self)
{
    return self->data;
}

gsize
pena_pdf_bytes_size (const PenaPdfBytes *self)
{
    return self->size;
}

void
pena_pdf_bytes_forget (const PenaPdfBytes *self, gsize offset, gsize length)
{
    /* A page that bytes of the tail were written to exists nowhere else: dropping it would lose them. */
    gsize last =
        self->size > self->file ? self->file / self->page * self->page : round_up (self->file, self->page);

    if (offset >= last)
        return;
    gsize start = round_up (offset, self->page);
    gsize end = length < last - offset ? (offset + length) / self->page * self->page : last;
    if (end > start)
        madvise (self->data + start, end - start, MADV_DONTNEED);
}
