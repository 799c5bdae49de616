/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: contents of cards, kept in the user's cache folder
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-card-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 512 * 1024, /* 24 certificates of 16 KiB and what goes with them */
    FILES_MAX = 64,        /* of entries, and of marks */
    DIGEST = 32,
    FORMAT = 2, /* of the file; another byte order reads as another format */
    ATR_DIGITS = 16,
    IDENTITY_DIGITS = 40,
};

/* Format, time of writing in seconds, identity, contents; before them stands their SHA-256. */
#define ENTRY "(uxayv)"

/* The file that is another one after each change; no card's entry begins like that. */
#define LAST_CHANGE "last-change"

/* How the names of the files end that are marks. */
#define MARK ".tries"

/* --- the folder --- */

/* A folder of this user's and nobody else's; made when it is not there. */
static int
open_own (int parent, const gchar *name, gboolean make)
{
    struct stat info;

    if (make && mkdirat (parent, name, 0700) != 0 && errno != EEXIST)
        return -1;
    int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat (fd, &info) == 0 && info.st_uid == geteuid () && (info.st_mode & 0077) == 0)
        return fd;
    close (fd);
    return -1;
}

static gchar *
find_base (void)
{
    const gchar *named = secure_getenv ("XDG_CACHE_HOME");
    const gchar *home = secure_getenv ("HOME");

    if (named != NULL && g_path_is_absolute (named))
        return g_strdup (named);
    return home != NULL && g_path_is_absolute (home) ? g_build_filename (home, ".cache", NULL) : NULL;
}

/* -1 when there is none, or none that is safe. */
static int
open_folder (gboolean make)
{
    g_autofree gchar *base = find_base ();

    if (base == NULL)
        return -1;
    if (make && mkdir (base, 0700) != 0 && errno != EEXIST)
        return -1;
    int outer = open (base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (outer < 0)
        return -1;
    int middle = open_own (outer, "pena", make);
    close (outer);
    if (middle < 0)
        return -1;
    int folder = open_own (middle, "cards", make);
    close (middle);
    return folder;
}

static gchar *
digits (const guint8 *bytes, gsize length, gsize count)
{
    g_autofree gchar *all = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, length);
    return g_strndup (all, count);
}

static gchar *
prefix_of (const gchar *kind, const guint8 *atr, gsize length)
{
    g_autofree gchar *hash = digits (atr, length, ATR_DIGITS);
    return g_strdup_printf ("%s-%s-", kind, hash);
}

static gchar *
name_of (const PenaCardCacheKey *key)
{
    g_autofree gchar *prefix = prefix_of (key->kind, key->atr, key->atr_length);
    g_autofree gchar *hash = digits (key->identity, key->identity_length, IDENTITY_DIGITS);
    return g_strconcat (prefix, hash, NULL);
}

/* Calls back for each name in the folder that begins so; stops when that gives FALSE. */
typedef gboolean (*Visit) (int folder, const gchar *name, gpointer data);

static void
walk (int folder, const gchar *prefix, Visit visit, gpointer data)
{
    int copy = fcntl (folder, F_DUPFD_CLOEXEC, 0);
    DIR *names = copy >= 0 ? fdopendir (copy) : NULL;
    const struct dirent *entry;

    if (names == NULL) {
        if (copy >= 0)
            close (copy);
        return;
    }
    rewinddir (names);
    while ((entry = readdir (names)) != NULL)
        if (g_str_has_prefix (entry->d_name, prefix) && !visit (folder, entry->d_name, data))
            break;
    closedir (names);
}

static gboolean
note_found (int folder, const gchar *name, gpointer data)
{
    *(gboolean *)data = TRUE;
    return FALSE;
}

gboolean
pena_card_cache_may_have (const gchar *kind, const guint8 *atr, gsize atr_length)
{
    g_autofree gchar *prefix = prefix_of (kind, atr, atr_length);
    gboolean found = FALSE;
    int folder = open_folder (FALSE);

    if (folder < 0)
        return FALSE;
    walk (folder, prefix, note_found, &found);
    close (folder);
    return found;
}

