/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the broker and a process that it forked say to each other
 * Copyright (C) 2026 the Pena authors */
#include "ipc-message.h"

#include <string.h>

#define TYPE "(sv)"

GBytes *
pena_ipc_message_pack (const gchar *word, GVariant *value)
{
    g_autoptr (GVariant) message = g_variant_ref_sink (g_variant_new (TYPE, word, value));
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
pena_ipc_message_unpack (GBytes *body, gchar **ret_word)
{
    g_autoptr (GVariant) message =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), body, FALSE));
    GVariant *value = NULL;

    if (g_variant_is_normal_form (message))
        g_variant_get (message, TYPE, ret_word, &value);
    return value;
}

gboolean
pena_ipc_message_fits (GVariant *value, const GDBusInterfaceInfo *interface, const gchar *method,
                       gboolean out)
{
    const GDBusMethodInfo *info =
        g_dbus_interface_info_lookup_method ((GDBusInterfaceInfo *)interface, method);
    GDBusArgInfo **arguments = info == NULL ? NULL : out ? info->out_args : info->in_args;
    g_autoptr (GString) type = g_string_new ("(");

    for (; arguments != NULL && *arguments != NULL; arguments++)
        g_string_append (type, (*arguments)->signature);
    g_string_append_c (type, ')');
    return info != NULL && g_str_equal (g_variant_get_type_string (value), type->str);
}
