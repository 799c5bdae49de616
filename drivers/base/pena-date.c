/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: dates as people write them, in Indonesian and English
 * Copyright (C) 2026 the Pena authors */
#include "pena-date.h"

static const gchar *const months[][12] = {
    {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
     "November", "Desember"},
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December"},
};

static gboolean
is_english (const gchar *language)
{
    return g_strcmp0 (language, "en") == 0;
}

gchar *
pena_date_format_day (GDateTime *date, const gchar *language)
{
    return g_strdup_printf ("%d %s %d", g_date_time_get_day_of_month (date),
                            months[is_english (language)][g_date_time_get_month (date) - 1],
                            g_date_time_get_year (date));
}

gchar *
pena_date_format_clock (GDateTime *date, gboolean seconds, const gchar *language)
{
    const gchar *form =
        is_english (language) ? (seconds ? "%H:%M:%S" : "%H:%M") : (seconds ? "%H.%M.%S" : "%H.%M");
    return g_date_time_format (date, form);
}

gchar *
pena_date_format_zone (GDateTime *date)
{
    static const gchar *const names[] = {"WIB", "WITA", "WIT"};
    gint64 offset = g_date_time_get_utc_offset (date) / G_USEC_PER_SEC;

    for (gint i = 0; i < 3; i++)
        if (offset == (7 + i) * 3600)
            return g_strdup (names[i]);
    if (offset == 0)
        return g_strdup ("UTC");
    return g_strdup_printf ("UTC%c%02d:%02d", offset < 0 ? '-' : '+', (gint)(ABS (offset) / 3600),
                            (gint)(ABS (offset) / 60 % 60));
}
