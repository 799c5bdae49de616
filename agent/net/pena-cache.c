/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: answers about revocation that are kept for a while
 * Copyright (C) 2026 the Pena authors */
#include "pena-cache.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

/* Lists are large, OCSP answers many. */
#define MEMORY_MAX (32 * 1024 * 1024)
#define ENTRIES_MAX 4096
#define KEY_LENGTH 64 /* SHA-256 in hex */

typedef struct {
    GBytes *answer;
    gint64 since;
} Entry;

struct _PenaCache {
    gchar *folder;
    gint64 age;
    guint64 disk_max;
    GHashTable *entries; /* key -> Entry */
    gsize memory;
};

static void
entry_free (gpointer data)
{
    Entry *self = data;
    g_bytes_unref (self->answer);
    g_free (self);
}

PenaCache *
pena_cache_new (const gchar *folder, guint64 age, guint64 size)
{
    PenaCache *self = g_new0 (PenaCache, 1);

    self->folder = size > 0 && age > 0 ? g_strdup (folder) : NULL;
    self->age = (gint64)age;
    self->disk_max = size;
    self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
    return self;
}

void
pena_cache_free (PenaCache *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->entries);
    g_free (self->folder);
    g_free (self);
}

gboolean
pena_cache_is_empty (PenaCache *self)
{
    g_autoptr (GDir) dir = self->folder != NULL ? g_dir_open (self->folder, 0, NULL) : NULL;

    return g_hash_table_size (self->entries) == 0 && (dir == NULL || g_dir_read_name (dir) == NULL);
}

gchar *
pena_cache_key (const gchar *kind, ...)
{
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    va_list parts;
    GBytes *part;

    g_checksum_update (sum, (const guchar *)kind, (gssize)strlen (kind) + 1);
    va_start (parts, kind);
    while ((part = va_arg (parts, GBytes *)) != NULL) {
        gsize length;
        gconstpointer data = g_bytes_get_data (part, &length);
        guint64 prefix = GUINT64_TO_BE (length);
        g_checksum_update (sum, (const guchar *)&prefix, sizeof prefix);
        g_checksum_update (sum, data, (gssize)length);
    }
    va_end (parts);
    return g_strdup (g_checksum_get_string (sum));
}

/* ---- memory ---- */

static void
forget (PenaCache *self, const gchar *key)
{
    const Entry *entry = g_hash_table_lookup (self->entries, key);

    if (entry == NULL)
        return;
    self->memory -= g_bytes_get_size (entry->answer);
    g_hash_table_remove (self->entries, key);
}

static gchar *
oldest_key (PenaCache *self)
{
    GHashTableIter iter;
    gpointer key, value, oldest = NULL;
    gint64 since = G_MAXINT64;

    g_hash_table_iter_init (&iter, self->entries);
    while (g_hash_table_iter_next (&iter, &key, &value))
        if (((Entry *)value)->since < since) {
            since = ((Entry *)value)->since;
            oldest = key;
        }
    return g_strdup (oldest);
}

static void
remember (PenaCache *self, const gchar *key, GBytes *answer, gint64 since)
{
    gsize size = g_bytes_get_size (answer);

    forget (self, key);
    if (size > MEMORY_MAX)
        return;
    while (self->memory + size > MEMORY_MAX || g_hash_table_size (self->entries) >= ENTRIES_MAX) {
        g_autofree gchar *oldest = oldest_key (self);
        forget (self, oldest);
    }
    Entry *entry = g_new (Entry, 1);
    entry->answer = g_bytes_ref (answer);
    entry->since = since;
    g_hash_table_insert (self->entries, g_strdup (key), entry);
    self->memory += size;
}

/* ---- disk ---- */

typedef struct {
    gchar *path;
    gint64 since;
    guint64 size;
} File;

static void
file_free (gpointer data)
{
    File *self = data;
    g_free (self->path);
    g_free (self);
}

static gint
compare_files (gconstpointer a, gconstpointer b)
{
    gint64 one = (*(File *const *)a)->since, other = (*(File *const *)b)->since;
    return one < other ? -1 : one > other;
}

static GPtrArray *
list_files (const gchar *folder, guint64 *ret_total)
{
    GPtrArray *files = g_ptr_array_new_with_free_func (file_free);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const gchar *name;

    *ret_total = 0;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        GStatBuf info;
        if (g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
            continue;
        File *file = g_new (File, 1);
        file->path = g_steal_pointer (&path);
        file->since = info.st_mtime;
        file->size = (guint64)info.st_size;
        *ret_total += file->size;
        g_ptr_array_add (files, file);
    }
    g_ptr_array_sort (files, compare_files);
    return files;
}

static void
make_room (PenaCache *self, guint64 size)
{
    guint64 total;
    g_autoptr (GPtrArray) files = list_files (self->folder, &total);

    for (guint i = 0; i < files->len && (total + size > self->disk_max || files->len - i >= ENTRIES_MAX);
         i++) {
        const File *file = g_ptr_array_index (files, i);
        g_unlink (file->path);
        total -= file->size;
    }
}

static gchar *
path_of (PenaCache *self, const gchar *key)
{
    g_return_val_if_fail (strlen (key) == KEY_LENGTH, NULL);
    return self->folder != NULL ? g_build_filename (self->folder, key, NULL) : NULL;
}

static void
write_file (PenaCache *self, const gchar *key, GBytes *answer, gint64 now)
{
    g_autofree gchar *path = path_of (self, key);
    g_autoptr (GError) error = NULL;
    gsize length;
    gconstpointer data = g_bytes_get_data (answer, &length);

    if (path == NULL || length > self->disk_max)
        return;
    g_mkdir_with_parents (self->folder, 0700);
    make_room (self, length);
    if (!g_file_set_contents_full (path, data, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                   &error)) {
        g_debug ("the cache of revocation answers cannot be written: %s", error->message);
        return;
    }
    const struct utimbuf times = {(time_t)now, (time_t)now};
    utime (path, &times);
}

static GBytes *
read_file (PenaCache *self, const gchar *key, gint64 *ret_since)
{
    g_autofree gchar *path = path_of (self, key);
    g_autofree gchar *data = NULL;
    GStatBuf info;
    gsize length;

    if (path == NULL || g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode) ||
        (guint64)info.st_size > self->disk_max || !g_file_get_contents (path, &data, &length, NULL))
        return NULL;
    *ret_since = info.st_mtime;
    return g_bytes_new_take (g_steal_pointer (&data), length);
}

/* ---- both ---- */

static gboolean
is_young (PenaCache *self, gint64 since, gint64 now)
{
    return since <= now && now - since < self->age;
}

GBytes *
pena_cache_get (PenaCache *self, const gchar *key, gint64 now)
{
    const Entry *entry = g_hash_table_lookup (self->entries, key);
    gint64 since = 0;

    if (entry != NULL && is_young (self, entry->since, now))
        return g_bytes_ref (entry->answer);
    forget (self, key);
    g_autoptr (GBytes) stored = read_file (self, key, &since);
    if (stored == NULL || !is_young (self, since, now))
        return NULL;
    remember (self, key, stored, since);
    return g_steal_pointer (&stored);
}

void
pena_cache_put (PenaCache *self, const gchar *key, GBytes *answer, gint64 now)
{
    if (self->age == 0)
        return;
    remember (self, key, answer, now);
    write_file (self, key, answer, now);
}
