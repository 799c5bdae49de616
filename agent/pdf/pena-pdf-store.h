/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the Document Security Store, where a PDF keeps validation data (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"

/* Each of GBytes: DER of certificates, CRLs and OCSPResponses. */
typedef struct {
    GPtrArray *certificates, *crls, *ocsps;
    /* Of guint64, beside the last two as they were read: where in the file each ends, so that it is known which
     * time-stamp covers it. */
    GArray *crl_ends, *ocsp_ends;
} PenaPdfStore;

PenaPdfStore *pena_pdf_store_new (void);
void pena_pdf_store_free (PenaPdfStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfStore, pena_pdf_store_free)

/* What the document holds; empty when it has no store. Streams that cannot be read or are too large, and what is too much
 * of it, are passed over: nobody who validates needs to believe that a store is complete. Transfer full. */
PenaPdfStore *pena_pdf_store_read (PenaPdf *pdf);

/* An incremental update that puts what is new into the store; what is there stays, and with it whatever refers to single
 * signatures (/VRI). Empty when nothing is new. No signature is needed for it and none is broken by it (12.8.2.2.2), so
 * that certification does not stand in the way. DOCUMENT_UNSUPPORTED. Transfer full. */
GByteArray *pena_pdf_store_append (PenaPdf *pdf, const PenaPdfStore *more, GError **error);
