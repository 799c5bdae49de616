/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: document workers, one a job, with a warm one kept ready
 * Copyright (C) 2026 the Pena authors */
#include "pena-worker.h"

#include <pena/pena-error.h>
#include <sys/resource.h>
#include <time.h>

#include "ipc-error.h"
#include "ipc-nursery.h"
#include "pena-worker-interface.h"

/* Address space besides the document: libraries and qpdf's objects. */
#define BASE_SPACE (1024 * 1024 * 1024ull)
#define OUTPUT_MAX (64 * 1024 * 1024)
/* Processor time after which a worker takes no other document: the limit is for the whole of its life, and each is to have
 * what the configuration allows. */
#define FRESH_SECONDS 1

/* LD_BIND_NOW: the nursery looks up all symbols once, instead of each worker those that it uses. */
static const gchar *const environment[] = {
    "LANG",         "LANGUAGE",      "LC_*", "PENA_LOCALE_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS",
    "LSAN_OPTIONS", "LD_BIND_NOW=1", NULL};

struct _PenaWorker {
    PenaIpcChild *child;
    guint stall, cpu;
    guint watch;       /* source id while a call is on its way, and a little longer */
    guint still;       /* seconds without progress */
    gint64 last_clock; /* processor time at the last look, nanoseconds */
};

struct _PenaWorkerPool {
    guint stall, cpu;
    PenaIpcNursery *nursery;
    PenaWorker *spare;
    gboolean starting;
    GCancellable *closing;
    GQueue waiting; /* of GTask: callers who came before the spare was ready */
};

static void start_spare (PenaWorkerPool *self);

void
pena_worker_free (PenaWorker *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    pena_ipc_child_free (self->child);
    g_free (self);
}

PenaWorkerPool *
pena_worker_pool_new (guint stall, guint cpu)
{
    PenaWorkerPool *self = g_new0 (PenaWorkerPool, 1);

    self->stall = stall;
    self->cpu = cpu;
    self->closing = g_cancellable_new ();
    self->nursery =
        pena_ipc_nursery_new ("pena-document-worker", environment, &pena_document_worker1_interface);
    g_queue_init (&self->waiting);
    start_spare (self);
    return self;
}

void
pena_worker_pool_free (PenaWorkerPool *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->closing);
    g_clear_object (&self->closing);
    pena_worker_free (self->spare);
    pena_ipc_nursery_free (self->nursery);
    g_queue_clear_full (&self->waiting, g_object_unref);
    g_free (self);
}

static PenaWorker *
worker_new (PenaIpcChild *child, guint stall, guint cpu)
{
    PenaWorker *self = g_new0 (PenaWorker, 1);

    self->child = child;
    self->stall = stall;
    self->cpu = cpu;
    return self;
}

static void
on_spare_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    PenaIpcChild *child = pena_ipc_nursery_fork_finish (result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the pool is gone */
    PenaWorkerPool *self = user_data;
    PenaWorker *worker = child != NULL ? worker_new (child, self->stall, self->cpu) : NULL;
    self->starting = FALSE;
    if (worker == NULL)
        g_warning ("a document worker did not start: %s", error->message);
    GTask *task = g_queue_pop_head (&self->waiting);
    if (task == NULL) {
        self->spare = worker;
        return;
    }
    if (worker == NULL && g_task_get_task_data (task) != NULL) {
        /* It came when this start was on its way already, and has a right to one of its own. */
        g_task_set_task_data (task, NULL, NULL);
        g_queue_push_head (&self->waiting, task);
        start_spare (self);
        return;
    }
    if (worker == NULL)
        g_task_return_new_error (task, PENA_ERROR, PENA_ERROR_WORKER_FAILED, "did not start: %s",
                                 error->message);
    else
        g_task_return_pointer (task, worker, (GDestroyNotify)pena_worker_free);
    g_object_unref (task);
    /* After a failure only callers make it try again, so that it cannot spin. */
    if (worker != NULL || !g_queue_is_empty (&self->waiting))
        start_spare (self);
}

static void
start_spare (PenaWorkerPool *self)
{
    if (self->starting)
        return;
    self->starting = TRUE;
    pena_ipc_nursery_fork_async (self->nursery, self->stall, self->closing, on_spare_started, self);
}

gboolean
pena_worker_is_alive (const PenaWorker *self)
{
    return pena_ipc_peer_is_open (self->child->peer) && pena_ipc_process_is_alive (self->child->process);
}

void
pena_worker_pool_take_async (PenaWorkerPool *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

    if (self->spare != NULL && !pena_worker_is_alive (self->spare))
        g_clear_pointer (&self->spare, pena_worker_free);
    if (self->spare != NULL)
        g_task_return_pointer (task, g_steal_pointer (&self->spare), (GDestroyNotify)pena_worker_free);
    else {
        g_task_set_task_data (task, GINT_TO_POINTER (self->starting), NULL);
        g_queue_push_tail (&self->waiting, g_steal_pointer (&task));
    }
    start_spare (self);
}

PenaWorker *
pena_worker_pool_take_finish (GAsyncResult *result, GError **error)
{
    g_autoptr (GError) local = NULL;
    PenaWorker *worker = g_task_propagate_pointer (G_TASK (result), &local);

    if (worker == NULL) {
        pena_ipc_take_error (&local, PENA_ERROR_WORKER_FAILED);
        g_propagate_error (error, g_steal_pointer (&local));
    }
    return worker;
}

