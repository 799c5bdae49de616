/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one end of a line between two of the agent's processes
 * Copyright (C) 2026 the Pena authors */
#include "ipc-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <pena/pena-error.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc-descriptor.h"
#include "ipc-error.h"
#include "ipc-message.h"

#define PIECE (16 * 1024)

struct _PenaIpcPeer {
    gint references;
    gint line; /* -1: closed */
    const GDBusInterfaceInfo *interface;
    const PenaIpcPeerEvents *events;
    gpointer user_data;
    guint readable, writable; /* source ids; the second while something waits to be sent */
    GQueue out;               /* of Outgoing */
    GByteArray *in;           /* what came of a message so far */
    GHashTable *asked;        /* number -> Call that is on its way */
    guint64 last;             /* number that was given */
    guint given_up;           /* calls whose answers may still come */
};

typedef struct {
    GBytes *message;
    gsize sent;
    gint fd; /* ours; -1 when there is none, or it was sent */
} Outgoing;

typedef struct {
    PenaIpcPeer *peer;
    guint64 number;
    gchar *method;
    GTask *task;
    guint giving_up; /* source id */
} Call;

static void
outgoing_free (Outgoing *self)
{
    g_bytes_unref (self->message);
    if (self->fd >= 0)
        close (self->fd);
    g_free (self);
}

static void
call_free (Call *self)
{
    g_clear_handle_id (&self->giving_up, g_source_remove);
    g_clear_object (&self->task);
    g_free (self->method);
    g_free (self);
}

/* A callback may free the peer while it is at work. */
static PenaIpcPeer *
hold (PenaIpcPeer *self)
{
    self->references++;
    return self;
}

static void
release (PenaIpcPeer *self)
{
    if (--self->references > 0)
        return;
    g_byte_array_unref (self->in);
    g_hash_table_unref (self->asked);
    g_free (self);
}

static void
close_line (PenaIpcPeer *self)
{
    g_clear_handle_id (&self->readable, g_source_remove);
    g_clear_handle_id (&self->writable, g_source_remove);
    g_queue_clear_full (&self->out, (GDestroyNotify)outgoing_free);
    if (self->line >= 0)
        close (self->line);
    self->line = -1;
}

/* Of all calls that are on their way; transfer full. */
static GList *
take_tasks (PenaIpcPeer *self)
{
    GList *tasks = NULL;
    GHashTableIter calls;
    Call *call;

    g_hash_table_iter_init (&calls, self->asked);
    while (g_hash_table_iter_next (&calls, NULL, (gpointer *)&call))
        tasks = g_list_prepend (tasks, g_steal_pointer (&call->task));
    g_hash_table_remove_all (self->asked);
    return tasks;
}

static gboolean
fail_task (gpointer task)
{
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the process has gone");
    return G_SOURCE_REMOVE;
}

/* After that nobody can tell what belongs to what. */
static void
give_up (PenaIpcPeer *self)
{
    GList *tasks = take_tasks (self);

    hold (self);
    close_line (self);
    for (GList *at = tasks; at != NULL; at = at->next)
        fail_task (at->data);
    g_list_free_full (tasks, g_object_unref);
    if (self->events != NULL && self->events->on_closed != NULL)
        self->events->on_closed (self->user_data);
    release (self);
}

void
pena_ipc_peer_free (PenaIpcPeer *self)
{
    if (self == NULL)
        return;
    GList *tasks = take_tasks (self);
    close_line (self);
    self->events = NULL;
    /* Not from here: their callbacks may be about to free more. */
    for (GList *at = tasks; at != NULL; at = at->next)
        g_idle_add_full (G_PRIORITY_DEFAULT, fail_task, at->data, g_object_unref);
    g_list_free (tasks);
    release (self);
}

gboolean
pena_ipc_peer_is_open (const PenaIpcPeer *self)
{
    return self->line >= 0;
}

gboolean
pena_ipc_peer_is_busy (const PenaIpcPeer *self)
{
    return g_hash_table_size (self->asked) > 0;
}

/* ---- what comes ---- */

