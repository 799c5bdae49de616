/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: signature acceptance (EN 319 102-1, 5.2.8) and the baseline level (EN 319 122-1, 6.3; EN 319
 * 142-1, 6.3) Copyright (C) 2026 the Pena authors */
#include "pena-judgement.h"
#include "pena-text.h"

static gboolean
missed (PenaJudgement *self, const gchar *rule)
{
    pena_judgement_note (self, g_strdup_printf (_ ("Not of a baseline level: %s."), rule));
    return FALSE;
}

static gboolean
check_presence (PenaJudgement *self, PenaAttribute attribute)
{
    const PenaAttributeRule *rule = pena_attribute_rule (attribute);
    PenaPresence wanted = attribute == PENA_ATTRIBUTE_CONTENT_TYPE && self->countersignature != NULL
                              ? PENA_MUST_NOT /* RFC 5652, 11.4 */
                              : rule->presence[self->format];
    gboolean there = rule->is_signed ? pena_judgement_has_signed (self, attribute)
                                     : pena_judgement_has_unsigned (self, attribute);

    if (wanted == PENA_MUST && !there) {
        g_autofree gchar *text = g_strdup_printf (_ ("the attribute %s is missing"), rule->name);
        return missed (self, text);
    }
    if (wanted == PENA_MUST_NOT && there) {
        g_autofree gchar *text = g_strdup_printf (_ ("the attribute %s must not be there"), rule->name);
        return missed (self, text);
    }
    return TRUE;
}

static gboolean
check_once (PenaJudgement *self)
{
    const PenaAttributes *attributes = self->info->signed_attributes;
    for (int i = 0; i < sk_X509_ATTRIBUTE_num (attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value (attributes, i);
        if (pena_attributes_get (attributes, X509_ATTRIBUTE_get0_object (attribute)) == NULL)
            return missed (self, _ ("a signed attribute is there twice"));
    }
    return TRUE;
}

/* One reference to the certificate: the second version, or the first with its SHA-1. */
static gboolean
check_reference (PenaJudgement *self)
{
    if (pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2) &&
        pena_judgement_has_signed (self, PENA_ATTRIBUTE_SIGNING_CERTIFICATE))
        return missed (self, _ ("the certificate is referred to twice"));
    return TRUE;
}

static guint
count_stamps (PenaJudgement *self, const gchar *kind)
{
    guint count = 0;

    for (guint i = 0; i < self->report->stamps->len; i++) {
        const PenaStampReport *stamp = self->report->stamps->pdata[i];
        count += g_str_equal (stamp->kind, kind) && !stamp->broken;
    }
    return count;
}

/* The newest archive time-stamp, which stands first, gets its own evidence before the next one is made. */
static gboolean
stamps_complete (PenaJudgement *self)
{
    for (guint i = 0; i < self->report->stamps->len; i++) {
        const PenaStampReport *stamp = self->report->stamps->pdata[i];
        gboolean newest_archive = i == 0 && g_str_equal (stamp->kind, "archive");
        if (!stamp->complete && !newest_archive)
            return FALSE;
    }
    return TRUE;
}

/* Forms of ETSI TS 101 733 (and RFC 5126), the highest first. Who has references to evidence, or evidence itself, in
 * attributes is of an older form and of no baseline level (EN 319 122-1, 6.3). */
static const struct {
    PenaAttribute attribute;
    const gchar *form;
} forms[] = {
    {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP, "A"},    {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, "A"},
    {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1, "A"}, {PENA_ATTRIBUTE_CERTIFICATE_VALUES, "X-L"},
    {PENA_ATTRIBUTE_REVOCATION_VALUES, "X-L"},   {PENA_ATTRIBUTE_COMPLETE_TIME_STAMP, "X"},
    {PENA_ATTRIBUTE_REFERENCES_TIME_STAMP, "X"}, {PENA_ATTRIBUTE_CERTIFICATE_REFERENCES, "C"},
    {PENA_ATTRIBUTE_REVOCATION_REFERENCES, "C"}, {PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, "T"},
    {PENA_ATTRIBUTE_SIGNATURE_POLICY, "EPES"},
};

static const gchar *
find_form (PenaJudgement *self)
{
    for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
        if (pena_judgement_has_unsigned (self, forms[i].attribute) ||
            pena_judgement_has_signed (self, forms[i].attribute))
            return forms[i].form;
    return self->context.document_stamps > 0 ? "T" : "BES";
}

/* Told and not judged. The first archive time-stamps are over contents without tags and lengths, so that what one says of the
 * bytes between two of them can be said of others too. */
static void
note_older_stamps (PenaJudgement *self)
{
    static const PenaAttribute stamps[] = {PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1,
                                           PENA_ATTRIBUTE_EVIDENCE_RECORD,
                                           PENA_ATTRIBUTE_EVIDENCE_RECORD_EXTERNAL};

    for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
        if (pena_judgement_has_unsigned (self, stamps[i]))
            pena_judgement_note (self,
                                 g_strdup_printf (_ ("Pena does not judge what the attribute %s proves."),
                                                  pena_attribute_rule (stamps[i])->name));
}

/* What the levels add to each other, counting what is there and over the right bytes; whether it is trusted is the
 * verdict's business. */
static const gchar *
find_level (PenaJudgement *self)
{
    guint document_stamps = self->context.document_stamps;
    guint archives = count_stamps (self, "archive");

    if (count_stamps (self, "signature") == 0 && document_stamps == 0)
        return "B-B";
    if (!self->complete || !stamps_complete (self))
        return "B-T";
    if (self->format == PENA_ADES_CADES)
        return archives > 0 ? "B-LTA" : "B-LT";
    return document_stamps > 0 ? "B-LTA" : "B-LT";
}

gboolean
pena_block_acceptance (PenaJudgement *self)
{
    gboolean baseline = TRUE;

    note_older_stamps (self);
    if (g_str_equal (self->report->format, "PKCS#7"))
        return TRUE;
    for (guint attribute = 0; attribute < PENA_N_ATTRIBUTES; attribute++)
        baseline = check_presence (self, (PenaAttribute)attribute) && baseline;
    baseline = check_once (self) && baseline;
    baseline = check_reference (self) && baseline;
    if (baseline && self->may_be_baseline)
        self->report->level = find_level (self);
    else
        self->report->form = find_form (self);
    return TRUE;
}
