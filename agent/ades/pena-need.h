/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature needs from the network, and the answers
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* agent/ades asks nobody. It says what it needs; agent/net answers lists of needs, and so every remote answer passes one
 * place where it can be checked, recorded, faked or refused. */

typedef enum {
    PENA_NEED_TIME_STAMP, /* a token over `imprint` */
    PENA_NEED_REVOCATION, /* proof that `certificate`, issued by `issuer`, is not revoked */
    PENA_NEED_ISSUER,     /* the certificate that has issued `certificate` */
} PenaNeedKind;

typedef enum {
    PENA_ANSWER_NONE,       /* not answered yet, or failed: see `error` */
    PENA_ANSWER_TIME_STAMP, /* TimeStampToken, checked with pena_time_stamp_answer_read() and trusted */
    PENA_ANSWER_OCSP, /* OCSPResponse, good unless `judging`, checked with pena_ocsp_answer_read(), current */
    PENA_ANSWER_CRL,  /* CertificateList, good unless `judging`, checked with pena_crl_read(), current */
    PENA_ANSWER_ISSUER, /* Certificate; its key has signed the certificate asked about */
} PenaAnswerKind;

typedef struct {
    PenaNeedKind kind;
    gchar *digest;       /* TIME_STAMP: "sha256", ... */
    GBytes *imprint;     /* TIME_STAMP: the digest value */
    GBytes *certificate; /* REVOCATION, ISSUER: DER */
    GBytes *issuer;      /* REVOCATION: DER */
    gint64 since; /* REVOCATION: an answer kept from before may be used when it is from this time or later
                            (thisUpdate, seconds since 1970 UTC); G_MININT64, as made: whenever it is current */

    gboolean judging; /* REVOCATION: an answer that the certificate was revoked is one, and no error */

    PenaAnswerKind answer_kind;
    gchar *host;    /* who gave it; NULL when it was at hand already */
    GBytes *answer; /* DER */
    GError *
        error; /* why there is no answer: TSA_*, REVOCATION_UNAVAILABLE, CERTIFICATE_REVOKED, ISSUER_UNAVAILABLE */
} PenaNeed;

/* Each copies or references what it is given. Transfer full. */
PenaNeed *pena_need_time_stamp_new (const gchar *digest, GBytes *imprint);
PenaNeed *pena_need_revocation_new (GBytes *certificate, GBytes *issuer);
PenaNeed *pena_need_issuer_new (GBytes *certificate);
void pena_need_free (PenaNeed *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaNeed, pena_need_free)

/* An empty list of needs, which owns them. Transfer full. */
GPtrArray *pena_needs_new (void);

/* Give the answer to a need, once; each takes a reference or ownership. */
void pena_need_answer (PenaNeed *self, PenaAnswerKind kind, GBytes *answer);
void pena_need_fail (PenaNeed *self, GError *error);
