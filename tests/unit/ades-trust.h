/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: time-stamp authorities and OCSP responders for tests, honest and otherwise
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ades-pki.h"

/* What is wrong with a time-stamp answer; zero for nothing. */
typedef struct {
    gint64 time;         /* PKI_NOW when zero */
    const gchar *policy; /* "1.2.3.4.1" when NULL */
    gboolean other_imprint, other_nonce, no_nonce, no_binding, no_certificate, critical_extension, other_type;
    gboolean damaged;     /* the signature value */
    const EVP_MD *digest; /* SHA-256 when NULL */
    int status;           /* PKIStatus */
    int failure;          /* bit of PKIFailureInfo, or 0 */
    const gchar *text;
    const PkiEntity *issuer; /* its certificate is put in as well */
} TsaSpec;

/* A certificate for making time-stamps. */
PkiEntity trust_new_tsa (const PkiEntity *issuer, const gchar *key_kind);
/* The TimeStampResp to a TimeStampReq. */
GBytes *trust_tsa_answer (const PkiEntity *tsa, GBytes *query, const TsaSpec *spec);
/* The token in such an answer. */
GBytes *trust_tsa_token (const PkiEntity *tsa, GBytes *query, const TsaSpec *spec);

typedef struct {
    int status; /* V_OCSP_CERTSTATUS_... */
    int reason; /* with REVOKED */
    gint64 since, this_update, next_update,
        produced_at; /* PKI_NOW - day, now, now + day, now when zero; next_update < 0
                                                            for none */
    GBytes *nonce;
    X509 *about;          /* another certificate than was asked for */
    const EVP_MD *digest; /* SHA-256 when NULL */
    int response_status;  /* not 0: nothing but that */
    gboolean no_certificate, damaged, critical_extension;
} OcspSpec;

/* A responder's certificate; nocheck: with id-pkix-ocsp-nocheck. */
PkiEntity trust_new_responder (const PkiEntity *issuer, const gchar *key_kind, gboolean nocheck);
GBytes *trust_ocsp_answer (const PkiEntity *signer, X509 *certificate, X509 *issuer, const OcspSpec *spec);
