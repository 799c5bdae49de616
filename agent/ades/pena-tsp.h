/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: asking for time-stamps and reading them (RFC 3161, RFC 5816)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

#include "pena-algorithm.h"

/* Pure: no process, no network. Whoever asks carries the bytes (agent/net). Not thread-safe per object. */

/* What is asked of a time-stamp authority (TSA). */
typedef struct _PenaTimeStampQuery PenaTimeStampQuery;

/* A query for a time-stamp over `imprint`, a digest made with `digest` ("sha256", "sha384", "sha512"), with a random
 * nonce and the wish for the TSA's certificates. policy: dotted OID that the TSA must follow, or NULL for its own.
 * INTERNAL for another digest or length, CONFIG_INVALID for a policy that is no OID. Transfer full. */
PenaTimeStampQuery *pena_time_stamp_query_new (const gchar *digest, GBytes *imprint, const gchar *policy,
                                               GError **error);
void pena_time_stamp_query_free (PenaTimeStampQuery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTimeStampQuery, pena_time_stamp_query_free)
/* The TimeStampReq to send as application/timestamp-query. DER, borrowed. */
GBytes *pena_time_stamp_query_get_der (const PenaTimeStampQuery *self);

/* A time-stamp token whose own signature has been checked. */
typedef struct _PenaTimeStamp PenaTimeStamp;

/* How far the clock of a TSA and of this computer may lie apart, in seconds, when nothing else is configured. */
#define PENA_TIME_STAMP_CLOCK_DIFFERENCE 300

/* Reads the TimeStampResp that came for the query. The token in it is strict DER, over what was sent, with the same
 * nonce and policy, its time within `clock_difference` seconds of `now` (both seconds, now since 1970 UTC), made with
 * strong algorithms by a certificate that was valid then, and as pena_time_stamp_parse() wants it. Whether that
 * certificate is trusted is not asked here: see pena_time_stamp_dup_certificates().
 * TSA_REFUSED with what the TSA says, TSA_ANSWER_INVALID with a reason. Transfer full. */
PenaTimeStamp *pena_time_stamp_answer_read (GBytes *answer, const PenaTimeStampQuery *query, gint64 now,
                                            gint64 clock_difference, GError **error);

/* Reads a token (ContentInfo) as it stands in a signature or in a PDF, nothing after it. What always holds of the
 * result: one signer; its certificate is in the token or among `certificates` (of GBytes, DER; NULL for none), is for
 * time-stamps and nothing else (critical extended key usage), and is bound by signing-certificate of version 1 or 2
 * (RFC 5816); the signature is right. What the caller judges by the accessors: strength, DER, time, imprint.
 * TSA_ANSWER_INVALID with a reason. Transfer full. */
PenaTimeStamp *pena_time_stamp_parse (GBytes *token, GPtrArray *certificates, GError **error);
void pena_time_stamp_free (PenaTimeStamp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTimeStamp, pena_time_stamp_free)

/* The token as it was read. Borrowed. */
GBytes *pena_time_stamp_get_der (const PenaTimeStamp *self);
/* Seconds since 1970 UTC; a fraction is cut off. */
gint64 pena_time_stamp_get_time (const PenaTimeStamp *self);
/* The accuracy in microseconds; 0 when the TSA states none. */
gint64 pena_time_stamp_get_accuracy (const PenaTimeStamp *self);
/* Lower-case hex. Transfer full. */
gchar *pena_time_stamp_dup_serial (const PenaTimeStamp *self);
/* Dotted OID. Transfer full. */
gchar *pena_time_stamp_dup_policy (const PenaTimeStamp *self);
/* The hash that the imprint is made with, or NULL when Pena does not know it. Static. */
const PenaDigestAlgorithm *pena_time_stamp_get_imprint_digest (const PenaTimeStamp *self);
/* TRUE when the time-stamp is over this digest value (made with the algorithm above). */
gboolean pena_time_stamp_is_over (const PenaTimeStamp *self, GBytes *digest_value);
/* TRUE when imprint, signature and key are of the strength that a signature needs to pass. */
gboolean pena_time_stamp_is_strong (const PenaTimeStamp *self);
/* TRUE when every part of it is DER, with the version numbers and algorithms that RFC 5652 wants; only such tokens are
 * put into signatures. */
gboolean pena_time_stamp_is_strict (const PenaTimeStamp *self);
/* Who made it. Borrowed. */
X509 *pena_time_stamp_get_signer (const PenaTimeStamp *self);
/* All certificates in the token (of GBytes, DER), the signer's first. Transfer full. */
GPtrArray *pena_time_stamp_dup_certificates (const PenaTimeStamp *self);
/* The revocation data in the token: lists and OCSPResponses (of GBytes, DER), as RFC 5652 and RFC 5940 allow. Either
 * is empty when there are none. Transfer full. */
GPtrArray *pena_time_stamp_dup_crls (const PenaTimeStamp *self);
GPtrArray *pena_time_stamp_dup_ocsps (const PenaTimeStamp *self);
