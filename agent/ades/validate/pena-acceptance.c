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
    PenaPresence wanted = rule->presence[self->format];
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

static void
note_later_levels (PenaJudgement *self)
{
    if (pena_judgement_has_unsigned (self, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP) ||
        pena_judgement_has_unsigned (self, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP))
        pena_judgement_note (
            self,
            g_strdup (_ ("The signature carries a time-stamp, which this version of Pena does not judge.")));
    else if (self->info->unsigned_attributes != NULL)
        pena_judgement_note (
            self, g_strdup (_ (
                      "The signature carries attributes that are not signed and that Pena does not judge.")));
    if (self->cms->signed_data->crls != NULL)
        pena_judgement_note (
            self,
            g_strdup (_ ("The signature carries revocation data, which this version of Pena does not use.")));
}

gboolean
pena_block_acceptance (PenaJudgement *self)
{
    gboolean baseline = TRUE;

    note_later_levels (self);
    if (g_str_equal (self->report->format, "PKCS#7"))
        return TRUE;
    for (guint attribute = 0; attribute < PENA_N_ATTRIBUTES; attribute++)
        baseline = check_presence (self, (PenaAttribute)attribute) && baseline;
    baseline = check_once (self) && baseline;
    baseline = check_reference (self) && baseline;
    if (baseline && self->is_der)
        self->report->level = "B-B";
    return TRUE;
}
