/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: cryptographic verification (EN 319 102-1, 5.2.7), for signatures of any format
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-judgement.h"

/* The digest of the document; NULL, with the problem reported, when it is not to be had. Transfer full. */
GBytes *pena_crypto_hash_content (PenaJudgement *self, const PenaDigestAlgorithm *digest);
/* Of the digest and of the signer's key, at the time that is proved for the signature: what was reliable then still proves what
 * it did. */
void pena_crypto_check_strength (PenaJudgement *self, const PenaDigestAlgorithm *digest);
