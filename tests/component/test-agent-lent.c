/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: documents that a client lends the agent instead of sending them
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent-rig.h"
#include "pdf-builder.h"
#include "pena-lease.h"

#define SIGN_PDF "/pena/v1/sign?format=pades&name=surat.pdf"
#define SIGN_BESIDE "/pena/v1/sign?format=cades&name=surat.txt"
#define VERIFY "/pena/v1/verify"

/* ---- the client ---- */

/* The descriptor and the request, whose answer is still to come. fd -1: no descriptor. */
static gint
ask (const AgentRig *rig, const gchar *target, gint fd, const gchar *headers)
{
    g_autofree gchar *request =
        g_strdup_printf ("POST %s HTTP/1.1\r\nHost: pena\r\nContent-Length: 0\r\n%s\r\n", target, headers);
    gint line = agent_connect (rig);

    if (fd >= 0)
        agent_send_descriptor (line, fd, 0);
    g_assert_true (agent_send (line, request, strlen (request)));
    return line;
}

static AgentAnswer *
lend (const AgentRig *rig, const gchar *target, gint fd)
{
    return agent_receive (ask (rig, target, fd, "Pena-Document: descriptor\r\n"));
}

static gboolean
says (const AgentAnswer *answer, const gchar *text)
{
    gsize length;
    const gchar *body = g_bytes_get_data (answer->body, &length);

    return g_strstr_len (body, (gssize)length, text) != NULL;
}

/* ---- the files ---- */

static gchar *
write_file (const AgentRig *rig, const gchar *name, GBytes *bytes)
{
    gchar *path = g_build_filename (rig->dir, name, NULL);

    g_assert_true (
        g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes), NULL));
    return path;
}

static gint
open_file (const gchar *path, gint flags)
{
    gint fd = open (path, flags | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    return fd;
}

/* A signed letter in a file, and an agent. */
typedef struct {
    AgentRig *rig;
    GBytes *bytes;
    gchar *path;
    gint fd; /* of the file, for reading */
} Lent;

typedef struct {
    const gchar *path, *config;
    void (*test) (const Lent *self);
} Case;

/* Skips the test where files cannot be lent. */
static void
run (gconstpointer data)
{
    const Case *one = data;
    g_autoptr (AgentRig) rig = agent_rig_new (one->config);
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentAnswer) answer = agent_post (rig, SIGN_PDF, letter);
    g_autofree gchar *path = write_file (rig, "surat.pdf", answer->body);
    const Lent self = {rig, answer->body, path, open_file (path, O_RDONLY)};

    g_assert_cmpuint (answer->status, ==, 200);
    gboolean lendable = pena_lease_take (self.fd);
    pena_lease_release (self.fd);
    if (lendable)
        one->test (&self);
    else
        g_test_skip ("this file system knows no leases");
    close (self.fd);
}

/* ---- the agent's side of it ---- */

static guint
count_descriptors (const AgentRig *rig)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/fd", (gint)rig->pid);
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    guint count = 0;

    while (g_dir_read_name (dir) != NULL)
        count++;
    return count;
}

static gboolean
is_leased (const gchar *path)
{
    struct stat status;
    g_autofree gchar *locks = NULL;

    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_true (g_file_get_contents ("/proc/locks", &locks, NULL, NULL));
    g_autofree gchar *inode = g_strdup_printf (":%lu ", (gulong)status.st_ino);
    for (gchar *line = strtok (locks, "\n"); line != NULL; line = strtok (NULL, "\n"))
        if (strstr (line, "LEASE") != NULL && strstr (line, inode) != NULL)
            return TRUE;
    return FALSE;
}

static void
await_lease (const gchar *path, gboolean wanted)
{
    for (guint i = 0; i < 3000 && is_leased (path) != wanted; i++)
        g_usleep (10000);
    g_assert_cmpint (is_leased (path), ==, wanted);
}

static void
stop_workers (const AgentRig *rig)
{
    g_autoptr (GArray) workers = NULL;

    for (guint i = 0; i < 3000 && (workers == NULL || workers->len == 0); i++) {
        g_clear_pointer (&workers, g_array_unref);
        g_usleep (100000);
        workers = agent_rig_workers (rig);
    }
    for (guint i = 0; i < workers->len; i++)
        kill (g_array_index (workers, pid_t, i), SIGSTOP);
}

/* Of those that were stopped the next document may get one, when there were more than the one that was meant. */
static void
continue_workers (const AgentRig *rig)
{
    g_autoptr (GArray) workers = agent_rig_workers (rig);

    for (guint i = 0; i < workers->len; i++)
        kill (g_array_index (workers, pid_t, i), SIGCONT);
}

/* ---- tests ---- */

static void
test_verify (const Lent *self)
{
    g_autofree gchar *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->bytes);
    g_autoptr (AgentAnswer) sent = agent_post (self->rig, VERIFY, self->bytes);
    g_autoptr (AgentAnswer) lent = lend (self->rig, VERIFY, self->fd);
    g_assert_cmpuint (lent->status, ==, 200);
    g_assert_true (says (lent, "\"verdict\":\"valid\"") && says (lent, sha256));
    g_assert_true (g_bytes_equal (sent->body, lent->body));
    await_lease (self->path, FALSE);
}

