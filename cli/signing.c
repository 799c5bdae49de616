/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing on its way, while others may be ahead of it
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "signing.h"

#include "await.h"
#include "stage.h"
#include "terminal.h"

struct PenaCliSigning {
    PenaClient *client;
    gchar *input, *output;
    PenaSignOptions *options;
    GCancellable *cancellable;
    GAsyncResult *result; /* NULL until its end */
    GMainLoop *loop;      /* while it is waited for */
    gboolean queued, approved;
    PenaCliSigningFunc on_change; /* or NULL */
    gpointer user_data;
};

static void
on_progress (PenaSignOptions *options, const gchar *stage, guint64 done, guint64 total, PenaCliSigning *self)
{
    gboolean approved = g_str_equal (stage, "signing");
    gboolean queued = approved || g_str_equal (stage, "waiting") || g_str_equal (stage, "asking");

    self->queued = self->queued || queued;
    self->approved = self->approved || approved;
    if (queued && self->on_change != NULL)
        self->on_change (self->user_data);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
    PenaCliSigning *self = user_data;

    self->result = g_object_ref (result);
    if (self->loop != NULL)
        g_main_loop_quit (self->loop);
}

PenaCliSigning *
pena_cli_signing_start (PenaClient *client, const gchar *input, const gchar *output, PenaSignOptions *options,
                        gboolean watched)
{
    PenaCliSigning *self = g_new0 (PenaCliSigning, 1);

    self->client = g_object_ref (client);
    self->input = g_strdup (input);
    self->output = g_strdup (output);
    self->options = options;
    self->cancellable = g_cancellable_new ();
    if (watched)
        g_signal_connect (options, "progress", G_CALLBACK (on_progress), self);
    pena_client_sign_file_async (client, input, output, options, self->cancellable, on_ended, self);
    return self;
}

PenaSignResult *
pena_cli_signing_wait (PenaCliSigning *self, PenaCli *cli, GError **error)
{
    PenaCliTerminal terminal;
    PenaCliStage stage;
    PenaCliWait wait;

    pena_cli_terminal_lend (&terminal);
    pena_cli_stage_watch (&stage, cli, self->client, self->options);
    pena_cli_wait_begin (&wait, cli);
    g_signal_connect_swapped (wait.cancellable, "cancelled", G_CALLBACK (g_cancellable_cancel),
                              self->cancellable);
    self->loop = wait.loop;
    if (self->result == NULL)
        g_main_loop_run (wait.loop);
    self->loop = NULL;
    PenaSignResult *result = pena_client_sign_file_finish (self->client, self->result, error);
    pena_cli_stage_clear (&stage);
    pena_cli_terminal_take_back (&terminal);
    pena_cli_wait_end (&wait);
    return result;
}

void
pena_cli_signing_free (PenaCliSigning *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    while (self->result == NULL)
        g_main_context_iteration (NULL, TRUE);
    g_object_unref (self->result);
    g_object_unref (self->cancellable);
    g_object_unref (self->options);
    g_object_unref (self->client);
    g_free (self->input);
    g_free (self->output);
    g_free (self);
}

void
pena_cli_signing_set_on_change (PenaCliSigning *self, PenaCliSigningFunc on_change, gpointer user_data)
{
    self->on_change = on_change;
    self->user_data = user_data;
}

gboolean
pena_cli_signing_is_queued (const PenaCliSigning *self)
{
    return self->queued;
}

gboolean
pena_cli_signing_is_approved (const PenaCliSigning *self)
{
    return self->approved;
}

const gchar *
pena_cli_signing_get_input (const PenaCliSigning *self)
{
    return self->input;
}

const gchar *
pena_cli_signing_get_output (const PenaCliSigning *self)
{
    return self->output;
}
