/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: small PDFs for tests
 * Copyright (C) 2026 the Pena authors */
#include "pdf-builder.h"

#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    gint number;
    gsize offset;
} Entry;

const PenaPdfSignOptions pdf_sign_options = {
    .reason = "Persetujuan",
    .location = "Tirta Kencana",
    .name = "Sari Wulandari",
    .time = 1790000000,
    .utc_offset = 7 * 3600,
    .contents_capacity = 64,
};

PdfBuilder *
pdf_builder_new (const gchar *start)
{
    PdfBuilder *self = g_new0 (PdfBuilder, 1);

    self->bytes = g_byte_array_new ();
    self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
    self->shift = (gsize)(strstr (start, "%PDF-") - start);
    pdf_builder_text (self, start);
    return self;
}

void
pdf_builder_free (PdfBuilder *self)
{
    g_byte_array_unref (self->bytes);
    g_array_unref (self->entries);
    g_free (self);
}

void
pdf_builder_text (PdfBuilder *self, const gchar *text)
{
    g_byte_array_append (self->bytes, (const guint8 *)text, (guint)strlen (text));
}

void
pdf_builder_object (PdfBuilder *self, gint number, const gchar *text)
{
    Entry entry = {number, self->bytes->len - self->shift};
    g_autofree gchar *object = g_strdup_printf ("%d 0 obj\n%s\nendobj\n", number, text);

    self->highest = MAX (self->highest, number);
    g_array_append_val (self->entries, entry);
    pdf_builder_text (self, object);
}

void
pdf_builder_letter (PdfBuilder *self, const gchar *catalog_extra, const gchar *page_extra)
{
    g_autofree gchar *catalog = g_strdup_printf ("<< /Type /Catalog /Pages 2 0 R %s >>", catalog_extra);
    g_autofree gchar *page = g_strdup_printf ("<< /Type /Page /Parent 2 0 R %s >>", page_extra);

    pdf_builder_object (self, 1, catalog);
    pdf_builder_object (self, 2,
                        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 595 842] /Rotate 90 >>");
    pdf_builder_object (self, 3, page);
    pdf_builder_object (self, 4, "<< /Type /Page /Parent 2 0 R >>");
}

