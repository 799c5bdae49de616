/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which attributes a baseline signature has (ETSI EN 319 122-1, 6.3; EN 319 142-1, 6.3)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/asn1.h>

#include "pena-ades.h"

typedef enum { PENA_MAY, PENA_MUST, PENA_MUST_NOT } PenaPresence;

typedef enum {
    PENA_ATTRIBUTE_CONTENT_TYPE,
    PENA_ATTRIBUTE_MESSAGE_DIGEST,
    PENA_ATTRIBUTE_SIGNING_TIME,
    PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2,
    PENA_ATTRIBUTE_SIGNING_CERTIFICATE,
    PENA_ATTRIBUTE_ALGORITHM_PROTECTION,
    PENA_ATTRIBUTE_MIME_TYPE,
    PENA_ATTRIBUTE_CONTENT_HINTS,
    PENA_ATTRIBUTE_SIGNER_LOCATION,
    PENA_ATTRIBUTE_COUNTER_SIGNATURE,
    PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP,
    PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP,
    PENA_ATTRIBUTE_HASH_INDEX,
    PENA_ATTRIBUTE_HASH_INDEX_V1,
    PENA_ATTRIBUTE_HASH_INDEX_V2,
    PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V1,
    PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2,
    PENA_ATTRIBUTE_COMPLETE_TIME_STAMP,
    PENA_ATTRIBUTE_SIGNATURE_POLICY,
    PENA_ATTRIBUTE_ADOBE_REVOCATION,
    PENA_ATTRIBUTE_EVIDENCE_RECORD,
    PENA_ATTRIBUTE_EVIDENCE_RECORD_EXTERNAL,
    PENA_ATTRIBUTE_CERTIFICATE_VALUES,
    PENA_ATTRIBUTE_REVOCATION_VALUES,
    PENA_ATTRIBUTE_CERTIFICATE_REFERENCES,
    PENA_ATTRIBUTE_REVOCATION_REFERENCES,
    PENA_ATTRIBUTE_REFERENCES_TIME_STAMP,
    PENA_N_ATTRIBUTES
} PenaAttribute;

typedef struct {
    const gchar *oid;
    const gchar *name; /* as in the standards */
    gboolean is_signed;
    PenaPresence presence[2]; /* by PenaAdesFormat, in level B-B */
} PenaAttributeRule;

const PenaAttributeRule *pena_attribute_rule (PenaAttribute attribute);
/* Made once from the OID, borrowed. */
const ASN1_OBJECT *pena_attribute_type (PenaAttribute attribute);
