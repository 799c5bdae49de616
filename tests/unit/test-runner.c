/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: calls that may never return, made by a thread that one need not wait for
 * Copyright (C) 2026 the Pena authors */
#include "pena-runner.h"

#define LONG_MS (600 * 1000)

/* One call after the other, each as slow as the test wants it. */
typedef struct {
    GMutex gate;
    GThread *by;
    gint ran, undone, freed;
    PenaRunner *told; /* to give up, by the first call */
} Work;

static void
work_run (gpointer data)
{
    Work *work = data;

    if (work->told != NULL)
        pena_runner_give_up (g_steal_pointer (&work->told));
    g_mutex_lock (&work->gate);
    g_mutex_unlock (&work->gate);
    work->by = g_thread_self ();
    g_atomic_int_inc (&work->ran);
}

static void
work_undo (gpointer data)
{
    g_atomic_int_inc (&((Work *)data)->undone);
}

static void
work_free (gpointer data)
{
    g_atomic_int_inc (&((Work *)data)->freed);
}

static void
await (gint *counter, gint value)
{
    for (guint i = 0; i < 10000 && g_atomic_int_get (counter) != value; i++)
        g_usleep (1000);
    g_assert_cmpint (g_atomic_int_get (counter), ==, value);
}

static void
test_done (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    for (guint i = 0; i < 1000; i++)
        g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_DONE);
    g_assert_true (work.by != g_thread_self ());
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (work.ran, ==, 1000);
    g_assert_cmpint (work.undone, ==, 0);
    g_assert_cmpint (work.freed, ==, 1);
}

static void
test_without_threads (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (FALSE);

    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_DONE);
    g_assert_true (work.by == g_thread_self ());
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (work.freed, ==, 1);
}

static void
test_late (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    g_mutex_lock (&work.gate);
    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, 1), ==, PENA_RUN_LATE);
    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_REFUSED);
    g_mutex_unlock (&work.gate);
    await (&work.undone, 1);
    /* It is free again a moment after that. */
    PenaRunResult result;
    while ((result = pena_runner_do (runner, work_run, work_undo, &work, LONG_MS)) == PENA_RUN_REFUSED)
        g_usleep (1000);
    g_assert_cmpint (result, ==, PENA_RUN_DONE);
    g_assert_cmpint (work.ran, ==, 2);
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (work.undone, ==, 1);
    g_assert_cmpint (work.freed, ==, 1);
}

/* The owner has gone when it comes back. */
static void
test_end_while_late (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    g_mutex_lock (&work.gate);
    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, 1), ==, PENA_RUN_LATE);
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (g_atomic_int_get (&work.freed), ==, 0);
    g_mutex_unlock (&work.gate);
    await (&work.freed, 1);
    g_assert_cmpint (work.ran, ==, 1);
    g_assert_cmpint (work.undone, ==, 1);
}

static void
test_give_up (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    work.told = runner;
    g_mutex_lock (&work.gate);
    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_LATE);
    g_mutex_unlock (&work.gate);
    pena_runner_end (runner, work_free, &work, LONG_MS);
    await (&work.freed, 1);
}

/* Told while nobody waits, it means nothing. */
static void
test_give_up_nothing (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    pena_runner_give_up (runner);
    g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_DONE);
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (work.undone, ==, 0);
}

static guint
count_threads (void)
{
    g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
    guint count = 0;

    while (g_dir_read_name (dir) != NULL)
        count++;
    return count;
}

/* A thread goes when there is nothing to do, and comes again. */
static void
test_idle (void)
{
    Work work = {0};
    PenaRunner *runner = pena_runner_new (TRUE);

    for (guint round = 0; round < 2; round++) {
        g_assert_cmpint (pena_runner_do (runner, work_run, work_undo, &work, LONG_MS), ==, PENA_RUN_DONE);
        for (guint i = 0; i < 1000 && count_threads () > 1; i++)
            g_usleep (10 * 1000);
        g_assert_cmpuint (count_threads (), ==, 1);
    }
    pena_runner_end (runner, work_free, &work, LONG_MS);
    g_assert_cmpint (work.freed, ==, 1);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/transport/runner/done", test_done);
    g_test_add_func ("/transport/runner/without-threads", test_without_threads);
    g_test_add_func ("/transport/runner/late", test_late);
    g_test_add_func ("/transport/runner/end-while-late", test_end_while_late);
    g_test_add_func ("/transport/runner/give-up", test_give_up);
    g_test_add_func ("/transport/runner/give-up-nothing", test_give_up_nothing);
    g_test_add_func ("/transport/runner/idle", test_idle);
    return g_test_run ();
}
