/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a call is at, for whoever waits for it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-client.h>

#include "client-transport.h"

typedef struct {
    PenaSignOptions *options; /* whose signal it is */
    GMainContext *context;    /* of a caller that does not wait; NULL: it is told in this thread */
    gint64 last;              /* monotonic time of what was told of the sending */
} PenaClientTeller;

/* Lets a request tell, when somebody listens. The teller must outlive it. */
void pena_client_teller_attach (PenaClientTeller *self, PenaClientRequest *request);
