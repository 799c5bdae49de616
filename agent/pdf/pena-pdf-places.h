/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where the objects of a PDF stand
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

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
GArray *pena_pdf_places_new (const guint8 *data, gsize size);

/* Of gint, ascending: numbers that objects refer to although there is no such object. Reads every object, but
 * no stream's data, and calls `forget` now and then so that the document's bytes need not stay in memory.
 * NULL when qpdf cannot read an object without repair. */
GArray *pena_pdf_dangling_new (const guint8 *data, gsize size, GFunc forget, gpointer user_data);

typedef struct {
    gint from, to; /* numbers */
} PenaPdfReference;

/* Of PenaPdfReference: where an object refers to one that stands behind it, and not before the offset `since`. All that
 * an earlier revision refers to and does not have is among them, as far as its objects still stand. Reads every object
 * and calls `forget` as above. NULL when qpdf cannot read an object without repair. */
GArray *pena_pdf_forward_references_new (const guint8 *data, gsize size, gint64 since, GFunc forget,
                                         gpointer user_data);

/* How often objects refer to this one; reads every object. G_MAXUINT when qpdf cannot. */
guint pena_pdf_count_references (const guint8 *data, gsize size, gint number);

/* Whether a warning of qpdf's leaves no doubt about what the document is. */
gboolean pena_pdf_is_harmless (const gchar *warning);

G_END_DECLS
