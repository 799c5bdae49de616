/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: listing the signatures of a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-contents.h"
#include "pena-pdf-edit.h"
#include "pena-pdf-history.h"
#include "pena-pdf-text.h"
#include "pena-text.h"

/* Real ones are some KiB. */
#define MAX_CERTIFICATE (256 * 1024)

typedef PenaPdfSigned Row;

void
pena_pdf_signature_free (PenaPdfSignature *self)
{
    if (self == NULL)
        return;
    g_free (self->field);
    g_free (self->filter);
    g_free (self->sub_filter);
    g_free (self->name);
    g_free (self->reason);
    g_free (self->location);
    g_free (self->ranges_problem);
    g_clear_pointer (&self->contents, g_bytes_unref);
    g_clear_pointer (&self->certificates, g_ptr_array_unref);
    g_clear_pointer (&self->edits, g_ptr_array_unref);
    g_clear_pointer (&self->shown_later, g_array_unref);
    g_free (self);
}

gboolean
pena_pdf_signature_is_time_stamp (const PenaPdfSignature *self)
{
    return g_strcmp0 (self->sub_filter, "ETSI.RFC3161") == 0;
}

static gint
hex_value (guint8 byte)
{
    return g_ascii_xdigit_value ((gchar)byte);
}

/* The gap is '<', an even number of hexadecimal digits, '>', and these are the string that the parser sees.
 */
static gboolean
gap_is_contents (const guint8 *gap, gsize length, GBytes *contents)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data (contents, &size);

    if (length < 4 || length % 2 != 0 || gap[0] != '<' || gap[length - 1] != '>' || size != (length - 2) / 2)
        return FALSE;
    for (gsize i = 0; i < size; i++) {
        gint high = hex_value (gap[1 + 2 * i]), low = hex_value (gap[2 + 2 * i]);
        if (high < 0 || low < 0 || bytes[i] != (high << 4 | low))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_ranges (PenaPdf *pdf, qpdf_oh array, guint64 ret_ranges[4])
{
    guint64 ranges[4];

    if (pena_pdf_n_items (pdf, array) != 4)
        return FALSE;
    for (gint i = 0; i < 4; i++) {
        long long value;
        if (!qpdf_oh_get_value_as_longlong (pdf->qpdf, qpdf_oh_get_array_item (pdf->qpdf, array, i),
                                            &value) ||
            value < 0)
            return FALSE;
        ranges[i] = (guint64)value;
    }
    memcpy (ret_ranges, ranges, sizeof ranges);
    return TRUE;
}

/* Why the ByteRange is not one that can be relied upon; NULL when it can. */
static const gchar *
find_problem (PenaPdf *pdf, PenaPdfSignature *self, qpdf_oh value)
{
    const guint64 *r = self->ranges;

    if (!read_ranges (pdf, pena_pdf_get (pdf, value, "/ByteRange"), self->ranges))
        return _ ("/ByteRange is not four numbers");
    if (r[0] != 0)
        return _ ("/ByteRange does not start at the beginning of the file");
    if (r[1] > pdf->size || r[2] > pdf->size || r[3] > pdf->size - r[2] || r[2] < r[1])
        return _ ("/ByteRange leads out of the file");
    if (g_bytes_get_size (self->contents) == 0)
        return _ ("/Contents is missing");
    if (!gap_is_contents (pdf->data + r[1], (gsize)(r[2] - r[1]), self->contents))
        return _ ("what /ByteRange leaves out is not exactly /Contents");
    return NULL;
}

static void
add_string (PenaPdf *pdf, qpdf_oh string, GPtrArray *strings)
{
    const char *value;
    size_t length;

    if (qpdf_oh_get_value_as_string (pdf->qpdf, string, &value, &length) && length <= MAX_CERTIFICATE)
        g_ptr_array_add (strings, g_bytes_new (value, length));
}

/* One string, or an array of them (ISO 32000-1, table 252). */
static GPtrArray *
read_certificates (PenaPdf *pdf, qpdf_oh cert)
{
    GPtrArray *certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    add_string (pdf, cert, certificates);
    for (gint i = 0; i < MIN (pena_pdf_n_items (pdf, cert), PENA_PDF_MAX_CERTIFICATES); i++)
        add_string (pdf, qpdf_oh_get_array_item (pdf->qpdf, cert, i), certificates);
    return certificates;
}

static PenaPdfSignature *
read_signature (PenaPdf *pdf, const PenaPdfField *field)
{
    PenaPdfSignature *self = g_new0 (PenaPdfSignature, 1);
    g_autofree gchar *time = pena_pdf_get_text (pdf, field->value, "/M");

    self->field = g_strdup (field->name);
    self->filter = pena_pdf_get_name (pdf, field->value, "/Filter");
    self->sub_filter = pena_pdf_get_name (pdf, field->value, "/SubFilter");
    self->name = pena_pdf_get_text (pdf, field->value, "/Name");
    self->reason = pena_pdf_get_text (pdf, field->value, "/Reason");
    self->location = pena_pdf_get_text (pdf, field->value, "/Location");
    self->time = pena_pdf_date_parse (time);
    self->contents = pena_pdf_read_contents (pdf, field->value);
    if (self->contents == NULL)
        self->contents = g_bytes_new_static ("", 0);
    self->has_cert_key = !pena_pdf_is_null (pdf, pena_pdf_get (pdf, field->value, "/Cert"));
    self->certificates = read_certificates (pdf, pena_pdf_get (pdf, field->value, "/Cert"));
    self->edits = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_pdf_edit_free);
    self->shown_later = g_array_new (FALSE, FALSE, sizeof (guint));
    const gchar *problem = find_problem (pdf, self, field->value);
    self->ranges_sound = problem == NULL;
    self->ranges_problem = g_strdup (problem);
    return self;
}

