/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whose certificates a signature depends on
 * Copyright (C) 2026 the Pena authors */
#include "pena-gather.h"

#include <pena/pena-error.h>

#include "pena-archive.h"
#include "pena-certificate.h"
#include "pena-cms.h"
#include "pena-openssl.h"
#include "pena-text.h"
#include "pena-tsp.h"

static gboolean
broken (GError **error, const gchar *reason)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_SIGNATURE_BROKEN, "not to be raised: %s", reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

/* The certificate that SignerInfo.sid names, the same one that is judged: one that is spelled exactly wins. Borrowed. */
static GBytes *
find_signer (const PenaSignedParts *parts)
{
    const guint8 *sid = g_bytes_get_data (parts->signer.sid, NULL);
    g_autoptr (ASN1_TYPE) type = d2i_ASN1_TYPE (NULL, &sid, (long)g_bytes_get_size (parts->signer.sid));
    GBytes *found = NULL;

    for (guint i = 0; type != NULL && i < parts->certificates->len; i++) {
        g_autoptr (X509) certificate = pena_certificate_parse (parts->certificates->pdata[i], NULL);
        gboolean exact = FALSE;
        if (certificate == NULL || !pena_sid_names (type, certificate, &exact))
            continue;
        if (exact)
            return parts->certificates->pdata[i];
        found = found != NULL ? found : parts->certificates->pdata[i];
    }
    return found;
}

void
pena_gather_signer (PenaEvidence *evidence, GBytes *cms)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, NULL);
    GBytes *signer = parts != NULL ? find_signer (parts) : NULL;

    if (signer != NULL)
        pena_evidence_want (evidence, signer, 0, NULL);
}

gboolean
pena_gather_time_stamp (PenaEvidence *evidence, GBytes *token, GPtrArray *certificates,
                        PenaImprintFunc imprint, gpointer user_data, gint64 *ret_time, GError **error)
{
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (token, certificates, NULL);

    if (stamp == NULL)
        return broken (error, _ ("a time-stamp in it is not sound"));
    const PenaDigestAlgorithm *digest = pena_time_stamp_get_imprint_digest (stamp);
    g_autoptr (GBytes) wanted = digest != NULL && imprint != NULL ? imprint (digest->name, user_data) : NULL;
    if (imprint != NULL && (wanted == NULL || !pena_time_stamp_is_over (stamp, wanted)))
        return broken (error, _ ("a time-stamp in it is over something else"));
    g_autoptr (GPtrArray) own = pena_time_stamp_dup_certificates (stamp);
    g_autoptr (GPtrArray) crls = pena_time_stamp_dup_crls (stamp);
    g_autoptr (GPtrArray) ocsps = pena_time_stamp_dup_ocsps (stamp);
    g_autoptr (GBytes) signer = pena_certificate_encode (pena_time_stamp_get_signer (stamp));

    pena_evidence_know (evidence, own, crls, ocsps);
    *ret_time = pena_time_stamp_get_time (stamp);
    return pena_evidence_want (evidence, signer, *ret_time, error);
}

static GBytes *
signature_imprint (const gchar *algorithm, gpointer signer)
{
    return pena_signature_imprint (signer, algorithm);
}

static gboolean
gather_time_stamps (PenaEvidence *evidence, PenaSignedParts *parts, PenaGathered *gathered, GError **error)
{
    g_autoptr (GPtrArray) stamps =
        pena_signer_parts_dup_values (&parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);
    g_autoptr (GPtrArray) archives =
        pena_signer_parts_dup_values (&parts->signer, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP);
    gint64 time;

    gathered->n_time_stamps = stamps->len;
    for (guint i = 0; i < stamps->len; i++) {
        if (!pena_gather_time_stamp (evidence, stamps->pdata[i], parts->certificates, signature_imprint,
                                     &parts->signer, &time, error))
            return FALSE;
        gathered->time = MIN (gathered->time, time);
    }
    for (guint i = 0; i < archives->len; i++)
        if (!pena_gather_time_stamp (evidence, archives->pdata[i], parts->certificates, NULL, NULL, &time,
                                     error))
            return FALSE;
    return TRUE;
}

gboolean
pena_gather_signature (PenaEvidence *evidence, GBytes *cms, gint64 since, PenaGathered *ret_gathered,
                       GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, error);
    PenaGathered gathered = {0, G_MAXINT64};

    if (parts == NULL)
        return FALSE;
    GBytes *signer = find_signer (parts);
    if (signer == NULL)
        return broken (error, _ ("it does not hold the certificate of its signer"));
    g_autoptr (GPtrArray) crls = pena_signed_parts_dup_crls (parts);
    g_autoptr (GPtrArray) ocsps = pena_signed_parts_dup_ocsps (parts);
    pena_evidence_know (evidence, parts->certificates, crls, ocsps);
    if (!gather_time_stamps (evidence, parts, &gathered, error))
        return FALSE;
    if (ret_gathered != NULL)
        *ret_gathered = gathered;
    return pena_evidence_want (evidence, signer, gathered.n_time_stamps > 0 ? gathered.time : since, error);
}

void
pena_gather_other_stamps (PenaEvidence *evidence, GBytes *cms)
{
    static const PenaAttribute kinds[] = {
        PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, PENA_ATTRIBUTE_COMPLETE_TIME_STAMP,
        PENA_ATTRIBUTE_REFERENCES_TIME_STAMP, PENA_ATTRIBUTE_CONTENT_TIME_STAMP};
    gsize length;
    const guint8 *data = g_bytes_get_data (cms, &length);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, length, NULL, NULL);
    gint64 time;

    for (guint i = 0; parts != NULL && i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (GPtrArray) tokens = pena_signer_parts_dup_values (&parts->signer, kinds[i]);
        for (guint k = 0; k < tokens->len; k++)
            if (!pena_gather_time_stamp (evidence, tokens->pdata[k], parts->certificates, NULL, NULL, &time,
                                         NULL))
                return;
    }
}
