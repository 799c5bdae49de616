/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: lending the agent a file instead of sending it
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "client-lend.h"

#include "client-body.h"
#include "pena-lease.h"

#define WORTH_IT (1024 * 1024)

gboolean
pena_client_is_worth_lending (guint64 size)
{
    return size >= WORTH_IT;
}

void
pena_client_lend (PenaClientRequest *request, gint document, GBytes *prefix)
{
    if (!pena_lease_take (document))
        return;
    /* The agent takes its own. */
    pena_lease_release (document);
    request->lend = TRUE;
    request->document = document;
    request->lent_size = prefix != NULL ? (gint64)g_bytes_get_size (prefix) : 0;
    request->lent_body = pena_client_body_new (prefix, -1, -1, 0);
}
