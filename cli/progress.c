/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a progress bar on the terminal
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "progress.h"

#include <string.h>

#define PATIENCE_US (300 * 1000)
#define INTERVAL_US (100 * 1000)
#define WIDEST 60

gboolean
pena_cli_can_draw (const PenaCli *cli)
{
    const gchar *term = g_getenv ("TERM");

    return cli->talkative && term != NULL && g_strcmp0 (term, "dumb") != 0;
}

void
pena_cli_progress_init (PenaCliProgress *self, const PenaCli *cli, guint all)
{
    *self = (PenaCliProgress){.shown = pena_cli_can_draw (cli), .all = all, .begun = g_get_monotonic_time ()};
}

gchar *
pena_cli_progress_render (const PenaCliProgress *self, gsize width)
{
    g_autofree gchar *count = g_strdup_printf ("%u/%u", self->done, self->all);
    gsize taken =
        strlen (count) + strlen ("[] ") + 1; /* the last column stays free: some terminals wrap there */
    gsize room = width > taken ? MIN (width - taken, WIDEST) : 0;
    gsize filled = self->all > 0 ? room * MIN (self->done, self->all) / self->all : room;
    g_autoptr (GString) bar = g_string_new ("[");

    for (gsize i = 0; i < room; i++)
        g_string_append_c (bar, i < filled ? '#' : '-');
    g_string_append_printf (bar, "] %s", count);
    return g_string_free (g_steal_pointer (&bar), FALSE);
}

void
pena_cli_progress_step (PenaCliProgress *self)
{
    gint64 now = g_get_monotonic_time ();

    self->done++;
    if (!self->shown || now - self->begun < PATIENCE_US ||
        (self->drawn != 0 && now - self->drawn < INTERVAL_US))
        return;
    g_autofree gchar *bar = pena_cli_progress_render (self, pena_cli_get_width (stderr));
    fprintf (stderr, "\r%s\033[K", bar);
    fflush (stderr);
    self->drawn = now;
}

void
pena_cli_progress_hide (PenaCliProgress *self)
{
    if (self->drawn != 0)
        fputs ("\r\033[K", stderr);
    self->drawn = 0;
}
