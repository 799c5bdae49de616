/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the folder of a development CA: keys, certificates, index, CRL numbers
 * Copyright (C) 2026 the Pena authors */
#include "devca-store.h"

#include "devca-certificate.h"
#include "pena-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define INDEX "index.txt"
#define ROOT_INDEX "root-index.txt"
#define INDEX_COLUMNS 6
/* Without it OpenSSL refuses an index in which one person has two certificates. */
#define INDEX_ATTRIBUTES ".attr"
#define INDEX_ATTRIBUTES_TEXT "unique_subject = no\n"
#define URL "url"

struct _DevcaStore {
    gchar *path;
    gchar *url;
    int lock;
};

static const gchar *const role_names[DEVCA_N_ROLES] = {[DEVCA_ROOT] = "root",
                                                       [DEVCA_ISSUING] = "issuing",
                                                       [DEVCA_TSA] = "tsa",
                                                       [DEVCA_OCSP] = "ocsp",
                                                       [DEVCA_ROOT_OCSP] = "root-ocsp"};

gboolean
devca_fail (GError **error, PenaErrorCode code, const gchar *fact, const gchar *value)
{
    GError *made = g_error_new (PENA_ERROR, code, "%s: %s", fact, value);
    pena_error_set_string (made, fact, value);
    g_propagate_error (error, made);
    return FALSE;
}

void
devca_authority_free (DevcaAuthority *self)
{
    if (self == NULL)
        return;
    X509_free (self->certificate);
    EVP_PKEY_free (self->key);
    g_free (self);
}

void
devca_family_free (DevcaFamily *self)
{
    if (self == NULL)
        return;
    for (guint role = 0; role < DEVCA_N_ROLES; role++)
        devca_authority_free (self->of[role]);
    g_free (self);
}

DevcaEntry *
devca_entry_new (const X509 *certificate)
{
    DevcaEntry *entry = g_new0 (DevcaEntry, 1);
    char *subject = X509_NAME_oneline (X509_get_subject_name (certificate), NULL, 0);
    struct tm end;

    entry->status = 'V';
    if (ASN1_TIME_to_tm (X509_get0_notAfter (certificate), &end))
        entry->not_after = devca_time_format ((gint64)timegm (&end));
    entry->revoked = g_strdup ("");
    entry->serial = devca_serial_hex (X509_get0_serialNumber (certificate));
    entry->subject = g_strdup (subject);
    OPENSSL_free (subject);
    return entry;
}

void
devca_entry_free (DevcaEntry *self)
{
    if (self == NULL)
        return;
    g_free (self->not_after);
    g_free (self->revoked);
    g_free (self->serial);
    g_free (self->subject);
    g_free (self);
}

static gboolean
write_mode (const gchar *path, gconstpointer data, gsize length, int mode, GError **error)
{
    g_autoptr (GError) local = NULL;

    if (g_file_set_contents_full (path, data, (gssize)length,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, mode, &local))
        return TRUE;
    return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", local->message);
}

gboolean
devca_write_file (const gchar *path, gconstpointer data, gsize length, GError **error)
{
    return write_mode (path, data, length, 0644, error);
}

gboolean
devca_write_bio (const gchar *path, BIO *from, GError **error)
{
    char *data;
    long length = BIO_get_mem_data (from, &data);
    return devca_write_file (path, data, (gsize)length, error);
}

static gchar *
build_path (const gchar *dir, DevcaRole role, const gchar *suffix)
{
    g_autofree gchar *name = g_strconcat (role_names[role], suffix, NULL);
    return g_build_filename (dir, name, NULL);
}

static gboolean
save_authority (const gchar *dir, DevcaRole role, const DevcaAuthority *authority, GError **error)
{
    g_autofree gchar *certificate_path = build_path (dir, role, ".pem");
    g_autofree gchar *key_path = build_path (dir, role, ".key");
    g_autoptr (BIO) certificate = BIO_new (BIO_s_mem ());
    g_autoptr (BIO) key = BIO_new (BIO_s_secmem ());
    char *data;

    if (certificate == NULL || key == NULL || !PEM_write_bio_X509 (certificate, authority->certificate) ||
        !PEM_write_bio_PKCS8PrivateKey (key, authority->key, NULL, NULL, 0, NULL, NULL))
        return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", _ ("the key cannot be encoded"));
    long length = BIO_get_mem_data (key, &data);
    return write_mode (key_path, data, (gsize)length, 0600, error) &&
           devca_write_bio (certificate_path, certificate, error);
}

static gchar *
index_path (const gchar *dir, DevcaRole role)
{
    return g_build_filename (dir, role == DEVCA_ROOT ? ROOT_INDEX : INDEX, NULL);
}

