/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent against document workers that were taken over: no job but theirs may suffer
 * Copyright (C) 2026 the Pena authors */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent-rig.h"
#include "pena-lease.h"
#include "pena-validate.h"

#define SIGN_PDF "/pena/v1/sign?format=pades&name=surat.pdf"
#define VERIFY_ONLINE "/pena/v1/verify?online=1"
#define SIGN_OTHER "/pena/v1/sign?format=cades&name=surat.odt"
/* What a broker may have grown by: two messages of the largest kind and what is made of them. */
#define MEMORY_MAX_KIB (700 * 1024)

static GBytes *
document (void)
{
    static const gchar text[] = "Surat Keputusan";

    return g_bytes_new_static (text, strlen (text));
}

static AgentAnswer *
post (const AgentRig *rig, const gchar *target)
{
    g_autoptr (GBytes) body = document ();

    return agent_post (rig, target, body);
}

static guint64
memory_kib (const AgentRig *rig)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", (gint)rig->pid);
    g_autofree gchar *status = NULL;

    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    const gchar *peak = strstr (status, "VmHWM:");
    g_assert_nonnull (peak);
    return g_ascii_strtoull (peak + strlen ("VmHWM:") + strspn (peak + strlen ("VmHWM:"), " \t"), NULL, 10);
}

/* One attack: its own job ends in time, another client is served meanwhile and afterwards. */
static void
assert_contained (const AgentRig *rig, const gchar *target, const gchar *mode)
{
    g_test_message ("%s: %s", target, mode);
    agent_rig_write (rig, "worker-mode", mode);
    g_autoptr (AgentAnswer) attacked = post (rig, target);
    agent_assert_refused (attacked, 500, "worker-failed");
    agent_rig_write (rig, "worker-mode", "none");
    g_autoptr (AgentAnswer) after = post (rig, SIGN_OTHER);
    if (after->status != 200)
        g_error ("after %s: %s", mode, after->header);
    g_assert_cmpuint (memory_kib (rig), <, MEMORY_MAX_KIB);
}

static void
test_answers (void)
{
    static const gchar *const modes[] = {
        "open-type",          "open-error-type",  "open-error-long",     "open-error-deep", "prepare-type",
        "prepare-error-deep", "prepare-small",    "prepare-gap",         "prepare-long",    "prepare-empty",
        "check-type",         "check-error-type", "check-error-internal"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, SIGN_PDF, modes[i]);
}

static void
test_reports (void)
{
    static const gchar *const modes[] = {"verify-bomb", "verify-long", "verify-type"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) first = post (rig, SIGN_OTHER); /* writes the root that the agent trusts */

    g_assert_cmpuint (first->status, ==, 200);
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, "/pena/v1/verify", modes[i]);
}

static void
test_connection (void)
{
    static const gchar *const modes[] = {"exit",    "close", "silence", "words",   "answers",     "large",
                                         "promise", "boast", "nothing", "crooked", "descriptors", "noise"};
    static const gchar *const calls[] = {"open", "prepare", "check"};
    g_autoptr (AgentRig) rig = agent_rig_new ("[agent]\nworker-timeout=2\n");

    for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
        g_autofree gchar *mode = g_strdup_printf ("%s-%s", calls[i % G_N_ELEMENTS (calls)], modes[i]);
        assert_contained (rig, SIGN_PDF, mode);
    }
}

/* ---- raising ---- */

#define EXTEND_BESIDE "/pena/v1/extend?signature-size=5&level="
#define EXTEND_INSIDE "/pena/v1/extend?attached=1&level="
#define EXTEND_PDF "/pena/v1/extend?level="
#define SIGN_ARCHIVED SIGN_OTHER "&allow-lower=1&level=B-LTA"

/* A time-stamp authority that the agent trusts. */
typedef struct {
    gchar *dir;
    GPid pid;
    gchar *config, *root;
} Authority;

