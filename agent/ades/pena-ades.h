/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: making and checking the CMS of CAdES and PAdES signatures (RFC 5652, ETSI EN 319 122-1, EN 319 142-1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Pure: no process, no network, no token. Keys live elsewhere: what is to be signed goes out, the signature
 * value comes in. Not thread-safe per object. */

typedef enum { PENA_ADES_CADES, PENA_ADES_PADES } PenaAdesFormat;

/* A signature in the making. */
typedef struct _PenaAdesDraft PenaAdesDraft;

typedef struct {
    PenaAdesFormat format;
    GPtrArray
        *chain; /* of GBytes: DER certificates, signer first; a self-signed one is left out of the CMS */
    const gchar *digest;    /* "sha256", "sha384", "sha512" */
    gint64 time;            /* CAdES signing-time, seconds since 1970 UTC; PAdES has none */
    const gchar *mime_type; /* CAdES, or NULL */
    gboolean pss;           /* with an RSA key: RSASSA-PSS */
} PenaAdesOptions;

/* KEY_UNSUPPORTED, CERTIFICATE_INVALID. chain is read during the call. */
PenaAdesDraft *pena_ades_draft_new (const PenaAdesOptions *options, GError **error);
void pena_ades_draft_free (PenaAdesDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaAdesDraft, pena_ades_draft_free)

/* What the token must do with the to-be-signed octets: a name of pena-scheme.c, such as "rsa-pss-sha256". Static. */
const gchar *pena_ades_draft_get_scheme (const PenaAdesDraft *self);
/* Enough bytes for the finished DER, from the real certificates (facts: chain + 2048). */
gsize pena_ades_draft_get_capacity (const PenaAdesDraft *self);
/* The DER of the signed attributes (SET OF, tag 0x31) with this message digest. Call once. Transfer full. */
GBytes *pena_ades_draft_get_to_be_signed (PenaAdesDraft *self, GBytes *digest, GError **error);
/* The finished SignedData, DER. value: RSA octets or ECDSA-Sig-Value DER. Checks the value with the signer's
 * public key first: SELF_CHECK_FAILED when it does not match. Transfer full. */
GBytes *pena_ades_draft_finish (PenaAdesDraft *self, GBytes *value, GError **error);

/* Checks of a certificate before a signature is made with it, at time `now`: validity, key usage
 * (nonRepudiation or digitalSignature), key kind. CERTIFICATE_*, KEY_UNSUPPORTED. */
gboolean pena_ades_check_signer (GBytes *certificate, gint64 now, GError **error);

/* What a person needs to know of a certificate. Strings UTF-8, NULL when absent. */
typedef struct {
    gchar *common_name, *nip, *title, *unit, *organization, *email;
    gchar *subject, *issuer; /* RFC 4514 */
    gchar *issuer_name;      /* the issuer's organisation, or its common name */
    gchar *serial;           /* lower-case hex */
    gchar *key;              /* "rsa2048", "p256", ... */
    gint64 not_before, not_after;
    gboolean can_sign; /* key usage allows document signatures */
} PenaCertificateInfo;
PenaCertificateInfo *pena_certificate_info_new (GBytes *certificate, GError **error);
void pena_certificate_info_free (PenaCertificateInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCertificateInfo, pena_certificate_info_free)
