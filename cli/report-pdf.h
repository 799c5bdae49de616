/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report as a PDF for the file
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "table.h"
#include "telling.h"
#include "verify-many.h"

/* Drawn by a program of its own, document by document, so that it may be of any length; the file appears when it is whole. */
typedef struct _PenaCliReportPdf PenaCliReportPdf;

/* Begins one for `path` (filename encoding), which must not be there unless `replace`. OUTPUT_EXISTS, OUTPUT_FAILED,
 * CONFIG_INVALID. Transfer full. */
PenaCliReportPdf *pena_cli_report_pdf_new (const gchar *path, gboolean replace, GError **error);
/* What is not finished is gone. */
void pena_cli_report_pdf_free (PenaCliReportPdf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCliReportPdf, pena_cli_report_pdf_free)

/* A document: its name, what it is (report may be NULL), and what was found. That it could not be drawn is told in the end. */
void pena_cli_report_pdf_add (PenaCliReportPdf *self, const PenaCliVerified *file, JsonObject *report,
                              const PenaCliTelling *telling);
/* The last page of a report on several documents. */
void pena_cli_report_pdf_add_summary (PenaCliReportPdf *self, const PenaCliTable *table,
                                      const PenaCliSkipped *skipped);
/* Waits for the last page and gives the file its name. DISK_FULL, OUTPUT_FAILED, OUTPUT_EXISTS, CONFIG_INVALID (no fonts),
 * CANCELLED. */
gboolean pena_cli_report_pdf_finish (PenaCliReportPdf *self, PenaCli *cli, GError **error);
