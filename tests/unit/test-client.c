/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of libpena against an agent that says what the test wants
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pena/pena.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-agent.h"
#include "pena-lease.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LETTER "%PDF-1.7 a letter"
#define SIGNED_HEADERS                                                                                       \
    "Pena-Credential: c1\r\nPena-Level: B-B\r\nPena-Signature-Id: "                                          \
    "01ARZ3NDEKTSV4RRFFQ69G5FAV\r\nPena-Document-SHA256: " SHA "\r\n"

typedef struct {
    gchar *folder, *letter, *output;
    FakeAgent *agent;
    PenaClient *client;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
    self->folder = g_dir_make_tmp ("pena-test-XXXXXX", NULL);
    self->letter = g_build_filename (self->folder, "surat.pdf", NULL);
    self->output = g_build_filename (self->folder, "hasil.pdf", NULL);
    g_assert_true (g_file_set_contents (self->letter, LETTER, -1, NULL));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
    g_clear_object (&self->client);
    g_clear_pointer (&self->agent, fake_agent_free);
    g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
    for (const gchar *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
        g_autofree gchar *path = g_build_filename (self->folder, name, NULL);
        g_unlink (path);
    }
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->folder);
    g_free (self->letter);
    g_free (self->output);
}

static void
start (Fixture *self, FakeBehaviour behaviour, const gchar *answer)
{
    self->agent = fake_agent_new (self->folder, behaviour, answer, strlen (answer));
    self->client = pena_client_new (fake_agent_get_path (self->agent));
}

/* An agent that signs whatever is size bytes long by appending `update`. */
static void
start_signing (Fixture *self, FakeBehaviour behaviour, gsize size, const gchar *update)
{
    g_autofree gchar *answer = g_strdup_printf ("HTTP/1.1 200 OK\r\n" SIGNED_HEADERS
                                                "Pena-Document-Size: %zu\r\nContent-Length: %zu\r\n\r\n%s",
                                                size, strlen (update), update);
    start (self, behaviour, answer);
}

static guint
count_files (Fixture *self)
{
    g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
    guint count = 0;
    while (g_dir_read_name (dir) != NULL)
        count++;
    return count;
}

static void
assert_contents (const gchar *path, const gchar *wanted)
{
    g_autofree gchar *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, wanted);
}

static void
assert_sign_fails (Fixture *self, PenaSignOptions *options, PenaErrorCode code)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (pena_client_sign_file (self->client, self->letter, self->output, options, NULL, &error));
    g_assert_error (error, PENA_ERROR, (gint)code);
}

static void
test_pades_is_original_and_update (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();
    g_autoptr (GError) error = NULL;

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+signature");
    g_object_set (options, "reason", "Persetujuan & izin", NULL);
    g_object_set (self->client, "language", "id", "prompt-tty", "/dev/pts/9", NULL);
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, options, NULL, &error);
    g_assert_no_error (error);
    assert_contents (self->output, LETTER "+signature");
    assert_contents (self->letter, LETTER);
    g_assert_cmpstr (pena_sign_result_get_format (result), ==, "pades");
    g_assert_cmpstr (pena_sign_result_get_document_sha256 (result), ==, SHA);
    g_assert_cmpuint (pena_sign_result_get_document_size (result), ==, strlen (LETTER));

    const gchar *head = fake_agent_get_head (self->agent);
    g_assert_true (g_str_has_prefix (head, "POST /pena/v1/sign?format=pades&name=surat.pdf&"
                                           "reason=Persetujuan%20%26%20izin&return=update HTTP/1.1\r\n"));
    g_assert_nonnull (strstr (head, "Content-Type: application/pdf\r\n"));
    g_assert_nonnull (strstr (head, "Accept-Language: id\r\n"));
    g_assert_nonnull (strstr (head, "Pena-Tty: /dev/pts/9\r\n"));
    g_assert_nonnull (strstr (head, "Host: pena\r\n"));
    GByteArray *body = fake_agent_get_body (self->agent);
    g_assert_cmpmem (body->data, body->len, LETTER, strlen (LETTER));
}

static void
test_strange_name (Fixture *self, gconstpointer data)
{
    g_autofree gchar *strange = g_build_filename (self->folder, "dua\nbaris\xff.pdf", NULL);
    g_autoptr (GError) error = NULL;

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_assert_true (g_file_set_contents (strange, LETTER, -1, NULL));
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, strange, self->output, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_nonnull (strstr (fake_agent_get_head (self->agent), "name=dua%EF%BF%BDbaris%EF%BF%BD"));
}

