/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of reading an agent's answer
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "client-answer.h"

static GError *
error_from (const gchar *text)
{
    g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
    return pena_client_error_from_answer (403, body);
}

static void
test_error_keeps_code_and_facts (void)
{
    g_autoptr (GError) error =
        error_from ("{\"error\":\"access_denied\",\"error_description\":\"salah\",\"code\":\"pin-"
                    "wrong\",\"next_step\":\"x\",\"attempts_left\":2,\"field\":\"A\"}");
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);
    const gchar *field = NULL;
    gint64 left = 0;

    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_assert_cmpstr (error->message, ==, "salah");
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
    g_assert_true (g_variant_lookup (facts, "field", "&s", &field));
    g_assert_cmpstr (field, ==, "A");
    g_assert_cmpuint (g_variant_n_children (facts), ==, 2);
}

static void
test_hostile_errors (void)
{
    static const gchar *const texts[] = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{\"code\":7}",
        "{\"code\":\"no-such-code\"}",
        "{\"code\":null,\"error_description\":[1]}",
        "\xff\xfe{}",
        "{\"code\":{\"code\":\"pin-wrong\"}}",
    };
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GError) error = error_from (texts[i]);
        g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
    }
}

static void
test_facts_are_bounded (void)
{
    g_autoptr (GString) text = g_string_new ("{\"code\":\"busy\"");
    g_autofree gchar *long_value = g_strnfill (2000, 'x');

    g_string_append_printf (
        text, ",\"long\":\"%s\",\"nested\":{\"a\":1},\"list\":[1],\"real\":1.5,\"null\":null", long_value);
    for (guint i = 0; i < 100; i++)
        g_string_append_printf (text, ",\"f%u\":%u", i, i);
    g_string_append_c (text, '}');
    g_autoptr (GError) error = error_from (text->str);
    g_autoptr (GVariant) facts = pena_error_dup_facts (error);

    g_assert_error (error, PENA_ERROR, PENA_ERROR_BUSY);
    g_assert_cmpuint (g_variant_n_children (facts), ==, 32);
    g_assert_false (g_variant_lookup (facts, "long", "s", NULL));
}

static void
test_deep_json_is_refused (void)
{
    g_autofree gchar *open = g_strnfill (40000, '[');
    g_autofree gchar *text = g_strdup_printf ("{\"a\":%s", open);
    g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
    g_autoptr (GError) error = NULL;

    g_assert_null (pena_client_parse_object (body, 1 << 20, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
}

static void
test_brackets_in_strings_are_not_depth (void)
{
    g_autofree gchar *open = g_strnfill (100, '[');
    g_autofree gchar *text = g_strdup_printf ("{\"a\":\"\\\"%s\"}", open);
    g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
    g_autoptr (JsonNode) root = pena_client_parse_object (body, 1000, NULL);

    g_assert_nonnull (root);
}

static void
test_too_long_json_is_refused (void)
{
    g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
    g_assert_null (pena_client_parse_object (body, 6, NULL));
}

/* Name and value, one after the other. */
static const gchar *
look_up (gpointer headers, const gchar *name)
{
    for (const gchar *const *at = headers; *at != NULL; at += 2)
        if (g_str_equal (at[0], name))
            return at[1];
    return NULL;
}

#define SHA "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_good_headers (void)
{
    const gchar *headers[] = {"Pena-Credential",
                              "c1",
                              "Pena-Level",
                              "B-B",
                              "Pena-Signature-Id",
                              "01ARZ",
                              "Pena-Document-SHA256",
                              SHA,
                              "Pena-Document-Size",
                              "42",
                              NULL};
    g_auto (PenaClientSigned) facts = {0};

    g_assert_true (pena_client_parse_signed (look_up, headers, &facts, NULL));
    g_assert_cmpstr (facts.credential, ==, "c1");
    g_assert_cmpstr (facts.level, ==, "B-B");
    g_assert_cmpstr (facts.id, ==, "01ARZ");
    g_assert_true (g_str_has_prefix (facts.sha256, "0123456789abcdef"));
    g_assert_cmpuint (facts.size, ==, 42);
}

static void
test_hostile_headers (void)
{
    static const struct {
        const gchar *name, *value;
    } cases[] = {
        {"Pena-Credential", NULL},
        {"Pena-Credential", ""},
        {"Pena-Credential", "a\x1b[2J"},
        {"Pena-Level", "B\nB"},
        {"Pena-Signature-Id", NULL},
        {"Pena-Signature-Id", "\x1b[2J"},
        {"Pena-Document-SHA256", "0123"},
        {"Pena-Document-SHA256", "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"Pena-Document-Size", "-1"},
        {"Pena-Document-Size", "1e9"},
        {"Pena-Document-Size", "99999999999999999999"},
        {"Pena-Document-Size", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        const gchar *headers[] = {"Pena-Credential",
                                  "c1",
                                  "Pena-Level",
                                  "B-B",
                                  "Pena-Signature-Id",
                                  "01ARZ",
                                  "Pena-Document-SHA256",
                                  SHA,
                                  "Pena-Document-Size",
                                  "42",
                                  NULL};
        g_auto (PenaClientSigned) facts = {0};
        g_autoptr (GError) error = NULL;
        for (guint h = 0; headers[h] != NULL; h += 2)
            if (g_str_equal (headers[h], cases[i].name))
                headers[h + 1] = cases[i].value;
        g_assert_false (pena_client_parse_signed (look_up, headers, &facts, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
        g_assert_null (facts.credential);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/client/answer/error", test_error_keeps_code_and_facts);
    g_test_add_func ("/client/answer/hostile-errors", test_hostile_errors);
    g_test_add_func ("/client/answer/facts-are-bounded", test_facts_are_bounded);
    g_test_add_func ("/client/answer/deep-json", test_deep_json_is_refused);
    g_test_add_func ("/client/answer/brackets-in-strings", test_brackets_in_strings_are_not_depth);
    g_test_add_func ("/client/answer/too-long", test_too_long_json_is_refused);
    g_test_add_func ("/client/answer/good-headers", test_good_headers);
    g_test_add_func ("/client/answer/hostile-headers", test_hostile_headers);
    return g_test_run ();
}
