/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a call is at, for whoever waits for it
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-teller.h"

#include "client-body.h"

/* More often nobody can read it. */
#define PAUSE_US (100 * 1000)

typedef struct {
    PenaSignOptions *options;
    gchar *stage;
    guint64 done, total;
} Notice;

static void
notice_free (gpointer data)
{
    Notice *self = data;

    g_object_unref (self->options);
    g_free (self->stage);
    g_free (self);
}

static gboolean
on_notice (gpointer data)
{
    const Notice *self = data;

    g_signal_emit_by_name (self->options, "progress", self->stage, self->done, self->total);
    return G_SOURCE_REMOVE;
}

static void
tell (const PenaClientTeller *self, const gchar *stage, guint64 done, guint64 total)
{
    Notice *notice = g_new (Notice, 1);

    *notice = (Notice){g_object_ref (self->options), g_strdup (stage), done, total};
    if (self->context == NULL) {
        on_notice (notice);
        notice_free (notice);
        return;
    }
    /* Of the priority of the answer, which comes after it and so is given after it. */
    g_autoptr (GSource) source = g_idle_source_new ();
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, on_notice, notice, notice_free);
    g_source_attach (source, self->context);
}

static void
on_sent (guint64 done, guint64 total, gpointer user_data)
{
    PenaClientTeller *self = user_data;
    gint64 now = g_get_monotonic_time ();

    if (done != total && now - self->last < PAUSE_US)
        return;
    self->last = now;
    tell (self, "sending", done, total);
}

static void
on_stage (const gchar *stage, gpointer user_data)
{
    tell (user_data, stage, 0, 0);
}

void
pena_client_teller_attach (PenaClientTeller *self, PenaClientRequest *request)
{
    guint signal = g_signal_lookup ("progress", PENA_TYPE_SIGN_OPTIONS);

    if (!g_signal_has_handler_pending (self->options, signal, 0, FALSE))
        return;
    pena_client_body_tell (PENA_CLIENT_BODY (request->body), on_sent, self);
    request->on_stage = on_stage;
    request->on_stage_data = self;
}
