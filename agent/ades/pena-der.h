/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writing DER around bytes that stay as they are (X.690)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#define PENA_DER_INTEGER 0x02
#define PENA_DER_OCTET_STRING 0x04
#define PENA_DER_OID 0x06
#define PENA_DER_SEQUENCE 0x30
#define PENA_DER_SET 0x31
#define PENA_DER_CONTEXT_0 0xA0 /* constructed */
#define PENA_DER_CONTEXT_1 0xA1

/* Appends tag and length (shortest form), any length. */
void pena_der_append_header (GByteArray *out, guint8 tag, guint64 length);
void pena_der_append_bytes (GByteArray *out, GBytes *bytes);
void pena_der_append (GByteArray *out, guint8 tag, gconstpointer value, gsize length);
/* An element around all that `inside` holds. Transfer full. */
GBytes *pena_der_wrap (guint8 tag, const GByteArray *inside);
/* How long a header for this length is. */
gsize pena_der_header_length (guint64 length);
