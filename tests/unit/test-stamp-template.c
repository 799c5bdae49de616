/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of stamp templates and of what fills them
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-stamp-fields.h"
#include "pena-stamp-template.h"

#define HEAD "[stamp]\nsize=100 50\nfields=pangkat\n"
#define TEXT "[text]\nbox=0 0 100 50\n"

static PenaStampTemplate *
parse (const gchar *text, GError **error)
{
    return pena_stamp_template_parse (text, strlen (text), error);
}

static void
test_good (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaStampTemplate) stamp =
        parse (HEAD "page=3\nplace=top\ncolour=#ff0000\n\n# x\n" TEXT
                    "text={name}\n[footer]\nsize=9 9\n[footer line]\nbox=0 0 9 1\n",
               &error);

    g_assert_no_error (error);
    const PenaStampCanvas *main_canvas = &stamp->canvases[PENA_STAMP_MAIN];
    g_assert_cmpint (main_canvas->page, ==, 3);
    g_assert_cmpstr (pena_stamp_places[main_canvas->place], ==, "top");
    g_assert_cmpfloat (main_canvas->colour.red, ==, 1);
    g_assert_cmpuint (main_canvas->elements->len, ==, 1);
    g_assert_true (stamp->canvases[PENA_STAMP_FOOTER].present);
    g_assert_cmpstr (pena_stamp_places[stamp->canvases[PENA_STAMP_FOOTER].place], ==, "bottom");
}

/* The line is named, from 1; 0 where it is of no line. */
static void
test_mistakes (void)
{
    static const struct {
        const gchar *text;
        gint64 line;
    } cases[] = {
        {"", 0},
        {"x=1\n", 1},
        {HEAD "nonsense\n", 4},
        {HEAD "[text\n", 4},
        {HEAD "size=1 2\n", 4},
        {HEAD TEXT "text=a\n[text]\n", 7},
        {"[stamp]\nfont=Sans 8\n", 1},
        {"[stamp]\nsize=100\n", 2},
        {"[stamp]\nsize=-1 5\n", 2},
        {"[stamp]\nsize=nan 5\n", 2},
        {"[stamp]\nsize=1e9 5\n", 2},
        {HEAD "colour=red\n", 4},
        {HEAD "place=somewhere\n", 4},
        {HEAD "page=0\n", 4},
        {HEAD "font=Sans\n", 4},
        {HEAD "speed=9\n", 4},
        {HEAD TEXT, 4},
        {HEAD "[text]\ntext=a\nbox=0 0 101 50\n", 6},
        {HEAD "[circle]\n", 4},
        {HEAD "[footer text]\nbox=0 0 1 1\ntext=a\n", 4},
        {HEAD "[image]\nbox=0 0 1 1\ndata=\n", 6},
        {"[stamp]\nsize=9 9\nfields=Na me\n", 3},
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        gint64 line = 0;
        g_autoptr (PenaStampTemplate) stamp = parse (cases[i].text, &error);
        g_assert_null (stamp);
        g_assert_error (error, PENA_ERROR, PENA_ERROR_STAMP_INVALID);
        pena_error_get_int (error, "line", &line);
        g_assert_cmpint (line, ==, cases[i].line);
    }
}

static gchar *
expand (const gchar *text, GError **error)
{
    g_autoptr (PenaStampTemplate) stamp = parse (HEAD TEXT "text=x\n", NULL);
    g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);

    g_hash_table_insert (values, (gpointer) "name", (gpointer) "Sari");
    g_hash_table_insert (values, (gpointer) "nip", (gpointer) "");
    return pena_stamp_expand (stamp, stamp->canvases[PENA_STAMP_MAIN].elements->pdata[0], text, values,
                              error);
}

static void
test_expand (void)
{
    static const gchar *const cases[][2] = {
        {"a {name} b", "a Sari b"}, {"{name}\nNIP {nip}", "Sari"}, {"NIP {nip}\n{name}", "Sari"},
        {"{{name}", "{name}"},      {"{pangkat}\nx", "x"},         {"{nip}", ""},
        {"{name} {nip}", "Sari "},  {"a\n\nb", "a\n\nb"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *text = expand (cases[i][0], NULL);
        g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

static void
test_expand_mistakes (void)
{
    static const gchar *const cases[] = {"{naem}", "{name", "a {", "{}"};

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (expand (cases[i], &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_STAMP_INVALID);
    }
}

static void
test_time (void)
{
    g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

    pena_stamp_put_time (values, 1769826600, 7 * 3600, 0); /* 2026-01-31 02:30 UTC */
    g_assert_cmpstr (g_hash_table_lookup (values, "date"), ==, "31 Januari 2026");
    g_assert_cmpstr (g_hash_table_lookup (values, "time"), ==, "09.30 WIB");
    pena_stamp_put_time (values, 1769826600, -5400, 1);
    g_assert_cmpstr (g_hash_table_lookup (values, "date"), ==, "31 January 2026");
    g_assert_cmpstr (g_hash_table_lookup (values, "time"), ==, "01:00 UTC-01:30");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/stamp/template/good", test_good);
    g_test_add_func ("/stamp/template/mistakes", test_mistakes);
    g_test_add_func ("/stamp/fields/expand", test_expand);
    g_test_add_func ("/stamp/fields/mistakes", test_expand_mistakes);
    g_test_add_func ("/stamp/fields/time", test_time);
    return g_test_run ();
}
