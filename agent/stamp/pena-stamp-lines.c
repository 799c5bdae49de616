/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where things stand in a key file, which GKeyFile does not tell
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-lines.h"

#include <string.h>

#include "pena-stamp-template.h"
#include "pena-text.h"

struct _PenaStampLines {
    GHashTable *lines; /* "group" or "group\nkey" -> line */
};

void
pena_stamp_lines_free (PenaStampLines *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->lines);
    g_free (self);
}

static gboolean
take_group (PenaStampLines *self, gchar *line, guint number, gchar **ret_group, GError **error)
{
    gsize length = strlen (line);

    if (length < 3 || line[length - 1] != ']')
        return pena_stamp_invalid (error, number, _ ("a group is a name in square brackets"));
    g_free (*ret_group);
    *ret_group = g_strndup (line + 1, length - 2);
    if (!g_hash_table_insert (self->lines, g_strdup (*ret_group), GUINT_TO_POINTER (number)))
        return pena_stamp_invalid (error, number, _ ("the group [%s] comes twice"), *ret_group);
    return TRUE;
}

static gboolean
take_key (PenaStampLines *self, gchar *line, guint number, const gchar *group, GError **error)
{
    gchar *equals = strchr (line, '=');

    if (equals == NULL || equals == line)
        return pena_stamp_invalid (error, number, _ ("neither a comment, a [group] nor key=value"));
    if (group == NULL)
        return pena_stamp_invalid (error, number, _ ("a key before the first [group]"));
    *equals = '\0';
    g_autofree gchar *name = g_strdup_printf ("%s\n%s", group, g_strchomp (line));
    if (!g_hash_table_insert (self->lines, g_steal_pointer (&name), GUINT_TO_POINTER (number)))
        return pena_stamp_invalid (error, number, _ ("the key '%s' comes twice"), line);
    return TRUE;
}

PenaStampLines *
pena_stamp_lines_new (const gchar *text, GError **error)
{
    g_autoptr (PenaStampLines) self = g_new0 (PenaStampLines, 1);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    g_autofree gchar *group = NULL;

    self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; lines[i] != NULL; i++) {
        gchar *line = g_strstrip (lines[i]);
        gboolean ok = TRUE;
        if (*line == '[')
            ok = take_group (self, line, i + 1, &group, error);
        else if (*line != '\0' && *line != '#')
            ok = take_key (self, line, i + 1, group, error);
        if (!ok)
            return NULL;
    }
    return g_steal_pointer (&self);
}

guint
pena_stamp_lines_find (const PenaStampLines *self, const gchar *group, const gchar *key)
{
    g_autofree gchar *name = key != NULL ? g_strdup_printf ("%s\n%s", group, key) : g_strdup (group);
    return GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, name));
}
