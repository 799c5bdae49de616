/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: listing the signatures of a PDF
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-contents.h"
#include "pena-pdf-revision.h"
#include "pena-pdf-text.h"
#include "pena-text.h"

/* Signatures times objects. */
#define MAX_COMPARED 20000000

/* A signature and the field that holds it. */
typedef struct {
    PenaPdfSignature *signature;
    const PenaPdfField *field;
} Row;

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
    g_clear_pointer (&self->change_notes, g_ptr_array_unref);
    g_clear_pointer (&self->shown_later, g_array_unref);
    g_free (self);
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
set_problem (PenaPdfSignature *self, const gchar *problem)
{
    self->ranges_sound = FALSE;
    if (self->ranges_problem == NULL)
        self->ranges_problem = g_strdup (problem);
}

static guint64
end_of (const PenaPdfSignature *self)
{
    return self->ranges[2] + self->ranges[3];
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
    self->change_notes = g_ptr_array_new_with_free_func (g_free);
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

    if (end_of (left) != end_of (right))
        return end_of (left) < end_of (right) ? -1 : 1;
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
                set_problem (a, _ ("two signatures share one place in the file"));
                set_problem (b, _ ("two signatures share one place in the file"));
            }
        }
}

/* The dictionary that was signed is the one that is read now. */
static gboolean
same_in_own_revision (PenaPdf *old, PenaPdf *now, const PenaPdfField *field)
{
    PenaPdfRef ref = pena_pdf_ref (now, field->value);
    qpdf_oh value = ref.number != 0 ? pena_pdf_object (old, ref)
                                    : pena_pdf_get (old, pena_pdf_object (old, field->ref), "/V");
    g_autofree gchar *then = pena_pdf_unparse_resolved (old, value);
    g_autofree gchar *today = pena_pdf_unparse_resolved (now, field->value);

    return (ref.number != 0 || field->ref.number != 0) && strcmp (then, today) == 0;
}

/* Fields whose signature is sound and covers more than the i-th. */
static GPtrArray *
later_fields (GPtrArray *rows, guint i)
{
    const Row *row = g_ptr_array_index (rows, i);
    GPtrArray *later = g_ptr_array_new ();

    for (guint j = i + 1; j < rows->len; j++) {
        const Row *other = g_ptr_array_index (rows, j);
        if (other->signature->ranges_sound && end_of (other->signature) > end_of (row->signature))
            g_ptr_array_add (later, (gpointer)other->field);
    }
    return later;
}

/* How far the later signatures reach. */
static guint64
covered_by (GPtrArray *rows, guint i)
{
    guint64 end = 0;

    for (guint j = i + 1; j < rows->len; j++) {
        const PenaPdfSignature *other = ((const Row *)g_ptr_array_index (rows, j))->signature;
        if (other->ranges_sound)
            end = MAX (end, end_of (other));
    }
    return end;
}

static PenaPdfChanges
differ (PenaPdfSignature *self, const gchar *how)
{
    g_ptr_array_add (self->change_notes, g_strdup (how));
    return PENA_PDF_CHANGES_OTHER;
}

static PenaPdfChanges
compare_with_newest (const PenaPdfNewest *newest, GPtrArray *rows, guint i)
{
    PenaPdf *pdf = newest->pdf;
    Row *row = g_ptr_array_index (rows, i);
    PenaPdfSignature *self = row->signature;
    g_autoptr (GPtrArray) later = later_fields (rows, i);
    g_autoptr (GHashTable) shown = g_hash_table_new (NULL, NULL);

    /* What only the /XRefStm of an update names is seen by some readers and not by others. */
    if (pdf->tail.hybrid_end > end_of (self))
        return differ (self, _ ("readers may differ on what was added"));
    if (newest->places != NULL && (guint64)rows->len * newest->places->len > MAX_COMPARED)
        return differ (self, _ ("too many signatures and objects to compare"));
    g_autoptr (PenaPdf) old = pena_pdf_open_revision (pdf, (gsize)end_of (self), NULL);
    if (old == NULL)
        return differ (self, _ ("the signed revision cannot be read on its own"));
    if (!same_in_own_revision (old, pdf, row->field))
        set_problem (self, _ ("the signature dictionary is not the one that was signed"));
    const PenaPdfLater what = {later, covered_by (rows, i), shown};
    if (!pena_pdf_only_signatures_added (old, newest, &what, self->change_notes))
        return PENA_PDF_CHANGES_OTHER;
    for (guint j = i + 1; j < rows->len; j++)
        if (g_hash_table_contains (shown, ((const Row *)g_ptr_array_index (rows, j))->field))
            g_array_append_val (self->shown_later, j);
    return PENA_PDF_CHANGES_SIGNATURES;
}

