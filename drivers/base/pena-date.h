/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: dates as people write them, in Indonesian and English
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* language: "id" or "en". All results are transfer full. */

/* "31 Januari 2026". */
gchar *pena_date_format_day (GDateTime *date, const gchar *language);
/* "09.30", with seconds "09.30.05"; in English "09:30". */
gchar *pena_date_format_clock (GDateTime *date, gboolean seconds, const gchar *language);
/* The zones of Indonesia by their names ("WIB"), else "UTC" or "UTC+05:30". */
gchar *pena_date_format_zone (GDateTime *date);

G_END_DECLS
