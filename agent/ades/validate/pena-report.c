/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: indications and the report (EN 319 102-1, 5.1.3)
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>

#include "pena-judgement.h"
#include "pena-text.h"

typedef struct {
    const gchar *name;
    PenaVerdict verdict;
} SubRow;

static const SubRow subs[] = {
    [PENA_SUB_NONE] = {NULL, PENA_VERDICT_PASSED},
    [PENA_SUB_FORMAT_FAILURE] = {"FORMAT_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_HASH_FAILURE] = {"HASH_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_SIG_CRYPTO_FAILURE] = {"SIG_CRYPTO_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_SIG_CONSTRAINTS_FAILURE] = {"SIG_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_CHAIN_CONSTRAINTS_FAILURE] = {"CHAIN_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE] = {"CRYPTO_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND] = {"NO_SIGNING_CERTIFICATE_FOUND", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND] = {"NO_CERTIFICATE_CHAIN_FOUND", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_REVOKED] = {"REVOKED", PENA_VERDICT_FAILED},
    [PENA_SUB_REVOKED_NO_POE] = {"REVOKED_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_REVOKED_CA_NO_POE] = {"REVOKED_CA_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_EXPIRED] = {"EXPIRED", PENA_VERDICT_FAILED},
    [PENA_SUB_OUT_OF_BOUNDS_NO_POE] = {"OUT_OF_BOUNDS_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NOT_YET_VALID] = {"NOT_YET_VALID", PENA_VERDICT_FAILED},
    [PENA_SUB_TRY_LATER] = {"TRY_LATER", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_SIGNED_DATA_NOT_FOUND] = {"SIGNED_DATA_NOT_FOUND", PENA_VERDICT_INDETERMINATE},
};

const gchar *
pena_verdict_name (PenaVerdict verdict)
{
    static const gchar *const names[] = {
        [PENA_VERDICT_PASSED] = "TOTAL-PASSED",
        [PENA_VERDICT_FAILED] = "TOTAL-FAILED",
        [PENA_VERDICT_INDETERMINATE] = "INDETERMINATE",
    };
    g_return_val_if_fail ((guint)verdict < G_N_ELEMENTS (names), NULL);
    return names[verdict];
}

const gchar *
pena_sub_indication_name (PenaSubIndication sub)
{
    g_return_val_if_fail ((guint)sub < G_N_ELEMENTS (subs), NULL);
    return subs[sub].name;
}

void
pena_judgement_problem (PenaJudgement *self, PenaSubIndication sub, gchar *text)
{
    PenaSignatureReport *report = self->report;
    PenaVerdict verdict = subs[sub].verdict;

    g_ptr_array_add (report->problems, text);
    if (report->verdict == PENA_VERDICT_PASSED ||
        (report->verdict == PENA_VERDICT_INDETERMINATE && verdict == PENA_VERDICT_FAILED)) {
        report->verdict = verdict;
        report->sub = sub;
    }
}

void
pena_judgement_note (PenaJudgement *self, gchar *text)
{
    g_ptr_array_add (self->report->notes, text);
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
    g_ptr_array_unref (self->problems);
    g_ptr_array_unref (self->notes);
    g_free (self);
}

PenaSignatureReport *
pena_validate_cms (GBytes *cms, PenaAdesFormat format, gboolean padded, PenaContentDigestFunc content_digest,
                   gpointer user_data, const PenaValidationContext *context)
{
    static const PenaBlock blocks[] = {pena_block_format,  pena_block_identify, pena_block_crypto,
                                       pena_block_context, pena_block_x509,     pena_block_acceptance};
    PenaJudgement judgement = {format, padded, cms, content_digest, user_data, context};

    judgement.report = report_new (format);
    for (guint i = 0; i < G_N_ELEMENTS (blocks) && blocks[i](&judgement); i++)
        continue;
    ERR_clear_error ();
    pena_cms_free (judgement.cms);
    pena_x509_stack_free (judgement.embedded);
    X509_free (judgement.signer);
    pena_x509_stack_free (judgement.chain);
    return judgement.report;
}
