/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an answer that comes line by line, with what the agent is doing
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* Called for each stage that the agent names, in the thread that reads. */
typedef void (*PenaClientStageFunc) (const gchar *stage, gpointer user_data);

typedef struct {
    GBytes *body;      /* NULL when it went to the sink */
    GHashTable *facts; /* as the headers of a plain answer: name -> value */
} PenaClientLines;
void pena_client_lines_clear (PenaClientLines *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaClientLines, pena_client_lines_clear)

/* Reads to the last line (docs/agent-api.yaml, ProgressLine). What was made goes to the sink, or is kept when that is NULL, up to
 * limit bytes. FALSE with what the agent says went wrong, or INTERNAL when it says anything else than it should; *ret_lines is
 * untouched then. */
gboolean pena_client_lines_read (GInputStream *stream, GOutputStream *sink, gsize limit,
                                 PenaClientStageFunc on_stage, gpointer user_data, GCancellable *cancellable,
                                 PenaClientLines *ret_lines, GError **error);
