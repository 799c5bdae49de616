/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: both ends of a line between two of the agent's processes, and an other end that breaks the rules
 * Copyright (C) 2026 the Pena authors */
#include "ipc-peer.h"

#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-message.h"
#include "pena-token-interface.h"

typedef struct {
    PenaIpcPeer *asks, *answers;
    gint raw; /* instead of the second, what a stranger writes to */
    GArray *calls;
    GString *told;
    GPtrArray *outcomes; /* of GVariant or NULL, in the order in which they came */
    GError *error;       /* the last */
    guint closed;
    gboolean free_on_answer;
} Fixture;

static void
on_call (guint64 number, const gchar *method, GVariant *arguments, gpointer user_data)
{
    Fixture *self = user_data;

    g_array_append_val (self->calls, number);
    g_string_append_printf (self->told, "%s,", method);
}

static void
on_notice (const gchar *name, GVariant *value, gpointer user_data)
{
    Fixture *self = user_data;
    g_autofree gchar *text = g_variant_print (value, FALSE);

    g_string_append_printf (self->told, "%s%s,", name, text);
}

static void
on_closed (gpointer user_data)
{
    Fixture *self = user_data;

    self->closed++;
}

static void
open_line (Fixture *self, gboolean stranger)
{
    static const PenaIpcPeerEvents asking = {.on_notice = on_notice, .on_closed = on_closed};
    static const PenaIpcPeerEvents answering = {on_call, NULL, on_closed};
    gint fds[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    self->asks = pena_ipc_peer_new (fds[0], &pena_token_helper1_interface, &asking, self);
    self->raw = stranger ? fds[1] : -1;
    if (!stranger)
        self->answers = pena_ipc_peer_new (fds[1], &pena_token_helper1_interface, &answering, self);
    self->calls = g_array_new (FALSE, FALSE, sizeof (guint64));
    self->told = g_string_new (NULL);
    self->outcomes = g_ptr_array_new ();
}

static void
set_up (Fixture *self, gconstpointer data)
{
    open_line (self, FALSE);
}

static void
set_up_stranger (Fixture *self, gconstpointer data)
{
    open_line (self, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
    pena_ipc_peer_free (self->asks);
    pena_ipc_peer_free (self->answers);
    if (self->raw >= 0)
        close (self->raw);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    for (guint i = 0; i < self->outcomes->len; i++)
        if (self->outcomes->pdata[i] != NULL)
            g_variant_unref (self->outcomes->pdata[i]);
    g_ptr_array_unref (self->outcomes);
    g_array_unref (self->calls);
    g_string_free (self->told, TRUE);
    g_clear_error (&self->error);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Fixture *self = user_data;

    g_clear_error (&self->error);
    g_ptr_array_add (self->outcomes, pena_ipc_peer_call_finish (result, &self->error));
    if (self->free_on_answer)
        g_clear_pointer (&self->asks, pena_ipc_peer_free);
}

static void
ask_to_cancel (Fixture *self, GCancellable *cancellable)
{
    pena_ipc_peer_call_async (self->asks, "Cancel", g_variant_new ("(t)", (guint64)1), -1, cancellable,
                              on_answered, self);
}

static void
await (const guint *number, guint wanted)
{
    while (*number < wanted)
        g_main_context_iteration (NULL, TRUE);
}

/* ---- who keeps the rules ---- */

static GVariant *
signature_of (gsize length)
{
    g_autofree gchar *bytes = g_strnfill (length, 's');

    return g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, length, 1));
}

static void
ask_to_sign (Fixture *self, gsize length)
{
    g_autofree gchar *bytes = g_strnfill (length, 'd');
    GVariantDict prompt;

    g_variant_dict_init (&prompt, NULL);
    pena_ipc_peer_call_async (
        self->asks, "Sign",
        g_variant_new ("(tss@ay@a{sv})", (guint64)1, "id", "scheme",
                       g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, length, 1),
                       g_variant_dict_end (&prompt)),
        -1, NULL, on_answered, self);
}

