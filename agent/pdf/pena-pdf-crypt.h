/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: encrypting what is added to an encrypted PDF (ISO 32000-1, 7.6; ISO 32000-2, 7.6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-reader.h"

/* A copy of an object's text, or of a part of it with whole strings, in which every string is encrypted with the object's key.
 * pdf is an encrypted document. Transfer full; INTERNAL, or DOCUMENT_ENCRYPTED for ciphers that are not known. */
gchar *pena_pdf_crypt_text (PenaPdf *pdf, PenaPdfRef ref, const gchar *text, GError **error);
/* The data of a stream, encrypted. Transfer full. */
GByteArray *pena_pdf_crypt_stream (PenaPdf *pdf, PenaPdfRef ref, const guint8 *data, gsize length,
                                   GError **error);
