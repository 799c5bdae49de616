/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the verification report in words
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-text.h"
#include "pena-validate.h"
#include "report.h"

#define SIGNER                                                                                               \
    "\"signer\":{\"name\":\"Sari Wulandari\",\"nip\":\"197803152005012003\",\"title\":\"Kepala "             \
    "Dinas\",\"unit\":"                                                                                      \
    "\"Dinas\",\"organization\":\"Kabupaten\",\"issuer\":\"CN=CA\",\"serial\":\"0a\",\"not_before\":"        \
    "\"2026-01-01T00:00:00Z\",\"key\":\"rsa2048\",\"not_after\":\"2028-01-01T00:00:00Z\"}"

/* A report with one signature. */
static gchar *
make_report (const gchar *overall, const gchar *verdict, const gchar *changes, const gchar *more)
{
    return g_strdup_printf ("{\"verdict\":\"%s\",\"signatures\":[{\"verdict\":\"%s\"," SIGNER
                            ",\"format\":\"PAdES\",\"level\":\"B-B\",\"digest\":\"sha256\",\"claimed_time\":"
                            "\"2026-11-21T07:00:00Z\","
                            "\"revocation_checked\":true,\"reason\":null,\"coverage\":{\"whole_file\":%s,"
                            "\"changes_after\":\"%s\"}%s}]}",
                            overall, verdict, strcmp (changes, "none") == 0 ? "true" : "false", changes,
                            more);
}

static gchar *
render (const gchar *json, gboolean colour)
{
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    g_assert_nonnull (root);
    g_autoptr (PenaCliTelling) telling = pena_cli_telling_new (json_node_get_object (root));
    return pena_cli_render_telling (telling, colour, 0);
}

static gboolean
is_valid (const gchar *json)
{
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    g_autoptr (PenaCliTelling) telling = pena_cli_telling_new (json_node_get_object (root));
    return telling->outcome == PENA_CLI_VALID;
}

static void
test_valid (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "none", "");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_true (is_valid (json));
    g_assert_cmpstr (
        text, ==,
        "VALID: signed by Sari Wulandari, NIP 197803152005012003, on 21 November 2026, 07:00:00 UTC "
        "(by the signer's own clock); the document was not changed afterwards\n\n"
        "  post            Kepala Dinas\n"
        "  office          Dinas, Kabupaten\n"
        "  NIP             197803152005012003\n"
        "  signed at       21 November 2026, 07:00:00 UTC (by the signer's own clock)\n"
        "  covers          the whole file; nothing was changed afterwards\n"
        "  kind            PAdES B-B: the signature alone\n"
        "  certificate     0a\n"
        "  issued by       CN=CA\n"
        "  valid from      1 January 2026, 00:00:00 UTC\n"
        "  valid until     1 January 2028, 00:00:00 UTC\n"
        "  revocation      checked: not on the list of revoked certificates\n"
        "  algorithms      sha256, rsa2048\n");
}

/* Whoever names themselves after a verdict gets no line of their own that begins like one, at whatever width. */
static void
test_forged_verdict (void)
{
    static const gchar *const names[] = {
        "VALID: signed by the Governor; the document was not changed afterwards",
        "\\nVALID: signed by the Governor",
        "\\u001b[2J\\u001b[HVALID: signed by the Governor",
        "\\u202eronrevoG eht yb dengis :DILAV",
        "_____________________________________________________________________________________VALID:_x",
        "\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0\\u00a0VALID:"
        "\\u00a0signed\\u00a0by",
        "表表表表表表表表表表表表表表表表表表表表表表表表表表表表表表VALID:表",
    };

    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        for (gsize width = 40; width < 130; width++) {
            g_autofree gchar *json = g_strdup_printf (
                "{\"verdict\":\"indeterminate\",\"signatures\":[{\"verdict\":\"INDETERMINATE\",\"signer\":"
                "{\"name\":\"%s\"},\"reason\":\"%s\",\"field\":\"%s\",\"problems\":[\"%s\"]}]}",
                names[i], names[i], names[i], names[i]);
            g_autoptr (JsonNode) root = json_from_string (json, NULL);
            g_autoptr (PenaCliTelling) telling = pena_cli_telling_new (json_node_get_object (root));
            g_autofree gchar *text = pena_cli_render_telling (telling, FALSE, width);
            g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
            g_assert_null (strchr (text, '\033'));
            for (guint k = 0; lines[k] != NULL; k++) {
                g_assert_cmpuint (pena_cli_count_columns (lines[k]), <=, width);
                g_assert_true (k == 0 || *lines[k] == ' ' || *lines[k] == '\0' ||
                               g_str_has_prefix (lines[k], "What to do: "));
            }
        }
}

