/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document as it is sent, copied on the way where a copy is wanted
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

#define PENA_TYPE_CLIENT_BODY (pena_client_body_get_type ())
G_DECLARE_FINAL_TYPE (PenaClientBody, pena_client_body, PENA, CLIENT_BODY, GInputStream)

/* Yields `prefix` (may be NULL), then the first `size` bytes of `from`. When `to` is not -1, each stretch is
 * first copied to it and the bytes of the copy are yielded: what the agent is sent is what the copy holds,
 * whatever anyone does to the original meanwhile. Both descriptors are borrowed. Reading fails with DISK_FULL
 * or OUTPUT_FAILED (writing), DOCUMENT_MISSING (reading), and DOCUMENT_CHANGED when `from` turns out to be
 * shorter. */
GInputStream *pena_client_body_new (GBytes *prefix, gint from, gint to, guint64 size);

/* Copies all before the first byte is yielded, which is then one of the copy. The errors of reading; CANCELLED. */
gboolean pena_client_body_copy (PenaClientBody *self, GCancellable *cancellable, GError **error);

/* Yields `prefix` (may be NULL), then what `stream` yields. */
GInputStream *pena_client_body_new_stream (GBytes *prefix, GInputStream *stream);

/* Called after each stretch with how much of the document was read or copied, and its size (0: not known). */
typedef void (*PenaClientSentFunc) (guint64 done, guint64 total, gpointer user_data);
void pena_client_body_tell (PenaClientBody *self, PenaClientSentFunc on_sent, gpointer user_data);

/* The error that ended reading, or NULL; HTTP libraries like to wrap it. Transfer full. */
GError *pena_client_body_dup_failure (PenaClientBody *self);
/* Whether every byte has been yielded (and copied). */
gboolean pena_client_body_is_whole (PenaClientBody *self);
