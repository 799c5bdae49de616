/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of signing encrypted PDFs
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <stdlib.h>
#include <string.h>

#include "pdf-builder.h"
#include "pena-pdf-update.h"

/* Every kind of encryption that the standard handler has had, as qpdf makes it. */
typedef enum { RC4_40, RC4_128, RC4_FILTER, AES_128, AES_256_R5, AES_256, N_KINDS } Kind;

/* What those may do who have the user's password only. */
typedef struct {
    gboolean annotate, fill, modify;
} Rights;

static const Rights all_rights = {TRUE, TRUE, TRUE};

static void
set_encryption (qpdf_data qpdf, Kind kind, const gchar *user, const gchar *owner, const Rights *may)
{
    if (kind == RC4_40)
        qpdf_set_r2_encryption_parameters_insecure (qpdf, user, owner, TRUE, may->modify, TRUE,
                                                    may->annotate);
    else if (kind == RC4_128)
        qpdf_set_r3_encryption_parameters_insecure (qpdf, user, owner, TRUE, TRUE, TRUE, may->annotate,
                                                    may->fill, may->modify, qpdf_r3p_full);
    else if (kind == RC4_FILTER || kind == AES_128)
        qpdf_set_r4_encryption_parameters_insecure (qpdf, user, owner, TRUE, TRUE, TRUE, may->annotate,
                                                    may->fill, may->modify, qpdf_r3p_full, TRUE,
                                                    kind == AES_128);
    else if (kind == AES_256_R5)
        qpdf_set_r5_encryption_parameters2 (qpdf, user, owner, TRUE, TRUE, TRUE, may->annotate, may->fill,
                                            may->modify, qpdf_r3p_full, TRUE);
    else
        qpdf_set_r6_encryption_parameters2 (qpdf, user, owner, TRUE, TRUE, TRUE, may->annotate, may->fill,
                                            may->modify, qpdf_r3p_full, TRUE);
}

static GBytes *
encrypt (const PdfBuilder *builder, Kind kind, const gchar *user, const gchar *owner, const Rights *may,
         gboolean streams)
{
    qpdf_data qpdf = qpdf_init ();

    g_assert_cmpint (
        qpdf_read_memory (qpdf, "", (const char *)builder->bytes->data, builder->bytes->len, NULL), ==,
        QPDF_SUCCESS);
    qpdf_init_write_memory (qpdf);
    set_encryption (qpdf, kind, user, owner, may);
    qpdf_set_object_stream_mode (qpdf, streams ? qpdf_o_generate : qpdf_o_disable);
    g_assert_cmpint (qpdf_write (qpdf), ==, QPDF_SUCCESS);
    GBytes *bytes = g_bytes_new (qpdf_get_buffer (qpdf), qpdf_get_buffer_length (qpdf));
    qpdf_cleanup (&qpdf);
    return bytes;
}

static PdfBuilder *
letter_with_field (void)
{
    PdfBuilder *builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "/AcroForm << /Fields [5 0 R] /DA (/Helv 0 Tf 0 g) >> /Lang (id-ID)", "");
    pdf_builder_object (builder, 5, "<< /T (Kosong) /TU (Tanda tangan) /FT /Sig /Ff 0 >>");
    pdf_builder_table (builder, "/ID [<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]");
    return builder;
}

static PenaSecret *
secret (const gchar *text)
{
    PenaSecret *self = pena_secret_new (128, FALSE, NULL);

    g_assert_true (pena_secret_append (self, text, strlen (text)));
    return self;
}

static PdfDocument *
open_encrypted (gconstpointer data, gsize size, const gchar *password)
{
    g_autoptr (PenaSecret) given = secret (password);
    PdfDocument *self = pdf_document_load (data, size);
    g_autoptr (GError) error = NULL;

    self->pdf = pena_pdf_open_with_password (self->bytes, given, &error);
    g_assert_no_error (error);
    return self;
}

