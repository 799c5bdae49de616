/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the verification report in words
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-text.h"
#include "report.h"

#define SIGNER                                                                                               \
    "\"signer\":{\"name\":\"Sari Wulandari\",\"nip\":\"197803152005012003\",\"title\":\"Kepala "             \
    "Dinas\",\"unit\":"                                                                                      \
    "\"Dinas\",\"organization\":\"Kabupaten\",\"issuer\":\"CN=CA\",\"serial\":\"0a\",\"not_before\":"        \
    "\"2026-01-01T00:00:00Z\",\"not_after\":\"2028-01-01T00:00:00Z\"}"

/* A report with one signature. */
static gchar *
make_report (const gchar *overall, const gchar *verdict, const gchar *changes, const gchar *more)
{
    return g_strdup_printf (
        "{\"verdict\":\"%s\",\"signatures\":[{\"verdict\":\"%s\"," SIGNER
        ",\"format\":\"PAdES\",\"level\":\"B-B\",\"claimed_time\":\"2026-11-21T07:00:00Z\","
        "\"revocation_checked\":true,\"reason\":null,\"coverage\":{\"whole_file\":%s,"
        "\"changes_after\":\"%s\"}%s}]}",
        overall, verdict, strcmp (changes, "none") == 0 ? "true" : "false", changes, more);
}

static gchar *
render (const gchar *json, gboolean colour)
{
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    g_assert_nonnull (root);
    return pena_cli_render_report (json_node_get_object (root), colour);
}

static gboolean
is_valid (const gchar *json)
{
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    return pena_cli_report_is_valid (json_node_get_object (root));
}

static void
test_valid (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "none", "");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_true (is_valid (json));
    g_assert_cmpstr (text, ==,
                     "VALID: signed by Sari Wulandari\n"
                     "  post            Kepala Dinas\n"
                     "  office          Dinas, Kabupaten\n"
                     "  NIP             197803152005012003\n"
                     "  signed at       2026-11-21 07:00:00 UTC (by the signer's own clock)\n"
                     "  covers          the whole file; nothing was changed after signing\n"
                     "  kind            PAdES B-B\n"
                     "  certificate     0a\n"
                     "  issued by       CN=CA\n"
                     "  valid from      2026-01-01 00:00:00 UTC\n"
                     "  valid until     2028-01-01 00:00:00 UTC\n"
                     "  revocation      checked: not on the list of revoked certificates\n");
}

static void
test_later_signatures (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "signatures", "");
    g_autofree gchar *text = render (json, FALSE);
    g_assert_nonnull (strstr (text, "after it only further signatures were added"));
}

static void
test_changed_after (void)
{
    g_autofree gchar *json =
        make_report ("indeterminate", "INDETERMINATE", "other", ",\"problems\":[\"page 2\"]");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_true (g_str_has_prefix (text, "NOT CONFIRMED: signed by Sari Wulandari, but"));
    g_assert_nonnull (strstr (text, "IT WAS CHANGED AFTER SIGNING"));
    g_assert_nonnull (strstr (text, "  problem         page 2\n"));
}

static void
test_broken (void)
{
    g_autofree gchar *json =
        make_report ("invalid", "TOTAL-FAILED", "none", ",\"sub_indication\":\"HASH_FAILURE\"");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_true (g_str_has_prefix (text, "NOT VALID: the signature of Sari Wulandari is broken"));
    g_assert_null (strstr (text, "nothing was changed"));
    g_assert_nonnull (strstr (text, "HASH_FAILURE"));
}

static void
test_unsigned (void)
{
    static const gchar json[] = "{\"verdict\":\"unsigned\",\"signatures\":[]}";
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_cmpstr (text, ==, "NOT SIGNED: the document bears no signature\n");
}

static void
test_colour (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "none", "");
    g_autofree gchar *text = render (json, TRUE);
    g_assert_true (g_str_has_prefix (text, "\033[1;32mVALID\033[0m: "));
}

static void
test_indonesian (void)
{
    g_autofree gchar *valid = make_report ("valid", "TOTAL-PASSED", "none", "");
    g_autofree gchar *broken = make_report ("invalid", "TOTAL-FAILED", "none", "");

    pena_text_set_language ("id");
    g_autofree gchar *text = render (valid, FALSE), *other = render (broken, FALSE);
    pena_text_set_language (NULL);
    g_assert_true (g_str_has_prefix (text, "SAH: ditandatangani oleh Sari Wulandari\n"));
    g_assert_true (g_str_has_prefix (other, "TIDAK SAH: "));
}

