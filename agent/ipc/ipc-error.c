/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors with their facts between the agent's processes
 * Copyright (C) 2026 the Pena authors */
#include "ipc-error.h"

#include <pena/pena-error.h>

#define TYPE "(ssa{sv})" /* wire name, message, facts */
#define ERROR_MAX 16384

GVariant *
pena_ipc_error_to_variant (const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    g_autofree gchar *valid = g_utf8_make_valid (error->message, -1);

    return g_variant_new ("(ss@a{sv})", pena_error_name (pena_error_code (error)), valid, facts);
}

GError *
pena_ipc_error_from_variant (GVariant *value)
{
    const gchar *name, *message;
    PenaErrorCode code;
    g_autoptr (GVariant) facts = NULL;

    if (!g_variant_is_of_type (value, G_VARIANT_TYPE (TYPE)) || g_variant_get_size (value) > ERROR_MAX)
        return NULL;
    g_variant_get (value, "(&s&s@a{sv})", &name, &message, &facts);
    if (!pena_error_from_name (name, &code))
        return NULL;
    GError *result = g_error_new_literal (PENA_ERROR, (gint)code, message);
    pena_error_set_facts (result, facts);
    return result;
}

void
pena_ipc_take_error (GError **error, gint lost_code)
{
    if (error == NULL || *error == NULL || (*error)->domain == PENA_ERROR)
        return;
    gboolean given_up = g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    GError *result =
        g_error_new_literal (PENA_ERROR, given_up ? PENA_ERROR_CANCELLED : lost_code, (*error)->message);
    g_error_free (*error);
    *error = result;
}
