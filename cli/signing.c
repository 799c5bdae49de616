/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a signing on its way, while another one may be ahead of it
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
    gboolean approved;
    PenaCliApprovedFunc on_approved;
    gpointer user_data;
};

static void
tell_approved (PenaCliSigning *self)
{
    PenaCliApprovedFunc on_approved = self->on_approved;

    self->on_approved = NULL;
    if (on_approved != NULL)
        on_approved (self->user_data);
}

static void
on_progress (PenaSignOptions *options, const gchar *stage, guint64 done, guint64 total, PenaCliSigning *self)
{
    if (!g_str_equal (stage, "signing"))
        return;
    self->approved = TRUE;
    tell_approved (self);
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
pena_cli_signing_wait (PenaCliSigning *self, PenaCli *cli, PenaCliApprovedFunc on_approved,
                       gpointer user_data, GError **error)
{
    PenaCliTerminal terminal;
    PenaCliStage stage;
    PenaCliWait wait;

    self->on_approved = on_approved;
    self->user_data = user_data;
    pena_cli_terminal_lend (&terminal);
    pena_cli_stage_watch (&stage, cli, self->client, self->options);
    pena_cli_wait_begin (&wait, cli);
    g_signal_connect_swapped (wait.cancellable, "cancelled", G_CALLBACK (g_cancellable_cancel),
                              self->cancellable);
    self->loop = wait.loop;
    if (self->approved)
        tell_approved (self);
    if (self->result == NULL)
        g_main_loop_run (wait.loop);
    self->loop = NULL;
    self->on_approved = NULL;
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
