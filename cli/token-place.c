/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what people call the places for keys on a token
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "token.h"

#include "pena-hex.h"

/* CKA_ID as the module has it; the names are those of SP 800-73-4, part 1, table 4b, and of the OpenPGP card. */
static const struct {
    const gchar *model;
    const gchar *name;
    guint8 id;
} places[] = {
    {"PIV", "9a", 1},           {"PIV", "9c", 2},           {"PIV", "9d", 3},           {"PIV", "9e", 4},
    {"OpenPGP card", "sig", 1}, {"OpenPGP card", "dec", 2}, {"OpenPGP card", "aut", 3},
};

/* Retired key management keys of PIV: 82 to 95. */
#define RETIRED_FIRST 0x82
#define RETIRED_LAST 0x95
#define RETIRED_ID 5

guint8
pena_token_place_id (const gchar *model, const gchar *name)
{
    guint64 number;

    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
        if (g_str_equal (places[i].model, model) && g_ascii_strcasecmp (places[i].name, name) == 0)
            return places[i].id;
    if (g_str_equal (model, "PIV") &&
        g_ascii_string_to_unsigned (name, 16, RETIRED_FIRST, RETIRED_LAST, &number, NULL))
        return (guint8)(number - RETIRED_FIRST + RETIRED_ID);
    return 0;
}

gchar *
pena_token_place_name (const gchar *model, GBytes *id)
{
    gsize length;
    const guint8 *bytes = g_bytes_get_data (id, &length);

    for (guint i = 0; length == 1 && i < G_N_ELEMENTS (places); i++)
        if (g_str_equal (places[i].model, model) && places[i].id == bytes[0])
            return g_strdup (places[i].name);
    if (length == 1 && g_str_equal (model, "PIV") && bytes[0] >= RETIRED_ID &&
        bytes[0] <= RETIRED_LAST - RETIRED_FIRST + RETIRED_ID)
        return g_strdup_printf ("%02x", bytes[0] - RETIRED_ID + RETIRED_FIRST);
    return pena_hex (bytes, length);
}
