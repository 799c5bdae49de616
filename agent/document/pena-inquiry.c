/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is to be asked before the signatures of a document are judged
 * Copyright (C) 2026 the Pena authors */
#include "pena-inquiry.h"

#include "pena-cms-map.h"
#include "pena-gather.h"
#include "pena-judge-old.h"
#include "pena-need.h"
#include "pena-pdf-store.h"

/* At once; there may be more, and signers go first. */
#define MAX_NEEDS 16

struct _PenaInquiry {
    PenaEvidence *evidence;
    GPtrArray *certificates, *crls, *ocsps; /* of GBytes: the answers */
};

/* Those of a PKCS#1 signature, the signer's first; NULL for other kinds, which hold theirs. */
static GPtrArray *
get_certificates_beside (const PenaPdfSignature *signature)
{
    return g_strcmp0 (signature->sub_filter, PENA_OLD_X509) == 0 ? signature->certificates : NULL;
}

/* Whatever of a signature cannot be read is the judge's to say. */
static void
gather_cms (PenaEvidence *evidence, GBytes *cms)
{
    pena_gather_signature (evidence, cms, 0, NULL, NULL);
    pena_gather_other_stamps (evidence, cms);
}

static void
gather_one (PenaEvidence *evidence, const PenaPdfSignature *signature, const PenaPdfStore *store)
{
    g_autoptr (GBytes) cms = pena_cms_map_dup_first (signature->contents);
    gint64 time;

    pena_evidence_know (evidence, get_certificates_beside (signature), NULL, NULL);
    if (cms == NULL)
        return;
    if (pena_pdf_signature_is_time_stamp (signature))
        pena_gather_time_stamp (evidence, cms, store->certificates, NULL, NULL, &time, NULL);
    else
        gather_cms (evidence, cms);
}

static void
gather_signers (PenaEvidence *evidence, GPtrArray *signatures)
{
    for (guint i = 0; i < signatures->len; i++) {
        const PenaPdfSignature *signature = signatures->pdata[i];
        const GPtrArray *beside = get_certificates_beside (signature);
        g_autoptr (GBytes) cms = pena_cms_map_dup_first (signature->contents);
        if (beside != NULL && beside->len > 0)
            pena_evidence_want (evidence, beside->pdata[0], 0, NULL);
        else if (cms != NULL && !pena_pdf_signature_is_time_stamp (signature))
            pena_gather_signer (evidence, cms);
    }
}

static gboolean
gather_pdf (PenaEvidence *evidence, PenaPdf *pdf, GError **error)
{
    g_autoptr (GPtrArray) signatures = pena_pdf_list_signatures (pdf, error);
    g_autoptr (PenaPdfStore) store = signatures != NULL ? pena_pdf_store_read (pdf) : NULL;

    if (signatures == NULL)
        return FALSE;
    pena_evidence_know (evidence, store->certificates, store->crls, store->ocsps);
    gather_signers (evidence, signatures);
    for (guint i = 0; i < signatures->len; i++)
        gather_one (evidence, signatures->pdata[i], store);
    return TRUE;
}

static GPtrArray *
new_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

PenaInquiry *
pena_inquiry_new (const PenaInquiryInput *input, GError **error)
{
    g_autoptr (PenaInquiry) self = g_new0 (PenaInquiry, 1);

    self->certificates = new_list ();
    self->crls = new_list ();
    self->ocsps = new_list ();
    self->evidence = pena_evidence_new (input->anchors, input->certificates);
    pena_evidence_judge (self->evidence, input->time);
    if (input->pdf == NULL) {
        pena_gather_signer (self->evidence, input->signature);
        gather_cms (self->evidence, input->signature);
    } else if (!gather_pdf (self->evidence, input->pdf, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
pena_inquiry_free (PenaInquiry *self)
{
    if (self == NULL)
        return;
    pena_evidence_free (self->evidence);
    g_ptr_array_unref (self->certificates);
    g_ptr_array_unref (self->crls);
    g_ptr_array_unref (self->ocsps);
    g_free (self);
}

GPtrArray *
pena_inquiry_dup_needs (PenaInquiry *self, GError **error)
{
    GPtrArray *needs = pena_evidence_dup_needs (self->evidence, error);

    if (needs != NULL && needs->len > MAX_NEEDS)
        g_ptr_array_set_size (needs, MAX_NEEDS);
    return needs;
}

gboolean
pena_inquiry_offer (PenaInquiry *self, GPtrArray *needs, GError **error)
{
    for (guint i = 0; i < needs->len; i++) {
        const PenaNeed *need = needs->pdata[i];
        GPtrArray *list = need->answer_kind == PENA_ANSWER_OCSP     ? self->ocsps
                          : need->answer_kind == PENA_ANSWER_CRL    ? self->crls
                          : need->answer_kind == PENA_ANSWER_ISSUER ? self->certificates
                                                                    : NULL;
        if (list != NULL)
            g_ptr_array_add (list, g_bytes_ref (need->answer));
    }
    return pena_evidence_offer (self->evidence, needs, error);
}

GPtrArray *
pena_inquiry_get_certificates (const PenaInquiry *self)
{
    return self->certificates;
}

GPtrArray *
pena_inquiry_get_crls (const PenaInquiry *self)
{
    return self->crls;
}

GPtrArray *
pena_inquiry_get_ocsps (const PenaInquiry *self)
{
    return self->ocsps;
}
