/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signature in the making, and time-stamps in it
 * Copyright (C) 2026 the Pena authors */
#include "ades-stamping.h"

#include <string.h>

#include "pena-tsp.h"

void
stamping_sign_anew (Stamping *self)
{
    g_autoptr (GBytes) cms = pki_make_cms (self->pki, PENA_ADES_CADES);
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);

    g_clear_pointer (&self->parts, pena_signed_parts_free);
    self->parts = pena_signed_parts_new (data, size, NULL, NULL);
    g_assert_nonnull (self->parts);
}

/* The signer's certificate ends on day 5. */
void
stamping_set_up (Stamping *self, gconstpointer unused)
{
    static const PkiSpec short_lived = {.not_after = DAYS (5)};
    static const PkiSpec tsa = {.common_name = "Time-stamp authority",
                                .key_usage = "critical,digitalSignature",
                                .extended_key_usage = "critical,timeStamping",
                                .not_after = DAYS (20)};

    self->pki = pki_new ("p256");
    pki_entity_clear (&self->pki->signer);
    self->pki->signer = pki_issue (&self->pki->issuing, "p256", &short_lived);
    self->tsa = pki_issue (&self->pki->issuing, "p256", &tsa);
    self->late_tsa = trust_new_tsa (&self->pki->issuing, "p256");
    self->context = pki_context_new (self->pki);
    stamping_sign_anew (self);
}

void
stamping_tear_down (Stamping *self, gconstpointer unused)
{
    pena_signed_parts_free (self->parts);
    pki_context_free (self->context);
    pki_entity_clear (&self->tsa);
    pki_entity_clear (&self->late_tsa);
    pki_free (self->pki);
}

GBytes *
stamping_stamp (const PkiEntity *tsa, GBytes *imprint, const TsaSpec *spec)
{
    g_autoptr (PenaTimeStampQuery) query = pena_time_stamp_query_new ("sha256", imprint, NULL, NULL);

    return trust_tsa_token (tsa, pena_time_stamp_query_get_der (query), spec);
}

void
stamping_add_stamp (Stamping *self, const PkiEntity *tsa, const TsaSpec *spec)
{
    g_autoptr (GBytes) imprint = pena_signature_imprint (&self->parts->signer, "sha256");
    g_autoptr (GBytes) token = stamping_stamp (tsa, imprint, spec);

    pena_signer_parts_add_unsigned (&self->parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, token);
}

void
stamping_add_stamp_at (Stamping *self, gint64 time)
{
    const TsaSpec spec = {.time = time};

    stamping_add_stamp (self, &self->tsa, &spec);
}

void
stamping_add_archive (Stamping *self, const PkiEntity *tsa, gint64 time)
{
    const TsaSpec spec = {.time = time};
    g_autoptr (GBytes) content = pki_sha256 (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (GBytes) index = pena_hash_index_new (self->parts, &self->parts->signer, "sha256");
    g_autoptr (GBytes) imprint =
        pena_archive_imprint (self->parts, &self->parts->signer, "sha256", content, index);
    g_autoptr (GBytes) token = stamping_stamp (tsa, imprint, &spec);
    g_autoptr (GBytes) value = pena_archive_token_new (token, index, NULL);

    pena_signer_parts_add_unsigned (&self->parts->signer, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP, value);
}

/* Lists of both authorities, current for two days from `time` on. */
void
stamping_add_crls (Stamping *self, gint64 time, X509 *revoked)
{
    g_autoptr (GBytes) issuing = pki_crl (&self->pki->issuing, revoked, -1, time, time + 2 * PKI_DAY);
    g_autoptr (GBytes) root = pki_crl (&self->pki->root, NULL, -1, time, time + 2 * PKI_DAY);

    pena_signed_parts_add_crl (self->parts, issuing);
    pena_signed_parts_add_crl (self->parts, root);
}

PenaSignatureReport *
stamping_judge_at (Stamping *self, gint64 time)
{
    g_autoptr (GBytes) cms = pena_signed_parts_encode_detached (self->parts);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));

    self->context->time = time;
    return pena_validate_cms (cms, PENA_ADES_CADES, FALSE, pki_content_digest, content, self->context);
}

void
stamping_assert_judged (Stamping *self, gint64 time, PenaVerdict verdict, PenaSubIndication sub,
                        const gchar *level)
{
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, time);

    for (guint i = 0; i < report->problems->len; i++)
        g_test_message ("%s", (const gchar *)report->problems->pdata[i]);
    g_assert_cmpstr (pena_sub_indication_name (report->sub), ==, pena_sub_indication_name (sub));
    g_assert_cmpint (report->verdict, ==, verdict);
    g_assert_cmpstr (report->level, ==, level);
}

const PenaStampReport *
stamping_only_stamp (const PenaSignatureReport *report)
{
    g_assert_cmpuint (report->stamps->len, ==, 1);
    return report->stamps->pdata[0];
}
