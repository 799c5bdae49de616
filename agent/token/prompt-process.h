/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the process of a pinentry
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Counted: besides the thread that speaks with it, a time-out and whoever cancels hold it, in other threads. */
typedef struct _PenaPromptProcess PenaPromptProcess;

/* `program` is a path, or a name to be found in PATH. It has one end of a line as its standard input and output, and ends
 * with the calling thread. PROMPT_UNAVAILABLE. */
PenaPromptProcess *pena_prompt_process_start (const gchar *program, const gchar *const *environment,
                                              GError **error);
PenaPromptProcess *pena_prompt_process_ref (PenaPromptProcess *self);
void pena_prompt_process_unref (PenaPromptProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPromptProcess, pena_prompt_process_unref)

/* A descriptor of our end of the line, the caller's; negative when there are too many. */
gint pena_prompt_process_open_line (const PenaPromptProcess *self);
/* It runs, and has said nothing that nobody has read. */
gboolean pena_prompt_process_is_silent (const PenaPromptProcess *self);
/* FALSE when it cannot hear it any more. */
gboolean pena_prompt_process_say (const PenaPromptProcess *self, const gchar *text);

/* However long it keeps silent, at whatever moment: after so many seconds it is ended as by pena_prompt_process_end(). Transfer
 * full, to be given back when it has answered. */
GSource *pena_prompt_process_limit (PenaPromptProcess *self, guint seconds);
void pena_prompt_process_unlimit (GSource *limit);
gboolean pena_prompt_process_has_timed_out (PenaPromptProcess *self);

/* Ends the line: a pinentry that shows no dialog ends of itself then. */
void pena_prompt_process_hang_up (PenaPromptProcess *self);
/* Asks it to end and wakes who reads from it; from any thread. */
void pena_prompt_process_end (PenaPromptProcess *self);
/* Waits until it has ended, which it is helped to do if it does not by itself. */
void pena_prompt_process_wait (PenaPromptProcess *self);

/* PROMPT_UNAVAILABLE with `cause` as its reason. Always FALSE. */
gboolean pena_prompt_fail_unavailable (GError **error, const gchar *doing, const gchar *cause);
