/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what an archive time-stamp says that it covers (EN 319 122-1, 5.5.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-signed-parts.h"

/* Compares ATSHashIndexV3, or one of its older versions, with what is there. All that it names must be; more may be. *ret_covered (of GBytes, DER) is what
 * it names: certificates, lists, OCSPResponses, values of unsigned attributes. FALSE when it is malformed or names what
 * is not there: something was taken away or changed. Transfer full. */
gboolean pena_hash_index_check (GBytes *index, const PenaSignedParts *parts, const PenaSignerParts *signer,
                                GPtrArray **ret_covered);
