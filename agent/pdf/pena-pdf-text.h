/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: strings and dates in PDF syntax (ISO 32000-1, 7.9)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* A text string: ASCII as it is, all else as UTF-16BE with its mark. FALSE, nothing appended, when it is not
 * UTF-8. */
gboolean pena_pdf_append_text (GString *out, const gchar *text);
void pena_pdf_append_hex (GString *out, const guint8 *bytes, gsize length);

/* "(D:20260131090000+07'00')". NULL when the year is beyond four digits. */
gchar *pena_pdf_date_new (gint64 time, gint utc_offset);
/* Seconds since 1970; G_MININT64 when malformed. What a date leaves out is the earliest, in UTC. */
gint64 pena_pdf_date_parse (const gchar *text);
