/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: stamp templates as files
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-file.h"

#include <errno.h>
#include <fcntl.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pena-text.h"

#define MAX_TEMPLATE (2 * 1024 * 1024)
#define MAX_IMAGE (1024 * 1024)

static gboolean
fail (GError **error, PenaErrorCode code, const gchar *key, const gchar *value)
{
    GError *made = g_error_new_literal (PENA_ERROR, (gint)code, value);

    pena_error_set_string (made, key, value);
    g_propagate_error (error, made);
    return FALSE;
}

/* A file, and the line of the template that names it; 0 for the template itself. */
typedef struct {
    const gchar *path;
    guint line;
} Named;

static gboolean
fail_file (GError **error, Named file, const gchar *why)
{
    g_autofree gchar *name = g_filename_display_basename (file.path);
    g_autofree gchar *what = g_strdup_printf ("%s: %s", name, why);
    g_autofree gchar *where = file.line > 0 ? g_strdup_printf (_ ("line %u: %s"), file.line, what) : NULL;

    fail (error, PENA_ERROR_STAMP_INVALID, "reason", where != NULL ? where : what);
    if (error != NULL && file.line > 0)
        pena_error_set_int (*error, "line", file.line);
    return FALSE;
}

/* A plain file of no more than so many bytes; not a pipe that never ends. */
static GBytes *
read_file (Named file, gsize max, GError **error)
{
    gint fd = open (file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (fd < 0) {
        fail_file (error, file, g_strerror (errno));
        return NULL;
    }
    GByteArray *bytes = g_byte_array_new ();
    gboolean sound = fstat (fd, &status) == 0 && S_ISREG (status.st_mode);
    gssize n = sound ? 1 : -1;
    while (n > 0 && bytes->len <= max) {
        guint8 piece[16384];
        n = read (fd, piece, sizeof piece);
        if (n > 0)
            g_byte_array_append (bytes, piece, (guint)n);
    }
    close (fd);
    g_autoptr (GBytes) all = g_byte_array_free_to_bytes (bytes);
    if (n == 0 && g_bytes_get_size (all) <= max)
        return g_steal_pointer (&all);
    fail_file (error, file, n < 0 ? _ ("it cannot be read") : _ ("it is too large"));
    return NULL;
}

/* Of a group [image ...] or [footer image ...]. */
static gboolean
is_image_group (const gchar *line)
{
    if (*line != '[')
        return FALSE;
    line++;
    if (g_str_has_prefix (line, "footer "))
        line += strlen ("footer ");
    return g_str_has_prefix (line, "image ") || g_str_has_prefix (line, "image]");
}

/* The value of "file=..."; NULL when the line is another. */
static const gchar *
file_of (const gchar *line)
{
    if (!g_str_has_prefix (line, "file"))
        return NULL;
    line += strlen ("file");
    line += strspn (line, " \t");
    if (*line != '=')
        return NULL;
    line++;
    return line + strspn (line, " \t");
}

/* Templates come from elsewhere: one must not have any file of the user's put into a letter. */
static gboolean
append_image (GString *out, const gchar *folder, const gchar *name, guint line, GError **error)
{
    if (*name == '\0' || *name == '.' || strchr (name, '/') != NULL)
        return fail_file (error, (Named){name, line},
                          _ ("an image stands beside its template and is named without a folder"));
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autoptr (GBytes) image = read_file ((Named){path, line}, MAX_IMAGE, error);
    if (image == NULL)
        return FALSE;
    gsize length;
    const guchar *data = g_bytes_get_data (image, &length);
    g_autofree gchar *text = g_base64_encode (data, length);
    g_string_append_printf (out, "data=%s", text);
    return TRUE;
}

static gchar *
put_images_in (const gchar *text, const gchar *folder, GError **error)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    gboolean image = FALSE;

    for (guint i = 0; lines[i] != NULL; i++) {
        const gchar *line = g_strstrip (lines[i]);
        const gchar *file = image ? file_of (line) : NULL;
        if (i > 0)
            g_string_append_c (out, '\n');
        if (*line == '[')
            image = is_image_group (line);
        if (file == NULL)
            g_string_append (out, line);
        else if (!append_image (out, folder, file, i + 1, error))
            return NULL;
        if (out->len > MAX_TEMPLATE) {
            fail (error, PENA_ERROR_STAMP_INVALID, "reason", _ ("template and images are larger than 2 MiB"));
            return NULL;
        }
    }
    return g_string_free (g_steal_pointer (&out), FALSE);
}

gchar *
pena_stamp_file_read (const gchar *path, GError **error)
{
    g_autofree gchar *folder = g_path_get_dirname (path);
    g_autofree gchar *name = g_filename_display_name (path);

    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
        fail (error, PENA_ERROR_STAMP_UNKNOWN, "name", name);
        return NULL;
    }
    g_autoptr (GBytes) bytes = read_file ((Named){path, 0}, MAX_TEMPLATE, error);
    if (bytes == NULL)
        return NULL;
    gsize length;
    const gchar *data = g_bytes_get_data (bytes, &length);
    if (length == 0 || !g_utf8_validate (data, (gssize)length, NULL)) {
        fail_file (error, (Named){path, 0},
                   length == 0 ? _ ("it has neither a group [stamp] nor a group [footer]")
                               : _ ("it is no UTF-8 text"));
        return NULL;
    }
    g_autofree gchar *text = g_strndup (data, length);
    return put_images_in (text, folder, error);
}