static void
test_cades_is_the_answer (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "p7s");
    g_object_set (options, "format", "cades", NULL);
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, options, NULL, NULL);
    g_assert_nonnull (result);
    assert_contents (self->output, "p7s");
}

static gboolean
is_lendable (const gchar *folder)
{
    g_autofree gchar *path = g_build_filename (folder, "probe", NULL);
    g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    gint fd = open (path, O_RDONLY | O_CLOEXEC);
    gboolean result = pena_lease_take (fd);

    close (fd);
    unlink (path);
    return result;
}

static void
test_large_file_is_asked_for_first (Fixture *self, gconstpointer data)
{
    g_autofree gchar *text = g_strnfill (9 * 1024 * 1024 + 17, 'x');
    g_autofree gchar *wanted = g_strconcat (text, "+", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (self->letter, text, -1, NULL));
    start_signing (self, FAKE_REFUSE_LOAN, strlen (text), "+");
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_nonnull (strstr (fake_agent_get_head (self->agent), "Expect: 100-continue"));
    g_assert_null (strstr (fake_agent_get_head (self->agent), "Pena-Document"));
    assert_contents (self->output, wanted);
}

/* The copy, which nobody else knows of: whoever has the letter open for writing is not in the way. */
static void
test_large_file_is_lent (Fixture *self, gconstpointer data)
{
    g_autofree gchar *text = g_strnfill (9 * 1024 * 1024 + 17, 'x');
    g_autofree gchar *wanted = g_strconcat (text, "+", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (self->letter, text, -1, NULL));
    gint letter = open (self->letter, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (letter, >=, 0);
    gboolean lendable = is_lendable (self->folder);
    start_signing (self, FAKE_ANSWER, strlen (text), "+");
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (lendable, ==,
                     strstr (fake_agent_get_head (self->agent), "Pena-Document: descriptor\r\n") != NULL);
    GByteArray *body = fake_agent_get_body (self->agent);
    g_assert_cmpmem (body->data, body->len, text, strlen (text));
    assert_contents (self->output, wanted);
    close (letter);
}

static void
test_early_refusal_is_heard (Fixture *self, gconstpointer data)
{
    g_autofree gchar *text = g_strnfill (9 * 1024 * 1024, 'x');

    g_assert_true (g_file_set_contents (self->letter, text, -1, NULL));
    start (self, FAKE_REFUSE_EARLY,
           "HTTP/1.1 413 Too Large\r\nContent-Length: 29\r\n\r\n{\"code\":\"document-too-large\"}");
    assert_sign_fails (self, NULL, PENA_ERROR_DOCUMENT_TOO_LARGE);
    g_assert_cmpuint (count_files (self), ==, 2);
}

static void
test_error_answer (Fixture *self, gconstpointer data)
{
    static const gchar body[] = "{\"code\":\"pin-wrong\",\"attempts_left\":2}";
    g_autofree gchar *answer =
        g_strdup_printf ("HTTP/1.1 403 Forbidden\r\nContent-Length: %zu\r\n\r\n%s", strlen (body), body);
    g_autoptr (GError) error = NULL;
    gint64 left = 0;

    start (self, FAKE_ANSWER, answer);
    g_assert_null (pena_client_sign_file (self->client, self->letter, self->output, NULL, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
    g_assert_cmpuint (count_files (self), ==, 2);
}

static void
test_hostile_answers (Fixture *self, gconstpointer data)
{
    static const gchar *const answers[] = {
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS "Pena-Document-Size: 3\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS "Pena-Document-Size: 17\r\nContent-Length: 100\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS "Pena-Document-Size: 17\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS "Pena-Document-Size: 17\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS
        "Pena-Document-Size: 17\r\nPena-Note: %ff\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS
        "Pena-Document-Size: 17\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS
        "Pena-Document-Size: 17\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\n<html",
    };
    for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
        g_autoptr (GError) error = NULL;
        start (self, FAKE_ANSWER, answers[i]);
        g_assert_null (pena_client_sign_file (self->client, self->letter, self->output, NULL, NULL, &error));
        g_assert_cmpuint (error->domain, ==, PENA_ERROR);
        g_assert_cmpuint (count_files (self), ==, 2);
        g_clear_object (&self->client);
        g_clear_pointer (&self->agent, fake_agent_free);
    }
}

static void
test_agent_closes (Fixture *self, gconstpointer data)
{
    start (self, FAKE_CLOSE, "");
    assert_sign_fails (self, NULL, PENA_ERROR_AGENT_UNREACHABLE);
    g_assert_cmpuint (count_files (self), ==, 2);
}

static void
test_no_agent (Fixture *self, gconstpointer data)
{
    g_autofree gchar *long_path = g_strnfill (200, 'x');
    const gchar *paths[] = {"/nonexistent/agent.sock", self->letter, long_path};

    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        self->client = pena_client_new (paths[i]);
        assert_sign_fails (self, NULL, PENA_ERROR_AGENT_UNREACHABLE);
        g_clear_object (&self->client);
    }
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
    *(GAsyncResult **)user_data = g_object_ref (result);
}

static void
test_cancel_hangs_up (Fixture *self, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    start (self, FAKE_HANG, "");
    pena_client_sign_file_async (self->client, self->letter, self->output, NULL, cancellable, on_done,
                                 &result);
    g_usleep (50000);
    g_cancellable_cancel (cancellable);
    while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
    g_assert_null (pena_client_sign_file_finish (self->client, result, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_cmpuint (count_files (self), ==, 2);
}

static void
test_cancel_in_the_prompt (Fixture *self, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    start (self, FAKE_HANG, "");
    fake_agent_on_head (self->agent, (void (*) (gpointer))g_cancellable_cancel, cancellable);
    pena_client_list_tokens_async (self->client, cancellable, on_done, &result);
    while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
    g_assert_null (pena_client_list_tokens_finish (self->client, result, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CANCELLED);
    g_assert_true (fake_agent_wait_hang_up (self->agent));
}

static void
test_existing_output_stays (Fixture *self, gconstpointer data)
{
    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_assert_true (g_file_set_contents (self->output, "earlier", -1, NULL));
    assert_sign_fails (self, NULL, PENA_ERROR_OUTPUT_EXISTS);
    assert_contents (self->output, "earlier");
    g_assert_cmpstr (fake_agent_get_head (self->agent), ==, "");
}

static void
make_output (gpointer user_data)
{
    Fixture *self = user_data;
    g_assert_true (g_file_set_contents (self->output, "quicker", -1, NULL));
}

static void
test_output_that_appears_meanwhile_stays (Fixture *self, gconstpointer data)
{
    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    fake_agent_on_head (self->agent, make_output, self);
    assert_sign_fails (self, NULL, PENA_ERROR_OUTPUT_EXISTS);
    assert_contents (self->output, "quicker");
    g_assert_cmpuint (count_files (self), ==, 3);
}

static void
test_replace (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_object_set (options, "replace", TRUE, NULL);
    g_assert_true (g_file_set_contents (self->output, "earlier", -1, NULL));
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, options, NULL, NULL);
    g_assert_nonnull (result);
    assert_contents (self->output, LETTER "+");
    g_assert_cmpuint (count_files (self), ==, 3);
}

static void
test_failed_replace_keeps_the_earlier (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();

    start (self, FAKE_CLOSE, "");
    g_object_set (options, "replace", TRUE, NULL);
    g_assert_true (g_file_set_contents (self->output, "earlier", -1, NULL));
    assert_sign_fails (self, options, PENA_ERROR_AGENT_UNREACHABLE);
    assert_contents (self->output, "earlier");
    g_assert_cmpuint (count_files (self), ==, 3);
}

static void
test_input_is_never_the_output (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();
    g_autoptr (GError) error = NULL;

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_object_set (options, "replace", TRUE, NULL);
    g_assert_cmpint (link (self->letter, self->output), ==, 0);
    assert_sign_fails (self, options, PENA_ERROR_REQUEST_INVALID);
    g_assert_null (pena_client_sign_file (self->client, self->letter, self->letter, options, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
    assert_contents (self->letter, LETTER);
}

static void
change_letter (gpointer user_data)
{
    Fixture *self = user_data;
    g_autoptr (GError) error = NULL;
    /* In place, as a program that saves over an open file does. */
    g_assert_true (g_file_set_contents_full (self->letter, "%PDF-1.7 another!", -1, G_FILE_SET_CONTENTS_NONE,
                                             0600, &error));
    g_assert_no_error (error);
}

static void
test_changed_input (Fixture *self, gconstpointer data)
{
    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    fake_agent_on_head (self->agent, change_letter, self);
    assert_sign_fails (self, NULL, PENA_ERROR_DOCUMENT_CHANGED);
    g_assert_cmpuint (count_files (self), ==, 2);
}

static void
test_bad_inputs (Fixture *self, gconstpointer data)
{
    g_autofree gchar *empty = g_build_filename (self->folder, "kosong.pdf", NULL);
    g_autofree gchar *pipe_path = g_build_filename (self->folder, "pipa.pdf", NULL);
    const struct {
        const gchar *path;
        PenaErrorCode code;
    } cases[] = {
        {empty, PENA_ERROR_DOCUMENT_EMPTY},
        {self->folder, PENA_ERROR_DOCUMENT_MISSING},
        {pipe_path, PENA_ERROR_DOCUMENT_MISSING},
        {"/nonexistent/surat.pdf", PENA_ERROR_DOCUMENT_MISSING},
    };

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_assert_true (g_file_set_contents (empty, "", 0, NULL));
    g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (pena_client_sign_file (self->client, cases[i].path, self->output, NULL, NULL, &error));
        g_assert_error (error, PENA_ERROR, (gint)cases[i].code);
    }
    g_assert_cmpstr (fake_agent_get_head (self->agent), ==, "");
}

static void
test_file_size_limit (Fixture *self, gconstpointer data)
{
    g_autofree gchar *text = g_strnfill (300000, 'x');
    struct rlimit was, limit;

    g_assert_true (g_file_set_contents (self->letter, text, -1, NULL));
    start_signing (self, FAKE_ANSWER, strlen (text), "+");
    signal (SIGXFSZ, SIG_IGN);
    g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &was), ==, 0);
    limit = was;
    limit.rlim_cur = 100000;
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    assert_sign_fails (self, NULL, PENA_ERROR_OUTPUT_FAILED);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &was), ==, 0);
    g_assert_cmpuint (count_files (self), ==, 2);
    assert_contents (self->letter, text);
}

