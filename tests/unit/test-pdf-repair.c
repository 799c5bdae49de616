/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of repairing damaged PDFs
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pdf-builder.h"
#include "pena-pdf-reader.h"

static PdfBuilder *
letter (const gchar *catalog, const gchar *trailer)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, catalog, "/Contents 5 0 R");
    pdf_builder_object (builder, 5, "<< /Length 7 >>\nstream\nq 1 g Q\nendstream");
    pdf_builder_table (builder, trailer);
    return builder;
}

/* Replaces the first occurrence by text of the same length. */
static void
damage (PdfBuilder *builder, const gchar *what, const gchar *by)
{
    guint8 *at = memmem (builder->bytes->data, builder->bytes->len, what, strlen (what));

    g_assert_nonnull (at);
    g_assert_cmpuint (strlen (what), ==, strlen (by));
    memcpy (at, by, strlen (by));
}

/* The repaired bytes, or NULL. */
static GBytes *
repair (gconstpointer data, gsize size, const PenaSecret *password, GError **error)
{
    g_autoptr (PdfDocument) document = pdf_document_load (data, size);
    gint fd = memfd_create ("repaired", MFD_CLOEXEC);
    GBytes *bytes = NULL;

    if (pena_pdf_repair (document->fd, password, fd, error)) {
        gsize length = (gsize)lseek (fd, 0, SEEK_END);
        g_autofree guint8 *copy = g_malloc (length);
        g_assert_cmpint (pread (fd, copy, length, 0), ==, (gssize)length);
        bytes = g_bytes_new (copy, length);
    }
    close (fd);
    return bytes;
}

static void
assert_repaired_and_signed (const PdfBuilder *builder, const gchar *content)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) copy = repair (builder->bytes->data, builder->bytes->len, NULL, &error);
    gsize size;

    g_assert_no_error (error);
    gconstpointer data = g_bytes_get_data (copy, &size);
    g_assert_true (pdf_contains (data, size, content));
    g_autoptr (GByteArray) out = pdf_sign (data, size, NULL);
    g_autoptr (PdfDocument) made = pdf_document_new (out->data, out->len);
    g_autoptr (GPtrArray) list = pena_pdf_list_signatures (made->pdf, NULL);
    g_assert_cmpuint (list->len, ==, 1);
    g_assert_true (((const PenaPdfSignature *)g_ptr_array_index (list, 0))->ranges_sound);
}

