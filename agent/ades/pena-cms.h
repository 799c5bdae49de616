/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: SignedData taken apart (RFC 5652, RFC 5035, RFC 6211)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/asn1.h>
#include <openssl/x509.h>

/* libcrypto's CMS_ContentInfo hides versions, algorithm sets and the order of what it read, so the types
 * stand here again, decoded by libcrypto's own template machine. Fields with "Set" in RFC 5652 are read as
 * they stand, not sorted. */

typedef STACK_OF (X509_ATTRIBUTE) PenaAttributes;

typedef struct {
    ASN1_INTEGER *version;
    ASN1_TYPE *sid; /* SEQUENCE IssuerAndSerialNumber, or [0] SubjectKeyIdentifier */
    X509_ALGOR *digest_algorithm;
    PenaAttributes *signed_attributes; /* NULL when absent */
    X509_ALGOR *signature_algorithm;
    ASN1_OCTET_STRING *signature;
    PenaAttributes *unsigned_attributes; /* NULL when absent */
} PenaSignerInfo;
DEFINE_STACK_OF (PenaSignerInfo)

typedef struct {
    ASN1_OBJECT *type;
    ASN1_TYPE *content; /* NULL when detached */
} PenaEncapsulated;

typedef struct {
    ASN1_INTEGER *version;
    STACK_OF (X509_ALGOR) * digest_algorithms;
    PenaEncapsulated *encapsulated;
    STACK_OF (ASN1_TYPE) * certificates; /* NULL when absent */
    STACK_OF (ASN1_TYPE) * crls;         /* NULL when absent */
    STACK_OF (PenaSignerInfo) * signer_infos;
} PenaSignedData;

typedef struct {
    ASN1_OBJECT *type;
    PenaSignedData *signed_data;
} PenaCms;

/* Reads one ContentInfo with SignedData from the front of the memory; *ret_length is how much it took. NULL
 * when it is none. Transfer full. */
PenaCms *pena_cms_parse (const guint8 *data, gsize length, gsize *ret_length);
void pena_cms_free (PenaCms *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCms, pena_cms_free)
/* A SignerInfo that stands alone, such as a countersignature. NULL when it is none. Transfer full. */
PenaSignerInfo *pena_signer_info_parse (const guint8 *data, gsize length);
void pena_signer_info_free (PenaSignerInfo *self);

typedef enum {
    PENA_ENCODING_OTHER, /* something is spelled as no rule allows */
    PENA_ENCODING_BER,
    PENA_ENCODING_DER,
} PenaEncoding;
/* How it was written, apart from the order of sets that carry no signature (certificates, CRLs, unsigned attributes). What is
 * inside certificates and attribute values is not looked at. */
PenaEncoding pena_cms_encoding (const PenaCms *self, const guint8 *data, gsize length);

/* The certificates of the SignedData (of GBytes, DER), as they stand there. Other forms are passed over, and so is all that
 * follows a large number of them. Transfer full. */
GPtrArray *pena_cms_dup_certificates (const PenaCms *self);
/* The revocation data of the SignedData, each of GBytes, DER: certificate lists, and the OCSPResponses that RFC 5940 puts
 * there. Other forms are passed over, and so is all that follows a large number of them. Transfer full. */
GPtrArray *pena_cms_dup_crls (const PenaCms *self);
GPtrArray *pena_cms_dup_ocsps (const PenaCms *self);
/* id-ri-ocsp-response (RFC 5940). Made once, borrowed. */
const ASN1_OBJECT *pena_ocsp_format (void);

/* DER of the attributes as they are signed: tag SET, sorted. Transfer full. */
GBytes *pena_attributes_encode (const PenaAttributes *attributes);
/* TRUE when they stand in DER order. */
gboolean pena_attributes_sorted (const PenaAttributes *attributes);
/* How many attributes have this type. */
guint pena_attributes_count (const PenaAttributes *attributes, const ASN1_OBJECT *type);
/* The only value of the only attribute of this type, or NULL. Borrowed. */
const ASN1_TYPE *pena_attributes_get (const PenaAttributes *attributes, const ASN1_OBJECT *type);

/* What SignerInfo.sid names: TRUE with *ret_exact when the certificate is it; *ret_exact is FALSE when the
 * issuer is the same name spelled otherwise. */
gboolean pena_sid_names (const ASN1_TYPE *sid, X509 *certificate, gboolean *ret_exact);
/* TRUE when sid is a subject key identifier. */
gboolean pena_sid_is_key_identifier (const ASN1_TYPE *sid);

/* ESSCertID and ESSCertIDv2. */
typedef struct {
    X509_ALGOR *hash_algorithm; /* NULL: the default, SHA-256 (v2) or SHA-1 (v1) */
    ASN1_OCTET_STRING *hash;
    ASN1_TYPE *issuer_serial;
} PenaEssCertId;
DEFINE_STACK_OF (PenaEssCertId)

typedef struct {
    STACK_OF (PenaEssCertId) * certificates; /* signer first */
    ASN1_TYPE *policies;
} PenaEss;
/* Of a signing-certificate or signing-certificate-v2 value. NULL when malformed or empty. Transfer full. */
PenaEss *pena_ess_parse (const ASN1_TYPE *value);
void pena_ess_free (PenaEss *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaEss, pena_ess_free)
/* TRUE when the issuer and serial of the entry are absent or those of the certificate. */
gboolean pena_ess_issuer_serial_matches (const PenaEssCertId *id, X509 *certificate);

/* CMSAlgorithmProtection: the algorithms said once more under the signature, so that nobody can exchange
 * them. */
typedef struct {
    X509_ALGOR *digest_algorithm;
    X509_ALGOR *signature_algorithm; /* [1] */
    X509_ALGOR *mac_algorithm;       /* [2] */
} PenaAlgorithmProtection;
PenaAlgorithmProtection *pena_algorithm_protection_parse (const ASN1_TYPE *value);
void pena_algorithm_protection_free (PenaAlgorithmProtection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaAlgorithmProtection, pena_algorithm_protection_free)
/* DER. Transfer full. */
GBytes *pena_algorithm_protection_encode (X509_ALGOR *digest_algorithm, X509_ALGOR *signature_algorithm);
