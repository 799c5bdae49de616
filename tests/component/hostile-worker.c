/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document worker that its document has taken over, for tests of the agent
 * Copyright (C) 2026 the Pena authors */
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-error.h"
#include "ipc-nursery.h"
#include "pena-worker-dbus.h"

/* The file "worker-mode" beside the executable names the attack. It begins with the first call that says so:
 * "open-...", "repair-...", "prepare-...", "check-...", "raise-...", "inquire-...", "need-...", "keep-...", "stamp-...", "put-..." and "verify-...";
 * everything else is answered with yes. "worker-attacked" beside it says that it has begun. */
#define FLOOD 20000

static GDBusConnection *connection;

static gchar *
read_mode (void)
{
    g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree gchar *dir = g_path_get_dirname (self);
    g_autofree gchar *path = g_build_filename (dir, "worker-mode", NULL);
    gchar *mode = NULL;

    return g_file_get_contents (path, &mode, NULL, NULL) ? g_strstrip (mode) : g_strdup ("");
}

static void
note_attack (void)
{
    g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree gchar *dir = g_path_get_dirname (self);
    g_autofree gchar *path = g_build_filename (dir, "worker-attacked", NULL);

    g_assert_true (g_file_set_contents (path, "begun", -1, NULL));
}

/* ---- attacks on the connection ---- */

static GDBusMessage *
make_message (GDBusMessageType type, gsize size)
{
    GDBusMessage *message = g_dbus_message_new_signal ("/org/pena/Evil", "org.pena.Evil", "Evil");
    g_autofree gchar *filler = g_strnfill (size, 'x');

    g_dbus_message_set_message_type (message, type);
    if (type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN)
        g_dbus_message_set_reply_serial (message, 4711);
    g_dbus_message_set_body (message, g_variant_new ("(s)", filler));
    return message;
}

static void
flood (GDBusMessageType type, gsize size, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autoptr (GDBusMessage) message = make_message (type, size);
        g_dbus_connection_send_message (connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    }
    g_dbus_connection_flush_sync (connection, NULL, NULL);
}

