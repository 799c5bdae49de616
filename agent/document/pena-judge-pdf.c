/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: all signatures and time-stamps of a document judged together
 * Copyright (C) 2026 the Pena authors */
#include "pena-judge-pdf.h"

#include <pena/pena-error.h>

#include "pena-judge-old.h"
#include "pena-pdf-store.h"
#include "pena-text.h"

typedef struct {
    const PenaJudgedBytes *bytes;
    const PenaPdfSignature *place; /* NULL: detached */
    GBytes *cms;                   /* of a detached one */
    GHashTable *fronts;            /* algorithm -> PenaDigest: what front_digest() has found */
} Content;

static GBytes *
content_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    const Content *self = user_data;
    const PenaJudgedBytes *bytes = self->bytes;

    if (self->place == NULL && bytes->enclosing != NULL)
        return pena_span_digest_ranges (bytes->span, algorithm, bytes->enclosing->content, error);
    if (self->place == NULL) {
        if (bytes->sha256 != NULL && g_str_equal (algorithm, "sha256"))
            return g_bytes_ref (bytes->sha256);
        return pena_span_digest (bytes->span, algorithm, bytes->size, 0, 0, error);
    }
    if (!self->place->ranges_sound) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_DAMAGED, "ByteRange");
        return NULL;
    }
    return pena_span_digest (bytes->span, algorithm, self->place->ranges[1], self->place->ranges[2],
                             self->place->ranges[3], error);
}

static void
feed_range (PenaDigest *state, GBytes *bytes, const PenaContentRange *range)
{
    pena_digest_update (state, (const guint8 *)g_bytes_get_data (bytes, NULL) + range->offset, range->length);
}

static gboolean
feed_front (const Content *self, PenaDigest *state, GError **error)
{
    const PenaJudgedBytes *bytes = self->bytes;
    gsize size;

    if (bytes->enclosing != NULL) {
        const PenaContentRange *start = &bytes->enclosing->encapsulated, *sets = &bytes->enclosing->sets;
        return pena_span_feed (bytes->span, state, start->offset, start->length + sets->length, error);
    }
    const guint8 *data = g_bytes_get_data (self->cms, &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new_of_many (data, size, NULL, error);
    if (parts == NULL)
        return FALSE;
    feed_range (state, self->cms, &parts->encapsulated);
    if (!pena_span_feed (bytes->span, state, 0, bytes->size, error))
        return FALSE;
    feed_range (state, self->cms, &parts->sets);
    return TRUE;
}

static PenaDigest *
front_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    const Content *self = user_data;
    const PenaDigest *known = g_hash_table_lookup (self->fronts, algorithm);

    if (known != NULL)
        return pena_digest_copy (known);
    g_autoptr (PenaDigest) state = pena_digest_new (algorithm, error);
    if (state == NULL || !feed_front (self, state, error))
        return NULL;
    g_hash_table_insert (self->fronts, g_strdup (algorithm), pena_digest_copy (state));
    return g_steal_pointer (&state);
}

/* ---- the place of a signature ---- */

static void
worsen (PenaSignatureReport *report, PenaSubIndication sub, gchar *problem)
{
    pena_verdict_worsen (&report->verdict, &report->sub, sub);
    g_ptr_array_add (report->problems, problem);
}

/* What is not allowed is a problem, what is allowed is worth a word. */
static void
add_edits (PenaSignatureReport *report, const PenaPdfSignature *place)
{
    for (guint i = 0; i < place->edits->len; i++) {
        const PenaPdfEdit *edit = place->edits->pdata[i];
        g_ptr_array_add (edit->allowed ? report->notes : report->problems, g_strdup (edit->text));
    }
    if (place->n_edits > place->edits->len)
        g_ptr_array_add (report->notes,
                         g_strdup_printf (_ ("and %u more changes"), place->n_edits - place->edits->len));
}

/* What a signature covers is the first question (5.2.2): that the document cannot be read only follows from it, and whatever
 * else is wrong comes after. */
static void
judge_ranges (PenaSignatureReport *report, const PenaPdfSignature *place)
{
    if (place->ranges_sound)
        return;
    report->verdict = PENA_VERDICT_FAILED;
    report->sub = PENA_SUB_FORMAT_FAILURE;
    g_ptr_array_insert (
        report->problems, 0,
        g_strdup_printf (_ ("The signature does not say properly what it covers: %s"),
                         place->ranges_problem != NULL ? place->ranges_problem : "ByteRange"));
}

/* What the PDF around a CMS adds to its verdict. */
static void
judge_place (PenaSignatureReport *report, const PenaPdfSignature *place)
{
    judge_ranges (report, place);
    if (place->changes == PENA_PDF_CHANGES_OTHER)
        worsen (report, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                g_strdup (_ ("The document was changed after this signature.")));
    add_edits (report, place);
    if (place->has_cert_key && !g_str_equal (report->format, "PKCS#1"))
        g_ptr_array_add (report->notes,
                         g_strdup (_ ("The signature dictionary has a Cert entry, which PAdES forbids.")));
}

/* Whoever signs later may show something on a page, and it may cover what was signed before. That is as good as
 * their signature. */
