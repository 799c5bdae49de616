/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors with their facts across the internal D-Bus interfaces
 * Copyright (C) 2026 the Pena authors */
#include "ipc-error.h"

#include <pena/pena-error.h>
#include <string.h>

#define DBUS_NAME "org.pena.Error"
#define MESSAGE_TYPE "(ssa{sv})" /* wire name, message, facts; as GVariant text */
#define MESSAGE_MAX 16384

static gchar *
describe (const GError *error)
{
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    g_autofree gchar *valid = g_utf8_make_valid (error->message, -1);
    g_autoptr (GVariant) value = g_variant_ref_sink (
        g_variant_new ("(ss@a{sv})", pena_error_name (pena_error_code (error)), valid, facts));

    return g_variant_print (value, TRUE);
}

void
pena_ipc_return_error (GDBusMethodInvocation *invocation, GError *error)
{
    g_autofree gchar *text = describe (error);

    g_dbus_method_invocation_return_dbus_error (invocation, DBUS_NAME, text);
    g_error_free (error);
}

GDBusMessage *
pena_ipc_error_reply (GDBusMessage *call, GError *error)
{
    g_autofree gchar *text = describe (error);

    g_error_free (error);
    return g_dbus_message_new_method_error_literal (call, DBUS_NAME, text);
}

/* The peer may be hostile (a worker that a document took over): an answer that does not parse is a lost peer. */
static GError *
parse (const gchar *text)
{
    const gchar *name, *message;
    PenaErrorCode code;
    GError *result;

    if (text == NULL || strlen (text) > MESSAGE_MAX)
        return NULL;
    g_autoptr (GVariant) value = g_variant_parse (G_VARIANT_TYPE (MESSAGE_TYPE), text, NULL, NULL, NULL);
    if (value == NULL)
        return NULL;
    g_autoptr (GVariant) facts = NULL;
    g_variant_get (value, "(&s&s@a{sv})", &name, &message, &facts);
    if (!pena_error_from_name (name, &code))
        return NULL;
    result = g_error_new_literal (PENA_ERROR, (gint)code, message);
    pena_error_set_facts (result, facts);
    return result;
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