static GBytes *
join (GBytes *head, GBytes *tail)
{
    GByteArray *both = g_byte_array_new ();

    g_byte_array_append (both, g_bytes_get_data (head, NULL), (guint)g_bytes_get_size (head));
    g_byte_array_append (both, g_bytes_get_data (tail, NULL), (guint)g_bytes_get_size (tail));
    return g_byte_array_free_to_bytes (both);
}

static void
test_sign (const Lent *self)
{
    g_autoptr (AgentAnswer) signature = lend (self->rig, SIGN_BESIDE, self->fd);
    g_assert_cmpuint (signature->status, ==, 200);
    g_autoptr (GBytes) both = join (signature->body, self->bytes);
    g_autofree gchar *verify =
        g_strdup_printf (VERIFY "?signature-size=%" G_GSIZE_FORMAT, g_bytes_get_size (signature->body));
    g_autoptr (AgentAnswer) verdict = agent_post (self->rig, verify, both);
    g_assert_true (says (verdict, "\"verdict\":\"valid\""));
}

/* Only the update comes back, and anybody may write again. */
static void
test_sign_pdf (const Lent *self)
{
    g_autoptr (AgentAnswer) update = lend (self->rig, SIGN_PDF "&return=update", self->fd);
    g_assert_cmpuint (update->status, ==, 200);
    await_lease (self->path, FALSE);
    g_autoptr (GBytes) whole = join (self->bytes, update->body);
    g_autoptr (AgentAnswer) verdict = agent_post (self->rig, VERIFY, whole);
    g_assert_true (says (verdict, "\"verdict\":\"valid\""));
}

static void
test_misplaced (const Lent *self)
{
    static const gchar *const targets[] = {SIGN_PDF, SIGN_PDF "&return=update&repair=1",
                                           SIGN_BESIDE "&attached=1", SIGN_BESIDE "&level=B-T",
                                           "/pena/v1/extend?level=B-T"};

    for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
        g_autoptr (AgentAnswer) answer = lend (self->rig, targets[i], self->fd);
        agent_assert_refused (answer, 400, "request-invalid");
    }
    g_autoptr (AgentAnswer) none = lend (self->rig, VERIFY, -1);
    agent_assert_refused (none, 400, "request-invalid");
    g_autoptr (AgentAnswer) other =
        agent_receive (ask (self->rig, VERIFY, self->fd, "Pena-Document: path\r\n"));
    agent_assert_refused (other, 400, "request-invalid");
    gint line = agent_connect (self->rig);
    agent_send_descriptor (line, self->fd, 'P');
    g_autoptr (AgentAnswer) byte = agent_receive (line);
    agent_assert_refused (byte, 400, "request-invalid");
    /* one that nobody asks for is of no consequence */
    g_autoptr (AgentAnswer) ignored = agent_receive (ask (self->rig, VERIFY, self->fd, ""));
    agent_assert_refused (ignored, 422, "document-empty");
}

/* What nobody can promise to stay as it is has to be sent. */
static void
test_not_lendable (const Lent *self)
{
    gint pair[2];

    g_assert_cmpint (pipe2 (pair, O_CLOEXEC), ==, 0);
    guint before = count_descriptors (self->rig);
    gint writer = open_file (self->path, O_RDWR), reader = open_file (self->path, O_RDONLY);
    const gint fds[] = {writer, reader, pair[0], open_file (self->rig->dir, O_RDONLY),
                        open_file ("/dev/zero", O_RDONLY)};
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++) {
        g_autoptr (AgentAnswer) answer = lend (self->rig, VERIFY, fds[i]);
        agent_assert_refused (answer, 409, "document-changed");
    }
    close (writer);
    g_autoptr (AgentAnswer) now = lend (self->rig, VERIFY, reader);
    g_assert_cmpuint (now->status, ==, 200);
    gint place = open_file (self->path, O_PATH);
    g_autoptr (AgentAnswer) unread = lend (self->rig, VERIFY, place);
    agent_assert_refused (unread, 409, "document-changed");
    close (place);

    g_assert_cmpint (truncate (self->path, 2 * 1024 * 1024), ==, 0);
    g_autoptr (AgentAnswer) large = lend (self->rig, VERIFY, reader);
    agent_assert_refused (large, 413, "document-too-large");
    g_assert_cmpint (truncate (self->path, 0), ==, 0);
    g_autoptr (AgentAnswer) empty = lend (self->rig, VERIFY, reader);
    agent_assert_refused (empty, 422, "document-empty");
    for (guint i = 0; i < 3000 && count_descriptors (self->rig) > before; i++)
        g_usleep (10000);
    g_assert_cmpuint (count_descriptors (self->rig), <=, before);
    for (guint i = 1; i < G_N_ELEMENTS (fds); i++)
        close (fds[i]);
    close (pair[1]);
}

