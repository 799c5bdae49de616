/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: documents that stay the client's files
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#include "pena-intake.h"

/* A copy of a large file costs more than what has to be done with it. A client may hand over a descriptor of its file instead,
 * and what is found out is true of the file as it was as long as the kernel's promise held (pena-lease.h): to be asked at the
 * end. The open file is the agent's own, read-only, so that the client cannot take the promise back.
 *
 * The errors of both: DOCUMENT_CHANGED when nobody can promise that the file stays as it is, DOCUMENT_TOO_LARGE,
 * DOCUMENT_EMPTY. Whoever gets the first had better send the document. */

/* Not hashed. fd is borrowed. Transfer full. */
PenaDocument *pena_borrow (gint fd, guint64 max, GError **error);

/* TRUE as long as what was read of it is what it still is. A document that was received always is. */
gboolean pena_document_is_still (const PenaDocument *self);
/* Lets others write before the document is freed. */
void pena_document_let_go (PenaDocument *self);

/* How often whoever has borrowed looks whether somebody wants to write, who waits for that long at most. */
#define PENA_BORROW_LOOK_MS 100

/* Reads the document to its end and hashes it, in a thread of its own. Takes the document; CANCELLED. */
void pena_borrow_hash_async (PenaDocument *document, const gchar *digest, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
PenaDocument *pena_borrow_hash_finish (GAsyncResult *result, GError **error);