static void
die_with_test (gpointer user_data)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
authority_start (Authority *self)
{
    const gchar *devca = g_getenv ("PENA_TEST_DEVCA");
    g_autoptr (GError) error = NULL;
    g_autofree gchar *port = NULL;

    self->dir = g_dir_make_tmp ("pena-ca-XXXXXX", NULL);
    g_autofree gchar *ca = g_build_filename (self->dir, "ca", NULL);
    g_autofree gchar *port_file = g_build_filename (self->dir, "port", NULL);
    gchar *init[] = {(gchar *)devca, (gchar *)"init", ca, NULL};
    gchar *serve[] = {(gchar *)devca, (gchar *)"serve", ca, (gchar *)"--port-file", port_file, NULL};
    g_spawn_sync (NULL, init, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    g_spawn_async (NULL, serve, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, die_with_test,
                   NULL, &self->pid, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < 3000 && !g_file_get_contents (port_file, &port, NULL, NULL); i++)
        g_usleep (10000);
    g_assert_nonnull (port);
    g_autofree gchar *root_file = g_build_filename (ca, "root.pem", NULL);
    g_assert_true (g_file_get_contents (root_file, &self->root, NULL, NULL));
    self->config = g_strdup_printf ("[trust]\ncertificates=%s/issuing.pem\n\n"
                                    "[time-stamp]\nservers=http://127.0.0.1:%s/tsa\n",
                                    ca, g_strstrip (port));
}

static void
authority_end (Authority *self)
{
    const gchar *remove[] = {"rm", "-rf", self->dir, NULL};

    kill (self->pid, SIGTERM);
    waitpid (self->pid, NULL, 0);
    g_spawn_sync (NULL, (gchar **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free (self->dir);
    g_free (self->config);
    g_free (self->root);
}

/* An agent that trusts it, beside the root of the one who signs. */
static AgentRig *
authority_new_rig (const Authority *self)
{
    AgentRig *rig = agent_rig_new (self->config);
    g_autoptr (AgentAnswer) first = post (rig, SIGN_OTHER); /* writes that root */
    g_autofree gchar *root = agent_rig_read (rig, "root.pem");
    g_autofree gchar *both = g_strconcat (root, self->root, NULL);

    g_assert_cmpuint (first->status, ==, 200);
    agent_rig_write (rig, "root.pem", both);
    return rig;
}

static void
test_raising (void)
{
    static const struct {
        const gchar *target, *mode;
    } cases[] = {
        {EXTEND_BESIDE "B-T", "raise-type"},
        {EXTEND_BESIDE "B-T", "raise-error-deep"},
        {EXTEND_BESIDE "B-T", "raise-exit"},
        {EXTEND_BESIDE "B-LT", "raise-lost"},
        {EXTEND_INSIDE "B-T", "raise-inside"},
        {EXTEND_INSIDE "B-T", "raise-outside"},
        {EXTEND_INSIDE "B-T", "raise-nothing-inside"},
        {EXTEND_BESIDE "B-LT", "need-type"},
        {EXTEND_BESIDE "B-LT", "need-kind"},
        {EXTEND_BESIDE "B-LT", "need-oversized"},
        {EXTEND_BESIDE "B-LT", "need-many"},
        {EXTEND_BESIDE "B-LT", "need-noise"},
        {EXTEND_BESIDE "B-LT", "keep-empty"},
        {EXTEND_BESIDE "B-LT", "keep-long"},
        {EXTEND_PDF "B-LT", "keep-type"},
        {EXTEND_PDF "B-LT", "keep-long"},
        {EXTEND_BESIDE "B-T", "stamp-none"},
        {EXTEND_BESIDE "B-T", "stamp-long"},
        {EXTEND_BESIDE "B-T", "stamp-exit"},
        {EXTEND_PDF "B-T", "stamp-small"},
        {EXTEND_PDF "B-T", "stamp-endless"},
        {EXTEND_PDF "B-T", "stamp-type"},
        {EXTEND_BESIDE "B-T", "put-empty"},
        {EXTEND_BESIDE "B-T", "put-long"},
        {EXTEND_PDF "B-T", "put-type"},
        {EXTEND_PDF "B-T", "put-close"},
        /* Of our own signature the agent knows what is in it. */
        {SIGN_ARCHIVED, "raise-stamped"},
        {SIGN_ARCHIVED, "put-another"},
    };
    Authority authority;

    authority_start (&authority);
    g_autoptr (AgentRig) rig = authority_new_rig (&authority);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        assert_contained (rig, cases[i].target, cases[i].mode);
    authority_end (&authority);
}

/* Who wants to write a lent document goes first, also while its signature is being raised. */
static void
test_written_while_raised (void)
{
    static const gchar request[] =
        "POST " SIGN_PDF "&return=update&allow-lower=1&level=B-LT HTTP/1.1\r\nHost: pena\r\n"
        "Content-Length: 0\r\nPena-Document: descriptor\r\n\r\n";
    Authority authority;

    authority_start (&authority);
    g_setenv ("G_DEBUG", "fatal-criticals", TRUE); /* the agent ends when it uses what it has freed */
    g_autoptr (AgentRig) rig = authority_new_rig (&authority);
    g_unsetenv ("G_DEBUG");
    agent_rig_write (rig, "worker-mode", "raise-silence");
    agent_rig_write (rig, "surat.pdf", "Surat Keputusan");
    g_autofree gchar *path = g_build_filename (rig->dir, "surat.pdf", NULL);
    gint fd = open (path, O_RDONLY | O_CLOEXEC), line = agent_connect (rig);
    if (pena_lease_take (fd)) {
        pena_lease_release (fd);
        agent_send_descriptor (line, fd, 0);
        g_assert_true (agent_send (line, request, strlen (request)));
        agent_rig_await (rig, "worker-attacked", "begun");
        close (open (path, O_WRONLY | O_CLOEXEC)); /* waits until the agent lets go */
        g_autoptr (AgentAnswer) answer = agent_receive (line);
        agent_assert_refused (answer, 409, "document-changed");
        agent_rig_write (rig, "worker-mode", "none");
        g_autoptr (AgentAnswer) after = post (rig, SIGN_OTHER);
        g_assert_cmpuint (after->status, ==, 200);
    } else {
        close (line);
        g_test_skip ("this file system knows no leases");
    }
    close (fd);
    authority_end (&authority);
}

/* A level that stays below what was asked for is that of a signature; here none was found yet. */
static void
test_outage_before_all (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) first = post (rig, SIGN_OTHER); /* writes the root that the agent trusts */

    g_assert_cmpuint (first->status, ==, 200);
    agent_rig_write (rig, "worker-mode", "raise-outage");
    g_autoptr (AgentAnswer) answer = post (rig, EXTEND_INSIDE "B-T&allow-lower=1");
    agent_assert_refused (answer, 502, "tsa-unreachable");
}

/* Questions about garbage, again and again: the network answers each with an error, and that is the end. */
static void
test_endless_needs (void)
{
    Authority authority;

    authority_start (&authority);
    g_autoptr (AgentRig) rig = authority_new_rig (&authority);
    agent_rig_write (rig, "worker-mode", "need-endless");
    g_autoptr (AgentAnswer) answer = post (rig, EXTEND_BESIDE "B-LT");
    g_assert_cmpuint (answer->status, >=, 400);
    authority_end (&authority);
}

/* What a worker wants to know before it judges. */
static void
test_inquiring (void)
{
    static const gchar *const modes[] = {"inquire-type",  "inquire-kind",   "inquire-oversized",
                                         "inquire-many",  "inquire-exit",   "inquire-error-deep",
                                         "inquire-noise", "inquire-endless"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) first = post (rig, SIGN_OTHER); /* writes the root that the agent trusts */

    g_assert_cmpuint (first->status, ==, 200);
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, VERIFY_ONLINE, modes[i]);
}

static void
test_repair (void)
{
    static const gchar *const modes[] = {"repair-type", "repair-empty", "repair-exit", "repair-error-long"};
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        assert_contained (rig, SIGN_PDF "&repair=1", modes[i]);
}

/* What is known of a document only when its update is made is repaired too, once; what was made for it before goes. */
static void
test_repair_late (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);

    agent_rig_write (rig, "worker-mode", "prepare-damaged");
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_PDF "&repair=1");
    agent_assert_refused (answer, 422, "document-unrepairable");
}

