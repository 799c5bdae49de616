/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: calls that may never return, made by a thread that one need not wait for
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Makes one call after the other in a thread of its own, which comes with the first and goes when there was none for a
 * moment: who has nothing to do has no thread. One caller at a time. */
typedef struct _PenaRunner PenaRunner;

typedef void (*PenaRun) (gpointer data);

/* Without leave to make threads every call is made by the caller, who waits for ever. */
PenaRunner *pena_runner_new (gboolean may_thread);

typedef enum {
    PENA_RUN_DONE,
    PENA_RUN_LATE, /* given up: what it uses belongs to the thread until `late` was called there, right after it */
    PENA_RUN_REFUSED, /* not made: one before is still late */
} PenaRunResult;

/* Makes the call and waits for it for so long. */
PenaRunResult pena_runner_do (PenaRunner *self, PenaRun run, PenaRun late, gpointer data, guint milliseconds);

/* The same with the last call of all, which frees data; it is made in any case, after one that is late. The runner is freed. */
void pena_runner_end (PenaRunner *self, PenaRun run, gpointer data, guint milliseconds);

/* From any thread: who waits is to wait no longer. Nothing when nobody does. */
void pena_runner_give_up (PenaRunner *self);

/* A thread that goes on by itself; FALSE when there can be none. It gets none of the program's signals. */
gboolean pena_thread_start (const gchar *name, GThreadFunc function, gpointer data);
