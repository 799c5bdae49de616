/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: lending the agent a file instead of sending it
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-lend.h"

#include "client-body.h"
#include "pena-lease.h"

/* A small file is sent sooner than lent. */
#define WORTH_IT (1024 * 1024)

void
pena_client_lend (PenaClientRequest *request, const PenaClientInput *input, GBytes *prefix)
{
    if (input->stat.st_size < WORTH_IT || !pena_lease_take (input->fd))
        return;
    /* The agent takes its own. */
    pena_lease_release (input->fd);
    request->lend = TRUE;
    request->document = input->fd;
    request->lent_size = prefix != NULL ? (gint64)g_bytes_get_size (prefix) : 0;
    request->lent_body = pena_client_body_new (prefix, -1, -1, 0);
}
