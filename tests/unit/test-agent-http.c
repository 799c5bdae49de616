/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of what the agent reads from a request and tells of a peer
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pena-json.h"
#include "pena-peer.h"
#include "pena-request.h"
#include "pena-resources.h"

static void
assert_label (const gchar *flatpak, const gchar *exe, const gchar *cgroup, const gchar *wanted)
{
    g_autofree gchar *label = pena_peer_make_label (flatpak, exe, cgroup);

    g_assert_cmpstr (label, ==, wanted);
}

static void
test_labels (void)
{
    assert_label (NULL, "/usr/lib/libreoffice/program/soffice.bin", NULL, "soffice.bin");
    assert_label (NULL, "/usr/bin/curl (deleted)", NULL, "curl");
    assert_label ("[Application]\nname=org.libreoffice.LibreOffice\n", "/app/soffice", NULL,
                  "org.libreoffice.LibreOffice");
    assert_label ("not a key file", "/app/soffice", NULL, "soffice");
    assert_label (NULL, NULL, "0::/user.slice/app.slice/app-kate-12.scope\n", "app-kate-12.scope");
    assert_label (NULL, NULL, "0::/user.slice\n", "unknown program");
    assert_label (NULL, NULL, NULL, "unknown program");
    assert_label (NULL, "/tmp/\n\t\x1b[2J", NULL, "[2J");
    assert_label (NULL,
                  "/tmp/\xe2\x80\xae"
                  "fdp",
                  NULL, "fdp"); /* right-to-left override */
    assert_label (NULL, "/tmp/\xe2\x80\xa8\xe2\x80\x8b", NULL, "unknown program");
}

static void
test_label_length (void)
{
    g_autofree gchar *name = g_strnfill (500, 'x');
    g_autofree gchar *label = pena_peer_make_label (NULL, name, NULL);

    g_assert_cmpuint (strlen (label), ==, 64);
}

static void
test_own_peer (void)
{
    gint fds[2];
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    g_autoptr (PenaPeer) peer = pena_peer_new (fds[0], &error);
    g_assert_no_error (error);
    g_assert_cmpint (peer->pid, ==, getpid ());
    g_assert_cmpstr (peer->label, ==, "test-agent-http");
    close (fds[0]);
    close (fds[1]);
}

static void
test_client (void)
{
    g_assert_true (pena_request_check_client (NULL, NULL, NULL, NULL));
    g_assert_true (pena_request_check_client (NULL, "pena", "pena", NULL));
    g_assert_true (pena_request_check_client (NULL, "LOCALHOST", NULL, NULL));
    g_assert_true (pena_request_check_client (NULL, "", "", NULL));
    g_assert_false (pena_request_check_client ("", "pena", "pena", NULL));
    g_assert_false (pena_request_check_client ("http://pena", "pena", "pena", NULL));
    g_assert_false (pena_request_check_client (NULL, "pena.evil.example", NULL, NULL));
    g_assert_false (pena_request_check_client (NULL, "pena:80", NULL, NULL));
    g_assert_false (pena_request_check_client (NULL, "pena, evil", NULL, NULL));
    g_assert_false (pena_request_check_client (NULL, "pena", "evil", NULL));
}

static PenaSignRequest *
parse (const gchar *query, const gchar *type, gboolean *ret_update_only, GError **error)
{
    g_autoptr (GHashTable) table = soup_form_decode (query);

    return pena_request_parse_sign (table, type, ret_update_only, error);
}

static void
test_sign_defaults (void)
{
    gboolean update = TRUE;
    g_autoptr (PenaSignRequest) pdf = parse ("", "application/pdf; charset=x", &update, NULL);
    g_autoptr (PenaSignRequest) other = parse ("", "application/x-www-form-urlencoded", &update, NULL);
    g_autoptr (PenaSignRequest) typed = parse ("", "text/plain", &update, NULL);
    g_autoptr (PenaSignRequest) forced = parse ("format=pades&return=update&level=b-b", NULL, &update, NULL);

    g_assert_true (pdf->pades);
    g_assert_cmpint (pdf->level, ==, PENA_LEVEL_B);
    g_assert_null (pdf->credential);
    g_assert_false (other->pades);
    g_assert_null (other->mime_type);
    g_assert_cmpstr (typed->mime_type, ==, "text/plain");
    g_assert_true (forced->pades);
    g_assert_true (update);
}

static void
test_sign_refused (void)
{
    static const struct {
        const gchar *query;
        gint code;
    } rows[] = {{"pin=123456", PENA_ERROR_REQUEST_INVALID},
                {"format=xades", PENA_ERROR_REQUEST_INVALID},
                {"return=everything", PENA_ERROR_REQUEST_INVALID},
                {"format=cades&return=update", PENA_ERROR_REQUEST_INVALID},
                {"format=cades&reason=x", PENA_ERROR_REQUEST_INVALID},
                {"format=cades&repair=1", PENA_ERROR_REQUEST_INVALID},
                {"repair=1&return=update", PENA_ERROR_REQUEST_INVALID},
                {"repair=2", PENA_ERROR_REQUEST_INVALID},
                {"format=pades&reason=%ff", PENA_ERROR_REQUEST_INVALID},
                {"format=pades&reason=a%0ab", PENA_ERROR_REQUEST_INVALID},
                {"format=pades&field=", PENA_ERROR_REQUEST_INVALID},
                {"format=pades&lock=", PENA_ERROR_REQUEST_INVALID},
                {"credential=", PENA_ERROR_REQUEST_INVALID},
                {"level=B-X", PENA_ERROR_LEVEL_UNSUPPORTED},
                {"credential=00000000000000000000000000000000000000000000000000000000000000000",
                 PENA_ERROR_REQUEST_INVALID}};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GError) error = NULL;
        gboolean update;
        g_assert_null (parse (rows[i].query, "application/pdf", &update, &error));
        g_assert_error (error, PENA_ERROR, rows[i].code);
    }
}

