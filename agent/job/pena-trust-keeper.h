/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the configuration trusts, read once for many documents
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-trust.h"

typedef struct _PenaTrustKeeper PenaTrustKeeper;

/* Seconds for which what was read is kept when nobody asks: revocation lists may be large, and an agent without work is small. */
#define PENA_TRUST_KEPT 10

/* config is borrowed; kept: PENA_TRUST_KEPT but for tests. */
PenaTrustKeeper *pena_trust_keeper_new (const PenaConfig *config, guint kept);
void pena_trust_keeper_free (PenaTrustKeeper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTrustKeeper, pena_trust_keeper_free)

/* As pena_trust_load(): what there is now. Transfer full. */
PenaTrust *pena_trust_keeper_get (PenaTrustKeeper *self, GError **error);

/* pena_ades_check_signer(), and that no list of what pena_trust_keeper_get() has just given revokes the certificate (DER). The lists,
 * which may be megabytes, are read once for each signer. */
gboolean pena_trust_keeper_check_signer (PenaTrustKeeper *self, GBytes *certificate, GError **error);
