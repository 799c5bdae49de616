/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the certificates of a development CA
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "devca-store.h"

DEVCA_OPENSSL_AUTOPTR (X509_REQ)

typedef enum { DEVCA_SIGNING, DEVCA_AUTHENTICATION, DEVCA_ENCRYPTION } DevcaProfile;

/* What is asked for beside the request itself. */
typedef struct {
    DevcaProfile profile;
    guint days;
    const gchar *url; /* where revocation list, issuer and responder can be asked, or NULL */
} DevcaTerms;

#define DEVCA_DAYS_DEFAULT 730
#define DEVCA_DAYS_MAX 3650

gboolean devca_profile_parse (const gchar *name, DevcaProfile *ret_profile);

/* New keys ("rsa3072", "p256", "p384"; REQUEST_INVALID for others) with their certificates, for all roles. url: where their
 * lists, issuers and responders can be asked, or NULL. Transfer full. */
DevcaFamily *devca_family_new (const gchar *key, const gchar *url, GError **error);

/* A PEM or DER request whose own signature, key and subject are in order; else CSR_INVALID. Transfer full. */
X509_REQ *devca_request_load (const gchar *path, GError **error);

/* The subject and key of the request; nothing else is taken over from it. Transfer full. */
X509 *devca_certificate_issue (const DevcaAuthority *issuer, X509_REQ *request, const DevcaTerms *terms,
                               GError **error);

/* Adds an extension in the notation of openssl.cnf(5) to a certificate, or to a list when certificate is
 * NULL. */
gboolean devca_add_extension (X509 *issuer, X509 *certificate, X509_CRL *list, int nid, const gchar *value);

/* The hash that goes with the key of an authority. Borrowed. */
const EVP_MD *devca_digest_for (EVP_PKEY *key);

/* Upper-case hex. Transfer full. */
gchar *devca_serial_hex (const ASN1_INTEGER *serial);
