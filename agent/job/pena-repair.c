/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a repaired copy of a damaged document
 * Copyright (C) 2026 the Pena authors */
#include "pena-repair.h"

#include <errno.h>
#include <pena/pena-error.h>
#include <unistd.h>

#define PIECE (256 * 1024)
/* As the worker bounds itself (agent/pdf); this is for one that was taken over. */
#define GROWTH (1024 * 1024)

typedef struct {
    guint64 max;
    const gchar *digest; /* static */
    gint scratch;
} Repair;

static void
repair_free (Repair *self)
{
    if (self->scratch >= 0)
        close (self->scratch);
    g_free (self);
}

guint64
pena_repair_max_output (guint64 size)
{
    return 2 * size + GROWTH;
}

/* Bytes taken; 0 at the end; -1 on failure. */
static gssize
take_piece (PenaIntake *intake, gint fd, guint64 at, guint8 *piece, GError **error)
{
    gssize got = pread (fd, piece, PIECE, (off_t)at);

    if (got < 0)
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "a repaired document cannot be read: %s",
                     g_strerror (errno));
    else if (got > 0 && !pena_intake_write (intake, piece, (gsize)got, error))
        got = -1;
    return got;
}

static void
take_in (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Repair *self = data;
    g_autofree guint8 *piece = g_malloc (PIECE);
    gssize got = -1;
    GError *error = NULL;
    g_autoptr (PenaIntake) intake =
        pena_intake_new (self->max, lseek (self->scratch, 0, SEEK_END), self->digest, &error);

    for (guint64 at = 0; intake != NULL; at += (guint64)got) {
        if (g_cancellable_is_cancelled (cancellable)) {
            g_set_error_literal (&error, PENA_ERROR, PENA_ERROR_CANCELLED, "given up");
            break;
        }
        got = take_piece (intake, self->scratch, at, piece, &error);
        if (got <= 0)
            break;
    }
    PenaDocument *document = error == NULL ? pena_intake_finish (intake, &error) : NULL;
    if (g_error_matches (error, PENA_ERROR, PENA_ERROR_DOCUMENT_EMPTY)) { /* which the received one is not */
        g_clear_error (&error);
        error = g_error_new_literal (PENA_ERROR, PENA_ERROR_WORKER_FAILED, "nothing was written");
    }
    if (document != NULL)
        g_task_return_pointer (task, document, (GDestroyNotify)pena_document_free);
    else
        g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) done = pena_worker_call_finish (result, &error);

    if (done != NULL)
        g_task_run_in_thread (task, take_in); /* it may be large, and the agent serves others meanwhile */
    else
        g_task_return_error (task, error);
}

void
pena_repair_run_async (PenaWorker *worker, const PenaDocument *document, guint64 max,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    Repair *self = g_new0 (Repair, 1);
    GError *error = NULL;

    self->max = max;
    self->digest = document->digest;
    self->scratch = pena_intake_scratch (document->size, &error);
    g_task_set_task_data (task, self, (GDestroyNotify)repair_free);
    g_task_set_check_cancellable (task, FALSE);
    if (self->scratch < 0)
        g_task_return_error (task, error);
    else
        pena_worker_repair_async (worker, self->scratch, cancellable, on_written, g_steal_pointer (&task));
}

PenaDocument *
pena_repair_run_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