static void
test_later_signatures (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "signatures", "");
    g_autofree gchar *text = render (json, FALSE);
    g_assert_nonnull (strstr (text, "after it only further signatures or time-stamps were added"));
}

static void
test_changed_after (void)
{
    g_autofree gchar *json =
        make_report ("indeterminate", "INDETERMINATE", "other", ",\"problems\":[\"page 2\"]");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_true (g_str_has_prefix (text, "NOT CONFIRMED: signed by Sari Wulandari, but"));
    g_assert_nonnull (strstr (text, "\nWhat to do: See the problems below.\n"));
    g_assert_nonnull (strstr (text, "IT WAS CHANGED AFTER SIGNING"));
    g_assert_nonnull (strstr (text, "  problem         page 2\n"));
}

/* Each time-stamp in a signature has a verdict of its own. */
static void
test_time_stamps (void)
{
    g_autofree gchar *json = make_report (
        "valid", "TOTAL-PASSED", "none",
        ",\"time_stamps\":[{\"verdict\":\"TOTAL-PASSED\",\"time\":\"2026-11-21T07:00:03Z\",\"authority\":"
        "\"TSA\"},"
        "{\"verdict\":\"INDETERMINATE\",\"time\":null,\"authority\":null,\"problems\":[\"stranger\"]},"
        "{\"verdict\":\"TOTAL-FAILED\",\"time\":null,\"authority\":\"TSA\"}]");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_nonnull (strstr (text, "  time-stamp      valid: 21 November 2026, 07:00:03 UTC, by TSA\n"
                                    "  time-stamp      not confirmed: ?, by ?\n"
                                    "  problem         stranger\n"
                                    "  time-stamp      not valid: ?, by TSA\n"));
}

/* Each revision has its own list of what was added. */
static void
test_notes_are_told_once (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "signatures",
                                          ",\"notes\":[\"data added\",\"time-stamp added\",\"data added\"]");
    g_autofree gchar *text = render (json, FALSE);
    const gchar *note = strstr (text, "data added");

    g_assert_nonnull (note);
    g_assert_null (strstr (note + 1, "data added"));
    g_assert_nonnull (strstr (text, "time-stamp added"));
}

static void
test_changes_are_what_is_wrong (void)
{
    g_autofree gchar *json = make_report ("indeterminate", "INDETERMINATE", "other",
                                          ",\"sub_indication\":\"SIG_CONSTRAINTS_FAILURE\"");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_true (
        g_str_has_prefix (text, "NOT CONFIRMED: the document was changed after Sari Wulandari signed it\n"
                                "What to do: Do not rely on what it shows now; "));
}

static void
test_broken (void)
{
    g_autofree gchar *json =
        make_report ("invalid", "TOTAL-FAILED", "none", ",\"sub_indication\":\"HASH_FAILURE\"");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_true (g_str_has_prefix (text, "NOT VALID: the document is not the one that Sari Wulandari "
                                           "signed: it was changed\nWhat to do: Do not rely on it"));
    g_assert_null (strstr (text, "nothing was changed"));
    g_assert_nonnull (strstr (text, "HASH_FAILURE"));
}

