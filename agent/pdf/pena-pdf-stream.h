/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what is in a stream, up to a bound
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

G_BEGIN_DECLS

/* The decoded and decrypted data, at most max bytes of it: a few bytes of a stranger's may stand for gigabytes. NULL when there
 * is more or none, when it is no stream, or encoded in a way that is not known or cannot be bounded. Transfer full. */
GBytes *pena_pdf_read_stream (PenaPdf *pdf, qpdf_oh stream, gsize max);

/* That data holds what matches a regular expression, which knows bytes and no characters. FALSE when there is none. */
gboolean pena_pdf_stream_matches (PenaPdf *pdf, qpdf_oh stream, gsize max, const gchar *pattern);

/* Decodes data as /FlateDecode has them. What is broken at its end gives what comes before, as with other readers. */
GBytes *pena_pdf_inflate (GBytes *packed, gsize max);

G_END_DECLS
