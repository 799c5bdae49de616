/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the command line tool: arguments, names, help, texts
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "cli-capture.h"
#include "cli.h"
#include "demo.h"
#include "doctor-checks.h"
#include "naming.h"
#include "pena-text.h"
#include "tokens.h"

static void
test_help_is_narrow (void)
{
    static const gchar *const languages[] = {"en", "id"};
    gint status;

    for (guint l = 0; l < G_N_ELEMENTS (languages); l++) {
        pena_text_set_language (languages[l]);
        g_autofree gchar *all = CLI_CAPTURE (STDOUT_FILENO, &status, "--help");
        g_assert_cmpint (status, ==, PENA_EXIT_DONE);
        cli_assert_narrow (all);
        for (guint i = 0; pena_cli_commands[i] != NULL; i++) {
            g_autofree gchar *help =
                CLI_CAPTURE (STDOUT_FILENO, &status, pena_cli_commands[i]->name, "--help");
            g_autofree gchar *example = g_strdup_printf ("  pena %s", pena_cli_commands[i]->name);
            g_assert_cmpint (status, ==, PENA_EXIT_DONE);
            g_assert_nonnull (strstr (all, pena_cli_commands[i]->name));
            g_assert_nonnull (strstr (help, "--json"));
            g_assert_nonnull (strstr (help, example));
            cli_assert_narrow (help);
        }
    }
    pena_text_set_language (NULL);
}

static void
test_version (void)
{
    gint status;
    g_autofree gchar *text = CLI_CAPTURE (STDOUT_FILENO, &status, "--version");
    g_assert_cmpint (status, ==, PENA_EXIT_DONE);
    g_assert_true (g_str_has_prefix (text, "pena "));
}

static void
test_suggestion (void)
{
    gint status;
    g_autofree gchar *text = CLI_CAPTURE (STDERR_FILENO, &status, "sgin");
    g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
    g_assert_nonnull (strstr (text, "did you mean 'sign'?"));
    g_assert_true (pena_cli_suggest (pena_cli_commands, "verifyy") == &pena_cli_command_verify);
    g_assert_true (pena_cli_suggest (pena_cli_commands, "ver") == &pena_cli_command_verify);
    g_assert_null (pena_cli_suggest (pena_cli_commands, "v"));
    g_assert_null (pena_cli_suggest (pena_cli_commands, "frobnicate"));
    g_assert_null (pena_cli_suggest (pena_cli_commands, ""));
    g_assert_null (
        pena_cli_suggest (pena_cli_commands, "a-word-that-is-longer-than-any-command-could-ever-be"));
}

static void
test_usage_errors (void)
{
    static const gchar *const cases[][6] = {
        {"pena", "sign", NULL},
        {"pena", "sign", "--no-such-option", "x.pdf", NULL},
        {"pena", "sign", "--format", "xades", "x.pdf", NULL},
        {"pena", "verify", NULL},
        {"pena", "tokens", "x", NULL},
        {"pena", "doctor", "x", NULL},
        {"pena", "demo", "x", NULL},
        {"pena", "frobnicate", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        gint status;
        g_autofree gchar *text = cli_capture (STDERR_FILENO, &status, cases[i]);
        g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
        g_assert_true (g_str_has_prefix (text, "pena: "));
        g_assert_nonnull (strstr (text, "--help"));
    }
}

static void
test_usage_error_as_json (void)
{
    gint status;
    g_autofree gchar *text = CLI_CAPTURE (STDOUT_FILENO, &status, "sign", "--json", "--no-such-option");
    g_autoptr (JsonNode) root = json_from_string (text, NULL);

    g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
    g_assert_nonnull (root);
    g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "code"), ==,
                     "request-invalid");
}