/* Who wants to write goes first, however long the judging takes; and then there is no verdict. */
static void
test_written_meanwhile (const Lent *self)
{
    static const gchar *const targets[] = {VERIFY, SIGN_PDF "&return=update"};

    for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
        stop_workers (self->rig);
        gint line = ask (self->rig, targets[i], self->fd, "Pena-Document: descriptor\r\n");
        await_lease (self->path, TRUE);
        close (open_file (self->path, O_WRONLY)); /* waits until the agent lets go */
        g_autoptr (AgentAnswer) answer = agent_receive (line);
        agent_assert_refused (answer, 409, "document-changed");
    }
    continue_workers (self->rig);
    g_autoptr (AgentAnswer) again = lend (self->rig, VERIFY, self->fd);
    g_assert_true (says (again, "\"verdict\":\"valid\""));
}

/* A client that has to wait for its turn. */
static gint
queue_another (const AgentRig *rig)
{
    const gchar *request =
        "POST /pena/v1/sign?format=cades&name=lain.txt HTTP/1.1\r\nHost: pena\r\nContent-Length: 5\r\n"
        "Accept: application/x-ndjson\r\n\r\nlain\n";
    g_autoptr (GString) seen = g_string_new (NULL);
    gint line = agent_connect (rig);
    gchar byte;

    g_assert_true (agent_send (line, request, strlen (request)));
    while (strstr (seen->str, "\"waiting\"") == NULL) {
        g_assert_cmpint (read (line, &byte, 1), ==, 1);
        g_string_append_c (seen, byte);
    }
    return line;
}

/* The prompt for what is not signed any more is taken away before the next one is shown. */
static void
test_written_while_asked (const Lent *self)
{
    agent_rig_write (self->rig, "asked", "");
    agent_rig_write (self->rig, "mode", "hang");
    gint line = ask (self->rig, SIGN_PDF "&return=update", self->fd, "Pena-Document: descriptor\r\n");
    agent_rig_await (self->rig, "asked", "surat.pdf\n");
    agent_rig_write (self->rig, "mode", "sign");
    gint next = queue_another (self->rig);
    close (open_file (self->path, O_WRONLY)); /* waits until the agent lets go */
    g_autoptr (AgentAnswer) answer = agent_receive (line);
    agent_assert_refused (answer, 409, "document-changed");
    g_autoptr (GByteArray) rest = agent_receive_all (next);
    g_assert_nonnull (g_strstr_len ((gchar *)rest->data, rest->len, "{\"stage\":\"finished\"}"));
    g_autofree gchar *asked = agent_rig_read (self->rig, "asked");
    g_assert_cmpstr (asked, ==, "surat.pdf\ncancelled\nlain.txt\n");
}

/* A refusal stays one, so that who said no is not asked again. The agent may by chance see the writer first. */
static void
test_refused_while_written (const Lent *self)
{
    gboolean refused = FALSE;

    agent_rig_write (self->rig, "mode", "write-and-cancel");
    for (guint i = 0; i < 10 && !refused; i++) {
        g_autoptr (AgentAnswer) answer = lend (self->rig, SIGN_PDF "&return=update", self->fd);
        refused = answer->status == 403 && says (answer, "user-cancelled");
    }
    g_assert_true (refused);
}

/* Large enough that nobody waits for all of it to be hashed. */
static void
test_written_while_hashed (const Lent *self)
{
    g_assert_cmpint (truncate (self->path, 64ll * 1024 * 1024 * 1024), ==, 0);
    gint line = ask (self->rig, SIGN_BESIDE "&digest=sha512", self->fd, "Pena-Document: descriptor\r\n");
    await_lease (self->path, TRUE);
    close (open_file (self->path, O_WRONLY)); /* waits until the agent lets go */
    g_autoptr (AgentAnswer) answer = agent_receive (line);
    agent_assert_refused (answer, 409, "document-changed");
}

static void
test_hung_up (const Lent *self)
{
    stop_workers (self->rig);
    gint line = ask (self->rig, VERIFY, self->fd, "Pena-Document: descriptor\r\n");
    await_lease (self->path, TRUE);
    close (line);
    await_lease (self->path, FALSE);
}

int
main (int argc, char **argv)
{
    static const Case cases[] = {
        {"/agent/lent/verify", NULL, test_verify},
        {"/agent/lent/sign", NULL, test_sign},
        {"/agent/lent/sign-pdf", NULL, test_sign_pdf},
        {"/agent/lent/misplaced", NULL, test_misplaced},
        {"/agent/lent/not-lendable", "[agent]\nmax-document-size=1M\n", test_not_lendable},
        {"/agent/lent/written-meanwhile", NULL, test_written_meanwhile},
        {"/agent/lent/written-while-asked", NULL, test_written_while_asked},
        {"/agent/lent/refused-while-written", NULL, test_refused_while_written},
        {"/agent/lent/written-while-hashed", "[agent]\nmax-document-size=64G\n", test_written_while_hashed},
        {"/agent/lent/hung-up", NULL, test_hung_up},
    };

    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        g_test_add_data_func (cases[i].path, &cases[i], run);
    return g_test_run ();
}
