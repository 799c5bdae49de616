/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: clients that do not behave
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent-rig.h"

static AgentAnswer *
say (const AgentRig *rig, const gchar *text)
{
    gint fd = agent_connect (rig);

    g_assert_cmpint (fd, >=, 0);
    agent_send (fd, text, strlen (text));
    return agent_receive (fd);
}

static void
assert_serves (const AgentRig *rig)
{
    g_autoptr (AgentAnswer) answer = agent_request (rig, "POST", "/csc/v2/info", NULL, NULL, 0);

    g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_routes (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) unknown = agent_request (rig, "GET", "/pena/v1/other", NULL, NULL, 0);
    g_autoptr (AgentAnswer) method = agent_request (rig, "DELETE", "/pena/v1/sign", NULL, NULL, 0);
    g_autoptr (AgentAnswer) parameter = agent_request (rig, "POST", "/pena/v1/sign?pin=123456", NULL, "x", 1);
    g_autoptr (AgentAnswer) language =
        agent_request (rig, "GET", "/pena/v1/other", "Accept-Language: id\r\n", NULL, 0);
    g_autoptr (AgentAnswer) dots = agent_request (rig, "GET", "/pena/v1/%2e%2e/x", NULL, NULL, 0);
    g_autoptr (AgentAnswer) level = agent_request (rig, "POST", "/pena/v1/sign?level=B-X", NULL, "x", 1);
    g_autoptr (AgentAnswer) stamped = agent_request (rig, "POST", "/pena/v1/sign?level=B-T", NULL, "x", 1);

    agent_assert_refused (unknown, 404, "resource-unknown");
    agent_assert_refused (method, 405, "method-unsupported");
    g_assert_nonnull (strstr (method->header, "Allow: POST"));
    agent_assert_refused (parameter, 400, "request-invalid");
    agent_assert_refused (level, 422, "level-unsupported");
    agent_assert_refused (stamped, 422, "tsa-missing"); /* none is configured */
    g_assert_nonnull (strstr (language->header, "Content-Language: id"));
    g_assert_cmpuint (dots->status, >=, 400);
}

static void
test_other_names (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) host =
        say (rig, "POST /csc/v2/info HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    g_autoptr (AgentAnswer) two = say (
        rig, "POST /csc/v2/info HTTP/1.1\r\nHost: pena\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    g_autoptr (AgentAnswer) whole =
        say (rig, "POST http://evil.example/csc/v2/info HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n\r\n");
    g_autoptr (AgentAnswer) origin =
        agent_request (rig, "POST", "/csc/v2/info", "Origin: https://evil.example\r\n", NULL, 0);
    g_autoptr (AgentAnswer) null = agent_request (rig, "POST", "/csc/v2/info", "Origin: null\r\n", NULL, 0);

    agent_assert_refused (host, 403, "client-refused");
    agent_assert_refused (two, 403, "client-refused");
    agent_assert_refused (whole, 403, "client-refused");
    agent_assert_refused (origin, 403, "client-refused");
    agent_assert_refused (null, 403, "client-refused");
}

/* What a browser sends along with requests that have no Origin. */
static void
test_embedded (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) cross =
        agent_request (rig, "GET", "/pena/v1/tokens", "Sec-Fetch-Site: cross-site\r\n", NULL, 0);
    g_autoptr (AgentAnswer) typed =
        agent_request (rig, "GET", "/pena/v1/tokens", "sec-fetch-site: none\r\n", NULL, 0);

    agent_assert_refused (cross, 403, "client-refused");
    agent_assert_refused (typed, 403, "client-refused");
}

/* A query that could be read in two ways is not read. */
static void
test_queries (void)
{
    static const gchar *const targets[] = {"/pena/v1/sign?name=a&name=b", "/pena/v1/sign?name=a%00b",
                                           "/pena/v1/sign?name", "/pena/v1/sign?level=B-B&level=B-B",
                                           "/pena/v1/verify?signature-size=1&signature-size=2"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
        g_autoptr (AgentAnswer) answer = agent_request (rig, "POST", targets[i], NULL, "surat", 5);
        agent_assert_refused (answer, 400, "request-invalid");
    }
    g_autoptr (AgentAnswer) plain = agent_request (rig, "POST", "/pena/v1/sign?&name=a&", NULL, "surat", 5);
    g_assert_cmpuint (plain->status, ==, 200);
}

