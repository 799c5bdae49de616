/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the course of a judgement (EN 319 102-1, 5.3 to 5.6) and its report
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>

#include "pena-archive.h"
#include "pena-judgement.h"

/* A stranger's file may not make the judge work without end. */
#define MAX_REPORTS 64
#define MAX_COUNTERSIGNED 4

void
pena_judgement_problem (PenaJudgement *self, PenaSubIndication sub, gchar *text)
{
    g_ptr_array_add (self->report->problems, text);
    pena_verdict_worsen (&self->report->verdict, &self->report->sub, sub);
}

void
pena_judgement_note (PenaJudgement *self, gchar *text)
{
    g_ptr_array_add (self->report->notes, text);
}

void
pena_judgement_doubt (PenaJudgement *self, gchar *text)
{
    pena_findings_add (self->doubts, PENA_SUB_SIG_CONSTRAINTS_FAILURE, text);
}

void
pena_judgement_take (PenaJudgement *self, GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const PenaFinding *finding = findings->pdata[i];
        if (finding->sub == PENA_SUB_NONE)
            pena_judgement_note (self, g_strdup (finding->text));
        else
            pena_judgement_problem (self, finding->sub, g_strdup (finding->text));
    }
}

gint64
pena_judgement_proved (const PenaJudgement *self)
{
    const PenaValidationContext *context = &self->context;

    return context->proved != 0 ? MIN (context->proved, context->time) : context->time;
}

gboolean
pena_judgement_has_signed (const PenaJudgement *self, PenaAttribute attribute)
{
    return pena_attributes_count (self->info->signed_attributes, pena_attribute_type (attribute)) > 0;
}

gboolean
pena_judgement_has_unsigned (const PenaJudgement *self, PenaAttribute attribute)
{
    return pena_attributes_count (self->info->unsigned_attributes, pena_attribute_type (attribute)) > 0;
}

PenaSignatureReport *
pena_signature_report_new (PenaAdesFormat format)
{
    PenaSignatureReport *report = g_new0 (PenaSignatureReport, 1);
    report->format = format == PENA_ADES_PADES ? "PAdES" : "CAdES";
    report->countersigns = -1;
    report->claimed_time = G_MININT64;
    report->proved_time = G_MININT64;
    report->stamps = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_stamp_report_free);
    report->problems = g_ptr_array_new_with_free_func (g_free);
    report->notes = g_ptr_array_new_with_free_func (g_free);
    return report;
}

void
pena_signature_report_free (PenaSignatureReport *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->signer, g_bytes_unref);
    pena_certificate_info_free (self->info);
    g_free (self->digest);
    g_clear_pointer (&self->stamps, g_ptr_array_unref);
    g_ptr_array_unref (self->problems);
    g_ptr_array_unref (self->notes);
    g_free (self);
}

/* ---- running the blocks ---- */

