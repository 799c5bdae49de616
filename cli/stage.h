/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one line on the terminal that says what a signing is at
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

typedef struct {
    FILE *out;          /* NULL: nobody wants to see it */
    gboolean in_window; /* the prompt leaves the terminal alone */
    gboolean prompting; /* the terminal may be the prompt's */
    gboolean drawn;
} PenaCliStage;

/* Shows what calls with these options are at, when somebody sits before the terminal. */
void pena_cli_stage_watch (PenaCliStage *self, PenaCli *cli, PenaClient *client, PenaSignOptions *options);
/* Takes the line away. To be called before anything else is printed. */
void pena_cli_stage_clear (PenaCliStage *self);

/* The line for a stage; "" when nothing is to be shown. Transfer full. */
gchar *pena_cli_stage_describe (const gchar *stage, guint64 done, guint64 total);
/* Whether anybody looks at such a line. */
gboolean pena_cli_stage_is_wanted (const PenaCli *cli);
/* Whether the prompt comes in a window, and may hide behind others. */
gboolean pena_cli_asks_in_window (PenaClient *client);
