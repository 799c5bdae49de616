/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging time-stamps (EN 319 102-1, 5.4)
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp.h"

#include <pena/pena-error.h>

#include "pena-carried.h"
#include "pena-certificate.h"
#include "pena-path.h"
#include "pena-cms-map.h"
#include "pena-text.h"
#include "pena-time-stamp.h"

static PenaStampReport *
report_new (const gchar *kind)
{
    PenaStampReport *self = g_new0 (PenaStampReport, 1);

    self->kind = kind;
    self->time = G_MININT64;
    self->problems = g_ptr_array_new_with_free_func (g_free);
    self->notes = g_ptr_array_new_with_free_func (g_free);
    return self;
}

void
pena_stamp_report_free (PenaStampReport *self)
{
    if (self == NULL)
        return;
    pena_certificate_info_free (self->info);
    g_ptr_array_unref (self->problems);
    g_ptr_array_unref (self->notes);
    g_free (self);
}

static void
problem (PenaStampReport *self, PenaSubIndication sub, gchar *text)
{
    g_ptr_array_add (self->problems, text);
    pena_verdict_worsen (&self->verdict, &self->sub, sub);
}

static void
break_it (PenaStampReport *self, PenaSubIndication sub, gchar *text)
{
    self->broken = TRUE;
    problem (self, sub, text);
}

static gboolean
fits_former_imprint (const PenaStampQuestion *question, const PenaTimeStamp *stamp,
                     const PenaDigestAlgorithm *digest)
{
    g_autoptr (GBytes) value = question->former_imprint != NULL
                                   ? question->former_imprint (digest->name, question->user_data, NULL)
                                   : NULL;

    return value != NULL && pena_time_stamp_is_over (stamp, value);
}

static void
check_imprint (PenaStampReport *self, const PenaStampQuestion *question, const PenaTimeStamp *stamp)
{
    const PenaDigestAlgorithm *digest = pena_time_stamp_get_imprint_digest (stamp);
    g_autoptr (GError) error = NULL;

    if (digest == NULL) {
        problem (self, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
                 g_strdup (_ ("It uses a digest that Pena does not know.")));
        return;
    }
    g_autoptr (GBytes) value = question->imprint (digest->name, question->user_data, &error);
    if (value == NULL)
        problem (self, PENA_SUB_SIGNED_DATA_NOT_FOUND, g_strdup (_ ("What it is over cannot be read.")));
    else if (!pena_time_stamp_is_over (stamp, value) && !fits_former_imprint (question, stamp, digest))
        break_it (self, PENA_SUB_HASH_FAILURE, g_strdup (_ ("It is over something else than what is here.")));
}

static void
check_algorithms (PenaStampReport *self, const PenaStampQuestion *question, const PenaTimeStamp *stamp)
{
    const PenaCryptoPolicy *policy = pena_context_policy (question->context);
    const PenaDigestAlgorithm *const digests[] = {pena_time_stamp_get_imprint_digest (stamp), stamp->digest,
                                                  stamp->value_digest};

    for (guint i = 0; i < G_N_ELEMENTS (digests); i++) {
        if (digests[i] == NULL || (i > 0 && digests[i] == digests[i - 1]))
            continue; /* told by check_imprint, or the round before */
        PenaSubIndication sub = pena_path_algorithm_sub (
            pena_crypto_policy_digest_until (policy, digests[i]->name), question->proved);
        if (sub != PENA_SUB_NONE)
            problem (self, sub,
                     g_strdup_printf (_ ("The digest algorithm %s is too weak to prove anything."),
                                      digests[i]->name));
    }
}

/* The certificate must have been valid when the authority says that it was used. */
static void
check_time (PenaStampReport *self, const PenaStampQuestion *question)
{
    if (self->time > question->context->time + PENA_TIME_STAMP_CLOCK_DIFFERENCE)
        problem (self, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                 g_strdup (_ ("Its time lies in the future; check the date of this computer.")));
    if (self->time < self->info->not_before || self->time > self->info->not_after)
        problem (self, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                 g_strdup (_ ("The certificate of its authority was not valid at its time.")));
}

static gchar *
dup_reason (const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    const gchar *reason = NULL;

    g_variant_lookup (facts, "reason", "&s", &reason);
    return g_strdup_printf (_ ("It cannot be used: %s."), reason != NULL ? reason : error->message);
}

static void
check_purpose (PenaStampReport *self, const PenaTimeStamp *stamp)
{
    g_autoptr (GError) error = NULL;

    if (!pena_time_stamp_check_purpose (stamp, &error))
        problem (self, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE, dup_reason (error));
}

