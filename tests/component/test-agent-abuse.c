/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent after long abuse, with nothing left to give, and ended in the middle
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent-rig.h"
#include "pdf-builder.h"

#define SIGN_PDF "/pena/v1/sign?format=pades&name=RAHASIA.pdf&reason=KANARI&location=TEMPAT"
#define SIGN_OTHER "/pena/v1/sign?format=cades&name=RAHASIA.odt"
#define GROWTH_MAX_KIB (16 * 1024)

static void
ask (const AgentRig *rig, const gchar *target, GBytes *body)
{
    g_autoptr (AgentAnswer) answer = agent_post (rig, target, body);
}

static void
assert_signs (const AgentRig *rig)
{
    g_autoptr (AgentAnswer) answer = agent_request (rig, "POST", SIGN_OTHER, NULL, "surat", 5);

    g_assert_cmpuint (answer->status, ==, 200);
}

/* Sends a whole request, or its beginning, and does not wait for the answer. */
static gint
begin (const AgentRig *rig, const gchar *target, GBytes *body, gsize length)
{
    gint fd = agent_connect (rig);
    g_autofree gchar *head =
        g_strdup_printf ("POST %s HTTP/1.1\r\nHost: pena\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                         target, g_bytes_get_size (body));

    g_assert_cmpint (fd, >=, 0);
    agent_send (fd, head, strlen (head));
    agent_send (fd, g_bytes_get_data (body, NULL), length);
    return fd;
}

/* ---- what /proc tells ---- */

static gchar *
read_proc (const AgentRig *rig, const gchar *name)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/%s", (gint)rig->pid, name);
    gchar *text = NULL;

    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    return text;
}

static guint64
read_status (const AgentRig *rig, const gchar *key)
{
    g_autofree gchar *text = read_proc (rig, "status");
    const gchar *line = strstr (text, key);

    g_assert_nonnull (line);
    return g_ascii_strtoull (line + strlen (key) + strspn (line + strlen (key), " \t"), NULL, 10);
}

/* Only root may look into an undumpable process; 0 for others. */
static guint
count_descriptors (const AgentRig *rig)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/fd", (gint)rig->pid);
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    guint count = 0;

    while (dir != NULL && g_dir_read_name (dir) != NULL)
        count++;
    return count;
}

static guint
count_children (const AgentRig *rig)
{
    g_autofree gchar *name = g_strdup_printf ("task/%d/children", (gint)rig->pid);
    g_autofree gchar *text = read_proc (rig, name);
    g_auto (GStrv) words = g_strsplit (g_strstrip (text), " ", -1);

    return g_strv_length (words);
}

/* Bounded: until only the token helper and the spare worker are left, and no more descriptors than `fds`. */
static void
assert_calms_down (const AgentRig *rig, guint fds)
{
    for (guint i = 0; i < 3000; i++) {
        if (count_children (rig) <= 2 && count_descriptors (rig) <= fds + 2)
            return;
        g_usleep (10000);
    }
    g_error ("%u children and %u descriptors are left", count_children (rig), count_descriptors (rig));
}

/* ---- the tests ---- */

static void
abuse_once (const AgentRig *rig, guint kind, GBytes *letter)
{
    g_autofree gchar *filler = g_strnfill (300 * 1024, 'x');
    g_autoptr (GBytes) large = g_bytes_new_static (filler, 300 * 1024);

    switch (kind) {
    case 0:
        ask (rig, SIGN_PDF, letter);
        return;
    case 1:
        ask (rig, "/pena/v1/verify", large);
        return;
    case 2:
        ask (rig, "/pena/v1/sign?pin=1", large);
        return;
    case 3:
        close (begin (rig, SIGN_OTHER, letter, 10));
        return;
    case 4:
        close (begin (rig, SIGN_PDF, letter, g_bytes_get_size (letter)));
        return;
    case 5:
        close (agent_connect (rig));
        return;
    default:
        ask (rig, "/csc/v2/info", large);
        return;
    }
}

static void
test_long (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    for (guint i = 0; i < 30; i++)
        abuse_once (rig, i % 7, letter);
    guint64 memory = read_status (rig, "VmRSS:");
    guint fds = count_descriptors (rig);
    for (guint i = 0; i < 300; i++)
        abuse_once (rig, i % 7, letter);
    assert_signs (rig);
    assert_calms_down (rig, fds);
#if !defined(__SANITIZE_ADDRESS__) /* it keeps what was freed */
    g_assert_cmpuint (read_status (rig, "VmRSS:"), <, memory + GROWTH_MAX_KIB);
#endif
}

