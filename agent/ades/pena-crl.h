/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what revocation lists say of a certificate (RFC 5280, 5 and 6.3)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

typedef enum {
    PENA_REVOCATION_UNKNOWN, /* nothing current speaks for the certificate */
    PENA_REVOCATION_GOOD,
    PENA_REVOCATION_ON_HOLD,
    PENA_REVOCATION_REVOKED,
} PenaRevocationState;

/* What a list or an OCSP answer says of one certificate. Times in seconds since 1970 UTC. */
typedef struct {
    PenaRevocationState state;
    gint64 since;       /* revoked, on hold */
    gint64 this_update; /* of what speaks: it knows everything up to then */
    gint64 next_update; /* G_MININT64 when it does not say */
    int reason;         /* CRLReason; -1 for none */
} PenaRevocation;

/* How far the clocks of an authority and of this computer may lie apart, in seconds. */
#define PENA_REVOCATION_CLOCK_DIFFERENCE 300

/* TRUE between this_update and next_update, or for a day when there is no next_update, with the difference of clocks. */
gboolean pena_revocation_is_current (const PenaRevocation *self, gint64 now);

/* Reads one list and what it says about `certificate`, which `issuer` has issued: strict and complete, signed by the
 * issuer with strong algorithms. Delta lists, indirect lists, lists of another issuer, lists with unknown critical
 * extensions and lists whose scope does not cover the certificate are refused. Whether it is current is not asked: see
 * pena_revocation_is_current(). CRL_INVALID with a reason. */
gboolean pena_crl_read (GBytes *der, X509 *certificate, X509 *issuer, PenaRevocation *ret_revocation,
                        GError **error);
/* The same in two steps, for who asks one list about many certificates. NULL when it is no list; transfer full. */
X509_CRL *pena_crl_parse (GBytes *der);
gboolean pena_crl_read_parsed (X509_CRL *list, X509 *certificate, X509 *issuer,
                               PenaRevocation *ret_revocation, GError **error);

/* What revocation lists say of one certificate, whatever the time: small, however large the lists are. */
typedef struct _PenaCrls PenaCrls;

/* Reads what the issuer of this certificate has made of an array of GBytes (DER); what is no CRL is passed over. Those of others, which
 * may be megabytes, are only looked at. The issuer's certificate is not asked for, so that nothing tells a true list from a forged one:
 * a forged one can only refuse, and the lists come from a folder that the administrator names. Transfer full. */
PenaCrls *pena_crls_new (GPtrArray *ders, X509 *certificate);
void pena_crls_free (PenaCrls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCrls, pena_crls_free)

/* Whether a signature may be made with it at time `now`. Revocation is for ever, so that an outdated list can still revoke.
 * CERTIFICATE_REVOKED. */
gboolean pena_crls_check (const PenaCrls *self, gint64 now, GError **error);
