/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pages of a verification report, filled from top to bottom
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef enum {
    PENA_SHEET_PLAIN,
    PENA_SHEET_GOOD,
    PENA_SHEET_BAD,
    PENA_SHEET_DOUBT,
    PENA_SHEET_N_STYLES
} PenaSheetStyle;

/* What stands on every page, and what the file says of itself. All UTF-8, borrowed. */
typedef struct {
    const gchar *title;    /* on the first page, and in the file's properties */
    const gchar *subtitle; /* below it */
    const gchar *footer;   /* on the left */
    const gchar *page;     /* "Page", before the number on the right */
    const gchar *creator;  /* of the file's properties */
    const gchar *time;     /* of making, ISO 8601; of the file's properties */
    const gchar *language; /* "id" or "en" */
} PenaSheetFrame;

/* A judgement: in a box, or on a line. advice and its label may be NULL. */
typedef struct {
    PenaSheetStyle style;
    const gchar *word, *text, *label, *advice;
} PenaSheetVerdict;

/* A4 pages as PDF, written to a descriptor (borrowed) while they are filled. Nothing is kept of what was drawn but the fonts. */
typedef struct _PenaSheet PenaSheet;

/* Transfer full. */
PenaSheet *pena_sheet_new (gint fd, const PenaSheetFrame *frame);
void pena_sheet_free (PenaSheet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaSheet, pena_sheet_free)

/* Begins a document: on a page of its own, unless it is the first, and with a bookmark. */
void pena_sheet_add_document (PenaSheet *self, const gchar *name);
void pena_sheet_add_box (PenaSheet *self, const PenaSheetVerdict *verdict);
void pena_sheet_add_line (PenaSheet *self, const PenaSheetVerdict *verdict);
void pena_sheet_add_heading (PenaSheet *self, const gchar *text);
void pena_sheet_add_row (PenaSheet *self, const gchar *label, const gchar *value, PenaSheetStyle style);
void pena_sheet_add_note (PenaSheet *self, const gchar *text);

/* Ends the last page. DISK_FULL or OUTPUT_FAILED when the whole could not be written. */
gboolean pena_sheet_close (PenaSheet *self, GError **error);
