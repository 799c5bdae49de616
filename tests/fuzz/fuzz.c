/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what fuzz targets share
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"

#include <pena/pena-error.h>
#include <sys/mman.h>
#include <unistd.h>

FuzzDocument *
fuzz_document_new (const guint8 *data, size_t size)
{
    gint fd = memfd_create ("fuzz", MFD_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    for (size_t done = 0; done < size;) {
        gssize wrote = write (fd, data + done, size - done);
        g_assert_cmpint (wrote, >, 0);
        done += (size_t)wrote;
    }
    return fuzz_document_open (fd);
}

FuzzDocument *
fuzz_document_open (gint fd)
{
    FuzzDocument *self = g_new0 (FuzzDocument, 1);
    g_autoptr (GError) error = NULL;

    self->fd = fd;
    self->bytes = pena_pdf_bytes_new (self->fd, NULL, &error);
    g_assert_no_error (error);
    self->pdf = pena_pdf_open (self->bytes, &error);
    if (self->pdf == NULL)
        fuzz_check_error (error);
    return self;
}

void
fuzz_document_free (FuzzDocument *self)
{
    pena_pdf_free (self->pdf);
    pena_pdf_bytes_free (self->bytes);
    close (self->fd);
    g_free (self);
}

void
fuzz_check_error (const GError *error)
{
    g_assert_nonnull (error);
    g_assert_true (error->domain == PENA_ERROR);
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_true (g_utf8_validate (text, -1, NULL));
}