static gboolean
write_entries (const gchar *dir, DevcaRole role, GPtrArray *entries, GError **error)
{
    g_autofree gchar *path = index_path (dir, role);
    g_autoptr (GString) text = g_string_new (NULL);

    for (guint i = 0; i < entries->len; i++) {
        const DevcaEntry *entry = g_ptr_array_index (entries, i);
        g_string_append_printf (text, "%c\t%s\t%s\t%s\tunknown\t%s\n", entry->status, entry->not_after,
                                entry->revoked, entry->serial, entry->subject);
    }
    return write_mode (path, text->str, text->len, 0600, error);
}

/* The responders are in no index: their issuers have exempted them from being asked about. */
static gboolean
begin_index (const gchar *dir, DevcaRole role, const DevcaFamily *family, GError **error)
{
    g_autofree gchar *path = index_path (dir, role);
    g_autofree gchar *attributes = g_strconcat (path, INDEX_ATTRIBUTES, NULL);
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)devca_entry_free);

    if (role == DEVCA_ROOT) {
        g_ptr_array_add (entries, devca_entry_new (family->of[DEVCA_ISSUING]->certificate));
        g_ptr_array_add (entries, devca_entry_new (family->of[DEVCA_TSA]->certificate));
    }
    return write_mode (attributes, INDEX_ATTRIBUTES_TEXT, strlen (INDEX_ATTRIBUTES_TEXT), 0600, error) &&
           write_entries (dir, role, entries, error);
}

static gboolean
fill (const gchar *dir, const DevcaFamily *family, const gchar *url, GError **error)
{
    g_autofree gchar *url_path = g_build_filename (dir, URL, NULL);

    for (guint role = 0; role < DEVCA_N_ROLES; role++)
        if (!save_authority (dir, (DevcaRole)role, family->of[role], error))
            return FALSE;
    if (url != NULL && !write_mode (url_path, url, strlen (url), 0600, error))
        return FALSE;
    return begin_index (dir, DEVCA_ROOT, family, error) && begin_index (dir, DEVCA_ISSUING, family, error);
}

static void
remove_folder (const gchar *path)
{
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const gchar *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *file = g_build_filename (path, name, NULL);
        g_unlink (file);
    }
    g_rmdir (path);
}

gboolean
devca_store_create (const gchar *path, const DevcaFamily *family, const gchar *url, GError **error)
{
    g_autofree gchar *draft = g_strconcat (path, ".XXXXXX", NULL);

    if (g_mkdtemp_full (draft, 0700) == NULL)
        return devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", g_strerror (errno));
    /* A folder takes the place of an empty one only: of two at once one is refused, and nobody's files are
     * lost. */
    if (fill (draft, family, url, error)) {
        if (g_rename (draft, path) == 0)
            return TRUE;
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
            devca_fail (error, PENA_ERROR_CA_EXISTS, "path", path);
        else
            devca_fail (error, PENA_ERROR_OUTPUT_FAILED, "reason", g_strerror (errno));
    }
    remove_folder (draft);
    return FALSE;
}

static gboolean
fail_missing (GError **error, const gchar *path, const gchar *reason)
{
    devca_fail (error, PENA_ERROR_CA_MISSING, "path", path);
    if (error != NULL)
        pena_error_set_string (*error, "reason", reason);
    return FALSE;
}

DevcaStore *
devca_store_open (const gchar *path, GError **error)
{
    g_autofree gchar *index = g_build_filename (path, INDEX, NULL);
    g_autofree gchar *lock_path = g_build_filename (path, "lock", NULL);

    if (g_access (index, R_OK | W_OK) != 0) {
        fail_missing (error, path, g_strerror (errno));
        return NULL;
    }
    int lock = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock (lock, LOCK_EX) != 0) {
        fail_missing (error, path, g_strerror (errno));
        if (lock >= 0)
            close (lock);
        return NULL;
    }
    DevcaStore *self = g_new0 (DevcaStore, 1);
    g_autofree gchar *url_path = g_build_filename (path, URL, NULL);
    self->path = g_strdup (path);
    self->lock = lock;
    g_file_get_contents (url_path, &self->url, NULL, NULL);
    return self;
}

void
devca_store_free (DevcaStore *self)
{
    if (self == NULL)
        return;
    close (self->lock);
    g_free (self->path);
    g_free (self->url);
    g_free (self);
}

const gchar *
devca_store_get_url (DevcaStore *self)
{
    return self->url;
}

