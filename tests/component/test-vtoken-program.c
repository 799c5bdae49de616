/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: component tests of vtoken-card: the test takes the place of pcscd's virtual reader
 * Copyright (C) 2026 the Pena authors */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define LIMIT_SECONDS 20
#define SELECT "\x00\xA4\x04\x00\x05\xA0\x00\x00\x03\x08"
#define PIN_STATUS "\x00\x20\x00\x80"

static const gchar *program; /* vtoken-card, from the command line */

typedef struct {
    gchar *folder, *state, *control, *log;
    GSocketListener *listener;
    GSubprocess *card;
    GSocketConnection *reader;
} Rig;

static GSocketConnection *
await_connection (Rig *rig)
{
    g_autoptr (GError) error = NULL;
    GSocketConnection *connection = g_socket_listener_accept (rig->listener, NULL, NULL, &error);
    g_assert_no_error (error);
    g_socket_set_timeout (g_socket_connection_get_socket (connection), LIMIT_SECONDS);
    return connection;
}

static void
start (Rig *rig, gconstpointer more_option)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketAddress) loopback = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
    g_autoptr (GSocketAddress) bound = NULL;
    g_autofree gchar *port = NULL;
    gpointer option = (gpointer)more_option;

    rig->folder = g_dir_make_tmp ("vtoken-program-XXXXXX", NULL);
    rig->state = g_build_filename (rig->folder, "card.state", NULL);
    rig->control = g_build_filename (rig->folder, "control", NULL);
    rig->log = g_build_filename (rig->folder, "apdu.log", NULL);
    rig->listener = g_socket_listener_new ();
    g_socket_listener_add_address (rig->listener, loopback, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                   &bound, &error);
    g_assert_no_error (error);
    port = g_strdup_printf ("%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
    rig->card =
        g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, "--parent-death", "--state", rig->state,
                          "--control", rig->control, "--apdu-log", rig->log, "--port", port, option, NULL);
    g_assert_no_error (error);
    rig->reader = await_connection (rig);
}

static void
stop (Rig *rig, gconstpointer unused)
{
    g_clear_object (&rig->reader);
    g_subprocess_force_exit (rig->card);
    g_subprocess_wait (rig->card, NULL, NULL);
    g_object_unref (rig->card);
    g_object_unref (rig->listener);
    g_unlink (rig->state);
    g_unlink (rig->control);
    g_unlink (rig->log);
    g_rmdir (rig->folder);
    g_free (rig->folder);
    g_free (rig->state);
    g_free (rig->control);
    g_free (rig->log);
}

static void
send_frame (Rig *rig, gconstpointer data, gsize length)
{
    GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (rig->reader));
    const guint8 header[2] = {(guint8)(length >> 8), (guint8)length};
    g_assert_true (g_output_stream_write_all (out, header, sizeof header, NULL, NULL, NULL));
    g_assert_true (g_output_stream_write_all (out, data, length, NULL, NULL, NULL));
}

/* The next frame, or NULL when the card hung up. */
static GByteArray *
receive_frame (Rig *rig)
{
    GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (rig->reader));
    g_autoptr (GByteArray) frame = g_byte_array_new ();
    guint8 header[2];
    gsize got = 0;

    if (!g_input_stream_read_all (in, header, sizeof header, &got, NULL, NULL) || got < sizeof header)
        return NULL;
    g_byte_array_set_size (frame, (guint)header[0] << 8 | header[1]);
    g_assert_true (g_input_stream_read_all (in, frame->data, frame->len, &got, NULL, NULL));
    g_assert_cmpuint (got, ==, frame->len);
    return g_steal_pointer (&frame);
}

static void
check_status (Rig *rig, gconstpointer apdu, gsize length, const gchar *expected)
{
    send_frame (rig, apdu, length);
    g_autoptr (GByteArray) answer = receive_frame (rig);
    g_assert_nonnull (answer);
    g_assert_cmpuint (answer->len, >=, 2);
    g_assert_cmpmem (answer->data + answer->len - 2, 2, expected, 2);
}

#define CHECK(rig, apdu, expected) check_status (rig, apdu, sizeof apdu - 1, expected)

