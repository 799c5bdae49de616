/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the certificates that the configuration trusts, and the revocation data it keeps
 * Copyright (C) 2026 the Pena authors */
#include "pena-trust.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-system-trust.h"

/* All of it goes to the worker in one message; national CAs publish lists of a few MiB. */
#define BUDGET (48 * 1024 * 1024)

typedef struct {
    const gchar *label; /* of the PEM block */
    const gchar *label_old;
    const gchar *missing; /* what to say of a file without it */
    GPtrArray *into;
    GPtrArray *answers; /* where OCSP answers go; NULL: they are not wanted */
    PenaPlaces *places;
    gsize left;
} Collector;

PenaTrust *
pena_trust_ref (PenaTrust *self)
{
    g_atomic_ref_count_inc (&self->references);
    return self;
}

void
pena_trust_unref (PenaTrust *self)
{
    if (!g_atomic_ref_count_dec (&self->references))
        return;
    pena_places_free (self->places);
    g_ptr_array_unref (self->anchors);
    g_ptr_array_unref (self->certificates);
    g_ptr_array_unref (self->crls);
    g_ptr_array_unref (self->ocsps);
    g_free (self);
}

static gboolean
unreadable (GError **error, const gchar *path, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("%s: %s", path, why);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

/* An OCSPResponse begins with its status, an ENUMERATED (RFC 6960, 4.2.1); lists and certificates with a SEQUENCE. */
static gboolean
is_answer (const guint8 *data, gsize length)
{
    gsize inside = length > 1 && (data[1] & 0x80) != 0 ? 2 + (gsize)(data[1] & 0x7F) : 2;

    return inside < length && data[inside] == V_ASN1_ENUMERATED;
}

/* Takes the object. */
static void
collect (Collector *self, GBytes *object)
{
    g_autoptr (GBytes) owned = object;
    gsize length;
    gconstpointer data = g_bytes_get_data (object, &length);
    GPtrArray *into = self->answers != NULL && is_answer (data, length) ? self->answers : self->into;

    if (length == 0 || length > self->left)
        return;
    self->left -= length;
    g_ptr_array_add (into, g_steal_pointer (&owned));
}

static guint
count (const Collector *self)
{
    return self->into->len + (self->answers != NULL ? self->answers->len : 0);
}

static void
collect_pem (Collector *self, const gchar *text, gsize length)
{
    BIO *bio = BIO_new_mem_buf (text, (int)length);
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size = 0;

    while (bio != NULL && PEM_read_bio (bio, &name, &header, &data, &size) == 1) {
        if (strcmp (name, self->label) == 0 || strcmp (name, self->label_old) == 0)
            collect (self, g_bytes_new (data, (gsize)size));
        OPENSSL_free (name);
        OPENSSL_free (header);
        OPENSSL_free (data);
    }
    ERR_clear_error (); /* the end of the text is an error to OpenSSL */
    BIO_free (bio);
}

/* A file holds one DER object or any number of PEM blocks. It is an error when it holds nothing of use. */
static gboolean
collect_file (Collector *self, const gchar *path, GError **error)
{
    g_autoptr (GError) local = NULL;
    g_autofree gchar *data = NULL;
    gsize length = 0;
    guint before = count (self);

    pena_places_note (self->places, path);
    if (!g_file_get_contents (path, &data, &length, &local)) {
        gboolean missing = g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        return unreadable (error, path, missing ? g_strerror (ENOENT) : local->message);
    }
    if (length > BUDGET)
        return unreadable (error, path, g_strerror (EFBIG));
    if (length > 2 && data[0] == 0x30)
        collect (self, g_bytes_new_take (g_steal_pointer (&data), length));
    else
        collect_pem (self, data, length);
    return count (self) > before || unreadable (error, path, self->missing);
}

static gboolean
collect_path (Collector *self, const gchar *path, GError **error)
{
    g_autoptr (GError) local = NULL;
    const gchar *name;

    if (!g_file_test (path, G_FILE_TEST_IS_DIR))
        return collect_file (self, path, error);
    pena_places_note (self->places, path);
    g_autoptr (GDir) dir = g_dir_open (path, 0, &local);
    if (dir == NULL)
        return unreadable (error, path, local->message);
    while ((name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *file = g_build_filename (path, name, NULL);
        if (!collect_file (self, file, NULL))
            g_debug ("nothing of use in a file of a [trust] folder");
    }
    return TRUE;
}

static gboolean
collect_paths (Collector *self, gchar **paths, GError **error)
{
    for (guint i = 0; paths[i] != NULL; i++)
        if (*paths[i] != '\0' && !collect_path (self, paths[i], error))
            return FALSE;
    return TRUE;
}

static gboolean
collect_system (Collector *self, GError **error)
{
    const GPtrArray *trusted = pena_system_trust_get (error);

    for (guint i = 0; trusted != NULL && i < trusted->len; i++)
        collect (self, g_bytes_ref (trusted->pdata[i]));
    return trusted != NULL;
}

PenaTrust *
pena_trust_load (const PenaConfig *config, GError **error)
{
    g_autoptr (PenaTrust) self = g_new0 (PenaTrust, 1);
    g_atomic_ref_count_init (&self->references);
    self->places = pena_places_new ();
    self->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    Collector anchors = {.label = PEM_STRING_X509,
                         .label_old = PEM_STRING_X509_OLD,
                         .missing = "it holds no certificate",
                         .into = self->anchors,
                         .places = self->places,
                         .left = BUDGET / 4};
    Collector certificates = anchors;
    Collector crls = {.label = PEM_STRING_X509_CRL,
                      .label_old = PEM_STRING_X509_CRL,
                      .missing = "it holds no revocation list and no OCSP answer",
                      .into = self->crls,
                      .answers = self->ocsps,
                      .places = self->places,
                      .left = BUDGET};

    certificates.into = self->certificates;
    if (!collect_paths (&anchors, config->anchors, error) ||
        !collect_paths (&certificates, config->certificates, error) ||
        (config->system_trust && !collect_system (&anchors, error)))
        return NULL;
    if (config->crls != NULL && !collect_path (&crls, config->crls, error))
        return NULL;
    return g_steal_pointer (&self);
}

gboolean
pena_trust_is_current (const PenaTrust *self)
{
    return pena_places_are_unchanged (self->places);
}

static gboolean
lists_equal (GPtrArray *a, GPtrArray *b)
{
    gboolean equal = a->len == b->len;

    for (guint i = 0; equal && i < a->len; i++)
        equal = g_bytes_equal (a->pdata[i], b->pdata[i]);
    return equal;
}

gboolean
pena_trust_equal (const PenaTrust *a, const PenaTrust *b)
{
    return a == b ||
           (lists_equal (a->anchors, b->anchors) && lists_equal (a->certificates, b->certificates) &&
            lists_equal (a->crls, b->crls) && lists_equal (a->ocsps, b->ocsps));
}