static gboolean
take_answer (PenaIpcPeer *self, const gchar *word, guint64 number, GVariant *value)
{
    gboolean failed = g_str_equal (word, PENA_IPC_FAILURE);
    Call *call = g_hash_table_lookup (self->asked, &number);

    if (call == NULL) {
        gboolean late = self->given_up > 0;
        self->given_up -= late ? 1 : 0;
        return late;
    }
    GError *error = failed ? pena_ipc_error_from_variant (value) : NULL;
    if (failed ? error == NULL
               : !pena_ipc_message_fits (value, self->interface, call->method, PENA_IPC_RESULT))
        return FALSE;
    g_autoptr (GTask) task = g_steal_pointer (&call->task);
    g_hash_table_remove (self->asked, &number);
    if (failed)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, g_variant_ref (value), (GDestroyNotify)g_variant_unref);
    return TRUE;
}

/* FALSE: nothing that may come. */
static gboolean
take_message (PenaIpcPeer *self, GBytes *body)
{
    const PenaIpcPeerEvents none = {0}, *events = self->events != NULL ? self->events : &none;
    g_autofree gchar *word = NULL;
    guint64 number;
    g_autoptr (GVariant) value = pena_ipc_message_unpack (body, FALSE, &word, &number);

    if (value == NULL)
        return FALSE;
    if (g_str_equal (word, PENA_IPC_ANSWER) || g_str_equal (word, PENA_IPC_FAILURE))
        return take_answer (self, word, number, value);
    if (events->on_call != NULL && pena_ipc_message_fits (value, self->interface, word, PENA_IPC_ARGUMENTS)) {
        events->on_call (number, word, value, self->user_data);
        return TRUE;
    }
    if (events->on_notice != NULL && pena_ipc_message_fits (value, self->interface, word, PENA_IPC_NOTICE)) {
        events->on_notice (word, value, self->user_data);
        return TRUE;
    }
    return FALSE;
}

/* Of what came: NULL until a message is whole. *ret_sound: whether it can become one. */
static GBytes *
take_body (PenaIpcPeer *self, gboolean *ret_sound)
{
    gsize come = self->in->len, length = 0;

    *ret_sound = TRUE;
    if (come < PENA_IPC_MESSAGE_HEAD)
        return NULL;
    length = pena_ipc_message_length (self->in->data);
    *ret_sound = length > 0;
    if (length == 0 || come - PENA_IPC_MESSAGE_HEAD < length)
        return NULL;
    if (come - PENA_IPC_MESSAGE_HEAD > length) {
        GBytes *body = g_bytes_new (self->in->data + PENA_IPC_MESSAGE_HEAD, length);
        g_byte_array_remove_range (self->in, 0, (guint)(PENA_IPC_MESSAGE_HEAD + length));
        return body;
    }
    g_autoptr (GBytes) whole = g_byte_array_free_to_bytes (self->in);
    self->in = g_byte_array_new ();
    return g_bytes_new_from_bytes (whole, PENA_IPC_MESSAGE_HEAD, length);
}

