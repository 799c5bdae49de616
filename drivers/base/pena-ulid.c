/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the ID of a signature
 * Copyright (C) 2026 the Pena authors */
#include "pena-ulid.h"

#include <sys/random.h>

#define TIME_LENGTH 10
#define HALF 8 /* characters that 40 bits take */

/* Characters of five bits each, the last one first. */
static void
put (gchar *end, guint length, guint64 value)
{
    static const gchar digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    for (; length > 0; length--, value >>= 5)
        *--end = digits[value & 31];
}

static guint64
take_40_bits (const guint8 *bytes)
{
    guint64 value = 0;

    for (guint i = 0; i < 5; i++)
        value = value << 8 | bytes[i];
    return value;
}

gchar *
pena_ulid_new (gint64 milliseconds)
{
    guint8 random[10];

    if (getrandom (random, sizeof random, 0) != (gssize)sizeof random)
        return NULL;
    gchar *text = g_malloc0 (PENA_ULID_LENGTH + 1);
    put (text + TIME_LENGTH, TIME_LENGTH, (guint64)MAX (milliseconds, 0) & 0xffffffffffffull);
    put (text + TIME_LENGTH + HALF, HALF, take_40_bits (random));
    put (text + PENA_ULID_LENGTH, HALF, take_40_bits (random + 5));
    return text;
}
