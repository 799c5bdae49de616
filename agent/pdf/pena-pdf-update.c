/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing an incremental update
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-update.h"

#include <pena/pena-error.h>
#include <string.h>
#include <sys/random.h>

#include "pena-pdf-crypt.h"
#include "pena-pdf-text.h"
#include "pena-text.h"

#define MAX_TABLE_OFFSET G_GUINT64_CONSTANT (9999999999) /* ten digits */
#define ID_LENGTH 16
/* To read more objects than these costs more than the rare document with a broken reference is worth. */
#define MAX_SCANNED_OBJECTS 50000

typedef struct {
    PenaPdfRef ref;
    guint64 offset; /* from the header */
} Entry;

PenaPdfWriter *
pena_pdf_writer_new (PenaPdf *pdf)
{
    PenaPdfWriter *self = g_new0 (PenaPdfWriter, 1);
    guint8 last = pdf->data[pdf->size - 1];

    self->pdf = pdf;
    self->bytes = g_byte_array_new ();
    self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
    /* What is left of /Size is more than the highest number (pena_pdf_is_harmless). */
    self->next_number = (gint)pena_pdf_get_int (pdf, pdf->trailer, "/Size", 1);
    /* An object that has the number of one that the document lacks would come to life in its place. */
    if (self->next_number <= MAX_SCANNED_OBJECTS)
        self->dangling = pena_pdf_find_dangling (pdf);
    if (last != '\n' && last != '\r')
        pena_pdf_writer_put_raw (self, "\n");
    return self;
}

void
pena_pdf_writer_free (PenaPdfWriter *self)
{
    if (self == NULL)
        return;
    g_byte_array_unref (self->bytes);
    g_array_unref (self->entries);
    g_clear_pointer (&self->dangling, g_array_unref);
    g_clear_error (&self->failure);
    g_free (self);
}

static gboolean
is_dangling (const PenaPdfWriter *self, gint number)
{
    for (guint i = 0; self->dangling != NULL && i < self->dangling->len; i++)
        if (g_array_index (self->dangling, gint, i) == number)
            return TRUE;
    return FALSE;
}

PenaPdfRef
pena_pdf_writer_reserve (PenaPdfWriter *self)
{
    while (is_dangling (self, self->next_number))
        self->next_number++;
    return (PenaPdfRef){self->next_number++, 0};
}

guint64
pena_pdf_writer_position (const PenaPdfWriter *self)
{
    return (guint64)self->pdf->size + self->bytes->len;
}

void
pena_pdf_writer_put_raw (PenaPdfWriter *self, const gchar *text)
{
    g_byte_array_append (self->bytes, (const guint8 *)text, (guint)strlen (text));
}

void
pena_pdf_writer_put (PenaPdfWriter *self, const gchar *text)
{
    g_autofree gchar *encrypted = NULL;

    if (self->pdf->encryption != NULL && self->open.number != 0 && self->failure == NULL)
        encrypted = pena_pdf_crypt_text (self->pdf, self->open, text, &self->failure);
    pena_pdf_writer_put_raw (self, encrypted != NULL ? encrypted : text);
}

static void G_GNUC_PRINTF (2, 3) put_printf (PenaPdfWriter *self, const gchar *format, ...)
{
    va_list args;

    va_start (args, format);
    g_autofree gchar *text = g_strdup_vprintf (format, args);
    va_end (args);
    pena_pdf_writer_put_raw (self, text);
}

void
pena_pdf_writer_begin (PenaPdfWriter *self, PenaPdfRef ref)
{
    Entry entry = {ref, pena_pdf_writer_position (self) - self->pdf->tail.shift};

    for (guint i = 0; i < self->entries->len; i++)
        if (g_array_index (self->entries, Entry, i).ref.number == ref.number)
            self->clash = TRUE;
    g_array_append_val (self->entries, entry);
    put_printf (self, "%d %d obj\n", ref.number, ref.generation);
    self->open = ref;
}

void
pena_pdf_writer_end (PenaPdfWriter *self)
{
    self->open = (PenaPdfRef){0, 0};
    pena_pdf_writer_put_raw (self, "\nendobj\n");
}

void
pena_pdf_writer_add (PenaPdfWriter *self, PenaPdfRef ref, const gchar *text)
{
    pena_pdf_writer_begin (self, ref);
    pena_pdf_writer_put (self, text);
    pena_pdf_writer_end (self);
}

