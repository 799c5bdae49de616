/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the baseline levels
 * Copyright (C) 2026 the Pena authors */
#include "pena-level.h"

static const gchar *const names[] = {
    [PENA_LEVEL_B] = "B-B",
    [PENA_LEVEL_T] = "B-T",
    [PENA_LEVEL_LT] = "B-LT",
    [PENA_LEVEL_LTA] = "B-LTA",
};

const gchar *
pena_level_name (PenaLevel level)
{
    g_return_val_if_fail ((guint)level < G_N_ELEMENTS (names), NULL);
    return names[level];
}

gboolean
pena_level_parse (const gchar *name, PenaLevel *ret_level)
{
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_ascii_strcasecmp (names[i], name) == 0) {
            *ret_level = (PenaLevel)i;
            return TRUE;
        }
    return FALSE;
}
