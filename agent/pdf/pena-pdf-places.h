/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what qpdf's C API lacks: where objects stand, the key of an encrypted file
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-secret.h"

G_BEGIN_DECLS

/* What qpdf is to read; all borrowed. */
typedef struct {
    const guint8 *data;
    gsize size;
    const gchar *password; /* that opens it; "" when it needs none */
} PenaPdfSource;

/* A row of the cross-reference table as a whole, over all sections. Two revisions of a file that have the
 * same row for an object have the same object. */
typedef struct {
    gint number;
    gint generation;
    gint kind;    /* 1: at an offset; 2: in an object stream */
    gint64 place; /* the offset, or the number of the stream */
    gint index;   /* in the stream */
} PenaPdfPlace;

/* Of PenaPdfPlace by ascending number; NULL when qpdf cannot read it without repair. qpdf's C API does not
 * give this. */
GArray *pena_pdf_places_new (PenaPdfSource source);

/* Of gint, ascending: numbers that objects refer to although there is no such object. Reads every object, but
 * no stream's data, and calls `forget` now and then so that the document's bytes need not stay in memory.
 * NULL when qpdf cannot read an object without repair. */
GArray *pena_pdf_dangling_new (PenaPdfSource source, GFunc forget, gpointer user_data);

typedef struct {
    gint from, to; /* numbers */
} PenaPdfReference;

/* Of PenaPdfReference: where an object refers to one that stands behind it, and not before the offset `since`. All that
 * an earlier revision refers to and does not have is among them, as far as its objects still stand. Reads every object
 * and calls `forget` as above. NULL when qpdf cannot read an object without repair. */
GArray *pena_pdf_forward_references_new (PenaPdfSource source, gint64 since, GFunc forget,
                                         gpointer user_data);

/* Whether a warning of qpdf's leaves no doubt about what the document is. */
gboolean pena_pdf_is_harmless (const gchar *warning);

/* ---- encryption (ISO 32000-1, 7.6) ---- */

typedef enum {
    PENA_PDF_CIPHER_NONE, /* the crypt filter Identity */
    PENA_PDF_CIPHER_RC4,
    PENA_PDF_CIPHER_AES, /* 128 or 256 bits: what the key has */
    PENA_PDF_CIPHER_UNKNOWN,
} PenaPdfCipher;

#define PENA_PDF_MAX_KEY 32

typedef struct {
    PenaSecret *key; /* of the file */
    gint version, revision;
    PenaPdfCipher strings, streams;
    gint64 permissions; /* /P */
    gboolean owner;     /* the password is the owner's, for whom the permissions do not count */
} PenaPdfEncryption;
void pena_pdf_encryption_free (PenaPdfEncryption *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfEncryption, pena_pdf_encryption_free)

/* How a file that its password has opened is encrypted. NULL when it cannot be told. */
PenaPdfEncryption *pena_pdf_encryption_new (PenaPdfSource source);
/* The key for one object's strings and streams; *ret_length is at most PENA_PDF_MAX_KEY. */
void pena_pdf_object_key (const PenaPdfEncryption *self, gint number, gint generation, gboolean aes,
                          guint8 ret_key[PENA_PDF_MAX_KEY], gsize *ret_length);

/* Of PenaSecret: other encodings in which programs may have used a password that was given in UTF-8. Each can be read as a C
 * string. */
GPtrArray *pena_pdf_password_spellings_new (const gchar *password);

/* ---- repair ---- */

/* Writes anew, to a descriptor and at most max_size bytes of it, what can be recovered of a damaged document; streams
 * and encryption stay what they are. Refuses when it holds a signature. Calls `forget` as above. NULL when it is done,
 * else why it was not, for people; *ret_errno is then what writing failed with, or 0. Transfer full. */
gchar *pena_pdf_rewrite (PenaPdfSource source, gint fd, guint64 max_size, GFunc forget, gpointer user_data,
                         gint *ret_errno);

G_END_DECLS
