/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the older kinds of signatures in PDF (ISO 32000-1, 12.8.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-judge-old.h"

#include "pena-cms-map.h"
#include "pena-digest.h"
#include "pena-signed-parts.h"
#include "pena-text.h"

static void
add_problem (PenaSignatureReport *report, PenaSubIndication sub, gchar *text)
{
    g_ptr_array_add (report->problems, text);
    pena_verdict_worsen (&report->verdict, &report->sub, sub);
}

void
pena_judge_not_pades (PenaSignatureReport *report)
{
    report->format = "PKCS#7";
    report->level = report->form = NULL;
}

static GBytes *
digest_bytes (const gchar *algorithm, gpointer bytes, GError **error)
{
    g_autoptr (PenaDigest) state = pena_digest_new (algorithm, error);

    if (state == NULL)
        return NULL;
    pena_digest_update (state, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    return pena_digest_get (state);
}

static void
check_document (PenaSignatureReport *report, GBytes *held, PenaContentDigestFunc document_digest,
                gpointer user_data)
{
    g_autoptr (GBytes) actual = document_digest ("sha1", user_data, NULL);

    if (actual == NULL)
        add_problem (report, PENA_SUB_SIGNED_DATA_NOT_FOUND,
                     g_strdup (_ ("The document that was signed cannot be read.")));
    else if (!g_bytes_equal (actual, held))
        add_problem (report, PENA_SUB_HASH_FAILURE,
                     g_strdup (_ ("The document was changed after it was signed.")));
}

static void
check_strength (PenaSignatureReport *report, const PenaValidationContext *context)
{
    const PenaCryptoPolicy *policy =
        context->policy != NULL ? context->policy : pena_crypto_policy_default ();
    gint64 proved = report->proved_time != G_MININT64 ? report->proved_time : context->time;

    if (pena_crypto_policy_digest_until (policy, "sha1") < proved)
        add_problem (report, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
                     g_strdup_printf (_ ("The digest algorithm %s is too weak to prove anything."), "sha1"));
}

PenaSignatureReport *
pena_judge_old_sha1 (GBytes *contents, PenaContentDigestFunc document_digest, gpointer user_data,
                     const PenaValidationContext *context)
{
    gsize size, taken = 0;
    const guint8 *data = g_bytes_get_data (contents, &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, &taken, NULL);
    gboolean sound = parts != NULL && parts->attached && pena_padding_is_empty (data, taken, size);
    g_autoptr (GBytes) held = sound ? pena_signed_parts_dup_content (parts, data) : NULL;
    g_autoptr (GBytes) cms = sound ? pena_signed_parts_encode_detached (parts) : g_bytes_ref (contents);

    PenaSignatureReport *report =
        pena_validate_cms (cms, PENA_ADES_PADES, FALSE, sound ? digest_bytes : document_digest,
                           sound ? held : user_data, context);
    pena_judge_not_pades (report);
    if (!sound)
        add_problem (report, PENA_SUB_FORMAT_FAILURE,
                     g_strdup (_ ("The signature does not hold the digest of the document.")));
    else {
        check_document (report, held, document_digest, user_data);
        check_strength (report, context);
    }
    return report;
}