static void
test_option_suggestion (void)
{
    static const gchar *const cases[][4] = {
        {"sign", "--levle=B-T", "'--levle'; did you mean '--level'?", "tidak ada opsi '--levle'"},
        {"verify", "--onlin", "'--onlin'; did you mean '--online'?", "maksud Anda '--online'?"},
        {"sign", "--document", "did you mean '--document-password-file'?", "--document"},
        {"sign", "--xyzzy", "there is no option '--xyzzy'\n", "tidak ada opsi '--xyzzy'\n"},
        {"tokens", "--levle=B-T", "there is no option '--levle'\n", "tidak ada opsi '--levle'\n"},
        {"sign", "-x", "-x\n", "-x\n"},
        {"sign", "--level", "--level", "--level"}, /* without its value */
    };
    gint status;

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *english = CLI_CAPTURE (STDERR_FILENO, &status, cases[i][0], cases[i][1]);
        pena_text_set_language ("id");
        g_autofree gchar *indonesian = CLI_CAPTURE (STDERR_FILENO, &status, cases[i][0], cases[i][1]);
        pena_text_set_language (NULL);
        g_assert_cmpint (status, ==, PENA_EXIT_USAGE);
        if (strstr (english, cases[i][2]) == NULL || strstr (indonesian, cases[i][3]) == NULL)
            g_error ("%s %s: %s%s", cases[i][0], cases[i][1], english, indonesian);
    }
}

/* "--" ends the options, whatever the files are called. */
static void
test_names_like_options (void)
{
    gint status;
    g_autofree gchar *text = CLI_CAPTURE (STDOUT_FILENO, &status, "sign", "--json", "--", "-x", "--force");
    g_autoptr (JsonNode) root = json_from_string (text, NULL);
    JsonArray *files = json_object_get_array_member (json_node_get_object (root), "files");

    g_assert_cmpint (status, ==, PENA_EXIT_DOCUMENT);
    g_assert_cmpuint (json_array_get_length (files), ==, 2);
    JsonObject *first = json_array_get_object_element (files, 0),
               *second = json_array_get_object_element (files, 1);
    g_assert_cmpstr (json_object_get_string_member (first, "input"), ==, "-x");
    g_assert_cmpstr (json_object_get_string_member (second, "input"), ==, "--force");
    JsonObject *error = json_object_get_object_member (first, "error");
    g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, "document-missing");
}

static void
test_output_names (void)
{
    static const struct {
        const gchar *input, *format, *folder, *output;
    } cases[] = {
        {"surat.pdf", "pades", NULL, "surat-signed.pdf"},
        {"a/Surat.PDF", "pades", NULL, "a/Surat-signed.PDF"},
        {"a/Surat.PDF", "pades", "b", "b/Surat-signed.PDF"},
        {"surat.pdf", "cades", NULL, "surat.pdf.p7s"},
        {"laporan.xlsx", "cades", "/tmp", "/tmp/laporan.xlsx.p7s"},
        {"a.pdf/surat", "pades", NULL, "a.pdf/surat-signed.pdf"},
        {".pdf", "pades", NULL, ".pdf-signed.pdf"},
        {"-x.pdf", "pades", NULL, "-x-signed.pdf"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *output =
            pena_cli_name_output (cases[i].input, cases[i].format, FALSE, cases[i].folder);
        g_assert_cmpstr (output, ==, cases[i].output);
    }
}

static void
test_extended_names (void)
{
    static const struct {
        const gchar *path, *output;
    } cases[] = {
        {"surat-signed.pdf", "surat-signed-extended.pdf"}, {"a/Surat.PDF", "a/Surat-extended.PDF"},
        {"a.b/surat", "a.b/surat-extended.pdf"},           {"laporan.xlsx.p7m", "laporan-extended.xlsx.p7m"},
        {"a.b/laporan.p7m", "a.b/laporan-extended.p7m"},   {"laporan.xlsx.p7s", "laporan-extended.xlsx.p7s"},
        {"a/.laporan.P7M", "a/.laporan-extended.P7M"},     {".p7m", ".p7m-extended.pdf"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *output = pena_cli_name_extended (cases[i].path);
        g_assert_cmpstr (output, ==, cases[i].output);
    }
}

typedef struct {
    gchar *folder, *pdf, *hidden_pdf, *table, *signature;
} Files;

static void
files_set_up (Files *self, gconstpointer data)
{
    self->folder = g_dir_make_tmp ("pena-test-XXXXXX", NULL);
    self->pdf = g_build_filename (self->folder, "surat.pdf", NULL);
    self->hidden_pdf = g_build_filename (self->folder, "surat", NULL);
    self->table = g_build_filename (self->folder, "laporan.xlsx", NULL);
    self->signature = g_strconcat (self->table, ".p7s", NULL);
    g_assert_true (g_file_set_contents (self->pdf, "x", 1, NULL));
    g_assert_true (g_file_set_contents (self->hidden_pdf, "%PDF-1.7", -1, NULL));
    g_assert_true (g_file_set_contents (self->table, "x", 1, NULL));
}

static void
files_tear_down (Files *self, gconstpointer data)
{
    gchar *paths[] = {self->pdf, self->hidden_pdf, self->table, self->signature};
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        g_unlink (paths[i]);
        g_free (paths[i]);
    }
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->folder);
}