/* --- reading --- */

/* The whole file, when it is this user's own and nobody else could have written it. */
static GBytes *
read_file (int folder, const gchar *name)
{
    int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    g_autofree guint8 *bytes = NULL;
    struct stat info;
    gsize length = 0;

    if (fd < 0)
        return NULL;
    if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_uid == geteuid () &&
        (info.st_mode & 0077) == 0 && info.st_nlink == 1 && info.st_size > DIGEST &&
        info.st_size <= FILE_MAX) {
        bytes = g_malloc ((gsize)info.st_size);
        gssize got;
        while (length < (gsize)info.st_size &&
               (got = read (fd, bytes + length, (gsize)info.st_size - length)) > 0)
            length += (gsize)got;
    }
    close (fd);
    return bytes != NULL && length == (gsize)info.st_size
               ? g_bytes_new_take (g_steal_pointer (&bytes), length)
               : NULL;
}

static void
hash (gconstpointer data, gsize length, guint8 digest[DIGEST])
{
    GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
    gsize size = DIGEST;

    g_checksum_update (checksum, data, (gssize)length);
    g_checksum_get_digest (checksum, digest, &size);
    g_checksum_free (checksum);
}

/* The entry in the file's bytes; NULL when they are anything else. */
static GVariant *
parse (GBytes *file)
{
    gsize length;
    const guint8 *bytes = g_bytes_get_data (file, &length);
    guint8 digest[DIGEST];

    hash (bytes + DIGEST, length - DIGEST, digest);
    if (memcmp (digest, bytes, DIGEST) != 0)
        return NULL;
    /* GVariant wants its memory aligned. */
    g_autoptr (GBytes) body = g_bytes_new (bytes + DIGEST, length - DIGEST);
    g_autoptr (GVariant) entry =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (ENTRY), body, FALSE));
    return g_variant_is_normal_form (entry) ? g_steal_pointer (&entry) : NULL;
}

static gboolean
is_for (GVariant *entry, const PenaCardCacheKey *key)
{
    g_autoptr (GVariant) identity = g_variant_get_child_value (entry, 2);
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;
    guint32 format;
    gint64 written;
    gsize length;

    g_variant_get_child (entry, 0, "u", &format);
    g_variant_get_child (entry, 1, "x", &written);
    gconstpointer bytes = g_variant_get_fixed_array (identity, &length, 1);
    return format == FORMAT && written <= now && now - written < PENA_CARD_CACHE_SECONDS &&
           length == key->identity_length && memcmp (bytes, key->identity, length) == 0;
}

GVariant *
pena_card_cache_load (const PenaCardCacheKey *key, const GVariantType *type)
{
    g_autofree gchar *name = name_of (key);
    g_autoptr (GBytes) file = NULL;
    g_autoptr (GVariant) entry = NULL, contents = NULL;
    int folder = open_folder (FALSE);

    if (folder < 0)
        return NULL;
    file = read_file (folder, name);
    close (folder);
    entry = file != NULL ? parse (file) : NULL;
    if (entry == NULL || !is_for (entry, key))
        return NULL;
    g_variant_get_child (entry, 3, "v", &contents);
    return g_variant_is_of_type (contents, type) ? g_steal_pointer (&contents) : NULL;
}

/* --- writing --- */

