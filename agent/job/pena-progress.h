/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a job is at, for whoever waits for it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Stages, in the order in which they come, each at most once in a row: "preparing" (the document is read), "waiting" (another prompt
 * is open), "asking" (the holder is being asked), "signing" (the token is at work), "checking" (the result is read again),
 * "time-stamping", "collecting" (validation data, from the network). docs/agent-api.yaml and pena-client.h tell them to others. */
typedef void (*PenaProgressFunc) (const gchar *stage, gpointer user_data);

typedef struct {
    PenaProgressFunc tell; /* or NULL; not called any more once the job is done */
    gpointer user_data;
} PenaProgress;

static inline void
pena_progress_tell (const PenaProgress *self, const gchar *stage)
{
    if (self->tell != NULL)
        self->tell (stage, self->user_data);
}
