/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: evidence that older forms of signatures carry in attributes
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-cms.h"
#include "pena-pool.h"
#include "pena-proofs.h"

/* Puts into the pool, as what came with the document, the certificates of certificate-values, the lists and answers of
 * revocation-values (ETSI TS 101 733, 6.3) and those of adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2). What is
 * malformed is passed over. pool may be NULL when it has it already. proofs (may be NULL): all of it existed at `time`. */
void pena_carried_take (const PenaSignerInfo *info, PenaPool *pool, PenaProofs *proofs, gint64 time);
