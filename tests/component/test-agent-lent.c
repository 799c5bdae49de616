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

static void
send_with (gint line, gint fd, gchar byte)
{
    union {
        struct cmsghdr header;
        guint8 space[CMSG_SPACE (sizeof (gint))];
    } control = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN (sizeof fd);
    memcpy (CMSG_DATA (header), &fd, sizeof fd);
    g_assert_cmpint (sendmsg (line, &message, MSG_NOSIGNAL), ==, 1);
}

/* The descriptor and the request, whose answer is still to come. fd -1: no descriptor. */
static gint
ask (const AgentRig *rig, const gchar *target, gint fd, const gchar *headers)
{
    g_autofree gchar *request =
        g_strdup_printf ("POST %s HTTP/1.1\r\nHost: pena\r\nContent-Length: 0\r\n%s\r\n", target, headers);
    gint line = agent_connect (rig);

    if (fd >= 0)
        send_with (line, fd, 0);
    g_assert_true (agent_send (line, request, strlen (request)));
    return line;
}

static AgentAnswer *
lend (const AgentRig *rig, const gchar *target, gint fd)
{
    return agent_receive (ask (rig, target, fd, "Pena-Document: descriptor\r\n"));
}

static AgentAnswer *
post (const AgentRig *rig, const gchar *target, GBytes *body)
{
    gsize length;
    gconstpointer data = g_bytes_get_data (body, &length);

    return agent_request (rig, "POST", target, NULL, data, length);
}

static gboolean
says (const AgentAnswer *answer, const gchar *text)
{
    gsize length;
    const gchar *body = g_bytes_get_data (answer->body, &length);

    return g_strstr_len (body, (gssize)length, text) != NULL;
}

/* ---- the files ---- */

static GBytes *
make_letter (void)
{
    g_autoptr (PdfBuilder) builder = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (builder, "", "");
    pdf_builder_table (builder, "");
    return g_bytes_new (builder->bytes->data, builder->bytes->len);
}

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

/* A signed letter in a file; FALSE, and the test is skipped, where files cannot be lent. */
static gboolean
sign_letter (const AgentRig *rig, gchar **ret_path, GBytes **ret_bytes)
{
    g_autoptr (GBytes) letter = make_letter ();
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_PDF, letter);

    g_assert_cmpuint (answer->status, ==, 200);
    *ret_bytes = g_bytes_ref (answer->body);
    *ret_path = write_file (rig, "surat.pdf", answer->body);
    gint fd = open_file (*ret_path, O_RDONLY);
    gboolean lendable = pena_lease_take (fd);
    close (fd);
    if (!lendable)
        g_test_skip ("this file system knows no leases");
    return lendable;
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

/* ---- tests ---- */

static void
test_verify (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    gint fd = open_file (path, O_RDONLY);
    g_autofree gchar *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
    g_autoptr (AgentAnswer) sent = post (rig, VERIFY, bytes);
    g_autoptr (AgentAnswer) lent = lend (rig, VERIFY, fd);
    g_assert_cmpuint (lent->status, ==, 200);
    g_assert_true (says (lent, "\"verdict\":\"valid\"") && says (lent, sha256));
    g_assert_true (g_bytes_equal (sent->body, lent->body));
    await_lease (path, FALSE);
    close (fd);
}

static void
test_sign (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    gint fd = open_file (path, O_RDONLY);
    g_autoptr (AgentAnswer) signature = lend (rig, SIGN_BESIDE, fd);
    g_assert_cmpuint (signature->status, ==, 200);
    g_autoptr (GByteArray) both = g_byte_array_new ();
    gsize before = g_bytes_get_size (signature->body);
    g_byte_array_append (both, g_bytes_get_data (signature->body, NULL), (guint)before);
    g_byte_array_append (both, g_bytes_get_data (bytes, NULL), (guint)g_bytes_get_size (bytes));
    g_autofree gchar *verify = g_strdup_printf (VERIFY "?signature-size=%" G_GSIZE_FORMAT, before);
    g_autoptr (AgentAnswer) verdict = agent_request (rig, "POST", verify, NULL, both->data, both->len);
    g_assert_true (says (verdict, "\"verdict\":\"valid\""));
    close (fd);
}

static void
test_misplaced (void)
{
    static const gchar *const targets[] = {SIGN_PDF, SIGN_BESIDE "&attached=1", SIGN_BESIDE "&level=B-T",
                                           "/pena/v1/extend?level=B-T"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    gint fd = open_file (path, O_RDONLY);
    for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
        g_autoptr (AgentAnswer) answer = lend (rig, targets[i], fd);
        agent_assert_refused (answer, 400, "request-invalid");
    }
    g_autoptr (AgentAnswer) none = lend (rig, VERIFY, -1);
    agent_assert_refused (none, 400, "request-invalid");
    g_autoptr (AgentAnswer) other = agent_receive (ask (rig, VERIFY, fd, "Pena-Document: path\r\n"));
    agent_assert_refused (other, 400, "request-invalid");
    gint line = agent_connect (rig);
    send_with (line, fd, 'P');
    g_autoptr (AgentAnswer) byte = agent_receive (line);
    agent_assert_refused (byte, 400, "request-invalid");
    /* one that nobody asks for is of no consequence */
    g_autoptr (AgentAnswer) ignored = agent_receive (ask (rig, VERIFY, fd, ""));
    agent_assert_refused (ignored, 422, "document-empty");
    close (fd);
}