void
pena_pdf_writer_add_stream (PenaPdfWriter *self, PenaPdfRef ref, const gchar *entries, const guint8 *data,
                            gsize length)
{
    g_autoptr (GByteArray) encrypted = NULL;

    if (self->pdf->encryption != NULL && self->failure == NULL)
        encrypted = pena_pdf_crypt_stream (self->pdf, ref, data, length, &self->failure);
    if (encrypted != NULL) {
        data = encrypted->data;
        length = encrypted->len;
    }
    pena_pdf_writer_begin (self, ref);
    pena_pdf_writer_put (self, "<< ");
    pena_pdf_writer_put (self, entries);
    put_printf (self, " /Length %" G_GSIZE_FORMAT " >>\nstream\n", length);
    g_byte_array_append (self->bytes, data, (guint)length);
    pena_pdf_writer_put_raw (self, "\nendstream");
    pena_pdf_writer_end (self);
}

static gint
compare_entries (gconstpointer a, gconstpointer b)
{
    const Entry *left = a, *right = b;
    return left->ref.number - right->ref.number;
}

/* The number of entries from `first` on whose objects are numbered without a gap. */
static guint
run_length (const PenaPdfWriter *self, guint first)
{
    guint n = 1;
    gint number = g_array_index (self->entries, Entry, first).ref.number;

    while (first + n < self->entries->len &&
           g_array_index (self->entries, Entry, first + n).ref.number == number + (gint)n)
        n++;
    return n;
}

/* The first half says which document this is and stays; the second says which revision and is new. */
static gboolean
append_id (PenaPdf *pdf, GString *out, GError **error)
{
    qpdf_oh id = pena_pdf_get (pdf, pdf->trailer, "/ID");
    guint8 fresh[ID_LENGTH];
    const char *first = NULL;
    size_t length = 0;

    if (getrandom (fresh, sizeof fresh, 0) != (gssize)sizeof fresh) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no random bytes");
        return FALSE;
    }
    if (pena_pdf_n_items (pdf, id) > 0)
        qpdf_oh_get_value_as_string (pdf->qpdf, qpdf_oh_get_array_item (pdf->qpdf, id, 0), &first, &length);
    g_string_append (out, " /ID [");
    if (first != NULL && length > 0)
        pena_pdf_append_hex (out, (const guint8 *)first, length);
    else
        pena_pdf_append_hex (out, fresh, sizeof fresh);
    pena_pdf_append_hex (out, fresh, sizeof fresh);
    g_string_append_c (out, ']');
    return TRUE;
}

/* /Size, /Prev, /Root, /Info, /Encrypt, /ID; not /XRefStm, which would hide the new objects from some readers. */
static gboolean
append_trailer (PenaPdfWriter *self, PenaPdf *pdf, GString *out, GError **error)
{
    qpdf_oh info = pena_pdf_get (pdf, pdf->trailer, "/Info");
    g_autofree gchar *root = pena_pdf_unparse (pdf, pdf->root);

    g_string_append_printf (out, "/Size %d /Prev %" G_GUINT64_FORMAT " /Root %s", self->next_number,
                            pdf->tail.startxref, root);
    if (pena_pdf_ref (pdf, info).number != 0) {
        g_autofree gchar *reference = pena_pdf_unparse (pdf, info);
        g_string_append_printf (out, " /Info %s", reference);
    }
    if (pdf->encryption != NULL) {
        g_autofree gchar *encrypt = pena_pdf_unparse (pdf, pena_pdf_get (pdf, pdf->trailer, "/Encrypt"));
        g_string_append_printf (out, " /Encrypt %s", encrypt);
    }
    return append_id (pdf, out, error);
}

static gboolean
finish_table (PenaPdfWriter *self, PenaPdf *pdf, GError **error)
{
    g_autoptr (GString) trailer = g_string_new ("trailer\n<< ");

    if (pena_pdf_writer_position (self) > MAX_TABLE_OFFSET) {
        pena_pdf_set_unsupported (error, _ ("a file of 10 GB or more with a classic cross-reference table"));
        return FALSE;
    }
    pena_pdf_writer_put_raw (self, "xref\n");
    for (guint i = 0; i < self->entries->len;) {
        guint end = i + run_length (self, i);
        put_printf (self, "%d %u\n", g_array_index (self->entries, Entry, i).ref.number, end - i);
        for (; i < end; i++) {
            const Entry *entry = &g_array_index (self->entries, Entry, i);
            put_printf (self, "%010" G_GUINT64_FORMAT " %05d n \n", entry->offset, entry->ref.generation);
        }
    }
    if (!append_trailer (self, pdf, trailer, error))
        return FALSE;
    g_string_append (trailer, " >>\n");
    pena_pdf_writer_put_raw (self, trailer->str);
    return TRUE;
}

