/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a PDF as qpdf sees it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <qpdf/qpdf-c.h>

#include "pena-pdf-graph.h"
#include "pena-pdf-places.h"
#include "pena-pdf-tail.h"
#include "pena-pdf.h"

/* An indirect object's identity; number 0 for none. */
typedef struct {
    gint number;
    gint generation;
} PenaPdfRef;

struct _PenaPdf {
    const PenaPdfBytes *bytes; /* borrowed */
    const guint8 *data;        /* theirs */
    gsize size;
    qpdf_data qpdf;
    GError *damage; /* what qpdf complained about first */
    PenaPdfTail tail;
    qpdf_oh trailer, root;
    guint n_pages;
    PenaPdfRef first_page; /* number 0 when there is no page */
    GHashTable *pages;     /* numbers of the pages that are objects of their own -> which page, from 1 */
    GHashTable *annots;    /* the same of the arrays that are /Annots of pages and objects of their own */
    PenaSecret *password;  /* in the spelling that opened it; NULL when it needs none */
    PenaPdfEncryption *encryption; /* NULL when it is not encrypted */
    gint64 patience;               /* seconds of processor time that comparing revisions may take */
    guint64 compared; /* objects and entries that were looked at to tell what came after signatures */
    GArray *places;   /* of PenaPdfPlace; NULL until somebody needs them */
};

/* Like pena_pdf_open, on the first bytes of a document alone, which is what an earlier revision is. */
PenaPdf *pena_pdf_open_revision (const PenaPdf *newest, gsize size, GError **error);
/* For the functions of pena-pdf-places.h. */
PenaPdfSource pena_pdf_source (const PenaPdf *self);
/* Numbers that objects refer to although there is no such object: of gint, ascending. NULL when that cannot
 * be told. */
GArray *pena_pdf_find_dangling (PenaPdf *self);
/* pena_pdf_forward_references_new, for the document; `since` counts from the start of the file. */
GArray *pena_pdf_find_forward_references (PenaPdf *self, guint64 since);
/* pena_pdf_graph_new, for the document. Transfer full. */
PenaPdfGraph *pena_pdf_open_graph (PenaPdf *self, PenaPdfSketches *sketches);
/* FALSE, DOCUMENT_DAMAGED with fact "reason", once qpdf has complained. qpdf reads objects when they are
 * first touched, so ask after every walk. */
gboolean pena_pdf_check (PenaPdf *self, GError **error);

/* Of the trailer or a dictionary; a null object when the key is absent or `dict` is no dictionary. Handles
 * live as long as the document unless released. */
qpdf_oh pena_pdf_get (PenaPdf *self, qpdf_oh dict, const gchar *key);
qpdf_oh pena_pdf_object (PenaPdf *self, PenaPdfRef ref);
void pena_pdf_release (PenaPdf *self, qpdf_oh object);
PenaPdfRef pena_pdf_ref (PenaPdf *self, qpdf_oh object);
/* 0 when it is no array. */
gint pena_pdf_n_items (PenaPdf *self, qpdf_oh array);
gboolean pena_pdf_is_dict (PenaPdf *self, qpdf_oh object);
gboolean pena_pdf_is_null (PenaPdf *self, qpdf_oh object);

/* Values of a dictionary's key; NULL or the fallback when it is absent or of another type. Transfer full. */
gchar *pena_pdf_get_name (PenaPdf *self, qpdf_oh dict, const gchar *key); /* without the slash */
gchar *pena_pdf_get_text (PenaPdf *self, qpdf_oh dict,
                          const gchar *key); /* valid UTF-8 without control characters */
GBytes *pena_pdf_get_bytes (PenaPdf *self, qpdf_oh dict, const gchar *key);
gint64 pena_pdf_get_int (PenaPdf *self, qpdf_oh dict, const gchar *key, gint64 fallback);
gboolean pena_pdf_get_bool (PenaPdf *self, qpdf_oh dict, const gchar *key, gboolean fallback);
/* Text of an array's item or of any string; NULL when it is none. */
gchar *pena_pdf_dup_text (PenaPdf *self, qpdf_oh string);
/* The same of a name, without the slash. */
gchar *pena_pdf_dup_name (PenaPdf *self, qpdf_oh name);
gboolean pena_pdf_name_is (PenaPdf *self, qpdf_oh object, const gchar *name); /* with the slash */

/* PDF syntax: a reference for an indirect object. _resolved: the object itself. */
gchar *pena_pdf_unparse (PenaPdf *self, qpdf_oh object);
gchar *pena_pdf_unparse_resolved (PenaPdf *self, qpdf_oh object);
/* name with its slash, decoded. */
void pena_pdf_append_name (GString *out, const gchar *name);
/* The keys of a dictionary, with their slash, sorted; entries that are null are absent. None of a null object; any other that
 * is no dictionary is damage. */
GPtrArray *pena_pdf_keys (PenaPdf *self, qpdf_oh dict);

/* What qpdf said of a document, fit to be shown: in plain words where there are some. Transfer full. */
gchar *pena_pdf_tidy_reason (const gchar *text);
/* A new error DOCUMENT_UNSUPPORTED, or _DAMAGED, with fact "reason". */
void pena_pdf_set_unsupported (GError **error, const gchar *reason);
void pena_pdf_set_damaged (GError **error, const gchar *reason);
/* The same of REQUEST_INVALID. FALSE. */
gboolean pena_pdf_set_request_invalid (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);
