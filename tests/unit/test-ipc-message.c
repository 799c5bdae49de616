/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: messages between the agent and what it forked, also broken ones
 * Copyright (C) 2026 the Pena authors */
#include "ipc-message.h"

#include <pena/pena-error.h>
#include <string.h>

#include "ipc-error.h"

static GVariant *
sample (void)
{
    return g_variant_new_parsed ("({'pages': <uint32 3>, 'head': <b'%PDF'>, 'names': <['a', 'b']>},)");
}

static GBytes *
body_of (GBytes *message)
{
    return g_bytes_new_from_bytes (message, PENA_IPC_MESSAGE_HEAD,
                                   g_bytes_get_size (message) - PENA_IPC_MESSAGE_HEAD);
}

static void
test_there_and_back (void)
{
    g_autoptr (GVariant) said = g_variant_ref_sink (sample ());
    g_autoptr (GBytes) message = pena_ipc_message_pack ("Prepare", 7, said);
    g_autoptr (GBytes) body = body_of (message);
    g_autofree gchar *word = NULL;
    guint64 number = 0;
    g_autoptr (GVariant) heard = pena_ipc_message_unpack (body, FALSE, &word, &number);

    g_assert_cmpuint (pena_ipc_message_length (g_bytes_get_data (message, NULL)), ==,
                      g_bytes_get_size (body));
    g_assert_cmpstr (word, ==, "Prepare");
    g_assert_cmpuint (number, ==, 7);
    g_assert_cmpvariant (heard, said);
}

static void
test_sizes (void)
{
    static const guint64 none = 0, most = PENA_IPC_MESSAGE_MAX, more = PENA_IPC_MESSAGE_MAX + 1,
                         all = G_MAXUINT64;
    gsize length = PENA_IPC_MESSAGE_MAX;
    g_autofree gchar *large = g_malloc0 (length);
    GVariant *value = g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, large, length, TRUE, NULL, NULL);

    g_assert_cmpuint (pena_ipc_message_length ((const guint8 *)&none), ==, 0);
    g_assert_cmpuint (pena_ipc_message_length ((const guint8 *)&most), ==, most);
    g_assert_cmpuint (pena_ipc_message_length ((const guint8 *)&more), ==, 0);
    g_assert_cmpuint (pena_ipc_message_length ((const guint8 *)&all), ==, 0);
    g_assert_null (pena_ipc_message_pack ("", 0, value));
}

/* What becomes of the body with byte number i / 256 set to i, and the last ones left out. Both are transfer full. */
static GVariant *
hear_changed (GBytes *body, gsize i, gsize left_out, GBytes **ret_changed)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (body, &length);
    guint8 *copy = g_memdup2 (data, length);
    g_autofree gchar *word = NULL;
    guint64 number = 0;

    copy[i / 256] = (guint8)i;
    *ret_changed = g_bytes_new_take (copy, length - left_out);
    return pena_ipc_message_unpack (*ret_changed, FALSE, &word, &number);
}

/* What a stranger changed is refused, or is something that can be looked at. */
static void
test_changed (void)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack ("Prepare", 7, sample ());
    g_autoptr (GBytes) body = body_of (message);
    gsize length = g_bytes_get_size (body), refused = 0;

    for (gsize i = 0; i < length * 256; i++) {
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (GVariant) heard = hear_changed (body, i, i % 3, &changed);
        g_autofree gchar *shown = heard != NULL ? g_variant_print (heard, TRUE) : NULL;
        refused += shown == NULL;
    }
    g_assert_cmpuint (refused, >, length);
}

/* Takes the value. */
static gboolean
is_refused (GVariant *value)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack ("Prepare", 7, value);
    g_autoptr (GBytes) body = body_of (message);
    g_autofree gchar *word = NULL;
    guint64 number = 0;
    g_autoptr (GVariant) heard = pena_ipc_message_unpack (body, FALSE, &word, &number);

    return heard == NULL;
}

static GVariant *
nested (guint depth)
{
    GVariant *value = g_variant_new_string ("x");

    for (guint i = 0; i < depth; i++)
        value = g_variant_new_variant (value);
    return value;
}

/* Also a type may be deep, by itself and where the value is already. */
static void
test_deep (void)
{
    g_autofree gchar *opening = g_strnfill (100, '('), *closing = g_strnfill (100, ')');
    g_autofree gchar *type = g_strconcat (opening, "y", closing, NULL);

    g_assert_false (is_refused (nested (50)));
    for (guint depth = 60; depth < 140; depth++) {
        GVariant *deeper = g_variant_new_from_data (G_VARIANT_TYPE (type), "x", 1, TRUE, NULL, NULL);
        for (guint i = 0; i < depth; i++)
            deeper = g_variant_new_variant (deeper);
        g_assert_true (is_refused (deeper));
    }
    for (guint depth = 70; depth < 140; depth++)
        g_assert_true (is_refused (nested (depth)));
    g_assert_true (is_refused (nested (10000)));
}