/* Several calls at a time, answered in another order, also with an error. */
static void
test_calls (Fixture *self, gconstpointer data)
{
    ask_to_cancel (self, NULL);
    ask_to_sign (self, 10);
    ask_to_cancel (self, NULL);
    g_assert_true (pena_ipc_peer_is_busy (self->asks));
    await (&self->calls->len, 3);
    g_assert_cmpstr (self->told->str, ==, "Cancel,Sign,Cancel,");
    const guint64 *numbers = (guint64 *)self->calls->data;
    pena_ipc_peer_answer (self->answers, numbers[1], signature_of (3));
    pena_ipc_peer_answer (self->answers, numbers[2], g_variant_new ("()"));
    pena_ipc_peer_fail (self->answers, numbers[0], g_error_new (PENA_ERROR, PENA_ERROR_BUSY, "busy"));
    await (&self->outcomes->len, 3);
    g_assert_cmpstr (g_variant_get_type_string (self->outcomes->pdata[0]), ==, "(ay)");
    g_assert_cmpstr (g_variant_get_type_string (self->outcomes->pdata[1]), ==, "()");
    g_assert_null (self->outcomes->pdata[2]);
    g_assert_error (self->error, PENA_ERROR, PENA_ERROR_BUSY);
    g_assert_false (pena_ipc_peer_is_busy (self->asks));
}

/* What is larger than the socket holds goes both ways in pieces, and does not keep the notice that comes between. */
static void
test_large (Fixture *self, gconstpointer data)
{
    gsize length = 5 * 1024 * 1024;

    ask_to_sign (self, length);
    await (&self->calls->len, 1);
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 0), signature_of (length));
    pena_ipc_peer_tell (self->answers, "Progress", g_variant_new ("(ts)", (guint64)1, "signing"));
    await (&self->outcomes->len, 1);
    g_autoptr (GVariant) bytes = g_variant_get_child_value (self->outcomes->pdata[0], 0);
    g_assert_cmpuint (g_variant_get_size (bytes), ==, length);
    while (strstr (self->told->str, "Progress(1, 'signing'),") == NULL)
        g_main_context_iteration (NULL, TRUE);
}

/* Whoever asked does not wait for an answer that cannot be sent. */
static void
test_too_large (Fixture *self, gconstpointer data)
{
    gsize length = PENA_IPC_MESSAGE_MAX;
    gchar *zeros = g_malloc0 (length);
    GVariant *bytes = g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, zeros, length, TRUE, g_free, zeros);

    ask_to_sign (self, 10);
    await (&self->calls->len, 1);
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 0),
                          g_variant_new ("(@ay)", bytes));
    await (&self->outcomes->len, 1);
    g_assert_error (self->error, PENA_ERROR, PENA_ERROR_INTERNAL);
    g_assert_true (pena_ipc_peer_is_open (self->asks));
}

/* The answer to what was given up is passed over, the next is heard. */
static void
test_given_up (Fixture *self, gconstpointer data)
{
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();

    ask_to_cancel (self, cancellable);
    await (&self->calls->len, 1);
    g_cancellable_cancel (cancellable);
    await (&self->outcomes->len, 1);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    ask_to_sign (self, 10);
    await (&self->calls->len, 2);
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 0), g_variant_new ("()"));
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 1), signature_of (1));
    await (&self->outcomes->len, 2);
    g_assert_no_error (self->error);
    /* a second answer to the same is one too many */
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 0), g_variant_new ("()"));
    await (&self->closed, 1);
}

static void
test_gone (Fixture *self, gconstpointer data)
{
    ask_to_cancel (self, NULL);
    ask_to_cancel (self, NULL);
    await (&self->calls->len, 2);
    g_clear_pointer (&self->answers, pena_ipc_peer_free);
    await (&self->outcomes->len, 2);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
    g_assert_false (pena_ipc_peer_is_open (self->asks));
    await (&self->closed, 1);
    ask_to_cancel (self, NULL);
    await (&self->outcomes->len, 3);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* Its owner may go while it hands over an answer, and others are on their way. */
static void
test_freed (Fixture *self, gconstpointer data)
{
    self->free_on_answer = TRUE;
    ask_to_cancel (self, NULL);
    ask_to_cancel (self, NULL);
    await (&self->calls->len, 2);
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 1), g_variant_new ("()"));
    pena_ipc_peer_answer (self->answers, g_array_index (self->calls, guint64, 0), g_variant_new ("()"));
    await (&self->outcomes->len, 1);
    g_assert_null (self->asks);
    await (&self->outcomes->len, 2);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
    await (&self->closed, 1); /* the other end's */
}

