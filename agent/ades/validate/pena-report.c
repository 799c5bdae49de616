/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the course of a judgement (EN 319 102-1, 5.3 to 5.6) and its report
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>

#include "pena-judgement.h"

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

static PenaSignatureReport *
report_new (PenaAdesFormat format)
{
    PenaSignatureReport *report = g_new0 (PenaSignatureReport, 1);
    report->format = format == PENA_ADES_PADES ? "PAdES" : "CAdES";
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

PenaSignatureReport *
pena_validate_cms (GBytes *cms, PenaAdesFormat format, gboolean padded, PenaContentDigestFunc content_digest,
                   gpointer user_data, const PenaValidationContext *context)
{
    static const PenaBlock blocks[] = {pena_block_format,    pena_block_identify, pena_block_context,
                                       pena_block_stamps,    pena_block_x509,     pena_block_crypto,
                                       pena_block_acceptance};
    g_autoptr (PenaProofs) proofs = pena_proofs_copy (context->proofs);
    g_autoptr (GPtrArray) doubts = pena_findings_new ();
    PenaJudgement judgement = {.format = format,
                               .padded = padded,
                               .bytes = cms,
                               .content_digest = content_digest,
                               .user_data = user_data,
                               .context = *context,
                               .proofs = proofs,
                               .doubts = doubts};

    judgement.context.proofs = proofs;
    judgement.whole_proved = pena_judgement_proved (&judgement);
    judgement.report = report_new (format);
    for (guint i = 0; i < G_N_ELEMENTS (blocks) && blocks[i](&judgement); i++)
        continue;
    pena_judgement_take (&judgement, doubts);
    ERR_clear_error ();
    pena_cms_free (judgement.cms);
    pena_x509_stack_free (judgement.embedded);
    X509_free (judgement.signer);
    pena_signed_parts_free (judgement.parts);
    pena_pool_free (judgement.pool);
    return judgement.report;
}
