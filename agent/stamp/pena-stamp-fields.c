/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what stands in a stamp's {fields}
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-fields.h"

#include <string.h>

#include "pena-date.h"
#include "pena-text.h"

/* A text grows by what is filled in; a page of small print is enough. */
#define MAX_EXPANDED 8192

/* What is known of one line so far. */
typedef struct {
    guint n_fields, n_filled;
} LineFields;

static gboolean
is_own (const PenaStampTemplate *self, const gchar *name)
{
    return g_ptr_array_find_with_equal_func (self->fields, name, g_str_equal, NULL);
}

/* at: behind the brace that opens. NULL on failure, else behind the one that closes. */
static const gchar *
expand_field (const PenaStampTemplate *self, const PenaStampElement *element, const gchar *at,
              GHashTable *values, GString *out, LineFields *fields, GError **error)
{
    const gchar *end = strchr (at, '}');

    if (end == NULL) {
        pena_stamp_invalid (error, element->line, _ ("[%s] has a '{' without '}'; a brace is written {{"),
                            element->group);
        return NULL;
    }
    g_autofree gchar *name = g_strndup (at, (gsize)(end - at));
    const gchar *value = g_hash_table_lookup (values, name);
    if (value == NULL && !is_own (self, name)) {
        pena_stamp_invalid (error, element->line, _ ("[%s] has a field {%s} that there is not"),
                            element->group, name);
        return NULL;
    }
    fields->n_fields++;
    if (value != NULL && *value != '\0') {
        fields->n_filled++;
        g_string_append (out, value);
    }
    return end + 1;
}

static gboolean
expand_line (const PenaStampTemplate *self, const PenaStampElement *element, const gchar *line,
             GHashTable *values, GString *out, GError **error)
{
    gsize start = out->len;
    LineFields fields = {0};

    if (start > 0)
        g_string_append_c (out, '\n');
    while (line != NULL && *line != '\0') {
        gsize plain = strcspn (line, "{");
        g_string_append_len (out, line, (gssize)plain);
        line += plain;
        if (line[0] == '{' && line[1] == '{') {
            g_string_append_c (out, '{');
            line += 2;
        } else if (line[0] == '{')
            line = expand_field (self, element, line + 1, values, out, &fields, error);
    }
    if (line == NULL)
        return FALSE;
    if (fields.n_fields > 0 && fields.n_filled == 0)
        g_string_truncate (out, start);
    return TRUE;
}

gchar *
pena_stamp_expand (const PenaStampTemplate *self, const PenaStampElement *element, const gchar *text,
                   GHashTable *values, GError **error)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        if (!expand_line (self, element, lines[i], values, out, error))
            return NULL;
    if (out->len > MAX_EXPANDED) {
        pena_stamp_invalid (error, element->line, _ ("the text of [%s] is too long"), element->group);
        return NULL;
    }
    return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
pena_stamp_check_own (const PenaStampTemplate *self, GHashTable *own, GError **error)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init (&iter, own);
    while (g_hash_table_iter_next (&iter, &name, NULL))
        if (!is_own (self, name))
            return pena_stamp_invalid (error, 0, _ ("it declares no field '%s'"), (const gchar *)name);
    return TRUE;
}

void
pena_stamp_put_time (GHashTable *values, gint64 time, gint utc_offset, guint language)
{
    const gchar *name = language == 0 ? "id" : "en";
    g_autoptr (GTimeZone) zone = g_time_zone_new_offset (utc_offset);
    g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time);
    g_autoptr (GDateTime) date = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

    if (date == NULL)
        return;
    g_autofree gchar *clock = pena_date_format_clock (date, FALSE, name);
    g_autofree gchar *shown = pena_date_format_zone (date);
    g_hash_table_insert (values, g_strdup ("date"), pena_date_format_day (date, name));
    g_hash_table_insert (values, g_strdup ("time"), g_strdup_printf ("%s %s", clock, shown));
}