static void
put_number (GByteArray *out, guint64 value, guint width)
{
    for (guint i = width; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append (out, &byte, 1);
    }
}

static gboolean
finish_stream (PenaPdfWriter *self, PenaPdf *pdf, PenaPdfRef ref, guint64 startxref, GError **error)
{
    g_autoptr (GString) dict = g_string_new ("<< /Type /XRef ");
    g_autoptr (GByteArray) rows = g_byte_array_new ();
    guint width = 4;

    while (width < 8 && startxref >> (8 * width) != 0)
        width++;
    if (!append_trailer (self, pdf, dict, error))
        return FALSE;
    g_string_append_printf (dict, " /W [1 %u 2] /Index [", width);
    for (guint i = 0; i < self->entries->len; i += run_length (self, i))
        g_string_append_printf (dict, "%s%d %u", i > 0 ? " " : "",
                                g_array_index (self->entries, Entry, i).ref.number, run_length (self, i));
    for (guint i = 0; i < self->entries->len; i++) {
        const Entry *entry = &g_array_index (self->entries, Entry, i);
        put_number (rows, 1, 1);
        put_number (rows, entry->offset, width);
        put_number (rows, (guint64)entry->ref.generation, 2);
    }
    g_string_append_printf (dict, "] /Length %u >>\nstream\n", rows->len);
    pena_pdf_writer_put_raw (self, dict->str);
    g_byte_array_append (self->bytes, rows->data, rows->len);
    pena_pdf_writer_put_raw (self, "\nendstream");
    pena_pdf_writer_end (self);
    return TRUE;
}

gboolean
pena_pdf_writer_finish (PenaPdfWriter *self, PenaPdf *pdf, GError **error)
{
    gboolean stream = pdf->tail.kind == PENA_PDF_XREF_STREAM;
    PenaPdfRef ref = {0, 0};
    guint64 startxref = pena_pdf_writer_position (self) - pdf->tail.shift;
    gboolean ok;

    if (self->failure != NULL) {
        g_propagate_error (error, g_steal_pointer (&self->failure));
        return FALSE;
    }
    if (self->clash) {
        pena_pdf_set_damaged (error, _ ("one object serves as two, such as catalog and page"));
        return FALSE;
    }
    if (stream) {
        ref = pena_pdf_writer_reserve (self);
        pena_pdf_writer_begin (self, ref);
    }
    g_array_sort (self->entries, compare_entries);
    ok = stream ? finish_stream (self, pdf, ref, startxref, error) : finish_table (self, pdf, error);
    if (ok)
        put_printf (self, "startxref\n%" G_GUINT64_FORMAT "\n%%%%EOF\n", startxref);
    return ok;
}

static const PenaPdfChange *
find_change (const gchar *key, const PenaPdfChange *changes, gsize n_changes)
{
    for (gsize i = 0; i < n_changes; i++)
        if (strcmp (changes[i].key, key) == 0)
            return &changes[i];
    return NULL;
}

static void
append_entry (GString *out, const gchar *key, const gchar *value)
{
    pena_pdf_append_name (out, key);
    g_string_append_printf (out, " %s ", value);
}

gchar *
pena_pdf_dict_with (PenaPdf *pdf, qpdf_oh dict, const PenaPdfChange *changes, gsize n_changes)
{
    g_autoptr (GPtrArray) keys = pena_pdf_keys (pdf, dict);
    GString *out = g_string_new ("<< ");

    for (guint i = 0; i < keys->len; i++) {
        const gchar *key = g_ptr_array_index (keys, i);
        if (find_change (key, changes, n_changes) != NULL)
            continue;
        g_autofree gchar *value = pena_pdf_unparse (pdf, pena_pdf_get (pdf, dict, key));
        append_entry (out, key, value);
    }
    for (gsize i = 0; i < n_changes; i++)
        if (changes[i].value != NULL)
            append_entry (out, changes[i].key, changes[i].value);
    g_string_append (out, ">>");
    return g_string_free (out, FALSE);
}

gchar *
pena_pdf_array_with (PenaPdf *pdf, qpdf_oh array, const gchar *item)
{
    GString *out = g_string_new ("[");
    gint n = pena_pdf_n_items (pdf, array);

    for (gint i = 0; i < n; i++) {
        qpdf_oh old = qpdf_oh_get_array_item (pdf->qpdf, array, i);
        g_autofree gchar *text = pena_pdf_unparse (pdf, old);
        g_string_append_printf (out, "%s ", text);
        pena_pdf_release (pdf, old);
    }
    g_string_append_printf (out, "%s]", item);
    return g_string_free (out, FALSE);
}
