/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the agent's processes say to each other
 * Copyright (C) 2026 the Pena authors */
#include "ipc-message.h"

#include <string.h>

#define TYPE "(stv)"

GBytes *
pena_ipc_message_pack (const gchar *word, guint64 number, GVariant *value)
{
    g_autoptr (GVariant) message = g_variant_ref_sink (g_variant_new (TYPE, word, number, value));
    guint64 length = g_variant_get_size (message);

    if (length > PENA_IPC_MESSAGE_MAX)
        return NULL;
    guint8 *whole = g_malloc (PENA_IPC_MESSAGE_HEAD + length);
    memcpy (whole, &length, PENA_IPC_MESSAGE_HEAD);
    g_variant_store (message, whole + PENA_IPC_MESSAGE_HEAD);
    return g_bytes_new_take (whole, PENA_IPC_MESSAGE_HEAD + length);
}

gsize
pena_ipc_message_length (const guint8 *head)
{
    guint64 length;

    memcpy (&length, head, PENA_IPC_MESSAGE_HEAD);
    return length <= PENA_IPC_MESSAGE_MAX ? length : 0;
}

GVariant *
pena_ipc_message_unpack (GBytes *body, gchar **ret_word, guint64 *ret_number)
{
    g_autoptr (GVariant) message =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), body, FALSE));
    GVariant *value = NULL;

    if (g_variant_is_normal_form (message))
        g_variant_get (message, TYPE, ret_word, ret_number, &value);
    return value;
}

static GDBusArgInfo **
find_parts (GDBusInterfaceInfo *interface, const gchar *word, PenaIpcPart part, gboolean *ret_found)
{
    GDBusSignalInfo *signal =
        part == PENA_IPC_NOTICE ? g_dbus_interface_info_lookup_signal (interface, word) : NULL;
    GDBusMethodInfo *method =
        part != PENA_IPC_NOTICE ? g_dbus_interface_info_lookup_method (interface, word) : NULL;

    *ret_found = signal != NULL || method != NULL;
    if (signal != NULL)
        return signal->args;
    if (method != NULL)
        return part == PENA_IPC_RESULT ? method->out_args : method->in_args;
    return NULL;
}

gboolean
pena_ipc_message_fits (GVariant *value, const GDBusInterfaceInfo *interface, const gchar *word,
                       PenaIpcPart part)
{
    gboolean found;
    GDBusArgInfo **parts = find_parts ((GDBusInterfaceInfo *)interface, word, part, &found);
    g_autoptr (GString) type = g_string_new ("(");

    for (; parts != NULL && *parts != NULL; parts++)
        g_string_append (type, (*parts)->signature);
    g_string_append_c (type, ')');
    return found && g_str_equal (g_variant_get_type_string (value), type->str);
}
