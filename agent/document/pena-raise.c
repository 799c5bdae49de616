/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: raising signatures of an opened document to a higher level
 * Copyright (C) 2026 the Pena authors */
#include "pena-raise.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-archive.h"
#include "pena-cms-map.h"
#include "pena-gather.h"
#include "pena-pdf-store.h"
#include "pena-span.h"
#include "pena-text.h"
#include "pena-tsp.h"
#include "pena-validate.h"

struct _PenaRaise {
    gint fd;
    const PenaSecret *password;
    guint64 from;
    GByteArray *tail; /* PDF: what was appended so far */
    PenaPdfBytes *bytes;
    PenaSpan *span;        /* over bytes */
    PenaPdf *pdf;          /* NULL: CAdES */
    GPtrArray *signatures; /* PDF: of PenaPdfSignature */
    GBytes *cms;           /* CAdES */
    GArray *ranges;        /* CAdES: of the content; NULL: the whole document */
    PenaEvidence *evidence;
    guint n_signatures;
    gboolean time_stamped;
    PenaPdfUpdate *update; /* PDF: a document time-stamp that waits for its token */
    GBytes *hash_index;    /* CAdES: an archive time-stamp that does */
};

static gboolean
broken (GError **error, const gchar *reason)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_SIGNATURE_BROKEN, "not to be raised: %s", reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

/* The judge's sentence, within another one. */
static gboolean
broken_by (GError **error, const gchar *problem)
{
    gsize length = strlen (problem);
    g_autofree gchar *reason =
        g_strndup (problem, length > 0 && problem[length - 1] == '.' ? length - 1 : length);

    return broken (error, reason);
}

static gboolean
check_failed (GError **error, const gchar *what)
{
    g_set_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED, "the raised signature: %s", what);
    return FALSE;
}

static void
close_document (PenaRaise *self)
{
    g_clear_pointer (&self->signatures, g_ptr_array_unref);
    g_clear_pointer (&self->pdf, pena_pdf_free);
    g_clear_pointer (&self->span, pena_span_free);
    g_clear_pointer (&self->bytes, pena_pdf_bytes_free);
}

/* The document with all that was appended, from the beginning. */
static gboolean
open_document (PenaRaise *self, gboolean pdf, GError **error)
{
    g_autoptr (GBytes) tail = g_bytes_new (self->tail->data, self->tail->len);

    close_document (self);
    self->bytes = pena_pdf_bytes_new (self->fd, tail, error);
    if (self->bytes == NULL)
        return FALSE;
    self->span = pena_span_new (self->bytes);
    if (!pdf)
        return TRUE;
    self->pdf = pena_pdf_open_with_password (self->bytes, self->password, error);
    if (self->pdf != NULL)
        self->signatures = pena_pdf_list_signatures (self->pdf, error);
    return self->signatures != NULL;
}

