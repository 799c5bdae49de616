/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: having a stamp drawn
 * Copyright (C) 2026 the Pena authors */
#include "pena-painter.h"

#include <pena/pena-error.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipc-process.h"
#include "pena-stamp-job.h"

#define PIECE (64 * 1024)

static const gchar *const environment[] = {"LANG",         "LANGUAGE",      "LC_*",         "PENA_LOCALE_DIR",
                                           "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL};

typedef struct {
    GSubprocess *process;
    GByteArray *answer;
    guint limit; /* source id */
} Run;

static void
run_free (Run *self)
{
    g_clear_handle_id (&self->limit, g_source_remove);
    if (self->process != NULL)
        g_subprocess_force_exit (self->process);
    g_clear_object (&self->process);
    g_byte_array_unref (self->answer);
    g_free (self);
}

void
pena_stamp_picture_free (PenaStampPicture *self)
{
    if (self == NULL)
        return;
    g_bytes_unref (self->pdf);
    g_variant_unref (self->canvases);
    g_free (self);
}

static void
insert_strings (GVariantDict *job, const gchar *key, GHashTable *values)
{
    GVariantBuilder list;
    GHashTableIter iter;
    gpointer name, value;

    g_variant_builder_init (&list, G_VARIANT_TYPE ("a{ss}"));
    if (values != NULL) {
        g_hash_table_iter_init (&iter, values);
        while (g_hash_table_iter_next (&iter, &name, &value))
            g_variant_builder_add (&list, "{ss}", name, value);
    }
    g_variant_dict_insert_value (job, key, g_variant_builder_end (&list));
}

static GVariant *
describe (const PenaPainting *painting)
{
    GVariantDict job;

    g_variant_dict_init (&job, NULL);
    g_variant_dict_insert (&job, "template", "s", painting->template);
    insert_strings (&job, "fields", painting->fields);
    insert_strings (&job, "own", painting->own);
    g_variant_dict_insert (&job, "time", "x", painting->time);
    g_variant_dict_insert (&job, "utc-offset", "i", (gint32)painting->utc_offset);
    g_variant_dict_insert_value (&job, "fonts", g_variant_new_strv (painting->fonts, -1));
    if (painting->language != NULL)
        g_variant_dict_insert (&job, "language", "s", painting->language);
    return g_variant_ref_sink (g_variant_dict_end (&job));
}

/* A file in memory, so that nothing here waits for the painter to read. -1 on failure. */
static gint
write_job (GVariant *job)
{
    const guint8 *data = g_variant_get_data (job);
    gsize left = g_variant_get_size (job);
    gint fd = memfd_create ("pena-stamp", MFD_CLOEXEC);

    while (fd >= 0 && left > 0) {
        gssize n = write (fd, data, left);
        if (n <= 0) {
            close (fd);
            return -1;
        }
        data += n;
        left -= (gsize)n;
    }
    if (fd >= 0)
        lseek (fd, 0, SEEK_SET);
    return fd;
}

static void
give_error (GTask *task, GVariant *answer, const gchar *name)
{
    g_autoptr (GVariant) facts = g_variant_get_child_value (answer, 1);
    PenaErrorCode code = PENA_ERROR_WORKER_FAILED;

    /* What it may fail with; all else is a painter out of order. */
    if (g_str_equal (name, pena_error_name (PENA_ERROR_STAMP_INVALID)))
        code = PENA_ERROR_STAMP_INVALID;
    else if (g_str_equal (name, pena_error_name (PENA_ERROR_CONFIG_INVALID)))
        code = PENA_ERROR_CONFIG_INVALID;
    GError *error = g_error_new_literal (PENA_ERROR, (gint)code, "the painter of stamps");
    pena_error_set_facts (error, facts);
    g_task_return_error (task, error);
}

static void
give_answer (GTask *task)
{
    Run *self = g_task_get_task_data (task);
    g_autoptr (GBytes) all = g_bytes_new (self->answer->data, self->answer->len);
    g_autoptr (GVariant) answer =
        g_variant_ref_sink (g_variant_new_from_bytes (PENA_STAMP_ANSWER_TYPE, all, FALSE));
    const gchar *name;

    if (self->answer->len == 0 || !g_variant_is_normal_form (answer)) {
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the painter of stamps failed");
        return;
    }
    g_variant_get_child (answer, 0, "&s", &name);
    if (*name != '\0') {
        give_error (task, answer, name);
        return;
    }
    g_autoptr (GVariant) pdf = g_variant_get_child_value (answer, 2);
    PenaStampPicture *picture = g_new0 (PenaStampPicture, 1);
    picture->pdf = g_variant_get_data_as_bytes (pdf);
    picture->canvases = g_variant_get_child_value (answer, 3);
    g_task_return_pointer (task, picture, (GDestroyNotify)pena_stamp_picture_free);
}

static void read_on (GTask *task);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    Run *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

    if (piece == NULL) {
        g_task_return_error (task, error);
        return;
    }
    gsize length;
    const guint8 *data = g_bytes_get_data (piece, &length);
    g_byte_array_append (self->answer, data, (guint)length);
    if (length == 0)
        give_answer (task);
    else if (self->answer->len > PENA_STAMP_MAX_ANSWER)
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "the painter says too much");
    else
        read_on (g_steal_pointer (&task));
}

static void
read_on (GTask *task)
{
    Run *self = g_task_get_task_data (task);

    g_input_stream_read_bytes_async (g_subprocess_get_stdout_pipe (self->process), PIECE, G_PRIORITY_DEFAULT,
                                     g_task_get_cancellable (task), on_read, task);
}

static gboolean
on_limit (gpointer user_data)
{
    Run *self = user_data;

    self->limit = 0;
    g_subprocess_force_exit (self->process); /* and so its answer ends */
    return G_SOURCE_REMOVE;
}

void
pena_painter_run_async (const PenaPainting *painting, guint seconds, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GVariant) job = describe (painting);
    Run *self = g_new0 (Run, 1);
    GError *error = NULL;

    self->answer = g_byte_array_new ();
    g_task_set_task_data (task, self, (GDestroyNotify)run_free);
    gint input = write_job (job);
    if (input < 0) {
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_INTERNAL, "memfd: %s", g_strerror (errno));
        return;
    }
    self->process = pena_ipc_filter_start ("pena-stamp-painter", environment, input, &error);
    if (self->process == NULL) {
        g_task_return_error (task, error);
        return;
    }
    self->limit = g_timeout_add_seconds (seconds, on_limit, self);
    read_on (g_steal_pointer (&task));
}

PenaStampPicture *
pena_painter_run_finish (GAsyncResult *result, GError **error)
{
    g_autoptr (GError) local = NULL;
    PenaStampPicture *picture = g_task_propagate_pointer (G_TASK (result), &local);

    if (picture != NULL)
        return picture;
    if (local->domain != PENA_ERROR) {
        gboolean given_up = g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_set_error_literal (error, PENA_ERROR, given_up ? PENA_ERROR_CANCELLED : PENA_ERROR_WORKER_FAILED,
                             local->message);
        return NULL;
    }
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
}
