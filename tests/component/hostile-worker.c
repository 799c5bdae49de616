/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a document worker that its document has taken over, for tests of the agent
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <gio/gio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-line.h"
#include "ipc-message.h"
#include "ipc-nursery.h"
#include "pena-worker-interface.h"

/* The file "worker-mode" beside the executable names the attack. It begins with the first call that says so:
 * "open-...", "repair-...", "prepare-...", "check-...", "raise-...", "inquire-...", "need-...", "keep-...", "stamp-...", "put-..." and "verify-...";
 * everything else is answered with yes. "worker-attacked" beside it says that it has begun. */
#define FLOOD 20000

static guint64 call_number;

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

/* ---- attacks on the line ---- */

static void
send_all (gconstpointer data, gsize length)
{
    for (gsize done = 0; done < length;) {
        gssize n = send (PENA_IPC_CHILD_FD, (const guint8 *)data + done, length - done, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            _exit (0);
        done += (gsize)MAX (n, 0);
    }
}

static void
send_message (const gchar *word, GVariant *value)
{
    g_autoptr (GBytes) message = pena_ipc_message_pack (word, call_number, value);
    gsize length;
    gconstpointer data = g_bytes_get_data (message, &length);

    send_all (data, length);
}

static void
flood (const gchar *word, gsize size, guint count)
{
    g_autofree gchar *filler = g_strnfill (size, 'x');

    for (guint i = 0; i < count; i++)
        send_message (word, g_variant_new ("(s)", filler));
}

/* Says that so many bytes will come, and sends a few. */
static void
promise (guint64 length)
{
    send_all (&length, sizeof length);
    send_all ("and then nothing", 16);
}

/* Of the right size and type as a whole, but not as it is written: offsets that lead outside. */
static void
send_crooked (void)
{
    g_autoptr (GBytes) message =
        pena_ipc_message_pack (PENA_IPC_ANSWER, 1, g_variant_new_parsed ("({'a': <'b'>},)"));
    gsize length;
    g_autofree guint8 *data = g_bytes_unref_to_data (g_steal_pointer (&message), &length);

    memset (data + PENA_IPC_MESSAGE_HEAD, 0xFF, length - PENA_IPC_MESSAGE_HEAD);
    send_all (data, length);
}

/* Descriptors that nobody asked for. */
static void
send_descriptors (void)
{
    for (guint i = 0; i < FLOOD; i++)
        if (pena_ipc_descriptor_send_with (PENA_IPC_CHILD_FD, "x", 1, 0, STDERR_FILENO) < 0)
            _exit (0);
}

/* TRUE when the mode is one of these; afterwards nothing is answered. */
static gboolean
attack_line (const gchar *what)
{
    if (g_str_equal (what, "exit"))
        _exit (0);
    if (g_str_equal (what, "close"))
        close (PENA_IPC_CHILD_FD);
    else if (g_str_equal (what, "words"))
        flood ("Evil", 1000, FLOOD);
    else if (g_str_equal (what, "answers"))
        flood (PENA_IPC_ANSWER, 1000, FLOOD);
    else if (g_str_equal (what, "large"))
        flood (PENA_IPC_ANSWER, 100 * 1024 * 1024, 3);
    else if (g_str_equal (what, "promise"))
        promise (100 * 1024 * 1024);
    else if (g_str_equal (what, "boast"))
        promise (G_MAXUINT64);
    else if (g_str_equal (what, "nothing"))
        promise (0);
    else if (g_str_equal (what, "crooked"))
        send_crooked ();
    else if (g_str_equal (what, "descriptors"))
        send_descriptors ();
    else if (g_str_equal (what, "noise"))
        send_all ("This is no message.", 19);
    else if (!g_str_equal (what, "silence"))
        return FALSE;
    return TRUE;
}

/* ---- attacks with answers ---- */

static void
answer_strangely (const gchar *what)
{
    g_autofree gchar *filler = g_strnfill (1024 * 1024, 'x');
    GVariant *deep = g_variant_new_string ("x");

    if (g_str_equal (what, "error-type"))
        send_message (PENA_IPC_FAILURE, g_variant_new_string ("not what it should be"));
    else if (g_str_equal (what, "error-long"))
        send_message (PENA_IPC_FAILURE, g_variant_new_parsed ("('busy', %s, @a{sv} {})", filler));
    else if (g_str_equal (what, "error-deep")) {
        for (guint i = 0; i < 1000; i++)
            deep = g_variant_new_variant (deep);
        send_message (PENA_IPC_FAILURE, g_variant_new_parsed ("('busy', 'deep', {'deep': <%v>})", deep));
    } else if (g_str_equal (what, "error-internal"))
        send_message (PENA_IPC_FAILURE, g_variant_new_parsed ("('internal', 'rahasia\nrahasia', @a{sv} {})"));
    else
        send_message (PENA_IPC_ANSWER, g_variant_new ("(sx)", "another type", G_GINT64_CONSTANT (1)));
}

/* To be called first of each call. What else the mode says of it, or NULL; does not return when that is all about the line. */
static gchar *
attack (const gchar *call)
{
    g_autofree gchar *mode = read_mode ();
    gsize length = strlen (call);

    call_number++; /* as the agent counts */
    if (strncmp (mode, call, length) != 0 || mode[length] != '-')
        return NULL;
    const gchar *what = mode + length + 1;
    note_attack ();
    gboolean strange = g_str_has_prefix (what, "error-") || g_str_equal (what, "type");
    if (strange)
        answer_strangely (what);
    if (strange || attack_line (what))
        for (;;)
            pause ();
    return g_strdup (what);
}

static GVariant *
on_open (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("open");
    g_autofree gchar *mode = read_mode ();
    GVariantDict facts;

    if (g_str_has_prefix (mode, "repair-")) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "damaged");
        return NULL;
    }
    g_variant_dict_init (&facts, NULL);
    g_variant_dict_insert (&facts, "pages", "u", 1);
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&facts));
}

