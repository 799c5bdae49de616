/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the authorities that this computer trusts, by p11-kit
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* The certificates that p11-kit's trust policy modules call trusted authorities and that none of them distrusts: of GBytes, DER.
 * They are read once, when they are first asked for: a store of roots changes with the system, not with the hour.
 * Not for several threads. NULL: CONFIG_INVALID, p11-kit has no such module or it does not start. Transfer none. */
const GPtrArray *pena_system_trust_get (GError **error);
