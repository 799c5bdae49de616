/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: taking a document in: one copy that nobody can change, hashed on the way
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-digest.h"

/* Up to this size a document is kept in memory, beyond it in an unlinked file. */
#define PENA_INTAKE_MEMORY_MAX (8 * 1024 * 1024)

/* A document that was received in full: read-only, and nobody else has it open for writing. Or one that was borrowed
 * (pena-borrow.h). */
typedef struct {
    gint fd;
    gboolean leased; /* borrowed, and its bytes count only as long as pena_document_is_still() */
    guint64 size;
    GBytes *sha256;      /* NULL, as the next two, for a borrowed one that was not hashed */
    const gchar *digest; /* what `state` is made with: "sha256", "sha384", "sha512" */
    PenaDigest *state;   /* over the whole document, to be copied and continued */
} PenaDocument;
void pena_document_free (PenaDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaDocument, pena_document_free)
/* The digest of the document with these bytes after it; the last may be NULL. Transfer full. */
GBytes *pena_document_digest_with (const PenaDocument *self, GBytes *head, GBytes *tail);

/* A file without a name, of the kind that a document of this size is kept in. -1 on failure: DISK_FULL, INTERNAL. */
gint pena_intake_scratch (guint64 size, GError **error);

typedef struct _PenaIntake PenaIntake;

/* max: largest size that is accepted; expected: the size that was announced, or -1; digest: a name of pena-digest.h, with
 * which a signature will be made. DOCUMENT_TOO_LARGE, DISK_FULL when it is clear already that it cannot be taken. */
PenaIntake *pena_intake_new (guint64 max, gint64 expected, const gchar *digest, GError **error);
void pena_intake_free (PenaIntake *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaIntake, pena_intake_free)
/* DOCUMENT_TOO_LARGE, DISK_FULL, INTERNAL; after a failure it must not be called again. */
gboolean pena_intake_write (PenaIntake *self, gconstpointer data, gsize length, GError **error);
/* Seals. DOCUMENT_EMPTY. Transfer full. */
PenaDocument *pena_intake_finish (PenaIntake *self, GError **error);
