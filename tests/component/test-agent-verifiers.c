/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which documents share a worker of the agent, and which never do
 * Copyright (C) 2026 the Pena authors */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent-rig.h"
#include "pdf-builder.h"

#define ALONE "/pena/v1/verify"
#define ONE_OF_MANY "/pena/v1/verify?one-of-many=1"
/* As pena-verifiers.h has it. */
#define DOCUMENTS_OF_ONE 64

static guint
post (const AgentRig *rig, const gchar *target, GBytes *body)
{
    g_autoptr (AgentAnswer) answer = agent_post (rig, target, body);

    return answer->status;
}

/* The first signing writes the root that the agent trusts. */
static AgentRig *
new_rig (GBytes *letter)
{
    AgentRig *rig = agent_rig_new (NULL);

    g_assert_cmpuint (post (rig, "/pena/v1/sign?name=surat.txt", letter), ==, 200);
    return rig;
}

static gboolean
is_among (GArray *workers, pid_t pid)
{
    for (guint i = 0; i < workers->len; i++)
        if (g_array_index (workers, pid_t, i) == pid)
            return TRUE;
    return FALSE;
}

static gboolean
is_there (const AgentRig *rig, pid_t pid)
{
    g_autoptr (GArray) workers = agent_rig_workers (rig);

    return is_among (workers, pid);
}

static gboolean
are_same (GArray *a, GArray *b)
{
    gboolean same = a->len == b->len;

    for (guint i = 0; same && i < a->len; i++)
        same = is_among (b, g_array_index (a, pid_t, i));
    return same;
}

/* Bounded: until the agent has so many, one of them the spare. Those that are just ending are waited for: one look may show
 * one that was killed already. */
static GArray *
await_workers (const AgentRig *rig, guint count)
{
    g_autoptr (GArray) last = agent_rig_workers (rig);

    for (guint i = 0; i < 300; i++) {
        g_usleep (100000);
        g_autoptr (GArray) now = agent_rig_workers (rig);
        if (now->len == count && are_same (now, last))
            return g_steal_pointer (&now);
        g_array_unref (last);
        last = g_steal_pointer (&now);
    }
    g_error ("there are never %u workers", count);
}

static void
await_gone (const AgentRig *rig, pid_t pid)
{
    for (guint i = 0; i < 3000 && is_there (rig, pid); i++)
        g_usleep (10000);
    g_assert_false (is_there (rig, pid));
}

/* Has one of many judged; the worker that did it and now waits for the next. */
static pid_t
begin_many (const AgentRig *rig, GBytes *letter)
{
    g_autoptr (GArray) before = await_workers (rig, 1);
    pid_t spare = g_array_index (before, pid_t, 0);

    g_assert_cmpuint (post (rig, ONE_OF_MANY, letter), ==, 200);
    g_autoptr (GArray) after = await_workers (rig, 2);
    g_assert_true (is_among (after, spare));
    return spare;
}

static void
test_shared (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);
    pid_t first = begin_many (rig, letter);
    g_autoptr (GArray) before = await_workers (rig, 2);

    for (guint i = 2; i < DOCUMENTS_OF_ONE; i++)
        g_assert_cmpuint (post (rig, ONE_OF_MANY, letter), ==, 200);
    g_autoptr (GArray) after = await_workers (rig, 2);
    for (guint i = 0; i < after->len; i++)
        g_assert_true (is_among (before, g_array_index (after, pid_t, i)));
    /* the last that it takes */
    g_assert_cmpuint (post (rig, ONE_OF_MANY, letter), ==, 200);
    await_gone (rig, first);
}

/* Neither a document of which nothing was said, nor a signing, comes near a worker that has seen another. */
static void
test_not_shared (void)
{
    static const gchar *const targets[] = {ALONE, "/pena/v1/sign?format=pades&name=surat.pdf",
                                           "/pena/v1/sign?name=surat.txt"};
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);
    pid_t many = begin_many (rig, letter);

    for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
        g_autoptr (GArray) before = await_workers (rig, 2);
        g_assert_cmpuint (post (rig, targets[i], letter), ==, 200);
        g_autoptr (GArray) after = await_workers (rig, 2);
        for (guint k = 0; k < after->len; k++) {
            pid_t pid = g_array_index (after, pid_t, k);
            g_assert_true (pid == many || !is_among (before, pid));
        }
        g_assert_true (is_among (after, many));
    }
}

