/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what the prompt says
 * Copyright (C) 2026 the Pena authors */
#include "pena-text.h"
#include "prompt-text.h"

#include <string.h>

static const guint8 sha256[32] = {0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0xFF};

static PenaPromptFacts
sample (void)
{
    return (PenaPromptFacts){
        .document = "surat.pdf",
        .size = 123456,
        .pages = 3,
        .sha256 = sha256,
        .application = "LibreOffice",
        .holder = "Sari Wulandari, S.Sos., M.Si.",
        .title = "Kepala Dinas Kearsipan dan Perpustakaan",
        .unit = "Dinas Kearsipan dan Perpustakaan",
        .not_after = 1893456000, /* 2030-01-01 */
        .token = "PIV",
        .serial = "0123",
        .tries_left = 3,
    };
}

static void
assert_holds (const gchar *text, const gchar *part)
{
    if (strstr (text, part) == NULL)
        g_error ("'%s' is not in: %s", part, text);
}

static void
test_english (void)
{
    PenaPromptFacts facts = sample ();

    pena_text_set_language ("en");
    g_autofree gchar *text = pena_prompt_text_describe (&facts);
    g_assert_true (g_str_has_prefix (text, "Sign this document?\n"));
    assert_holds (text, "\nDocument: surat.pdf\n");
    assert_holds (text, ", pages: 3\n");
    assert_holds (text, "\nSHA-256: 1234 5678 9abc def0 \xE2\x80\xA6\n");
    assert_holds (text, "\nApplication: LibreOffice (according to the system)\n");
    assert_holds (text, "\nSigner: Sari Wulandari, S.Sos., M.Si.\n");
    assert_holds (text, "\nCertificate valid until: 20"); /* the day depends on the time zone */
    assert_holds (text, "\nToken: PIV (0123)\nTries left: 3");
}

static void
test_indonesian (void)
{
    PenaPromptFacts facts = sample ();

    pena_text_set_language ("id");
    g_autofree gchar *text = pena_prompt_text_describe (&facts);
    g_autofree gchar *last = pena_prompt_text_last_try (&facts);
    pena_text_set_language ("en");
    g_assert_true (g_str_has_prefix (text, "Tanda tangani dokumen ini?\n"));
    assert_holds (text, "\nDokumen: surat.pdf\nUkuran: 123,5");
    assert_holds (text, "LibreOffice (menurut sistem)");
    assert_holds (text, "\nSisa percobaan: 3");
    assert_holds (last, "percobaan");
}

static void
test_tries_as_far_as_known (void)
{
    PenaPromptFacts facts = sample ();

    facts.tries_left = -1;
    g_autofree gchar *unknown = pena_prompt_text_describe (&facts);
    facts.tries_low = TRUE;
    g_autofree gchar *low = pena_prompt_text_describe (&facts);
    g_autofree gchar *wrong = pena_prompt_text_wrong (2);
    g_autofree gchar *wrong_unknown = pena_prompt_text_wrong (-1);
    g_assert_null (strstr (unknown, "left"));
    assert_holds (low, "Only a few tries are left.");
    assert_holds (wrong, "Tries left: 2");
    g_assert_null (strstr (wrong_unknown, "left"));
}

static void
test_absent_facts_leave_no_line (void)
{
    PenaPromptFacts facts = sample ();

    facts.document = "";
    facts.pages = -1;
    facts.title = facts.unit = facts.application = NULL;
    g_autofree gchar *text = pena_prompt_text_describe (&facts);
    assert_holds (text, "Document: (without a name)\n");
    assert_holds (text, "Application: not known");
    g_assert_null (strstr (text, "Unit"));
    g_assert_null (strstr (text, "pages"));
}

static void
test_pdf_without_pages_says_so (void)
{
    PenaPromptFacts facts = sample ();

    facts.pages = 0;
    g_autofree gchar *text = pena_prompt_text_describe (&facts);
    assert_holds (text, ", pages: 0\n");
}

static void
assert_cleaned (const gchar *text, const gchar *wanted)
{
    g_autofree gchar *clean = pena_prompt_clean (text, 40);
    g_assert_cmpstr (clean, ==, wanted);
}

static void
test_hostile_names (void)
{
    assert_cleaned ("surat.pdf", "surat.pdf");
    assert_cleaned (NULL, "");
    assert_cleaned ("a\nTries left: 9\r\tb", "a Tries left: 9 b");
    assert_cleaned ("\x1B[2Jleer\x07", "[2Jleer");
    assert_cleaned ("gaji\xE2\x80\xAE"
                    "fdp.exe",
                    "gajifdp.exe"); /* right-to-left override */
    assert_cleaned ("a\xE2\x81\xA6"
                    "b\xE2\x81\xA9\xE2\x80\x8B"
                    "c",
                    "abc"); /* isolates, zero-width space */
    assert_cleaned ("a\xE2\x80\xA8"
                    "b",
                    "a b"); /* line separator */
    assert_cleaned ("<b>tebal</b>", "\xE2\x80\xB9"
                                    "b\xE2\x80\xBAtebal\xE2\x80\xB9/b\xE2\x80\xBA");
    assert_cleaned ("a\xFF"
                    "b",
                    "a\xEF\xBF\xBD"
                    "b"); /* not UTF-8 */
    assert_cleaned ("  a   b  ", "a b");
    assert_cleaned ("e\xCC\x81\xCC\x81\xCC\x81\xCC\x81", "e\xCC\x81\xCC\x81"); /* a pile of accents */
}

