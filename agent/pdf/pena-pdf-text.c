/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: strings and dates in PDF syntax
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-text.h"

#include <string.h>

void
pena_pdf_append_hex (GString *out, const guint8 *bytes, gsize length)
{
    static const gchar digits[] = "0123456789ABCDEF";

    g_string_append_c (out, '<');
    for (gsize i = 0; i < length; i++) {
        g_string_append_c (out, digits[bytes[i] >> 4]);
        g_string_append_c (out, digits[bytes[i] & 15]);
    }
    g_string_append_c (out, '>');
}

static gboolean
is_plain (const gchar *text)
{
    for (; *text != '\0'; text++)
        if (!g_ascii_isprint (*text))
            return FALSE;
    return TRUE;
}

static gboolean
append_utf16 (GString *out, const gchar *text)
{
    glong units;
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16 (text, -1, NULL, &units, NULL);

    if (utf16 == NULL)
        return FALSE;
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_byte_array_append (bytes, (const guint8 *)"\xFE\xFF", 2);
    for (glong i = 0; i < units; i++) {
        guint16 unit = GUINT16_TO_BE (utf16[i]);
        g_byte_array_append (bytes, (const guint8 *)&unit, sizeof unit);
    }
    pena_pdf_append_hex (out, bytes->data, bytes->len);
    return TRUE;
}

gboolean
pena_pdf_append_text (GString *out, const gchar *text)
{
    if (!is_plain (text))
        return append_utf16 (out, text);
    g_string_append_c (out, '(');
    for (; *text != '\0'; text++) {
        if (strchr ("()\\", *text) != NULL)
            g_string_append_c (out, '\\');
        g_string_append_c (out, *text);
    }
    g_string_append_c (out, ')');
    return TRUE;
}

gchar *
pena_pdf_date_new (gint64 time, gint utc_offset)
{
    /* PDF knows hours and minutes of an offset. */
    g_autoptr (GTimeZone) zone = g_time_zone_new_offset (utc_offset / 60 * 60);
    g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time);
    g_autoptr (GDateTime) local = utc != NULL && zone != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
    gint minutes = ABS (utc_offset) / 60;

    if (local == NULL)
        return NULL;
    g_autofree gchar *clock = g_date_time_format (local, "%Y%m%d%H%M%S");
    if (strlen (clock) != 14)
        return NULL;
    return g_strdup_printf ("(D:%s%c%02d'%02d')", clock, utc_offset < 0 ? '-' : '+', minutes / 60,
                            minutes % 60);
}

/* `count` digits within bounds; the fallback where the text ends. */
static gboolean
take (const gchar **at, guint count, gint low, gint high, gint fallback, gint *ret_value)
{
    gint value = 0;

    *ret_value = fallback;
    if (!g_ascii_isdigit (**at))
        return TRUE;
    for (; count > 0; count--, (*at)++) {
        if (!g_ascii_isdigit (**at))
            return FALSE;
        value = value * 10 + (**at - '0');
    }
    *ret_value = value;
    return value >= low && value <= high;
}

static gboolean
take_offset (const gchar **at, gint *ret_seconds)
{
    gchar sign = **at;
    gint hours, minutes;

    *ret_seconds = 0;
    if (sign == '\0')
        return TRUE;
    if (sign != '+' && sign != '-' && sign != 'Z')
        return FALSE;
    (*at)++;
    if (!take (at, 2, 0, 23, 0, &hours))
        return FALSE;
    if (**at == '\'')
        (*at)++;
    if (!take (at, 2, 0, 59, 0, &minutes))
        return FALSE;
    if (**at == '\'')
        (*at)++;
    *ret_seconds = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return **at == '\0';
}

gint64
pena_pdf_date_parse (const gchar *text)
{
    gint year, month, day, hour, minute, second, offset;

    if (text == NULL)
        return G_MININT64;
    if (g_str_has_prefix (text, "D:"))
        text += 2;
    if (!g_ascii_isdigit (*text) || !take (&text, 4, 1, 9999, 1, &year) ||
        !take (&text, 2, 1, 12, 1, &month) || !take (&text, 2, 1, 31, 1, &day) ||
        !take (&text, 2, 0, 23, 0, &hour) || !take (&text, 2, 0, 59, 0, &minute) ||
        !take (&text, 2, 0, 59, 0, &second) || !take_offset (&text, &offset))
        return G_MININT64;
    g_autoptr (GDateTime) utc = g_date_time_new_utc (year, month, day, hour, minute, second);
    return utc != NULL ? g_date_time_to_unix (utc) - offset : G_MININT64;
}