/* ---- who does not ---- */

static void
send_all (Fixture *self, const gchar *word, guint64 number, GVariant *value)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack (word, number, value);
    gsize length;
    gconstpointer data = g_bytes_get_data (message, &length);

    g_assert_cmpint (send (self->raw, data, length, MSG_NOSIGNAL), ==, (gssize)length);
}

static void
assert_closed (Fixture *self)
{
    await (&self->closed, 1);
    g_assert_false (pena_ipc_peer_is_open (self->asks));
}

static void
test_unasked_answer (Fixture *self, gconstpointer data)
{
    send_all (self, PENA_IPC_ANSWER, 1, g_variant_new ("()"));
    assert_closed (self);
}

static void
test_wrong_answer (Fixture *self, gconstpointer data)
{
    ask_to_cancel (self, NULL);
    send_all (self, PENA_IPC_ANSWER, 1, g_variant_new ("(s)", "?"));
    assert_closed (self);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_wrong_failure (Fixture *self, gconstpointer data)
{
    ask_to_cancel (self, NULL);
    send_all (self, PENA_IPC_FAILURE, 1, g_variant_new_parsed ("('no-such-code', '', @a{sv} {})"));
    assert_closed (self);
    g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* Only the other side answers calls. */
static void
test_call (Fixture *self, gconstpointer data)
{
    send_all (self, "Cancel", 1, g_variant_new ("(t)", (guint64)1));
    assert_closed (self);
    g_assert_cmpstr (self->told->str, ==, "");
}

static void
test_wrong_notice (Fixture *self, gconstpointer data)
{
    send_all (self, "Progress", 0, g_variant_new ("(s)", "asking"));
    assert_closed (self);
    g_assert_cmpstr (self->told->str, ==, "");
}

static void
test_impossible_size (Fixture *self, gconstpointer data)
{
    guint64 length = G_MAXUINT64;

    g_assert_cmpint (send (self->raw, &length, sizeof length, MSG_NOSIGNAL), ==, sizeof length);
    assert_closed (self);
}

/* Byte by byte it is a message too. */
static void
test_slow (Fixture *self, gconstpointer data)
{
    g_autoptr (GBytes) message =
        pena_ipc_message_pack ("Progress", 0, g_variant_new ("(ts)", (guint64)3, "asking"));
    gsize length;
    const gchar *bytes = g_bytes_get_data (message, &length);

    for (gsize i = 0; i < length; i++) {
        g_assert_cmpstr (self->told->str, ==, "");
        g_assert_cmpint (send (self->raw, bytes + i, 1, MSG_NOSIGNAL), ==, 1);
        g_main_context_iteration (NULL, TRUE);
    }
    g_assert_cmpstr (self->told->str, ==, "Progress(3, 'asking'),");
}

#define ADD(name, set_up, function) g_test_add ("/ipc/peer/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("calls", set_up, test_calls);
    ADD ("large", set_up, test_large);
    ADD ("too-large", set_up, test_too_large);
    ADD ("given-up", set_up, test_given_up);
    ADD ("gone", set_up, test_gone);
    ADD ("freed", set_up, test_freed);
    ADD ("unasked-answer", set_up_stranger, test_unasked_answer);
    ADD ("wrong-answer", set_up_stranger, test_wrong_answer);
    ADD ("wrong-failure", set_up_stranger, test_wrong_failure);
    ADD ("call", set_up_stranger, test_call);
    ADD ("wrong-notice", set_up_stranger, test_wrong_notice);
    ADD ("impossible-size", set_up_stranger, test_impossible_size);
    ADD ("slow", set_up_stranger, test_slow);
    return g_test_run ();
}
