/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: taking the pages of a small PDF over as form XObjects
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-import.h"

#include <pena/pena-error.h>
#include <stdlib.h>

#include "pena-pdf-standard.h"

#define MAX_OBJECTS 256
#define MAX_DEPTH 32
#define MAX_BYTES (6 * 1024 * 1024)

typedef struct {
    PenaPdf source; /* only its qpdf is there: enough for looking at objects */
    PenaPdfWriter *writer;
    PenaPdfImport *result;
    GHashTable *numbers; /* of the source -> new */
    GQueue waiting;      /* numbers of the source whose objects are still to be written */
    gsize bytes;
    gboolean unsound;
} Import;

/* What a drawing consists of: all else stays behind. */
static const gchar *const dictionary_keys[] = {"/Type",
                                               "/Subtype",
                                               "/BaseFont",
                                               "/Encoding",
                                               "/DescendantFonts",
                                               "/ToUnicode",
                                               "/FontDescriptor",
                                               "/FirstChar",
                                               "/LastChar",
                                               "/Widths",
                                               "/W",
                                               "/DW",
                                               "/CIDSystemInfo",
                                               "/CIDToGIDMap",
                                               "/Registry",
                                               "/Ordering",
                                               "/Supplement",
                                               "/FontName",
                                               "/FontFamily",
                                               "/Flags",
                                               "/FontBBox",
                                               "/ItalicAngle",
                                               "/Ascent",
                                               "/Descent",
                                               "/CapHeight",
                                               "/StemV",
                                               "/StemH",
                                               "/FontFile",
                                               "/FontFile2",
                                               "/FontFile3",
                                               "/CIDSet",
                                               "/CharSet",
                                               "/Length1",
                                               "/Length2",
                                               "/Length3",
                                               "/Filter",
                                               "/DecodeParms",
                                               "/Predictor",
                                               "/Colors",
                                               "/Columns",
                                               "/Width",
                                               "/Height",
                                               "/BitsPerComponent",
                                               "/ColorSpace",
                                               "/Interpolate",
                                               "/Decode",
                                               "/SMask",
                                               "/CA",
                                               "/ca",
                                               "/Font",
                                               "/XObject",
                                               "/ExtGState",
                                               "/Differences",
                                               "/BaseEncoding",
                                               "/FontMatrix",
                                               "/CharProcs",
                                               "/Resources",
                                               NULL};
/* Below these the keys are names of the drawing's own. */
static const gchar *const named_keys[] = {"/Font", "/XObject", "/ExtGState", "/CharProcs", NULL};

void
pena_pdf_import_free (PenaPdfImport *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->forms);
    g_free (self);
}

static void append (Import *self, GString *out, qpdf_oh object, gboolean any_key, guint depth);

static PenaPdfRef
new_ref (Import *self, qpdf_oh object)
{
    gpointer number = GINT_TO_POINTER (qpdf_oh_get_object_id (self->source.qpdf, object));
    gint known = GPOINTER_TO_INT (g_hash_table_lookup (self->numbers, number));

    if (known != 0)
        return (PenaPdfRef){known, 0};
    PenaPdfRef ref = pena_pdf_writer_reserve (self->writer);
    g_hash_table_insert (self->numbers, number, GINT_TO_POINTER (ref.number));
    g_queue_push_tail (&self->waiting, number);
    self->unsound |= g_hash_table_size (self->numbers) > MAX_OBJECTS;
    return ref;
}

static void
append_entries (Import *self, GString *out, qpdf_oh dict, gboolean any_key, guint depth)
{
    g_autoptr (GPtrArray) keys = pena_pdf_keys (&self->source, dict);

    for (guint i = 0; i < keys->len && !self->unsound; i++) {
        const gchar *key = g_ptr_array_index (keys, i);
        if (!any_key && !g_strv_contains (dictionary_keys, key))
            continue;
        self->result->transparent |= g_str_equal (key, "/SMask");
        pena_pdf_append_name (out, key);
        g_string_append_c (out, ' ');
        append (self, out, pena_pdf_get (&self->source, dict, key),
                !any_key && g_strv_contains (named_keys, key), depth + 1);
        g_string_append_c (out, ' ');
    }
}

static void
append_array (Import *self, GString *out, qpdf_oh array, guint depth)
{
    gint n = pena_pdf_n_items (&self->source, array);

    g_string_append_c (out, '[');
    for (gint i = 0; i < n && !self->unsound; i++) {
        append (self, out, qpdf_oh_get_array_item (self->source.qpdf, array, i), FALSE, depth + 1);
        g_string_append_c (out, ' ');
    }
    g_string_append_c (out, ']');
}

/* any_key: a dictionary's keys are names of the drawing's own. */
static void
append (Import *self, GString *out, qpdf_oh object, gboolean any_key, guint depth)
{
    qpdf_data qpdf = self->source.qpdf;

    self->unsound |= depth > MAX_DEPTH || out->len > MAX_BYTES;
    if (self->unsound)
        return;
    /* A dictionary of names may be an object of its own; it is written in place, because what its keys are is known here. */
    if (qpdf_oh_is_indirect (qpdf, object) && !(any_key && pena_pdf_is_dict (&self->source, object))) {
        g_string_append_printf (out, "%d 0 R", new_ref (self, object).number);
        return;
    }
    if (pena_pdf_is_dict (&self->source, object)) {
        g_string_append (out, "<< ");
        append_entries (self, out, object, any_key, depth);
        g_string_append (out, ">>");
    } else if (qpdf_oh_is_array (qpdf, object))
        append_array (self, out, object, depth);
    else if (qpdf_oh_is_name (qpdf, object))
        pena_pdf_append_name (out, qpdf_oh_get_name (qpdf, object));
    else
        g_string_append (out, qpdf_oh_unparse_resolved (qpdf, object));
}

