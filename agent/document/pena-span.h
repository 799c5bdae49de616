/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: hashing what signatures cover, each byte of the document once
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-digest.h"
#include "pena-pdf.h"

/* Signatures in one document cover it from the start, each a bit further: the hash over that common start is
 * kept, and only goes on. */
typedef struct _PenaSpan PenaSpan;

/* bytes is borrowed. */
PenaSpan *pena_span_new (const PenaPdfBytes *bytes);
void pena_span_free (PenaSpan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSpan, pena_span_free)

/* The digest of the bytes [0, first) and then [from, from + length). SIGNATURE_DAMAGED when that is not in
 * the document; INTERNAL for an unknown algorithm. Transfer full. */
GBytes *pena_span_digest (PenaSpan *self, const gchar *algorithm, guint64 first, guint64 from, guint64 length,
                          GError **error);
/* Feeds these bytes of the document. SIGNATURE_DAMAGED when they are not in it. */
gboolean pena_span_feed (PenaSpan *self, PenaDigest *state, guint64 from, guint64 length, GError **error);
/* The digest of pieces of the document, one after the other (of PenaContentRange). The same errors. Transfer full. */
GBytes *pena_span_digest_ranges (PenaSpan *self, const gchar *algorithm, const GArray *ranges,
                                 GError **error);
