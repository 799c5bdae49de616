/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: SignedData as the bytes that it is made of (RFC 5652), to add to it without encoding anything again
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-profile.h"

/* Signatures, time-stamps and hash indexes are over bytes of a SignedData. Decoding and encoding again can change them
 * (BER, odd DER), so that what raises a signature's level works on the parts as they stand: only the lengths of what is
 * around them are written anew. */

/* One SignerInfo; each is a whole TLV. */
typedef struct {
    GBytes *version, *sid, *digest_algorithm;
    GBytes *signed_attributes; /* with its tag [0]; NULL when there are none */
    GBytes *signature_algorithm, *signature;
    GPtrArray *unsigned_attributes; /* of GBytes: each an Attribute */
} PenaSignerParts;

/* Where octets of the content stand in the memory that was read. */
typedef struct {
    gsize offset, length;
} PenaContentRange;

typedef struct {
    GBytes *version, *digest_algorithms, *content_type;
    gboolean attached;
    GArray *content;               /* of PenaContentRange; empty unless attached */
    PenaContentRange encapsulated; /* the EncapsulatedContentInfo, whole */
    PenaContentRange sets;   /* certificates and crls as they stand, each with its tag; they follow it */
    GPtrArray *certificates; /* of GBytes: each a CertificateChoices */
    GPtrArray *crls;         /* of GBytes: each a RevocationInfoChoice */
    PenaSignerParts signer;
    GPtrArray *further; /* of PenaSignerParts: who else has signed */
} PenaSignedParts;

/* Takes one ContentInfo with SignedData, DER or BER, from the front of the memory; *ret_taken (may be NULL) is how much it
 * took. Content is not copied, so that a document of any size may be inside. SIGNATURE_DAMAGED with a reason, also when
 * there is not exactly one signer. Transfer full. */
PenaSignedParts *pena_signed_parts_new (const guint8 *data, gsize length, gsize *ret_taken, GError **error);
/* The same with one signer or more, but not absurdly many. */
PenaSignedParts *pena_signed_parts_new_of_many (const guint8 *data, gsize length, gsize *ret_taken,
                                                GError **error);
void pena_signed_parts_free (PenaSignedParts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignedParts, pena_signed_parts_free)

/* A SignerInfo alone (DER), such as a countersignature. NULL when it is none. Transfer full. */
PenaSignerParts *pena_signer_parts_new (GBytes *signer_info);
void pena_signer_parts_free (PenaSignerParts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSignerParts, pena_signer_parts_free)

/* Add what is not there yet: a certificate, a list, an OCSPResponse (RFC 5940), all DER. */
void pena_signed_parts_add_certificate (PenaSignedParts *self, GBytes *certificate);
void pena_signed_parts_add_crl (PenaSignedParts *self, GBytes *list);
void pena_signed_parts_add_ocsp (PenaSignedParts *self, GBytes *response);
/* Adds an unsigned attribute with one value (DER) to a signer. */
void pena_signer_parts_add_unsigned (PenaSignerParts *self, PenaAttribute attribute, GBytes *value);
/* The values (of GBytes, whole TLVs) of a signer's attributes of one type, signed or unsigned as it is. Transfer full. */
GPtrArray *pena_signer_parts_dup_values (const PenaSignerParts *self, PenaAttribute attribute);

/* TRUE when the Attribute (DER or BER) is of this type. */
gboolean pena_attribute_is (GBytes *attribute, PenaAttribute kind);

/* What is in SignedData.certificates, and in SignedData.crls as lists and as OCSPResponses (of GBytes). Transfer full. */
GPtrArray *pena_signed_parts_dup_certificates (const PenaSignedParts *self);
GPtrArray *pena_signed_parts_dup_crls (const PenaSignedParts *self);
GPtrArray *pena_signed_parts_dup_ocsps (const PenaSignedParts *self);

/* The octets of the content together, from the memory that was read. Transfer full. */
GBytes *pena_signed_parts_dup_content (const PenaSignedParts *self, const guint8 *data);
/* The ContentInfo without content. Transfer full. */
GBytes *pena_signed_parts_encode_detached (const PenaSignedParts *self);
/* The ContentInfo with a content of this size: what comes before it and after it. Both transfer full. */
void pena_signed_parts_encode_around (const PenaSignedParts *self, guint64 size, GBytes **ret_head,
                                      GBytes **ret_tail);
/* The same around an EncapsulatedContentInfo of this size, which stands somewhere as it is. */
void pena_signed_parts_encode_around_encapsulated (const PenaSignedParts *self, guint64 size,
                                                   GBytes **ret_head, GBytes **ret_tail);
/* *cms, which is without content and whose parts are sound, becomes what follows a content of this size; what comes before it
 * is *ret_head. Both transfer full. */
void pena_signed_parts_enclose (GBytes **cms, guint64 size, GBytes **ret_head);
/* The ContentInfo with this content. Transfer full. */
GBytes *pena_signed_parts_encode_with (const PenaSignedParts *self, GBytes *content);
