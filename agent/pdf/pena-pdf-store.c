/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the Document Security Store
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-store.h"

#include "pena-pdf-stream.h"
#include "pena-pdf-update.h"

/* A list of a large authority is megabytes; all that one document carries stays below. */
#define MAX_STREAM (16 * 1024 * 1024)
#define MAX_TOTAL (64 * 1024 * 1024)
#define MAX_STREAMS 512

enum { CERTIFICATES, CRLS, OCSPS, N_KINDS };
static const gchar *const keys[N_KINDS] = {"/Certs", "/CRLs", "/OCSPs"};

static GPtrArray *
list_of (const PenaPdfStore *self, guint kind)
{
    GPtrArray *const lists[N_KINDS] = {self->certificates, self->crls, self->ocsps};
    return lists[kind];
}

PenaPdfStore *
pena_pdf_store_new (void)
{
    PenaPdfStore *self = g_new0 (PenaPdfStore, 1);

    self->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->crl_ends = g_array_new (FALSE, FALSE, sizeof (guint64));
    self->ocsp_ends = g_array_new (FALSE, FALSE, sizeof (guint64));
    return self;
}

void
pena_pdf_store_free (PenaPdfStore *self)
{
    if (self == NULL)
        return;
    for (guint kind = 0; kind < N_KINDS; kind++)
        g_ptr_array_unref (list_of (self, kind));
    g_array_unref (self->crl_ends);
    g_array_unref (self->ocsp_ends);
    g_free (self);
}

/* ---- reading ---- */

/* G_MAXUINT64 when it cannot be told. */
static guint64
find_end (PenaPdf *pdf, const GArray *places, qpdf_oh stream)
{
    gint number = pena_pdf_ref (pdf, stream).number;
    gint64 length = pena_pdf_get_int (pdf, qpdf_oh_get_dict (pdf->qpdf, stream), "/Length", MAX_STREAM);

    for (guint i = 0; places != NULL && i < places->len; i++) {
        const PenaPdfPlace *place = &g_array_index (places, PenaPdfPlace, i);
        if (place->number == number && place->kind == 1)
            return pdf->tail.shift + (guint64)place->place + (guint64)length;
    }
    return G_MAXUINT64;
}

/* ends may be NULL. */
static void
read_kind (PenaPdf *pdf, qpdf_oh array, GPtrArray *list, const GArray *places, GArray *ends, gsize *total)
{
    gint n = MIN (pena_pdf_n_items (pdf, array), MAX_STREAMS);

    for (gint i = 0; i < n; i++) {
        qpdf_oh item = qpdf_oh_get_array_item (pdf->qpdf, array, i);
        GBytes *bytes = *total < MAX_TOTAL ? pena_pdf_read_stream (pdf, item, MAX_STREAM) : NULL;
        if (bytes != NULL) {
            guint64 end = ends != NULL ? find_end (pdf, places, item) : 0;
            *total += g_bytes_get_size (bytes);
            g_ptr_array_add (list, bytes);
            if (ends != NULL)
                g_array_append_val (ends, end);
        }
        pena_pdf_release (pdf, item);
    }
}

PenaPdfStore *
pena_pdf_store_read (PenaPdf *pdf)
{
    PenaPdfStore *self = pena_pdf_store_new ();
    qpdf_oh store = pena_pdf_get (pdf, pdf->root, "/DSS");
    GArray *const ends[N_KINDS] = {NULL, self->crl_ends, self->ocsp_ends};
    g_autoptr (GArray) places =
        pena_pdf_is_dict (pdf, store) ? pena_pdf_places_new (pena_pdf_source (pdf)) : NULL;
    gsize total = 0;

    for (guint kind = 0; kind < N_KINDS; kind++)
        read_kind (pdf, pena_pdf_get (pdf, store, keys[kind]), list_of (self, kind), places, ends[kind],
                   &total);
    return self;
}

/* ---- writing ---- */

static gboolean
contains (GPtrArray *list, GBytes *bytes)
{
    for (guint i = 0; i < list->len; i++)
        if (g_bytes_equal (list->pdata[i], bytes))
            return TRUE;
    return FALSE;
}

static gboolean
is_new (const PenaPdfStore *there, const PenaPdfStore *more)
{
    for (guint kind = 0; kind < N_KINDS; kind++)
        for (guint i = 0; i < list_of (more, kind)->len; i++)
            if (!contains (list_of (there, kind), list_of (more, kind)->pdata[i]))
                return TRUE;
    return FALSE;
}

