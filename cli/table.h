/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: verdicts as a table, a line each file
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "telling.h"
#include "walk.h"

/* How wide the columns are, and how many files there are of each kind. */
typedef struct {
    gboolean colour;
    gsize width;        /* of the terminal; 0: nothing is shortened */
    guint path, signer; /* columns */
    gboolean marked;    /* a row has a time that nothing proves */
    guint counts[PENA_CLI_N_OUTCOMES];
} PenaCliTable;

/* paths (filename encoding): all that will come. width: of the terminal, or 0 when lines may be of any length. */
void pena_cli_table_init (PenaCliTable *self, GPtrArray *paths, gboolean colour, gsize width);
gchar *pena_cli_table_render_head (const PenaCliTable *self);
/* Verdict, file, date, level, signer; and below it, when it is not valid, why. Counts it. Transfer full. */
gchar *pena_cli_table_render_row (PenaCliTable *self, const gchar *path, const PenaCliTelling *telling);
/* "12 files: 10 valid, 1 not valid, ...", and what was skipped. Transfer full. */
gchar *pena_cli_table_render_summary (const PenaCliTable *self, const PenaCliSkipped *skipped);
/* The same for programs. Transfer full. */
JsonObject *pena_cli_table_summary_to_json (const PenaCliTable *self, const PenaCliSkipped *skipped);

/* What a summary calls an outcome: "not valid". */
const gchar *pena_cli_outcome_describe (PenaCliOutcome outcome);
/* "3 other files, 1 symbolic links"; NULL when nothing was. Transfer full. */
gchar *pena_cli_skipped_describe (const PenaCliSkipped *skipped);
