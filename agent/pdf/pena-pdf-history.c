/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what came after each signature of a PDF
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-history.h"

#include <string.h>
#include <time.h>

#include "pena-pdf-compare.h"
#include "pena-pdf-permission.h"
#include "pena-pdf-revision.h"
#include "pena-text.h"

/* Each comparison opens a revision anew: entries of cross-references, pages as so many, in all. */
#define MAX_LOAD 10000000
#define PAGE_LOAD 4

typedef struct {
    PenaPdf *pdf;
    GPtrArray *rows; /* of PenaPdfSigned */
    PenaPdfSketches *sketches;
    gint64 started; /* processor_seconds() */
    PenaPdfStepInput step;
} History;

static PenaPdfSignature *
nth (GPtrArray *rows, guint i)
{
    return ((PenaPdfSigned *)g_ptr_array_index (rows, i))->signature;
}

guint64
pena_pdf_signature_end (const PenaPdfSignature *self)
{
    return self->ranges[2] + self->ranges[3];
}

void
pena_pdf_signature_doubt (PenaPdfSignature *self, const gchar *problem)
{
    self->ranges_sound = FALSE;
    if (self->ranges_problem == NULL)
        self->ranges_problem = g_strdup (problem);
}

/* ---- what the range says ---- */

static void
tell (PenaPdfSignature *self, const PenaPdfDone *done, PenaPdfDeed as, gboolean allowed)
{
    self->n_edits++;
    if (self->edits->len < PENA_PDF_MAX_EDITS)
        g_ptr_array_add (self->edits, pena_pdf_edit_new (done, as, allowed));
}

static void
tell_of_file (PenaPdf *pdf, PenaPdfSignature *self, PenaPdfDeed deed)
{
    const PenaPdfDone done = {.deed = deed, .revision = pdf->tail.revisions->len};
    tell (self, &done, deed, FALSE);
}

/* The revision that holds the end of the range, which covers a part of it only. */
static guint
revision_around (PenaPdf *pdf, guint64 end)
{
    const GArray *revisions = pdf->tail.revisions;
    guint revision = 1;

    while (revision < revisions->len && g_array_index (revisions, PenaPdfRevisionEnd, revision - 1).end < end)
        revision++;
    return revision;
}

gboolean
pena_pdf_judge_coverage (PenaPdf *pdf, PenaPdfSignature *self)
{
    const GArray *revisions = pdf->tail.revisions;
    const PenaPdfRevisionEnd *last = &g_array_index (revisions, PenaPdfRevisionEnd, revisions->len - 1);
    guint64 end = pena_pdf_signature_end (self);
    guint revision = self->ranges_sound ? pena_pdf_tail_find_revision (&pdf->tail, end) : 0;

    self->changes = PENA_PDF_CHANGES_OTHER;
    if (!self->ranges_sound)
        return TRUE;
    self->revision = revision != 0 ? revision : revision_around (pdf, end);
    if (revision == 0)
        tell_of_file (pdf, self, PENA_PDF_DID_END_ELSEWHERE);
    else if (last->end_with_eol != pdf->size)
        tell_of_file (pdf, self, PENA_PDF_DID_APPEND_BYTES);
    else if (end == pdf->size)
        self->changes = PENA_PDF_CHANGES_NONE;
    else if (revision == revisions->len)
        tell_of_file (pdf, self, PENA_PDF_DID_LEAVE_END_UNCOVERED);
    else
        return FALSE;
    return TRUE;
}

/* ---- comparing ---- */

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

/* A signature whose dictionary is no longer what it was in its own revision is none that a field may hold. */
static void
check_signed_in (History *self, PenaPdf *old, guint revision)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const PenaPdfSigned *row = g_ptr_array_index (self->rows, i);
        if (!row->signature->ranges_sound || row->signature->revision != revision ||
            same_in_own_revision (old, self->pdf, row->field))
            continue;
        pena_pdf_signature_doubt (row->signature,
                                  _ ("the signature dictionary is not the one that was signed"));
        g_hash_table_remove (self->step.later, GINT_TO_POINTER (row->field->ref.number));
    }
}

static PenaPdf *
open_revision (History *self, guint revision)
{
    const PenaPdfRevisionEnd *end =
        &g_array_index (self->pdf->tail.revisions, PenaPdfRevisionEnd, revision - 1);
    return pena_pdf_open_revision (self->pdf, end->end_with_eol, NULL);
}

static void
note_here (History *self, PenaPdfDeed deed)
{
    PenaPdfDone *done = g_new0 (PenaPdfDone, 1);

    done->deed = deed;
    done->revision = self->step.revision;
    g_ptr_array_add (self->step.done, done);
}

static gint64
processor_seconds (void)
{
    struct timespec time;

    return clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time) == 0 ? time.tv_sec : G_MAXINT64;
}