static void
clear (PenaJudgement *self)
{
    ERR_clear_error ();
    if (self->countersignature != NULL) {
        pena_signer_info_free (self->info);
        pena_signer_parts_free (self->signer_parts);
    } else {
        pena_cms_free (self->cms);
        pena_signed_parts_free (self->parts);
    }
    g_clear_pointer (&self->countersignature, g_bytes_unref);
    g_clear_pointer (&self->embedded, pena_x509_stack_free);
    g_clear_pointer (&self->signer, X509_free);
    g_clear_pointer (&self->pool, pena_pool_free);
    g_clear_pointer (&self->proofs, pena_proofs_free);
    g_clear_pointer (&self->doubts, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaJudgement, clear)

static void
prepare (PenaJudgement *self, const PenaValidationContext *context)
{
    self->proofs = pena_proofs_copy (context->proofs);
    self->doubts = pena_findings_new ();
    self->context = *context;
    self->context.proofs = self->proofs;
    if (self->countersignature != NULL)
        self->context.front_digest = NULL; /* no standard says what an archive time-stamp in one is over */
    self->whole_proved = pena_judgement_proved (self);
    self->report = pena_signature_report_new (self->format);
}

static void
run (PenaJudgement *self, const PenaValidationContext *context)
{
    const PenaBlock blocks[] = {self->countersignature != NULL ? pena_block_format_countersignature
                                                               : pena_block_format,
                                pena_block_identify,
                                pena_block_context,
                                pena_block_stamps,
                                pena_block_x509,
                                pena_block_crypto,
                                pena_block_acceptance};

    prepare (self, context);
    for (guint i = 0; i < G_N_ELEMENTS (blocks) && blocks[i](self); i++)
        continue;
    pena_judgement_take (self, self->doubts);
}

PenaSignatureReport *
pena_validate_cms (GBytes *cms, PenaAdesFormat format, gboolean padded, PenaContentDigestFunc content_digest,
                   gpointer user_data, const PenaValidationContext *context)
{
    g_auto (PenaJudgement) judgement = {.format = format,
                                        .padded = padded,
                                        .bytes = cms,
                                        .signer_index = -1,
                                        .content_digest = content_digest,
                                        .user_data = user_data};

    run (&judgement, context);
    return judgement.report;
}

PenaSignatureReport *
pena_validate_pkcs1 (GBytes *contents, GPtrArray *certificates, PenaContentDigestFunc content_digest,
                     gpointer user_data, const PenaValidationContext *context)
{
    g_auto (PenaJudgement) judgement = {.format = PENA_ADES_PADES,
                                        .bytes = contents,
                                        .content_digest = content_digest,
                                        .user_data = user_data};

    prepare (&judgement, context);
    pena_judge_pkcs1 (&judgement, certificates);
    return judgement.report;
}

/* ---- all that is in one CMS ---- */

static GBytes *
countersigned_digest (const gchar *algorithm, gpointer signature, GError **error)
{
    return pena_signature_imprint (signature, algorithm);
}

static void judge_countersignatures (GPtrArray *reports, const PenaJudgement *over, guint depth,
                                     const PenaValidationContext *context);

static void
judge_countersignature (GPtrArray *reports, const PenaJudgement *over, GBytes *signer_info, guint depth,
                        const PenaValidationContext *context)
{
    g_auto (PenaJudgement) judgement = {.format = PENA_ADES_CADES,
                                        .bytes = over->bytes,
                                        .cms = over->cms,
                                        .parts = over->parts,
                                        .countersignature = g_bytes_ref (signer_info),
                                        .content_digest = countersigned_digest,
                                        .user_data = over->signer_parts};

    run (&judgement, context);
    g_ptr_array_add (reports, judgement.report);
    judge_countersignatures (reports, &judgement, depth + 1, context);
}

/* What is over a signature is as old as the signature may be, so that nothing is proved for it by what proves that. */
static void
judge_countersignatures (GPtrArray *reports, const PenaJudgement *over, guint depth,
                         const PenaValidationContext *context)
{
    gint index = (gint)reports->len - 1;

    if (over->signer_parts == NULL || depth >= MAX_COUNTERSIGNED)
        return;
    g_autoptr (GPtrArray) values =
        pena_signer_parts_dup_values (over->signer_parts, PENA_ATTRIBUTE_COUNTER_SIGNATURE);
    for (guint i = 0; i < values->len && reports->len < MAX_REPORTS; i++) {
        guint at = reports->len;
        judge_countersignature (reports, over, values->pdata[i], depth, context);
        ((PenaSignatureReport *)reports->pdata[at])->countersigns = index;
    }
}

GPtrArray *
pena_validate_cms_all (GBytes *cms, PenaContentDigestFunc content_digest, gpointer user_data,
                       const PenaValidationContext *context)
{
    GPtrArray *reports = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_signature_report_free);
    gint count = 1;

    for (gint i = 0; i < count && reports->len < MAX_REPORTS; i++) {
        g_auto (PenaJudgement) judgement = {.format = PENA_ADES_CADES,
                                            .bytes = cms,
                                            .signer_index = i,
                                            .content_digest = content_digest,
                                            .user_data = user_data};
        run (&judgement, context);
        g_ptr_array_add (reports, judgement.report);
        judge_countersignatures (reports, &judgement, 0, context);
        if (judgement.parts != NULL)
            count = 1 + (gint)judgement.parts->further->len;
    }
    return reports;
}
