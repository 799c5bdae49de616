/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: raising signatures of an opened document to a higher level (EN 319 122-1, 6; EN 319 142-1, 6)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-evidence.h"
#include "pena-pdf.h"

/* It needs no network: what it lacks it says, and whoever has one answers. Each step gives bytes that are appended to the
 * PDF, or a new .p7s, and goes on from there. */
typedef struct _PenaRaise PenaRaise;

typedef struct {
    gint fd;                    /* the document; borrowed */
    gboolean pdf;               /* else CAdES */
    GBytes *tail;               /* PDF: what was appended so far, or NULL */
    const PenaSecret *password; /* PDF: or NULL; borrowed */
    GBytes *signature;          /* CAdES: the CMS, without content */
    GArray *ranges; /* CAdES: where the content is in the document (of PenaContentRange); NULL: all of it */
    guint64 from;   /* PDF: only signatures that begin here or later; 0 for all */
} PenaRaiseInput;

/* Takes references. The codes of pena_pdf_open(), SIGNATURE_MISSING, SIGNATURE_BROKEN. */
PenaRaise *pena_raise_new (const PenaRaiseInput *input, GError **error);
void pena_raise_free (PenaRaise *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaRaise, pena_raise_free)

/* Refuses when a signature is broken: raising it would waste time-stamps and look like approval. SIGNATURE_BROKEN with a
 * reason. */
gboolean pena_raise_check_sound (PenaRaise *self, gint64 time, GError **error);
/* TRUE when a time-stamp proves for each signature when it existed. Both known after pena_raise_gather(). */
gboolean pena_raise_is_time_stamped (const PenaRaise *self);
guint pena_raise_get_n_signatures (const PenaRaise *self);

/* Looks for what level B-LT needs; also when only the facts above are wanted. anchors, certificates: of GBytes, DER. */
gboolean pena_raise_gather (PenaRaise *self, GPtrArray *anchors, GPtrArray *certificates, GError **error);
/* As pena_evidence_dup_needs() and _offer(). */
GPtrArray *pena_raise_dup_needs (PenaRaise *self, GError **error);
gboolean pena_raise_offer (PenaRaise *self, GPtrArray *needs, GError **error);
/* Puts what was gathered in. PDF: the bytes to append, empty when nothing was missing; CAdES: the new signature. Transfer
 * full. */
GBytes *pena_raise_keep (PenaRaise *self, GError **error);

/* The next time-stamp. PDF: a document time-stamp with room for `capacity` bytes, whose update is to be hashed and filled
 * by the caller; borrowed. */
PenaPdfUpdate *pena_raise_prepare_document_stamp (PenaRaise *self, gsize capacity, GError **error);
/* CAdES: what it must be over. archive: else over the signature value. Transfer full. */
GBytes *pena_raise_prepare_stamp (PenaRaise *self, const gchar *digest, gboolean archive, GError **error);
/* Takes the token for what was prepared last. PDF: reads the outcome again as a stranger would; nothing to return but
 * success (an empty GBytes). CAdES: the new signature. SELF_CHECK_FAILED. Transfer full. */
GBytes *pena_raise_put_stamp (PenaRaise *self, GBytes *token, GError **error);
