/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the agent's processes say to each other
 * Copyright (C) 2026 the Pena authors */
#include "ipc-message.h"

#include <string.h>

#define TYPE "(stv)"
/* Letters of the type of a variant. */
#define TYPE_MAX 255
/* What a message may make us do: a part of a value is one step, and so is each byte of what is neither bytes nor a text. */
#define STEPS_MAX (256 * 1024)
/* Of what is nested about twice as deep GLib 2.74 forgets to unlock what it looked at. */
#define DEPTH_MAX 64

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

/* The same value as GLib writes it; NULL: it is not sound. To know a type GLib takes 32 times the memory of its letters, before it
 * has looked whether the value is sound; and that it does byte by byte, which for a hundred megabytes takes seconds. */
static GVariant *
rewrite (GVariant *value, guint depth, gsize *left)
{
    const gchar *type = g_variant_get_type_string (value);
    gboolean bytes = g_str_equal (type, "ay"), plain = bytes || g_str_equal (type, "s");
    gboolean mixed = !plain && (strpbrk (type, "sv") != NULL || strstr (type, "ay") != NULL);

    if (depth > DEPTH_MAX || (g_str_equal (type, "v") && !has_short_type (value)))
        return NULL;
    gsize steps = mixed ? g_variant_n_children (value) : plain ? 0 : g_variant_get_size (value);
    if (steps > *left)
        return NULL;
    *left -= steps;
    if (!mixed)
        return bytes || g_variant_is_normal_form (value) ? g_variant_ref (value) : NULL;
    g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (g_variant_get_type (value));
    for (gsize i = 0; i < steps; i++) {
        /* In place of what is of too deep a type comes a floating "()". */
        g_autoptr (GVariant) child = g_variant_take_ref (g_variant_get_child_value (value, i));
        g_autoptr (GVariant) again = rewrite (child, depth + 1, left);
        if (again == NULL)
            return NULL;
        g_variant_builder_add_value (&builder, again);
    }
    return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* As g_variant_is_normal_form(), of which there is one for each value. */
static gboolean
is_sound (GVariant *message)
{
    gsize left = STEPS_MAX, length = g_variant_get_size (message);
    g_autoptr (GVariant) again = rewrite (message, 0, &left);

    return again != NULL && g_variant_get_size (again) == length &&
           memcmp (g_variant_get_data (again), g_variant_get_data (message), length) == 0;
}

GVariant *
pena_ipc_message_unpack (GBytes *body, gboolean trusted, gchar **ret_word, guint64 *ret_number)
{
    g_autoptr (GVariant) message =
        g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), body, trusted));
    GVariant *value = NULL;

    if (trusted || is_sound (message))
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
