/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is to be asked before the signatures of a document are judged
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"

/* The issuers that are missing, and whether any certificate in the chains of signers and time-stamp authorities was revoked.
 * It asks nobody: needs are answered by whoever has a network, until there are none. What is not answered is left out. */
typedef struct _PenaInquiry PenaInquiry;

/* All borrowed; lists of GBytes, DER. */
typedef struct {
    PenaPdf *pdf;      /* or NULL: */
    GBytes *signature; /* CAdES, without content */
    GPtrArray *anchors, *certificates;
    gint64 time; /* now, seconds since 1970 UTC */
} PenaInquiryInput;

/* A document without signatures, or with ones that cannot be read, has no needs. The codes of pena_pdf_list_signatures().
 * Transfer full. */
PenaInquiry *pena_inquiry_new (const PenaInquiryInput *input, GError **error);
void pena_inquiry_free (PenaInquiry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaInquiry, pena_inquiry_free)

/* As pena_evidence_dup_needs() and _offer(); of many needs only the first, those of signers before those of time-stamps: a
 * document may not wear out the questions that are asked for it before its signer's turn comes. */
GPtrArray *pena_inquiry_dup_needs (PenaInquiry *self, GError **error);
gboolean pena_inquiry_offer (PenaInquiry *self, GPtrArray *needs, GError **error);

/* What was answered so far, unjudged. Of GBytes, DER; borrowed. */
GPtrArray *pena_inquiry_get_certificates (const PenaInquiry *self);
GPtrArray *pena_inquiry_get_crls (const PenaInquiry *self);
GPtrArray *pena_inquiry_get_ocsps (const PenaInquiry *self);
