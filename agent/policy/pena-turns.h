/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one prompt at a time for each application, and a pause after refusals
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* Keeps an application from wearing its user down: while a prompt of one application is open its next ones
 * wait (a few) or are refused, and after a refusal it must pause, longer each time. */
typedef struct _PenaTurns PenaTurns;

typedef enum {
    PENA_TURN_APPROVED, /* forgets earlier refusals */
    PENA_TURN_REFUSED,  /* the user said no, or did not answer */
    PENA_TURN_FAILED,   /* neither: the token failed, the client left */
} PenaTurnOutcome;

/* Monotonic time in microseconds. */
typedef gint64 (*PenaClockFunc) (void);

/* delays: seconds as text, after the first, second, ... refusal in a row; the last one repeats; empty for
 * none. */
PenaTurns *pena_turns_new (const gchar *const *delays, PenaClockFunc clock);
void pena_turns_free (PenaTurns *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTurns, pena_turns_free)

/* Whether one that is asked for now will have to wait, or is refused. */
gboolean pena_turns_is_taken (PenaTurns *self, const gchar *application);
/* Asks for a turn of `application`. one_of_many: it is wanted only if the turn before it ends in approval. BUSY, with fact
 * "retry_after" (seconds) while it must pause; CANCELLED. After TRUE the caller must call pena_turns_end once. */
void pena_turns_take_async (PenaTurns *self, const gchar *application, gboolean one_of_many,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean pena_turns_take_finish (GAsyncResult *result, GError **error);
void pena_turns_end (PenaTurns *self, const gchar *application, PenaTurnOutcome outcome);
