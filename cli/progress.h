/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a progress bar on the terminal
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "cli.h"

/* Whether standard error is a terminal that can erase a line. */
gboolean pena_cli_can_draw (const PenaCli *cli);

/* The last line of standard error, when that is a terminal which can erase a line; else nothing at all. */
typedef struct {
    gboolean shown; /* whether there is such a terminal */
    guint done, all;
    gint64 begun, drawn; /* monotonic times; drawn is 0 while it is not on the screen */
} PenaCliProgress;

void pena_cli_progress_init (PenaCliProgress *self, const PenaCli *cli, guint all);
/* One more is done. Draws it anew, unless all of it takes but a moment, and not more often than the eye can follow. */
void pena_cli_progress_step (PenaCliProgress *self);
/* Takes it off the screen, so that something else can be printed. */
void pena_cli_progress_hide (PenaCliProgress *self);

/* The bar as text: "[####------] 4/10". Transfer full. */
gchar *pena_cli_progress_render (const PenaCliProgress *self, gsize width);