static void
check_hung_up (Rig *rig)
{
    g_autoptr (GByteArray) frame = receive_frame (rig);
    g_assert_null (frame);
    g_clear_object (&rig->reader);
}

static void
check_line (Rig *rig, const gchar *line, const gchar *expected)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (rig->control);
    g_autofree gchar *with_end = g_strconcat (line, "\n", NULL);

    g_socket_client_set_timeout (client, LIMIT_SECONDS);
    g_autoptr (GSocketConnection) connection =
        g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
    g_assert_no_error (error);
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), with_end,
                               strlen (with_end), NULL, NULL, NULL);
    g_autoptr (GDataInputStream) in =
        g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
    g_autofree gchar *answer = g_data_input_stream_read_line (in, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (answer, ==, expected);
}

static void
test_atr_and_commands (Rig *rig, gconstpointer unused)
{
    send_frame (rig, "\x04", 1);
    g_autoptr (GByteArray) atr = receive_frame (rig);
    g_assert_cmpuint (atr->len, ==, 20);
    send_frame (rig, "\x01", 1);
    CHECK (rig, SELECT, "\x90\x00");
    CHECK (rig, PIN_STATUS, "\x63\xC3");
    send_frame (rig, "\x02", 1);
    CHECK (rig, PIN_STATUS, "\x6D\x00");
    check_line (rig, "count", "ok 3");
}

static void
test_pull_and_insert (Rig *rig, gconstpointer unused)
{
    check_line (rig, "pull", "ok");
    check_hung_up (rig);
    check_line (rig, "insert", "ok");
    rig->reader = await_connection (rig);
    CHECK (rig, SELECT, "\x90\x00");
}

/* Pulled in the midst of a command, or silent: the reader must see a closed connection, never an empty frame.
 */
static void
test_no_answer_hangs_up (Rig *rig, gconstpointer unused)
{
    static const gchar *const faults[] = {"pull-at 2", "empty-at 2"};
    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        check_line (rig, faults[i], "ok");
        CHECK (rig, SELECT, "\x90\x00");
        send_frame (rig, PIN_STATUS, sizeof PIN_STATUS - 1);
        check_hung_up (rig);
        check_line (rig, "insert", "ok");
        rig->reader = await_connection (rig);
    }
}

static void
test_ends_with_the_reader (Rig *rig, gconstpointer unused)
{
    g_clear_object (&rig->reader);
    g_assert_true (g_subprocess_wait_check (rig->card, NULL, NULL));
    g_assert_false (g_file_test (rig->control, G_FILE_TEST_EXISTS));
}

static void
test_reconnects (Rig *rig, gconstpointer unused)
{
    g_clear_object (&rig->reader);
    rig->reader = await_connection (rig);
    CHECK (rig, SELECT, "\x90\x00");
    g_subprocess_send_signal (rig->card, SIGTERM);
    g_assert_true (g_subprocess_wait_check (rig->card, NULL, NULL));
}

static void
test_log (Rig *rig, gconstpointer unused)
{
    g_autofree gchar *text = NULL;
    CHECK (rig, SELECT, "\x90\x00");
    g_assert_true (g_file_get_contents (rig->log, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "1 00 A4 04 00 Lc=5 Le=256 SW=9000 Lr=39\n");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpint (argc, ==, 2);
    program = argv[1];
    g_test_add ("/vtoken/program/atr-and-commands", Rig, NULL, start, test_atr_and_commands, stop);
    g_test_add ("/vtoken/program/pull-and-insert", Rig, NULL, start, test_pull_and_insert, stop);
    g_test_add ("/vtoken/program/no-answer-hangs-up", Rig, NULL, start, test_no_answer_hangs_up, stop);
    g_test_add ("/vtoken/program/ends-with-the-reader", Rig, NULL, start, test_ends_with_the_reader, stop);
    g_test_add ("/vtoken/program/reconnects", Rig, "--reconnect", start, test_reconnects, stop);
    g_test_add ("/vtoken/program/log", Rig, NULL, start, test_log, stop);
    return g_test_run ();
}
