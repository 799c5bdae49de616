/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking a responder whether a certificate was revoked (RFC 6960)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

#include "pena-crl.h"

/* Pure: no process, no network. Whoever asks carries the bytes (agent/net). */

/* An OCSPRequest for one certificate. Its CertID is made with SHA-1, the only one that deployed responders are sure to
 * know (RFC 5019, 2.1.1): it finds the certificate and proves nothing. nonce: 1 to 32 octets (RFC 8954), or NULL so that
 * a responder may answer with what it has prepared. INTERNAL. DER, transfer full. */
GBytes *pena_ocsp_request_new (X509 *certificate, X509 *issuer, GBytes *nonce, GError **error);

/* An authentic answer about one certificate. */
typedef struct _PenaOcspAnswer PenaOcspAnswer;

/* Reads an OCSPResponse and what it says about `certificate`, which `issuer` has issued. It counts only when signed,
 * with strong algorithms, by the issuer itself or by a responder whose certificate the same issuer has issued for that
 * purpose (id-kp-OCSPSigning) and which was valid when the answer was made. Whether the answer is still current is not
 * asked here: see pena_ocsp_answer_check_current().
 * OCSP_REFUSED when the responder says why it does not answer, OCSP_ANSWER_INVALID with a reason. Transfer full. */
PenaOcspAnswer *pena_ocsp_answer_read (GBytes *answer, X509 *certificate, X509 *issuer, GError **error);
void pena_ocsp_answer_free (PenaOcspAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaOcspAnswer, pena_ocsp_answer_free)

/* UNKNOWN means here that the responder does not know the certificate. Borrowed. */
const PenaRevocation *pena_ocsp_answer_get_revocation (const PenaOcspAnswer *self);
/* When it was made, seconds since 1970 UTC. */
gint64 pena_ocsp_answer_get_produced_at (const PenaOcspAnswer *self);
/* The certificate of the responder; NULL when the issuer itself has answered. Borrowed. */
X509 *pena_ocsp_answer_get_responder (const PenaOcspAnswer *self);
/* TRUE when the responder's own certificate has to be checked for revocation, because the issuer did not exempt it
 * (id-pkix-ocsp-nocheck). */
gboolean pena_ocsp_answer_needs_responder_check (const PenaOcspAnswer *self);

/* An answer without a nonce is one that was prepared, and passes; one with another nonce is refused:
 * OCSP_ANSWER_INVALID. */
gboolean pena_ocsp_answer_check_nonce (const PenaOcspAnswer *self, GBytes *nonce, GError **error);
/* Is it for `now` (seconds since 1970 UTC)? thisUpdate and producedAt must not lie in the future, nextUpdate not in the
 * past, each with PENA_REVOCATION_CLOCK_DIFFERENCE; an answer without nextUpdate is good for a day.
 * OCSP_ANSWER_INVALID. */
gboolean pena_ocsp_answer_check_current (const PenaOcspAnswer *self, gint64 now, GError **error);
