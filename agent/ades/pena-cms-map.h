/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where the parts of a SignedData stand in its bytes (RFC 5652, 5.1 and 5.3)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* What is hashed into an archive time-stamp is a part as it stands in the file, and what has been signed or
 * time-stamped must never be encoded again. So whoever hashes or edits works on the bytes, by this map. DER and
 * BER, indefinite lengths included. */

/* An element with its tag and length; length 0 when it is absent. */
typedef struct {
    gsize offset, length;
} PenaPart;

typedef struct {
    PenaPart signed_data; /* the SEQUENCE in ContentInfo.content */
    PenaPart version, digest_algorithms;
    PenaPart encapsulated;       /* EncapsulatedContentInfo */
    PenaPart content_type;       /* OBJECT IDENTIFIER in it */
    PenaPart content;            /* OCTET STRING in its [0]; constructed in BER; absent when detached */
    PenaPart certificates, crls; /* [0], [1] */
    PenaPart signer_infos;       /* SET */
    PenaPart signer_info;        /* the first one, and its parts: */
    PenaPart signer_version, sid, digest_algorithm;
    PenaPart signed_attributes; /* [0] */
    PenaPart signature_algorithm, signature;
    PenaPart unsigned_attributes; /* [1] */
} PenaCmsMap;

/* How deep elements may stand in one another. Certificates and time-stamps are deep inside a CMS, and time-stamps inside of those. */
#define PENA_PART_MAX_DEPTH 64

/* Reads one ContentInfo with SignedData from the front of the memory; *ret_length (may be NULL) is how much it
 * takes. FALSE when it is none. Only the structure is read: pena_cms_parse() tells what the parts say. */
gboolean pena_cms_map (const guint8 *data, gsize length, PenaCmsMap *ret_map, gsize *ret_length);

/* Makes signer_info and its parts those of another SignerInfo, of the same memory. FALSE, with the map in pieces, when it is
 * none. */
gboolean pena_cms_map_signer (const guint8 *data, const PenaPart *signer_info, PenaCmsMap *map);
/* The element at the front of the memory, whatever it is. FALSE when it is malformed or not whole. */
gboolean pena_part_measure (const guint8 *data, gsize length, PenaPart *ret_part);
/* Tag and length of an element, for whoever reads what is inside step by step. */
typedef struct {
    gsize inside, end; /* of the content; end means nothing where the length is indefinite */
    gsize limit;       /* what is around it ends there */
    gboolean indefinite;
} PenaPartHeader;
#define PENA_PART_END_OF_CONTENTS 2 /* 00 00 closes an indefinite length */
gboolean pena_part_open (const guint8 *data, gsize offset, gsize end, PenaPartHeader *ret_header);
gboolean pena_part_at_end_of_contents (const guint8 *data, gsize offset, gsize end);
/* The ContentInfo at the front of `padded` (/Contents of a PDF's signature), without what follows. NULL when it is none.
 * Transfer full. */
GBytes *pena_cms_map_dup_first (GBytes *padded);
/* What follows there is nothing but the zeros that fill the room that was reserved for it. */
gboolean pena_padding_is_empty (const guint8 *data, gsize from, gsize size);

/* The elements inside an element that is constructed, one after the other: *at is 0 at first. FALSE at the end,
 * and when what is inside is malformed. */
gboolean pena_part_next (const guint8 *data, const PenaPart *container, gsize *at, PenaPart *ret_child);
/* What is between the tag and the end of an element of definite length; length 0 when it has none. */
PenaPart pena_part_inside (const guint8 *data, const PenaPart *part);
