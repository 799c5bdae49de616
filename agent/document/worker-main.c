/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pena-document-worker: reads one document, which may be hostile, for pena-agent
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <pena/pena-error.h>

#include "ipc-line.h"
#include "ipc-nursery.h"
#include "pena-sandbox.h"
#include "pena-text.h"
#include "pena-worker-interface.h"
#include "worker.h"

static const PenaIpcMethod methods[] = {
    {"Open", worker_open},
    {"Repair", worker_repair},
    {"Prepare", worker_prepare},
    {"Check", worker_check},
    {"Raise", worker_raise},
    {"Need", worker_need},
    {"Keep", worker_keep},
    {"PrepareTimeStamp", worker_prepare_time_stamp},
    {"PutTimeStamp", worker_put_time_stamp},
    {"Inquire", worker_inquire},
    {"Verify", worker_verify},
    {NULL},
};

/* One document's process, fresh from the nursery. */
static gboolean
be_worker (GBytes *filter, gint null, GError **error)
{
    Worker self = {.fd = -1};

    return pena_sandbox_close_files (NULL, error) && pena_sandbox_filter_calls (filter, null, error) &&
           pena_ipc_line_serve (&pena_document_worker1_interface, methods, &self, error);
}

static void
rehearse (void)
{
    g_autoptr (GError) error = NULL;

    if (!worker_rehearse (&error))
        g_printerr ("pena-document-worker: %s\n", error->message);
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) filter = pena_sandbox_make_filter (&error);
    gint null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    gboolean born = FALSE;

    pena_text_init ();
    if (filter != NULL && pena_process_harden (TRUE, &error)) {
        pena_sandbox_preload ();
        rehearse ();
        born = pena_ipc_nursery_serve (argv, &error);
    }
    if (born)
        be_worker (filter, null, &error);
    if (error == NULL)
        return PENA_EXIT_DONE;
    g_printerr ("pena-document-worker: %s\n", error->message);
    return PENA_EXIT_BUG;
}