/* entries: the dictionary's, without brackets. */
static void
put_stream (Import *self, PenaPdfRef ref, qpdf_oh stream, const gchar *entries)
{
    unsigned char *data = NULL;
    size_t length = 0;

    if (qpdf_oh_get_stream_data (self->source.qpdf, stream, qpdf_dl_none, NULL, &data, &length) !=
            QPDF_SUCCESS ||
        (self->bytes += length) > MAX_BYTES)
        self->unsound = TRUE;
    else
        pena_pdf_writer_add_stream (self->writer, ref, entries, data, length);
    free (data);
}

static void
put_object (Import *self, gint number)
{
    qpdf_oh object = qpdf_get_object_by_id (self->source.qpdf, number, 0);
    PenaPdfRef ref = {GPOINTER_TO_INT (g_hash_table_lookup (self->numbers, GINT_TO_POINTER (number))), 0};
    g_autoptr (GString) text = g_string_new (NULL);

    if (qpdf_oh_is_stream (self->source.qpdf, object)) {
        append_entries (self, text, qpdf_oh_get_dict (self->source.qpdf, object), FALSE, 0);
        if (!self->unsound)
            put_stream (self, ref, object, text->str);
        return;
    }
    /* The object itself, not a reference to it. */
    if (pena_pdf_is_dict (&self->source, object)) {
        g_string_append (text, "<< ");
        append_entries (self, text, object, FALSE, 0);
        g_string_append (text, ">>");
    } else if (qpdf_oh_is_array (self->source.qpdf, object))
        append_array (self, text, object, 0);
    else
        g_string_append (text, qpdf_oh_unparse_resolved (self->source.qpdf, object));
    if (!self->unsound)
        pena_pdf_writer_add (self->writer, ref, text->str);
}

static void
put_form (Import *self, size_t index)
{
    qpdf_oh page = qpdf_get_page_n (self->source.qpdf, index);
    qpdf_oh contents = pena_pdf_get (&self->source, page, "/Contents");
    qpdf_oh box = pena_pdf_get (&self->source, page, "/MediaBox");
    PenaPdfRef ref = pena_pdf_writer_reserve (self->writer);
    g_autoptr (GString) entries = g_string_new ("/Type /XObject /Subtype /Form /BBox ");

    if (!qpdf_oh_is_stream (self->source.qpdf, contents) || pena_pdf_n_items (&self->source, box) != 4) {
        self->unsound = TRUE;
        return;
    }
    append_array (self, entries, box, 0);
    g_string_append (entries, " /Resources ");
    qpdf_oh resources = pena_pdf_get (&self->source, page, "/Resources");
    g_string_append (entries, "<< ");
    if (pena_pdf_is_dict (&self->source, resources))
        append_entries (self, entries, resources, FALSE, 0);
    g_string_append_printf (entries, "%s>> ", pena_pdf_colour_spaces (self->writer->pdf));
    qpdf_oh filter = pena_pdf_get (&self->source, qpdf_oh_get_dict (self->source.qpdf, contents), "/Filter");
    if (!pena_pdf_is_null (&self->source, filter)) {
        g_string_append (entries, "/Filter ");
        append (self, entries, filter, FALSE, 0);
    }
    if (!self->unsound)
        put_stream (self, ref, contents, entries->str);
    g_array_append_val (self->result->forms, ref);
}

static gboolean
open_source (Import *self, GBytes *pdf)
{
    gsize size;
    const char *data = g_bytes_get_data (pdf, &size);

    self->source.qpdf = qpdf_init ();
    qpdf_silence_errors (self->source.qpdf);
    qpdf_set_suppress_warnings (self->source.qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery (self->source.qpdf, QPDF_FALSE);
    return qpdf_read_memory (self->source.qpdf, "", data, size, NULL) == QPDF_SUCCESS;
}

static void
run (Import *self, gsize n_pages)
{
    if (qpdf_get_num_pages (self->source.qpdf) < (int)n_pages)
        self->unsound = TRUE;
    for (gsize i = 0; i < n_pages && !self->unsound; i++)
        put_form (self, i);
    while (!self->unsound && !g_queue_is_empty (&self->waiting))
        put_object (self, GPOINTER_TO_INT (g_queue_pop_head (&self->waiting)));
    self->unsound |= qpdf_has_error (self->source.qpdf) || qpdf_more_warnings (self->source.qpdf);
}

PenaPdfImport *
pena_pdf_import (GBytes *pdf, gsize n_pages, PenaPdfWriter *writer, GError **error)
{
    g_autoptr (PenaPdfImport) result = g_new0 (PenaPdfImport, 1);
    g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
    Import self = {.writer = writer, .result = result, .numbers = numbers, .waiting = G_QUEUE_INIT};

    result->forms = g_array_new (FALSE, FALSE, sizeof (PenaPdfRef));
    if (open_source (&self, pdf))
        run (&self, n_pages);
    else
        self.unsound = TRUE;
    g_queue_clear (&self.waiting);
    qpdf_cleanup (&self.source.qpdf);
    if (!self.unsound)
        return g_steal_pointer (&result);
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the drawn stamp is not sound");
    return NULL;
}
