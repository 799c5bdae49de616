/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: answering the broker's calls one after the other, without a thread
 * Copyright (C) 2026 the Pena authors */
#include "ipc-line.h"

#include <errno.h>
#include <pena/pena-error.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-error.h"
#include "ipc-message.h"
#include "ipc-process.h"

typedef struct {
    gchar *method;
    guint64 number;
    GVariant *arguments;
    gint fd;
} Call;

static void
call_clear (Call *self)
{
    g_free (self->method);
    g_clear_pointer (&self->arguments, g_variant_unref);
    if (self->fd >= 0)
        close (self->fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Call, call_clear)

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
write_all (GBytes *message)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (message, &length);

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

/* FALSE without error: the broker has gone. */
static gboolean
receive (Call *call, GError **error)
{
    guint8 head[PENA_IPC_MESSAGE_HEAD];

    if (!read_exactly (head, sizeof head, &call->fd))
        return FALSE;
    gsize length = pena_ipc_message_length (head);
    if (length == 0)
        return fail (error, "a message of an impossible size");
    guint8 *data = g_malloc (length);
    g_autoptr (GBytes) body = g_bytes_new_take (data, length);
    if (!read_exactly (data, length, &call->fd))
        return FALSE;
    call->arguments = pena_ipc_message_unpack (body, TRUE, &call->method, &call->number);
    return TRUE;
}

static GVariant *
perform (const Call *call, const GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self,
         GError **error)
{
    while (methods->name != NULL && !g_str_equal (methods->name, call->method))
        methods++;
    if (methods->name != NULL &&
        pena_ipc_message_fits (call->arguments, interface, call->method, PENA_IPC_ARGUMENTS))
        return methods->call (self, call->arguments, call->fd, error);
    fail (error, "a call that there is not");
    return NULL;
}

/* Takes the floating answer. */
static gboolean
reply (guint64 number, GVariant *answer, const GError *failure, GError **error)
{
    const gchar *word = answer != NULL ? PENA_IPC_ANSWER : PENA_IPC_FAILURE;
    g_autoptr (GBytes) message =
        pena_ipc_message_pack (word, number, answer != NULL ? answer : pena_ipc_error_to_variant (failure));

    if (message == NULL)
        return fail (error, "an answer that is too large");
    return write_all (message) || fail (error, "the broker does not listen");
}

/* FALSE: it was the last. */
static gboolean
serve_one (const GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self, GError **error)
{
    g_auto (Call) call = {.fd = -1};
    g_autoptr (GError) failure = NULL;

    if (!receive (&call, error))
        return FALSE;
    GVariant *answer = perform (&call, interface, methods, self, &failure);
    return reply (call.number, answer, failure, error);
}

gboolean
pena_ipc_line_serve (const GDBusInterfaceInfo *interface, const PenaIpcMethod *methods, gpointer self,
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
    GVariant *sample = g_variant_new_parsed ("({'none': <b''>},)");
    g_autoptr (GBytes) message = pena_ipc_message_pack (PENA_IPC_ANSWER, 0, sample);
    g_autoptr (GBytes) body = g_bytes_new_from_bytes (message, PENA_IPC_MESSAGE_HEAD,
                                                      g_bytes_get_size (message) - PENA_IPC_MESSAGE_HEAD);
    g_autofree gchar *word = NULL;
    guint64 number;
    g_autoptr (GVariant) read = pena_ipc_message_unpack (body, TRUE, &word, &number);
}