static void
test_output_is_as_private_as_input (Fixture *self, gconstpointer data)
{
    struct stat st;

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "+");
    g_assert_cmpint (chmod (self->letter, 0600), ==, 0);
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, NULL, NULL, NULL);
    g_assert_nonnull (result);
    g_assert_cmpint (stat (self->output, &st), ==, 0);
    g_assert_cmpuint (st.st_mode & 077, ==, 0);
}

static void
test_sign_stream (Fixture *self, gconstpointer data)
{
    g_autoptr (GInputStream) document = g_memory_input_stream_new_from_data (LETTER, -1, NULL);
    g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
    g_autoptr (PenaSignOptions) options = pena_sign_options_new ();
    g_autoptr (GError) error = NULL;

    start_signing (self, FAKE_ANSWER, strlen (LETTER), "whole");
    g_object_set (options, "name", "surat.pdf", NULL);
    g_autoptr (PenaSignResult) result = pena_client_sign_stream (
        self->client, document, (gint64)strlen (LETTER), output, options, NULL, &error);
    g_assert_no_error (error);
    g_assert_nonnull (strstr (fake_agent_get_head (self->agent), "&return=document "));
    g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (output)),
                     g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (output)), "whole", 5);
}

static void
test_verify_sends_signature_first (Fixture *self, gconstpointer data)
{
    g_autofree gchar *signature = g_build_filename (self->folder, "surat.pdf.p7s", NULL);
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (signature, "SIG", 3, NULL));
    start (self, FAKE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"verdict\":\"valid\"}");
    g_autofree gchar *report = pena_client_verify_file (self->client, self->letter, signature, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (report, ==, "{\"verdict\":\"valid\"}");
    g_assert_nonnull (
        strstr (fake_agent_get_head (self->agent), "POST /pena/v1/verify?signature-size=3 HTTP/1.1"));
    GByteArray *body = fake_agent_get_body (self->agent);
    g_assert_cmpmem (body->data, body->len, "SIG" LETTER, strlen ("SIG" LETTER));
}