static void
test_hostile_reports (void)
{
    static const gchar *const texts[] = {
        "{}",
        "{\"verdict\":\"valid\"}",
        "{\"verdict\":\"valid\",\"signatures\":null}",
        "{\"verdict\":\"valid\",\"signatures\":{}}",
        "{\"verdict\":[],\"signatures\":[1,null,[]]}",
        "{\"signatures\":[{\"verdict\":1,\"signer\":[],\"coverage\":7,\"problems\":{},\"notes\":[1,{}],"
        "\"claimed_time\":\"yesterday\"}]}",
        "{\"signatures\":[{\"signer\":{\"name\":{}},\"coverage\":null,\"problems\":[null],\"claimed_time\":"
        "null}]}",
    };
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autofree gchar *text = render (texts[i], FALSE);
        g_assert_false (is_valid (texts[i]));
        g_assert_null (strstr (text, "VALID: signed"));
    }
}

static void
test_names_cannot_steer_the_terminal (void)
{
    g_autofree gchar *text = render ("{\"signatures\":[{\"verdict\":\"TOTAL-FAILED\",\"signer\":{\"name\":"
                                     "\"x\\r\\u001b[2KVALID: signed by Sari\"}}]}",
                                     FALSE);
    g_assert_null (strchr (text, '\033'));
    g_assert_null (strchr (text, '\r'));
    g_assert_true (g_str_has_prefix (text, "NOT VALID: "));
}

static void
assert_one_column (const gchar *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        if (!g_str_has_prefix (lines[i], "  "))
            continue;
        const gchar *value = g_utf8_offset_to_pointer (lines[i], PENA_CLI_REPORT_HANG);
        if (*value == ' ' || value[-1] != ' ')
            g_error ("not in its column: %s", lines[i]);
    }
}

static void
test_values_stand_in_one_column (void)
{
    static const gchar *const languages[] = {"id", "en"};
    g_autofree gchar *json =
        make_report ("invalid", "TOTAL-FAILED", "none",
                     ",\"problems\":[\"p\"],\"notes\":[\"n\"],\"location\":\"l\",\"field\":\"f\","
                     "\"sub_indication\":\"HASH_FAILURE\"");

    for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
        pena_text_set_language (languages[i]);
        g_autofree gchar *text = render (json, FALSE);
        assert_one_column (text);
    }
}

/* The list was looked at, and the certificate is on it. */
static void
test_revoked (void)
{
    g_autofree gchar *json =
        make_report ("indeterminate", "INDETERMINATE", "none", ",\"sub_indication\":\"REVOKED_NO_POE\"");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_nonnull (strstr (text, "WAS REVOKED"));
    g_assert_null (strstr (text, "not on the list"));
}

static void
test_several_signatures_are_counted (void)
{
    g_autofree gchar *text =
        render ("{\"verdict\":\"invalid\",\"signatures\":[{\"verdict\":\"TOTAL-PASSED\"},"
                "{\"verdict\":\"TOTAL-FAILED\"}]}",
                FALSE);

    g_assert_true (g_str_has_prefix (text, "2 signatures, of which 1 are valid\n\nVALID: "));
    g_assert_nonnull (strstr (text, "\n\nNOT VALID: "));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C", TRUE);
    g_setenv ("TZ", "UTC", TRUE);
    pena_text_init ();
    g_test_add_func ("/cli/report/valid", test_valid);
    g_test_add_func ("/cli/report/later-signatures", test_later_signatures);
    g_test_add_func ("/cli/report/changed-after", test_changed_after);
    g_test_add_func ("/cli/report/broken", test_broken);
    g_test_add_func ("/cli/report/unsigned", test_unsigned);
    g_test_add_func ("/cli/report/colour", test_colour);
    g_test_add_func ("/cli/report/indonesian", test_indonesian);
    g_test_add_func ("/cli/report/columns", test_values_stand_in_one_column);
    g_test_add_func ("/cli/report/revoked", test_revoked);
    g_test_add_func ("/cli/report/several", test_several_signatures_are_counted);
    g_test_add_func ("/cli/report/hostile", test_hostile_reports);
    g_test_add_func ("/cli/report/terminal", test_names_cannot_steer_the_terminal);
    return g_test_run ();
}
