/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: judging a signature (ETSI EN 319 102-1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-ades.h"
#include "pena-crypto-policy.h"
#include "pena-digest.h"
#include "pena-proofs.h"

/* A hash over the SignedData as it stands from its EncapsulatedContentInfo to its SignerInfos, with the document after the first
 * where that is not in it: archive time-stamps of the second version are over it. user_data: that of the PenaContentDigestFunc.
 * Transfer full, or NULL with error. */
typedef PenaDigest *(*PenaFrontDigestFunc) (const gchar *algorithm, gpointer user_data, GError **error);

/* What the judge may believe. Arrays are of GBytes, DER; any may be NULL. Times are seconds since 1970 UTC. */
typedef struct {
    GPtrArray *anchors;
    GPtrArray *certificates; /* untrusted, to build chains */
    GPtrArray *crls,
        *ocsps; /* each is believed only with the signature of the authority that it speaks for */
    /* The same, where it came with the document and not from this computer (the DSS of a PDF): it is what makes a
     * signature one of level B-LT. */
    GPtrArray *embedded_certificates, *embedded_crls, *embedded_ocsps;
    gint64 time;   /* of validation */
    gint64 proved; /* a valid time-stamp around the signature proves that it existed then; 0: none does */
    const PenaProofs *proofs; /* the same for pieces of evidence */
    guint document_stamps;    /* document time-stamps around the signature that are over the right bytes */
    const PenaCryptoPolicy *policy;   /* NULL: the built-in one */
    PenaFrontDigestFunc front_digest; /* NULL: older archive time-stamps are over what is not to be had */
    gboolean
        need_revocation; /* without an answer whether a certificate was revoked the verdict is TRY_LATER */
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
    PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND,
    PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND,
    PENA_SUB_REVOKED,
    PENA_SUB_REVOKED_NO_POE,
    PENA_SUB_REVOKED_CA_NO_POE,
    PENA_SUB_EXPIRED,
    PENA_SUB_OUT_OF_BOUNDS_NO_POE,
    PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED,
    PENA_SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE,
    PENA_SUB_NOT_YET_VALID,
    PENA_SUB_TRY_LATER,
    PENA_SUB_SIGNED_DATA_NOT_FOUND,
} PenaSubIndication;
const gchar *pena_verdict_name (PenaVerdict verdict);          /* "TOTAL-PASSED", ... */
const gchar *pena_sub_indication_name (PenaSubIndication sub); /* "HASH_FAILURE", ...; NULL for NONE */
/* Which verdict a sub-indication stands for. */
PenaVerdict pena_sub_indication_verdict (PenaSubIndication sub);
/* A total failure outweighs what is indeterminate, and among equals the first counts. */
void pena_verdict_worsen (PenaVerdict *verdict, PenaSubIndication *sub, PenaSubIndication found);

typedef struct {
    const gchar *kind; /* "content", "signature", "references", "archive", "document" */
    PenaVerdict verdict;
    PenaSubIndication sub;
    gboolean broken; /* it is not as its authority made it, or over something else than what is here */
    gint64 time;     /* what the authority says; G_MININT64 when it cannot be read */
    PenaCertificateInfo *info;   /* of the authority, or NULL */
    gboolean complete;           /* what is needed to check it without a network is in the document */
    gboolean revocation_checked; /* as in PenaSignatureReport */
    GPtrArray *problems;         /* of gchar*, as in PenaSignatureReport */
    GPtrArray *notes;
} PenaStampReport;
void pena_stamp_report_free (PenaStampReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaStampReport, pena_stamp_report_free)

typedef struct {
    PenaVerdict verdict;
    PenaSubIndication sub;
    const gchar *format; /* "PAdES", "CAdES", "PKCS#7", "PKCS#1" */
    const gchar *level;  /* "B-B" to "B-LTA" when the baseline rules are met, else NULL */
    const gchar *form;   /* when they are not: "BES", "EPES", "T", "C", "X", "X-L", "A"; else NULL */
    gint
        countersigns; /* index of the signature that this one countersigns, among those of the same file; -1 */
    GBytes *signer;   /* certificate DER or NULL */
    PenaCertificateInfo *info;   /* of the signer, or NULL */
    gint64 claimed_time;         /* G_MININT64 when none */
    gint64 proved_time;          /* that valid time-stamps prove; G_MININT64 when none does */
    GPtrArray *stamps;           /* of PenaStampReport: the time-stamps in the signature */
    gboolean broken;             /* it is a document time-stamp: as in PenaStampReport */
    gchar *digest;               /* "sha256" */
    gboolean revocation_checked; /* a current CRL spoke for the signer */
    GPtrArray *problems;         /* of gchar*: why it is not passed, for people, in the language in force */
    GPtrArray *notes;            /* of gchar*: oddities that do not change the verdict */
} PenaSignatureReport;
/* One that has nothing against the signature and knows nothing of it. Transfer full. */
PenaSignatureReport *pena_signature_report_new (PenaAdesFormat format);
void pena_signature_report_free (PenaSignatureReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignatureReport, pena_signature_report_free)

/* Asks for the digest of the signed content with the algorithm that the CMS names ("sha256", "sha384",
 * "sha512", "sha1"). Transfer full, or NULL with error. */
typedef GBytes *(*PenaContentDigestFunc) (const gchar *algorithm, gpointer user_data, GError **error);

/* Judges one CMS SignedData with detached content. cms may be followed by padding only when padded: then
 * every byte past the DER must be zero (PAdES /Contents). Never fails: what cannot be read is a verdict
 * (FORMAT_FAILURE).
 *
 * Any change of any byte of a CMS that Pena made ends in something else than PASSED: what is spelled neither as DER nor as
 * BER does not pass, digest algorithms are announced as RFC 5652 says and so are versions (unless the signer is named by a
 * key identifier, where programs differ), the issuer is compared byte by byte, and the algorithms are those that
 * cms-algorithm-protection names. Nothing signs the set of certificates: one that is not of the chain is a note when a
 * certificate at hand (or it itself) issued it, else the signature does not pass. Their order is only noted, and so is BER.
 *
 * A signature that binds no certificate (adbe.pkcs7.detached) is "PKCS#7" and has no level. Time-stamps in it are judged
 * first; what the valid ones prove to be older than the end of a certificate or an algorithm, or than a revocation,
 * passes (EN 319 102-1, 5.5 and 5.6). One that is broken keeps the signature
 * from passing: somebody has changed something. One whose authority is not trusted proves nothing, and that is noted.
 *
 * Transfer full. */
PenaSignatureReport *pena_validate_cms (GBytes *cms, PenaAdesFormat format, gboolean padded,
                                        PenaContentDigestFunc content_digest, gpointer user_data,
                                        const PenaValidationContext *context);

/* The same for a PKCS#1 signature (adbe.x509.rsa_sha1): an OCTET STRING, with zeros after it, and certificates (of GBytes, DER)
 * of which the first is the signer's. Nothing binds that one to the signature, so that there is no level. Transfer full. */
PenaSignatureReport *pena_validate_pkcs1 (GBytes *contents, GPtrArray *certificates,
                                          PenaContentDigestFunc content_digest, gpointer user_data,
                                          const PenaValidationContext *context);

/* The same for a CMS that several people may have signed and countersigned (RFC 5652, 11.4): a report for each (of
 * PenaSignatureReport), a countersignature after the signature that it is over. Never empty. Transfer full. */
GPtrArray *pena_validate_cms_all (GBytes *cms, PenaContentDigestFunc content_digest, gpointer user_data,
                                  const PenaValidationContext *context);

/* Judges a document time-stamp (/Contents of the signature dictionary, with its padding). imprint: of the bytes that it
 * covers. Transfer full. */
PenaStampReport *pena_validate_document_stamp (GBytes *contents, PenaContentDigestFunc imprint,
                                               gpointer user_data, const PenaValidationContext *context);
