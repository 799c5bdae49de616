/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PDFs with real signatures for tests, and what Pena says of them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "ades-trust.h"
#include "pdf-builder.h"

/* Objects 1 to 10; a first signature becomes object 11, its field 12. Objects 7 (kids), 8 (annotations of the first page)
 * and 6 (fields) are arrays that stand on their own, 9 is the content of the first page. */
extern const gchar *const signed_pdf_letter[];

/* A file that begins with these objects ("9 << … >>"); the table is for the caller. */
PdfBuilder *signed_pdf_start (const gchar *const *objects);
void signed_pdf_append (PdfBuilder *builder, const gchar *const *objects);
/* As the agent signs; of the options field, certify, lock and time count. */
void signed_pdf_sign (PdfBuilder *builder, const Pki *pki, const PenaPdfSignOptions *options);
/* As old programs did, adbe.x509.rsa_sha1 with /Cert, with an RSA key and SHA-256; a revision of a letter. */
void signed_pdf_sign_old (PdfBuilder *builder, const Pki *pki);
/* The digits of the first signature's /Contents. */
gchar *signed_pdf_hex_contents (const PdfBuilder *builder);
/* The signature dictionary written anew with these entries; "%s" stands for those digits. */
void signed_pdf_forge (PdfBuilder *builder, gint number, const gchar *entries);
/* A revision in which an object stream, object 13, holds another version of object 4: `inner` is all that is in it,
 * "4 0 << ... >>". */
void signed_pdf_shadow_in_stream (PdfBuilder *builder, const gchar *inner);
/* A time-stamp of the document. */
void signed_pdf_stamp (PdfBuilder *builder, const PkiEntity *tsa, const TsaSpec *spec);

/* What Pena says of one signature of a file, in one line: verdict, sub-indication, "changes_after", the kinds of what is not
 * allowed, whether it is a countersignature, the problems. "refused: …" when it cannot be read, "no signature" when there are fewer.
 * field NULL: only the verdict of the whole document. */
gchar *signed_pdf_tell (gconstpointer data, gsize size, const Pki *trusted, const gchar *field);