/* Calls whose answers nobody will read: our side of the connection stops, only the raw socket talks on. */
static void
call_and_never_read (void)
{
    g_autoptr (GDBusMessage) call =
        g_dbus_message_new_method_call (NULL, "/", "org.freedesktop.DBus.Peer", "GetMachineId");
    gsize length;

    g_dbus_message_set_serial (call, 99);
    g_autofree guchar *blob = g_dbus_message_to_blob (call, &length, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    for (guint i = 0; i < 100 * FLOOD; i++)
        if (send (PENA_IPC_CHILD_FD, blob, length, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            _exit (0);
    for (;;)
        sleep (1);
}

/* TRUE when the mode is one of these. */
static gboolean
attack_connection (const gchar *what)
{
    if (g_str_equal (what, "exit"))
        _exit (0);
    if (g_str_equal (what, "close"))
        g_dbus_connection_close_sync (connection, NULL, NULL);
    else if (g_str_equal (what, "silence"))
        return TRUE;
    else if (g_str_equal (what, "signals"))
        flood (G_DBUS_MESSAGE_TYPE_SIGNAL, 1000, FLOOD);
    else if (g_str_equal (what, "calls"))
        flood (G_DBUS_MESSAGE_TYPE_METHOD_CALL, 1000, FLOOD);
    else if (g_str_equal (what, "answers"))
        flood (G_DBUS_MESSAGE_TYPE_METHOD_RETURN, 1000, FLOOD);
    else if (g_str_equal (what, "unread"))
        call_and_never_read ();
    else if (g_str_equal (what, "large"))
        flood (G_DBUS_MESSAGE_TYPE_METHOD_RETURN, 100 * 1024 * 1024, 3);
    else if (g_str_equal (what, "noise"))
        g_assert_cmpint (send (PENA_IPC_CHILD_FD, "This is no D-Bus.", 17, MSG_NOSIGNAL), ==, 17);
    else
        return FALSE;
    return TRUE;
}

/* ---- attacks with answers ---- */

/* GDBus would see to it that this is not sent. */
static void
answer_with_another_type (GDBusMethodInvocation *invocation)
{
    g_autoptr (GDBusMessage) answer =
        g_dbus_message_new_method_reply (g_dbus_method_invocation_get_message (invocation));

    g_dbus_message_set_body (answer, g_variant_new ("(sx)", "another type", G_GINT64_CONSTANT (1)));
    g_dbus_connection_send_message (connection, answer, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static void
answer_strangely (GDBusMethodInvocation *invocation, const gchar *what)
{
    g_autofree gchar *filler = g_strnfill (1024 * 1024, 'x');

    if (g_str_equal (what, "error-type"))
        g_dbus_method_invocation_return_dbus_error (invocation, "org.pena.Error", "not what it should be");
    else if (g_str_equal (what, "error-long"))
        g_dbus_method_invocation_return_dbus_error (invocation, "org.pena.Error", filler);
    else if (g_str_equal (what, "error-deep"))
        g_dbus_method_invocation_return_dbus_error (invocation, "org.pena.Error",
                                                    memset (filler, '(', 16000)); /* and then x */
    else if (g_str_equal (what, "error-internal"))
        pena_ipc_return_error (invocation, g_error_new (PENA_ERROR, PENA_ERROR_INTERNAL, "rahasia\nrahasia"));
    else
        answer_with_another_type (invocation);
}

/* TRUE when the call was dealt with. */
static gboolean
attack (const gchar *call, GDBusMethodInvocation *invocation, gchar **ret_what)
{
    g_autofree gchar *mode = read_mode ();
    gsize length = strlen (call);

    if (strncmp (mode, call, length) != 0 || mode[length] != '-')
        return FALSE;
    const gchar *what = mode + length + 1;
    note_attack ();
    if (attack_connection (what))
        return TRUE;
    if (g_str_has_prefix (what, "error-") || g_str_equal (what, "type")) {
        answer_strangely (invocation, what);
        return TRUE;
    }
    *ret_what = g_strdup (what);
    return FALSE;
}

static gboolean
on_open (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GUnixFDList *fds,
         GVariant *document, GVariant *options, gpointer user_data)
{
    g_autofree gchar *what = NULL;
    g_autofree gchar *mode = read_mode ();
    GVariantDict facts;

    if (attack ("open", invocation, &what))
        return TRUE;
    if (g_str_has_prefix (mode, "repair-")) {
        pena_ipc_return_error (invocation, g_error_new (PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "damaged"));
        return TRUE;
    }
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "pages", "u", 1);
    pena_dbus_document_worker1_complete_open (object, invocation, NULL, g_variant_dict_end (&facts));
    return TRUE;
}

static void
insert_filler (GVariantDict *plan, const gchar *key, gsize length)
{
    g_autofree gchar *filler = g_strnfill (length, 'h');

    g_variant_dict_insert_value (plan, key,
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, filler, length, 1));
}

static gboolean
on_prepare (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
            gpointer user_data)
{
    g_autofree gchar *what = NULL;
    GVariantDict plan;
    guint64 gap = 64 * 1024;

    if (attack ("prepare", invocation, &what))
        return TRUE;
    if (g_strcmp0 (what, "damaged") == 0) {
        pena_ipc_return_error (invocation, g_error_new (PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "damaged"));
        return TRUE;
    }
    if (g_strcmp0 (what, "small") == 0)
        gap = 100;
    if (g_strcmp0 (what, "gap") == 0)
        gap = G_MAXUINT64;
    g_variant_dict_init (&plan, NULL);
    g_variant_dict_insert (&plan, "gap-length", "t", gap);
    insert_filler (&plan, "head", g_strcmp0 (what, "long") == 0 ? 20 * 1024 * 1024 : 10);
    insert_filler (&plan, "tail", g_strcmp0 (what, "empty") == 0 ? 0 : 10);
    pena_dbus_document_worker1_complete_prepare (object, invocation, g_variant_dict_end (&plan));
    return TRUE;
}

static gboolean
on_check (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
          gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (!attack ("check", invocation, &what))
        pena_dbus_document_worker1_complete_check (object, invocation);
    return TRUE;
}

static gboolean
on_verify (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
           gpointer user_data)
{
    g_autofree gchar *what = NULL;
    g_autofree gchar *deep = g_strnfill (3 * 1024 * 1024, '[');
    g_autofree gchar *bomb = g_strconcat ("{\"a\":/*\"*/", deep, NULL);
    g_autofree gchar *longer = g_strdup_printf ("{\"a\":\"%s%s\"}", deep, deep);

    if (attack ("verify", invocation, &what))
        return TRUE;
    const gchar *report = g_strcmp0 (what, "bomb") == 0 ? bomb : longer;
    pena_dbus_document_worker1_complete_verify (object, invocation, what == NULL ? "{}" : report);
    return TRUE;
}

static gboolean
on_repair (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GUnixFDList *fds,
           GVariant *output, gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (attack ("repair", invocation, &what))
        return TRUE;
    gint fd = g_unix_fd_list_get (fds, g_variant_get_handle (output), NULL);
    g_assert_cmpint (fd, >=, 0);
    if (g_strcmp0 (what, "empty") != 0)
        g_assert_cmpint (write (fd, "x", 1), ==, 1);
    close (fd);
    pena_dbus_document_worker1_complete_repair (object, invocation, NULL);
    return TRUE;
}

/* ---- raising ---- */

static GVariant *
filler_bytes (gsize length)
{
    g_autofree gchar *filler = g_strnfill (length, 'h');

    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, filler, length, 1);
}

static gboolean
on_raise (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
          gpointer user_data)
{
    static guint calls;
    g_autofree gchar *what = NULL;
    GVariantDict facts;
    gboolean stamped = calls++ > 0;

    if (attack ("raise", invocation, &what))
        return TRUE;
    if (g_strcmp0 (what, "outage") == 0) {
        pena_ipc_return_error (invocation,
                               g_error_new (PENA_ERROR, PENA_ERROR_TSA_UNREACHABLE, "never asked"));
        return TRUE;
    }
    if (g_strcmp0 (what, "stamped") == 0)
        stamped = TRUE;
    if (g_strcmp0 (what, "lost") == 0)
        stamped = FALSE;
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "time-stamped", "b", stamped);
    g_variant_dict_insert (&facts, "signatures", "u", 1);
    if (g_strcmp0 (what, "outside") == 0) {
        g_variant_dict_insert (&facts, "content", "(tt)", (guint64)5, G_MAXUINT64 - 4);
        g_variant_dict_insert_value (&facts, "signature", filler_bytes (10));
    }
    if (g_strcmp0 (what, "nothing-inside") == 0) {
        g_variant_dict_insert (&facts, "content", "(tt)", (guint64)5, (guint64)0);
        g_variant_dict_insert_value (&facts, "signature", filler_bytes (10));
    }
    pena_dbus_document_worker1_complete_raise (object, invocation, g_variant_dict_end (&facts));
    return TRUE;
}

static GVariant *
make_need (const gchar *kind, gsize size)
{
    GVariantDict need;

    g_variant_dict_init (&need, NULL);
    g_variant_dict_insert (&need, "kind", "s", kind);
    g_variant_dict_insert_value (&need, "certificate", filler_bytes (size));
    g_variant_dict_insert_value (&need, "issuer", filler_bytes (size));
    return g_variant_dict_end (&need);
}

static GVariant *
make_needs (const gchar *what)
{
    GVariantBuilder needs;

    g_variant_builder_init (&needs, G_VARIANT_TYPE ("aa{sv}"));
    if (g_strcmp0 (what, "kind") == 0)
        g_variant_builder_add_value (&needs, make_need ("time-stamp", 10));
    if (g_strcmp0 (what, "oversized") == 0)
        g_variant_builder_add_value (&needs, make_need ("issuer", 1024 * 1024));
    for (guint i = 0; g_strcmp0 (what, "many") == 0 && i < 100000; i++)
        g_variant_builder_add_value (&needs, make_need ("issuer", 10));
    if (g_strcmp0 (what, "endless") == 0)
        g_variant_builder_add_value (&needs, make_need ("issuer", 10));
    return g_variant_builder_end (&needs);
}

static gboolean
on_need (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *answers,
         gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (!attack ("need", invocation, &what))
        pena_dbus_document_worker1_complete_need (object, invocation, make_needs (what));
    return TRUE;
}

static gboolean
on_inquire (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
            GVariant *answers, gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (!attack ("inquire", invocation, &what))
        pena_dbus_document_worker1_complete_inquire (object, invocation, make_needs (what));
    return TRUE;
}

static gboolean
on_keep (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (attack ("keep", invocation, &what))
        return TRUE;
    gsize length = g_strcmp0 (what, "empty") == 0  ? 0
                   : g_strcmp0 (what, "long") == 0 ? 65 * 1024 * 1024
                                                   : 100;
    pena_dbus_document_worker1_complete_keep (object, invocation, filler_bytes (length));
    return TRUE;
}

static gboolean
on_prepare_time_stamp (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *options,
                       gpointer user_data)
{
    g_autofree gchar *what = NULL;
    GVariantDict plan;

    if (attack ("stamp", invocation, &what))
        return TRUE;
    g_variant_dict_init (&plan, NULL);
    if (g_strcmp0 (what, "none") != 0)
        g_variant_dict_insert_value (&plan, "imprint",
                                     filler_bytes (g_strcmp0 (what, "long") == 0 ? 1000 : 32));
    g_variant_dict_insert (&plan, "gap-length", "t",
                           (guint64)(g_strcmp0 (what, "small") == 0 ? 100 : 64 * 1024));
    insert_filler (&plan, "head", g_strcmp0 (what, "endless") == 0 ? 20 * 1024 * 1024 : 10);
    insert_filler (&plan, "tail", 10);
    pena_dbus_document_worker1_complete_prepare_time_stamp (object, invocation, g_variant_dict_end (&plan));
    return TRUE;
}

static gboolean
on_put_time_stamp (PenaDbusDocumentWorker1 *object, GDBusMethodInvocation *invocation, GVariant *token,
                   gpointer user_data)
{
    g_autofree gchar *what = NULL;

    if (attack ("put", invocation, &what))
        return TRUE;
    gsize length = g_strcmp0 (what, "empty") == 0  ? 0
                   : g_strcmp0 (what, "long") == 0 ? 65 * 1024 * 1024
                                                   : 100;
    pena_dbus_document_worker1_complete_put_time_stamp (object, invocation, filler_bytes (length));
    return TRUE;
}

int
main (int argc, char **argv)
{
    g_assert_true (pena_process_harden (TRUE, NULL));
    if (!pena_ipc_nursery_serve (argv, NULL))
        return 0;
    g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
    g_autoptr (PenaDbusDocumentWorker1) object = pena_dbus_document_worker1_skeleton_new ();

    connection = pena_ipc_child_connect (NULL);
    if (connection == NULL)
        return 1; /* the agent has ended already */
    g_signal_connect (object, "handle-open", G_CALLBACK (on_open), NULL);
    g_signal_connect (object, "handle-repair", G_CALLBACK (on_repair), NULL);
    g_signal_connect (object, "handle-raise", G_CALLBACK (on_raise), NULL);
    g_signal_connect (object, "handle-need", G_CALLBACK (on_need), NULL);
    g_signal_connect (object, "handle-inquire", G_CALLBACK (on_inquire), NULL);
    g_signal_connect (object, "handle-keep", G_CALLBACK (on_keep), NULL);
    g_signal_connect (object, "handle-prepare-time-stamp", G_CALLBACK (on_prepare_time_stamp), NULL);
    g_signal_connect (object, "handle-put-time-stamp", G_CALLBACK (on_put_time_stamp), NULL);
    g_signal_connect (object, "handle-prepare", G_CALLBACK (on_prepare), NULL);
    g_signal_connect (object, "handle-check", G_CALLBACK (on_check), NULL);
    g_signal_connect (object, "handle-verify", G_CALLBACK (on_verify), NULL);
    g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (object), connection,
                                                     "/org/pena/DocumentWorker", NULL));
    g_dbus_connection_set_exit_on_close (connection, TRUE);
    g_dbus_connection_start_message_processing (connection);
    g_main_loop_run (loop);
    return 0;
}
