/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of dates as people write them
 * Copyright (C) 2026 the Pena authors */
#include "pena-date.h"

static void
test_both_languages (void)
{
    static const struct {
        const gchar *time, *language, *text;
    } rows[] = {
        {"2026-08-01T09:05:07+07:00", "id", "1 Agustus 2026 09.05 09.05.07 WIB"},
        {"2026-08-01T09:05:07+07:00", "en", "1 August 2026 09:05 09:05:07 WIB"},
        {"2026-12-31T23:59:59+08:00", "id", "31 Desember 2026 23.59 23.59.59 WITA"},
        {"2026-01-31T00:00:00+09:00", "id", "31 Januari 2026 00.00 00.00.00 WIT"},
        {"2026-05-20T12:30:00Z", "en", "20 May 2026 12:30 12:30:00 UTC"},
        {"2026-05-20T12:30:00+05:30", "en", "20 May 2026 12:30 12:30:00 UTC+05:30"},
        {"2026-05-20T12:30:00-03:30", "en", "20 May 2026 12:30 12:30:00 UTC-03:30"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (rows[i].time, NULL);
        g_autofree gchar *day = pena_date_format_day (date, rows[i].language);
        g_autofree gchar *clock = pena_date_format_clock (date, FALSE, rows[i].language);
        g_autofree gchar *precise = pena_date_format_clock (date, TRUE, rows[i].language);
        g_autofree gchar *zone = pena_date_format_zone (date);
        g_autofree gchar *text = g_strdup_printf ("%s %s %s %s", day, clock, precise, zone);
        g_assert_cmpstr (text, ==, rows[i].text);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/base/date/both-languages", test_both_languages);
    return g_test_run ();
}
