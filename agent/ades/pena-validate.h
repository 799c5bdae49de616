/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging a signature (ETSI EN 319 102-1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-ades.h"

/* What the judge may believe. All of GBytes, DER; any may be NULL. */
typedef struct {
    GPtrArray *anchors;
    GPtrArray *crls;
    GPtrArray *certificates; /* untrusted, to build chains */
    gint64 time;             /* validation time, seconds since 1970 UTC */
} PenaValidationContext;

typedef enum { PENA_VERDICT_PASSED, PENA_VERDICT_FAILED, PENA_VERDICT_INDETERMINATE } PenaVerdict;

/* EN 319 102-1 5.1.3: the sub-indications that are told apart. */
typedef enum {
    PENA_SUB_NONE,
    PENA_SUB_FORMAT_FAILURE,
    PENA_SUB_HASH_FAILURE,
    PENA_SUB_SIG_CRYPTO_FAILURE,
    PENA_SUB_SIG_CONSTRAINTS_FAILURE,
    PENA_SUB_CHAIN_CONSTRAINTS_FAILURE,
    PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE,
    PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
    PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
    PENA_SUB_REVOKED,
    PENA_SUB_REVOKED_NO_POE,
    PENA_SUB_REVOKED_CA_NO_POE,
    PENA_SUB_EXPIRED,
    PENA_SUB_OUT_OF_BOUNDS_NO_POE,
    PENA_SUB_NOT_YET_VALID,
    PENA_SUB_TRY_LATER,
    PENA_SUB_SIGNED_DATA_NOT_FOUND,
} PenaSubIndication;
const gchar *pena_verdict_name (PenaVerdict verdict);          /* "TOTAL-PASSED", ... */
const gchar *pena_sub_indication_name (PenaSubIndication sub); /* "HASH_FAILURE", ...; NULL for NONE */

typedef struct {
    PenaVerdict verdict;
    PenaSubIndication sub;
    const gchar *format;         /* "PAdES", "CAdES", "PKCS#7" */
    const gchar *level;          /* "B-B" when the baseline rules are met, else NULL */
    GBytes *signer;              /* certificate DER or NULL */
    PenaCertificateInfo *info;   /* of the signer, or NULL */
    gint64 claimed_time;         /* G_MININT64 when none */
    gchar *digest;               /* "sha256" */
    gboolean revocation_checked; /* a current CRL spoke for the signer */
    GPtrArray *problems;         /* of gchar*: why it is not passed, for people, in the language in force */
    GPtrArray *notes;            /* of gchar*: oddities that do not change the verdict */
} PenaSignatureReport;
void pena_signature_report_free (PenaSignatureReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignatureReport, pena_signature_report_free)

/* Asks for the digest of the signed content with the algorithm that the CMS names ("sha256", "sha384",
 * "sha512", "sha1"). Transfer full, or NULL with error. */
typedef GBytes *(*PenaContentDigestFunc) (const gchar *algorithm, gpointer user_data, GError **error);

/* Judges one CMS SignedData with detached content. cms may be followed by padding only when padded: then
 * every byte past the DER must be zero (PAdES /Contents). Never fails: what cannot be read is a verdict
 * (FORMAT_FAILURE).
 *
 * Any change of any byte of a CMS that Pena made ends in something else than PASSED: it is re-encoded as DER
 * and compared, versions and digest algorithms are exactly as RFC 5652 says, the issuer is compared byte by
 * byte, and the algorithms are those that cms-algorithm-protection names. Nothing signs the set of
 * certificates: one that is not of the chain is a note when a certificate at hand (or it itself) issued it,
 * else the signature does not pass. Their order is only noted.
 *
 * The level is at most "B-B": time-stamps and what higher levels add are noted and not judged. A signature
 * that binds no certificate (adbe.pkcs7.detached) is "PKCS#7" and has no level.
 *
 * REVOKED, EXPIRED and NOT_YET_VALID need a proof of existence, which only time-stamps give; until then their
 * indeterminate counterparts (..._NO_POE) are what is found. A certificate on hold is TRY_LATER.
 * Transfer full. */
PenaSignatureReport *pena_validate_cms (GBytes *cms, PenaAdesFormat format, gboolean padded,
                                        PenaContentDigestFunc content_digest, gpointer user_data,
                                        const PenaValidationContext *context);
