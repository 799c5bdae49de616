/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: from a certificate to somebody who is trusted (RFC 5280, 6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-certificate.h"

/* Why there is no chain. */
typedef struct {
    int error; /* X509_V_ERR_... */
    X509 *at;  /* the certificate that it is about, or NULL; clear with pena_chain_failure_clear() */
} PenaChainFailure;
void pena_chain_failure_clear (PenaChainFailure *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaChainFailure, pena_chain_failure_clear)

/* The chain of `certificate` at `time` (seconds since 1970 UTC): itself first, one of `anchors` (of GBytes, DER; NULL for
 * none) last, with keys and digests of 112 bits of strength. helpers: certificates that may stand between. Whoever is named
 * as an anchor is one, self-signed or not. What keys are for is the caller's to judge, and so is revocation. NULL with
 * *ret_failure filled in when there is no such chain. Transfer full. */
PenaX509Stack *pena_chain_build (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors, gint64 time,
                                 PenaChainFailure *ret_failure);
/* The same without a look at strength and validity, for who judges these by the time at which something was signed (the
 * prospective chain of EN 319 102-1, 5.2.6.4). */
PenaX509Stack *pena_chain_build_prospective (X509 *certificate, PenaX509Stack *helpers, GPtrArray *anchors,
                                             gint64 time, PenaChainFailure *ret_failure);