static void
assert_pair (const gchar *path, const gchar *document, const gchar *signature)
{
    g_auto (PenaCliPair) pair = {0};
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_cli_find_pair (path, NULL, &pair, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (pair.document, ==, document);
    g_assert_cmpstr (pair.signature, ==, signature);
}

static void
test_pairs (Files *self, gconstpointer data)
{
    g_auto (PenaCliPair) pair = {0};
    g_autoptr (GError) error = NULL;

    assert_pair (self->pdf, self->pdf, NULL);
    assert_pair (self->hidden_pdf, self->hidden_pdf, NULL);
    assert_pair ("/nonexistent/x", "/nonexistent/x", NULL);
    g_assert_false (pena_cli_find_pair (self->table, NULL, &pair, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SIGNATURE_MISSING);
    g_clear_error (&error);

    g_assert_true (g_file_set_contents (self->signature, "x", 1, NULL));
    assert_pair (self->table, self->table, self->signature);
    assert_pair (self->signature, self->table, self->signature);
    g_unlink (self->table);
    assert_pair (self->signature, self->signature, NULL); /* it has to hold its document */
    g_assert_true (pena_cli_find_pair (self->pdf, "other.p7s", &pair, NULL));
    g_assert_cmpstr (pair.signature, ==, "other.p7s");
}

static void
test_clean (void)
{
    g_autofree gchar *escape = pena_cli_clean ("Sari\033[2J\r\nWulandari");
    g_autofree gchar *direction = pena_cli_clean ("gnp.\xe2\x80\xaetxt");
    g_autofree gchar *unseen = pena_cli_clean ("a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad"
                                               "b");
    g_autofree gchar *words = pena_cli_clean_words (" a \t\xc2\xa0\xe3\x80\x80  b ");
    g_autofree gchar *broken = pena_cli_clean ("a\xff");
    g_autofree gchar *kept = pena_cli_clean ("Bécué “Sari”, S.Sos.");

    g_assert_cmpstr (escape, ==, "Sari\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbdWulandari");
    g_assert_cmpstr (direction, ==, "gnp.\xef\xbf\xbdtxt");
    g_assert_cmpstr (unseen, ==,
                     "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                     "b");
    g_assert_cmpstr (words, ==, "a \xef\xbf\xbd b");
    g_assert_cmpstr (broken, ==, "a\xef\xbf\xbd");
    g_assert_cmpstr (kept, ==, "Bécué “Sari”, S.Sos.");
}

/* Programs read the same; a terminal has nothing to obey. */
static void
test_json_moves_no_cursor (void)
{
    static const gchar text[] = "a\033[2J\xc2\x9b"
                                "2J\xe2\x80\xae\xf3\xa0\x80\x81é\x7f";
    JsonObject *object = json_object_new ();

    json_object_set_string_member (object, "name", text);
    g_autofree gchar *json = pena_cli_render_json (object);
    g_autofree gchar *clean = pena_cli_clean (json);
    g_assert_cmpstr (json, ==, clean);
    g_autoptr (JsonNode) root = json_from_string (json, NULL);
    g_assert_cmpstr (json_object_get_string_member (json_node_get_object (root), "name"), ==, text);
}

static void
test_wrap (void)
{
    g_autofree gchar *broken = pena_cli_wrap ("pena: satu dua tiga\n      empat lima\n", 16, 6);
    g_autofree gchar *long_word = pena_cli_wrap ("a bbbbbbbbbbbbbbbbbbbb c", 10, 2);
    g_autofree gchar *colour = pena_cli_wrap ("\033[1;32mSAH\033[0m: dua tiga", 13, 2);
    g_autofree gchar *wide = pena_cli_wrap ("表表表 表表", 10, 0);
    g_autofree gchar *forged = pena_cli_wrap ("NO: ________\302\240VALID:\302\240x", 12, 2);

    g_assert_cmpstr (broken, ==, "pena: satu dua\n      tiga\n      empat lima\n");
    g_assert_cmpstr (long_word, ==, "a\n  bbbbbbbb\n  bbbbbbbb\n  bbbb c");
    g_assert_cmpstr (colour, ==, "\033[1;32mSAH\033[0m: dua tiga");
    g_assert_cmpstr (wide, ==, "表表表\n表表");
    g_assert_null (strstr (forged, "\nVALID"));
}

/* What doctor prints may be sent to others, and a home folder bears a name. */
static void
test_home_is_hidden (void)
{
    g_autoptr (PenaCheck) check = pena_check_ok ("prompt", g_strdup_printf ("a %s/bin/x", g_get_home_dir ()));
    g_autofree gchar *text = pena_check_render (check, FALSE);

    g_assert_nonnull (strstr (text, " a ~/bin/x\n"));
}

static void
test_error_text_and_json (void)
{
    g_autoptr (GError) error = g_error_new_literal (PENA_ERROR, PENA_ERROR_PIN_WRONG, "x");
    pena_error_set_int (error, "attempts_left", 2);
    pena_error_set_string (error, "code", "a fact must not shadow the code");
    g_autofree gchar *text = pena_cli_describe_error ("surat\033.pdf", error);
    g_autoptr (JsonObject) object = pena_cli_error_to_json (error);

    g_assert_cmpstr (text, ==,
                     "pena: surat\xef\xbf\xbd.pdf: The passphrase is wrong. Tries left: 2.\n"
                     "      Try again with care: after the last try the token is blocked.\n");
    g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, "pin-wrong");
    g_assert_cmpstr (json_object_get_string_member (object, "error"), ==, "access_denied");
    g_assert_cmpint (json_object_get_int_member (object, "attempts_left"), ==, 2);
}

#define TOKENS                                                                                               \
    "{\"tokens\":[{\"label\":\"PIV\",\"model\":\"PIV\",\"serial\":\"7\",\"pin_state\":\"final-try\","        \
    "\"tries_left\":1,"                                                                                      \
    "\"credentials\":["                                                                                      \
    "{\"id\":\"aa\",\"name\":\"Sari\",\"title\":\"Kepala\",\"key\":\"p256\",\"not_after\":\"2028-01-02T03:"  \
    "04:05Z\","                                                                                              \
    "\"can_sign\":true,\"status\":\"ok\"},"                                                                  \
    "{\"id\":\"bb\",\"name\":\"Sari\",\"can_sign\":true,\"status\":\"expired\"}]},7,{\"credentials\":null}]" \
    "}"

static void
test_tokens (void)
{
    g_autofree gchar *text = pena_cli_render_tokens (TOKENS, FALSE);
    g_autofree gchar *choices = pena_cli_render_choices (TOKENS);
    guint n_tokens, n_usable;

    g_assert_nonnull (strstr (text, "PIV, serial number 7\n  passphrase: ONE TRY LEFT (tries left: 1)\n"));
    g_assert_nonnull (strstr (
        text, "  can sign: Sari\n      Kepala\n      key p256, valid until 2028-01-02\n      id aa\n"));
    g_assert_nonnull (strstr (text, "  expired: Sari\n"));
    g_assert_nonnull (strstr (text, "holds no certificate"));
    g_assert_nonnull (strstr (choices, "--credential aa"));
    g_assert_null (strstr (choices, "bb"));
    pena_cli_count_tokens (TOKENS, &n_tokens, &n_usable);
    g_assert_cmpuint (n_tokens, ==, 2);
    g_assert_cmpuint (n_usable, ==, 1);
}

#define TOKEN(pin, status)                                                                                   \
    "{\"tokens\":[{\"pin_state\":\"" pin "\",\"credentials\":[{\"id\":\"aa\",\"can_sign\":true,\"status\":"  \
    "\"wrong-usage\"},{\"id\":\"bb\",\"can_sign\":true,\"status\":\"" status "\"}]}]}"

static void
test_doctor_judges_tokens (void)
{
    static const struct {
        const gchar *json;
        PenaCheckStatus status;
        PenaErrorCode code;
        const gchar *text;
    } rows[] = {
        {"{\"tokens\":[]}", PENA_CHECK_PROBLEM, PENA_ERROR_TOKEN_MISSING, "No signing token"},
        {TOKEN ("ok", "ok"), PENA_CHECK_OK, 0, "can sign: 1"},
        {TOKEN ("final-try", "ok"), PENA_CHECK_NOTE, 0, "only one try"},
        {TOKEN ("blocked", "ok"), PENA_CHECK_PROBLEM, PENA_ERROR_PIN_BLOCKED, "is blocked"},
        {TOKEN ("ok", "revoked"), PENA_CHECK_PROBLEM, PENA_ERROR_CERTIFICATE_REVOKED, "sign: revoked"},
        {TOKEN ("ok", "expired"), PENA_CHECK_PROBLEM, PENA_ERROR_CERTIFICATE_EXPIRED, "sign: expired"},
        {TOKEN ("ok", "wrong-usage"), PENA_CHECK_PROBLEM, PENA_ERROR_CREDENTIAL_MISSING, "no certificate"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (PenaCheck) check = pena_doctor_judge_tokens (rows[i].json);
        g_assert_cmpint (check->status, ==, rows[i].status);
        g_assert_nonnull (strstr (check->text, rows[i].text));
        g_assert_null (strchr (check->text, '?'));
        if (check->status == PENA_CHECK_PROBLEM)
            g_assert_cmpint (check->code, ==, rows[i].code);
        if (check->status != PENA_CHECK_OK)
            g_assert_cmpstr (check->next, !=, "");
    }
}

static void
test_hostile_tokens (void)
{
    static const gchar *const texts[] = {"", "[]", "{", "{\"tokens\":{}}", "{\"tokens\":[[[]]]}"};
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        guint n_tokens = 7, n_usable = 7;
        g_autofree gchar *choices = pena_cli_render_choices (texts[i]);
        pena_cli_count_tokens (texts[i], &n_tokens, &n_usable);
        g_assert_null (choices);
        g_assert_cmpuint (n_tokens + n_usable, ==, 0);
    }
}

static void
test_judge_pdfsig (void)
{
    static const gchar valid[] =
        "Signature #1:\n  - Total document signed\n  - Signature Validation: Signature is Valid.\n";
    static const gchar *const bad[] = {
        "",
        "File 'x.pdf' does not contain any signatures\n",
        "Signature #1:\n  - Total document signed\n  - Signature Validation: Digest Mismatch.\n",
        "Signature #1:\n  - Not total document signed\n  - Signature Validation: Signature is Valid.\n",
        "Signature #1:\n  - Total document signed\n  - Signature Validation: Signature is Valid.\n"
        "Signature #2:\n  - Total document signed\n  - Signature Validation: Signature is Invalid.\n",
        "Signature #1:\n  - Total document signed\n  - Signature Validation: Signature is Valid.\n"
        "Signature #2:\n  - Total document signed\n  - Signature Validation: Signature has not yet been "
        "verified.\n",
    };
    g_assert_true (pena_demo_judge_pdfsig (valid));
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_false (pena_demo_judge_pdfsig (bad[i]));
}

static void
test_judge_openssl (void)
{
    g_assert_true (pena_demo_judge_openssl ("CMS Verification successful\nCAdES Verification successful\n"));
    g_assert_true (pena_demo_judge_openssl ("CAdES Verification successful\n"));
    g_assert_false (pena_demo_judge_openssl ("CMS Verification successful\n"));
    g_assert_false (pena_demo_judge_openssl ("CAdES Verification failure\n"));
}

static void
test_pem (void)
{
    g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    guint8 der[60];

    memset (der, 0, sizeof der);
    g_ptr_array_add (certificates, g_bytes_new (der, sizeof der));
    g_autofree gchar *pem = pena_demo_to_pem (certificates);
    g_assert_cmpstr (
        pem, ==,
        "-----BEGIN CERTIFICATE-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
        "AAAAAAAAAAAAAAAA\n-----END CERTIFICATE-----\n");
}

static void
put (const gchar *folder, const gchar *device, const gchar *name, const gchar *text)
{
    g_autofree gchar *dir = g_build_filename (folder, device, NULL);
    g_autofree gchar *path = g_build_filename (dir, name, NULL);
    g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_usb (Files *self, gconstpointer data)
{
    static const gchar *const made[] = {
        "usb/1-2/manufacturer",
        "usb/1-2/product",
        "usb/1-2/idVendor",
        "usb/1-2/idProduct",
        "usb/1-2/serial",
        "usb/1-2:1.0/bInterfaceClass",
        "usb/1-3:1.0/bInterfaceClass",
        "usb/1-2",
        "usb/1-2:1.0",
        "usb/1-3:1.0",
        "usb",
    };
    g_autofree gchar *usb = g_build_filename (self->folder, "usb", NULL);

    put (usb, "1-2", "manufacturer", "Yubico\n");
    put (usb, "1-2", "product", "YubiKey\033[2J\n");
    put (usb, "1-2", "idVendor", "1050\n");
    put (usb, "1-2", "idProduct", "0407\n");
    put (usb, "1-2", "serial", "12345678\n");
    put (usb, "1-2:1.0", "bInterfaceClass", "0b\n");
    put (usb, "1-3:1.0", "bInterfaceClass", "03\n");
    g_autoptr (GPtrArray) found = pena_doctor_list_usb (usb);
    g_assert_cmpuint (found->len, ==, 1);
    g_assert_cmpstr (found->pdata[0], ==, "Yubico YubiKey\xef\xbf\xbd[2J (1050:0407)");
    put (usb, "1-2", "idVendor", "0529\n");
    put (usb, "1-2", "idProduct", "0620\n");
    g_autoptr (GPtrArray) other = pena_doctor_list_usb (usb);
    g_assert_nonnull (strstr (other->pdata[0], "(0529:0620; SafeNet eToken 5110: "));
    g_assert_nonnull (strstr (other->pdata[0], "libeTPkcs11.so"));
    for (guint i = 0; i < G_N_ELEMENTS (made); i++) {
        g_autofree gchar *path = g_build_filename (self->folder, made[i], NULL);
        g_assert_cmpint (g_remove (path), ==, 0);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_setenv ("LC_ALL", "C", TRUE);
    pena_text_init ();
    g_test_add_func ("/cli/help", test_help_is_narrow);
    g_test_add_func ("/cli/version", test_version);
    g_test_add_func ("/cli/suggestion", test_suggestion);
    g_test_add_func ("/cli/suggestion/option", test_option_suggestion);
    g_test_add_func ("/cli/usage/errors", test_usage_errors);
    g_test_add_func ("/cli/usage/json", test_usage_error_as_json);
    g_test_add_func ("/cli/usage/names-like-options", test_names_like_options);
    g_test_add_func ("/cli/naming/output", test_output_names);
    g_test_add_func ("/cli/naming/extended", test_extended_names);
    g_test_add ("/cli/naming/pairs", Files, NULL, files_set_up, test_pairs, files_tear_down);
    g_test_add_func ("/cli/output/clean", test_clean);
    g_test_add_func ("/cli/output/wrap", test_wrap);
    g_test_add_func ("/cli/output/json", test_json_moves_no_cursor);
    g_test_add_func ("/cli/doctor/tokens", test_doctor_judges_tokens);
    g_test_add_func ("/cli/doctor/home", test_home_is_hidden);
    g_test_add_func ("/cli/output/error", test_error_text_and_json);
    g_test_add_func ("/cli/tokens/text", test_tokens);
    g_test_add_func ("/cli/tokens/hostile", test_hostile_tokens);
    g_test_add_func ("/cli/demo/pdfsig", test_judge_pdfsig);
    g_test_add_func ("/cli/demo/openssl", test_judge_openssl);
    g_test_add_func ("/cli/demo/pem", test_pem);
    g_test_add ("/cli/doctor/usb", Files, NULL, files_set_up, test_usb, files_tear_down);
    return g_test_run ();
}