/* The buffer grows with what has come, not with what the other side says will. Descriptors are not taken. */
static gboolean
on_readable (gint line, GIOCondition condition, gpointer user_data)
{
    PenaIpcPeer *self = hold (user_data);
    guint before = self->in->len;
    gboolean sound = TRUE;

    g_byte_array_set_size (self->in, before + PIECE);
    gssize n = recv (line, self->in->data + before, PIECE, MSG_DONTWAIT);
    gboolean nothing = n < 0 && (errno == EAGAIN || errno == EINTR);
    g_byte_array_set_size (self->in, before + (guint)MAX (n, 0));
    if (n > 0) {
        g_autoptr (GBytes) body = NULL;
        while (self->line >= 0 && sound && (body = take_body (self, &sound)) != NULL) {
            sound = take_message (self, body);
            g_clear_pointer (&body, g_bytes_unref);
        }
    }
    if (self->line >= 0 && !nothing && (n <= 0 || !sound))
        give_up (self);
    gboolean open = self->line >= 0;
    release (self);
    return open ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* ---- what goes out ---- */

/* FALSE: the line is of no use. The descriptor goes with the first byte. */
static gboolean
send_some (PenaIpcPeer *self, Outgoing *one)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (one->message, &length);
    gssize n;

    do {
        n = one->fd >= 0
                ? pena_ipc_descriptor_send_with (self->line, data, length, MSG_DONTWAIT, one->fd)
                : send (self->line, data + one->sent, length - one->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN;
    one->sent += (gsize)n;
    if (one->fd >= 0)
        close (one->fd);
    one->fd = -1;
    return TRUE;
}

/* As much as goes without waiting. FALSE: the line is of no use. */
static gboolean
flush (PenaIpcPeer *self)
{
    Outgoing *one;

    while ((one = g_queue_peek_head (&self->out)) != NULL) {
        gsize before = one->sent;
        if (!send_some (self, one))
            return FALSE;
        if (one->sent == before)
            return TRUE;
        if (one->sent == g_bytes_get_size (one->message))
            outgoing_free (g_queue_pop_head (&self->out));
    }
    return TRUE;
}

static gboolean
on_writable (gint line, GIOCondition condition, gpointer user_data)
{
    PenaIpcPeer *self = user_data;

    if (!flush (self)) {
        give_up (self);
        return G_SOURCE_REMOVE;
    }
    if (!g_queue_is_empty (&self->out))
        return G_SOURCE_CONTINUE;
    self->writable = 0;
    return G_SOURCE_REMOVE;
}

/* Takes the message and the descriptor. That the other side has gone is found out about from the main loop. */
static void
put (PenaIpcPeer *self, GBytes *message, gint fd)
{
    Outgoing *one = g_new0 (Outgoing, 1);

    one->message = message;
    one->fd = fd;
    g_queue_push_tail (&self->out, one);
    if (self->writable == 0 && (!flush (self) || !g_queue_is_empty (&self->out)))
        self->writable = g_unix_fd_add (self->line, G_IO_OUT, on_writable, self);
}

/* FALSE: it is too large. */
static gboolean
say (PenaIpcPeer *self, const gchar *word, guint64 number, GVariant *value)
{
    g_autoptr (GVariant) owned = g_variant_ref_sink (value);
    GBytes *message = self->line >= 0 ? pena_ipc_message_pack (word, number, owned) : NULL;

    if (message != NULL)
        put (self, message, -1);
    return message != NULL || self->line < 0;
}

void
pena_ipc_peer_answer (PenaIpcPeer *self, guint64 number, GVariant *answer)
{
    if (!say (self, PENA_IPC_ANSWER, number, answer))
        pena_ipc_peer_fail (self, number,
                            g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL, "the answer is too large"));
}

void
pena_ipc_peer_fail (PenaIpcPeer *self, guint64 number, GError *error)
{
    say (self, PENA_IPC_FAILURE, number, pena_ipc_error_to_variant (error));
    g_error_free (error);
}

void
pena_ipc_peer_tell (PenaIpcPeer *self, const gchar *name, GVariant *value)
{
    if (!say (self, name, 0, value))
        g_warning ("a notice to another process is too large");
}

/* ---- asking ---- */

static gboolean
on_given_up (GCancellable *cancellable, gpointer user_data)
{
    Call *call = user_data;
    g_autoptr (GTask) task = g_steal_pointer (&call->task);

    call->giving_up = 0;
    call->peer->given_up++;
    g_hash_table_remove (call->peer->asked, &call->number);
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "given up");
    return G_SOURCE_REMOVE;
}

static void
watch_cancellable (Call *call, GCancellable *cancellable)
{
    if (cancellable == NULL)
        return;
    g_autoptr (GSource) source = g_cancellable_source_new (cancellable);
    g_source_set_callback (source, G_SOURCE_FUNC (on_given_up), call, NULL);
    call->giving_up = g_source_attach (source, NULL);
}

void
pena_ipc_peer_call_async (PenaIpcPeer *self, const gchar *method, GVariant *arguments, gint fd,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GBytes) message = pena_ipc_message_pack (method, ++self->last, arguments);
    gint ours = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;

    g_task_set_check_cancellable (task, FALSE);
    if (self->line < 0 || message == NULL || (fd >= 0 && ours < 0)) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "it cannot be asked");
        if (ours >= 0)
            close (ours);
        return;
    }
    Call *call = g_new0 (Call, 1);
    call->peer = self;
    call->number = self->last;
    call->method = g_strdup (method);
    call->task = g_steal_pointer (&task);
    g_hash_table_insert (self->asked, &call->number, call);
    watch_cancellable (call, cancellable);
    put (self, g_steal_pointer (&message), ours);
}

GVariant *
pena_ipc_peer_call_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

PenaIpcPeer *
pena_ipc_peer_new (gint line, const GDBusInterfaceInfo *interface, const PenaIpcPeerEvents *events,
                   gpointer user_data)
{
    PenaIpcPeer *self = g_new0 (PenaIpcPeer, 1);

    self->references = 1;
    self->line = line;
    self->interface = interface;
    self->events = events;
    self->user_data = user_data;
    self->in = g_byte_array_new ();
    self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)call_free);
    self->readable = g_unix_fd_add (line, G_IO_IN, on_readable, self);
    return self;
}
