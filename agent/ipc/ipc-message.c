/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the agent's processes say to each other
 * Copyright (C) 2026 the Pena authors */
#include "ipc-message.h"

#include <string.h>

#define TYPE "(stv)"
/* Letters of the type of a variant. */
#define TYPE_MAX 255
/* All that variants hold, and what holds variants. */
#define PARTS_MAX 65536

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

/* Its type stands behind its last zero. */
static gboolean
has_short_type (GVariant *variant)
{
    gsize size = g_variant_get_size (variant), end = MIN (size, TYPE_MAX + 1);
    const gchar *data = g_variant_get_data (variant);

    return end > 0 && memrchr (data + size - end, '\0', end) != NULL;
}

/* To know a type GLib takes 32 times the memory of its letters, before it has looked whether the value is sound. */
static gboolean
is_modest (GVariant *value, gsize *left)
{
    gboolean modest = !g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) || has_short_type (value);

    if (!modest || strchr (g_variant_get_type_string (value), 'v') == NULL)
        return modest;
    gsize count = g_variant_n_children (value);
    if (count > *left)
        return FALSE;
    *left -= count;
    for (gsize i = 0; modest && i < count; i++) {
        g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
        modest = is_modest (child, left);
    }
    return modest;
}

GVariant *
pena_ipc_message_unpack (GBytes *body, gchar **ret_word, guint64 *ret_number)
{
    g_autoptr (GVariant) message =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), body, FALSE));
    GVariant *value = NULL;
    gsize left = PARTS_MAX;

    if (is_modest (message, &left) && g_variant_is_normal_form (message))
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