static void
test_long_names_lose_their_middle (void)
{
    assert_cleaned ("nomor-0123456789-0123456789-0123456789-tentang-kenaikan.pdf",
                    "nomor-0123456789-0123456\xE2\x80\xA6"
                    "kenaikan.pdf");
    g_autofree gchar *percents = g_strnfill (100, '%');
    g_autofree gchar *clean = pena_prompt_clean (percents, 40);
    g_autofree gchar *escaped = pena_prompt_escape (clean);
    g_assert_cmpuint (strlen (escaped), <=, 40);
}

static void
test_escape (void)
{
    g_autofree gchar *escaped = pena_prompt_escape ("100%\na\r\xC3\xA9");
    g_assert_cmpstr (escaped, ==, "100%25%0Aa%0D\xC3\xA9");

    g_autofree gchar *many = g_strnfill (2000, '%');
    g_autofree gchar *cut = pena_prompt_escape (many);
    g_assert_cmpuint (strlen (cut), <=, PENA_PROMPT_ARGUMENT_MAX);
    g_assert_cmpuint (strlen (cut) % 3, ==, 0);
}

/* pinentry-curses breaks longer lines, and has 24 rows for all. */
static void
assert_narrow (const gchar *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        if (g_utf8_strlen (lines[i], -1) > 72)
            g_error ("too long for a terminal: %s", lines[i]);
    g_assert_cmpuint (g_strv_length (lines), <=, 17);
}

/* The worst that can be shown still fits into one line of the protocol, in both languages. */
static void
assert_fits (PenaPromptFacts *facts, const gchar *language)
{
    pena_text_set_language (language);
    g_autofree gchar *text = pena_prompt_text_describe (facts);
    g_autofree gchar *escaped = pena_prompt_escape (text);
    g_assert_cmpuint (strlen (escaped), <, PENA_PROMPT_ARGUMENT_MAX - 3);
    assert_narrow (text);
    g_autofree gchar *last = pena_prompt_text_last_try (facts);
    assert_narrow (last);
    g_autofree gchar *wrong = pena_prompt_text_wrong (facts->tries_left);
    assert_narrow (wrong);
    assert_narrow (pena_prompt_text_impossible ());
    g_autofree gchar *last_escaped = pena_prompt_escape (last);
    g_assert_cmpuint (strlen (last_escaped), <, PENA_PROMPT_ARGUMENT_MAX - 3);
    pena_text_set_language ("en");
}

/* With a longer one pinentry-curses shows nothing at all. */
static void
test_buttons_fit (void)
{
    static const gchar *const languages[] = {"id", "en"};
    static const gchar *const labels[] = {"Sign", "Cancel", "Use the last try"};

    for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
        pena_text_set_language (languages[i]);
        for (guint j = 0; j < G_N_ELEMENTS (labels); j++)
            g_assert_cmpint (g_utf8_strlen (pena_text (labels[j]), -1), <=, 20);
    }
    pena_text_set_language ("en");
}

static void
test_everything_fits (void)
{
    static const gchar *const fillers[] = {"%", "a", "\xC3\xA9", "\xF0\x9F\x96\x8B"};

    for (guint i = 0; i < G_N_ELEMENTS (fillers); i++) {
        GString *filled = g_string_new (NULL);
        for (guint n = 0; n < 500; n++)
            g_string_append (filled, fillers[i]);
        PenaPromptFacts facts = {.document = filled->str,
                                 .size = G_MAXUINT64,
                                 .pages = G_MAXUINT32,
                                 .certify = 3,
                                 .sha256 = sha256,
                                 .application = filled->str,
                                 .holder = filled->str,
                                 .title = filled->str,
                                 .unit = filled->str,
                                 .not_after = G_MAXINT64,
                                 .token = filled->str,
                                 .serial = filled->str,
                                 .tries_left = -1,
                                 .tries_low = TRUE,
                                 .pinpad = TRUE};
        assert_fits (&facts, "en");
        assert_fits (&facts, "id");
        g_string_free (filled, TRUE);
    }
}

gint
main (gint argc, gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    pena_text_init ();
    g_test_add_func ("/prompt-text/english", test_english);
    g_test_add_func ("/prompt-text/indonesian", test_indonesian);
    g_test_add_func ("/prompt-text/tries", test_tries_as_far_as_known);
    g_test_add_func ("/prompt-text/absent-facts", test_absent_facts_leave_no_line);
    g_test_add_func ("/prompt-text/no-pages", test_pdf_without_pages_says_so);
    g_test_add_func ("/prompt-text/hostile-names", test_hostile_names);
    g_test_add_func ("/prompt-text/long-names", test_long_names_lose_their_middle);
    g_test_add_func ("/prompt-text/escape", test_escape);
    g_test_add_func ("/prompt-text/buttons-fit", test_buttons_fit);
    g_test_add_func ("/prompt-text/everything-fits", test_everything_fits);
    return g_test_run ();
}
