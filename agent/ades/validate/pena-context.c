/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the validation context (EN 319 102-1, 5.2.4): what is claimed, and whom the judge trusts
 * Copyright (C) 2026 the Pena authors */
#include "pena-judgement.h"
#include "pena-text.h"

static gboolean
read_signing_time (const ASN1_TYPE *value, gint64 *ret_seconds)
{
    if (value == NULL || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
        return FALSE;
    return pena_time_from_asn1 ((const ASN1_TIME *)value->value.asn1_string, ret_seconds);
}

/* The signer's own word, which proves nothing; one that cannot be true is worth telling. */
static void
note_claimed_time (PenaJudgement *self)
{
    const ASN1_OBJECT *type = pena_attribute_type (PENA_ATTRIBUTE_SIGNING_TIME);
    const PenaCertificateInfo *info = self->report->info;
    gint64 time;

    if (!pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_TIME))
        return;
    if (!read_signing_time (pena_attributes_get (self->info->signed_attributes, type), &time)) {
        pena_judgement_note (self, g_strdup (_ ("The claimed time of signing cannot be read.")));
        return;
    }
    self->report->claimed_time = time;
    if (time < info->not_before || time > info->not_after)
        pena_judgement_note (
            self, g_strdup (_ ("The claimed time of signing lies outside the validity of the certificate.")));
}

gboolean
pena_block_context (PenaJudgement *self)
{
    note_claimed_time (self);
    if (self->context.anchors == NULL || self->context.anchors->len == 0)
        pena_judgement_note (
            self, g_strdup (_ ("No root certificates are configured, so that nobody can be trusted.")));
    return TRUE;
}