static void
test_kinds_of_damage (void)
{
    const gchar *const cases[][2] = {
        {"startxref\n", "startxreg\n"}, {"\nxref\n", "\nxxxx\n"}, {"00000 n \n", "0000x n \n"},
        {"/Size 6", "/Sizf 6"},         {"%PDF-1.7", "%PDX-1.7"}, {"/Length 7", "/Length 9"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (PdfBuilder) builder = letter ("", "");
        damage (builder, cases[i][0], cases[i][1]);
        assert_repaired_and_signed (builder, "q 1 g Q");
    }
}

/* What qpdf 11 alone does not recover: the end of a file with streams, all of a trailer, a name that not all read the same. */
static void
test_beyond_qpdf (void)
{
    g_autoptr (PdfBuilder) streams = pdf_builder_new ("junk\n%PDF-1.7\n");
    g_autoptr (PdfBuilder) no_trailer = letter ("", "");
    g_autoptr (PdfBuilder) name = letter ("/Odd [/Bilik#zz << /a#b /c#d >>]", "");

    pdf_builder_letter (streams, "", "/Contents 5 0 R");
    pdf_builder_object (streams, 5, "<< /Length 7 >>\nstream\nq 1 g Q\nendstream");
    pdf_builder_stream (streams, "");
    damage (streams, "startxref", "startxreg");
    assert_repaired_and_signed (streams, "q 1 g Q");
    damage (no_trailer, "trailer", "trailor");
    assert_repaired_and_signed (no_trailer, "q 1 g Q");
    assert_repaired_and_signed (name, "/Bilik#23zz");
}

static void
assert_unrepairable (gconstpointer data, gsize size, const gchar *reason)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (repair (data, size, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_UNREPAIRABLE);
    g_autofree gchar *text = pena_error_describe (error);
    if (strstr (text, reason) == NULL)
        g_error ("not '%s': %s", reason, text);
}

static void
test_nothing_left (void)
{
    g_autoptr (PdfBuilder) pageless = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_object (pageless, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (pageless, 2, "<< /Type /Pages /Kids [] /Count 0 >>");
    pdf_builder_table (pageless, "");
    assert_unrepairable (pageless->bytes->data, pageless->bytes->len, "no page is left");
    assert_unrepairable ("bukan PDF", 9, "its end is missing");
    assert_unrepairable ("%PDF-1.7\n", 9, "its end is missing");
}

/* In a field, cut off from the form, and where only the objects of a compressed stream tell of it. */
static void
test_signatures_are_kept (void)
{
    g_autoptr (PdfBuilder) plain = letter ("", "");
    g_autoptr (GByteArray) signed_one = pdf_sign (plain->bytes->data, plain->bytes->len, NULL);
    guint8 *form = memmem (signed_one->data, signed_one->len, "/AcroForm", 9);
    g_autoptr (PdfBuilder) hidden =
        letter ("/Odd [<< /Type /Sig /B#79teRange [0 1 2 3] /Contents <00> >>]", "");

    assert_unrepairable (signed_one->data, signed_one->len, "it holds a signature");
    memcpy (form, "/AcroFarm", 9);
    assert_unrepairable (signed_one->data, signed_one->len, "it holds a signature");
    assert_unrepairable (hidden->bytes->data, hidden->bytes->len, "it holds a signature");
}

static void
test_encryption_is_kept (void)
{
    g_autoptr (PdfBuilder) builder = letter ("/Lang (id-ID)", "/ID [<0011><0011>]");
    g_autoptr (PenaSecret) password = pena_secret_new (8, FALSE, NULL);
    qpdf_data qpdf = qpdf_init ();
    g_autoptr (GError) error = NULL;

    pena_secret_append (password, "buka", 4);
    qpdf_read_memory (qpdf, "", (const char *)builder->bytes->data, builder->bytes->len, NULL);
    qpdf_init_write_memory (qpdf);
    qpdf_set_r6_encryption_parameters2 (qpdf, "buka", "pemilik", TRUE, TRUE, TRUE, TRUE, TRUE, TRUE,
                                        qpdf_r3p_full, TRUE);
    g_assert_cmpint (qpdf_write (qpdf), ==, QPDF_SUCCESS);
    gsize size = qpdf_get_buffer_length (qpdf);
    g_autofree guint8 *encrypted = g_memdup2 (qpdf_get_buffer (qpdf), size);
    qpdf_cleanup (&qpdf);
    memcpy (memmem (encrypted, size, "\nxref\n", 6), "\nxxxx\n", 6);

    g_autoptr (GBytes) copy = repair (encrypted, size, password, &error);
    g_assert_no_error (error);
    gsize length;
    gconstpointer data = g_bytes_get_data (copy, &length);
    g_assert_false (pdf_contains (data, length, "id-ID"));
    g_autoptr (PdfDocument) document = pdf_document_load (data, length);
    document->pdf = pena_pdf_open_with_password (document->bytes, password, &error);
    g_assert_no_error (error);
    g_autofree gchar *language = pena_pdf_get_text (document->pdf, document->pdf->root, "/Lang");
    g_assert_cmpstr (language, ==, "id-ID");
}

static void
test_full_disk (void)
{
    g_autoptr (PdfBuilder) builder = letter ("", "");
    g_autoptr (PdfDocument) document = pdf_document_load (builder->bytes->data, builder->bytes->len);
    gint full = open ("/dev/full", O_WRONLY | O_CLOEXEC);
    g_autoptr (GError) error = NULL;

    g_assert_false (pena_pdf_repair (document->fd, NULL, full, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DISK_FULL);
    close (full);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/repair/kinds", test_kinds_of_damage);
    g_test_add_func ("/pdf/repair/beyond-qpdf", test_beyond_qpdf);
    g_test_add_func ("/pdf/repair/nothing-left", test_nothing_left);
    g_test_add_func ("/pdf/repair/signatures", test_signatures_are_kept);
    g_test_add_func ("/pdf/repair/encrypted", test_encryption_is_kept);
    g_test_add_func ("/pdf/repair/full-disk", test_full_disk);
    return g_test_run ();
}
