/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what transports and links share
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-transport.h"

guint pena_patience_milliseconds (PenaPatience patience);

void pena_transport_ref (PenaTransport *self);
void pena_transport_unref (gpointer data); /* a PenaTransport */

/* Known to pena_transport_give_up() until it is ended, which is as pena_runner_end(). */
PenaRunner *pena_transport_new_runner (PenaTransport *self);
void pena_transport_end_runner (PenaTransport *self, PenaRunner *runner, PenaRun run, gpointer data);