static void
row_free (Row *self)
{
    pena_pdf_signature_free (self->signature);
    g_free (self);
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
    const PenaPdfSignature *left = (*(Row *const *)a)->signature, *right = (*(Row *const *)b)->signature;

    if (pena_pdf_signature_end (left) != pena_pdf_signature_end (right))
        return pena_pdf_signature_end (left) < pena_pdf_signature_end (right) ? -1 : 1;
    return g_strcmp0 (left->field, right->field);
}

/* One signature leaves one gap: whoever shares or overlaps another's is not what it seems. */
static void
check_overlaps (GPtrArray *rows)
{
    for (guint i = 0; i < rows->len; i++)
        for (guint j = i + 1; j < rows->len; j++) {
            PenaPdfSignature *a = ((Row *)g_ptr_array_index (rows, i))->signature;
            PenaPdfSignature *b = ((Row *)g_ptr_array_index (rows, j))->signature;
            if (a->ranges_sound && b->ranges_sound && a->ranges[1] < b->ranges[2] &&
                b->ranges[1] < a->ranges[2]) {
                pena_pdf_signature_doubt (a, _ ("two signatures share one place in the file"));
                pena_pdf_signature_doubt (b, _ ("two signatures share one place in the file"));
            }
        }
}

static gboolean
collect (PenaPdf *pdf, const PenaPdfForm *form, GPtrArray *rows, GError **error)
{
    for (guint i = 0; i < form->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (form->signatures, i);
        if (!pena_pdf_field_is_signed (pdf, field))
            continue;
        if (rows->len == PENA_PDF_MAX_SIGNATURES) {
            pena_pdf_set_unsupported (error, _ ("too many signatures"));
            return FALSE;
        }
        Row *row = g_new0 (Row, 1);
        row->field = field;
        row->signature = read_signature (pdf, field);
        g_ptr_array_add (rows, row);
    }
    return pena_pdf_check (pdf, error);
}

/* By how far they reach, each sound or not, the changes not judged yet. */
static GPtrArray *
read_rows (PenaPdf *pdf, const PenaPdfForm *form, GError **error)
{
    g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)row_free);

    if (!collect (pdf, form, rows, error))
        return NULL;
    g_ptr_array_sort (rows, compare_rows);
    check_overlaps (rows);
    return g_steal_pointer (&rows);
}

GPtrArray *
pena_pdf_list_signatures (PenaPdf *self, GError **error)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (self, error);
    g_autoptr (GPtrArray) rows = form != NULL ? read_rows (self, form, error) : NULL;

    if (rows == NULL)
        return NULL;
    pena_pdf_judge_history (self, rows);
    GPtrArray *signatures = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_pdf_signature_free);
    for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add (signatures, g_steal_pointer (&((Row *)g_ptr_array_index (rows, i))->signature));
    return signatures;
}

PenaPdfSignature *
pena_pdf_get_last_signature (PenaPdf *self, GError **error)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (self, error);
    g_autoptr (GPtrArray) rows = form != NULL ? read_rows (self, form, error) : NULL;
    guint last;

    if (rows == NULL)
        return NULL;
    for (last = rows->len; last > 0; last--)
        if (((const Row *)g_ptr_array_index (rows, last - 1))->signature->ranges_sound)
            break;
    if (last == 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no sound signature");
        return NULL;
    }
    pena_pdf_judge_coverage (self, ((const Row *)g_ptr_array_index (rows, last - 1))->signature);
    return g_steal_pointer (&((Row *)g_ptr_array_index (rows, last - 1))->signature);
}
