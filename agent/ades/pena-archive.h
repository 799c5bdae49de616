/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the time-stamps of a CMS signature are over (EN 319 122-1, 5.3 and 5.5.3; ETSI TS 101 733, 6.3.5, 6.3.6 and 6.4.1)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-digest.h"
#include "pena-signed-parts.h"

/* digest: "sha256", "sha384", "sha512", "sha1" throughout. */

/* The imprint of a signature-time-stamp: over the octets of the signature value. NULL for an unknown digest. Transfer
 * full. */
GBytes *pena_signature_imprint (const PenaSignerParts *signer, const gchar *digest);

/* The same of the signature in a CMS that is not taken apart. NULL when it is none. Transfer full. */
GBytes *pena_cms_signature_imprint (GBytes *cms, const gchar *digest);
/* The CMS with a token over that as its signature-time-stamp. SIGNATURE_DAMAGED. Transfer full. */
GBytes *pena_cms_with_time_stamp (GBytes *cms, GBytes *token, GError **error);

/* ATSHashIndexV3 over all that a SignedData and its signer hold now. DER, transfer full. */
GBytes *pena_hash_index_new (const PenaSignedParts *parts, const PenaSignerParts *signer,
                             const gchar *digest);
/* The imprint of an archive-time-stamp-v3. content_digest: of the content, made with the same digest. Transfer full. */
GBytes *pena_archive_imprint (const PenaSignedParts *parts, const PenaSignerParts *signer,
                              const gchar *digest, GBytes *content_digest, GBytes *hash_index);
/* The imprint of an archive-time-stamp of the second version: over bytes as they stand. front: a hash over what comes before
 * the SignerInfos, and the document where that is not in it. left_out (of GBytes): tokens of archive time-stamps that were made
 * later, or are this one. bare: without tag and length of the unsigned attributes, as editions of the standard before 2.2.1
 * have it. Transfer full. */
GBytes *pena_archive_v2_imprint (const PenaDigest *front, const PenaSignerParts *signer,
                                 const GPtrArray *left_out, gboolean bare);
/* The imprint of CAdES-C-timestamp (over the signature value, its time-stamps and the references to evidence), or that of
 * time-stamped-certs-crls-references. NULL for an unknown digest. Transfer full. */
GBytes *pena_references_imprint (const PenaSignerParts *signer, PenaAttribute kind, const gchar *digest);
/* A token with the hash index as its unsigned attribute, ready to be the value of archive-time-stamp-v3. Transfer full;
 * SIGNATURE_DAMAGED when the token is none. */
GBytes *pena_archive_token_new (GBytes *token, GBytes *hash_index, GError **error);
/* The hash index, of any version, in an archive time-stamp, or NULL when it has not exactly one. Transfer full. */
GBytes *pena_archive_token_dup_hash_index (GBytes *token);
