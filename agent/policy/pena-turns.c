/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one prompt at a time for each application, and a pause after refusals
 * Copyright (C) 2026 the Pena authors */
#include "pena-turns.h"

#include <pena/pena-error.h>

#define MAX_WAITING 4
/* One of many is not asked about any more when one before it was refused, and so more of them may wait: those of several runs. With
 * all others. */
#define MAX_WAITING_OF_MANY 16
/* Refusals are forgotten after this long without another. */
#define MEMORY_US (10 * 60 * G_USEC_PER_SEC)
#define MAX_APPLICATIONS 256

typedef struct {
    gboolean live;
    guint refusals;
    gint64 pause_until;
    gint64 touched;
    GQueue waiting; /* of Waiting */
} Application;

/* A request in the queue; its source fires when the client leaves. */
typedef struct {
    GTask *task;
    Application *application;
    gboolean one_of_many;
    GSource *left;
} Waiting;

struct _PenaTurns {
    GHashTable *applications;
    GArray *delays; /* of gint64, microseconds */
    PenaClockFunc clock;
};

static void
waiting_free (Waiting *self)
{
    if (self->left != NULL) {
        g_source_destroy (self->left);
        g_source_unref (self->left);
    }
    g_object_unref (self->task);
    g_free (self);
}

static void
application_free (Application *self)
{
    g_queue_clear_full (&self->waiting, (GDestroyNotify)waiting_free);
    g_free (self);
}

PenaTurns *
pena_turns_new (const gchar *const *delays, PenaClockFunc clock)
{
    PenaTurns *self = g_new0 (PenaTurns, 1);

    self->applications =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)application_free);
    self->delays = g_array_new (FALSE, FALSE, sizeof (gint64));
    self->clock = clock;
    for (; *delays != NULL; delays++) {
        gint64 delay = g_ascii_strtoll (*delays, NULL, 10) * G_USEC_PER_SEC;
        g_array_append_val (self->delays, delay);
    }
    return self;
}

void
pena_turns_free (PenaTurns *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->applications);
    g_array_unref (self->delays);
    g_free (self);
}

static gboolean
is_forgettable (gpointer key, gpointer value, gpointer user_data)
{
    const Application *application = value;
    const gint64 *now = user_data;

    return !application->live && g_queue_is_empty ((GQueue *)&application->waiting) &&
           (application->refusals == 0 || *now - application->touched > MEMORY_US);
}

static Application *
lookup (PenaTurns *self, const gchar *name)
{
    gint64 now = self->clock ();

    g_hash_table_foreach_remove (self->applications, is_forgettable, &now);
    Application *found = g_hash_table_lookup (self->applications, name);
    if (found == NULL && g_hash_table_size (self->applications) < MAX_APPLICATIONS) {
        found = g_new0 (Application, 1);
        g_queue_init (&found->waiting);
        g_hash_table_insert (self->applications, g_strdup (name), found);
    }
    return found;
}

static void
return_busy (GTask *task, gint64 wait_us)
{
    GError *error = g_error_new_literal (PENA_ERROR, PENA_ERROR_BUSY, "not this application's turn");

    if (wait_us > 0)
        pena_error_set_int (error, "retry_after", (wait_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
    g_task_return_error (task, error);
}

static gboolean
on_left (GCancellable *cancellable, gpointer user_data)
{
    Waiting *waiting = user_data;

    g_queue_remove (&waiting->application->waiting, waiting);
    g_task_return_new_error (waiting->task, PENA_ERROR, PENA_ERROR_CANCELLED, "given up while waiting");
    waiting_free (waiting);
    return G_SOURCE_REMOVE;
}

static void
wait_for_turn (Application *application, gboolean one_of_many, GTask *task)
{
    Waiting *waiting = g_new0 (Waiting, 1);
    GCancellable *cancellable = g_task_get_cancellable (task);

    waiting->task = task;
    waiting->application = application;
    waiting->one_of_many = one_of_many;
    if (cancellable != NULL) {
        waiting->left = g_cancellable_source_new (cancellable);
        g_source_set_callback (waiting->left, G_SOURCE_FUNC (on_left), waiting, NULL);
        g_source_attach (waiting->left, NULL);
    }
    g_queue_push_tail (&application->waiting, waiting);
}

/* Those that are one of many leave others their room, so that a run may begin while others have theirs waiting. */
static gboolean
may_wait (const Application *application, gboolean one_of_many)
{
    guint alone = 0;

    for (const GList *at = application->waiting.head; at != NULL; at = at->next)
        alone += ((const Waiting *)at->data)->one_of_many ? 0 : 1;
    return application->waiting.length < MAX_WAITING_OF_MANY && (one_of_many || alone < MAX_WAITING);
}

gboolean
pena_turns_is_taken (PenaTurns *self, const gchar *name)
{
    const Application *application = g_hash_table_lookup (self->applications, name);

    return application != NULL && application->live;
}

void
pena_turns_take_async (PenaTurns *self, const gchar *name, gboolean one_of_many, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    Application *application = lookup (self, name);

    /* A turn that was given must be ended, even when its owner was cancelled meanwhile. */
    g_task_set_check_cancellable (task, FALSE);
    if (application == NULL) {
        return_busy (task, 0);
    } else if (application->pause_until > self->clock ()) {
        return_busy (task, application->pause_until - self->clock ());
    } else if (!application->live) {
        application->live = TRUE;
        g_task_return_boolean (task, TRUE);
    } else if (!may_wait (application, one_of_many)) {
        return_busy (task, 0);
    } else {
        wait_for_turn (application, one_of_many, g_steal_pointer (&task));
    }
}

gboolean
pena_turns_take_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

static void
note_outcome (PenaTurns *self, Application *application, PenaTurnOutcome outcome)
{
    application->touched = self->clock ();
    if (outcome == PENA_TURN_APPROVED)
        application->refusals = 0;
    if (outcome != PENA_TURN_REFUSED || self->delays->len == 0)
        return;
    guint row = MIN (application->refusals, self->delays->len - 1);
    application->refusals++;
    application->pause_until = application->touched + g_array_index (self->delays, gint64, row);
}

void
pena_turns_end (PenaTurns *self, const gchar *name, PenaTurnOutcome outcome)
{
    Application *application = g_hash_table_lookup (self->applications, name);
    Waiting *next;

    g_return_if_fail (application != NULL && application->live);
    application->live = FALSE;
    note_outcome (self, application, outcome);
    gint64 pause = application->pause_until - self->clock ();
    while (!application->live && (next = g_queue_pop_head (&application->waiting)) != NULL) {
        if (pause > 0 || (next->one_of_many && outcome != PENA_TURN_APPROVED)) {
            return_busy (next->task, pause);
        } else {
            application->live = TRUE;
            g_task_return_boolean (next->task, TRUE);
        }
        waiting_free (next);
    }
}