static void
check_chain (PenaStampReport *self, const PenaStampQuestion *question, const PenaTimeStamp *stamp)
{
    const PenaPathQuestion chain = {.certificate = pena_time_stamp_get_signer (stamp),
                                    .proved = question->proved,
                                    .context = question->context,
                                    .pool = question->pool};
    g_autoptr (PenaPathAnswer) answer = pena_path_judge (&chain);

    for (guint i = 0; i < answer->findings->len; i++) {
        PenaFinding *finding = answer->findings->pdata[i];
        if (finding->sub == PENA_SUB_NONE)
            g_ptr_array_add (self->notes, g_strdup (finding->text));
        else
            problem (self, finding->sub, g_strdup (finding->text));
    }
    self->complete = pena_path_is_complete (&chain);
    self->revocation_checked = answer->checked;
}

static void
prove_all (const PenaStampQuestion *question, GPtrArray *ders)
{
    for (guint i = 0; question->proved < question->context->time && i < ders->len; i++)
        pena_proofs_add (question->proofs, ders->pdata[i], question->proved);
}

/* What is in a token is as old as the token. */
static void
prove_evidence (const PenaStampQuestion *question, const PenaTimeStamp *stamp)
{
    g_autoptr (GPtrArray) crls = pena_time_stamp_dup_crls (stamp);
    g_autoptr (GPtrArray) ocsps = pena_time_stamp_dup_ocsps (stamp);

    prove_all (question, crls);
    prove_all (question, ocsps);
    if (question->proved < question->context->time)
        pena_carried_take (stamp->signer_info, NULL, question->proofs, question->proved);
}

void
pena_stamp_gather (GBytes *token, PenaPool *pool)
{
    gsize length, taken;
    const guint8 *data = g_bytes_get_data (token, &length);
    g_autoptr (PenaCms) cms = pena_cms_parse (data, length, &taken);

    if (cms == NULL)
        return;
    g_autoptr (GPtrArray) certificates = pena_cms_dup_certificates (cms);
    g_autoptr (GPtrArray) crls = pena_cms_dup_crls (cms);
    g_autoptr (GPtrArray) ocsps = pena_cms_dup_ocsps (cms);
    pena_pool_add_certificates (pool, certificates, TRUE);
    pena_pool_add_crls (pool, crls, TRUE);
    pena_pool_add_ocsps (pool, ocsps, TRUE);
    if (sk_PenaSignerInfo_num (cms->signed_data->signer_infos) > 0)
        pena_carried_take (sk_PenaSignerInfo_value (cms->signed_data->signer_infos, 0), pool, NULL, 0);
}

PenaStampReport *
pena_stamp_judge (const PenaStampQuestion *question)
{
    PenaStampReport *self = report_new (question->kind);
    PenaSubIndication sub;
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaTimeStamp) stamp =
        pena_time_stamp_read (question->token, question->pool->ders, &sub, &error);

    if (stamp == NULL) {
        break_it (self, sub, dup_reason (error));
        return self;
    }
    prove_evidence (question, stamp);
    self->time = pena_time_stamp_get_time (stamp);
    self->info = pena_certificate_info_from_x509 (pena_time_stamp_get_signer (stamp), NULL);
    if (self->info == NULL) {
        problem (self, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
                 g_strdup (_ ("The certificate of its authority cannot be read.")));
        return self;
    }
    if (!pena_time_stamp_is_strict (stamp))
        g_ptr_array_add (self->notes, g_strdup (_ ("It is not encoded strictly (DER).")));
    check_imprint (self, question, stamp);
    check_purpose (self, stamp);
    check_time (self, question);
    check_chain (self, question, stamp);
    check_algorithms (self, question, stamp);
    return self;
}

/* Zeros fill the room that the PDF reserved. NULL when something else follows the token. */
static GBytes *
cut_padding (GBytes *contents)
{
    gsize size;
    const guint8 *data = g_bytes_get_data (contents, &size);
    g_autoptr (GBytes) token = pena_cms_map_dup_first (contents);

    return token != NULL && pena_padding_is_empty (data, g_bytes_get_size (token), size)
               ? g_steal_pointer (&token)
               : NULL;
}

PenaStampReport *
pena_validate_document_stamp (GBytes *contents, PenaContentDigestFunc imprint, gpointer user_data,
                              const PenaValidationContext *context)
{
    g_autoptr (GBytes) token = cut_padding (contents);
    g_autoptr (PenaPool) pool = pena_pool_new (context);
    g_autoptr (PenaProofs) proofs = pena_proofs_copy (context->proofs);
    PenaValidationContext own = *context;
    const PenaStampQuestion question = {.kind = "document",
                                        .token = token,
                                        .imprint = imprint,
                                        .user_data = user_data,
                                        .proved = context->proved != 0 ? MIN (context->proved, context->time)
                                                                       : context->time,
                                        .context = &own,
                                        .pool = pool,
                                        .proofs = proofs};

    own.proofs = proofs;
    if (token != NULL) {
        pena_stamp_gather (token, pool);
        return pena_stamp_judge (&question);
    }
    PenaStampReport *self = report_new ("document");
    break_it (self, PENA_SUB_FORMAT_FAILURE, g_strdup (_ ("It is not a time-stamp (RFC 3161).")));
    return self;
}