/* `n` comparisons are left. What is counted is what documents of many parts consist of; the clock is for those that make few parts
 * large. */
static gboolean
is_too_much (const History *self, const PenaPdf *now, guint n)
{
    return (guint64)n * (now->tail.load + (guint64)PAGE_LOAD * now->n_pages) > MAX_LOAD ||
           self->step.work > PENA_PDF_MAX_WORK || processor_seconds () - self->started > self->pdf->patience;
}

/* From the newest revision back to the first signed one: whether a later signature is sound decides what an earlier one may
 * count as a signature. */
static void
compare_all (History *self, guint first)
{
    g_autoptr (PenaPdf) kept = NULL; /* all but the newest are opened here */
    g_autoptr (PenaPdfSide) now = pena_pdf_side_new (self->pdf, self->sketches);

    for (guint revision = self->pdf->tail.revisions->len; revision > first; revision--) {
        self->step.revision = revision;
        if (now == NULL || is_too_much (self, now->pdf, revision - first))
            return note_here (self, now == NULL ? PENA_PDF_DID_BECOME_UNREADABLE : PENA_PDF_DID_TOO_MUCH);
        g_autoptr (PenaPdf) pdf = open_revision (self, revision - 1);
        g_autoptr (PenaPdfSide) old = pdf != NULL ? pena_pdf_side_new (pdf, self->sketches) : NULL;
        if (old == NULL)
            return note_here (self, PENA_PDF_DID_BECOME_UNREADABLE);
        check_signed_in (self, pdf, revision - 1);
        self->step.old = old;
        self->step.now = now;
        pena_pdf_compare_revisions (&self->step);
        pena_pdf_side_free (now);
        now = g_steal_pointer (&old);
        g_clear_pointer (&kept, pena_pdf_free);
        kept = g_steal_pointer (&pdf);
    }
}

/* ---- references that led nowhere when they were signed ---- */

static gint
compare_writes (gconstpointer a, gconstpointer b)
{
    const PenaPdfWrite *left = a, *right = b;

    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return left->revision < right->revision ? -1 : left->revision > right->revision;
}

/* The last revision before this one that wrote the object; 0 when it is as the first signed revision has it. */
static guint
written_before (const GArray *writes, gint number, guint revision)
{
    guint low = 0, high = writes->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const PenaPdfWrite *at = &g_array_index (writes, PenaPdfWrite, middle);
        if (at->number < number || (at->number == number && at->revision < revision))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || g_array_index (writes, PenaPdfWrite, low - 1).number != number)
        return 0;
    return g_array_index (writes, PenaPdfWrite, low - 1).revision;
}

/* `from` said this until `until` wrote it anew. */
static void
check_reference (History *self, gint from, gint to, guint until)
{
    guint born = GPOINTER_TO_UINT (g_hash_table_lookup (self->step.born, GINT_TO_POINTER (to)));

    if (born == 0 || born > until || written_before (self->step.writes, from, until) >= born)
        return;
    g_hash_table_remove (self->step.born, GINT_TO_POINTER (to)); /* once is enough */
    PenaPdfDone *done = g_new0 (PenaPdfDone, 1);
    done->deed = PENA_PDF_DID_ADD_MISSING_OBJECT;
    done->revision = born;
    done->object = to;
    g_ptr_array_add (self->step.done, done);
}

static void
check_dangling (History *self, guint64 since)
{
    g_autoptr (GArray) newest = pena_pdf_find_forward_references (self->pdf, since);

    g_array_sort (self->step.writes, compare_writes);
    self->step.revision = self->pdf->tail.revisions->len;
    if (newest == NULL)
        return note_here (self, PENA_PDF_DID_BECOME_UNREADABLE);
    for (guint i = 0; i < newest->len; i++) {
        const PenaPdfReference *reference = &g_array_index (newest, PenaPdfReference, i);
        check_reference (self, reference->from, reference->to, G_MAXUINT);
    }
    for (guint i = 0; i < self->step.references->len; i++) {
        const PenaPdfOldReference *old = &g_array_index (self->step.references, PenaPdfOldReference, i);
        check_reference (self, old->from, old->to, old->revision);
    }
}

/* ---- judging ---- */

/* What whoever signed says of what may follow. */
typedef struct {
    PenaPdfAllowance allowance;
    PenaPdfLock *lock;
} Terms;

static PenaPdfDeed
deed_for (const Terms *terms, const PenaPdfDone *done)
{
    gboolean touches =
        done->deed == PENA_PDF_DID_SIGN || pena_pdf_deed_purpose (done->deed) == PENA_PDF_FOR_FILLING;

    if (touches && done->field != NULL && pena_pdf_lock_holds (terms->lock, done->field))
        return PENA_PDF_DID_TOUCH_LOCKED_FIELD;
    return done->deed;
}

