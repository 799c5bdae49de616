/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which attributes a baseline signature has (ETSI EN 319 122-1, 6.3; EN 319 142-1, 6.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-profile.h"

#include <openssl/objects.h>

#define CADES_PADES(cades, pades)                                                                            \
    {                                                                                                        \
        [PENA_ADES_CADES] = cades, [PENA_ADES_PADES] = pades                                                 \
    }

/* signing-certificate or its second version must be there once; validate/pena-identify.c sees to that. */
static const PenaAttributeRule rules[PENA_N_ATTRIBUTES] = {
    [PENA_ATTRIBUTE_CONTENT_TYPE] = {"1.2.840.113549.1.9.3", "content-type", TRUE,
                                     CADES_PADES (PENA_MUST, PENA_MUST)},
    [PENA_ATTRIBUTE_MESSAGE_DIGEST] = {"1.2.840.113549.1.9.4", "message-digest", TRUE,
                                       CADES_PADES (PENA_MUST, PENA_MUST)},
    /* PAdES keeps the claimed time in /M of the signature dictionary */
    [PENA_ATTRIBUTE_SIGNING_TIME] = {"1.2.840.113549.1.9.5", "signing-time", TRUE,
                                     CADES_PADES (PENA_MUST, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2] = {"1.2.840.113549.1.9.16.2.47", "signing-certificate-v2", TRUE,
                                               CADES_PADES (PENA_MAY, PENA_MAY)},
    [PENA_ATTRIBUTE_SIGNING_CERTIFICATE] = {"1.2.840.113549.1.9.16.2.12", "signing-certificate", TRUE,
                                            CADES_PADES (PENA_MAY, PENA_MAY)},
    [PENA_ATTRIBUTE_ALGORITHM_PROTECTION] = {"1.2.840.113549.1.9.52", "cms-algorithm-protection", TRUE,
                                             CADES_PADES (PENA_MAY, PENA_MAY)},
    [PENA_ATTRIBUTE_MIME_TYPE] = {"0.4.0.1733.2.1", "mime-type", TRUE, CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_CONTENT_HINTS] = {"1.2.840.113549.1.9.16.2.4", "content-hints", TRUE,
                                      CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_SIGNER_LOCATION] = {"1.2.840.113549.1.9.16.2.17", "signer-location", TRUE,
                                        CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_COUNTER_SIGNATURE] = {"1.2.840.113549.1.9.6", "countersignature", FALSE,
                                          CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_CONTENT_TIME_STAMP] = {"1.2.840.113549.1.9.16.2.20", "content-time-stamp", TRUE,
                                           CADES_PADES (PENA_MAY, PENA_MAY)},
    [PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP] = {"1.2.840.113549.1.9.16.2.14", "signature-time-stamp", FALSE,
                                             CADES_PADES (PENA_MAY, PENA_MAY)},
    [PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP] = {"0.4.0.1733.2.4", "archive-time-stamp-v3", FALSE,
                                           CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    /* in the archive time-stamp's own token */
    [PENA_ATTRIBUTE_HASH_INDEX] = {"0.4.0.19122.1.5", "ats-hash-index-v3", FALSE,
                                   CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_HASH_INDEX_V1] = {"0.4.0.1733.2.5", "ats-hash-index", FALSE,
                                      CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_HASH_INDEX_V2] = {"0.4.0.19122.1.4", "ats-hash-index-v2", FALSE,
                                      CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    /* forms of ETSI TS 101 733, which no baseline level allows */
    [PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1] = {"1.2.840.113549.1.9.16.2.27", "archive-time-stamp", FALSE,
                                              CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2] = {"1.2.840.113549.1.9.16.2.48", "archive-time-stamp-v2", FALSE,
                                              CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_COMPLETE_TIME_STAMP] = {"1.2.840.113549.1.9.16.2.25", "CAdES-C-timestamp", FALSE,
                                            CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_SIGNATURE_POLICY] = {"1.2.840.113549.1.9.16.2.15", "signature-policy-identifier", TRUE,
                                         CADES_PADES (PENA_MAY, PENA_MAY)},
    /* ISO 32000-2, 12.8.3.3.2 */
    [PENA_ATTRIBUTE_ADOBE_REVOCATION] = {"1.2.840.113583.1.1.8", "adbe-revocationInfoArchival", TRUE,
                                         CADES_PADES (PENA_MAY, PENA_MAY)},
    /* RFC 4998, A */
    [PENA_ATTRIBUTE_EVIDENCE_RECORD] = {"1.2.840.113549.1.9.16.2.49", "evidence record", FALSE,
                                        CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_EVIDENCE_RECORD_EXTERNAL] = {"1.2.840.113549.1.9.16.2.50", "external evidence record",
                                                 FALSE, CADES_PADES (PENA_MAY, PENA_MUST_NOT)},
    /* the older way to carry validation data (CAdES-X-L), which no baseline level allows */
    [PENA_ATTRIBUTE_CERTIFICATE_VALUES] = {"1.2.840.113549.1.9.16.2.23", "certificate-values", FALSE,
                                           CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_REVOCATION_VALUES] = {"1.2.840.113549.1.9.16.2.24", "revocation-values", FALSE,
                                          CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_CERTIFICATE_REFERENCES] = {"1.2.840.113549.1.9.16.2.21",
                                               "complete-certificate-references", FALSE,
                                               CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_REVOCATION_REFERENCES] = {"1.2.840.113549.1.9.16.2.22", "complete-revocation-references",
                                              FALSE, CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
    [PENA_ATTRIBUTE_REFERENCES_TIME_STAMP] = {"1.2.840.113549.1.9.16.2.26",
                                              "time-stamped-certs-crls-references", FALSE,
                                              CADES_PADES (PENA_MUST_NOT, PENA_MUST_NOT)},
};

const PenaAttributeRule *
pena_attribute_rule (PenaAttribute attribute)
{
    g_return_val_if_fail ((guint)attribute < PENA_N_ATTRIBUTES, NULL);
    return &rules[attribute];
}

const ASN1_OBJECT *
pena_attribute_type (PenaAttribute attribute)
{
    static ASN1_OBJECT *types[PENA_N_ATTRIBUTES];

    g_return_val_if_fail ((guint)attribute < PENA_N_ATTRIBUTES, NULL);
    if (types[attribute] == NULL)
        types[attribute] = OBJ_txt2obj (rules[attribute].oid, 1);
    return types[attribute];
}
