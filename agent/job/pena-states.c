/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the states of a signing, and what leads from one to the next
 * Copyright (C) 2026 the Pena authors */
#include "pena-states.h"

static const gchar *const names[PENA_JOB_N_STATES] = {
    [PENA_JOB_RECEIVED] = "received", [PENA_JOB_PREPARED] = "prepared", [PENA_JOB_APPROVED] = "approved",
    [PENA_JOB_SIGNED] = "signed",     [PENA_JOB_VERIFIED] = "verified", [PENA_JOB_FINISHED] = "finished",
    [PENA_JOB_FAILED] = "failed",
};

/* A helper that does not report progress goes from prepared to signed at once. */
static const struct {
    PenaJobState from;
    PenaJobEvent event;
    PenaJobState to;
} rows[] = {
    {PENA_JOB_RECEIVED, PENA_JOB_EVENT_PREPARED, PENA_JOB_PREPARED},
    {PENA_JOB_RECEIVED, PENA_JOB_EVENT_ERROR, PENA_JOB_FAILED},
    {PENA_JOB_PREPARED, PENA_JOB_EVENT_APPROVED, PENA_JOB_APPROVED},
    {PENA_JOB_PREPARED, PENA_JOB_EVENT_SIGNATURE, PENA_JOB_SIGNED},
    {PENA_JOB_PREPARED, PENA_JOB_EVENT_ERROR, PENA_JOB_FAILED},
    {PENA_JOB_APPROVED, PENA_JOB_EVENT_SIGNATURE, PENA_JOB_SIGNED},
    {PENA_JOB_APPROVED, PENA_JOB_EVENT_ERROR, PENA_JOB_FAILED},
    {PENA_JOB_SIGNED, PENA_JOB_EVENT_VERIFIED, PENA_JOB_VERIFIED},
    {PENA_JOB_VERIFIED, PENA_JOB_EVENT_RAISED, PENA_JOB_FINISHED},
    {PENA_JOB_VERIFIED, PENA_JOB_EVENT_ERROR, PENA_JOB_FAILED},
    {PENA_JOB_SIGNED, PENA_JOB_EVENT_ERROR, PENA_JOB_FAILED},
};

gboolean
pena_job_next (PenaJobState state, PenaJobEvent event, PenaJobState *ret_next)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].from == state && rows[i].event == event) {
            *ret_next = rows[i].to;
            return TRUE;
        }
    return FALSE;
}

const gchar *
pena_job_state_name (PenaJobState state)
{
    g_return_val_if_fail ((guint)state < PENA_JOB_N_STATES, "failed");
    return names[state];
}