static void
judge_shown (GPtrArray *reports, GPtrArray *signatures, guint i)
{
    PenaPdfSignature *place = signatures->pdata[i];
    PenaSignatureReport *report = reports->pdata[i];
    gboolean vouched = TRUE;

    for (guint k = 0; k < place->shown_later->len; k++) {
        guint later = g_array_index (place->shown_later, guint, k);
        vouched = vouched && ((PenaSignatureReport *)reports->pdata[later])->verdict == PENA_VERDICT_PASSED;
    }
    if (place->shown_later->len == 0)
        return;
    if (vouched) {
        g_ptr_array_add (report->notes, g_strdup (_ ("A later signature shows something on the pages.")));
        return;
    }
    place->changes = PENA_PDF_CHANGES_OTHER;
    worsen (report, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
            g_strdup (_ ("A later signature that is not valid shows something on the pages.")));
}

/* ---- time-stamps ---- */

/* Takes the report. */
static PenaSignatureReport *
report_of_stamp (PenaStampReport *stamp)
{
    PenaSignatureReport *report = pena_signature_report_new (PENA_ADES_PADES);

    report->verdict = stamp->verdict;
    report->sub = stamp->sub;
    report->broken = stamp->broken;
    report->format = "RFC3161";
    report->claimed_time = stamp->time;
    report->info = g_steal_pointer (&stamp->info);
    report->revocation_checked = stamp->revocation_checked;
    g_ptr_array_extend_and_steal (report->problems, stamp->problems);
    g_ptr_array_extend_and_steal (report->notes, stamp->notes);
    g_free (stamp);
    return report;
}

/* What is known of the document while its signatures are judged, from the end to the start. */
typedef struct {
    PenaValidationContext context;
    PenaPdfStore *store;
    PenaProofs *proofs;
} Knowledge;

static void
prove_evidence (Knowledge *self, GPtrArray *ders, GArray *ends, guint64 end, gint64 time)
{
    for (guint i = 0; i < ders->len; i++)
        if (g_array_index (ends, guint64, i) <= end)
            pena_proofs_add (self->proofs, ders->pdata[i], time);
}

/* A time-stamp covers the bytes before it, whatever has been appended since. */
static void
learn (Knowledge *self, const PenaPdfSignature *place, const PenaStampReport *stamp)
{
    guint64 end = place->ranges[2] + place->ranges[3];

    if (!place->ranges_sound || stamp->broken)
        return;
    self->context.document_stamps++;
    if (stamp->verdict != PENA_VERDICT_PASSED)
        return;
    if (self->context.proved == 0 || stamp->time < self->context.proved)
        self->context.proved = stamp->time;
    prove_evidence (self, self->store->crls, self->store->crl_ends, end, stamp->time);
    prove_evidence (self, self->store->ocsps, self->store->ocsp_ends, end, stamp->time);
}

static PenaSignatureReport *
judge_stamp (Knowledge *self, const PenaPdfSignature *place, Content *content)
{
    PenaStampReport *stamp =
        pena_validate_document_stamp (place->contents, content_digest, content, &self->context);

    learn (self, place, stamp);
    return report_of_stamp (stamp);
}

static PenaSignatureReport *
judge_one (Knowledge *self, const PenaPdfSignature *place, const PenaJudgedBytes *bytes)
{
    Content content = {.bytes = bytes, .place = place};
    PenaSignatureReport *report;

    if (pena_pdf_signature_is_time_stamp (place))
        report = judge_stamp (self, place, &content);
    else if (g_strcmp0 (place->sub_filter, PENA_OLD_SHA1) == 0)
        report = pena_judge_old_sha1 (place->contents, content_digest, &content, &self->context);
    else if (g_strcmp0 (place->sub_filter, PENA_OLD_X509) == 0)
        report = pena_validate_pkcs1 (place->contents, place->certificates, content_digest, &content,
                                      &self->context);
    else {
        report = pena_validate_cms (place->contents, PENA_ADES_PADES, TRUE, content_digest, &content,
                                    &self->context);
        if (g_strcmp0 (place->sub_filter, PENA_PDF_SUBFILTER_CADES) != 0)
            pena_judge_not_pades (report);
    }
    judge_place (report, place);
    return report;
}

GPtrArray *
pena_judge_pdf (PenaPdf *pdf, GPtrArray *signatures, const PenaJudgedBytes *bytes,
                const PenaValidationContext *context)
{
    GPtrArray *reports = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_signature_report_free);
    g_autoptr (PenaPdfStore) store = pena_pdf_store_read (pdf);
    g_autoptr (PenaProofs) proofs = pena_proofs_copy (context->proofs);
    Knowledge knowledge = {*context, store, proofs};

    knowledge.context.embedded_certificates = store->certificates;
    knowledge.context.embedded_crls = store->crls;
    knowledge.context.embedded_ocsps = store->ocsps;
    knowledge.context.proofs = proofs;
    g_ptr_array_set_size (reports, (gint)signatures->len);
    for (guint i = signatures->len; i-- > 0;) {
        reports->pdata[i] = judge_one (&knowledge, signatures->pdata[i], bytes);
        judge_shown (reports, signatures, i);
    }
    return reports;
}

GPtrArray *
pena_judge_detached (GBytes *cms, const PenaJudgedBytes *bytes, const PenaValidationContext *context)
{
    g_autoptr (GHashTable) fronts =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)pena_digest_free);
    Content content = {.bytes = bytes, .cms = cms, .fronts = fronts};
    PenaValidationContext own = *context;

    own.front_digest = front_digest;
    return pena_validate_cms_all (cms, content_digest, &content, &own);
}