static void
test_not_http (void)
{
    static const gchar *const texts[] = {
        "\r\n\r\n",
        "hello\r\n\r\n",
        "POST\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /pena/v1/sign HTTP/1.1\r\n\r\n",
        "POST /pena/v1/sign HTTP/1.1\r\nHost: pena\r\nContent-Length: -1\r\n\r\n",
#if !defined(__SANITIZE_ADDRESS__) /* libsoup 3.2 loses the path of a request that it refuses for this */
        "POST /pena/v1/sign HTTP/1.1\r\nHost: pena\r\nTransfer-Encoding: gzip\r\n\r\n",
#endif
        "POST /pena/v1/sign HTTP/1.1\r\nHost: pena\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n\r\n",
        "CONNECT pena:80 HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n\r\n"
    };
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nheader-timeout=1\nidle-timeout=1\n");

    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (AgentAnswer) answer = say (rig, texts[i]);
        g_assert_cmpuint (answer->status, !=, 200);
    }
    g_autoptr (AgentAnswer) old = say (rig, "POST /csc/v2/info HTTP/1.0\r\n\r\n");
    g_assert_cmpuint (old->status, !=, 0);
    assert_serves (rig);
}

static void
test_slow (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nheader-timeout=1\nidle-timeout=1\n");
    g_autoptr (AgentAnswer) nothing = say (rig, "");
    g_autoptr (AgentAnswer) half = say (rig, "POST /pena/v1/sign HTTP/1.1\r\nHost: pe");
    g_autoptr (AgentAnswer) body =
        say (rig, "POST /pena/v1/verify HTTP/1.1\r\nHost: pena\r\nContent-Length: 100\r\n\r\nhalf");

    agent_assert_refused (nothing, 408, "request-timeout");
    agent_assert_refused (half, 408, "request-timeout");
    agent_assert_refused (body, 408, "request-timeout");
    assert_serves (rig);
}

static void
test_long_header (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autofree gchar *filler = g_strnfill (400 * 1024, 'a');
    g_autofree gchar *line = g_strdup_printf ("X-Long: %s\r\n", filler);
    g_autofree gchar *endless = g_strconcat ("POST /", filler, NULL);
    g_autoptr (AgentAnswer) long_line = agent_request (rig, "POST", "/csc/v2/info", line, NULL, 0);
    g_autoptr (AgentAnswer) long_target = say (rig, endless);

    agent_assert_refused (long_line, 400, "request-invalid");
    agent_assert_refused (long_target, 400, "request-invalid");
    assert_serves (rig);
}

/* What cannot be read as a request is refused in the user's language, and not in that of whoever asked last; what is known to be
 * somebody's, in theirs. */
static void
test_language_of_refusals (void)
{
    const struct {
        const gchar *said, *told;
    } rows[] = {
        {"POST /csc/v2/info HTTP/1.1\r\nX: ", "The request did not arrive in time."},
        {"POST /csc/v2/info HTTP/1.1\r\nHost: pena\r\nAccept-Language: id\r\nContent-Length: 9\r\n\r\n",
         "Permintaan tidak tiba tepat waktu."}};
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nheader-timeout=1\nidle-timeout=1\n");

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        gint fd = agent_connect (rig);
        g_assert_true (agent_send (fd, rows[i].said, strlen (rows[i].said)));
        g_autoptr (AgentAnswer) other =
            agent_request (rig, "GET", "/pena/v1/other",
                           i == 0 ? "Accept-Language: id\r\n" : "Accept-Language: en\r\n", NULL, 0);
        g_assert_cmpuint (other->status, ==, 404);
        g_autoptr (AgentAnswer) answer = agent_receive (fd);
        agent_assert_refused (answer, 408, "request-timeout");
        g_assert_nonnull (g_strstr_len (g_bytes_get_data (answer->body, NULL),
                                        (gssize)g_bytes_get_size (answer->body), rows[i].told));
    }
}

/* One request a connection, and the answer says so. */
static void
test_second_request (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    const gchar *twice = "POST /csc/v2/info HTTP/1.1\r\nHost: pena\r\nContent-Length: 2\r\n\r\n{}"
                         "POST /csc/v2/info HTTP/1.1\r\nHost: pena\r\nContent-Length: 2\r\n\r\n{}";
    g_autoptr (AgentAnswer) answer = say (rig, twice);
    gsize length;
    const gchar *body = g_bytes_get_data (answer->body, &length);

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_nonnull (strstr (answer->header, "Connection: close"));
    g_assert_null (g_strstr_len (body, (gssize)length, "HTTP/1.1"));
}

