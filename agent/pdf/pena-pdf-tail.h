/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the cross-reference sections of a PDF, newest first (ISO 32000-1, 7.5)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef enum {
    PENA_PDF_XREF_TABLE,
    PENA_PDF_XREF_HYBRID, /* a table whose trailer has /XRefStm */
    PENA_PDF_XREF_STREAM,
} PenaPdfXrefKind;

/* Where a revision ends: bounds of the offset just behind its %%EOF, without and with the end-of-line that
 * may follow. */
typedef struct {
    gsize end;
    gsize end_with_eol;
} PenaPdfRevisionEnd;

typedef struct {
    gsize shift;          /* bytes before %PDF-; every offset in the file counts from there */
    guint64 startxref;    /* the last one, as it stands in the file */
    PenaPdfXrefKind kind; /* of the section that it points to */
    gsize hybrid_end;     /* behind the last hybrid section; 0 when there is none */
    gsize twice_end;      /* behind the last section that lists an object twice; 0 when there is none */
    guint64 load;         /* what reading all sections takes, in entries */
    GArray *revisions;    /* of PenaPdfRevisionEnd, first revision first; at least one */
} PenaPdfTail;

/* Where "%PDF-" stands. DOCUMENT_EMPTY or _NOT_PDF. */
gboolean pena_pdf_find_header (const guint8 *data, gsize size, gsize *ret_shift, GError **error);
/* Of a file that qpdf accepts: then the sections form no loop. DOCUMENT_NOT_PDF, or _DAMAGED with fact
 * "reason". */
gboolean pena_pdf_tail_read (PenaPdfTail *self, const guint8 *data, gsize size, GError **error);
void pena_pdf_tail_clear (PenaPdfTail *self);
/* The number, from 1, of the revision that ends at this offset; 0 when none does. */
guint pena_pdf_tail_find_revision (const PenaPdfTail *self, guint64 offset);