static void
insert_filler (GVariantDict *plan, const gchar *key, gsize length)
{
    g_autofree gchar *filler = g_strnfill (length, 'h');

    g_variant_dict_insert_value (plan, key,
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, filler, length, 1));
}

static GVariant *
on_prepare (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("prepare");
    GVariantDict plan;
    guint64 gap = 64 * 1024;

    if (g_strcmp0 (what, "damaged") == 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_DAMAGED, "damaged");
        return NULL;
    }
    if (g_strcmp0 (what, "small") == 0)
        gap = 100;
    if (g_strcmp0 (what, "gap") == 0)
        gap = G_MAXUINT64;
    g_variant_dict_init (&plan, NULL);
    g_variant_dict_insert (&plan, "gap-length", "t", gap);
    insert_filler (&plan, "head", g_strcmp0 (what, "long") == 0 ? 20 * 1024 * 1024 : 10);
    insert_filler (&plan, "tail", g_strcmp0 (what, "empty") == 0 ? 0 : 10);
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&plan));
}

static GVariant *
on_check (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("check");

    return g_variant_new ("()");
}

static GVariant *
on_verify (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("verify");
    g_autofree gchar *deep = g_strnfill (3 * 1024 * 1024, '[');
    g_autofree gchar *bomb = g_strconcat ("{\"a\":/*\"*/", deep, NULL);
    g_autofree gchar *longer = g_strdup_printf ("{\"a\":\"%s%s\"}", deep, deep);

    const gchar *report = g_strcmp0 (what, "bomb") == 0 ? bomb : longer;
    return g_variant_new ("(s)", what == NULL ? "{}" : report);
}

static GVariant *
on_repair (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("repair");

    g_assert_cmpint (fd, >=, 0);
    if (g_strcmp0 (what, "empty") != 0)
        g_assert_cmpint (write (fd, "x", 1), ==, 1);
    return g_variant_new ("()");
}

/* ---- raising ---- */

static GVariant *
filler_bytes (gsize length)
{
    g_autofree gchar *filler = g_strnfill (length, 'h');

    return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, filler, length, 1);
}

static GVariant *
on_raise (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    static guint calls;
    g_autofree gchar *what = attack ("raise");
    GVariantDict facts;
    gboolean stamped = calls++ > 0;

    if (g_strcmp0 (what, "outage") == 0) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_TSA_UNREACHABLE, "never asked");
        return NULL;
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
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&facts));
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

static GVariant *
on_need (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("need");

    return g_variant_new ("(@aa{sv})", make_needs (what));
}

static GVariant *
on_inquire (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("inquire");

    return g_variant_new ("(@aa{sv})", make_needs (what));
}

static GVariant *
on_keep (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("keep");

    gsize length = g_strcmp0 (what, "empty") == 0  ? 0
                   : g_strcmp0 (what, "long") == 0 ? 65 * 1024 * 1024
                                                   : 100;
    return g_variant_new ("(@ay)", filler_bytes (length));
}

static GVariant *
on_prepare_time_stamp (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("stamp");
    GVariantDict plan;

    g_variant_dict_init (&plan, NULL);
    if (g_strcmp0 (what, "none") != 0)
        g_variant_dict_insert_value (&plan, "imprint",
                                     filler_bytes (g_strcmp0 (what, "long") == 0 ? 1000 : 32));
    g_variant_dict_insert (&plan, "gap-length", "t",
                           (guint64)(g_strcmp0 (what, "small") == 0 ? 100 : 64 * 1024));
    insert_filler (&plan, "head", g_strcmp0 (what, "endless") == 0 ? 20 * 1024 * 1024 : 10);
    insert_filler (&plan, "tail", 10);
    return g_variant_new ("(@a{sv})", g_variant_dict_end (&plan));
}

static GVariant *
on_put_time_stamp (gpointer self, GVariant *arguments, gint fd, GError **error)
{
    g_autofree gchar *what = attack ("put");

    gsize length = g_strcmp0 (what, "empty") == 0  ? 0
                   : g_strcmp0 (what, "long") == 0 ? 65 * 1024 * 1024
                                                   : 100;
    return g_variant_new ("(@ay)", filler_bytes (length));
}

static const PenaIpcMethod methods[] = {
    {"Open", on_open},       {"Repair", on_repair},
    {"Prepare", on_prepare}, {"Check", on_check},
    {"Raise", on_raise},     {"Need", on_need},
    {"Keep", on_keep},       {"PrepareTimeStamp", on_prepare_time_stamp},
    {"Inquire", on_inquire}, {"PutTimeStamp", on_put_time_stamp},
    {"Verify", on_verify},   {NULL},
};

int
main (int argc, char **argv)
{
    g_assert_true (pena_process_harden (TRUE, NULL));
    if (pena_ipc_nursery_serve (argv, NULL))
        pena_ipc_line_serve (&pena_document_worker1_interface, methods, NULL, NULL);
    return 0;
}
