/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether the validation data of a signature can be had, before there is one
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-network.h"

/* Looks whether the chain of a signer is complete and nobody in it revoked. chain: the signer, then what else is known, as DER.
 * Network and trust are borrowed until the callback. CERTIFICATE_REVOKED, REVOCATION_UNAVAILABLE, ISSUER_UNAVAILABLE and the other
 * errors of needs. */
void pena_foresight_run_async (PenaNetwork *network, const PenaTrust *trust, GPtrArray *chain,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean pena_foresight_run_finish (GAsyncResult *result, GError **error);