PenaRaise *
pena_raise_new (const PenaRaiseInput *input, GError **error)
{
    g_autoptr (PenaRaise) self = g_new0 (PenaRaise, 1);

    self->fd = input->fd;
    self->password = input->password;
    self->from = input->from;
    self->tail = g_byte_array_new ();
    if (input->tail != NULL)
        g_byte_array_append (self->tail, g_bytes_get_data (input->tail, NULL),
                             (guint)g_bytes_get_size (input->tail));
    if (!input->pdf)
        self->cms = g_bytes_ref (input->signature);
    if (input->ranges != NULL)
        self->ranges = g_array_ref (input->ranges);
    if (!open_document (self, input->pdf, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_raise_free (PenaRaise *self)
{
    if (self == NULL)
        return;
    close_document (self);
    pena_pdf_update_free (self->update);
    g_byte_array_unref (self->tail);
    g_clear_pointer (&self->cms, g_bytes_unref);
    g_clear_pointer (&self->ranges, g_array_unref);
    g_clear_pointer (&self->hash_index, g_bytes_unref);
    pena_evidence_free (self->evidence);
    g_free (self);
}

/* ---- is it sound? ---- */

typedef struct {
    PenaRaise *raise;
    const PenaPdfSignature *signature; /* NULL: CAdES */
} Content;

static GBytes *
content_digest (const gchar *algorithm, gpointer user_data, GError **error)
{
    const Content *self = user_data;
    PenaRaise *raise = self->raise;

    if (raise->ranges != NULL)
        return pena_span_digest_ranges (raise->span, algorithm, raise->ranges, error);
    if (self->signature == NULL)
        return pena_span_digest (raise->span, algorithm, pena_pdf_bytes_size (raise->bytes), 0, 0, error);
    return pena_span_digest (raise->span, algorithm, self->signature->ranges[1], self->signature->ranges[2],
                             self->signature->ranges[3], error);
}

static gboolean
check_sound (PenaRaise *self, const PenaPdfSignature *signature, gint64 time, GError **error)
{
    Content content = {self, signature};
    const PenaValidationContext context = {.time = time};

    if (signature != NULL && !signature->ranges_sound)
        return broken (error, _ ("it does not say properly what it covers"));
    g_autoptr (PenaSignatureReport) report =
        pena_validate_cms (signature != NULL ? signature->contents : self->cms,
                           signature != NULL ? PENA_ADES_PADES : PENA_ADES_CADES, signature != NULL,
                           content_digest, &content, &context);
    if (report->verdict == PENA_VERDICT_FAILED)
        return broken_by (error, report->problems->pdata[0]);
    if (g_str_equal (report->format, "PKCS#7"))
        return broken (error, _ ("it is of an older kind that has no levels"));
    return TRUE;
}

gboolean
pena_raise_check_sound (PenaRaise *self, gint64 time, GError **error)
{
    if (self->pdf == NULL)
        return check_sound (self, NULL, time, error);
    for (guint i = 0; i < self->signatures->len; i++) {
        const PenaPdfSignature *signature = self->signatures->pdata[i];
        if (!pena_pdf_signature_is_time_stamp (signature) && signature->ranges[1] >= self->from &&
            !check_sound (self, signature, time, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
pena_raise_is_time_stamped (const PenaRaise *self)
{
    return self->time_stamped;
}

guint
pena_raise_get_n_signatures (const PenaRaise *self)
{
    return self->n_signatures;
}

/* ---- validation data ---- */

/* /Contents without its padding. */
static GBytes *
dup_cms (const PenaPdfSignature *signature, GError **error)
{
    GBytes *cms = pena_cms_map_dup_first (signature->contents);

    if (cms == NULL)
        broken (error, _ ("it is not a CMS SignedData of one signer"));
    return cms;
}

static GBytes *
document_imprint (const gchar *algorithm, gpointer user_data)
{
    return content_digest (algorithm, user_data, NULL);
}

/* Document time-stamps first: the earliest tells when the signatures before it existed. */
static gboolean
gather_document_stamps (PenaRaise *self, GArray *times, GError **error)
{
    for (guint i = 0; i < self->signatures->len; i++) {
        const PenaPdfSignature *signature = self->signatures->pdata[i];
        Content content = {self, signature};
        gint64 time = G_MAXINT64;
        if (pena_pdf_signature_is_time_stamp (signature) && signature->ranges[1] >= self->from) {
            g_autoptr (GBytes) token = signature->ranges_sound ? dup_cms (signature, error) : NULL;
            if (token == NULL && error != NULL && *error == NULL)
                broken (error, _ ("it does not say properly what it covers"));
            if (token == NULL || !pena_gather_time_stamp (self->evidence, token, NULL, document_imprint,
                                                          &content, &time, error))
                return FALSE;
        }
        g_array_append_val (times, time);
    }
    return TRUE;
}

static gboolean
gather_pdf (PenaRaise *self, GError **error)
{
    g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
    g_autoptr (PenaPdfStore) store = pena_pdf_store_read (self->pdf);

    pena_evidence_know (self->evidence, store->certificates, store->crls, store->ocsps);
    if (!gather_document_stamps (self, times, error))
        return FALSE;
    self->time_stamped = TRUE;
    for (guint i = 0; i < self->signatures->len; i++) {
        const PenaPdfSignature *signature = self->signatures->pdata[i];
        PenaGathered gathered;
        gint64 since = G_MAXINT64;
        if (pena_pdf_signature_is_time_stamp (signature) || signature->ranges[1] < self->from)
            continue;
        for (guint k = i + 1; k < times->len; k++)
            since = MIN (since, g_array_index (times, gint64, k));
        g_autoptr (GBytes) cms = dup_cms (signature, error);
        if (cms == NULL ||
            !pena_gather_signature (self->evidence, cms, since == G_MAXINT64 ? 0 : since, &gathered, error))
            return FALSE;
        self->n_signatures++;
        self->time_stamped = self->time_stamped && (gathered.n_time_stamps > 0 || since != G_MAXINT64);
    }
    return TRUE;
}

static gboolean
gather_cades (PenaRaise *self, GError **error)
{
    PenaGathered gathered;

    if (!pena_gather_signature (self->evidence, self->cms, 0, &gathered, error))
        return FALSE;
    self->n_signatures = 1;
    self->time_stamped = gathered.n_time_stamps > 0;
    return TRUE;
}

gboolean
pena_raise_gather (PenaRaise *self, GPtrArray *anchors, GPtrArray *certificates, GError **error)
{
    g_clear_pointer (&self->evidence, pena_evidence_free);
    self->evidence = pena_evidence_new (anchors, certificates);
    self->n_signatures = 0;
    if (self->pdf != NULL ? !gather_pdf (self, error) : !gather_cades (self, error))
        return FALSE;
    if (self->n_signatures > 0)
        return TRUE;
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_SIGNATURE_MISSING, "nothing to raise");
    return FALSE;
}

GPtrArray *
pena_raise_dup_needs (PenaRaise *self, GError **error)
{
    return pena_evidence_dup_needs (self->evidence, error);
}

gboolean
pena_raise_offer (PenaRaise *self, GPtrArray *needs, GError **error)
{
    return pena_evidence_offer (self->evidence, needs, error);
}

static gboolean
append_to_pdf (PenaRaise *self, const GByteArray *update, GError **error)
{
    if (update->len == 0)
        return TRUE;
    g_byte_array_append (self->tail, update->data, update->len);
    return open_document (self, TRUE, error);
}

/* What was put in is there, and it is no change of what was signed. */
static gboolean
check_kept (PenaRaise *self, const PenaPdfStore *wanted, GError **error)
{
    g_autoptr (PenaPdfStore) there = pena_pdf_store_read (self->pdf);
    GPtrArray *const lists[][2] = {{wanted->certificates, there->certificates},
                                   {wanted->crls, there->crls},
                                   {wanted->ocsps, there->ocsps}};

    for (guint kind = 0; kind < G_N_ELEMENTS (lists); kind++)
        for (guint i = 0; i < lists[kind][0]->len; i++)
            if (!g_ptr_array_find_with_equal_func (lists[kind][1], lists[kind][0]->pdata[i],
                                                   (GEqualFunc)g_bytes_equal, NULL))
                return check_failed (error, "validation data is not found in the document");
    return TRUE;
}

static GBytes *
keep_in_pdf (PenaRaise *self, PenaPdfStore *store, GError **error)
{
    g_autoptr (GByteArray) update = pena_pdf_store_append (self->pdf, store, error);

    if (update == NULL || !append_to_pdf (self, update, error) || !check_kept (self, store, error))
        return NULL;
    return g_bytes_new (update->data, update->len);
}

static PenaSignedParts *
take_apart (PenaRaise *self, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (self->cms, &length);

    return pena_signed_parts_new (data, length, NULL, error);
}

static GBytes *
replace_cms (PenaRaise *self, const PenaSignedParts *parts)
{
    g_bytes_unref (self->cms);
    self->cms = pena_signed_parts_encode_detached (parts);
    return g_bytes_ref (self->cms);
}

static GBytes *
keep_in_cms (PenaRaise *self, const PenaPdfStore *store, GError **error)
{
    g_autoptr (PenaSignedParts) parts = take_apart (self, error);

    if (parts == NULL)
        return NULL;
    for (guint i = 0; i < store->certificates->len; i++)
        pena_signed_parts_add_certificate (parts, store->certificates->pdata[i]);
    for (guint i = 0; i < store->crls->len; i++)
        pena_signed_parts_add_crl (parts, store->crls->pdata[i]);
    for (guint i = 0; i < store->ocsps->len; i++)
        pena_signed_parts_add_ocsp (parts, store->ocsps->pdata[i]);
    return replace_cms (self, parts);
}

GBytes *
pena_raise_keep (PenaRaise *self, GError **error)
{
    PenaPdfStore store = {.certificates = pena_evidence_dup_certificates (self->evidence),
                          .crls = pena_evidence_dup_crls (self->evidence),
                          .ocsps = pena_evidence_dup_ocsps (self->evidence)};
    GBytes *kept = self->pdf != NULL ? keep_in_pdf (self, &store, error) : keep_in_cms (self, &store, error);

    g_ptr_array_unref (store.certificates);
    g_ptr_array_unref (store.crls);
    g_ptr_array_unref (store.ocsps);
    return kept;
}

/* ---- time-stamps ---- */

PenaPdfUpdate *
pena_raise_prepare_document_stamp (PenaRaise *self, gsize capacity, GError **error)
{
    const PenaPdfSignOptions options = {.contents_capacity = capacity, .time_stamp = TRUE};

    g_return_val_if_fail (self->pdf != NULL, NULL);
    g_clear_pointer (&self->update, pena_pdf_update_free);
    self->update = pena_pdf_prepare (self->pdf, &options, error);
    return self->update;
}

GBytes *
pena_raise_prepare_stamp (PenaRaise *self, const gchar *digest, gboolean archive, GError **error)
{
    g_autoptr (PenaSignedParts) parts = take_apart (self, error);
    Content content = {self, NULL};

    if (parts == NULL)
        return NULL;
    g_clear_pointer (&self->hash_index, g_bytes_unref);
    if (!archive)
        return pena_signature_imprint (&parts->signer, digest);
    g_autoptr (GBytes) document = content_digest (digest, &content, error);
    if (document == NULL)
        return NULL;
    self->hash_index = pena_hash_index_new (parts, &parts->signer, digest);
    return pena_archive_imprint (parts, &parts->signer, digest, document, self->hash_index);
}

/* Found where it was put, over the whole document, and the same bytes. */
static gboolean
check_document_stamp (PenaRaise *self, guint64 gap, GBytes *token, GError **error)
{
    const PenaPdfSignature *last =
        self->signatures->len > 0 ? self->signatures->pdata[self->signatures->len - 1] : NULL;
    gsize length;
    gconstpointer der = g_bytes_get_data (token, &length);

    if (last == NULL || !pena_pdf_signature_is_time_stamp (last) || last->ranges[1] != gap)
        return check_failed (error, "the time-stamp is not found in the document");
    if (!last->ranges_sound || last->changes != PENA_PDF_CHANGES_NONE ||
        last->ranges[2] + last->ranges[3] != pena_pdf_bytes_size (self->bytes))
        return check_failed (error, "the time-stamp does not cover the document");
    if (g_bytes_get_size (last->contents) < length ||
        memcmp (g_bytes_get_data (last->contents, NULL), der, length) != 0)
        return check_failed (error, "the time-stamp is not what was put in");
    Content content = {self, last};
    g_autoptr (PenaTimeStamp) stamp = pena_time_stamp_parse (token, NULL, error);
    const PenaDigestAlgorithm *digest = stamp != NULL ? pena_time_stamp_get_imprint_digest (stamp) : NULL;
    g_autoptr (GBytes) imprint = digest != NULL ? content_digest (digest->name, &content, NULL) : NULL;
    if (imprint == NULL || !pena_time_stamp_is_over (stamp, imprint)) {
        g_clear_error (error);
        return check_failed (error, "the time-stamp is over something else");
    }
    return TRUE;
}

/* What is signed is as it was, and what came later is no change of it. */
static gboolean
check_signatures (PenaRaise *self, GError **error)
{
    for (guint i = 0; i < self->signatures->len; i++) {
        const PenaPdfSignature *signature = self->signatures->pdata[i];
        if (signature->ranges[1] >= self->from && signature->ranges_sound &&
            signature->changes == PENA_PDF_CHANGES_OTHER)
            return check_failed (error, "it would look changed");
    }
    return TRUE;
}

static GBytes *
put_in_pdf (PenaRaise *self, GBytes *token, GError **error)
{
    g_autoptr (PenaPdfUpdate) update = g_steal_pointer (&self->update);
    gsize length;
    gconstpointer der = g_bytes_get_data (token, &length);
    guint64 gap = pena_pdf_bytes_size (self->bytes) + update->gap_offset;

    if (!pena_pdf_update_set_contents (update, der, length, error) ||
        !append_to_pdf (self, update->bytes, error) || !check_document_stamp (self, gap, token, error) ||
        !check_signatures (self, error))
        return NULL;
    return g_bytes_new (NULL, 0);
}

static GBytes *
put_in_cms (PenaRaise *self, GBytes *token, GError **error)
{
    g_autoptr (PenaSignedParts) parts = take_apart (self, error);
    g_autoptr (GBytes) archived = NULL;

    if (parts == NULL)
        return NULL;
    if (self->hash_index != NULL) {
        archived = pena_archive_token_new (token, self->hash_index, error);
        if (archived == NULL)
            return NULL;
        pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP, archived);
    } else {
        pena_signer_parts_add_unsigned (&parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, token);
    }
    g_clear_pointer (&self->hash_index, g_bytes_unref);
    return replace_cms (self, parts);
}

GBytes *
pena_raise_put_stamp (PenaRaise *self, GBytes *token, GError **error)
{
    if (self->pdf == NULL)
        return put_in_cms (self, token, error);
    if (self->update == NULL) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no time-stamp was prepared");
        return NULL;
    }
    return put_in_pdf (self, token, error);
}