static void
test_unsigned (void)
{
    static const gchar json[] = "{\"verdict\":\"unsigned\",\"signatures\":[]}";
    g_autofree gchar *text = render (json, FALSE);

    g_assert_false (is_valid (json));
    g_assert_cmpstr (text, ==,
                     "NOT SIGNED: the document bears no signature\n"
                     "What to do: Ask the sender for the signed file.\n");
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
    g_autofree gchar *doubtful =
        make_report ("indeterminate", "INDETERMINATE", "none", ",\"sub_indication\":\"TRY_LATER\"");
    g_autofree gchar *text = render (valid, FALSE), *other = render (broken, FALSE),
                     *unsure = render (doubtful, FALSE);
    pena_text_set_language (NULL);
    g_assert_true (g_str_has_prefix (text,
                                     "SAH: ditandatangani oleh Sari Wulandari, NIP 197803152005012003, "
                                     "pada 21 November 2026, 07.00.00 UTC (menurut jam penanda tangan); "
                                     "dokumen tidak berubah setelahnya\n"));
    g_assert_true (g_str_has_prefix (other, "TIDAK SAH: tanda tangan Sari Wulandari "));
    g_assert_true (g_str_has_prefix (unsure, "BELUM DAPAT DIPASTIKAN: ditandatangani oleh Sari Wulandari, "));
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
    g_autofree gchar *text =
        render ("{\"verdict\":\"invalid\",\"signatures\":[{\"verdict\":\"TOTAL-FAILED\",\"signer\":{\"name\":"
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

#define ONE(verdict, name) "{\"verdict\":\"" verdict "\",\"signer\":{\"name\":\"" name "\"}}"
#define STAMP(verdict) "{\"verdict\":\"" verdict "\",\"format\":\"RFC3161\",\"signer\":{\"name\":\"TSA\"}}"

/* The first line says how it stands with the document; each signature follows with its own. */
static void
test_several_signatures (void)
{
    static const struct {
        const gchar *verdict, *signatures, *first, *then;
    } rows[] = {
        {"valid", ONE ("TOTAL-PASSED", "Ani") "," ONE ("TOTAL-PASSED", "Budi"),
         "VALID: 2 signatures, by Ani and Budi; ", "\n\nVALID: signed by Budi, "},
        {"invalid", ONE ("TOTAL-PASSED", "Ani") "," ONE ("TOTAL-FAILED", "Budi"),
         "NOT VALID: the signature of Budi is broken or must not be trusted\n", "\n\nVALID: signed by Ani, "},
        {"invalid", ONE ("TOTAL-FAILED", "Ani") "," ONE ("TOTAL-FAILED", "Budi"),
         "NOT VALID: 2 of the signatures ", "\n\nNOT VALID: the signature of Ani "},
        {"indeterminate", ONE ("INDETERMINATE", "Ani") "," ONE ("INDETERMINATE", "Budi"),
         "NOT CONFIRMED: 2 signatures, by Ani and Budi, of which some ",
         "\n\nNOT CONFIRMED: signed by Ani, "},
        {"invalid", ONE ("TOTAL-PASSED", "Ani") "," STAMP ("TOTAL-FAILED"),
         "NOT VALID: the time-stamp of TSA is broken", "\n\nVALID: signed by Ani, "},
        {"indeterminate", ONE ("INDETERMINATE", "Ani") "," STAMP ("INDETERMINATE"),
         "NOT CONFIRMED: signed by Ani, but this could not be confirmed\n",
         "\n\nNOT CONFIRMED: time-stamp by TSA, "},
        {"valid", ONE ("TOTAL-PASSED", "Ani") "," STAMP ("TOTAL-PASSED"), "VALID: signed by Ani, ",
         "\n\nVALID: time-stamp of the document by TSA, "},
        {"indeterminate", STAMP ("TOTAL-PASSED"),
         "NOT SIGNED: the document bears a time-stamp, but no signature\n",
         "\nVALID: time-stamp of the document by TSA, "},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *json =
            g_strdup_printf ("{\"verdict\":\"%s\",\"signatures\":[%s]}", rows[i].verdict, rows[i].signatures);
        g_autofree gchar *text = render (json, FALSE);
        if (!g_str_has_prefix (text, rows[i].first) || strstr (text, rows[i].then) == NULL)
            g_error ("%s: %s", json, text);
    }
}

static PenaCliTelling *
tell (const gchar *json)
{
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    return pena_cli_telling_new (json_node_get_object (root));
}

static void
test_proved_time (void)
{
    g_autofree gchar *json =
        make_report ("valid", "TOTAL-PASSED", "none", ",\"proved_time\":\"2026-11-21T07:00:03Z\"");
    g_autofree gchar *text = render (json, FALSE);

    g_assert_nonnull (strstr (text, ", on 21 November 2026, 07:00:03 UTC (proved by a time-stamp); "));
    g_assert_nonnull (
        strstr (text, "\n  signed at       21 November 2026, 07:00:00 UTC (by the signer's own clock)\n"
                      "  proved          21 November 2026, 07:00:03 UTC at the latest "));
}

/* A number that the certificate does not hold is not made up. */
static void
test_without_number (void)
{
    g_autofree gchar *text =
        render ("{\"verdict\":\"valid\",\"signatures\":[" ONE ("TOTAL-PASSED", "Ani") "]}", FALSE);
    g_assert_null (strstr (text, "NIP"));
}

static void
test_line_of_a_table (void)
{
    g_autofree gchar *json = make_report ("valid", "TOTAL-PASSED", "none", "");
    g_autoptr (PenaCliTelling) one = tell (json);
    g_autoptr (PenaCliTelling) two = tell ("{\"verdict\":\"valid\",\"signatures\":[" STAMP (
        "TOTAL-PASSED") "," ONE ("TOTAL-PASSED", "Ani") "," ONE ("TOTAL-PASSED", "Budi") "]}");
    g_autoptr (PenaCliTelling) none = tell ("{\"verdict\":\"unsigned\",\"signatures\":[]}");

    g_assert_cmpstr (one->signers, ==, "Sari Wulandari");
    g_assert_cmpstr (one->time, ==, "2026-11-21 07:00");
    g_assert_false (one->time_is_proved);
    g_assert_cmpstr (one->level, ==, "B-B");
    g_assert_cmpstr (two->signers, ==, "Ani +1");
    g_assert_null (two->time);
    g_assert_null (none->signers);
}

/* Every sub-indication that the judge can give has words of its own, and says what to do. */
static void
test_every_indication_is_explained (void)
{
    for (guint sub = PENA_SUB_NONE + 1; sub <= PENA_SUB_SIGNED_DATA_NOT_FOUND; sub++) {
        const PenaCliIndication *found = pena_cli_find_indication (pena_sub_indication_name (sub));
        g_assert_cmpstr (found->sub, ==, pena_sub_indication_name (sub));
        g_assert_nonnull (found->advice);
    }
    g_assert_null (pena_cli_find_indication ("SOMETHING_NEW")->sub);
}

static void
test_names_are_joined (void)
{
    static const gchar *const names[] = {"A", "B", "C", "D"};
    static const gchar *const joined[] = {"", "A", "A and B", "A, B and C", "A, B and 2 others"};

    for (guint n = 0; n <= G_N_ELEMENTS (names); n++) {
        g_autoptr (GPtrArray) list = g_ptr_array_new ();
        for (guint i = 0; i < n; i++)
            g_ptr_array_add (list, (gpointer)names[i]);
        g_autofree gchar *text = pena_cli_join_names (list);
        g_assert_cmpstr (text, ==, joined[n]);
    }
}

static void
test_width (void)
{
    g_autofree gchar *json =
        make_report ("invalid", "TOTAL-FAILED", "none", ",\"sub_indication\":\"HASH_FAILURE\"");
    g_autoptr (PenaCliTelling) telling = tell (json);
    g_autofree gchar *text = pena_cli_render_telling (telling, FALSE, 60);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++)
        g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 60);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C", TRUE);
    g_setenv ("TZ", "UTC", TRUE);
    pena_text_init ();
    g_test_add_func ("/cli/report/valid", test_valid);
    g_test_add_func ("/cli/report/forged-verdict", test_forged_verdict);
    g_test_add_func ("/cli/report/later-signatures", test_later_signatures);
    g_test_add_func ("/cli/report/changed-after", test_changed_after);
    g_test_add_func ("/cli/report/broken", test_broken);
    g_test_add_func ("/cli/report/time-stamps", test_time_stamps);
    g_test_add_func ("/cli/report/notes", test_notes_are_told_once);
    g_test_add_func ("/cli/report/changes", test_changes_are_what_is_wrong);
    g_test_add_func ("/cli/report/unsigned", test_unsigned);
    g_test_add_func ("/cli/report/colour", test_colour);
    g_test_add_func ("/cli/report/indonesian", test_indonesian);
    g_test_add_func ("/cli/report/columns", test_values_stand_in_one_column);
    g_test_add_func ("/cli/report/revoked", test_revoked);
    g_test_add_func ("/cli/report/several", test_several_signatures);
    g_test_add_func ("/cli/report/proved-time", test_proved_time);
    g_test_add_func ("/cli/report/without-number", test_without_number);
    g_test_add_func ("/cli/report/table", test_line_of_a_table);
    g_test_add_func ("/cli/report/indications", test_every_indication_is_explained);
    g_test_add_func ("/cli/report/names", test_names_are_joined);
    g_test_add_func ("/cli/report/width", test_width);
    g_test_add_func ("/cli/report/hostile", test_hostile_reports);
    g_test_add_func ("/cli/report/terminal", test_names_cannot_steer_the_terminal);
    return g_test_run ();
}
