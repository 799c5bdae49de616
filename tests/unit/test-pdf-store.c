/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of where in a file the parts of its Document Security Store are
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-store.h"

#define DATA "not a list, but read as one"

/* A time-stamp that ends before them says nothing of their age, whatever stands before the header. */
static void
test_ends (gconstpointer junk)
{
    g_autofree gchar *start = g_strconcat (junk, "%PDF-1.7\n", NULL);
    g_autoptr (PdfBuilder) builder = pdf_builder_new (start);
    g_autofree gchar *stream =
        g_strdup_printf ("<< /Length %" G_GSIZE_FORMAT " >>\nstream\n%s\nendstream", strlen (DATA), DATA);

    pdf_builder_letter (builder, "/DSS << /CRLs [9 0 R] /OCSPs [10 0 R] >>", "");
    guint before = builder->bytes->len;
    pdf_builder_object (builder, 9, stream);
    pdf_builder_object (builder, 10, stream);
    guint after = builder->bytes->len;
    pdf_builder_table (builder, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (PenaPdfStore) store = pena_pdf_store_read (document->pdf);
    GArray *const ends[] = {store->crl_ends, store->ocsp_ends};

    for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_assert_cmpuint (ends[i]->len, ==, 1);
        g_assert_cmpuint (g_array_index (ends[i], guint64, 0), >=, before + strlen (DATA));
        g_assert_cmpuint (g_array_index (ends[i], guint64, 0), <=, after);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/pdf/store/ends/usual", "", test_ends);
    g_test_add_data_func ("/pdf/store/ends/junk", "junk junk junk junk junk junk junk junk junk junk junk\n",
                          test_ends);
    return g_test_run ();
}
