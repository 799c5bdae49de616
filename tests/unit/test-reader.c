/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the byte reader
 * Copyright (C) 2026 the Pena authors */
#include "pena-reader.h"

static void
test_reads_big_endian (void)
{
    static const guint8 bytes[] = {1, 2, 3, 4, 5, 6, 7};
    PenaReader reader = pena_reader_new (bytes, sizeof bytes);
    g_assert_cmpuint (pena_reader_u8 (&reader), ==, 0x01);
    g_assert_cmpuint (pena_reader_u16be (&reader), ==, 0x0203);
    g_assert_cmpuint (pena_reader_u32be (&reader), ==, 0x04050607);
    g_assert_true (pena_reader_at_end (&reader));
}

static void
test_failure_sticks (void)
{
    static const guint8 bytes[] = {1, 2};
    PenaReader reader = pena_reader_new (bytes, sizeof bytes);
    g_assert_null (pena_reader_take (&reader, 3));
    g_assert_cmpuint (pena_reader_u8 (&reader), ==, 0);
    g_assert_cmpuint (pena_reader_left (&reader), ==, 0);
    g_assert_true (reader.failed);
    g_assert_false (pena_reader_at_end (&reader));
}

static void
test_huge_length_does_not_wrap (void)
{
    static const guint8 bytes[] = {1, 2};
    PenaReader reader = pena_reader_new (bytes, sizeof bytes);
    pena_reader_u8 (&reader);
    g_assert_null (pena_reader_take (&reader, G_MAXSIZE));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/base/reader/big-endian", test_reads_big_endian);
    g_test_add_func ("/base/reader/failure-sticks", test_failure_sticks);
    g_test_add_func ("/base/reader/huge-length", test_huge_length_does_not_wrap);
    return g_test_run ();
}
