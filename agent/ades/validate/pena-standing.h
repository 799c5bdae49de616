/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether a certificate was revoked, by all revocation data at hand (EN 319 102-1, 5.2.5 and 5.6.2.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-path.h"
#include "pena-crl.h"

typedef struct {
    PenaRevocationState state; /* as of the proved time */
    gint64 since;              /* revoked or on hold */
    gboolean later;            /* it was revoked, but after the proved time */
    gboolean known;            /* data that still counts today calls it good at some time of its validity */
    gboolean
        outdated; /* there is data, but whoever signed it has expired and nothing proves that it is older */
} PenaStanding;

/* Only data counts that the issuer, or a responder that it has authorised, has signed while its own certificate was
 * valid, as far as that is proved; that knows the proved time; and, to say that a certificate is good, that was made
 * before the certificate expired: authorities may drop expired ones from their lists. A responder that the issuer did
 * not exempt (id-pkix-ocsp-nocheck) is looked up in turn, in what the issuer itself has signed: when it was revoked, its
 * answers do not count (RFC 6960, 4.2.2.2.1). */
PenaStanding pena_standing_of (const PenaPathQuestion *question, X509 *certificate, X509 *issuer);
/* Whether the document carries authentic word about the certificate, whatever it is worth by now. */
gboolean pena_standing_is_carried (PenaPool *pool, X509 *certificate, X509 *issuer);
