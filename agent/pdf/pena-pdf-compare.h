/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing a revision of a PDF with the one before, part by part
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-edit.h"
#include "pena-pdf-field.h"
#include "pena-pdf-revision.h"

/* A field whose signature is sound and covers a later revision. */
typedef struct {
    guint index;    /* among the signatures of the document */
    guint revision; /* that the signature covers */
    gboolean time_stamp;
} PenaPdfLater;

/* Both revisions lie in one memory and the earlier is its beginning, so an object whose place is the same is the same.
 * What is left are the objects that the later section writes. Each part of the comparison explains those that it
 * understands and notes what they come to; what nobody explains is noted by the part that it played before. */
typedef struct {
    PenaPdf *old, *now;
    PenaPdfGraph *old_graph, *now_graph;
    guint revision;        /* that `now` is */
    GHashTable *added;     /* numbers */
    GHashTable *modified;  /* numbers -> generation */
    GHashTable *explained; /* numbers */
    GHashTable *later;     /* number of a field -> PenaPdfLater */
    PenaPdfFormMap old_form, now_form;
    GPtrArray *done; /* of PenaPdfDone: of all steps */
    guint64 work;    /* objects and entries looked at, in all steps */
} PenaPdfStep;

/* ---- pena-pdf-compare.c: what all parts need ---- */

/* Of the document as a whole; beyond that nothing more is compared. */
#define PENA_PDF_MAX_WORK 3000000

/* Counts n things that are about to be looked at. FALSE, with a note, when that would be too many: one list can be named by
 * many objects. */
gboolean pena_pdf_step_may_look (PenaPdfStep *self, guint n);
/* Copies the strings; fills in the revision. */
void pena_pdf_step_note (PenaPdfStep *self, PenaPdfDone what);
gboolean pena_pdf_step_has (GHashTable *numbers, gint number);
void pena_pdf_step_explain (PenaPdfStep *self, gint number);
/* Explains every added object that can be reached from here without passing through one that was there before. */
void pena_pdf_step_explain_added (PenaPdfStep *self, qpdf_oh object);
/* An object in its old place, or a new one. An older one that was put to this use is neither. */
void pena_pdf_step_explain_same (PenaPdfStep *self, qpdf_oh old, qpdf_oh now);
/* Which part an object of `old` played, or of `now` plays. */
const PenaPdfRole *pena_pdf_step_role (PenaPdfStep *self, gint number);
const PenaPdfRole *pena_pdf_step_role_now (PenaPdfStep *self, gint number);
/* It was rewritten, and in the earlier revision one reference leads to it: whatever it says now, it says there alone. */
gboolean pena_pdf_step_is_own (PenaPdfStep *self, gint number);
/* What holds an object, from the inside out: an object is nobody else's only when that is true of all of them too. */
typedef struct _PenaPdfHolder {
    const struct _PenaPdfHolder *outer; /* NULL: none that matters */
    gint number;                        /* 0: it stands in the outer one */
} PenaPdfHolder;
gboolean pena_pdf_step_is_own_within (PenaPdfStep *self, gint number, const PenaPdfHolder *holder);

gboolean pena_pdf_step_same_text (PenaPdfStep *self, qpdf_oh old, qpdf_oh now);
/* The same object written again changes nothing. */
gboolean pena_pdf_step_same_object (PenaPdfStep *self, qpdf_oh old, qpdf_oh now);
/* The keys whose values differ. */
GPtrArray *pena_pdf_step_changed_keys (PenaPdfStep *self, qpdf_oh old, qpdf_oh now);
/* The first of them that is not in the list (which may be empty, not NULL); NULL when there is none. */
gchar *pena_pdf_step_other_key (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, const gchar *const *allowed);
gboolean pena_pdf_has_only_keys (PenaPdf *pdf, qpdf_oh dict, const gchar *const *allowed);
gboolean pena_pdf_name_is_or_absent (PenaPdf *pdf, qpdf_oh dict, const gchar *key, const gchar *name);

/* ---- the parts ---- */

void pena_pdf_step_compare_form (PenaPdfStep *self);         /* pena-pdf-compare-form.c */
void pena_pdf_step_compare_fields (PenaPdfStep *self);       /* pena-pdf-compare-field.c */
void pena_pdf_step_judge_signature_field (PenaPdfStep *self, /* pena-pdf-compare-signature.c */
                                          const PenaPdfField *was, const PenaPdfField *field);
void pena_pdf_step_compare_pages (PenaPdfStep *self);   /* pena-pdf-compare-page.c */
void pena_pdf_step_compare_catalog (PenaPdfStep *self); /* pena-pdf-compare-catalog.c */
/* An annotation that a page has had; FALSE when it is none. */
gboolean pena_pdf_step_judge_annotation (PenaPdfStep *self, gint number, guint page);

/* The field and then each of its widgets that stands apart. Transfer full. */
GArray *pena_pdf_field_widgets (PenaPdf *pdf, const PenaPdfField *field);
/* What a widget shows. *ret_changed is only ever set. FALSE when it is not what the appearance of a field can be. */
gboolean pena_pdf_step_compare_look (PenaPdfStep *self, qpdf_oh old, qpdf_oh now, gboolean *ret_changed);
/* Keeps its value but for the bit ReadOnly, which a lock may set. */
gboolean pena_pdf_step_flags_are_fine (PenaPdfStep *self, qpdf_oh old, qpdf_oh now);
