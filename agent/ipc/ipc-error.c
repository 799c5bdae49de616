/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors with their facts between the agent's processes
 * Copyright (C) 2026 the Pena authors */
#include "ipc-error.h"

#include <pena/pena-error.h>
#include <string.h>

#define DBUS_NAME "org.pena.Error"
#define TYPE "(ssa{sv})" /* wire name, message, facts; as text in a D-Bus error */
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
pena_ipc_return_error (GDBusMethodInvocation *invocation, GError *error)
{
    g_autoptr (GVariant) value = g_variant_ref_sink (pena_ipc_error_to_variant (error));
    g_autofree gchar *text = g_variant_print (value, TRUE);

    g_dbus_method_invocation_return_dbus_error (invocation, DBUS_NAME, text);
    g_error_free (error);
}

/* The peer may be hostile (a module may have taken the helper over): an answer that does not parse is a lost peer. */
static GError *
parse (const gchar *text)
{
    if (text == NULL || strlen (text) > ERROR_MAX)
        return NULL;
    g_autoptr (GVariant) value = g_variant_parse (G_VARIANT_TYPE (TYPE), text, NULL, NULL, NULL);
    return value != NULL ? pena_ipc_error_from_variant (value) : NULL;
}

void
pena_ipc_take_error (GError **error, gint lost_code)
{
    GError *result = NULL;

    if (error == NULL || *error == NULL || (*error)->domain == PENA_ERROR)
        return;
    g_autofree gchar *remote = g_dbus_error_get_remote_error (*error);
    if (g_strcmp0 (remote, DBUS_NAME) == 0) {
        g_dbus_error_strip_remote_error (*error);
        result = parse ((*error)->message);
    }
    if (result == NULL && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        result = g_error_new_literal (PENA_ERROR, PENA_ERROR_CANCELLED, (*error)->message);
    if (result == NULL)
        result = g_error_new_literal (PENA_ERROR, lost_code, (*error)->message);
    g_clear_error (error);
    *error = result;
}