DevcaAuthority *
devca_store_load_authority (DevcaStore *self, DevcaRole role, GError **error)
{
    g_autofree gchar *certificate_path = build_path (self->path, role, ".pem");
    g_autofree gchar *key_path = build_path (self->path, role, ".key");
    g_autoptr (BIO) certificate = BIO_new_file (certificate_path, "r");
    g_autoptr (BIO) key = BIO_new_file (key_path, "r");
    g_autoptr (DevcaAuthority) authority = g_new0 (DevcaAuthority, 1);

    if (certificate != NULL && key != NULL) {
        authority->certificate = PEM_read_bio_X509 (certificate, NULL, NULL, NULL);
        authority->key = PEM_read_bio_PrivateKey (key, NULL, NULL, NULL);
    }
    if (authority->certificate != NULL && authority->key != NULL &&
        X509_check_private_key (authority->certificate, authority->key) == 1)
        return g_steal_pointer (&authority);
    ERR_clear_error ();
    g_autofree gchar *reason = g_strdup_printf (
        _ ("%s and its key are missing, unreadable or do not fit together"), certificate_path);
    fail_missing (error, self->path, reason);
    return NULL;
}

static DevcaEntry *
parse_line (const gchar *line)
{
    g_auto (GStrv) columns = g_strsplit (line, "\t", INDEX_COLUMNS + 1);
    gint64 not_after;

    if (g_strv_length (columns) != INDEX_COLUMNS || strlen (columns[0]) != 1 ||
        !devca_time_parse (columns[1], &not_after))
        return NULL;
    DevcaEntry *entry = g_new0 (DevcaEntry, 1);
    entry->status = columns[0][0];
    entry->not_after = g_strdup (columns[1]);
    entry->revoked = g_strdup (columns[2]);
    entry->serial = g_strdup (columns[3]);
    entry->subject = g_strdup (columns[5]);
    return entry;
}

GPtrArray *
devca_store_read_index (DevcaStore *self, DevcaRole role, GError **error)
{
    g_autofree gchar *path = index_path (self->path, role);
    g_autofree gchar *text = NULL;
    g_autoptr (GError) local = NULL;
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)devca_entry_free);

    if (!g_file_get_contents (path, &text, NULL, &local)) {
        fail_missing (error, self->path, local->message);
        return NULL;
    }
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] == '\0')
            continue;
        DevcaEntry *entry = parse_line (lines[i]);
        if (entry == NULL) {
            g_autofree gchar *reason = g_strdup_printf (_ ("line %u of %s is not understood"), i + 1, path);
            fail_missing (error, self->path, reason);
            return NULL;
        }
        g_ptr_array_add (entries, entry);
    }
    return g_steal_pointer (&entries);
}

gboolean
devca_store_write_index (DevcaStore *self, DevcaRole role, GPtrArray *entries, GError **error)
{
    return write_entries (self->path, role, entries, error);
}

/* Every change puts another file in place of the old one. */
gchar *
devca_store_index_version (DevcaStore *self, DevcaRole role)
{
    g_autofree gchar *path = index_path (self->path, role);
    GStatBuf info = {0};

    g_stat (path, &info);
    return g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%ld %" G_GINT64_FORMAT,
                            (guint64)info.st_ino, (gint64)info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                            (gint64)info.st_size);
}

static const gchar *
skip_zeros (const gchar *serial)
{
    while (*serial == '0')
        serial++;
    return serial;
}

DevcaEntry *
devca_index_find (GPtrArray *entries, const gchar *serial)
{
    for (guint i = 0; i < entries->len; i++) {
        DevcaEntry *entry = g_ptr_array_index (entries, i);
        if (g_ascii_strcasecmp (skip_zeros (entry->serial), skip_zeros (serial)) == 0)
            return entry;
    }
    return NULL;
}

gboolean
devca_store_next_crl_number (DevcaStore *self, DevcaRole role, guint64 *ret_number, GError **error)
{
    g_autofree gchar *path = build_path (self->path, role, ".crlnumber");
    g_autofree gchar *text = NULL;
    guint64 last = 0;

    if (g_file_get_contents (path, &text, NULL, NULL) &&
        !g_ascii_string_to_unsigned (g_strstrip (text), 10, 0, G_MAXINT64 - 1, &last, NULL))
        return fail_missing (error, self->path,
                             _ ("the number of its last revocation list is not understood"));
    g_autofree gchar *next = g_strdup_printf ("%" G_GUINT64_FORMAT "\n", last + 1);
    if (!write_mode (path, next, strlen (next), 0600, error))
        return FALSE;
    *ret_number = last + 1;
    return TRUE;
}

gchar *
devca_time_format (gint64 unix_time)
{
    g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (unix_time);
    /* As in a certificate: years from 2050 on have four digits. */
    return g_date_time_format (time, g_date_time_get_year (time) < 2050 ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ");
}

gboolean
devca_time_parse (const gchar *text, gint64 *ret_unix_time)
{
    g_autoptr (ASN1_TIME) time = ASN1_TIME_new ();
    struct tm broken;

    if (time == NULL || !ASN1_TIME_set_string (time, text) || !ASN1_TIME_to_tm (time, &broken))
        return FALSE;
    *ret_unix_time = (gint64)timegm (&broken);
    return TRUE;
}
