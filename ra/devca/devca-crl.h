/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: revocation by a development CA
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "devca-store.h"

DEVCA_OPENSSL_AUTOPTR (X509_CRL)

#define DEVCA_CRL_DAYS_DEFAULT 7

/* TRUE for a reason of RFC 5280 by its name there ("keyCompromise"), as far as it makes sense for a holder.
 */
gboolean devca_reason_is_known (const gchar *name);
/* All of them, "a, b, c". Transfer full. */
gchar *devca_reason_list (void);

/* Marks the entry as revoked now. One on hold may be revoked for good and keeps its time; else
 * CERTIFICATE_REVOKED with "revoked_at". */
gboolean devca_entry_revoke (DevcaEntry *entry, const gchar *reason, GError **error);

/* When it was revoked (seconds since 1970 UTC) and why (CRLReason, or -1 for no reason). FALSE when it is not. */
gboolean devca_entry_get_revocation (const DevcaEntry *entry, gint64 *ret_time, gint *ret_reason);

/* A list of what the index says (entries may be NULL). Transfer full. */
X509_CRL *devca_crl_new (const DevcaAuthority *authority, GPtrArray *entries, guint64 number, guint days,
                         GError **error);
