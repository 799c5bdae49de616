/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of BER-TLV
 * Copyright (C) 2026 the Pena authors */
#include "pena-tlv.h"

static void
test_find_nested (void)
{
    static const guint8 bytes[] = {0x7F, 0x49, 0x04, 0x86, 0x02, 0xAA, 0xBB};
    PenaTlv outer, inner;
    g_assert_true (pena_tlv_find (bytes, sizeof bytes, 0x7F49, &outer));
    g_assert_true (pena_tlv_find (outer.value, outer.length, 0x86, &inner));
    g_assert_cmpmem (inner.value, inner.length, "\xAA\xBB", 2);
}

static void
test_malformed_is_refused (void)
{
    static const guint8 samples[][6] = {
        {0x53, 0x05, 1, 2, 3, 4},    /* longer than the memory */
        {0x53, 0x80, 0, 0, 0, 0},    /* indefinite */
        {0x53, 0x85, 0, 0, 0, 0},    /* length of five bytes */
        {0x5F, 0xFF, 0xFF, 1, 0, 0}, /* endless tag */
        {0x53, 0x84, 0xFF, 0xFF, 0xFF, 0xFF},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (samples); i++) {
        PenaReader reader = pena_reader_new (samples[i], sizeof samples[i]);
        PenaTlv tlv;
        g_assert_false (pena_tlv_next (&reader, &tlv));
        g_assert_true (reader.failed);
    }
}

static void
test_append_and_read_back (void)
{
    static const gsize lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
    static const guint32 tags[] = {0x53, 0x7F49, 0x5FC105};
    g_autofree guint8 *value = g_malloc0 (65536);

    for (gsize i = 0; i < G_N_ELEMENTS (lengths) * G_N_ELEMENTS (tags); i++) {
        gsize length = lengths[i % G_N_ELEMENTS (lengths)];
        guint32 tag = tags[i / G_N_ELEMENTS (lengths)];
        g_autoptr (GByteArray) out = g_byte_array_new ();
        PenaTlv tlv;
        pena_tlv_append (out, tag, value, length);
        PenaReader reader = pena_reader_new (out->data, out->len);
        g_assert_true (pena_tlv_next (&reader, &tlv));
        g_assert_cmpuint (tlv.tag, ==, tag);
        g_assert_cmpuint (tlv.length, ==, length);
        g_assert_true (pena_reader_at_end (&reader));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/base/tlv/find-nested", test_find_nested);
    g_test_add_func ("/base/tlv/malformed", test_malformed_is_refused);
    g_test_add_func ("/base/tlv/append-and-read-back", test_append_and_read_back);
    return g_test_run ();
}