/* What nobody can promise to stay as it is has to be sent. */
static void
test_not_lendable (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nmax-document-size=1M\n");
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;
    gint pair[2];

    if (!sign_letter (rig, &path, &bytes))
        return;
    g_assert_cmpint (pipe2 (pair, O_CLOEXEC), ==, 0);
    guint before = count_descriptors (rig);
    gint writer = open_file (path, O_RDWR), reader = open_file (path, O_RDONLY);
    const gint fds[] = {writer, reader, pair[0], open_file (rig->dir, O_RDONLY),
                        open_file ("/dev/zero", O_RDONLY)};
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++) {
        g_autoptr (AgentAnswer) answer = lend (rig, VERIFY, fds[i]);
        agent_assert_refused (answer, 409, "document-changed");
    }
    close (writer);
    g_autoptr (AgentAnswer) now = lend (rig, VERIFY, reader);
    g_assert_cmpuint (now->status, ==, 200);
    gint place = open_file (path, O_PATH);
    g_autoptr (AgentAnswer) unread = lend (rig, VERIFY, place);
    agent_assert_refused (unread, 409, "document-changed");
    close (place);

    g_assert_cmpint (truncate (path, 2 * 1024 * 1024), ==, 0);
    g_autoptr (AgentAnswer) large = lend (rig, VERIFY, reader);
    agent_assert_refused (large, 413, "document-too-large");
    g_assert_cmpint (truncate (path, 0), ==, 0);
    g_autoptr (AgentAnswer) empty = lend (rig, VERIFY, reader);
    agent_assert_refused (empty, 422, "document-empty");
    for (guint i = 0; i < 3000 && count_descriptors (rig) > before; i++)
        g_usleep (10000);
    g_assert_cmpuint (count_descriptors (rig), <=, before);
    for (guint i = 1; i < G_N_ELEMENTS (fds); i++)
        close (fds[i]);
    close (pair[1]);
}

/* Who wants to write goes first, however long the judging takes; and then there is no verdict. */
static void
test_written_meanwhile (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    gint fd = open_file (path, O_RDONLY);
    stop_workers (rig);
    gint line = ask (rig, VERIFY, fd, "Pena-Document: descriptor\r\n");
    await_lease (path, TRUE);
    close (open_file (path, O_WRONLY)); /* waits until the agent lets go */
    g_autoptr (AgentAnswer) answer = agent_receive (line);
    agent_assert_refused (answer, 409, "document-changed");
    g_autoptr (AgentAnswer) again = lend (rig, VERIFY, fd);
    g_assert_true (says (again, "\"verdict\":\"valid\""));
    close (fd);
}

/* Large enough that nobody waits for all of it to be hashed. */
static void
test_written_while_hashed (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nmax-document-size=64G\n");
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    g_assert_cmpint (truncate (path, 64ll * 1024 * 1024 * 1024), ==, 0);
    gint fd = open_file (path, O_RDONLY);
    gint line = ask (rig, SIGN_BESIDE "&digest=sha512", fd, "Pena-Document: descriptor\r\n");
    await_lease (path, TRUE);
    close (open_file (path, O_WRONLY)); /* waits until the agent lets go */
    g_autoptr (AgentAnswer) answer = agent_receive (line);
    agent_assert_refused (answer, 409, "document-changed");
    close (fd);
}

static void
test_hung_up (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) bytes = NULL;
    g_autofree gchar *path = NULL;

    if (!sign_letter (rig, &path, &bytes))
        return;
    gint fd = open_file (path, O_RDONLY);
    stop_workers (rig);
    gint line = ask (rig, VERIFY, fd, "Pena-Document: descriptor\r\n");
    await_lease (path, TRUE);
    close (line);
    await_lease (path, FALSE);
    close (fd);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/lent/verify", test_verify);
    g_test_add_func ("/agent/lent/sign", test_sign);
    g_test_add_func ("/agent/lent/misplaced", test_misplaced);
    g_test_add_func ("/agent/lent/not-lendable", test_not_lendable);
    g_test_add_func ("/agent/lent/written-meanwhile", test_written_meanwhile);
    g_test_add_func ("/agent/lent/written-while-hashed", test_written_while_hashed);
    g_test_add_func ("/agent/lent/hung-up", test_hung_up);
    return g_test_run ();
}
