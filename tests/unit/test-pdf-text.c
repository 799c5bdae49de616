/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of strings, dates and tokens of PDF
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-pdf-lexer.h"
#include "pena-pdf-text.h"

static void
test_text_strings (void)
{
    const gchar *const cases[][2] = {{"", "()"},
                                     {"Surat (1) \\ 2", "(Surat \\(1\\) \\\\ 2)"},
                                     {"é", "<FEFF00E9>"},
                                     {"\xF0\x9F\x96\x8B", "<FEFFD83DDD8B>"},
                                     {"a\nb", "<FEFF0061000A0062>"}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GString) out = g_string_new (NULL);
        g_assert_true (pena_pdf_append_text (out, cases[i][0]));
        g_assert_cmpstr (out->str, ==, cases[i][1]);
    }
}

static void
test_text_that_is_not_utf8 (void)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_assert_false (pena_pdf_append_text (out, "\xFF\xFE"));
    g_assert_cmpuint (out->len, ==, 0);
}

static void
test_dates_come_back (void)
{
    const gint offsets[] = {0, 7 * 3600, -(3 * 3600 + 1800), 14 * 3600};

    for (gsize i = 0; i < G_N_ELEMENTS (offsets); i++) {
        g_autofree gchar *date = pena_pdf_date_new (1790000000, offsets[i]);
        g_autofree gchar *inside = g_strndup (date + 1, strlen (date) - 2);
        g_assert_cmpint (pena_pdf_date_parse (inside), ==, 1790000000);
    }
    g_autofree gchar *date = pena_pdf_date_new (1790000000, 7 * 3600);
    g_assert_cmpstr (date, ==, "(D:20260921211320+07'00')");
}

static void
test_dates_of_others (void)
{
    g_assert_cmpint (pena_pdf_date_parse ("D:20260921141320Z"), ==, 1790000000);
    g_assert_cmpint (pena_pdf_date_parse ("20260921141320Z00'00'"), ==, 1790000000);
    g_assert_cmpint (pena_pdf_date_parse ("D:20260921211320+07'00"), ==, 1790000000);
    g_assert_cmpint (pena_pdf_date_parse ("D:19700101"), ==, 0);
    g_assert_cmpint (pena_pdf_date_parse (NULL), ==, G_MININT64);
    g_assert_cmpint (pena_pdf_date_parse (""), ==, G_MININT64);
    g_assert_cmpint (pena_pdf_date_parse ("D:20261321"), ==, G_MININT64);
    g_assert_cmpint (pena_pdf_date_parse ("D:20260230"), ==, G_MININT64);
    g_assert_cmpint (pena_pdf_date_parse ("D:20260921141320+07'00'x"), ==, G_MININT64);
    g_assert_cmpint (pena_pdf_date_parse ("yesterday"), ==, G_MININT64);
}

static PenaPdfLexer
lexer_of (const gchar *text)
{
    return (PenaPdfLexer){(const guint8 *)text, strlen (text), 0};
}

static void
test_dictionary_values (void)
{
    gint64 previous = -1, length = -1;
    const PenaPdfWanted wanted[] = {{"/Prev", &previous, NULL}, {"/Length", &length, NULL}};
    PenaPdfLexer lexer =
        lexer_of ("<</A(\\)>>/Prev 1)/B<48>/C[1 0 R<</Prev 2>>]/Prev 77%/Prev 3\n/Length 5 0 R/D 1.5>>x");

    g_assert_true (pena_pdf_lexer_dictionary (&lexer, wanted, G_N_ELEMENTS (wanted)));
    g_assert_cmpint (previous, ==, 77);
    g_assert_cmpint (length, ==, -1); /* a reference is no value */
    g_assert_cmpuint (lexer.size - lexer.at, ==, 1);
}

static void
test_dictionary_arrays (void)
{
    g_autoptr (GArray) index = g_array_new (FALSE, FALSE, sizeof (gint64));
    const PenaPdfWanted wanted[] = {{"/Index", NULL, index}};
    PenaPdfLexer lexer = lexer_of ("<</W[1 2]/Index[4 -1[9]<</Index[8]>>(7)6]/Index 5>>");

    g_assert_true (pena_pdf_lexer_dictionary (&lexer, wanted, G_N_ELEMENTS (wanted)));
    g_assert_cmpuint (index->len, ==, 3);
    g_assert_cmpint (g_array_index (index, gint64, 0), ==, 4);
    g_assert_cmpint (g_array_index (index, gint64, 1), ==, -1);
    g_assert_cmpint (g_array_index (index, gint64, 2), ==, 6);
}

/* The same name, written otherwise. */
static void
test_escaped_keys (void)
{
    static const struct {
        const gchar *text;
        gboolean same;
    } cases[] = {{"/Pre#76", TRUE},  {"/#50#72#65#76", TRUE}, {"/Prev#20", FALSE},
                 {"/Pre#7", FALSE},  {"/Pre#", FALSE},        {"/Pre", FALSE},
                 {"/Pre#56", FALSE}, {"/Pre#7g", FALSE},      {"/Prev#00", FALSE}};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        gint64 previous = -1;
        const PenaPdfWanted wanted[] = {{"/Prev", &previous, NULL}};
        g_autofree gchar *text = g_strdup_printf ("<<%s 7>>", cases[i].text);
        PenaPdfLexer lexer = lexer_of (text);
        g_assert_true (pena_pdf_lexer_dictionary (&lexer, wanted, G_N_ELEMENTS (wanted)));
        g_assert_cmpint (previous, ==, cases[i].same ? 7 : -1);
    }
}

static void
test_malformed_dictionaries (void)
{
    const gchar *const cases[] = {"",        "<",       "<<",     "<</A",       "<</A 1", "<</A(>>",
                                  "<</A<4>", "<<1 2>>", "<</A>>", "<</A<4x>>>", "[/A 1]", "<</A[[[>>"};

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        PenaPdfLexer lexer = lexer_of (cases[i]);
        g_assert_false (pena_pdf_lexer_dictionary (&lexer, NULL, 0));
    }
    g_autofree gchar *deep = g_strnfill (100000, '[');
    g_autofree gchar *text = g_strconcat ("<</A ", deep, NULL);
    PenaPdfLexer lexer = lexer_of (text);
    g_assert_false (pena_pdf_lexer_dictionary (&lexer, NULL, 0));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/text/strings", test_text_strings);
    g_test_add_func ("/pdf/text/not-utf8", test_text_that_is_not_utf8);
    g_test_add_func ("/pdf/text/dates", test_dates_come_back);
    g_test_add_func ("/pdf/text/dates-of-others", test_dates_of_others);
    g_test_add_func ("/pdf/lexer/dictionary", test_dictionary_values);
    g_test_add_func ("/pdf/lexer/arrays", test_dictionary_arrays);
    g_test_add_func ("/pdf/lexer/escaped-keys", test_escaped_keys);
    g_test_add_func ("/pdf/lexer/malformed", test_malformed_dictionaries);
    return g_test_run ();
}
