/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what revocation lists say of a certificate (RFC 5280, 5 and 6.3)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

typedef struct _PenaCrls PenaCrls;

/* Reads an array of GBytes (DER; NULL for none); what is no CRL is passed over. Transfer full. */
PenaCrls *pena_crls_new (GPtrArray *ders);
void pena_crls_free (PenaCrls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCrls, pena_crls_free)

typedef enum {
    PENA_REVOCATION_UNKNOWN, /* no current list speaks for the certificate */
    PENA_REVOCATION_GOOD,
    PENA_REVOCATION_ON_HOLD,
    PENA_REVOCATION_REVOKED,
} PenaRevocationState;

typedef struct {
    PenaRevocationState state;
    gint64 since; /* revoked, on hold */
} PenaRevocation;

/* issuer: whose signature the lists must bear; NULL believes every list with the right name. Revocation is
 * for ever, so that an outdated list can still revoke; only a current one that covers the certificate says
 * that it is good. */
PenaRevocation pena_crls_lookup (const PenaCrls *self, X509 *certificate, X509 *issuer, gint64 now);
