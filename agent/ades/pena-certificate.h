/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading certificates that a stranger may have made
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

#include "pena-ades.h"
#include "pena-algorithm.h"
#include "pena-openssl.h"

/* CERTIFICATE_INVALID when the bytes are not exactly one certificate, or absurdly many. Transfer full. */
X509 *pena_certificate_parse (GBytes *der, GError **error);
GBytes *pena_certificate_encode (X509 *certificate);
gboolean pena_certificate_equal (X509 *a, X509 *b);
/* All that can be read of an array of DER (NULL for none); others are passed over. Transfer full. */
PenaX509Stack *pena_certificates_parse (GPtrArray *ders);

/* What is found at the address of an issuer: one certificate, or a bundle of them (certs-only CMS; RFC 5280, 4.2.2.1). Empty
 * when it is neither. Transfer full. */
PenaX509Stack *pena_certificates_from_bundle (GBytes *bytes);

/* TRUE when issuer made the certificate: names, key usage and signature fit. */
gboolean pena_certificate_issued_by (X509 *certificate, X509 *issuer);
gboolean pena_certificate_self_signed (X509 *certificate);
/* The first of the candidates that made the certificate, which may be itself; NULL when none did. Borrowed. */
X509 *pena_certificates_find_issuer (PenaX509Stack *candidates, X509 *certificate);
gboolean pena_certificates_contain (PenaX509Stack *stack, X509 *certificate);
/* TRUE when key usage, and extended key usage where that is all that speaks, allow signing documents. */
gboolean pena_certificate_can_sign (X509 *certificate);

/* TRUE when this is the digest of the whole certificate. */
gboolean pena_certificate_has_digest (X509 *certificate, const PenaDigestAlgorithm *algorithm,
                                      const ASN1_OCTET_STRING *digest);

/* Where a certificate says that its issuer's certificate, its revocation list or an OCSP responder is to be found: http
 * and https addresses only, a few of them, each of bounded length and without control characters. They are a stranger's
 * words. NULL-terminated, never NULL, transfer full. */
GStrv pena_certificate_dup_issuer_urls (X509 *certificate);
GStrv pena_certificate_dup_ocsp_urls (X509 *certificate);
GStrv pena_certificate_dup_crl_urls (X509 *certificate);

/* FALSE when the time is not one that can be told in seconds. */
gboolean pena_time_from_asn1 (const ASN1_TIME *time, gint64 *ret_seconds);
/* "2026-01-31" and "2026-01-31T12:00:00Z". Transfer full. */
gchar *pena_time_format_date (gint64 seconds);
gchar *pena_time_format (gint64 seconds);

/* A serial number in lower-case hex. Transfer full. */
gchar *pena_integer_hex (const ASN1_INTEGER *number);
/* The name a person goes by: common name, or the whole subject. Transfer full. */
gchar *pena_certificate_display_name (X509 *certificate);
PenaCertificateInfo *pena_certificate_info_from_x509 (X509 *certificate, GError **error);
