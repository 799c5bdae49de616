/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of a document's mapped bytes
 * Copyright (C) 2026 the Pena authors */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pena-pdf.h"

static int
make_file (gsize size, guint8 fill)
{
    g_autofree guint8 *data = g_malloc (size + 1);
    int fd = memfd_create ("bytes", MFD_CLOEXEC);

    memset (data, fill, size);
    g_assert_cmpint (write (fd, data, size), ==, (gssize)size);
    return fd;
}

/* Sizes around the edges of a page, file and tail each. */
static void
test_tail_follows_file (void)
{
    gsize page = (gsize)sysconf (_SC_PAGESIZE);
    const gsize sizes[] = {0, 1, page - 1, page, page + 1, 3 * page};

    for (gsize f = 0; f < G_N_ELEMENTS (sizes); f++)
        for (gsize t = 0; t < G_N_ELEMENTS (sizes); t++) {
            g_autofree guint8 *text = g_malloc (sizes[t] + 1);
            memset (text, 't', sizes[t]);
            g_autoptr (GBytes) tail = g_bytes_new (text, sizes[t]);
            int fd = make_file (sizes[f], 'f');
            g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (fd, tail, NULL);
            const guint8 *data = pena_pdf_bytes_data (bytes);
            close (fd);
            g_assert_cmpuint (pena_pdf_bytes_size (bytes), ==, sizes[f] + sizes[t]);
            pena_pdf_bytes_forget (bytes, 0, G_MAXSIZE);
            for (gsize i = 0; i < sizes[f] + sizes[t]; i++)
                g_assert_cmpuint (data[i], ==, i < sizes[f] ? 'f' : 't');
        }
}

static void
test_forgotten_pages_come_back (void)
{
    gsize page = (gsize)sysconf (_SC_PAGESIZE);
    int fd = make_file (8 * page, 'f');
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (fd, NULL, NULL);
    const guint8 *data = pena_pdf_bytes_data (bytes);
    close (fd);

    /* What is forgotten must read the same afterwards, whatever the range. */
    for (gsize offset = 0; offset < 8 * page; offset += page / 2 + 1) {
        pena_pdf_bytes_forget (bytes, offset, 2 * page);
        g_assert_cmpuint (data[offset], ==, 'f');
    }
    pena_pdf_bytes_forget (bytes, G_MAXSIZE, 1);
    g_assert_cmpuint (data[8 * page - 1], ==, 'f');
}

/* A hole of 3 GiB costs no memory. */
static void
test_file_beyond_2_gib (void)
{
    const gsize size = G_GUINT64_CONSTANT (3) << 30;
    int fd = memfd_create ("large", MFD_CLOEXEC);
    g_autoptr (GBytes) tail = g_bytes_new_static ("tail", 4);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (ftruncate (fd, (off_t)size), ==, 0);
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (fd, tail, &error);
    close (fd);
    g_assert_no_error (error);
    g_assert_cmpuint (pena_pdf_bytes_size (bytes), ==, size + 4);
    g_assert_cmpmem (pena_pdf_bytes_data (bytes) + size, 4, "tail", 4);
    g_assert_cmpuint (pena_pdf_bytes_data (bytes)[size - 1], ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/bytes/tail-follows-file", test_tail_follows_file);
    g_test_add_func ("/pdf/bytes/forgotten-pages", test_forgotten_pages_come_back);
    g_test_add_func ("/pdf/bytes/beyond-2-gib", test_file_beyond_2_gib);
    return g_test_run ();
}