static void
test_unsound (void)
{
    static const gchar *const bad[] = {"no PDF at all", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog"};
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);

    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GBytes) document = g_bytes_new_static (bad[i], strlen (bad[i]));
        pid_t pid = begin_many (rig, letter);
        g_assert_cmpuint (post (rig, ONE_OF_MANY, document), ==, 422);
        await_gone (rig, pid);
    }
}

/* A signature that is broken is reason enough, even where the PDF is one. */
static void
test_broken_signature (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);
    g_autoptr (AgentAnswer) whole = agent_post (rig, "/pena/v1/sign?format=pades&name=surat.pdf", letter);
    gsize length;

    g_assert_cmpuint (whole->status, ==, 200);
    gchar *bytes = g_bytes_unref_to_data (g_steal_pointer (&whole->body), &length);
    gchar *digit = strpbrk (g_strstr_len (bytes, (gssize)length, "MediaBox"), "0123456789");
    *digit = *digit == '1' ? '2' : '1';
    g_autoptr (GBytes) changed = g_bytes_new_take (bytes, length);
    whole->body = g_bytes_ref (changed);
    pid_t pid = begin_many (rig, letter);
    g_assert_cmpuint (post (rig, ONE_OF_MANY, changed), ==, 200);
    await_gone (rig, pid);
}

/* Another process has its own workers, and they end with it. */
static void
test_clients (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);
    pid_t ours = begin_many (rig, letter);
    g_autoptr (GArray) before = await_workers (rig, 2);
    gint hold[2], status;

    g_assert_cmpint (pipe (hold), ==, 0);
    pid_t child = fork ();
    if (child == 0) {
        gchar byte;
        close (hold[1]);
        guint answered = post (rig, ONE_OF_MANY, letter);
        _exit (read (hold[0], &byte, 1) == 0 && answered == 200 ? 0 : 1);
    }
    close (hold[0]);
    /* the child's is the former spare */
    g_autoptr (GArray) both = await_workers (rig, 3);
    for (guint i = 0; i < before->len; i++)
        g_assert_true (is_among (both, g_array_index (before, pid_t, i)));
    close (hold[1]);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
    g_autoptr (GArray) after = await_workers (rig, 2);
    g_assert_true (is_among (after, ours));
}

/* Sends one of many but for its last bytes, and hangs up. */
static void
hang_up (const AgentRig *rig, GBytes *letter, gsize missing)
{
    gsize length;
    const gchar *data = g_bytes_get_data (letter, &length);
    g_autofree gchar *head =
        g_strdup_printf ("POST " ONE_OF_MANY " HTTP/1.1\r\nHost: pena\r\nContent-Length: "
                         "%" G_GSIZE_FORMAT "\r\n\r\n",
                         length);
    gint fd = agent_connect (rig);

    g_assert_true (agent_send (fd, head, strlen (head)) && agent_send (fd, data, length - missing));
    close (fd);
}

/* Who hangs up in the middle leaves no worker that waits. */
static void
test_hung_up (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autoptr (AgentRig) rig = new_rig (letter);
    pid_t pid = begin_many (rig, letter);

    hang_up (rig, letter, 1);
    g_assert_cmpuint (post (rig, ONE_OF_MANY, letter), ==, 200);
    g_autoptr (GArray) after = await_workers (rig, 2);
    g_assert_true (is_among (after, pid));
}

/* Nor is it a mistake of the agent's when all was sent: the warning that tells of one would end this agent. */
static void
test_hung_up_at_once (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();

    g_setenv ("G_DEBUG", "fatal-warnings", TRUE);
    g_autoptr (AgentRig) rig = new_rig (letter);
    g_unsetenv ("G_DEBUG");
    for (guint i = 0; i < 10; i++)
        hang_up (rig, letter, 0);
    g_assert_cmpuint (post (rig, ONE_OF_MANY, letter), ==, 200);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/verifiers/shared", test_shared);
    g_test_add_func ("/agent/verifiers/not-shared", test_not_shared);
    g_test_add_func ("/agent/verifiers/unsound", test_unsound);
    g_test_add_func ("/agent/verifiers/broken-signature", test_broken_signature);
    g_test_add_func ("/agent/verifiers/clients", test_clients);
    g_test_add_func ("/agent/verifiers/hung-up", test_hung_up);
    g_test_add_func ("/agent/verifiers/hung-up-at-once", test_hung_up_at_once);
    return g_test_run ();
}
