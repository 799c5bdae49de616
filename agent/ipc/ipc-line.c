/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: answering the broker's calls one after the other, without a thread
 * Copyright (C) 2026 the Pena authors */
#include "ipc-line.h"

#include <errno.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-error.h"
#include "ipc-process.h"

/* Of a D-Bus message: as much as tells its length. */
#define HEAD 16
/* What GDBus answers to our side of the handshake: "OK", its identifier of 32 digits, and its consent to descriptors. */
#define CONSENT "\r\nAGREE_UNIX_FD\r\n"
#define GREETING "OK "
#define ANSWER_LENGTH (sizeof GREETING - 1 + 32 + sizeof CONSENT - 1)

static gboolean
fail (GError **error, const gchar *what)
{
    g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, what);
    return FALSE;
}

/* A descriptor that comes along replaces *fd. FALSE: the broker has gone. */
static gboolean
read_exactly (gpointer buffer, gsize length, gint *fd)
{
    for (gsize done = 0; done < length;) {
        gint came = -1;
        gssize n = pena_ipc_descriptor_receive_with (PENA_IPC_CHILD_FD, (guint8 *)buffer + done,
                                                     length - done, 0, &came);
        if (came >= 0) {
            if (*fd >= 0)
                close (*fd);
            *fd = came;
        }
        if (n <= 0)
            return FALSE;
        done += (gsize)n;
    }
    return TRUE;
}

static gboolean
write_all (const guint8 *data, gsize length)
{
    while (length > 0) {
        gssize n = write (PENA_IPC_CHILD_FD, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        data += n;
        length -= (gsize)n;
    }
    return TRUE;
}

/* ---- the handshake ---- */

/* Who we are is told by the kernel, along with the first byte. */
static gboolean
send_script (const gchar *script, gsize length)
{
    const struct ucred own = {getpid (), geteuid (), getegid ()};
    union {
        struct cmsghdr header; /* for its alignment */
        guint8 space[CMSG_SPACE (sizeof own)];
    } control = {0};
    struct iovec vector = {(gpointer)script, length};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN (sizeof own);
    memcpy (CMSG_DATA (header), &own, sizeof own);
    return sendmsg (PENA_IPC_CHILD_FD, &message, MSG_NOSIGNAL) == (gssize)length;
}

/* All at once, for what the broker answers is known beforehand. */
gboolean
pena_ipc_line_open (GError **error)
{
    g_autofree gchar *uid = g_strdup_printf ("%u", (guint)geteuid ());
    g_autoptr (GString) script = g_string_new_len ("\0AUTH EXTERNAL ", 15);
    gchar answer[ANSWER_LENGTH + 1] = {0};
    gint unwanted = -1;

    for (const gchar *at = uid; *at != '\0'; at++)
        g_string_append_printf (script, "%02x", (guint)*at);
    g_string_append (script, "\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n");
    if (!send_script (script->str, script->len))
        return fail (error, PENA_IPC_NOT_ALONE);
    gboolean answered = read_exactly (answer, ANSWER_LENGTH, &unwanted);
    if (unwanted >= 0)
        close (unwanted);
    return (answered && g_str_has_prefix (answer, GREETING) && g_str_has_suffix (answer, CONSENT)) ||
           fail (error, "the broker does not know its helper");
}

/* ---- calls ---- */

/* NULL without error: the broker has gone. */
static GDBusMessage *
receive_call (gint *ret_fd, GError **error)
{
    guint8 head[HEAD];

    if (!read_exactly (head, sizeof head, ret_fd))
        return NULL;
    gssize length = g_dbus_message_bytes_needed (head, sizeof head, error);
    if (length < HEAD)
        return NULL;
    g_autofree guint8 *blob = g_malloc ((gsize)length);
    memcpy (blob, head, HEAD);
    if (!read_exactly (blob + HEAD, (gsize)length - HEAD, ret_fd))
        return NULL;
    return g_dbus_message_new_from_blob (blob, (gsize)length, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, error);
}

static GVariant *
arguments_of (GDBusMessage *call, GDBusInterfaceInfo *interface, GError **error)
{
    const GDBusMethodInfo *method =
        g_dbus_interface_info_lookup_method (interface, g_dbus_message_get_member (call));
    g_autoptr (GString) type = g_string_new ("(");
    GVariant *body = g_dbus_message_get_body (call);

    for (guint i = 0; method != NULL && method->in_args != NULL && method->in_args[i] != NULL; i++)
        g_string_append (type, method->in_args[i]->signature);
    g_string_append_c (type, ')');
    g_autoptr (GVariant) arguments = g_variant_ref_sink (body != NULL ? body : g_variant_new ("()"));
    if (method != NULL && g_str_equal (g_variant_get_type_string (arguments), type->str))
        return g_steal_pointer (&arguments);
    fail (error, "a call that there is not");
    return NULL;
}

static GVariant *
perform (GDBusMessage *call, GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self,
         gint fd, GError **error)
{
    g_autoptr (GVariant) arguments = arguments_of (call, interface, error);

    if (arguments == NULL)
        return NULL;
    while (methods->name != NULL && !g_str_equal (methods->name, g_dbus_message_get_member (call)))
        methods++;
    if (methods->name != NULL)
        return methods->call (self, arguments, fd, error);
    fail (error, "a call that nobody answers");
    return NULL;
}

/* Takes the error, or else the answer. */
static gboolean
reply (GDBusMessage *call, GVariant *answer, GError *failure, GError **error)
{
    static guint32 last_serial;
    g_autoptr (GDBusMessage) message =
        answer != NULL ? g_dbus_message_new_method_reply (call) : pena_ipc_error_reply (call, failure);
    gsize length = 0;

    if (answer != NULL)
        g_dbus_message_set_body (message, answer);
    g_dbus_message_set_serial (message, ++last_serial);
    g_autofree guint8 *blob = g_dbus_message_to_blob (message, &length, G_DBUS_CAPABILITY_FLAGS_NONE, error);
    return blob != NULL && (write_all (blob, length) || fail (error, "the broker does not listen"));
}

/* FALSE: it was the last. */
static gboolean
serve_one (GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self, GError **error)
{
    GError *failure = NULL;
    GVariant *answer = NULL;
    gint fd = -1;
    g_autoptr (GDBusMessage) call = receive_call (&fd, error);
    gboolean asked =
        call != NULL && g_dbus_message_get_message_type (call) == G_DBUS_MESSAGE_TYPE_METHOD_CALL;

    if (asked)
        answer = perform (call, interface, methods, self, fd, &failure);
    if (fd >= 0)
        close (fd);
    return call != NULL && (!asked || reply (call, answer, failure, error));
}

gboolean
pena_ipc_line_serve (GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self,
                     GError **error)
{
    g_autoptr (GError) failure = NULL;

    while (serve_one (interface, methods, self, &failure))
        ;
    if (failure == NULL)
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
}

void
pena_ipc_line_preload (void)
{
    g_autoptr (GDBusMessage) call = g_dbus_message_new_method_call (NULL, "/", "org.pena.None", "None");
    gsize length = 0;

    g_dbus_message_set_serial (call, 1);
    g_dbus_message_set_body (call, g_variant_new_parsed ("(@a{sv} {'none': <b''>},)"));
    g_autofree guint8 *blob = g_dbus_message_to_blob (call, &length, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    g_autoptr (GDBusMessage) read =
        g_dbus_message_new_from_blob (blob, length, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    g_autoptr (GDBusMessage) answer = g_dbus_message_new_method_reply (read);
}
