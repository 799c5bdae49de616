/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: BER-TLV as cards speak it (ISO/IEC 7816-4, 5.2.2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-reader.h"

/* One data object; value is borrowed from the reader's memory. Tags of one to three bytes are the bytes themselves:
 * 0x53, 0x7F49, 0x5FC105. */
typedef struct {
    guint32 tag;
    const guint8 *value;
    gsize length;
} PenaTlv;

/* The next object. FALSE at the end or when it is malformed; the reader tells which (failed). Definite lengths of up to
 * four bytes only. */
gboolean pena_tlv_next (PenaReader *reader, PenaTlv *ret_tlv);
/* Tag and length of the next object, whose value the reader then stands before; it need not be there in full. */
gboolean pena_tlv_head (PenaReader *reader, guint32 *ret_tag, gsize *ret_length);
/* The first object with this tag among those that the memory holds side by side. FALSE when there is none or the memory
 * is malformed before it. */
gboolean pena_tlv_find (gconstpointer data, gsize length, guint32 tag, PenaTlv *ret_tlv);
/* A reader over the object's value, for constructed ones. */
PenaReader pena_tlv_enter (const PenaTlv *tlv);

/* Appends tag, length (shortest form) and value. */
void pena_tlv_append (GByteArray *out, guint32 tag, gconstpointer value, gsize length);
