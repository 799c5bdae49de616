/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the resources of the socket API; docs/agent-api.yaml describes them
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-exchange.h"

extern const PenaRoute pena_route_sign;
extern const PenaRoute pena_route_extend;
extern const PenaRoute pena_route_verify;
extern const PenaRoute pena_route_tokens;
extern const PenaRoute pena_route_csc_info;

/* The route of a request. RESOURCE_UNKNOWN; METHOD_UNSUPPORTED with *ret_allowed set to the method that is.
 */
const PenaRoute *pena_routes_find (const gchar *method, const gchar *path, const gchar **ret_allowed,
                                   GError **error);