void
pdf_builder_pageless (PdfBuilder *self)
{
    pdf_builder_object (self, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (self, 2, "<< /Type /Pages /Kids [] /Count 0 >>");
}

static void
end_revision (PdfBuilder *self, guint64 startxref)
{
    g_autofree gchar *end = g_strdup_printf ("startxref\n%" G_GUINT64_FORMAT "\n%%%%EOF\n", startxref);

    pdf_builder_text (self, end);
    self->startxref = startxref;
    g_array_set_size (self->entries, 0);
}

static gchar *
previous (const PdfBuilder *self)
{
    return self->startxref != 0 ? g_strdup_printf (" /Prev %" G_GUINT64_FORMAT, self->startxref)
                                : g_strdup ("");
}

static void
append_rows (const PdfBuilder *self, GString *out, guint n)
{
    for (guint i = 0; i < n; i++) {
        const Entry *entry = &g_array_index (self->entries, Entry, i);
        g_string_append_printf (out, "%d 1\n%010" G_GSIZE_FORMAT " 00000 n \n", entry->number, entry->offset);
    }
}

static void
put_table (PdfBuilder *self, guint n, const gchar *trailer)
{
    guint64 startxref = self->bytes->len - self->shift;
    g_autofree gchar *prev = previous (self);
    g_autoptr (GString) out = g_string_new ("xref\n0 1\n0000000000 65535 f \n");

    append_rows (self, out, n);
    g_string_append_printf (out, "trailer\n<< /Size %d /Root 1 0 R%s %s >>\n", self->highest + 1, prev,
                            trailer);
    pdf_builder_text (self, out->str);
    end_revision (self, startxref);
}

void
pdf_builder_table (PdfBuilder *self, const gchar *trailer)
{
    put_table (self, self->entries->len, trailer);
}

/* A cross-reference stream for the entries from `first` on and for itself. */
static guint64
put_stream (PdfBuilder *self, guint first, const gchar *more)
{
    guint64 offset = self->bytes->len - self->shift;
    g_autoptr (GString) index = g_string_new (NULL);
    g_autoptr (GString) rows = g_string_new (NULL);
    Entry itself = {++self->highest, (gsize)offset};

    g_array_append_val (self->entries, itself);
    for (guint i = first; i < self->entries->len; i++) {
        const Entry *entry = &g_array_index (self->entries, Entry, i);
        g_string_append_printf (index, "%d 1 ", entry->number);
        g_string_append_printf (rows, "01%016" G_GSIZE_MODIFIER "x", entry->offset);
    }
    g_autofree gchar *object = g_strdup_printf (
        "%d 0 obj\n<< /Type /XRef /Size %d /Root 1 0 R %s /W [1 8 0] /Index [%s] /Filter /ASCIIHexDecode "
        "/Length %" G_GSIZE_FORMAT " >>\nstream\n%s>\nendstream\nendobj\n",
        self->highest, self->highest + 1, more, index->str, rows->len + 1, rows->str);
    pdf_builder_text (self, object);
    return offset;
}

void
pdf_builder_stream (PdfBuilder *self, const gchar *trailer)
{
    g_autofree gchar *prev = previous (self);
    g_autofree gchar *more = g_strconcat (prev, " ", trailer, NULL);

    end_revision (self, put_stream (self, 0, more));
}

void
pdf_builder_hybrid (PdfBuilder *self, const gchar *trailer)
{
    guint shown = self->entries->len - 1;
    guint64 stream = put_stream (self, shown, "");
    g_autofree gchar *more = g_strdup_printf ("/XRefStm %" G_GUINT64_FORMAT " %s", stream, trailer);

    put_table (self, shown, more);
}

void
pdf_builder_rows (PdfBuilder *self, const gchar *rows, const gchar *trailer)
{
    g_autofree gchar *text =
        g_strdup_printf ("xref\n%strailer\n<< %s /Prev %" G_GUINT64_FORMAT " >>\nstartxref\n%u\n%%%%EOF\n",
                         rows, trailer, self->startxref, self->bytes->len);

    pdf_builder_text (self, text);
}

GBytes *
pdf_make_letter (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    return g_bytes_new (builder->bytes->data, builder->bytes->len);
}

void
pdf_builder_linearized_letter (PdfBuilder *self)
{
    g_autoptr (GString) first = g_string_new ("xref\n3 2\n");

    pdf_builder_object (self, 3, "<< /Type /Page /Parent 2 0 R >>");
    pdf_builder_object (self, 4, "<< /Type /Page /Parent 2 0 R >>");
    for (guint i = 0; i < 2; i++)
        g_string_append_printf (first, "%010" G_GSIZE_FORMAT " 00000 n \n",
                                g_array_index (self->entries, Entry, i).offset);
    g_string_append (first, "trailer\n<< /Size 5 /Root 1 0 R /Prev ");
    guint64 startxref = self->bytes->len;
    pdf_builder_text (self, first->str);
    guint hole = self->bytes->len;
    pdf_builder_text (self, "           >>\nstartxref\n0\n%%EOF\n");
    g_array_set_size (self->entries, 0);
    pdf_builder_object (self, 1, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_builder_object (self, 2, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 595 842] >>");
    g_autofree gchar *prev = g_strdup_printf ("%u", self->bytes->len);
    memcpy (self->bytes->data + hole, prev, strlen (prev));
    g_autoptr (GString) second = g_string_new ("xref\n0 1\n0000000000 65535 f \n");
    append_rows (self, second, 2);
    g_string_append (second, "trailer\n<< /Size 3 /Root 1 0 R >>\n");
    pdf_builder_text (self, second->str);
    end_revision (self, startxref);
}

PdfDocument *
pdf_document_load (gconstpointer data, gsize size)
{
    PdfDocument *self = g_new0 (PdfDocument, 1);
    g_autoptr (GError) error = NULL;

    self->fd = memfd_create ("pdf", MFD_CLOEXEC);
    g_assert_cmpint (self->fd, >=, 0);
    g_assert_cmpint (write (self->fd, data, size), ==, (gssize)size);
    self->bytes = pena_pdf_bytes_new (self->fd, NULL, &error);
    g_assert_no_error (error);
    return self;
}

PdfDocument *
pdf_document_new (gconstpointer data, gsize size)
{
    PdfDocument *self = pdf_document_load (data, size);
    g_autoptr (GError) error = NULL;

    self->pdf = pena_pdf_open (self->bytes, &error);
    g_assert_no_error (error);
    return self;
}

void
pdf_document_free (PdfDocument *self)
{
    pena_pdf_free (self->pdf);
    pena_pdf_bytes_free (self->bytes);
    close (self->fd);
    g_free (self);
}

PdfDocument *
pdf_builder_open (const PdfBuilder *self)
{
    return pdf_document_new (self->bytes->data, self->bytes->len);
}

void
pdf_assert_refused (gconstpointer data, gsize size, gint code)
{
    g_autoptr (PdfDocument) document = pdf_document_load (data, size);
    g_autoptr (GError) error = NULL;

    document->pdf = pena_pdf_open (document->bytes, &error);
    g_assert_error (error, PENA_ERROR, code);
    g_assert_null (document->pdf);
    g_autofree gchar *text = pena_error_describe (error);
    g_assert_false (strchr (text, '?') != NULL); /* a fact that is missing */
}

GByteArray *
pdf_document_sign (PdfDocument *self, gconstpointer data, gsize size, const PenaPdfSignOptions *options)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPdfUpdate) update =
        pena_pdf_prepare (self->pdf, options != NULL ? options : &pdf_sign_options, &error);
    GByteArray *out = g_byte_array_new ();

    g_assert_no_error (error);
    g_assert_true (pena_pdf_update_set_contents (update, "\x30\x03\x02\x01\x05", 5, &error));
    g_byte_array_append (out, data, (guint)size);
    g_byte_array_append (out, update->bytes->data, update->bytes->len);
    return out;
}