static GByteArray *
sign (gconstpointer data, gsize size, const gchar *password, const gchar *field)
{
    g_autoptr (PdfDocument) document = open_encrypted (data, size, password);
    PenaPdfSignOptions options = pdf_sign_options;

    options.field = field;
    return pdf_document_sign (document, data, size, &options);
}

static void
assert_signatures (const GByteArray *bytes, const gchar *password, guint n)
{
    g_autoptr (PdfDocument) document = open_encrypted (bytes->data, bytes->len, password);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = pena_pdf_list_signatures (document->pdf, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (list->len, ==, n);
    for (guint i = 0; i < n; i++) {
        const PenaPdfSignature *one = g_ptr_array_index (list, i);
        g_assert_true (one->ranges_sound);
        g_assert_cmpstr (one->reason, ==, pdf_sign_options.reason);
        g_assert_cmpstr (one->name, ==, pdf_sign_options.name);
        g_assert_cmpint (one->time, ==, pdf_sign_options.time);
        g_assert_cmpmem (g_bytes_get_data (one->contents, NULL), 5, "\x30\x03\x02\x01\x05", 5);
        g_assert_cmpint (one->changes, ==, i + 1 == n ? PENA_PDF_CHANGES_NONE : PENA_PDF_CHANGES_SIGNATURES);
    }
}

/* Twice, in a field that is there and in a new one, in tables and in streams; nothing that was said can be read. */
static void
test_every_kind (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint i = 0; i < 2 * N_KINDS; i++) {
        Kind kind = i / 2;
        g_autoptr (GBytes) plain = encrypt (builder, kind, "buka", "pemilik", &all_rights, i % 2 == 1);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        g_autoptr (GByteArray) once = sign (data, size, "buka", "Kosong");
        g_autoptr (GByteArray) twice = sign (once->data, once->len, "pemilik", NULL);
        g_assert_cmpmem (twice->data, size, data, size);
        g_assert_false (pdf_contains (twice->data, twice->len, "Persetujuan"));
        g_assert_false (pdf_contains (twice->data, twice->len, "Kosong"));
        g_assert_false (pdf_contains (twice->data, twice->len, "(D:"));
        g_assert_true (pdf_contains (twice->data, twice->len, "<3003020105"));
        assert_signatures (twice, "buka", 2);
        assert_signatures (twice, "pemilik", 2);
    }
}

/* The other strings of an object that is written again stay what they were. */
static void
test_strings_are_kept (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();
    g_autoptr (GBytes) plain = encrypt (builder, AES_256, "", "pemilik", &all_rights, FALSE);
    gsize size;
    gconstpointer data = g_bytes_get_data (plain, &size);
    g_autoptr (GByteArray) once = sign (data, size, "", "Kosong");
    g_autoptr (PdfDocument) document = open_encrypted (once->data, once->len, "");
    PenaPdf *pdf = document->pdf;
    qpdf_oh form = pena_pdf_get (pdf, pdf->root, "/AcroForm");
    qpdf_oh field = qpdf_oh_get_array_item (pdf->qpdf, pena_pdf_get (pdf, form, "/Fields"), 0);
    g_autofree gchar *appearance = pena_pdf_get_text (pdf, form, "/DA");
    g_autofree gchar *hint = pena_pdf_get_text (pdf, field, "/TU");

    g_assert_cmpstr (appearance, ==, "/Helv 0 Tf 0 g");
    g_assert_cmpstr (hint, ==, "Tanda tangan");
}

/* qpdf takes /Contents for encrypted when the dictionary does not say that it is a signature. */
static void
test_dictionary_without_type (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint kind = 0; kind < N_KINDS; kind++) {
        g_autoptr (GBytes) plain = encrypt (builder, kind, "", "", &all_rights, FALSE);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        g_autoptr (GByteArray) once = sign (data, size, "", NULL);
        guint8 *type = memmem (once->data, once->len, "/Type /Sig ", 11);
        memcpy (type, "/Kind /Sig ", 11);
        assert_signatures (once, "", 1);
    }
}