/* Between every two states, as far as chance finds them. */
static void
test_clients_leave (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (GBytes) letter = pdf_make_letter ();

    assert_signs (rig);
    guint fds = count_descriptors (rig);
    for (guint i = 0; i < 80; i++) {
        gint fd = begin (rig, i % 2 == 0 ? SIGN_PDF : SIGN_OTHER, letter, g_bytes_get_size (letter));
        g_usleep ((gulong)g_test_rand_int_range (0, 80000));
        close (fd);
    }
    assert_signs (rig);
    assert_calms_down (rig, fds);
}

static guint64
processor_ticks (const AgentRig *rig)
{
    g_autofree gchar *stat = read_proc (rig, "stat");
    g_auto (GStrv) fields = g_strsplit (strrchr (stat, ')'), " ", -1);

    return g_ascii_strtoull (fields[12], NULL, 10) + g_ascii_strtoull (fields[13], NULL, 10);
}

/* As many clients as descriptors: the agent neither ends nor spins, and serves again when they go. */
static void
test_no_descriptors (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nheader-timeout=2\n");
    const struct rlimit few = {30, 30};
    gint fds[40];

    assert_signs (rig);
    g_assert_cmpint (prlimit (rig->pid, RLIMIT_NOFILE, &few, NULL), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
        fds[i] = agent_connect (rig);
    g_usleep (100000);
    guint64 before = processor_ticks (rig);
    g_usleep (G_USEC_PER_SEC);
    guint64 used = processor_ticks (rig) - before;
    g_assert_cmpuint (used, <, (guint64)sysconf (_SC_CLK_TCK) / 10);
    for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
        if (fds[i] >= 0)
            close (fds[i]);
    for (guint i = 0; i < 300; i++) {
        g_autoptr (AgentAnswer) answer = agent_request (rig, "POST", SIGN_OTHER, NULL, "surat", 5);
        if (answer->status == 200)
            return;
        g_usleep (100000);
    }
    g_error ("the agent did not recover");
}

/* agent_rig_free asserts a clean exit and that the socket is gone. */
static void
test_ended_in_the_middle (void)
{
    g_autoptr (GBytes) letter = pdf_make_letter ();

    for (guint i = 0; i < 8; i++) {
        g_autoptr (AgentRig) rig = agent_rig_new (NULL);
        gint fds[3];
        if (i % 2 == 0)
            agent_rig_write (rig, "mode", "hang");
        for (guint j = 0; j < G_N_ELEMENTS (fds); j++)
            fds[j] = begin (rig, SIGN_PDF, letter, g_bytes_get_size (letter));
        g_usleep ((gulong)g_test_rand_int_range (0, 400000));
        g_clear_pointer (&rig, agent_rig_free);
        for (guint j = 0; j < G_N_ELEMENTS (fds); j++)
            close (fds[j]);
    }
}

/* No name, no reason, nobody: not even with all messages on. */
static void
test_log (void)
{
    static const gchar *const secrets[] = {"RAHASIA", "KANARI",   "TEMPAT", "ISTILAH",
                                           "Sari",    "19780315", "Tirta"};
    static const gchar *const modes[] = {"sign", "cancel", "garbage", "die", "no-token"};
    g_autoptr (GBytes) letter = pdf_make_letter ();
    g_autofree gchar *path = NULL;
    g_autofree gchar *log = NULL;
    gint file = g_file_open_tmp ("pena-log-XXXXXX", &path, NULL);
    gint out = dup (STDOUT_FILENO), err = dup (STDERR_FILENO);

    g_assert_cmpint (file, >=, 0);
    fflush (stdout);
    dup2 (file, STDOUT_FILENO);
    dup2 (file, STDERR_FILENO);
    g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
    AgentRig *rig = agent_rig_new (NULL);
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
        agent_rig_write (rig, "mode", modes[i]);
        ask (rig, SIGN_PDF, letter);
        ask (rig, SIGN_PDF "&field=ISTILAH", letter);
        ask (rig, "/pena/v1/verify", letter);
    }
    agent_rig_free (rig);
    g_unsetenv ("G_MESSAGES_DEBUG");
    fflush (stdout);
    dup2 (out, STDOUT_FILENO);
    dup2 (err, STDERR_FILENO);
    close (out);
    close (err);
    close (file);
    g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
    g_remove (path);
    g_assert_nonnull (strstr (log, "signing failed"));
    for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
        if (strstr (log, secrets[i]) != NULL)
            g_error ("'%s' is in the log", secrets[i]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/abuse/long", test_long);
    g_test_add_func ("/agent/abuse/clients-leave", test_clients_leave);
    g_test_add_func ("/agent/abuse/no-descriptors", test_no_descriptors);
    g_test_add_func ("/agent/abuse/ended-in-the-middle", test_ended_in_the_middle);
    g_test_add_func ("/agent/abuse/log", test_log);
    return g_test_run ();
}
