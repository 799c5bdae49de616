/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which part each object of a PDF plays
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-places.h"

G_BEGIN_DECLS

typedef enum {
    PENA_PDF_AREA_NONE, /* nothing refers to it */
    PENA_PDF_AREA_PAGE_TREE,
    PENA_PDF_AREA_PAGE,
    PENA_PDF_AREA_CONTENT,
    PENA_PDF_AREA_RESOURCES,
    PENA_PDF_AREA_ANNOTATION,
    PENA_PDF_AREA_FIELD_LOOK,     /* the appearance of a field */
    PENA_PDF_AREA_SIGNATURE_LOOK, /* the appearance of a signature */
    PENA_PDF_AREA_SIGNATURE,      /* the value of a signature field */
    PENA_PDF_AREA_FORM,
    PENA_PDF_AREA_CATALOG, /* what an entry of the catalog refers to */
    PENA_PDF_AREA_INFO,
    PENA_PDF_AREA_ENCRYPTION,
    PENA_PDF_AREA_CONTAINER, /* what object streams refer to: their /Length decides what is in them */
} PenaPdfArea;

/* An object that serves several purposes has the part that shows most: what stands first above. */
typedef struct {
    PenaPdfArea area;
    guint page;       /* from 1; 0 when it is of none, or of several */
    const gchar *key; /* of the catalog; "/Names/JavaScript"; lives as long as the graph. NULL elsewhere */
    guint references; /* how often objects that are in use refer to it */
} PenaPdfRole;

/* What objects refer to, of all revisions of a document. */
typedef struct _PenaPdfSketches PenaPdfSketches;
PenaPdfSketches *pena_pdf_sketches_new (void);
void pena_pdf_sketches_free (PenaPdfSketches *self);

/* Of one revision. */
typedef struct _PenaPdfGraph PenaPdfGraph;

/* NULL when qpdf cannot read the cross-reference. `sketches` and what `source` lends stay alive. */
PenaPdfGraph *pena_pdf_graph_new (PenaPdfSource source, PenaPdfSketches *sketches, GFunc forget,
                                  gpointer user_data);
void pena_pdf_graph_free (PenaPdfGraph *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfGraph, pena_pdf_graph_free)
/* Of PenaPdfPlace, as pena_pdf_places_new() gives them. */
const GArray *pena_pdf_graph_get_places (const PenaPdfGraph *self);
/* Before any role is asked for: goes through all that is in use, once, and calls `forget` now and then. Returns how many objects
 * had to be read: those that the sketches do not have from another revision. */
guint pena_pdf_graph_read (PenaPdfGraph *self);
/* Never NULL. When the objects cannot be read each may be anybody's: G_MAXUINT references. */
const PenaPdfRole *pena_pdf_graph_get (const PenaPdfGraph *self, gint number);

G_END_DECLS
