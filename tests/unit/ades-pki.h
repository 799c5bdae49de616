/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: certificates, lists and signatures for the tests of agent/ades
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/x509.h>

#include "pena-scheme.h"
#include "pena-validate.h"

#define PKI_NOW G_GINT64_CONSTANT (1767225600) /* 2026-01-01 */
#define PKI_DAY (24 * 60 * 60)
#define PKI_NIP "197803152005012003"
#define PKI_CONTENT "Surat Keputusan\n"

typedef struct {
    X509 *certificate;
    EVP_PKEY *key;
} PkiEntity;

/* The time around which certificates and answers are made: PKI_NOW, unless a test has to do with the real clock. */
gint64 pki_now (void);
void pki_set_now (gint64 now);

/* What an end entity's certificate is like; zero for the usual signing certificate. */
typedef struct {
    const gchar *common_name;
    const gchar *key_usage; /* as in openssl.cnf */
    const gchar *extended_key_usage;
    const gchar *basic_constraints;
    const gchar *other_name; /* subjectAltName, as in openssl.cnf */
    gint64 not_before, not_after;
    EVP_PKEY *key; /* instead of a new one; borrowed */
    const EVP_MD *digest;
    const gchar *access,
        *points; /* authority information access, CRL distribution points; as in openssl.cnf */
} PkiSpec;

typedef struct {
    const gchar *key_kind; /* "rsa" or "p256" */
    PkiEntity root, issuing, signer;
} Pki;

Pki *pki_new (const gchar *key_kind);
void pki_free (Pki *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pki, pki_free)

EVP_PKEY *pki_new_key (const gchar *key_kind);
/* issuer NULL: self-signed. */
PkiEntity pki_issue (const PkiEntity *issuer, const gchar *key_kind, const PkiSpec *spec);
void pki_entity_clear (PkiEntity *entity);
/* An empty list, or one with revoked on it; reason -1 for none. DER. */
GBytes *pki_crl (const PkiEntity *issuer, X509 *revoked, int reason, gint64 this_update, gint64 next_update);

GBytes *pki_der (X509 *certificate);
/* Certificate and key. */
gchar *pki_pem (const PkiEntity *entity);
/* signer, issuing, root */
GPtrArray *pki_chain (const Pki *self);
GBytes *pki_sha256 (gconstpointer data, gsize length);
/* What a token does. */
GBytes *pki_sign_with (EVP_PKEY *key, const PenaSigningScheme *scheme, GBytes *to_be_signed);
/* The same with SHA-256 and, for RSA, PKCS#1 1.5. */
GBytes *pki_sign_value (EVP_PKEY *key, GBytes *to_be_signed);
/* A signature over PKI_CONTENT as Pena makes it; digest: "sha256", ... */
GBytes *pki_make_cms_with (const Pki *self, PenaAdesFormat format, const gchar *digest, gboolean pss);
GBytes *pki_make_cms (const Pki *self, PenaAdesFormat format);
/* A context that trusts the root, at PKI_NOW. */
PenaValidationContext *pki_context_new (const Pki *self);
void pki_context_free (PenaValidationContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaValidationContext, pki_context_free)
/* PenaContentDigestFunc over a GBytes. */
GBytes *pki_content_digest (const gchar *algorithm, gpointer content, GError **error);