static void
test_body_sizes (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nmax-document-size=1M\n");
    g_autofree gchar *large = g_strnfill (2 * 1024 * 1024, 'x');
    g_autoptr (AgentAnswer) announced =
        agent_request (rig, "POST", "/pena/v1/verify", NULL, large, 2 * 1024 * 1024);
    g_autoptr (AgentAnswer) empty = agent_request (rig, "POST", "/pena/v1/verify", NULL, NULL, 0);
    g_autoptr (AgentAnswer) waiting = say (
        rig, "POST /pena/v1/verify HTTP/1.1\r\nHost: pena\r\nConnection: close\r\nExpect: 100-continue\r\n"
             "Content-Length: 2000000\r\n\r\n");
    g_autofree gchar *chunk =
        g_strdup_printf ("POST /pena/v1/verify HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n200000\r\n%s\r\n0\r\n\r\n",
                         large);
    g_autoptr (AgentAnswer) chunked = say (rig, chunk);
    g_autoptr (AgentAnswer) small =
        say (rig, "POST /pena/v1/verify HTTP/1.1\r\nHost: pena\r\nConnection: close\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    g_autoptr (AgentAnswer) prefix =
        agent_request (rig, "POST", "/pena/v1/verify?signature-size=100", NULL, "short", 5);

    agent_assert_refused (announced, 413, "document-too-large");
    agent_assert_refused (empty, 422, "document-empty");
    agent_assert_refused (waiting, 413, "document-too-large");
    agent_assert_refused (chunked, 413, "document-too-large");
    agent_assert_refused (small, 422, "document-not-pdf");
    agent_assert_refused (prefix, 400, "request-invalid");
}

static void
test_body_cut_short (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    const gchar *text = "POST /pena/v1/verify HTTP/1.1\r\nHost: pena\r\nConnection: close\r\nContent-Length: "
                        "1000\r\n\r\nshort";

    for (guint i = 0; i < 20; i++) {
        gint fd = agent_connect (rig);
        g_assert_true (agent_send (fd, text, strlen (text)));
        if (i % 2 == 0)
            shutdown (fd, SHUT_WR);
        else
            close (fd);
        if (i % 2 == 0) {
            g_autoptr (AgentAnswer) answer = agent_receive (fd);
            g_assert_cmpuint (answer->status, !=, 200);
        }
    }
    assert_serves (rig);
}

static void
test_many_connections (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    gint fds[100];
    guint refused = 0;

    for (guint i = 0; i < G_N_ELEMENTS (fds); i++) {
        fds[i] = agent_connect (rig);
        g_assert_cmpint (fds[i], >=, 0);
    }
    for (guint i = 16; i < G_N_ELEMENTS (fds); i++) {
        g_autoptr (AgentAnswer) answer = agent_receive (fds[i]);
        agent_assert_refused (answer, 429, "busy");
        refused++;
    }
    g_assert_cmpuint (refused, ==, 84);
    for (guint i = 0; i < 16; i++)
        close (fds[i]);
    /* the agent notices within its next turn of the loop */
    for (guint i = 0; i < 1000; i++) {
        g_autoptr (AgentAnswer) answer = agent_request (rig, "POST", "/csc/v2/info", NULL, NULL, 0);
        if (answer->status == 200)
            return;
        g_usleep (10000);
    }
    g_error ("the connections never became free");
}

static void
test_one_instance (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autofree gchar *message = NULL;
    g_autofree gchar *open_message = NULL;
    g_autofree gchar *link_message = NULL;
    g_autofree gchar *open = g_build_filename (rig->dir, "open", NULL);
    g_autofree gchar *link = g_build_filename (rig->dir, "link", NULL);
    g_autofree gchar *open_socket = g_build_filename (open, "agent.sock", NULL);
    g_autofree gchar *link_socket = g_build_filename (link, "agent.sock", NULL);

    g_assert_cmpint (agent_rig_try (rig, NULL, &message), ==, PENA_EXIT_REFUSED);
    g_assert_nonnull (strstr (message, "another agent"));
    g_assert_cmpint (g_mkdir (open, 0700), ==, 0);
    g_assert_cmpint (g_chmod (open, 0755), ==, 0);
    g_assert_cmpint (agent_rig_try (rig, open_socket, &open_message), ==, PENA_EXIT_USAGE);
    g_assert_nonnull (strstr (open_message, "0700"));
    g_assert_cmpint (symlink ("pena", link), ==, 0);
    g_assert_cmpint (agent_rig_try (rig, link_socket, &link_message), ==, PENA_EXIT_USAGE);
    assert_serves (rig);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/clients/routes", test_routes);
    g_test_add_func ("/agent/clients/other-names", test_other_names);
    g_test_add_func ("/agent/clients/embedded", test_embedded);
    g_test_add_func ("/agent/clients/queries", test_queries);
    g_test_add_func ("/agent/clients/not-http", test_not_http);
    g_test_add_func ("/agent/clients/slow", test_slow);
    g_test_add_func ("/agent/clients/long-header", test_long_header);
    g_test_add_func ("/agent/clients/language-of-refusals", test_language_of_refusals);
    g_test_add_func ("/agent/clients/second-request", test_second_request);
    g_test_add_func ("/agent/clients/body-sizes", test_body_sizes);
    g_test_add_func ("/agent/clients/body-cut-short", test_body_cut_short);
    g_test_add_func ("/agent/clients/many-connections", test_many_connections);
    g_test_add_func ("/agent/clients/one-instance", test_one_instance);
    return g_test_run ();
}