static void
note_shown (PenaPdfSignature *signature, const PenaPdfDone *done)
{
    guint index = done->shown - 1;

    if (done->shown == 0)
        return;
    for (guint i = 0; i < signature->shown_later->len; i++)
        if (g_array_index (signature->shown_later, guint, i) == index)
            return;
    g_array_append_val (signature->shown_later, index);
}

/* Tells of what is allowed, or of what is not; the kinds of what was told. */
static guint
tell_done (History *self, const PenaPdfSigned *row, const Terms *terms, gboolean allowed)
{
    guint purposes = 0;

    for (guint i = self->step.done->len; i-- > 0;) {
        const PenaPdfDone *done = g_ptr_array_index (self->step.done, i);
        if (done->revision <= row->signature->revision)
            continue;
        PenaPdfDeed deed = deed_for (terms, done);
        if (pena_pdf_deed_is_allowed (deed, terms->allowance) != allowed)
            continue;
        tell (row->signature, done, deed, allowed);
        if (allowed)
            note_shown (row->signature, done);
        purposes |= 1u << pena_pdf_deed_purpose (deed);
    }
    return purposes;
}

static void
judge_row (History *self, const PenaPdfSigned *row)
{
    PenaPdf *pdf = self->pdf;
    PenaPdfSignature *signature = row->signature;
    guint64 end = pena_pdf_signature_end (signature);

    if (!signature->ranges_sound)
        return;
    /* What only the /XRefStm of an update names is seen by some readers and not by others. */
    if (pdf->tail.hybrid_end > end)
        tell_of_file (pdf, signature, PENA_PDF_DID_APPEND_HYBRID);
    if (pdf->tail.twice_end > end)
        tell_of_file (pdf, signature, PENA_PDF_DID_LIST_TWICE);
    g_autoptr (PenaPdfLock) lock = pena_pdf_lock_new (pdf, row->field);
    const Terms terms = {pena_pdf_signature_allows (pdf, row->field), lock};
    gboolean forbidden = signature->n_edits > 0;
    forbidden = tell_done (self, row, &terms, FALSE) != 0 || forbidden;
    guint purposes = tell_done (self, row, &terms, TRUE);
    if (forbidden)
        signature->changes = PENA_PDF_CHANGES_OTHER;
    else if ((purposes & (1u << PENA_PDF_FOR_SIGNING)) != 0 &&
             (purposes & (1u << PENA_PDF_FOR_FILLING | 1u << PENA_PDF_FOR_COMMENTING)) == 0)
        signature->changes = PENA_PDF_CHANGES_SIGNATURES;
    else
        signature->changes = PENA_PDF_CHANGES_ALLOWED;
}

/* Sound signatures by their fields. */
static void
collect_later (History *self)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const PenaPdfSigned *row = g_ptr_array_index (self->rows, i);
        if (!row->signature->ranges_sound || row->field->ref.number == 0)
            continue;
        PenaPdfLater *later = g_new0 (PenaPdfLater, 1);
        later->index = i;
        later->revision = row->signature->revision;
        later->time_stamp = pena_pdf_signature_is_time_stamp (row->signature);
        g_hash_table_insert (self->step.later, GINT_TO_POINTER (row->field->ref.number), later);
    }
}

static void
history_clear (History *self)
{
    pena_pdf_sketches_free (self->sketches);
    g_hash_table_unref (self->step.later);
    g_hash_table_unref (self->step.born);
    g_array_unref (self->step.writes);
    g_array_unref (self->step.references);
    g_ptr_array_unref (self->step.done);
}

void
pena_pdf_judge_history (PenaPdf *pdf, GPtrArray *rows)
{
    History self = {.pdf = pdf,
                    .rows = rows,
                    .sketches = pena_pdf_sketches_new (),
                    .started = processor_seconds (),
                    .step = {.later = g_hash_table_new_full (NULL, NULL, NULL, g_free),
                             .born = g_hash_table_new (NULL, NULL),
                             .writes = g_array_new (FALSE, FALSE, sizeof (PenaPdfWrite)),
                             .references = g_array_new (FALSE, FALSE, sizeof (PenaPdfOldReference)),
                             .done = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_pdf_done_free)}};
    g_autoptr (GPtrArray) open = g_ptr_array_new (); /* of PenaPdfSigned: to be judged by what came after */

    for (guint i = 0; i < rows->len; i++)
        if (!pena_pdf_judge_coverage (pdf, nth (rows, i)))
            g_ptr_array_add (open, g_ptr_array_index (rows, i));
    collect_later (&self);
    if (open->len > 0) {
        const PenaPdfSignature *first = nth (open, 0);
        compare_all (&self, first->revision);
        check_dangling (&self, pena_pdf_signature_end (first));
    }
    for (guint i = 0; i < open->len; i++)
        judge_row (&self, g_ptr_array_index (open, i));
    pdf->compared = self.step.work;
    history_clear (&self);
}
