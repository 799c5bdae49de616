/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a revision of a PDF can do to the one before, and what a signature allows of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-graph.h"
#include "pena-pdf.h"

/* Each has one row in the table of pena-pdf-edit.c. */
typedef enum {
    /* what further signatures need */
    PENA_PDF_DID_SIGN,
    PENA_PDF_DID_TIME_STAMP,
    PENA_PDF_DID_ADD_SIGNATURE_FIELD,
    PENA_PDF_DID_ADD_VALIDATION_DATA,
    PENA_PDF_DID_RAISE_VERSION,
    PENA_PDF_DID_SET_UP_FORM,
    /* what programs note when they save */
    PENA_PDF_DID_NOTE_DATES,
    PENA_PDF_DID_WRITE_METADATA,
    PENA_PDF_DID_LEAVE_BEHIND,
    /* filling in forms */
    PENA_PDF_DID_FILL_FIELD,
    PENA_PDF_DID_REPLACE_VALUE,
    PENA_PDF_DID_REDRAW_FIELD,
    /* comments */
    PENA_PDF_DID_ADD_COMMENT,
    PENA_PDF_DID_CHANGE_COMMENT,
    PENA_PDF_DID_REMOVE_COMMENT,
    /* other annotations */
    PENA_PDF_DID_COVER_CONTENT,
    PENA_PDF_DID_CHANGE_ANNOTATION,
    PENA_PDF_DID_REMOVE_ANNOTATION,
    PENA_PDF_DID_REORDER_ANNOTATIONS,
    /* signatures that are none, or no longer what they were */
    PENA_PDF_DID_ADD_UNSOUND_SIGNATURE,
    PENA_PDF_DID_SHOW_EMPTY_FIELD,
    PENA_PDF_DID_ADD_MORE_THAN_FIELD,
    PENA_PDF_DID_CHANGE_SIGNATURE,
    PENA_PDF_DID_REDRAW_SIGNATURE,
    PENA_PDF_DID_REMOVE_SIGNATURE,
    /* the form */
    PENA_PDF_DID_ADD_FIELD,
    PENA_PDF_DID_REMOVE_FIELD,
    PENA_PDF_DID_CHANGE_FIELD,
    PENA_PDF_DID_TOUCH_LOCKED_FIELD,
    PENA_PDF_DID_CHANGE_FORM,
    PENA_PDF_DID_CHANGE_XFA,
    /* pages */
    PENA_PDF_DID_CHANGE_CONTENT,
    PENA_PDF_DID_CHANGE_RESOURCES,
    PENA_PDF_DID_CHANGE_PAGE,
    PENA_PDF_DID_CHANGE_PAGE_TREE,
    /* the document as a whole */
    PENA_PDF_DID_CHANGE_CATALOG,
    PENA_PDF_DID_ADD_ACTION,
    PENA_PDF_DID_CHANGE_NAMES,
    PENA_PDF_DID_CHANGE_ATTACHMENTS,
    PENA_PDF_DID_CHANGE_LAYERS,
    PENA_PDF_DID_CHANGE_STRUCTURE,
    PENA_PDF_DID_CHANGE_OUTPUT_INTENTS,
    PENA_PDF_DID_CHANGE_PERMISSIONS,
    PENA_PDF_DID_CHANGE_VALIDATION_DATA,
    PENA_PDF_DID_CHANGE_METADATA,
    PENA_PDF_DID_CHANGE_INFO,
    PENA_PDF_DID_CHANGE_ENCRYPTION,
    PENA_PDF_DID_REPLACE_CATALOG,
    /* objects */
    PENA_PDF_DID_CHANGE_UNUSED_OBJECT,
    PENA_PDF_DID_SHOW_HIDDEN_OBJECT,
    PENA_PDF_DID_ADD_MISSING_OBJECT,
    PENA_PDF_DID_REMOVE_OBJECT,
    PENA_PDF_DID_REPLACE_OBJECT,
    PENA_PDF_DID_ADD_UNUSED_OBJECT,
    PENA_PDF_DID_SHADOW_ENTRY,
    PENA_PDF_DID_LIST_TWICE,
    /* the file */
    PENA_PDF_DID_APPEND_HYBRID,
    PENA_PDF_DID_APPEND_BYTES,
    PENA_PDF_DID_APPEND_NOTHING,
    PENA_PDF_DID_LEAVE_END_UNCOVERED,
    PENA_PDF_DID_END_ELSEWHERE,
    PENA_PDF_DID_BECOME_UNREADABLE,
    PENA_PDF_DID_TOO_MUCH,
    PENA_PDF_N_DEEDS,
} PenaPdfDeed;

/* What whoever signed allows: by a certification (DocMDP, /P 1 to 3) or without a word. */
typedef enum {
    PENA_PDF_ALLOWS_APPROVAL,
    PENA_PDF_ALLOWS_NOTHING,
    PENA_PDF_ALLOWS_FORMS,
    PENA_PDF_ALLOWS_COMMENTS,
    PENA_PDF_N_ALLOWANCES,
} PenaPdfAllowance;

typedef enum {
    PENA_PDF_FOR_SIGNING, /* a further signature, or what will be needed to judge one */
    PENA_PDF_FOR_COMPANY, /* what programs write by the way; nobody sees it */
    PENA_PDF_FOR_FILLING, /* counts as a change of the field: a lock forbids it */
    PENA_PDF_FOR_COMMENTING,
    PENA_PDF_FOR_NOTHING, /* that anybody may want */
} PenaPdfPurpose;

/* What a revision did; the same for all signatures. */
typedef struct {
    PenaPdfDeed deed;
    guint revision, page;
    gint object;
    gchar *field, *detail;
    guint shown; /* 1 + position of the later signature that shows something by it; 0 for none */
} PenaPdfDone;

void pena_pdf_done_free (PenaPdfDone *self);
const gchar *pena_pdf_deed_code (PenaPdfDeed deed);
PenaPdfPurpose pena_pdf_deed_purpose (PenaPdfDeed deed);
gboolean pena_pdf_deed_is_allowed (PenaPdfDeed deed, PenaPdfAllowance by);
/* `as`: the deed that it comes to, usually its own. Transfer full. */
PenaPdfEdit *pena_pdf_edit_new (const PenaPdfDone *done, PenaPdfDeed as, gboolean allowed);
void pena_pdf_edit_free (PenaPdfEdit *self);
/* What touching this object of the earlier revision comes to, by the part it plays there. */
PenaPdfDeed pena_pdf_deed_on (const PenaPdfRole *role);
/* The same for an entry of the catalog; for one of its /Names with that in front: "/Names/JavaScript". */
PenaPdfDeed pena_pdf_deed_on_catalog (const gchar *key);
