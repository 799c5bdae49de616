/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: what cards answer
 * Copyright (C) 2026 the Pena authors */
#include "fuzz.h"
#include "pena-tlv.h"

#define MAX_DEPTH 16

/* Every value lies inside what holds it, and what is read can be written again and read the same. */
static void
walk (PenaReader *reader, guint depth)
{
    PenaTlv tlv, again;

    while (pena_tlv_next (reader, &tlv)) {
        g_assert_true (tlv.value >= reader->data && tlv.value + tlv.length <= reader->data + reader->length);
        g_autoptr (GByteArray) copy = g_byte_array_new ();
        pena_tlv_append (copy, tlv.tag, tlv.value, tlv.length);
        g_assert_true (pena_tlv_find (copy->data, copy->len, tlv.tag, &again));
        g_assert_cmpmem (tlv.value, tlv.length, again.value, again.length);
        if (depth < MAX_DEPTH) {
            PenaReader inside = pena_tlv_enter (&tlv);
            walk (&inside, depth + 1);
        }
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    PenaReader reader = pena_reader_new (data, size);

    walk (&reader, 0);
    return 0;
}