GByteArray *
pdf_sign (gconstpointer data, gsize size, const PenaPdfSignOptions *options)
{
    g_autoptr (PdfDocument) document = pdf_document_new (data, size);
    return pdf_document_sign (document, data, size, options);
}

gboolean
pdf_contains (gconstpointer data, gsize size, const gchar *text)
{
    return memmem (data, size, text, strlen (text)) != NULL;
}

void
pdf_assert_unsignable (const PdfBuilder *builder, const PenaPdfSignOptions *options, gint code)
{
    g_autoptr (PdfDocument) document = pdf_builder_open (builder);
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_pdf_prepare (document->pdf, options != NULL ? options : &pdf_sign_options, &error));
    g_assert_error (error, PENA_ERROR, code);
}

/* Behind its last occurrence. Cross-reference streams hold zeros, which end a string. */
static const gchar *
find_behind (gconstpointer data, gsize size, const gchar *text)
{
    const gchar *found = NULL, *end = (const gchar *)data + size;

    for (const gchar *at = data; (at = memmem (at, (gsize)(end - at), text, strlen (text))) != NULL;)
        found = at += strlen (text);
    return found;
}

void
pdf_builder_set_bytes (PdfBuilder *self, gconstpointer data, gsize size)
{
    const gchar *last = find_behind (data, size, "startxref\n");
    const gchar *trailer = find_behind (data, size, "/Size ");

    g_byte_array_set_size (self->bytes, 0);
    g_byte_array_append (self->bytes, data, (guint)size);
    self->startxref = g_ascii_strtoull (last, NULL, 10);
    self->highest = (gint)g_ascii_strtoll (trailer, NULL, 10) - 1;
}

void
pdf_builder_sign (PdfBuilder *self, const PenaPdfSignOptions *options)
{
    g_autoptr (GByteArray) out = pdf_sign (self->bytes->data, self->bytes->len, options);
    pdf_builder_set_bytes (self, out->data, out->len);
}

GPtrArray *
pdf_builder_signatures (const PdfBuilder *self)
{
    g_autoptr (PdfDocument) document = pdf_builder_open (self);
    g_autoptr (GError) error = NULL;
    GPtrArray *signatures = pena_pdf_list_signatures (document->pdf, &error);

    g_assert_no_error (error);
    return signatures;
}