/* The answer takes the place of the copy, whatever it begins with. */
static void
test_repaired (Fixture *self, gconstpointer data)
{
    g_autoptr (PenaSignOptions) options = g_object_new (PENA_TYPE_SIGN_OPTIONS, "repair", TRUE, NULL);
    g_autofree gchar *size = g_strdup_printf ("%" G_GSIZE_FORMAT, strlen (LETTER));
    g_autofree gchar *answer = g_strconcat (
        "HTTP/1.1 200 OK\r\n" SIGNED_HEADERS "Pena-Repaired-SHA256: " SHA "\r\nPena-Document-Size: ", size,
        "\r\nContent-Length: 8\r\n\r\nrepaired", NULL);
    g_autoptr (GError) error = NULL;

    start (self, FAKE_ANSWER, answer);
    g_autoptr (PenaSignResult) result =
        pena_client_sign_file (self->client, self->letter, self->output, options, NULL, &error);
    g_assert_no_error (error);
    assert_contents (self->output, "repaired");
    g_assert_cmpstr (pena_sign_result_get_repaired_sha256 (result), ==, SHA);
    g_assert_nonnull (strstr (fake_agent_get_head (self->agent), "&repair=1&return=document "));
}

static void
test_document_password (Fixture *self, gconstpointer data)
{
    g_autofree gchar *long_one = g_strnfill (256, 'a');
    g_autoptr (GError) error = NULL;

    start (self, FAKE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    g_assert_true (pena_client_set_document_password (self->client, "r\xc3\xa9 %\r\n", &error));
    g_assert_false (pena_client_set_document_password (self->client, long_one, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
    g_clear_error (&error);
    g_assert_false (pena_client_set_document_password (self->client, "\xff", &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_REQUEST_INVALID);
    g_clear_error (&error);
    g_autofree gchar *report = pena_client_verify_file (self->client, self->letter, NULL, NULL, &error);
    g_assert_no_error (error);
    const gchar *head = fake_agent_get_head (self->agent);
    g_assert_nonnull (strstr (head, "Pena-Document-Password: r%C3%A9%20%25%0D%0A\r\n"));

    g_assert_true (pena_client_set_document_password (self->client, NULL, &error));
    g_autofree gchar *again = pena_client_verify_file (self->client, self->letter, NULL, NULL, &error);
    g_assert_null (strstr (fake_agent_get_head (self->agent), "Password"));
}

static void
test_info (Fixture *self, gconstpointer data)
{
    start (self, FAKE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    g_autofree gchar *info = pena_client_get_info (self->client, NULL, NULL);
    g_assert_cmpstr (info, ==, "{}");
    g_assert_true (g_str_has_prefix (fake_agent_get_head (self->agent), "POST /csc/v2/info HTTP/1.1\r\n"));
}

#define ADD(path, function) g_test_add ("/client/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("sign/pades", test_pades_is_original_and_update);
    ADD ("sign/strange-name", test_strange_name);
    ADD ("sign/cades", test_cades_is_the_answer);
    ADD ("sign/large", test_large_file_is_asked_for_first);
    ADD ("sign/lent", test_large_file_is_lent);
    ADD ("sign/early-refusal", test_early_refusal_is_heard);
    ADD ("sign/error", test_error_answer);
    ADD ("sign/hostile-answers", test_hostile_answers);
    ADD ("sign/agent-closes", test_agent_closes);
    ADD ("sign/no-agent", test_no_agent);
    ADD ("sign/cancel", test_cancel_hangs_up);
    ADD ("sign/repaired", test_repaired);
    ADD ("sign/stream", test_sign_stream);
    ADD ("output/exists", test_existing_output_stays);
    ADD ("output/appears-meanwhile", test_output_that_appears_meanwhile_stays);
    ADD ("output/replace", test_replace);
    ADD ("output/failed-replace", test_failed_replace_keeps_the_earlier);
    ADD ("output/never-the-input", test_input_is_never_the_output);
    ADD ("output/size-limit", test_file_size_limit);
    ADD ("output/private", test_output_is_as_private_as_input);
    ADD ("input/changed", test_changed_input);
    ADD ("input/bad", test_bad_inputs);
    ADD ("verify/detached", test_verify_sends_signature_first);
    ADD ("tokens/cancel", test_cancel_in_the_prompt);
    ADD ("document-password", test_document_password);
    ADD ("info", test_info);
    return g_test_run ();
}
