/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: small PDFs for tests, written object by object
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"

typedef struct {
    GByteArray *bytes;
    GArray *entries;
    gint highest;
    gsize shift; /* junk before the header */
    guint64 startxref;
} PdfBuilder;

/* `start` is the header and whatever stands before it. */
PdfBuilder *pdf_builder_new (const gchar *start);
void pdf_builder_free (PdfBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PdfBuilder, pdf_builder_free)

void pdf_builder_text (PdfBuilder *self, const gchar *text);
void pdf_builder_object (PdfBuilder *self, gint number, const gchar *text);
/* Catalog 1, page tree 2, pages 3 and 4. The extras go into the catalog and into page 3. */
void pdf_builder_letter (PdfBuilder *self, const gchar *catalog_extra, const gchar *page_extra);
/* Catalog 1 and a page tree 2 without a page. */
void pdf_builder_pageless (PdfBuilder *self);
/* Ends a revision; may be called again after more objects. `trailer` holds further entries. */
void pdf_builder_table (PdfBuilder *self, const gchar *trailer);
void pdf_builder_stream (PdfBuilder *self, const gchar *trailer);
/* A table whose last object only the stream of /XRefStm knows. */
void pdf_builder_hybrid (PdfBuilder *self, const gchar *trailer);
/* A table with these rows ("9 1\n0000000000 00001 f \n") and a trailer with these entries, which points back as usual. The
 * builder does not take note of it. */
void pdf_builder_rows (PdfBuilder *self, const gchar *rows, const gchar *trailer);
/* A whole file: the letter and its table. Transfer full. */
GBytes *pdf_make_letter (void);
/* Two sections as in a linearized file: the first stands before the objects 1 and 2 and is what startxref
 * points to. */
void pdf_builder_linearized_letter (PdfBuilder *self);

/* A document that owns its bytes. */
typedef struct {
    int fd;
    PenaPdfBytes *bytes;
    PenaPdf *pdf;
} PdfDocument;

/* _load leaves pdf NULL. */
PdfDocument *pdf_document_load (gconstpointer data, gsize size);
PdfDocument *pdf_document_new (gconstpointer data, gsize size);
void pdf_document_free (PdfDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PdfDocument, pdf_document_free)
PdfDocument *pdf_builder_open (const PdfBuilder *self);
/* Asserts that opening fails in this way. */
void pdf_assert_refused (gconstpointer data, gsize size, gint code);

extern const PenaPdfSignOptions pdf_sign_options;
/* The document with a signature that holds a dummy; asserts that preparing works. NULL options: the above. */
GByteArray *pdf_sign (gconstpointer data, gsize size, const PenaPdfSignOptions *options);
/* The same of a document that is open already, on these bytes. */
GByteArray *pdf_document_sign (PdfDocument *self, gconstpointer data, gsize size,
                               const PenaPdfSignOptions *options);
gboolean pdf_contains (gconstpointer data, gsize size, const gchar *text);
/* Asserts that preparing is refused in this way. */
void pdf_assert_unsignable (const PdfBuilder *builder, const PenaPdfSignOptions *options, gint code);

/* The same appended to what the builder has; NULL as above. */
void pdf_builder_sign (PdfBuilder *self, const PenaPdfSignOptions *options);
/* The file goes on behind these bytes, as they are. */
void pdf_builder_set_bytes (PdfBuilder *self, gconstpointer data, gsize size);
/* pena_pdf_list_signatures() of the file so far; asserts that it works. */
GPtrArray *pdf_builder_signatures (const PdfBuilder *self);