static void
judge_changes (const PenaPdfNewest *newest, GPtrArray *rows, guint i)
{
    PenaPdf *pdf = newest->pdf;
    PenaPdfSignature *self = ((Row *)g_ptr_array_index (rows, i))->signature;
    const GArray *revisions = pdf->tail.revisions;
    const PenaPdfRevisionEnd *last = &g_array_index (revisions, PenaPdfRevisionEnd, revisions->len - 1);
    guint revision = pena_pdf_tail_find_revision (&pdf->tail, end_of (self));

    self->changes = PENA_PDF_CHANGES_OTHER;
    if (!self->ranges_sound)
        return;
    self->revision = revision;
    if (revision == 0) {
        /* It covers a part of a revision only. */
        self->revision = 1;
        while (self->revision < revisions->len &&
               g_array_index (revisions, PenaPdfRevisionEnd, self->revision - 1).end < end_of (self))
            self->revision++;
        g_ptr_array_add (self->change_notes,
                         g_strdup (_ ("the signed range does not end where a revision ends")));
    } else if (last->end_with_eol != pdf->size)
        g_ptr_array_add (self->change_notes, g_strdup (_ ("bytes follow the end of the last revision")));
    else if (end_of (self) == pdf->size)
        self->changes = PENA_PDF_CHANGES_NONE;
    else if (revision == revisions->len)
        g_ptr_array_add (self->change_notes, g_strdup (_ ("the end of the file is not covered")));
    else
        self->changes = compare_with_newest (newest, rows, i);
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

/* Where the first sound signature ends before the end of the file; 0 when there is nothing to compare. */
static guint64
first_end (PenaPdf *pdf, GPtrArray *rows)
{
    for (guint i = 0; i < rows->len; i++) {
        const PenaPdfSignature *signature = ((const Row *)g_ptr_array_index (rows, i))->signature;
        if (signature->ranges_sound)
            return end_of (signature) < pdf->size ? end_of (signature) : 0;
    }
    return 0;
}

static void
judge_all (PenaPdf *pdf, GPtrArray *rows)
{
    guint64 end = first_end (pdf, rows);
    g_autoptr (GArray) places = end > 0 ? pena_pdf_places_new (pena_pdf_source (pdf)) : NULL;
    g_autoptr (GArray) references = end > 0 ? pena_pdf_find_forward_references (pdf, end) : NULL;
    const PenaPdfNewest newest = {pdf, places, references};

    /* The last one first: whether it is sound decides what an earlier one may count as a signature. */
    for (guint i = rows->len; i-- > 0;)
        judge_changes (&newest, rows, i);
}

GPtrArray *
pena_pdf_list_signatures (PenaPdf *self, GError **error)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (self, error);
    g_autoptr (GPtrArray) rows = form != NULL ? read_rows (self, form, error) : NULL;

    if (rows == NULL)
        return NULL;
    judge_all (self, rows);
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
    const PenaPdfNewest newest = {.pdf = self};
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
    judge_changes (&newest, rows, last - 1);
    return g_steal_pointer (&((Row *)g_ptr_array_index (rows, last - 1))->signature);
}
