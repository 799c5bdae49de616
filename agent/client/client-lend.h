/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: lending the agent a file instead of sending it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "client-transport.h"

/* A small file is sent sooner than lent. */
gboolean pena_client_is_worth_lending (guint64 size);
/* Has the request try first with a descriptor of the document; prefix (or NULL) is all that is sent then. Only where the kernel keeps
 * writers away meanwhile (pena-lease.h). The descriptor is borrowed, and must outlive the request. */
void pena_client_lend (PenaClientRequest *request, gint document, GBytes *prefix);