static gboolean
write_all (int fd, const guint8 *bytes, gsize length)
{
    while (length > 0) {
        gssize done = write (fd, bytes, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return FALSE;
        bytes += done;
        length -= (gsize)done;
    }
    return TRUE;
}

/* Under a name of its own first, so that nobody ever sees half an entry. */
static void
write_file (int folder, const gchar *name, GVariant *entry)
{
    g_autofree gchar *fresh = g_strdup_printf (".%08x%08x", g_random_int (), g_random_int ());
    gsize length = g_variant_get_size (entry);
    const guint8 *bytes = g_variant_get_data (entry);
    guint8 digest[DIGEST];

    if (length > FILE_MAX - DIGEST)
        return;
    hash (bytes, length, digest);
    int fd = openat (folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    gboolean done = write_all (fd, digest, DIGEST) && write_all (fd, bytes, length);
    done = close (fd) == 0 && done;
    if (!done || renameat (folder, fresh, folder, name) != 0)
        unlinkat (folder, fresh, 0);
}

typedef struct {
    gboolean of_marks;
    guint count;
    gchar *oldest;
    gint64 since;
} Census;

static gboolean
count_file (int folder, const gchar *name, gpointer data)
{
    Census *census = data;
    struct stat info;

    if (g_str_equal (name, LAST_CHANGE) || g_str_has_suffix (name, MARK) != census->of_marks ||
        fstatat (folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (info.st_mode))
        return TRUE;
    census->count++;
    if (census->oldest == NULL || info.st_mtime < census->since) {
        g_free (census->oldest);
        census->oldest = g_strdup (name);
        census->since = info.st_mtime;
    }
    return TRUE;
}

/* The one that was not written for longest goes when there are too many. A mark warns of a card whose entry may be long
 * gone, so no entry takes its place. */
static void
make_room (int folder, gboolean for_mark)
{
    Census census = {.of_marks = for_mark};

    walk (folder, "", count_file, &census);
    if (census.count >= FILES_MAX)
        unlinkat (folder, census.oldest, 0);
    g_free (census.oldest);
}

void
pena_card_cache_save (const PenaCardCacheKey *key, GVariant *contents)
{
    g_autofree gchar *name = name_of (key);
    g_autoptr (GVariant) entry = g_variant_ref_sink (g_variant_new (
        "(ux@ayv)", (guint32)FORMAT, g_get_real_time () / G_USEC_PER_SEC,
        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, key->identity, key->identity_length, 1), contents));
    int folder = open_folder (TRUE);

    if (folder < 0)
        return;
    make_room (folder, FALSE);
    write_file (folder, name, entry);
    close (folder);
}

void
pena_card_cache_drop (const PenaCardCacheKey *key)
{
    g_autofree gchar *name = name_of (key);
    int folder = open_folder (FALSE);

    if (folder < 0)
        return;
    unlinkat (folder, name, 0);
    close (folder);
}

/* An empty file that is now made anew. */
static void
write_sign (int folder, const gchar *name)
{
    unlinkat (folder, name, 0);
    int fd = openat (folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        close (fd);
}

/* --- changes --- */

void
pena_card_cache_tell_change (void)
{
    int folder = open_folder (TRUE);

    if (folder < 0)
        return;
    write_sign (folder, LAST_CHANGE);
    close (folder);
}

guint64
pena_card_cache_get_last_change (void)
{
    struct stat info = {0};
    int folder = open_folder (FALSE);

    if (folder < 0)
        return 0;
    if (fstatat (folder, LAST_CHANGE, &info, AT_SYMLINK_NOFOLLOW) != 0)
        info = (struct stat){0};
    close (folder);
    return (guint64)info.st_mtim.tv_sec * 1000000000u + (guint64)info.st_mtim.tv_nsec;
}

/* --- marks --- */

static gchar *
mark_of (const PenaCardCacheKey *key)
{
    g_autofree gchar *name = name_of (key);
    return g_strconcat (name, MARK, NULL);
}

void
pena_card_cache_mark (const PenaCardCacheKey *key, gboolean marked)
{
    g_autofree gchar *name = mark_of (key);
    int folder = open_folder (marked);

    if (folder < 0)
        return;
    if (marked) {
        make_room (folder, TRUE);
        write_sign (folder, name);
    } else {
        unlinkat (folder, name, 0);
    }
    close (folder);
}

gboolean
pena_card_cache_is_marked (const PenaCardCacheKey *key)
{
    g_autofree gchar *name = mark_of (key);
    int folder = open_folder (TRUE);
    struct stat info;

    if (folder < 0)
        return TRUE;
    gboolean absent = fstatat (folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
    close (folder);
    return !absent;
}