static void
test_names (void)
{
    g_autofree gchar *lines = pena_request_clean_name ("a\nb\xe2\x80\xae.pdf");
    g_autofree gchar *bytes = pena_request_clean_name ("a\xff");
    g_autofree gchar *filler = g_strnfill (1000, 'x');
    g_autofree gchar *cut = pena_request_clean_name (filler);

    g_assert_cmpstr (lines, ==,
                     "a\xef\xbf\xbd"
                     "b\xef\xbf\xbd.pdf");
    g_assert_cmpstr (bytes, ==, "a\xef\xbf\xbd");
    g_assert_cmpuint (strlen (cut), ==, 255);
}

static void
test_numbers (void)
{
    static const gchar *const bad[] = {
        "signature-size=0",   "signature-size=",   "signature-size=-1",
        "signature-size=101", "signature-size=1x", "signature-size=99999999999999999999"};
    g_autoptr (GHashTable) good = soup_form_decode ("signature-size=100");
    guint64 size = 0;

    g_assert_true (pena_request_take_number (good, "signature-size", 100, &size, NULL));
    g_assert_cmpuint (size, ==, 100);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GHashTable) query = soup_form_decode (bad[i]);
        g_assert_false (pena_request_take_number (query, "signature-size", 100, &size, NULL));
    }
    g_assert_cmpuint (size, ==, 100);
}

static void
test_password (void)
{
    g_autofree gchar *longest = g_strnfill (255, 'a');
    g_autofree gchar *too_long = g_strnfill (256, 'a');
    const gchar *const good[][2] = {
        {"rahasia", "rahasia"}, {"r%C3%A9%20%25%0a", "r\xc3\xa9 %\n"}, {longest, longest}};
    const gchar *const bad[] = {"%", "%4", "%4g", "%g4", "%00", "a%00b", "%ff", "\xff", too_long};

    for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
        g_autoptr (PenaSecret) password = NULL;
        g_assert_true (pena_request_take_password (good[i][0], &password, NULL));
        g_assert_cmpstr ((const gchar *)password->data, ==, good[i][1]);
    }
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (PenaSecret) password = NULL;
        g_autoptr (GError) error = NULL;
        g_assert_false (pena_request_take_password (bad[i], &password, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
        g_assert_null (password);
    }
    g_autoptr (PenaSecret) none = NULL;
    g_assert_true (pena_request_take_password (NULL, &none, NULL));
    g_assert_true (pena_request_take_password ("", &none, NULL));
    g_assert_null (none);
}

static void
test_ttys (void)
{
    g_assert_false (pena_request_is_own_tty (NULL));
    g_assert_false (pena_request_is_own_tty ("/dev/null"));
    g_assert_false (pena_request_is_own_tty ("/dev/pts/../null"));
    g_assert_false (pena_request_is_own_tty ("/etc/passwd"));
    g_assert_false (pena_request_is_own_tty ("tty"));
}

static void
test_routes (void)
{
    g_autoptr (GError) error = NULL;
    const gchar *allowed = NULL;

    g_assert_true (pena_routes_find ("POST", "/pena/v1/sign", &allowed, NULL) == &pena_route_sign);
    g_assert_true (pena_routes_find ("GET", "/pena/v1/tokens", &allowed, NULL) == &pena_route_tokens);
    g_assert_null (allowed);
    g_assert_null (pena_routes_find ("GET", "/pena/v1/sign", &allowed, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_METHOD_UNSUPPORTED);
    g_assert_cmpstr (allowed, ==, "POST");
    g_clear_error (&error);
    g_assert_null (pena_routes_find ("POST", "/pena/v1/sign/", &allowed, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_RESOURCE_UNKNOWN);
}

static void
test_error_json (void)
{
    g_autoptr (GError) error = g_error_new_literal (PENA_ERROR, PENA_ERROR_PIN_WRONG, "x");

    pena_error_set_int (error, "attempts_left", 2);
    pena_error_set_string (error, "code", "a fact must not pass for the code");
    g_autofree gchar *text = pena_json_error (error);
    g_assert_nonnull (strstr (text, "\"attempts_left\":2"));
    g_assert_nonnull (strstr (text, "\"code\":\"pin-wrong\""));
    g_assert_nonnull (strstr (text, "\"error\":\"access_denied\""));
    g_assert_null (strstr (text, "must not pass"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/peer/labels", test_labels);
    g_test_add_func ("/agent/peer/label-length", test_label_length);
    g_test_add_func ("/agent/peer/own", test_own_peer);
    g_test_add_func ("/agent/request/client", test_client);
    g_test_add_func ("/agent/request/sign-defaults", test_sign_defaults);
    g_test_add_func ("/agent/request/sign-refused", test_sign_refused);
    g_test_add_func ("/agent/request/names", test_names);
    g_test_add_func ("/agent/request/numbers", test_numbers);
    g_test_add_func ("/agent/request/password", test_password);
    g_test_add_func ("/agent/request/ttys", test_ttys);
    g_test_add_func ("/agent/routes/table", test_routes);
    g_test_add_func ("/agent/json/error", test_error_json);
    return g_test_run ();
}
