/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the older kinds of signatures in PDF (ISO 32000-1, 12.8.3)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-validate.h"

#define PENA_PDF_SUBFILTER_CADES "ETSI.CAdES.detached"
#define PENA_OLD_SHA1 "adbe.pkcs7.sha1"
#define PENA_OLD_X509 "adbe.x509.rsa_sha1" /* PKCS#1: pena_validate_pkcs1() */

/* adbe.pkcs7.sha1: a CMS that holds the SHA-1 of the document. contents: with padding. Transfer full. */
PenaSignatureReport *pena_judge_old_sha1 (GBytes *contents, PenaContentDigestFunc document_digest,
                                          gpointer user_data, const PenaValidationContext *context);
/* A CMS in a signature that does not call itself PAdES (adbe.pkcs7.detached and others) is no PAdES, whatever is in it. */
void pena_judge_not_pades (PenaSignatureReport *report);
