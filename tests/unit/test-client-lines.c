/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of an answer that comes line by line
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "client-lines.h"

#define SHA "40491adbe52c717e15c9b113f439d5a8599e7d6d68da68f89aeafbf25516cab1"
#define FACTS                                                                                                \
    "{\"stage\":\"returning\",\"type\":\"application/pdf\",\"size\":6,\"level\":\"B-T\",\"level_reason\":"   \
    "\"tsa-unreachable\",\"level_description\":\"50 % "                                                      \
    "\xc3\xa9\",\"note\":\"\xc3\xa9\",\"document_sha256\":\"" SHA "\",\"document_size\":36323}\n"
#define ABC "{\"data\":\"YWJj\"}\n"
#define END "{\"stage\":\"finished\"}\n"

static void
on_stage (const gchar *stage, gpointer user_data)
{
    GString *told = user_data;

    g_string_append_printf (told, "%s ", stage);
}

static gboolean
read_lines (const gchar *text, gsize limit, GOutputStream *sink, GString *told, PenaClientLines *ret_lines,
            GError **error)
{
    g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (text, (gssize)strlen (text), NULL);

    return pena_client_lines_read (stream, sink, limit, on_stage, told, NULL, ret_lines, error);
}

static void
test_whole (void)
{
    g_autoptr (GString) told = g_string_new (NULL);
    g_auto (PenaClientLines) lines = {0};
    g_autoptr (GError) error = NULL;

    g_assert_true (read_lines (
        "{\"stage\":\"preparing\"}\n{\"stage\":\"asking\",\"new\":[1]}\n" FACTS ABC ABC END "whatever", 100,
        NULL, told, &lines, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (told->str, ==, "preparing asking returning ");
    g_assert_cmpmem (g_bytes_get_data (lines.body, NULL), g_bytes_get_size (lines.body), "abcabc", 6);
    g_assert_cmpstr (g_hash_table_lookup (lines.facts, "Pena-Level"), ==, "B-T");
    g_assert_cmpstr (g_hash_table_lookup (lines.facts, "Pena-Document-Size"), ==, "36323");
    g_assert_cmpstr (g_hash_table_lookup (lines.facts, "Pena-Document-SHA256"), ==, SHA);
    g_assert_cmpstr (g_hash_table_lookup (lines.facts, "Pena-Level-Description"), ==, "50%20%25%20%C3%A9");
    g_assert_cmpstr (g_hash_table_lookup (lines.facts, "Pena-Note"), ==, "%C3%A9");
    g_assert_null (g_hash_table_lookup (lines.facts, "Pena-Credential"));
}

static void
test_into_a_stream (void)
{
    g_autoptr (GString) told = g_string_new (NULL);
    g_autoptr (GOutputStream) sink = g_memory_output_stream_new_resizable ();
    g_auto (PenaClientLines) lines = {0};

    g_assert_true (read_lines (FACTS ABC ABC END, 0, sink, told, &lines, NULL));
    g_assert_null (lines.body);
    g_assert_cmpuint (g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (sink)), ==, 6);
}

static void
test_error (void)
{
    g_autoptr (GString) told = g_string_new (NULL);
    g_auto (PenaClientLines) lines = {0};
    g_autoptr (GError) error = NULL;
    gint64 left = 0;

    g_assert_false (
        read_lines ("{\"stage\":\"asking\"}\n{\"error\":\"access_denied\",\"code\":\"pin-wrong\",\"attempts_"
                    "left\":2}\n" END,
                    100, NULL, told, &lines, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
    g_assert_null (lines.facts);
}

/* What says that all went well must come, and be about all of it. */
static void
test_cut (void)
{
    const gchar *const texts[] = {
        "",       "{\"stage\":\"asking\"}\n", FACTS, FACTS ABC ABC, FACTS ABC ABC "{\"stage\":\"finished\"}",
        FACTS "{"};

    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GString) told = g_string_new (NULL);
        g_auto (PenaClientLines) lines = {0};
        g_autoptr (GError) error = NULL;
        g_assert_false (read_lines (texts[i], 100, NULL, told, &lines, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
        g_assert_null (lines.facts);
        g_assert_null (lines.body);
    }
}

static void
test_hostile (void)
{
    g_autofree gchar *long_text = g_strnfill (600 * 1024, 'x');
    g_autofree gchar *endless = g_strconcat ("{\"stage\":\"", long_text, NULL);
    g_autofree gchar *long_stage =
        g_strconcat ("{\"stage\":\"", long_text + 599 * 1024, "\"}\n" FACTS ABC ABC END, NULL);
    g_autoptr (GString) many = g_string_new (NULL);
    for (guint i = 0; i < 2000; i++)
        g_string_append (many, "{\"stage\":\"asking\"}\n");
    const gchar *const texts[] = {
        END,
        ABC FACTS END,
        FACTS END,
        FACTS ABC END,
        FACTS ABC ABC ABC END,
        FACTS FACTS ABC ABC END,
        FACTS "{\"data\":\"\"}\n" ABC ABC END,
        FACTS "{\"data\":7}\n" END,
        "{\"stage\":\"returning\",\"size\":-1,\"document_size\":1}\n" END,
        "{\"stage\":\"returning\",\"size\":\"6\",\"document_size\":1}\n" END,
        "{\"stage\":\"returning\",\"size\":0}\n" END,
        "{\"stage\":{}}\n" FACTS ABC ABC END,
        "[]\n" FACTS ABC ABC END,
        "nothing\n" FACTS ABC ABC END,
        "\n" FACTS ABC ABC END,
        "\xff\n" FACTS ABC ABC END,
        endless,
        long_stage,
        many->str,
    };

    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GString) told = g_string_new (NULL);
        g_auto (PenaClientLines) lines = {0};
        g_autoptr (GError) error = NULL;
        g_assert_false (read_lines (texts[i], 100, NULL, told, &lines, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
    }
}

static void
test_limit (void)
{
    g_autoptr (GString) told = g_string_new (NULL);
    g_auto (PenaClientLines) lines = {0};
    g_autoptr (GError) error = NULL;

    g_assert_false (read_lines (FACTS ABC ABC END, 5, NULL, told, &lines, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_INTERNAL);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/client/lines/whole", test_whole);
    g_test_add_func ("/client/lines/into-a-stream", test_into_a_stream);
    g_test_add_func ("/client/lines/error", test_error);
    g_test_add_func ("/client/lines/cut", test_cut);
    g_test_add_func ("/client/lines/hostile", test_hostile);
    g_test_add_func ("/client/lines/limit", test_limit);
    return g_test_run ();
}
