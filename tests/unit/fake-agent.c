/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an agent that says what a test wants
 * Copyright (C) 2026 the Pena authors */
#include "fake-agent.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct _FakeAgent {
    gchar *path;
    gint listener;
    gint stop[2]; /* closed to end the thread */
    FakeBehaviour behaviour;
    GBytes *answer;
    GThread *thread;
    void (*on_head) (gpointer user_data);
    gpointer on_head_data;
    GString *head;
    GByteArray *body;
    GMutex mutex;
    GCond changed;
    gboolean hung_up;
};

/* Waits for input; FALSE when the test is over. */
static gboolean
await (FakeAgent *self, gint fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = self->stop[0], .events = POLLIN}};
    while (poll (fds, 2, -1) < 0)
        ;
    return fds[1].revents == 0;
}

static void
send_all (gint fd, gconstpointer data, gsize length)
{
    const guint8 *at = data;
    while (length > 0) {
        gssize n = send (fd, at, length, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n;
        length -= (gsize)n;
    }
}

static gsize
content_length (const gchar *head)
{
    const gchar *line = strstr (head, "Content-Length: ");
    return line != NULL ? strtoul (line + strlen ("Content-Length: "), NULL, 10) : 0;
}

/* One byte. What comes with it is a document that is lent. */
static gboolean
read_byte (FakeAgent *self, gint fd, gchar *ret_byte, gint *lent)
{
    union {
        struct cmsghdr header;
        guint8 space[CMSG_SPACE (sizeof (gint))];
    } control = {0};
    struct iovec vector = {ret_byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

    if (!await (self, fd) || recvmsg (fd, &message, MSG_CMSG_CLOEXEC) != 1)
        return FALSE;
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy (lent, CMSG_DATA (header), sizeof *lent);
    return TRUE;
}

/* Reads one byte at a time, so that nothing of the body is taken. */
static gboolean
read_head (FakeAgent *self, gint fd, gint *lent)
{
    gchar c;
    g_string_truncate (self->head, 0);
    while (!g_str_has_suffix (self->head->str, "\r\n\r\n")) {
        if (!read_byte (self, fd, &c, lent))
            return FALSE;
        if (c != '\0')
            g_string_append_c (self->head, c);
    }
    if (self->on_head != NULL)
        self->on_head (self->on_head_data);
    return TRUE;
}

static gboolean
read_body (FakeAgent *self, gint fd)
{
    static const gchar go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    gsize length = content_length (self->head->str);
    guint8 buffer[64 * 1024];

    if (strstr (self->head->str, "100-continue") != NULL)
        send_all (fd, go_on, sizeof go_on - 1);
    g_byte_array_set_size (self->body, 0);
    while (self->body->len < length) {
        gssize n = await (self, fd) ? read (fd, buffer, sizeof buffer) : 0;
        if (n <= 0)
            return FALSE;
        g_byte_array_append (self->body, buffer, (guint)n);
    }
    return TRUE;
}

static void
read_lent (FakeAgent *self, gint lent)
{
    guint8 buffer[64 * 1024];
    gssize n;

    while ((n = pread (lent, buffer, sizeof buffer, (off_t)self->body->len)) > 0)
        g_byte_array_append (self->body, buffer, (guint)n);
}

static void
note_hang_up (FakeAgent *self, gint fd)
{
    gchar c;
    if (!await (self, fd) || read (fd, &c, 1) > 0)
        return;
    g_mutex_lock (&self->mutex);
    self->hung_up = TRUE;
    g_cond_broadcast (&self->changed);
    g_mutex_unlock (&self->mutex);
}

static void
answer (FakeAgent *self, gint fd, gint lent)
{
    static const gchar refusal[] =
        "HTTP/1.1 409 Conflict\r\nContent-Length: 27\r\n\r\n{\"code\":\"document-changed\"}";

    if (self->behaviour != FAKE_REFUSE_EARLY && !read_body (self, fd))
        return;
    if (lent >= 0)
        read_lent (self, lent);
    if (self->behaviour == FAKE_REFUSE_LOAN && lent >= 0)
        send_all (fd, refusal, sizeof refusal - 1);
    else if (self->behaviour == FAKE_ANSWER || self->behaviour == FAKE_REFUSE_EARLY ||
             self->behaviour == FAKE_REFUSE_LOAN)
        send_all (fd, g_bytes_get_data (self->answer, NULL), g_bytes_get_size (self->answer));
    else if (self->behaviour == FAKE_HANG)
        note_hang_up (self, fd);
}

static void
serve (FakeAgent *self, gint fd)
{
    gint lent = -1;

    if (read_head (self, fd, &lent))
        answer (self, fd, lent);
    if (lent >= 0)
        close (lent);
}

static gpointer
run (gpointer user_data)
{
    FakeAgent *self = user_data;
    while (await (self, self->listener)) {
        gint fd = accept (self->listener, NULL, NULL);
        g_assert_cmpint (fd, >=, 0);
        serve (self, fd);
        close (fd);
    }
    return NULL;
}

FakeAgent *
fake_agent_new (const gchar *folder, FakeBehaviour behaviour, gconstpointer answer, gsize length)
{
    FakeAgent *self = g_new0 (FakeAgent, 1);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    self->path = g_build_filename (folder, "agent.sock", NULL);
    self->behaviour = behaviour;
    self->answer = g_bytes_new (answer, length);
    self->head = g_string_new (NULL);
    self->body = g_byte_array_new ();
    g_mutex_init (&self->mutex);
    g_cond_init (&self->changed);
    g_assert_cmpuint (g_strlcpy (address.sun_path, self->path, sizeof address.sun_path), <,
                      sizeof address.sun_path);
    unlink (self->path);
    self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint (bind (self->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint (listen (self->listener, 8), ==, 0);
    g_assert_cmpint (pipe (self->stop), ==, 0);
    self->thread = g_thread_new ("fake-agent", run, self);
    return self;
}

void
fake_agent_free (FakeAgent *self)
{
    close (self->stop[1]);
    g_thread_join (self->thread);
    close (self->stop[0]);
    close (self->listener);
    unlink (self->path);
    g_string_free (self->head, TRUE);
    g_byte_array_unref (self->body);
    g_bytes_unref (self->answer);
    g_mutex_clear (&self->mutex);
    g_cond_clear (&self->changed);
    g_free (self->path);
    g_free (self);
}

const gchar *
fake_agent_get_path (FakeAgent *self)
{
    return self->path;
}

void
fake_agent_on_head (FakeAgent *self, void (*call) (gpointer user_data), gpointer user_data)
{
    self->on_head_data = user_data;
    self->on_head = call;
}

const gchar *
fake_agent_get_head (FakeAgent *self)
{
    return self->head->str;
}

GByteArray *
fake_agent_get_body (FakeAgent *self)
{
    return self->body;
}

gboolean
fake_agent_wait_hang_up (FakeAgent *self)
{
    gint64 until = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
    g_mutex_lock (&self->mutex);
    while (!self->hung_up && g_cond_wait_until (&self->changed, &self->mutex, until))
        ;
    gboolean hung_up = self->hung_up;
    g_mutex_unlock (&self->mutex);
    return hung_up;
}
