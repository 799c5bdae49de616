/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: lending the agent a file instead of sending it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "client-file.h"
#include "client-transport.h"

/* Has the request try first with a descriptor of the document; prefix (or NULL) is all that is sent then. Only where that is worth
 * it, and where the kernel keeps writers away meanwhile (pena-lease.h). input must outlive the request. */
void pena_client_lend (PenaClientRequest *request, const PenaClientInput *input, GBytes *prefix);