/* The array with references to new streams, as text; NULL when nothing of this kind is new. */
static gchar *
add_streams (PenaPdf *pdf, PenaPdfWriter *writer, qpdf_oh old, GPtrArray *there, GPtrArray *more)
{
    g_autoptr (GString) added = g_string_new (NULL);

    for (guint i = 0; i < more->len; i++) {
        gsize length;
        const guint8 *data = g_bytes_get_data (more->pdata[i], &length);
        if (contains (there, more->pdata[i]))
            continue;
        PenaPdfRef ref = pena_pdf_writer_reserve (writer);
        pena_pdf_writer_add_stream (writer, ref, "", data, length);
        g_string_append_printf (added, "%s%d %d R", added->len > 0 ? " " : "", ref.number, ref.generation);
    }
    return added->len > 0 ? pena_pdf_array_with (pdf, old, added->str) : NULL;
}

static gchar *
store_text (PenaPdf *pdf, PenaPdfWriter *writer, const PenaPdfStore *there, const PenaPdfStore *more)
{
    qpdf_oh old = pena_pdf_get (pdf, pdf->root, "/DSS");
    PenaPdfChange changes[N_KINDS + 1] = {{"/Type", "/DSS"}};
    g_auto (GStrv) arrays = g_new0 (gchar *, N_KINDS + 1);
    gsize n = 1, n_arrays = 0;

    for (guint kind = 0; kind < N_KINDS; kind++) {
        gchar *array = add_streams (pdf, writer, pena_pdf_get (pdf, old, keys[kind]), list_of (there, kind),
                                    list_of (more, kind));
        if (array == NULL)
            continue;
        arrays[n_arrays++] = array;
        changes[n++] = (PenaPdfChange){keys[kind], array};
    }
    qpdf_oh dict = pena_pdf_is_dict (pdf, old) ? old : qpdf_oh_new_dictionary (pdf->qpdf);
    return pena_pdf_dict_with (pdf, dict, changes, n);
}

/* The extension of ISO 32000-1 in which the store is defined; a document of PDF 2.0 says it all the same, for readers that
 * know only the older way. NULL when it is said already. */
static gchar *
extensions_text (PenaPdf *pdf)
{
    qpdf_oh old = pena_pdf_get (pdf, pdf->root, "/Extensions");
    const PenaPdfChange esic = {"/ESIC", "<< /BaseVersion /1.7 /ExtensionLevel 1 >>"};

    if (!pena_pdf_is_null (pdf, pena_pdf_get (pdf, old, "/ESIC")))
        return NULL;
    qpdf_oh dict = pena_pdf_is_dict (pdf, old) ? old : qpdf_oh_new_dictionary (pdf->qpdf);
    return pena_pdf_dict_with (pdf, dict, &esic, 1);
}

/* A store that is an object of its own is written again; else the catalog gets a reference to a new one. */
static void
put_store (PenaPdf *pdf, PenaPdfWriter *writer, const gchar *text)
{
    PenaPdfRef ref = pena_pdf_ref (pdf, pena_pdf_get (pdf, pdf->root, "/DSS"));
    g_autofree gchar *extensions = extensions_text (pdf);
    g_autofree gchar *reference = NULL;
    PenaPdfChange changes[2];
    gsize n = 0;

    if (ref.number == 0) {
        ref = pena_pdf_writer_reserve (writer);
        reference = g_strdup_printf ("%d %d R", ref.number, ref.generation);
        changes[n++] = (PenaPdfChange){"/DSS", reference};
    }
    pena_pdf_writer_add (writer, ref, text);
    if (extensions != NULL)
        changes[n++] = (PenaPdfChange){"/Extensions", extensions};
    if (n == 0)
        return;
    g_autofree gchar *catalog = pena_pdf_dict_with (pdf, pdf->root, changes, n);
    pena_pdf_writer_add (writer, pena_pdf_ref (pdf, pdf->root), catalog);
}

GByteArray *
pena_pdf_store_append (PenaPdf *pdf, const PenaPdfStore *more, GError **error)
{
    g_autoptr (PenaPdfStore) there = pena_pdf_store_read (pdf);

    if (!is_new (there, more))
        return g_byte_array_new ();
    g_autoptr (PenaPdfWriter) writer = pena_pdf_writer_new (pdf);
    g_autofree gchar *text = store_text (pdf, writer, there, more);
    put_store (pdf, writer, text);
    if (!pena_pdf_check (pdf, error) || !pena_pdf_writer_finish (writer, pdf, error))
        return NULL;
    return g_byte_array_ref (writer->bytes);
}
