/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the table of resources
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>

#include "pena-resources.h"

static const PenaRoute *const routes[] = {
    &pena_route_sign, &pena_route_extend, &pena_route_verify, &pena_route_tokens, &pena_route_csc_info,
};

const PenaRoute *
pena_routes_find (const gchar *method, const gchar *path, const gchar **ret_allowed, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS (routes); i++) {
        if (!g_str_equal (routes[i]->path, path))
            continue;
        if (g_str_equal (routes[i]->method, method))
            return routes[i];
        *ret_allowed = routes[i]->method;
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_METHOD_UNSUPPORTED, "method");
        return NULL;
    }
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_RESOURCE_UNKNOWN, "path");
    return NULL;
}
