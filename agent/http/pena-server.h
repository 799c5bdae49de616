/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the HTTP server on the Unix socket
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-sign-job.h"

typedef struct _PenaServer PenaServer;

/* Serves on a listening socket (borrowed, as are the services) until freed. */
PenaServer *pena_server_new (GSocket *listening, const PenaServices *services);
void pena_server_free (PenaServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaServer, pena_server_free)
