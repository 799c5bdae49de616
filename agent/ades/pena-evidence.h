/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature of level B-LT carries along: chains and proofs that nothing in them was revoked
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Pure: it asks nobody. Say whose certificates matter, then answer the needs until there are none:
 *
 *   pena_evidence_want (evidence, signer, time, &error); ...
 *   while ((needs = pena_evidence_dup_needs (evidence, &error)) != NULL && needs->len > 0)
 *       answer them; pena_evidence_offer (evidence, needs, &error);
 */
typedef struct _PenaEvidence PenaEvidence;

/* anchors: where chains may end. Both of GBytes, DER; what cannot be read is passed over. Transfer full. */
PenaEvidence *pena_evidence_new (GPtrArray *anchors, GPtrArray *certificates);
void pena_evidence_free (PenaEvidence *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaEvidence, pena_evidence_free)

/* For judging instead of raising, at `now` (seconds since 1970 UTC): of a certificate that is valid now the newest that there
 * is to know is wanted; that one was revoked is an answer like any other; what cannot be had is left out and not asked for
 * again. Nobody is asked about certificates that do not lead to an anchor, but for the issuer where a chain breaks off: anyone
 * can write any address into a certificate of their own. To be called first. */
void pena_evidence_judge (PenaEvidence *self, gint64 now);

/* What the signature or the document holds already (of GBytes, DER; NULL for none). It is only used after it was checked
 * like an answer; what is too much of it is passed over. */
void pena_evidence_know (PenaEvidence *self, GPtrArray *certificates, GPtrArray *crls, GPtrArray *ocsps);

/* A certificate whose chain must be complete and proven not revoked at `since` (seconds since 1970 UTC) or later.
 * CERTIFICATE_INVALID. */
gboolean pena_evidence_want (PenaEvidence *self, GBytes *certificate, gint64 since, GError **error);

/* What is missing now (of PenaNeed); empty when nothing is. NULL, INTERNAL, when the answers lead nowhere. Transfer
 * full. */
GPtrArray *pena_evidence_dup_needs (PenaEvidence *self, GError **error);
/* Takes the answers in; they are checked again. The error of the first need that got none, unless what was known before
 * speaks for the certificate at an earlier time. */
gboolean pena_evidence_offer (PenaEvidence *self, GPtrArray *needs, GError **error);

/* All that the chains need and the certificates that were wanted, without their self-signed ends and without anchors: a
 * verifier must know its roots itself. Of GBytes, DER. Transfer full. */
GPtrArray *pena_evidence_dup_certificates (const PenaEvidence *self);
GPtrArray *pena_evidence_dup_crls (const PenaEvidence *self);
GPtrArray *pena_evidence_dup_ocsps (const PenaEvidence *self);