static void
test_streams (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint kind = 0; kind < N_KINDS; kind++) {
        g_autoptr (GBytes) plain = encrypt (builder, kind, "buka", "pemilik", &all_rights, FALSE);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        g_autoptr (PdfDocument) document = open_encrypted (data, size, "buka");
        g_autoptr (PenaPdfWriter) writer = pena_pdf_writer_new (document->pdf);
        g_autoptr (GError) error = NULL;
        PenaPdfRef ref = pena_pdf_writer_reserve (writer);
        pena_pdf_writer_add_stream (writer, ref, "/Note (rahasia)", (const guint8 *)"rahasia juga", 12);
        g_assert_true (pena_pdf_writer_finish (writer, document->pdf, &error));
        g_autoptr (GByteArray) out = g_byte_array_new ();
        g_byte_array_append (out, data, (guint)size);
        g_byte_array_append (out, writer->bytes->data, writer->bytes->len);
        g_assert_false (pdf_contains (out->data, out->len, "rahasia"));
        g_autoptr (PdfDocument) again = open_encrypted (out->data, out->len, "pemilik");
        qpdf_oh stream = pena_pdf_object (again->pdf, ref);
        g_autofree gchar *note =
            pena_pdf_get_text (again->pdf, qpdf_oh_get_dict (again->pdf->qpdf, stream), "/Note");
        unsigned char *content = NULL;
        size_t length = 0;
        g_assert_cmpint (
            qpdf_oh_get_stream_data (again->pdf->qpdf, stream, qpdf_dl_all, NULL, &content, &length), ==,
            QPDF_SUCCESS);
        g_assert_cmpstr (note, ==, "rahasia");
        g_assert_cmpmem (content, length, "rahasia juga", 12);
        free (content);
    }
}

static void
assert_opens_not (gconstpointer data, gsize size, const gchar *password, gint code)
{
    g_autoptr (PdfDocument) document = pdf_document_load (data, size);
    g_autoptr (PenaSecret) given = password != NULL ? secret (password) : NULL;
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_pdf_open_with_password (document->bytes, given, &error));
    g_assert_error (error, PENA_ERROR, code);
}

static void
test_passwords (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint kind = 0; kind < N_KINDS; kind++) {
        g_autoptr (GBytes) plain = encrypt (builder, kind, "buka", "pemilik", &all_rights, FALSE);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        assert_opens_not (data, size, NULL, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED);
        assert_opens_not (data, size, "", PENA_ERROR_DOCUMENT_PASSWORD_NEEDED);
        assert_opens_not (data, size, "salah", PENA_ERROR_DOCUMENT_PASSWORD_WRONG);
    }
    /* A password for a document that has none is passed over. */
    g_autoptr (PdfDocument) open = open_encrypted (builder->bytes->data, builder->bytes->len, "tidak perlu");
    g_assert_cmpuint (pena_pdf_get_n_pages (open->pdf), ==, 2);
}

/* Old programs used the encoding of their system. */
static void
test_spelling (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();
    g_autoptr (GBytes) plain = encrypt (builder, RC4_128, "caf\xe9", "pemilik", &all_rights, FALSE);
    gsize size;
    gconstpointer data = g_bytes_get_data (plain, &size);
    g_autoptr (GByteArray) once = sign (data, size, "caf\xc3\xa9", NULL);

    assert_signatures (once, "caf\xc3\xa9", 1);
}

static void
test_rights (void)
{
    const struct {
        Rights may;
        gboolean new_field, old_field;
    } cases[] = {{{TRUE, TRUE, TRUE}, TRUE, TRUE},
                 {{TRUE, TRUE, FALSE}, FALSE, TRUE},
                 {{FALSE, TRUE, FALSE}, FALSE, TRUE},
                 {{FALSE, FALSE, TRUE}, FALSE, FALSE},
                 {{FALSE, FALSE, FALSE}, FALSE, FALSE}};
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
        gboolean old_field = i % 2 == 1;
        g_autoptr (GBytes) plain = encrypt (builder, AES_128, "", "pemilik", &cases[i / 2].may, FALSE);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        g_autoptr (PdfDocument) document = open_encrypted (data, size, "");
        PenaPdfSignOptions options = pdf_sign_options;
        g_autoptr (GError) error = NULL;
        options.field = old_field ? "Kosong" : NULL;
        g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &options, &error);
        if (old_field ? cases[i / 2].old_field : cases[i / 2].new_field)
            g_assert_no_error (error);
        else
            g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_RESTRICTED);
        g_autoptr (GByteArray) as_owner = sign (data, size, "pemilik", options.field);
        assert_signatures (as_owner, "", 1);
    }
}

