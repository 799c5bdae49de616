/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one line on the terminal that says what a signing is at
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "stage.h"

#include "pena-text.h"
#include "progress.h"

#define ERASE "\r\033[K"

static const struct {
    const gchar *stage, *text;
} stages[] = {
    {"preparing", N_ ("Reading the document…")},
    {"waiting", N_ ("Waiting for another prompt to be answered…")},
    {"signing", N_ ("The token is signing…")},
    {"checking", N_ ("Checking the signature…")},
    {"time-stamping", N_ ("Asking for a time-stamp…")},
    {"collecting", N_ ("Asking whether a certificate was revoked…")},
    {"returning", N_ ("Receiving what was signed…")},
};

gboolean
pena_cli_asks_in_window (PenaClient *client)
{
    g_autofree gchar *display = NULL;

    g_object_get (client, "prompt-display", &display, NULL);
    return display != NULL && *display != '\0';
}

gchar *
pena_cli_stage_describe (const gchar *stage, guint64 done, guint64 total)
{
    if (g_str_equal (stage, "sending") && total > 0)
        return g_strdup_printf (_ ("Sending the document: %u %%"),
                                (guint)(100.0 * (gdouble)done / (gdouble)total));
    for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
        if (g_str_equal (stage, stages[i].stage))
            return g_strdup (pena_text (stages[i].text));
    return g_strdup ("");
}

static void
on_progress (PenaSignOptions *options, const gchar *stage, guint64 done, guint64 total, PenaCliStage *self)
{
    g_autofree gchar *text = pena_cli_stage_describe (stage, done, total);

    /* Until the signature is there the passphrase may be asked for again. */
    if (g_str_equal (stage, "asking"))
        self->prompting = TRUE;
    else if (g_str_equal (stage, "checking") || g_str_equal (stage, "time-stamping"))
        self->prompting = FALSE;
    pena_cli_stage_clear (self);
    if (*text == '\0' || (self->prompting && !self->in_window))
        return;
    fprintf (self->out, "%s", text);
    fflush (self->out);
    self->drawn = TRUE;
}

gboolean
pena_cli_stage_is_wanted (const PenaCli *cli)
{
    return !cli->json && pena_cli_can_draw (cli);
}

void
pena_cli_stage_watch (PenaCliStage *self, PenaCli *cli, PenaClient *client, PenaSignOptions *options)
{
    *self = (PenaCliStage){.in_window = pena_cli_asks_in_window (client)};
    if (!pena_cli_stage_is_wanted (cli))
        return;
    self->out = stderr;
    g_signal_connect (options, "progress", G_CALLBACK (on_progress), self);
}

void
pena_cli_stage_clear (PenaCliStage *self)
{
    if (!self->drawn)
        return;
    fputs (ERASE, self->out);
    fflush (self->out);
    self->drawn = FALSE;
}