static GVariant *
tuple_of_bytes (gsize length)
{
    gchar *letters = g_strnfill (length, 'y');
    g_autofree gchar *type = g_strconcat ("(", letters, ")", NULL);

    return g_variant_new_from_data (G_VARIANT_TYPE (type), letters, length, TRUE, g_free, letters);
}

static GVariant *
named (GVariant *value)
{
    return g_variant_new_parsed ("({'head': <%v>},)", g_variant_new_variant (value));
}

/* To know a type takes GLib many times what it takes to write it: it must not come to that. */
static void
test_long_types (void)
{
    g_assert_false (is_refused (tuple_of_bytes (253)));
    g_assert_true (is_refused (tuple_of_bytes (254)));
    g_assert_true (is_refused (tuple_of_bytes (100000)));
    g_assert_false (is_refused (named (tuple_of_bytes (253))));
    g_assert_true (is_refused (named (tuple_of_bytes (254))));
    g_assert_true (is_refused (named (tuple_of_bytes (100000))));
}

static GVariant *
many (gsize length)
{
    GVariantBuilder builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("(av)"));
    g_variant_builder_open (&builder, G_VARIANT_TYPE ("av"));
    for (gsize i = 0; i < length; i++)
        g_variant_builder_add (&builder, "v", g_variant_new_boolean (TRUE));
    g_variant_builder_close (&builder);
    return g_variant_builder_end (&builder);
}

static void
test_many_parts (void)
{
    g_assert_false (is_refused (many (10000)));
    g_assert_true (is_refused (many (100000)));
}

/* Bytes and texts are looked at quickly, however many there are; nothing else is as long. */
static void
test_large (void)
{
    gsize length = 10 * 1024 * 1024;
    g_autofree gchar *letters = g_strnfill (length, 'y'), *zeros = g_malloc0 (length);
    static const gchar *const refused[] = {"ab", "a()", "a(yyyyyyyy)", "at", "a(t(t(t)))"};

    g_assert_false (is_refused (named (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, letters, length, 1))));
    g_assert_false (is_refused (named (g_variant_new_string (letters))));
    g_assert_false (is_refused (g_variant_new ("(s)", letters)));
    for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
        g_assert_true (is_refused (named (g_variant_new_from_data (G_VARIANT_TYPE (refused[i]), zeros,
                                                                   length / 240 * 240, TRUE, NULL, NULL))));
    letters[length - 1] = '\xFF';
    g_assert_true (
        is_refused (g_variant_new_from_data (G_VARIANT_TYPE_STRING, letters, length, TRUE, NULL, NULL)));
}

/* Whether it is sound is told as GLib tells it, also of what was changed. */
static void
test_sound_as_glib_says (void)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack ("Prepare", 7, sample ());
    g_autoptr (GBytes) body = body_of (message);

    for (gsize i = 0; i < g_bytes_get_size (body) * 256; i++) {
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (GVariant) heard = hear_changed (body, i, 0, &changed);
        g_autoptr (GVariant) whole =
            g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("(stv)"), changed, FALSE));
        g_assert_true ((heard != NULL) == g_variant_is_normal_form (whole));
    }
}

static void
test_errors (void)
{
    g_autoptr (GError) said = g_error_new_literal (PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "no \xFFtrailer");
    pena_error_set_string (said, "reason", "trailer");
    g_autoptr (GVariant) value = g_variant_ref_sink (pena_ipc_error_to_variant (said));
    g_autoptr (GError) heard = pena_ipc_error_from_variant (value);
    g_autofree gchar *filler = g_strnfill (20000, 'x');
    g_autoptr (GVariant) unknown =
        g_variant_ref_sink (g_variant_new_parsed ("('no-such-code', '', @a{sv} {})"));
    g_autoptr (GVariant) large =
        g_variant_ref_sink (g_variant_new_parsed ("('busy', %s, @a{sv} {})", filler));
    g_autoptr (GVariant) other = g_variant_ref_sink (g_variant_new_string ("busy"));

    g_assert_error (heard, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED);
    g_autoptr (GVariant) facts = pena_error_dup_facts (heard);
    g_assert_cmpuint (g_variant_n_children (facts), ==, 1);
    g_assert_null (pena_ipc_error_from_variant (unknown));
    g_assert_null (pena_ipc_error_from_variant (large));
    g_assert_null (pena_ipc_error_from_variant (other));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/ipc/message/there-and-back", test_there_and_back);
    g_test_add_func ("/ipc/message/sizes", test_sizes);
    g_test_add_func ("/ipc/message/changed", test_changed);
    g_test_add_func ("/ipc/message/deep", test_deep);
    g_test_add_func ("/ipc/message/long-types", test_long_types);
    g_test_add_func ("/ipc/message/many-parts", test_many_parts);
    g_test_add_func ("/ipc/message/large", test_large);
    g_test_add_func ("/ipc/message/sound-as-glib-says", test_sound_as_glib_says);
    g_test_add_func ("/ipc/message/errors", test_errors);
    return g_test_run ();
}
