/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: bytes as people compare them
 * Copyright (C) 2026 the Pena authors */
#include "pena-hex.h"

gchar *
pena_hex (const guint8 *bytes, gsize length)
{
    GString *hex = g_string_sized_new (2 * length);

    for (gsize i = 0; i < length; i++)
        g_string_append_printf (hex, "%02x", bytes[i]);
    return g_string_free (hex, FALSE);
}
