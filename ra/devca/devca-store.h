/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the folder of a development CA: keys, certificates, index, CRL numbers
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pena/pena-error.h>

#define DEVCA_OPENSSL_AUTOPTR(type) G_DEFINE_AUTOPTR_CLEANUP_FUNC (type, type##_free)
DEVCA_OPENSSL_AUTOPTR (X509)
DEVCA_OPENSSL_AUTOPTR (EVP_PKEY)
DEVCA_OPENSSL_AUTOPTR (BIO)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
DEVCA_OPENSSL_AUTOPTR (ASN1_INTEGER)
DEVCA_OPENSSL_AUTOPTR (ASN1_TIME)

/* The root and the issuing authority, and those who speak for them: time-stamp authority, OCSP responders. */
typedef enum { DEVCA_ROOT, DEVCA_ISSUING, DEVCA_TSA, DEVCA_OCSP, DEVCA_ROOT_OCSP, DEVCA_N_ROLES } DevcaRole;

/* One of them, loaded. */
typedef struct {
    X509 *certificate;
    EVP_PKEY *key;
} DevcaAuthority;

void devca_authority_free (DevcaAuthority *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DevcaAuthority, devca_authority_free)

/* All of them, in the order of DevcaRole. */
typedef struct {
    DevcaAuthority *of[DEVCA_N_ROLES];
} DevcaFamily;

void devca_family_free (DevcaFamily *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DevcaFamily, devca_family_free)

/* One line of an index, which is written as `openssl ca` writes its own, so that `openssl ocsp -index` can
 * read it. */
typedef struct {
    gchar status;     /* 'V' valid, 'R' revoked */
    gchar *not_after; /* YYMMDDHHMMSSZ */
    gchar *revoked;   /* YYMMDDHHMMSSZ[,reason], "" when it is not */
    gchar *serial;    /* upper-case hex */
    gchar *subject;   /* one line */
} DevcaEntry;

/* A valid one. Transfer full. */
DevcaEntry *devca_entry_new (const X509 *certificate);
void devca_entry_free (DevcaEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DevcaEntry, devca_entry_free)

typedef struct _DevcaStore DevcaStore;

/* Makes the folder with the authorities and the address (NULL for none) that certificates are to name, all or nothing.
 * CA_EXISTS when there is one, OUTPUT_FAILED. */
gboolean devca_store_create (const gchar *path, const DevcaFamily *family, const gchar *url, GError **error);
/* Opens the folder and waits for its lock, which is held until the store is freed. CA_MISSING. */
DevcaStore *devca_store_open (const gchar *path, GError **error);
void devca_store_free (DevcaStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DevcaStore, devca_store_free)

/* The address given when the folder was made, or NULL. Borrowed. */
const gchar *devca_store_get_url (DevcaStore *self);

/* CA_MISSING when a file of it is unreadable. Transfer full. */
DevcaAuthority *devca_store_load_authority (DevcaStore *self, DevcaRole role, GError **error);

/* What DEVCA_ROOT or DEVCA_ISSUING has issued, in the order of issue (of DevcaEntry). CA_MISSING when a line is not
 * understood. Transfer container. */
GPtrArray *devca_store_read_index (DevcaStore *self, DevcaRole role, GError **error);
gboolean devca_store_write_index (DevcaStore *self, DevcaRole role, GPtrArray *entries, GError **error);
/* A text that changes when the index does. Transfer full. */
gchar *devca_store_index_version (DevcaStore *self, DevcaRole role);
/* The entry of a serial number (hex, any case, leading zeros ignored) or NULL. Borrowed. */
DevcaEntry *devca_index_find (GPtrArray *entries, const gchar *serial);

/* Counts up and keeps the number of the last CRL. */
gboolean devca_store_next_crl_number (DevcaStore *self, DevcaRole role, guint64 *ret_number, GError **error);

/* A time as the index holds it, and back. */
gchar *devca_time_format (gint64 unix_time);
gboolean devca_time_parse (const gchar *text, gint64 *ret_unix_time);

/* Replaces a file at once, readable for all. OUTPUT_FAILED. */
gboolean devca_write_file (const gchar *path, gconstpointer data, gsize length, GError **error);

/* The same with what a PEM or DER writer of OpenSSL has put into `from`. */
gboolean devca_write_bio (const gchar *path, BIO *from, GError **error);

/* Sets an error with one fact, which its text shows. Returns FALSE. */
gboolean devca_fail (GError **error, PenaErrorCode code, const gchar *fact, const gchar *value);
