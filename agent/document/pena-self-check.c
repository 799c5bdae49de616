/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a finished signature, read again as a stranger would
 * Copyright (C) 2026 the Pena authors */
#include "pena-self-check.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-validate.h"

static gboolean
failed (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED, "the finished signature: %s", what);
    return FALSE;
}

static GBytes *
known_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    const PenaSelfCheck *self = user_data;

    if (g_str_equal (algorithm, self->digest_algorithm))
        return g_bytes_ref (self->digest);
    failed (error, "another digest algorithm");
    return NULL;
}

/* Whether anybody trusts the certificate is not our question here; everything else must be in order. */
static gboolean
check_cms (const PenaSelfCheck *self, GBytes *cms, GError **error)
{
    gboolean pades = self->update != NULL;
    const PenaValidationContext context = {.time = self->time};
    g_autoptr (PenaSignatureReport) report = pena_validate_cms (
        cms, pades ? PENA_ADES_PADES : PENA_ADES_CADES, pades, known_digest, (gpointer)self, &context);
    gboolean sound =
        report->verdict == PENA_VERDICT_PASSED ||
        (report->verdict == PENA_VERDICT_INDETERMINATE && report->sub == PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);

    if (!sound)
        return failed (error, pena_sub_indication_name (report->sub));
    if (g_strcmp0 (report->format, pades ? "PAdES" : "CAdES") != 0 || report->level == NULL)
        return failed (error, "not of the level that was asked for");
    if (report->signer == NULL || !g_bytes_equal (report->signer, self->signer))
        return failed (error, "another signer");
    return TRUE;
}

static gboolean
is_ours (const PenaSelfCheck *self, const PenaPdfSignature *signature)
{
    guint64 gap = pena_pdf_bytes_size (self->bytes) + self->update->gap_offset;

    return signature->ranges[1] == gap && signature->ranges[2] == gap + self->update->gap_length;
}

/* Our CMS is at the start of /Contents; the rest must be padding, which check_cms sees to. */
static gboolean
begins_with (GBytes *contents, GBytes *cms)
{
    gsize length, whole;
    gconstpointer data = g_bytes_get_data (cms, &length);
    gconstpointer start = g_bytes_get_data (contents, &whole);

    return whole >= length && memcmp (start, data, length) == 0;
}

static gboolean
check_pdf (const PenaSelfCheck *self, GBytes *update, GError **error)
{
    g_autoptr (GError) local = NULL;
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (self->fd, update, &local);
    g_autoptr (PenaPdf) pdf =
        bytes != NULL ? pena_pdf_open_with_password (bytes, self->password, &local) : NULL;
    g_autoptr (PenaPdfSignature) ours = pdf != NULL ? pena_pdf_get_last_signature (pdf, &local) : NULL;

    if (ours == NULL)
        return failed (error, local->message);
    if (!is_ours (self, ours))
        return failed (error, "not found in the document");
    if (!ours->ranges_sound || ours->changes != PENA_PDF_CHANGES_NONE ||
        ours->ranges[2] + ours->ranges[3] != pena_pdf_bytes_size (bytes))
        return failed (error, "does not cover the document");
    if (!begins_with (ours->contents, self->cms))
        return failed (error, "not what was put in");
    return check_cms (self, ours->contents, error);
}

gboolean
pena_self_check (const PenaSelfCheck *self, GError **error)
{
    gsize length;
    gconstpointer der = g_bytes_get_data (self->cms, &length);

    if (self->update == NULL)
        return check_cms (self, self->cms, error);
    if (!pena_pdf_update_set_contents (self->update, der, length, error))
        return FALSE;
    g_autoptr (GBytes) update = g_bytes_new (self->update->bytes->data, self->update->bytes->len);
    return check_pdf (self, update, error);
}