/* A document time-stamp needs a new field: where that is not allowed, nobody signs in vain before. */
static void
test_rights_to_archive (void)
{
    const Rights may_fill = {FALSE, TRUE, FALSE}, may_annotate = {TRUE, TRUE, FALSE};
    const Rights *const cases[] = {&may_fill, &may_annotate};
    g_autoptr (PdfBuilder) builder = letter_with_field ();

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GBytes) plain = encrypt (builder, AES_256, "", "pemilik", cases[i], FALSE);
        gsize size;
        gconstpointer data = g_bytes_get_data (plain, &size);
        PenaPdfSignOptions options = pdf_sign_options;
        g_autoptr (GError) error = NULL;
        options.field = "Kosong";
        options.archived = TRUE;
        g_autoptr (PdfDocument) user = open_encrypted (data, size, "");
        g_assert_null (pena_pdf_prepare (user->pdf, &options, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_RESTRICTED);
        g_clear_error (&error);
        g_autoptr (PdfDocument) owner = open_encrypted (data, size, "pemilik");
        g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (owner->pdf, &options, &error);
        g_assert_no_error (error);
    }
}

/* Readers disagree on what this means; a repair makes it plain. */
static void
test_key_length_missing (void)
{
    g_autoptr (PdfBuilder) builder = letter_with_field ();
    g_autoptr (GBytes) plain = encrypt (builder, RC4_128, "", "pemilik", &all_rights, FALSE);
    gsize size;
    gconstpointer data = g_bytes_get_data (plain, &size);
    g_autofree guint8 *copy = g_memdup2 (data, size);
    memcpy (memmem (copy, size, "/Length 128", 11), "/Wength 128", 11);
    assert_opens_not (copy, size, NULL, PENA_ERROR_DOCUMENT_DAMAGED);

    g_autoptr (PdfDocument) document = pdf_document_load (copy, size);
    g_autoptr (PdfDocument) repaired = pdf_document_load ("", 0);
    g_autoptr (GError) error = NULL;
    g_assert_true (pena_pdf_repair (document->fd, NULL, repaired->fd, &error));
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (repaired->fd, NULL, &error);
    g_autoptr (PenaPdf) pdf = pena_pdf_open (bytes, &error);
    g_assert_no_error (error);
}

static void
test_unknown_handler (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.6\n");
    g_autoptr (GError) error = NULL;

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "/ID [<00><00>] /Encrypt << /Filter /Adobe.PubSec /V 4 >>");
    g_autoptr (PdfDocument) document = pdf_document_load (builder->bytes->data, builder->bytes->len);
    g_assert_null (pena_pdf_open (document->bytes, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_ENCRYPTED);
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_nonnull (strstr (text, "Adobe.PubSec"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/crypt/every-kind", test_every_kind);
    g_test_add_func ("/pdf/crypt/strings-are-kept", test_strings_are_kept);
    g_test_add_func ("/pdf/crypt/dictionary-without-type", test_dictionary_without_type);
    g_test_add_func ("/pdf/crypt/streams", test_streams);
    g_test_add_func ("/pdf/crypt/passwords", test_passwords);
    g_test_add_func ("/pdf/crypt/spelling", test_spelling);
    g_test_add_func ("/pdf/crypt/rights", test_rights);
    g_test_add_func ("/pdf/crypt/rights-to-archive", test_rights_to_archive);
    g_test_add_func ("/pdf/crypt/key-length-missing", test_key_length_missing);
    g_test_add_func ("/pdf/crypt/unknown-handler", test_unknown_handler);
    return g_test_run ();
}