/* ---- says yes to everything ---- */

static GBytes *
sha256_of (GBytes *a, GBytes *b, GBytes *c)
{
    GBytes *const parts[] = {a, b, c};
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize length = sizeof digest;

    for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (parts[i] != NULL)
            g_checksum_update (sum, g_bytes_get_data (parts[i], NULL), (gssize)g_bytes_get_size (parts[i]));
    g_checksum_get_digest (sum, digest, &length);
    return g_bytes_new (digest, length);
}

static GBytes *
give (const gchar *algorithm, gpointer user_data, GError **error)
{
    return g_bytes_ref (user_data);
}

/* Everything but the chain, which is nobody's here. */
static void
assert_signature (GBytes *cms, PenaAdesFormat format, gboolean padded, GBytes *digest)
{
    const PenaValidationContext context = {.time = g_get_real_time () / G_USEC_PER_SEC};
    g_autoptr (PenaSignatureReport) report = pena_validate_cms (cms, format, padded, give, digest, &context);

    g_assert_cmpint (report->sub, ==, PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND);
    g_assert_cmpstr (report->level, ==, "B-B");
}

static void
test_yes_beside (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_OTHER);
    g_autoptr (GBytes) body = document ();
    g_autoptr (GBytes) digest = sha256_of (body, NULL, NULL);

    g_assert_cmpuint (answer->status, ==, 200);
    assert_signature (answer->body, PENA_ADES_CADES, FALSE, digest);
}

