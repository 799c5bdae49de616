/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: making one signature over an opened document, step by step
 * Copyright (C) 2026 the Pena authors */
#include "pena-making.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-validate.h"

struct _PenaMaking {
    PenaMakingDocument document;
    PenaAdesDraft *draft;
    PenaPdfUpdate *update; /* NULL: CAdES */
    GBytes *signer;        /* certificate */
    GBytes *digest;        /* given in the second step */
    gint64 time;
};

void
pena_making_free (PenaMaking *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->draft, pena_ades_draft_free);
    g_clear_pointer (&self->update, pena_pdf_update_free);
    g_clear_pointer (&self->signer, g_bytes_unref);
    g_clear_pointer (&self->digest, g_bytes_unref);
    g_free (self);
}

static PenaPdfUpdate *
prepare_update (PenaMaking *self, const PenaPdfSignOptions *options, GError **error)
{
    PenaPdfSignOptions full = *options;
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (self->signer, error);

    if (info == NULL)
        return NULL;
    full.name = info->common_name;
    full.time = self->time;
    full.contents_capacity = pena_ades_draft_get_capacity (self->draft);
    return pena_pdf_prepare (self->document.pdf, &full, error);
}

PenaMaking *
pena_making_new (const PenaMakingDocument *document, const PenaAdesOptions *ades,
                 const PenaPdfSignOptions *pdf, GError **error)
{
    g_autoptr (PenaMaking) self = g_new0 (PenaMaking, 1);
    PenaAdesOptions full = *ades;

    if (ades->chain->len == 0) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "no certificate");
        return NULL;
    }
    self->document = *document;
    self->signer = g_bytes_ref (ades->chain->pdata[0]);
    self->time = ades->time;
    full.format = document->pdf != NULL ? PENA_ADES_PADES : PENA_ADES_CADES;
    self->draft = pena_ades_draft_new (&full, error);
    if (self->draft == NULL)
        return NULL;
    if (document->pdf != NULL) {
        self->update = prepare_update (self, pdf, error);
        if (self->update == NULL)
            return NULL;
    }
    return g_steal_pointer (&self);
}

const gchar *
pena_making_get_scheme (PenaMaking *self)
{
    return pena_ades_draft_get_scheme (self->draft);
}

const PenaPdfUpdate *
pena_making_get_update (PenaMaking *self)
{
    return self->update;
}

GBytes *
pena_making_get_to_be_signed (PenaMaking *self, GBytes *digest, GError **error)
{
    if (self->digest != NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "one signature has one digest");
        return NULL;
    }
    self->digest = g_bytes_ref (digest);
    return pena_ades_draft_get_to_be_signed (self->draft, digest, error);
}

/* ---- the self-check ---- */

static gboolean
failed (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED, "the finished signature: %s", what);
    return FALSE;
}

static GBytes *
known_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    PenaMaking *self = user_data;

    if (g_str_equal (algorithm, "sha256"))
        return g_bytes_ref (self->digest);
    failed (error, "another digest algorithm");
    return NULL;
}

/* Whether anybody trusts the certificate is not our question here; everything else must be in order. */
static gboolean
check_cms (PenaMaking *self, GBytes *cms, GError **error)
{
    gboolean pades = self->update != NULL;
    const PenaValidationContext context = {.time = self->time};
    g_autoptr (PenaSignatureReport) report = pena_validate_cms (
        cms, pades ? PENA_ADES_PADES : PENA_ADES_CADES, pades, known_digest, self, &context);
    gboolean sound =
        report->verdict == PENA_VERDICT_PASSED ||
        (report->verdict == PENA_VERDICT_INDETERMINATE && report->sub == PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);

    if (!sound)
        return failed (error, pena_sub_indication_name (report->sub));
    if (g_strcmp0 (report->format, pades ? "PAdES" : "CAdES") != 0 || g_strcmp0 (report->level, "B-B") != 0)
        return failed (error, "not of the level that was asked for");
    if (report->signer == NULL || !g_bytes_equal (report->signer, self->signer))
        return failed (error, "another signer");
    return TRUE;
}

static PenaPdfSignature *
find_ours (PenaMaking *self, GPtrArray *signatures)
{
    guint64 gap = pena_pdf_bytes_size (self->document.bytes) + self->update->gap_offset;

    for (guint i = 0; i < signatures->len; i++) {
        PenaPdfSignature *one = signatures->pdata[i];
        if (one->ranges[1] == gap && one->ranges[2] == gap + self->update->gap_length)
            return one;
    }
    return NULL;
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
check_pdf (PenaMaking *self, GBytes *update, GBytes *cms, GError **error)
{
    g_autoptr (GError) local = NULL;
    g_autoptr (PenaPdfBytes) bytes = pena_pdf_bytes_new (self->document.fd, update, &local);
    g_autoptr (PenaPdf) pdf = bytes != NULL ? pena_pdf_open (bytes, &local) : NULL;
    g_autoptr (GPtrArray) signatures = pdf != NULL ? pena_pdf_list_signatures (pdf, &local) : NULL;

    if (signatures == NULL)
        return failed (error, local->message);
    const PenaPdfSignature *ours = find_ours (self, signatures);
    if (ours == NULL)
        return failed (error, "not found in the document");
    if (!ours->ranges_sound || ours->changes != PENA_PDF_CHANGES_NONE ||
        ours->ranges[2] + ours->ranges[3] != pena_pdf_bytes_size (bytes))
        return failed (error, "does not cover the document");
    if (!begins_with (ours->contents, cms))
        return failed (error, "not what was put in");
    return check_cms (self, ours->contents, error);
}

GBytes *
pena_making_finish (PenaMaking *self, GBytes *value, GError **error)
{
    gsize length;

    if (self->digest == NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "a step was left out");
        return NULL;
    }
    g_autoptr (GBytes) cms = pena_ades_draft_finish (self->draft, value, error);
    if (cms == NULL)
        return NULL;
    if (self->update == NULL)
        return check_cms (self, cms, error) ? g_steal_pointer (&cms) : NULL;
    gconstpointer der = g_bytes_get_data (cms, &length);
    if (!pena_pdf_update_set_contents (self->update, der, length, error))
        return NULL;
    g_autoptr (GBytes) update = g_bytes_new (self->update->bytes->data, self->update->bytes->len);
    return check_pdf (self, update, cms, error) ? g_steal_pointer (&update) : NULL;
}