/* Nanoseconds of processor time; the kernel tells it even of a process whose /proc is closed to us. -1 when
 * gone. */
static gint64
read_clock (const PenaIpcProcess *process)
{
    clockid_t clock;
    struct timespec time;

    if (!pena_ipc_process_is_alive (process) || clock_getcpuclockid (process->pid, &clock) != 0 ||
        clock_gettime (clock, &time) != 0)
        return -1;
    return (gint64)time.tv_sec * 1000000000 + time.tv_nsec;
}

gboolean
pena_worker_is_fresh (const PenaWorker *self)
{
    gint64 clock = read_clock (self->child->process);

    return clock >= 0 && clock < FRESH_SECONDS * 1000000000ll;
}

static gboolean
on_watch (gpointer user_data)
{
    PenaWorker *self = user_data;
    gint64 now = read_clock (self->child->process);

    self->still = now > self->last_clock ? 0 : self->still + 1;
    self->last_clock = now;
    if (pena_ipc_peer_is_busy (self->child->peer) && self->still < self->stall)
        return G_SOURCE_CONTINUE;
    if (pena_ipc_peer_is_busy (self->child->peer)) {
        g_message ("a document worker stood still for %u seconds and was ended", self->stall);
        pena_worker_stop (self);
    }
    self->watch = 0;
    return G_SOURCE_REMOVE;
}

void
pena_worker_stop (PenaWorker *self)
{
    pena_ipc_process_kill (self->child->process);
}

/* A watch that is still there from the call before need not be made anew. */
static void
call (PenaWorker *self, const gchar *method, GVariant *arguments, gint fd, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data)
{
    self->still = 0;
    self->last_clock = -1;
    if (self->watch == 0)
        self->watch = g_timeout_add_seconds (1, on_watch, self);
    pena_ipc_peer_call_async (self->child->peer, method, arguments, fd, cancellable, callback, user_data);
}

void
pena_worker_call_async (PenaWorker *self, const gchar *method, GVariant *arguments, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    call (self, method, arguments, -1, cancellable, callback, user_data);
}

GVariant *
pena_worker_call_finish (GAsyncResult *result, GError **error)
{
    GError *local = NULL;
    g_autoptr (GVariant) answer = pena_ipc_peer_call_finish (result, &local);

    if (answer != NULL)
        return g_variant_n_children (answer) == 1 ? g_variant_get_child_value (answer, 0)
                                                  : g_steal_pointer (&answer);
    pena_ipc_take_error (&local, PENA_ERROR_WORKER_FAILED);
    /* An error of its own is logged with its message, and that one may come from the document. */
    if (g_error_matches (local, PENA_ERROR, PENA_ERROR_INTERNAL))
        local->code = PENA_ERROR_WORKER_FAILED;
    g_propagate_error (error, local);
    return NULL;
}

/* For the next, larger document there is a way back up: the worker has none. */
static gboolean
limit_softly (pid_t pid, gint resource, guint64 value)
{
    struct rlimit limit;

    if (prlimit (pid, (enum __rlimit_resource)resource, NULL, &limit) != 0)
        return FALSE;
    limit.rlim_cur = MIN (value, limit.rlim_max);
    return prlimit (pid, (enum __rlimit_resource)resource, &limit, NULL) == 0;
}

/* From outside, so that a worker that was taken over cannot have raised them first. */
static void
set_limits (PenaWorker *self, const PenaOpening *opening)
{
    const PenaIpcProcess *process = self->child->process;
    pid_t pid = process->pid;
    guint seconds = self->cpu + FRESH_SECONDS;
    struct rlimit cpu = {seconds, seconds + 1};
    guint64 most = MAX (opening->output_max, OUTPUT_MAX);
    struct rlimit output = {most, most};
    struct rlimit files = {64, 64};
    gboolean done = pena_ipc_process_is_alive (process) && prlimit (pid, RLIMIT_CPU, &cpu, NULL) == 0 &&
                    prlimit (pid, RLIMIT_FSIZE, &output, NULL) == 0 &&
                    prlimit (pid, RLIMIT_NOFILE, &files, NULL) == 0;
#if !defined(__SANITIZE_ADDRESS__) /* its shadow is terabytes of address space */
    done = done && limit_softly (pid, RLIMIT_AS, BASE_SPACE + 3 * opening->document->size);
#endif
    if (!done)
        g_debug ("limits of a document worker: %s", g_strerror (errno));
}

void
pena_worker_open_async (PenaWorker *self, const PenaOpening *opening, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    GVariantDict options;

    set_limits (self, opening);
    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert (&options, "format", "s", opening->format);
    if (opening->language != NULL)
        g_variant_dict_insert (&options, "language", "s", opening->language);
    if (opening->password != NULL)
        g_variant_dict_insert_value (&options, "password",
                                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, opening->password->data,
                                                                opening->password->length, 1));
    call (self, "Open", g_variant_new ("(h@a{sv})", 0, g_variant_dict_end (&options)), opening->document->fd,
          cancellable, callback, user_data);
}

void
pena_worker_repair_async (PenaWorker *self, gint output, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    call (self, "Repair", g_variant_new ("(h)", 0), output, cancellable, callback, user_data);
}
