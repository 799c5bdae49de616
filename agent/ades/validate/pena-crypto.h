/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cryptographic verification (EN 319 102-1, 5.2.7), for signatures of any format
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-judgement.h"

/* That the document is to be had, and has the digest that was signed (NULL: none was). */
void pena_crypto_check_content (PenaJudgement *self, const PenaDigestAlgorithm *digest,
                                const ASN1_OCTET_STRING *signed_digest);
/* Of the digest and of the signer's key, at the time that is proved for the signature: what was reliable then still proves what
 * it did. */
void pena_crypto_check_strength (PenaJudgement *self, const PenaDigestAlgorithm *digest);