static GBytes *
from_hex (const gchar *text, gsize digits)
{
    GByteArray *bytes = g_byte_array_new ();

    for (gsize i = 0; i + 1 < digits; i += 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value (text[i]) << 4 | g_ascii_xdigit_value (text[i + 1]));
        g_byte_array_append (bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes (bytes);
}

/* Document, head, gap, tail: with a signature over all but the gap in it, whatever the worker says. */
static void
test_yes_inside (void)
{
    g_autoptr (AgentRig) rig = agent_rig_new (NULL);
    g_autoptr (AgentAnswer) answer = post (rig, SIGN_PDF);
    g_autoptr (GBytes) body = document ();
    g_autoptr (GBytes) piece = g_bytes_new_static ("hhhhhhhhhh", 10);
    g_autoptr (GBytes) digest = sha256_of (body, piece, piece);
    gsize before = g_bytes_get_size (body) + 10, gap = 64 * 1024;

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_cmpuint (g_bytes_get_size (answer->body), ==, before + gap + 10);
    const gchar *data = g_bytes_get_data (answer->body, NULL);
    g_assert_cmpint (data[before], ==, '<');
    g_assert_cmpint (data[before + gap - 1], ==, '>');
    g_autoptr (GBytes) cms = from_hex (data + before + 1, gap - 2);
    assert_signature (cms, PENA_ADES_PADES, TRUE, digest);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/worker/answers", test_answers);
    g_test_add_func ("/agent/worker/reports", test_reports);
    g_test_add_func ("/agent/worker/connection", test_connection);
    g_test_add_func ("/agent/worker/raising", test_raising);
    g_test_add_func ("/agent/worker/written-while-raised", test_written_while_raised);
    g_test_add_func ("/agent/worker/outage-before-all", test_outage_before_all);
    g_test_add_func ("/agent/worker/endless-needs", test_endless_needs);
    g_test_add_func ("/agent/worker/inquiring", test_inquiring);
    g_test_add_func ("/agent/worker/repair", test_repair);
    g_test_add_func ("/agent/worker/repair-late", test_repair_late);
    g_test_add_func ("/agent/worker/yes-beside", test_yes_beside);
    g_test_add_func ("/agent/worker/yes-inside", test_yes_inside);
    return g_test_run ();
}
