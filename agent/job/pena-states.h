/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the states of a signing, and what leads from one to the next
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

typedef enum {
    PENA_JOB_RECEIVED, /* the document is here, sealed */
    PENA_JOB_PREPARED, /* the octets to sign are fixed; the holder is being asked */
    PENA_JOB_APPROVED, /* the holder agreed; the token is at work */
    PENA_JOB_SIGNED,   /* the signature value is here; the result is being made and verified */
    PENA_JOB_VERIFIED, /* the signature is sound; its level is being raised */
    PENA_JOB_FINISHED,
    PENA_JOB_FAILED,
    PENA_JOB_N_STATES,
} PenaJobState;

typedef enum {
    PENA_JOB_EVENT_PREPARED,  /* the to-be-signed octets are made */
    PENA_JOB_EVENT_APPROVED,  /* the token helper says that the holder agreed */
    PENA_JOB_EVENT_SIGNATURE, /* the token helper answered */
    PENA_JOB_EVENT_VERIFIED,  /* the worker verified the result */
    PENA_JOB_EVENT_RAISED,    /* the level is as high as was asked for, or as can be reached */
    PENA_JOB_EVENT_ERROR,     /* anything failed, or the client left */
    PENA_JOB_N_EVENTS,
} PenaJobEvent;

/* TRUE and the next state when `event` may happen in `state`. An approval can so be used only once, and
 * nothing can leave a job before it was verified. */
gboolean pena_job_next (PenaJobState state, PenaJobEvent event, PenaJobState *ret_next);
const gchar *pena_job_state_name (PenaJobState state);
